"""A client that believes only the bytes it is sent: its copy of the roster, who it takes for available, its requests.

:class:`Ledger` is a store that believes only what it is told to save.
"""

from __future__ import annotations

from collections.abc import Sequence

from halves import Shown
from lxml import etree
from rig import Client

from rosterkit.core import history
from rosterkit.core.effects import Push, Save, SaveAccount, Send, SendRoster
from rosterkit.core.replica import Replica
from rosterkit.core.roster import Item, Roster
from rosterkit.core.stanza import Iq, Message, Presence
from rosterkit.errors import StanzaError
from rosterkit.store.memory import MemoryStore
from rosterkit.wire import encode

Visible = dict[str, Shown]


def visible(roster: Roster) -> Visible:
    """What a client can see of a roster."""
    return {
        item.jid: (item.name, frozenset(item.groups), item.subscription, item.ask, item.approved)
        for item in roster.items.values()
    }


class Seat:
    """A client at its resource.

    ``unanswered`` holds the ids of its requests, ``directed`` whom it has sent directed presence and not taken it
    back, ``muted`` the accounts to whom it has ever taken some back, ``sees`` the full JIDs that it takes for
    available.
    """

    def __init__(self, client: Client) -> None:
        self.client = client
        self.replica = Replica()
        self.interested = False
        self.versioned: str | None = None
        self.unanswered: set[str] = set()
        self.directed: set[str] = set()
        self.muted: set[str] = set()
        self.sees: set[str] = set()

    @property
    def bare(self) -> str:
        """The account."""
        return self.client.jid.bare

    @property
    def full(self) -> str:
        """The full JID."""
        return self.client.jid.full

    @property
    def available(self) -> bool:
        """Whether it has sent available presence and no unavailable since."""
        return self.client.link.presence is not None

    @property
    def copied(self) -> Visible:
        """What it has seen of its roster."""
        return {
            entry.bare: (entry.name, frozenset(entry.groups), entry.subscription, bool(entry.ask), entry.approved)
            for entry in self.replica.items.values()
        }

    def snapshot(self) -> Roster:
        """Its copy as it stands, to begin another session with."""
        items = [Item(jid, shown[0], tuple(shown[1]), *shown[2:]) for jid, shown in self.copied.items()]
        return Roster(self.replica.version or "", {item.jid: item for item in items})

    def remember(self, copy: Roster) -> None:
        """Begin with a copy of an earlier session."""
        self.replica = Replica()
        self._result(b"".join(encode.roster_result(SendRoster(self.client.link, "old", None, copy, True))))

    def asks_for_roster(self, id_: str, version: str | None) -> None:
        """Send a roster get."""
        self.unanswered.add(id_)
        self.interested, self.versioned = True, id_
        self.client.get_roster(version, id=id_)

    def takes(self, got: Send | SendRoster | tuple[str, Item, str | None]) -> Iq | Presence | Message | None:
        """Read one thing that it was sent, from its bytes; gives the stanza, where it is not about the roster."""
        if isinstance(got, SendRoster):
            self.answered(got.id)
            self._result(b"".join(encode.roster_result(got)))
        elif isinstance(got, Send):
            return self._stanza(got)
        else:
            self._push(*got)
        return None

    def answered(self, id_: str | None) -> None:
        """Every request is answered once."""
        assert id_ in self.unanswered, f"{self.full} got an answer to {id_}, which it did not ask or has had"
        self.unanswered.discard(id_)

    def _stanza(self, got: Send) -> Iq | Presence | Message:
        stanza = got.stanza
        xml = etree.fromstring(encode.stanza(stanza, got.to))
        assert xml.get("to", "").partition("/")[0] == self.bare
        assert isinstance(stanza, Iq | Presence | Message)
        if isinstance(stanza, Iq) and stanza.type in ("result", "error"):
            self.answered(xml.get("id"))
            if self.versioned == xml.get("id"):
                assert stanza.type == "result"
                assert list(self.replica.apply_result(None))
        elif isinstance(stanza, Presence):
            self._sees(xml.get("from", ""), xml.get("type"))
        return stanza

    def _sees(self, sender: str, type_: str | None) -> None:
        if type_ is None:
            self.sees.add(sender)
        elif type_ == "unavailable":  # from a bare JID it speaks of all resources
            self.sees = {full for full in self.sees if full != sender and full.partition("/")[0] != sender}

    def _result(self, xml: bytes) -> None:
        events = list(self.replica.apply_result(etree.fromstring(xml)[0]))
        assert events[-1].name == "initial_roster_received"
        assert not self.replica.problems

    def _push(self, push_id: str, item: Item, version: str | None) -> None:
        assert self.interested, "a push to a resource that has not asked for the roster"  # §2.1.6
        ((_, xml),) = encode.pushes(Push(((self.client.link, push_id),), item, version))
        events = self.replica.apply_push(etree.fromstring(xml)[0])
        assert not isinstance(events, StanzaError)
        list(events)
        self.client.answer("result", id=push_id)


class Ledger(MemoryStore):
    """Builds each roster from what every single save says of its one contact, as a database does."""

    def __init__(self) -> None:
        super().__init__()
        self.rosters: dict[str, Roster] = {}

    def append(self, changes: Sequence[Save | SaveAccount]) -> None:
        """Take over each change in its order; a version that passes unsaved would be missing from the log."""
        super().append(changes)
        for change in changes:
            if isinstance(change, Save):
                self.rosters[change.account] = _one_contact(self.rosters[change.account], change)
            elif change.roster is not None:
                self.rosters[change.account] = change.roster
            elif change.credentials is None:
                self.rosters.pop(change.account, None)


def _one_contact(before: Roster, change: Save) -> Roster:
    contact, after = change.contact, change.roster
    items, requests = dict(before.items), dict(before.requests)
    items.pop(contact, None)
    requests.pop(contact, None)
    if contact in after.items:
        items[contact] = after.items[contact]
    if contact in after.requests:
        requests[contact] = after.requests[contact]
    log = before.log
    if after.version != before.version:
        log = history.append(log, after.version, contact, len(after.log))
    blocked = [other for other in before.blocked if other != contact or contact in after.blocked]
    if contact in after.blocked and contact not in before.blocked:
        blocked.append(contact)
    return Roster(after.version, items, requests, log, dict.fromkeys(blocked))
