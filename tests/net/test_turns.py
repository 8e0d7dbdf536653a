"""Turns: one commit a turn, bytes only afterwards, nothing half done when the commit fails."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from place import JULIET, ROMEO, Place, roster_get, roster_set

from rosterkit.core import jid
from rosterkit.core.commands import RemoveAccount
from rosterkit.core.effects import Save, SaveAccount
from rosterkit.core.stanza import Message, Presence, Stanza
from rosterkit.errors import STREAM_INTERNAL_SERVER_ERROR, StoreError
from rosterkit.store.memory import MemoryStore


class Disk(MemoryStore):
    """A store that can be full, and that counts its transactions."""

    full = False

    def __init__(self) -> None:
        super().__init__()
        self.commits = 0

    def append(self, changes: Sequence[Save | SaveAccount]) -> None:
        """Refuse while the disk is full."""
        if self.full:
            raise StoreError("The disk is full.")
        self.commits += 1
        super().append(changes)


class DiskPlace(Place):
    """One over such a store."""

    def __init__(self) -> None:
        self.disk = Disk()
        super().__init__(self.disk)
        self.disk.commits = 0


@pytest.fixture
def place() -> DiskPlace:
    """A fresh network."""
    return DiskPlace()


def items(place: DiskPlace, address: jid.Jid) -> set[str]:
    """The contacts in memory."""
    account = place.network.account(address)
    assert account is not None
    return set(account.roster.items)


def stored(place: DiskPlace, address: jid.Jid) -> set[str]:
    """The contacts on disk."""
    return {contact for row in place.disk.load() if row.jid == address.bare for contact in row.roster.items}


def test_nothing_leaves_before_the_end_of_the_turn(place: DiskPlace) -> None:
    """Bytes wait until everything of the turn is committed, then leave in one write for each peer."""
    place.network.receive(place.juliet, roster_set("nurse@localhost", "s1"))
    place.network.receive(place.juliet, roster_set("paris@localhost", "s2"))
    assert place.wire(place.juliet).left == []
    assert stored(place, JULIET) == set()
    place.turn()
    (written,) = place.wire(place.juliet).left
    assert written.count(b"<iq ") == 4
    assert place.disk.commits == 1
    assert stored(place, JULIET) == {"nurse@localhost", "paris@localhost"}


def test_a_turn_without_changes_commits_nothing(place: DiskPlace) -> None:
    """Presence, messages and roster gets do not touch the store."""
    place.network.receive(place.juliet, Presence(body=b"<show>away</show>"))
    place.network.receive(place.juliet, roster_get())
    place.turn()
    assert place.disk.commits == 0


def test_a_failed_commit_answers_every_setter_and_changes_nothing(place: DiskPlace) -> None:
    """Each input that wanted to save gets internal-server-error; memory and disk stay as they were."""
    place.disk.full = True
    place.network.receive(place.juliet, roster_set("nurse@localhost", "s1"))
    place.network.receive(place.romeo, roster_set("nurse@localhost", "s2"))
    place.network.receive(place.romeo, Presence("subscribe", to=JULIET))
    place.turn()
    (to_juliet,) = place.wire(place.juliet).left
    (to_romeo,) = place.wire(place.romeo).left
    assert b"<iq type='error' id='s1'" not in to_romeo
    assert b"id='s1'" in to_juliet
    assert b"internal-server-error" in to_juliet
    assert b"query" not in to_juliet
    assert to_romeo.count(b"internal-server-error") == 2
    assert b"subscribe'" not in to_juliet
    assert items(place, JULIET) == items(place, ROMEO) == set()
    assert stored(place, JULIET) == stored(place, ROMEO) == set()


def test_the_others_of_a_failed_turn_are_not_disturbed(place: DiskPlace) -> None:
    """What saves nothing is done all the same, in its order, though a setter of the same turn failed."""
    place.disk.full = True
    place.network.receive(place.romeo, Presence(body=b"<show>dnd</show>"))
    place.network.receive(place.juliet, roster_set("nurse@localhost"))
    place.network.receive(place.romeo, Message("chat", to=JULIET, body=b"<body>still there</body>"))
    place.turn()
    (to_juliet,) = place.wire(place.juliet).left
    (to_romeo,) = place.wire(place.romeo).left
    assert b"still there" in to_juliet
    assert b"dnd" in to_romeo
    assert place.romeo.presence is not None
    assert place.romeo.presence.body == b"<show>dnd</show>"


def test_service_goes_on_after_a_failed_commit(place: DiskPlace) -> None:
    """When there is space again the same set succeeds, with a version that no earlier state had."""
    place.disk.full = True
    before = place.juliet.account.roster.version
    place.network.receive(place.juliet, roster_set("nurse@localhost"))
    place.turn()
    assert place.juliet.account.roster.version == before
    place.disk.full = False
    place.network.receive(place.juliet, roster_set("nurse@localhost"))
    place.turn()
    assert stored(place, JULIET) == {"nurse@localhost"}
    assert place.juliet.account.roster.version != before


def test_a_bug_in_the_rules_costs_one_session(place: DiskPlace) -> None:
    """An exception closes the session that caused it with internal-server-error; the turn's other inputs stand."""

    class Broken(Stanza):
        @property
        def fault(self) -> None:  # type: ignore[override]
            raise ZeroDivisionError

        @fault.setter
        def fault(self, value: object) -> None:
            pass

    place.network.receive(place.juliet, roster_set("nurse@localhost"))
    place.network.receive(place.romeo, Broken())
    place.network.receive(place.juliet, roster_set("paris@localhost", "s2"))
    place.turn()
    assert place.wire(place.romeo).error == STREAM_INTERNAL_SERVER_ERROR
    assert place.wire(place.juliet).error is None
    assert stored(place, JULIET) == {"nurse@localhost", "paris@localhost"}
    assert place.juliet.account.sessions
    assert not place.romeo.account.sessions


def test_a_command_is_committed_at_once_or_raises(place: DiskPlace) -> None:
    """Whoever runs the server hears of a failed commit by StoreError, and nothing has changed."""
    place.disk.full = True
    with pytest.raises(StoreError, match="full"):
        place.network.command(RemoveAccount(ROMEO))
    assert place.network.account(ROMEO) is not None
    assert place.wire(place.romeo).error is None
    place.disk.full = False
    place.network.command(RemoveAccount(ROMEO))
    assert place.network.account(ROMEO) is None
    assert [row.jid for row in place.disk.load()] == [JULIET.bare]


def test_bytes_of_the_stream_keep_their_place(place: DiskPlace) -> None:
    """The end of a stream is written behind the answers to what came before it, and only then the line is cut."""
    wire = place.wire(place.juliet)
    place.network.receive(place.juliet, roster_get())
    place.network.say(wire, b"</stream:stream>")
    place.network.lose(place.juliet)
    place.network.hang_up(wire)
    place.turn()
    (written,) = wire.left
    assert written.startswith(b"<iq ")
    assert written.endswith(b"</stream:stream>")
    assert wire.hung_up


def test_networks_do_not_know_each_other(place: DiskPlace) -> None:
    """Two networks may serve the same domain; nothing crosses."""
    other = DiskPlace()
    place.network.receive(place.juliet, Message("chat", to=ROMEO, body=b"<body>here</body>"))
    place.network.receive(place.juliet, Presence("subscribe", to=ROMEO))
    place.turn()
    other.turn()
    assert place.wire(place.romeo).left
    assert other.wire(other.romeo).left == []
    assert stored(other, ROMEO) == set()


def test_a_long_turn_is_committed_in_between(place: DiskPlace) -> None:
    """What one client sends in one packet does not hold hundreds of rosters until the end; all of it is answered."""
    for number in range(250):
        place.network.receive(place.juliet, roster_set(f"c{number}@far.test", str(number)))
    assert place.disk.commits == 2
    place.turn()
    assert place.disk.commits == 3
    assert b"".join(place.wire(place.juliet).left).count(b"type='result'") == 250
