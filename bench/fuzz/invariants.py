"""What holds in a network after every input, whatever it was.

Tests: ``tests/bench/fuzz/test_fuzz_invariants.py``.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from bench.fuzz.case import WrongError
from bench.fuzz.town import COMPONENT, Seat, Town
from bench.fuzz.xml_check import Tree
from rosterkit.core import jid
from rosterkit.core.roster import Roster
from rosterkit.core.state import Account, Component, Session
from rosterkit.errors import JidError

__all__ = ["Invariants"]

_CLIENT, _FRAMING = "{jabber:client}", "{urn:ietf:params:xml:ns:xmpp-framing}"
_STANZAS = {
    f"{{{space}}}{name}"
    for space in ("jabber:client", "jabber:component:accept")
    for name in ("iq", "presence", "message")
}
_ROSTER = "{jabber:iq:roster}query"
_ITEM = "{jabber:iq:roster}item"
_GROUP = "{jabber:iq:roster}group"


class Invariants:
    """The promises of one town; :meth:`check` after each turn raises :class:`WrongError` for the first broken one."""

    def __init__(self, town: Town) -> None:
        self._town = town
        self._seen: dict[str, Roster] = {}  # the rosters that were looked at last
        #: What has come to anybody: names of elements, with their types.
        self.met: list[str] = []

    def check(self) -> None:
        """Look at memory, at the store, and at all that has come to anybody."""
        for actor, seat in self._town.seats.items():
            self._check_inbox(actor, seat)
        self._check_undo()
        self._check_accounts()
        for seat in self._town.seats.values():
            if seat.is_open:
                self._check_copy(seat)

    # Memory and store

    def _check_undo(self) -> None:
        world = self._town.network.world
        if world.undo._steps or world.undo._put or world.queue or world._effects or world._saves:
            raise WrongError("Something is left of a turn that is over: the undo list or a queue is not empty.")
        if self._town.network.pending:
            raise WrongError("An input was not committed by the end of its turn.")

    def _check_accounts(self) -> None:
        world, store = self._town.network.world, self._town.store
        kept = {bare for bare, account in world.accounts.items() if not account.temporary}
        if kept != set(store.rows) or kept != set(store.held()):
            raise WrongError(f"There are the accounts {sorted(kept)}, and in the store {sorted(store.rows)}.")
        for bare, account in world.accounts.items():
            self._check_sessions(account)
            if self._seen.get(bare) is account.roster or account.temporary:
                continue
            if store.held()[bare].roster is not account.roster:
                raise WrongError(f"The store holds another roster of {bare} than the memory.")
            if not store.rows[bare].says(account.roster, account.credentials):
                raise WrongError(f"The saves of {bare}, one by one, do not make what the memory holds.")
            _check_roster(account)
            self._seen[bare] = account.roster

    def _check_sessions(self, account: Account) -> None:
        for resource, session in account.sessions.items():
            seat = self._town.network.seats.get(session.peer)
            if session.jid.resource != resource or session.account is not account:
                raise WrongError(f"{session!r} stands under {resource} of {account!r}.")
            if seat is None or not seat.is_open:
                raise WrongError(f"{session!r} is there, and its connection is not.")

    # What has come

    def _check_inbox(self, actor: int, seat: Seat) -> None:
        answered: Counter[tuple[str | None, str | None]] = Counter()
        link = seat.connection.link
        for element in seat.take():
            name, kind = element[0].rpartition("}")[2], element[1].get("type", "")
            self.met.append(f"{name} {kind}".rstrip())
            if element[0] not in _STANZAS:
                _check_stream_element(element)
                continue
            _check_addresses(element, link)
            key = _answer_key(element, seat)
            if key is not None:
                answered[key] += 1
            if isinstance(link, Session) and element[0] == f"{_CLIENT}iq":
                _follow_roster(element, seat, link)
        self._compare_answers(actor, seat, answered)

    def _compare_answers(self, actor: int, seat: Seat, answered: Counter[tuple[str | None, str | None]]) -> None:
        """Each request that the server itself has to answer has had its one answer, and nothing else was one."""
        asked = Counter({key: count for key, count in seat.asked.items() if _is_ours(key[1])})
        seat.asked.clear()
        if actor == COMPONENT or not isinstance(seat.connection.link, Session):
            return
        given = Counter({key: count for key, count in answered.items() if key != ("bind", None)})
        for key, count in given.items():
            if count > asked[key]:
                raise WrongError(f"{count} answers to {asked[key]} requests with the id {key[0]!r} to {key[1]}.")
        if seat.is_open and asked - given:
            raise WrongError(f"A request was not answered: {next(iter(asked - given))!r}.")

    def _check_copy(self, seat: Seat) -> None:
        """What the client has put together of result and pushes is the roster."""
        link = seat.connection.link
        if not isinstance(link, Session) or seat.copy is None or seat.looked_at is link.account.roster:
            return
        seat.looked_at = roster = link.account.roster
        shown = {
            item.jid: (item.name, item.subscription, item.ask, item.approved, item.groups)
            for item in roster.items.values()
        }
        if seat.copy != shown:
            differ = {key for key in seat.copy.keys() | shown.keys() if seat.copy.get(key) != shown.get(key)}
            raise WrongError(f"{link.jid.full} was told of another roster than it has: {sorted(differ)[:3]}.")
        if seat.version != roster.version:
            raise WrongError(f"{link.jid.full} was told the version {seat.version}, and it is {roster.version}.")


def _check_roster(account: Account) -> None:
    """States are among the nine of RFC 6121 §A.1, contacts are prepared bare JIDs, groups have names."""
    roster = account.roster
    for contact in {**roster.items, **roster.requests}:
        try:
            roster.state(contact)
            known = jid.parse(contact)
        except (KeyError, JidError) as error:
            raise WrongError(f"{account!r} and {contact!r} stand in no legal state: {error!r}.") from error
        if known.full != contact or known.resource or contact == account.jid.bare:
            raise WrongError(f"{contact!r} stands in the roster of {account!r}.")
    for contact, item in roster.items.items():
        if item.jid != contact or item.subscription == "remove" or not all(item.groups):
            raise WrongError(f"{item!r} stands under {contact!r} in the roster of {account!r}.")
        if len(set(item.groups)) != len(item.groups):
            raise WrongError(f"{item!r} names a group twice.")


def _check_stream_element(element: Tree) -> None:
    """Streams have features, answers to logins, errors, on a WebSocket their own ends; one has a handshake."""
    spaces = (
        "{http://etherx.jabber.org/streams}",
        "{urn:ietf:params:xml:ns:xmpp-sasl}",
        _FRAMING,
        "{jabber:component:accept}handshake",
    )
    if not element[0].startswith(spaces):
        raise WrongError(f"{element[0]} was sent, which stands in no stream.")


def _check_addresses(element: Tree, link: Any) -> None:
    """What comes is for whoever it comes to, and says rightly who has sent it."""
    to, sender = element[1].get("to"), element[1].get("from")
    if isinstance(link, Session) and to is not None and to.partition("/")[0] != link.jid.bare:
        raise WrongError(f"{link.jid.full} got what is for {to}.")
    if isinstance(link, Session) and element[0] == f"{_CLIENT}iq" and to not in (None, link.jid.full, link.jid.bare):
        raise WrongError(f"{link.jid.full} got an iq for {to}.")
    if isinstance(link, Component) and (to is None or jid.parse(to).domain != link.domain):
        raise WrongError(f"The component got what is for {to}.")
    if sender is not None and jid.parse(sender).full != sender:
        raise WrongError(f"{sender!r} is no sender as it is compared.")


def _answer_key(element: Tree, seat: Seat) -> tuple[str | None, str | None] | None:
    """What an answer of the server itself answers: the id, and where the request went; None where it is none."""
    if not element[0].endswith("}iq") or element[1].get("type") not in ("result", "error"):
        return None
    sender = element[1].get("from")
    return (element[1].get("id"), sender) if _is_ours(sender) else None


def _is_ours(address: str | None) -> bool:
    """Whether the server itself answers there: no client can send from such an address."""
    return address is None or (address.endswith("localhost") and "/" not in address)


def _follow_roster(iq: Tree, seat: Seat, link: Session) -> None:
    """Keep the client's copy: a whole roster, or a push, which only a client gets that has asked for one."""
    kind, sender = iq[1].get("type"), iq[1].get("from")
    query = iq[3][0][0] if iq[3] else None
    if kind == "result" and query is None and iq[1].get("id") in seat.versioned:
        seat.copy = None  # it had a roster already; nobody here knows which
    if query is None or query[0] != _ROSTER or sender not in (None, link.jid.bare):
        return
    items = [child for child, _ in query[3] if child[0] == _ITEM]
    if kind == "result":
        seat.copy, seat.looked_at = {item[1]["jid"]: _entry(item) for item in items}, None
        seat.version = query[1].get("ver")
    elif kind == "set":
        if not link.interested:
            raise WrongError(f"{link.jid.full} got a push and never asked for the roster.")
        _take_push(items, seat)
        seat.version = query[1].get("ver")


def _take_push(items: list[Tree], seat: Seat) -> None:
    if len(items) != 1:
        raise WrongError(f"A push has {len(items)} items.")
    seat.looked_at = None
    if seat.copy is None:
        return
    if items[0][1].get("subscription") == "remove":
        seat.copy.pop(items[0][1]["jid"], None)
    else:
        seat.copy[items[0][1]["jid"]] = _entry(items[0])


def _entry(item: Tree) -> tuple[Any, ...]:
    attributes = item[1]
    groups = tuple(child[2] for child, _ in item[3] if child[0] == _GROUP)
    ask = attributes.get("ask") == "subscribe"
    return attributes.get("name"), attributes.get("subscription"), ask, attributes.get("approved") == "true", groups
