"""A network on which a case is played: it notes who comes and goes, and keeps from the server what the case holds.

Tests: ``tests/conformance/test_play.py``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IReactorTime

from rosterkit.conformance.evidence import CASE
from rosterkit.conformance.scene import CONTACTS, STRANGERS
from rosterkit.conformance.stanzas import FULL
from rosterkit.core import jid, markup
from rosterkit.core.contact import Script as ContactScript
from rosterkit.core.credentials import Credentials
from rosterkit.core.roster import NAMESPACE as ROSTER
from rosterkit.core.roster import Item
from rosterkit.core.seed import seeded_roster
from rosterkit.core.stanza import Iq, Message, Stanza
from rosterkit.core.state import Link, Session
from rosterkit.core.world import Settings
from rosterkit.errors import STREAM_CONFLICT, StreamError
from rosterkit.net.network import Network
from rosterkit.net.outlet import Injected
from rosterkit.net.seed import Seed, SeedAccount, SeedContact, new_version
from rosterkit.wire.names import CLIENT
from rosterkit.wire.patterns import parse_entry

__all__ = ["CONDUCTOR", "CaseNetwork"]

#: Who gives orders by chat message, and hears the answers: this account of the case's domain.
CONDUCTOR = "conductor"
#: The most bytes of a play that are kept; what a case sends is far less.
_JOURNAL = 16 * 1024 * 1024
#: A contact that says nothing by itself.
_SILENT = ContactScript(answer="ignore", resources=())
_QUERY = f"{{{ROSTER}}}query"
_TWICE = STREAM_CONFLICT.saying("The case is being played with another session of this account.")


class CaseNetwork(Network):
    """The network of one play.  ``session`` is that of the client, None while there is none.

    It is one of the account ``player``.  A second one beside it ends with ``conflict`` before it is bound: what is
    sent to a client and what is seen of one would not be the same client's.  So does each session where ``farewell``
    is set, with that.  ``overheard`` is called with the text of each chat message to the conductor.
    """

    def __init__(
        self,
        name: str,
        accounts: dict[str, tuple[Credentials, tuple[Item, ...]]],
        settings: Settings,
        reactor: IReactorTime,
    ) -> None:
        self.session: Session | None = None
        self.player = next(iter(accounts))
        self.farewell: StreamError | None = None
        self.overheard: Callable[[str], None] = lambda _: None
        self._holds: set[str] = set()
        self._held: list[tuple[Link, Stanza]] = []
        seeds = [
            SeedAccount(jid.parse(bare), credentials, seeded_roster(items, {}, new_version()))
            for bare, (credentials, items) in accounts.items()
        ]
        contacts = {item.jid for _, items in accounts.values() for item in items}
        silent = tuple(SeedContact(jid.parse(bare), _SILENT) for bare in sorted(contacts))
        domain = seeds[0].jid.domain
        super().__init__(
            Seed(name, (domain,), tuple(seeds), silent, (CONTACTS, STRANGERS), settings, journal=_JOURNAL), reactor
        )

    @property
    def cursor(self) -> int:
        """The number of the newest entry of the journal."""
        assert self.journal is not None
        return self.journal.cursor

    # What the play does

    def remember(self, session: str | None = None, **what: Any) -> int:
        """Note a step of the play; gives the number of the entry before it."""
        assert self.journal is not None
        before = self.cursor
        text = json.dumps(what, ensure_ascii=False)
        self.journal.add(self.clock.seconds(), session, None, None, "note", CASE, text=text)
        return before

    def hold(self, kind: str) -> None:
        """Keep such stanzas of clients from the server."""
        self._holds.add(kind)

    def release(self, pass_on: bool) -> None:
        """Keep nothing any more; what was kept goes to the server now, or is forgotten."""
        held, self._held = self._held, []
        self._holds.clear()
        for link, stanza in held if pass_on else ():
            super().receive(link, stanza)

    def inject(self, xml: str, fault: str | None) -> None:
        """Send markup to the client as it is, but with :data:`FULL` filled in; ``fault`` says why.

        Where no client is there, nothing is sent.
        """
        session = self.session
        if session is not None:
            data = xml.replace(FULL, markup.attribute(session.jid.full)).encode()
            self.cause(Injected(session.peer, _kind(data), data, fault))
            self.end_turn()

    # What clients do

    def open(self, link: Link) -> None:
        """A client has bound a resource."""
        refusal = self._refusal(link) if isinstance(link, Session) else None
        if refusal is not None:
            self.detach(link.peer)
            link.peer.leave(refusal)
            return
        super().open(link)
        if isinstance(link, Session) and link.jid.bare == self.player:
            self.session = link
            self.remember(link.peer.label, login=link.jid.full)

    def _refusal(self, link: Session) -> StreamError | None:
        """Why a session cannot be; a client that comes back before its old stream is closed is no second one."""
        held = self.session
        if self.farewell is None and held is not None and held.account is link.account and not held.peer.closing:
            return _TWICE
        return self.farewell

    def lose(self, link: Link) -> None:
        """A client's stream is over."""
        super().lose(link)
        if isinstance(link, Session) and link is self.session:
            self.session = None
            self.remember(link.peer.label, lost=link.jid.full)

    def receive(self, link: Link, stanza: Stanza, alone: bool = False) -> None:
        """A client has sent a stanza, which may be for the conductor or held."""
        if isinstance(stanza, Message) and stanza.to is not None and stanza.to.local == CONDUCTOR:
            self._hear(stanza)
        elif _kinds(stanza) & self._holds:
            self._held.append((link, stanza))
        else:
            super().receive(link, stanza, alone)

    def _hear(self, message: Message) -> None:
        element = parse_entry(b"<message>" + message.body + b"</message>")
        if element is not None:
            self.overheard(element.findtext(f"{{{CLIENT}}}body") or "")


def _kinds(stanza: Stanza) -> set[str]:
    if not isinstance(stanza, Iq):
        return set()
    if stanza.child is not None and stanza.child.tag == _QUERY and stanza.type in ("get", "set"):
        return {"iq", f"roster-{stanza.type}"}
    return {"iq"}


def _kind(data: bytes) -> str:
    """What the journal calls a stanza that the script sends."""
    if data.startswith(b"<iq") and b"jabber:iq:roster" in data:
        return "push" if b" type='set'" in data.partition(b">")[0] else "roster"
    name = data[1:10].partition(b" ")[0].decode()
    return name if name in ("iq", "presence", "message") else "stream"
