"""What a server lets the component see besides (XEP-0356): here, the rosters of its users.

The server says so by itself after the handshake.  Versions 1 (ejabberd until 24) and 2 of the namespace say the same
about rosters.

Tests: ``tests/peer/test_privileges.py``.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, NamedTuple

from lxml.etree import _Element
from twisted.internet import defer
from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IReactorTime

from rosterkit.core import jid
from rosterkit.core.jid import Jid
from rosterkit.core.replies import result
from rosterkit.core.roster import NAMESPACE as ROSTER
from rosterkit.core.roster import Item
from rosterkit.core.stanza import Iq, Message, Stanza
from rosterkit.errors import JidError, RosterkitError

__all__ = ["NAMESPACES", "PATIENCE", "PrivilegeError", "Privileges", "ServerRoster"]

NAMESPACES = ("urn:xmpp:privilege:2", "urn:xmpp:privilege:1")
#: Seconds that the server has to answer.
PATIENCE = 10.0

_QUERY = f"{{{ROSTER}}}query"
_READING = ("get", "both")


class PrivilegeError(RosterkitError):
    """A roster that cannot be had; ``status`` is what HTTP calls it: 409 as things are, 502 or 504 by the server."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class ServerRoster(NamedTuple):
    """A user's roster as the server has it; ``version`` is None where it does not say one."""

    account: str
    version: str | None
    items: tuple[Item, ...]


class _Asked(NamedTuple):
    """A roster that was asked for."""

    account: Jid
    answered: Deferred[ServerRoster]


class Privileges:
    """What is granted to the component ``domain``, by server domain, and what was asked for because of it.

    ``send`` writes a stanza to the server, ``note`` tells the journal.
    """

    def __init__(
        self, domain: str, send: Callable[[Stanza], object], note: Callable[[str], object], reactor: IReactorTime
    ) -> None:
        self._domain = jid.parse(domain)
        self._send = send
        self._note = note
        self._reactor = reactor
        self._granted: dict[str, str] = {}
        self._asked: dict[str, _Asked] = {}

    def granted(self, server: str) -> str | None:
        """The access to rosters that the server of this domain gives: ``get``, ``set`` or ``both``."""
        return self._granted.get(server)

    def roster(self, account: Jid) -> Deferred[ServerRoster]:
        """What the server holds for one of its users (a bare JID); fails with :class:`PrivilegeError`."""
        access = self.granted(account.domain)
        if access not in _READING:
            said = f"only {access!r}" if access is not None else "none"
            text = (
                f"{account.domain} has granted {self._domain.full} no reading of rosters (XEP-0356; it has granted "
                f"{said}): grant it roster access 'get' in the server's configuration."
            )
            return fail(PrivilegeError(409, text))
        request = Iq(
            "get", secrets.token_hex(12), account, self._domain, body=b"<query xmlns='%b'/>" % ROSTER.encode()
        )
        answered: Deferred[ServerRoster] = Deferred()
        assert request.id is not None
        self._asked[request.id] = _Asked(account, answered)
        answered.addTimeout(PATIENCE, self._reactor)
        answered.addBoth(self._done, request.id)
        answered.addErrback(_too_late, account)
        self._send(request)
        return answered

    def forget(self) -> None:
        """The server is gone: it will say again what it grants, and answers nothing more."""
        self._granted.clear()
        for asked in list(self._asked.values()):
            text = f"The connection ended before the server answered for {asked.account.bare}. Ask again."
            asked.answered.errback(PrivilegeError(502, text))

    # What comes

    def take(self, element: _Element, stanza: Stanza) -> bool:
        """Whether a stanza from the server is about privileges, and so not for the network."""
        sender = stanza.sender
        if sender is None or stanza.to != self._domain:
            return False
        if isinstance(stanza, Message):
            return stanza.type != "error" and sender.full == sender.domain and self._hear(element, sender.domain)
        if not isinstance(stanza, Iq):
            return False
        if stanza.type in ("result", "error"):
            return self._answered(element, stanza, sender)
        return self._pushed(stanza, sender)

    def _hear(self, message: _Element, server: str) -> bool:
        """The server says what it grants; whatever it granted before is replaced."""
        said = [child for child in message if child.tag in [f"{{{name}}}privilege" for name in NAMESPACES]]
        if not said:
            return False
        access = {perm.get("access"): perm.get("type") for perm in said[0] if perm.tag.endswith("}perm")}
        roster = access.get("roster")
        if roster in ("get", "set", "both"):
            self._granted[server] = roster
        else:
            self._granted.pop(server, None)
        self._note(f"{server} grants access to its users' rosters: {self.granted(server) or 'none'} (XEP-0356).")
        return True

    def _answered(self, element: _Element, answer: Iq, sender: Jid) -> bool:
        asked = self._asked.get(answer.id or "")
        if asked is None or sender != asked.account:
            return False
        if answer.type == "error":
            text = f"{sender.domain} does not give the roster of {sender.bare}: {_condition(element)}."
            asked.answered.errback(PrivilegeError(502, text))
            return True
        try:
            asked.answered.callback(_read(sender.bare, element))
        except (JidError, LookupError) as error:
            text = f"{sender.domain} has answered with no roster of {sender.bare} that could be read: {error}"
            asked.answered.errback(PrivilegeError(502, text))
        return True

    def _pushed(self, push: Iq, sender: Jid) -> bool:
        """A roster push of a user's comes to whoever may read the roster, and wants an answer as from any client."""
        if push.child is None or push.child.tag != _QUERY or push.type != "set":
            return False
        if self.granted(sender.domain) not in _READING:
            return False
        self._send(result(push))
        return True

    def _done(self, outcome: Any, request: str) -> Any:
        del self._asked[request]
        return outcome


def _too_late(failure: Any, account: Jid) -> Any:
    failure.trap(defer.TimeoutError)
    text = f"{account.domain} has not answered within {PATIENCE:g} s what the roster of {account.bare} is."
    raise PrivilegeError(504, text)


def _condition(element: _Element) -> str:
    """The condition of an error stanza, in its own name."""
    names = [str(child.tag).rpartition("}")[2] for error in element for child in error if _is_error(error)]
    return names[0][:60] if names else "an error without a condition"


def _is_error(element: _Element) -> bool:
    return str(element.tag).endswith("}error")


def _read(account: str, element: _Element) -> ServerRoster:
    """The roster in a result; LookupError where it has none."""
    query = next((child for child in element if child.tag == _QUERY), None)
    if query is None:
        raise LookupError("There is no query in it.")
    return ServerRoster(account, query.get("ver"), tuple(_item(child) for child in query))


def _item(element: _Element) -> Item:
    groups = [group.text or "" for group in element if str(group.tag).endswith("}group")]
    return Item(
        jid.parse(element.get("jid", "")).full,
        element.get("name"),
        tuple(dict.fromkeys(groups)),
        element.get("subscription", "none"),
        element.get("ask") == "subscribe",
        element.get("approved") in ("true", "1"),
    )
