"""Plays with servers that mean no good: an end to each of them, in bounded time and memory, and no wrong verdict."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.defer import Deferred, succeed
from twisted.internet.task import Clock

from rosterkit.conformance.probing import play as playing
from rosterkit.conformance.probing.lines import ProbeError
from rosterkit.conformance.probing.play import Play
from rosterkit.conformance.probing.queue import Hall
from rosterkit.conformance.server.case import ServerCase, judged, kept
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Enter, Fence, Script, told
from rosterkit.conformance.verdicts import Level, Verdict
from rosterkit.wire.entering import Account, Phase

JULIET = Account("juliet", "capulet.test", "secret")
_PING = re.compile(rb"<iq type='get' id='(fence-\d+)' to='capulet.test'>")


class Wire:
    """A line to a server that does what a test says; ``heard`` is what it was told."""

    features = b""

    def __init__(self, label: str, listener: Any, serve: Callable[[Wire, bytes], None]) -> None:
        self.label, self.listener, self.serve = label, listener, serve
        self.jid, self.phase, self.is_open = f"{JULIET.bare}/{label}", Phase.BOUND, True
        self.heard: list[bytes] = []

    def send(self, data: bytes) -> None:
        """Let the server hear it."""
        self.heard.append(data)
        self.serve(self, data)

    def say(self, xml: str, kind: str = "iq") -> None:
        """The server says something."""
        self.listener.came(self, xml.encode(), kind)

    def close(self) -> Deferred[None]:
        """It is gone at once."""
        self.cut()
        return succeed(None)

    def cut(self) -> None:
        """The same."""
        if self.is_open:
            self.is_open = False
            self.listener.over(self, "It is gone.")


class Lines:
    """Lines to such a server, over which time passes; ``wires`` are those that were had, by label."""

    is_settled = is_spread = False

    def __init__(self, serve: Callable[[Wire, bytes], None]) -> None:
        self.wires: dict[str, Wire] = {}
        self._serve = serve

    def enter(self, label: str, _account: Account, _upto: Phase, listener: Any, *_: Any, **_more: Any) -> Any:
        """A line at once."""
        wire = self.wires[label] = Wire(label, listener, self._serve)
        return succeed(wire)

    def pump(self) -> None:
        """Nothing is under way."""


def pong(id_: bytes, sender: str = "capulet.test") -> str:
    """An answer to a ping."""
    return f"<iq type='result' id='{id_.decode()}' from='{sender}'/>"


def honest(wire: Wire, data: bytes) -> None:
    """Pings are answered."""
    if found := _PING.match(data):
        wire.say(pong(found[1]))


def asked_once(_people: People) -> Script:
    """One line says something."""
    yield Enter("me", JULIET.bare)
    yield from told("me", "<presence/>", "event")


def begun(serve: Callable[[Wire, bytes], None], script: Callable[[People], Script] = asked_once) -> Any:
    """A play with this server: what it fires with at its end, the play, its lines, the clock."""
    case = ServerCase("rfc6121/2.1.6/one", Level.MUST, "", "", "", "", script, lambda _: kept("Well."))
    lines, clock = Lines(serve), Clock()
    play = Play(case, People(case.id, "0", [JULIET.bare]), {JULIET.bare: JULIET}, lines, clock, 1.0)  # type: ignore[arg-type]
    return play.run(), play, lines, clock


def test_a_server_that_answers_its_pings_is_judged():
    """The same play, so that what follows shows what the server has done."""
    ended, play, _, _ = begun(honest)
    assert ended.called
    assert judged(play.case, play.evidence()).verdict is Verdict.PASS


def test_a_server_that_never_stops_is_not_judged():
    """A fence has so many rounds and no more; what it has not shown by then, nobody knows."""

    def chatters(wire: Wire, data: bytes) -> None:
        wire.say("<message><body>And another thing.</body></message>", "message")
        honest(wire, data)

    ended, play, lines, _ = begun(chatters)
    assert ended.called
    assert len([one for one in lines.wires["me"].heard if _PING.match(one)]) == 20
    finding = judged(play.case, play.evidence())
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert "sends on and on" in finding.words


def test_a_flood_ends_the_play_and_not_the_memory(monkeypatch: pytest.MonkeyPatch):
    """Lines are cut, nothing is kept of what comes after, and nobody takes our cut for the server's doing."""
    monkeypatch.setattr(playing, "_MOST_HEARD", 100_000)

    def floods(wire: Wire, _: bytes) -> None:
        for _ in range(1000):
            wire.say("<message><body>Water.</body></message>", "message")

    ended, play, lines, _ = begun(floods)
    assert ended.called
    assert not lines.wires["me"].is_open
    assert sum(len(entry.data) + 256 for entry in play.entries if entry.direction == "in") <= 100_000
    finding = judged(play.case, play.evidence())
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert "floods" in finding.words
    assert play.flooded


def test_a_flood_before_an_answer_lets_no_play_wait(monkeypatch: pytest.MonkeyPatch):
    """The fence that is under way is over with the lines."""
    monkeypatch.setattr(playing, "_MOST_HEARD", 100_000)
    ended, play, lines, _ = begun(lambda *_: None)
    assert not ended.called
    for _ in range(1000):
        lines.wires["me"].say("<message><body>Water.</body></message>", "message")
    assert ended.called
    assert "floods" in judged(play.case, play.evidence()).words


def test_only_the_server_answers_a_ping_on_the_line_that_has_sent_it():
    """Neither somebody who has guessed the id nor an answer that comes on another line counts."""

    def two(people: People) -> Script:
        yield Enter("me", people.me)
        yield Enter("me-2", people.me)
        yield Fence()

    waiting: list[tuple[Wire, bytes]] = []

    def keeps(wire: Wire, data: bytes) -> None:
        if found := _PING.match(data):
            waiting.append((wire, found[1]))

    ended, play, lines, clock = begun(keeps, two)
    for wire, id_ in waiting:
        other = lines.wires["me" if wire.label == "me-2" else "me-2"]
        wire.say(pong(id_, "mallory@capulet.test/x"))
        other.say(pong(id_))
    clock.advance(1)
    assert ended.called
    assert play.evidence().silence() is not None


def test_a_roster_that_cannot_be_read_is_not_taken_for_an_empty_one():
    """Or it would be emptied, though nobody has said --wipe."""
    clock = Clock()
    hall = Hall(Lines(honest), None, clock, "0", 1.0)  # type: ignore[arg-type]
    looked = hall.entries(JULIET)
    outcome: list[Any] = []
    looked.addBoth(outcome.append)
    assert outcome[0].check(ProbeError)
    assert "juliet@capulet.test cannot be read: the server does not give it" in outcome[0].getErrorMessage()
