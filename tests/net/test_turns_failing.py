"""A commit that fails at any step: memory, disk and what clients hear agree, and both sides change or neither does.

SQLite calls back at each instruction of its virtual machine, so every place where a commit can break off is tried:
the first instruction, the second, and so on until nothing is left to break.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from lxml import etree
from place import JULIET, ROMEO, Place, roster_set

from rosterkit.core.commands import AddAccount, Command, RemoveAccount
from rosterkit.core.roster import Roster
from rosterkit.core.stanza import Iq, Presence, Stanza
from rosterkit.core.state import Session
from rosterkit.core.subscription import State
from rosterkit.errors import StoreError
from rosterkit.store.sqlite import SqliteStore

#: What somebody sends: who, and the stanza.
Said = tuple[str, Stanza]
#: No commit of these tests takes so many instructions.
_MOST = 5_000


class Breaking:
    """Lets the instruction of that number fail; ``lasting`` says that all after it fail too, as on a full disk.

    Only instructions of an open transaction count: SQLite calls once more when a commit is done, and what it answers
    then would be a failure that no disk can have.
    """

    def __init__(self, store: SqliteStore, lasting: bool) -> None:
        self.left: int | None = None
        self._lasting = lasting
        self._connection = store._connection
        store._connection.set_progress_handler(self._step, 1)

    def _step(self) -> bool:
        if self.left is None or not self._connection.in_transaction:
            return False
        self.left -= 1
        return self.left == 0 or (self._lasting and self.left < 0)


class FailingPlace(Place):
    """A network over a database that fails where it is told to."""

    def __init__(self, path: Path, lasting: bool) -> None:
        self.store = SqliteStore(path)
        super().__init__(self.store)
        self.breaking = Breaking(self.store, lasting)

    def session(self, who: str) -> Session:
        """Whose session it is."""
        return {"juliet": self.juliet, "romeo": self.romeo}[who]

    def say(self, *said: Said) -> None:
        """Everything in one turn."""
        for who, stanza in said:
            self.network.receive(self.session(who), stanza)
        self.turn()

    def heard(self, who: str) -> bytes:
        """What has come to somebody since the last time."""
        wire = self.wire(self.session(who))
        heard = b"".join(wire.left)
        wire.left.clear()
        return heard

    def rosters(self) -> dict[str, Roster]:
        """Memory, which must be what the disk has."""
        memory = {bare: account.roster for bare, account in self.network.world.accounts.items()}
        assert {account.jid: account.roster for account in self.store.load()} == memory
        return memory

    def states(self) -> tuple[State, State]:
        """Where the subscription stands for juliet, and for romeo."""
        rosters = self.rosters()
        return rosters[JULIET.bare].state(ROMEO.bare), rosters[ROMEO.bare].state(JULIET.bare)


@pytest.fixture(params=[False, True], ids=["once", "lasting"])
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[FailingPlace]:
    """A network with two people who do not know each other."""
    place = FailingPlace(tmp_path / "rosterkit.db", request.param)
    with closing(place.store):
        yield place


def presence(who: str, kind: str) -> Said:
    """A subscription stanza to the other one."""
    return who, Presence(kind, f"{who}-{kind}", to=ROMEO if who == "juliet" else JULIET)


def removal(who: str) -> Said:
    """A roster set that removes the other one."""
    other = ROMEO if who == "juliet" else JULIET
    xml = f"<query xmlns='jabber:iq:roster'><item jid='{other.bare}' subscription='remove'/></query>"
    return who, Iq("set", f"{who}-remove", child=etree.fromstring(xml))


_BEFORE: dict[str, list[Said]] = {
    "strangers": [],
    "asked": [presence("juliet", "subscribe")],
    "granted": [presence("juliet", "subscribe"), presence("romeo", "subscribed")],
    "mutual": [
        presence("juliet", "subscribe"),
        presence("romeo", "subscribed"),
        presence("romeo", "subscribe"),
        presence("juliet", "subscribed"),
    ],
}
#: Where they stand, what is said in one turn, and where juliet and romeo stand afterwards.
_CHANGES = {
    "subscribe": ("strangers", [presence("juliet", "subscribe")], State.NONE_OUT, State.NONE_IN),
    "both subscribe": (
        "strangers",
        [presence("juliet", "subscribe"), presence("romeo", "subscribe")],
        State.NONE_OUT_IN,
        State.NONE_OUT_IN,
    ),
    "subscribed": ("asked", [presence("romeo", "subscribed")], State.TO, State.FROM),
    "refused": ("asked", [presence("romeo", "unsubscribed")], State.NONE, State.NONE),
    "unsubscribe": ("mutual", [presence("juliet", "unsubscribe")], State.FROM, State.TO),
    "unsubscribed": ("mutual", [presence("juliet", "unsubscribed")], State.TO, State.FROM),
    "remove": ("mutual", [removal("juliet")], State.NONE, State.NONE),
    "pre-approved": (
        "strangers",
        [presence("romeo", "subscribed"), presence("juliet", "subscribe")],
        State.TO,
        State.FROM,
    ),
    "several in one turn": (
        "granted",
        [presence("romeo", "subscribe"), ("juliet", roster_set("nurse@x.test")), presence("juliet", "subscribed")],
        State.BOTH,
        State.BOTH,
    ),
}  # fmt: skip


def broken_everywhere(place: FailingPlace, attempt: Callable[[], bool], check: Callable[[], None]) -> int:
    """Let ``attempt`` fail at the first instruction, the second, and so on until it says that it went well.

    ``check`` looks at the place after each failure, when the store works again.  Gives how often it failed.
    """
    for number in range(1, _MOST):
        place.breaking.left = number
        went_well = attempt()
        place.breaking.left = None
        if went_well:
            return number - 1
        check()
    raise AssertionError("It never went well.")


@pytest.mark.parametrize("change", _CHANGES)
def test_both_sides_change_or_neither_wherever_the_commit_breaks(place: FailingPlace, change: str) -> None:
    """After each failure everybody who asked hears internal-server-error, nobody else hears anything, and memory and
    disk are as before; in the end the same change goes through.
    """
    before, said, *after = _CHANGES[change]
    for step in _BEFORE[before]:
        place.say(step)
    rosters = place.rosters()
    place.heard("juliet"), place.heard("romeo")
    setters = [who for who, _ in said]

    heard: dict[str, bytes] = {}

    def attempt() -> bool:
        place.say(*said)
        heard.update({who: place.heard(who) for who in ("juliet", "romeo")})
        return b"internal-server-error" not in heard["juliet"] + heard["romeo"]

    def check() -> None:
        assert place.rosters() == rosters
        for who, data in heard.items():
            errors = setters.count(who)
            assert data.count(b"<internal-server-error") == data.count(b"<error") == data.count(b" id='") == errors
            assert bool(data) == bool(errors)

    assert broken_everywhere(place, attempt, check) > 20
    assert place.states() == tuple(after)


def test_the_turn_after_a_rollback_that_failed_goes_through(place: FailingPlace) -> None:
    """Where not even the end of a transaction could be written, the next one is none the worse."""
    for number in range(1, 40):
        place.breaking.left = number
        place.say(("juliet", roster_set("nurse@x.test", "broken")))
        place.breaking.left = None
        place.say(("juliet", roster_set("nurse@x.test", "whole")))
        assert b"<iq id='whole' type='result'" in place.heard("juliet")


@pytest.mark.parametrize("command", [RemoveAccount(ROMEO), AddAccount(ROMEO, {})], ids=lambda c: type(c).__name__)
def test_a_command_is_carried_out_whole_or_raises(place: FailingPlace, command: Command) -> None:
    """Whoever runs the server hears of each failure; the account and its contacts' entries are as before."""
    for step in _BEFORE["mutual"]:
        place.say(step)
    rosters = place.rosters()
    place.heard("juliet"), place.heard("romeo")

    def attempt() -> bool:
        try:
            place.network.command(command)
        except StoreError:
            return False
        return True

    def check() -> None:
        assert place.rosters() == rosters
        assert place.heard("juliet") + place.heard("romeo") == b""

    assert broken_everywhere(place, attempt, check) > 5
    assert (ROMEO.bare in place.rosters()) == isinstance(command, AddAccount)
