"""Each promise of a network is seen to be broken by a server that breaks it, and holds in one that does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bench.fuzz import keys
from bench.fuzz.case import Case, Played, Step, WrongError
from bench.fuzz.invariants import Invariants
from bench.fuzz.ledger import Ledger
from bench.fuzz.targets import TARGETS
from bench.fuzz.targets.network import FULL, HOLD
from bench.fuzz.town import COMPONENT, SEATS, Town
from rosterkit.core import jid, presence, requests, roster, roster_iq
from rosterkit.core.effects import Save
from rosterkit.core.roster import Item
from rosterkit.core.server import RosterServer
from rosterkit.core.state import Account
from rosterkit.core.world import World
from rosterkit.errors import StoreError
from rosterkit.net import network as networks

JULIET_A, JULIET_B, ROMEO = 0, 1, 2
#: The commits of the turn of the next step fail.
NO_SPACE = (FULL | HOLD, b"")
SET = b"<iq type='set' id='s1'><query xmlns='jabber:iq:roster'><item jid='%b' name='&lt;'/></query></iq>"
PING = b"<iq type='get' id='p' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>"
#: Everything that the promises are about, in a few steps.
STORY = (
    (JULIET_A, SET % b"romeo@localhost"),
    (JULIET_A, b"<presence type='subscribe' to='romeo@localhost'/>"),
    (ROMEO, b"<presence type='subscribed' to='juliet@localhost'/>"),
    (ROMEO, b"<message type='chat' to='juliet@localhost'><body>a</body></message>"),
    (JULIET_B, PING),
    (JULIET_A, b"<presence><show>away</show></presence>"),
    (JULIET_B, b""),
    (JULIET_B, b"<iq type='set' id='s2'><query xmlns='jabber:iq:roster'><item jid='a@far.test'/></query></iq>"),
)


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with keys.quick_keys():
        yield


def play(*steps: tuple[int, bytes], journal: int = 0) -> Played:
    """The story as the target plays it."""
    begin = (Step(65_536, b""),) if journal else ()
    return TARGETS["network"].play(Case((*begin, *(Step(actor, data) for actor, data in steps))))


def test_they_hold() -> None:
    """In our own server, with a journal and without."""
    play(*STORY)
    play(*STORY, journal=1)


def _saves_for_another(real: Callable[..., None]) -> Callable[..., None]:
    def set_roster(self: World, account: Account, contact: str, changed: roster.Roster) -> None:
        self.undo.put(account, "roster", changed)
        self._save(account, Save(account.jid.bare, "nobody@localhost", changed))

    return set_roster


def _saves_the_old(real: Callable[..., None]) -> Callable[..., None]:
    def set_roster(self: World, account: Account, contact: str, changed: roster.Roster) -> None:
        before = account.roster
        self.undo.put(account, "roster", changed)
        self._save(account, Save(account.jid.bare, contact, before))

    return set_roster


def _twice(real: Callable[..., Any]) -> Callable[..., Any]:
    def reply(self: World, link: Any, stanza: Any, answer: Any) -> None:
        real(self, link, stanza, answer)
        real(self, link, stanza, answer)

    return reply


def _fails(real: Callable[..., Any]) -> Callable[..., Any]:
    def rule(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    return rule


def _nothing(real: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *_, **__: None


def _to_everybody(real: Callable[..., Any]) -> Callable[..., Any]:
    def send(self: World, link: Any, stanza: Any, to: str | None) -> None:
        for account in self.accounts.values():
            for session in account.sessions.values():
                real(self, session, stanza, to)

    return send


def _as_it_is(real: Callable[..., Any]) -> Callable[..., Any]:
    return lambda text, *_: text


def _own_jid(real: Callable[..., Any]) -> Callable[..., Any]:
    return lambda item, owner: owner


def _with_its_resource(real: Callable[..., Any]) -> Callable[..., Any]:
    return lambda item, owner: f"{real(item, owner)}/home"


def _odd_name(real: Callable[..., Any]) -> Callable[..., Any]:
    return lambda item, **values: real(item, name="\x01")


def _another_name(real: Callable[..., Any]) -> Callable[..., Any]:
    def push(self: World, account: Account, item: Item) -> None:
        real(self, account, Item(item.jid, "another name"))

    return push


WRONG: dict[str, tuple[Any, str, Callable[[Any], Any], str]] = {
    "commits nothing": (RosterServer, "commit", _nothing, "left of a turn"),
    "saves for another contact": (World, "set_roster", _saves_for_another, "one by one"),
    "saves the old roster": (World, "set_roster", _saves_the_old, "another roster"),
    "answers twice": (World, "reply", _twice, "answers to"),
    "does not answer": (requests, "handle", _nothing, "not answered"),
    "sends to everybody": (World, "send", _to_everybody, "got what is for|got an iq for"),
    "loses nobody": (RosterServer, "lose", lambda _: lambda *_: [], "its connection is not"),
    "pushes something else": (World, "push", _another_name, "told of another roster"),
    "does not push": (World, "push", _nothing, "told of another roster"),
    "raises": (presence, "available", _fails, "only logged"),
    "takes the own JID": (roster, "_read_jid", _own_jid, "stands in the roster"),
    "takes resources": (roster, "_read_jid", _with_its_resource, "stands in the roster"),
    "writes any character": (roster_iq, "replace", _odd_name, "well-formed"),
    "keeps passwords": (networks, "without_secrets", _as_it_is, "holds a password"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_a_server_that_breaks_one_is_caught(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """By the sentence of that promise."""
    owner, attribute, change, said = WRONG[name]
    monkeypatch.setattr(owner, attribute, change(getattr(owner, attribute)))
    with pytest.raises(WrongError, match=said):
        play(*STORY, journal=name == "keeps passwords")


def test_a_push_to_somebody_who_never_asked_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only interested resources are told of changes (RFC 6121 §2.1.6)."""
    town = Town()
    invariants = Invariants(town)
    seat = town.seat(JULIET_A)
    link = seat.connection.link
    town.turn()
    invariants.check()
    link.interested = False  # type: ignore[union-attr]
    monkeypatch.setattr(Account, "interested", property(lambda account: list(account.sessions.values())))
    seat.say(SET % b"romeo@localhost")
    town.turn()
    with pytest.raises(WrongError, match="never asked"):
        invariants.check()


def test_a_full_disk_changes_nothing() -> None:
    """For one turn: whoever sets is told, and memory and store agree as before."""
    without, full = play(STORY[4], *STORY).phases, play(STORY[4], NO_SPACE, STORY[0], *STORY).phases
    assert "iq error" in full
    assert full.count("commit") == without.count("commit")


def test_the_ledger_is_all_or_nothing() -> None:
    """A commit that fails leaves it as it was."""
    ledger = Ledger()
    ledger.full = True
    with pytest.raises(StoreError):
        ledger.append([])
    assert ledger.rows == {}
    assert ledger.commits == 0


@pytest.mark.parametrize("actor", range(COMPONENT + 1))
def test_everybody_comes_and_may_come_again(actor: int) -> None:
    """By TCP, by a WebSocket and as a component; one that was cut off logs in anew."""
    town = Town()
    seat = town.seat(actor)
    assert seat.is_open
    assert seat.connection.link is not None
    if actor < COMPONENT:
        assert seat.connection.jid == f"{SEATS[actor][0]}@localhost/{SEATS[actor][1]}"
    seat.say(b"<" if seat.socket is None else b"\xff\xff")
    seat.say(b"<")
    town.turn()
    again = town.seat(actor)
    assert again.is_open
    assert (again is seat) == seat.is_open


def test_a_changed_password_keeps_nobody_out() -> None:
    """Whoever comes back after it, or after the account was removed, finds the old one again."""
    town = Town()
    change = "<query xmlns='jabber:iq:register'><username>juliet</username><password>new</password></query>"
    for body in (change, "<query xmlns='jabber:iq:register'><remove/></query>"):
        town.seat(JULIET_A).say(f"<iq type='set' id='c'>{body}</iq>".encode())
        town.turn()
        town.lose(JULIET_A)
        town.turn()
        assert town.seat(JULIET_A).connection.link is not None
    assert town.network.account(jid.parse("juliet@localhost")) is not None
