"""Fences: rounds of pings until nothing is under way, in which only the server's own answers count."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from twisted.internet.task import Clock

from rosterkit.conformance.probing.fence import Fence, SilentError
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Stuck
from rosterkit.wire.entering import Phase

_PING = re.compile(r"<iq type='get' id='(fence-\d+)' to='([^']+)'(?: from='([^']+)')?>")


class Wire:
    """A line; ``said`` are the pings on it: id, to whom, from whom."""

    is_open, phase, features = True, Phase.BOUND, b""

    def __init__(self, place: Place, label: str) -> None:
        self.place, self.label = place, label
        self.jid = f"juliet@capulet.test/{label}"
        self.said: list[tuple[str, str, str | None]] = []

    def send(self, data: bytes) -> None:
        """The server hears it, or another line where the server lets it through."""
        found = _PING.match(data.decode())
        if found is not None:
            self.said.append((found[1], found[2], found[3]))
        self.place.serve(self, data.decode())


class Place:
    """Lines to a server that does what a test says with what it hears."""

    is_settled = False

    def __init__(self, serve: Callable[[Wire, str], None], *labels: str, spread: bool = False) -> None:
        self.serve, self.is_spread = serve, spread
        self.wires: Any = {label: Wire(self, label) for label in labels or ("me",)}
        self.people = People("rfc6121/2.1.6/one", "s", ["juliet@capulet.test"], "montague.test")
        self.clock = Clock()
        self.fence = Fence(self.people, self, self.wires, self.clock, 1.0)  # type: ignore[arg-type]
        self.outcome: list[Any] = []

    def pump(self) -> None:
        """Nothing is under way."""

    def wait(self) -> Any:
        """What the fence has fired with; raises its failure, None while it waits."""
        self.fence.wait().addBoth(self.outcome.append)
        return self.told()

    def told(self) -> Any:
        """The same, later."""
        if self.outcome and hasattr(self.outcome[0], "raiseException"):
            self.outcome[0].raiseException()
        return self.outcome[0] if self.outcome else None

    def says(self, wire: Wire, xml: str) -> bool:
        """Whether the fence takes an iq that comes on a line."""
        return self.fence.takes(wire, xml.encode())  # type: ignore[arg-type]


def pong(id_: str, sender: str = "capulet.test", type_: str = "result") -> str:
    """An answer to a ping."""
    return f"<iq type='{type_}' id='{id_}' from='{sender}'/>"


def honest(wire: Wire, data: str) -> None:
    """Pings are answered."""
    found = _PING.match(data)
    if found is not None:
        assert wire.place.says(wire, pong(found[1]))


def silent(_wire: Wire, _data: str) -> None:
    """Nothing is answered."""


def test_it_takes_three_rounds_where_nothing_comes():
    """There, back, and to whoever asked; on every line, the component's too, which needs an address of its own."""
    place = Place(honest, "me", COMPONENT)
    assert place.wait() == 3
    assert [to for _, to, _ in place.wires["me"].said] == ["capulet.test"] * 3
    assert {sender for _, _, sender in place.wires[COMPONENT].said} == {place.people.tester}


def test_news_begin_another_round():
    """Until a whole round has brought nothing."""

    def late(wire: Wire, data: str) -> None:
        if len(wire.said) < 6:
            wire.place.fence.news += 1
        honest(wire, data)

    assert Place(late).wait() == 6


def test_a_server_that_never_rests_is_given_up():
    """After twenty rounds, with a sentence."""

    def chatters(wire: Wire, data: str) -> None:
        wire.place.fence.news += 1
        honest(wire, data)

    place = Place(chatters)
    with pytest.raises(Stuck, match="sends on and on"):
        place.wait()
    assert len(place.wires["me"].said) == 20


def test_silence_is_told_of_each_line():
    """After the server's time; a line that is gone meanwhile is waited for no more."""
    place = Place(silent, "me", "other")
    assert place.wait() is None
    place.fence.lost("other")
    place.clock.advance(1.1)
    with pytest.raises(SilentError) as caught:
        place.told()
    assert caught.value.labels == ["me"]


def test_lines_that_end_end_the_wait():
    """All of them: there is nobody left to ask."""
    place = Place(silent)
    assert place.wait() is None
    place.wires["me"].is_open = False
    place.fence.lost("me")
    assert place.told() == 3


def test_only_lines_that_are_bound_are_asked():
    """Nobody else can answer."""
    place = Place(silent)
    place.wires["me"].phase = Phase.OPENED
    assert place.wait() == 3
    assert place.wires["me"].said == []


@pytest.mark.parametrize(
    "answer",
    [
        pong("fence-1", "romeo@montague.test"),
        pong("fence-1", type_="get"),
        pong("fence-2"),
        "<iq type='result' id='other' from='capulet.test'/>",
        "<iq type='result' from='capulet.test'/>",
    ],
)
def test_what_is_no_answer_of_the_server_is_not_taken(answer: str):
    """Whoever else sends with such an id is heard as anybody."""
    place = Place(silent)
    assert place.wait() is None
    assert not place.says(place.wires["me"], answer)
    assert place.says(place.wires["me"], pong("fence-1"))
    assert not place.says(place.wires["me"], pong("fence-1"))


def test_an_answer_on_another_line_is_not_taken():
    """Each line answers for itself."""
    place = Place(silent, "me", "other")
    assert place.wait() is None
    assert not place.says(place.wires["other"], pong("fence-1"))


# Clusters


def through(wire: Wire, data: str) -> None:
    """The server answers for itself, and lets what is for a line go there and back."""
    place, found = wire.place, _PING.match(data)
    if found is None:
        return
    id_, to = found[1], found[2]
    addresses = {one.jid: one for one in place.wires.values()} | {place.people.tester: place.wires.get(COMPONENT)}
    target = addresses.get(to)
    if target is not None:
        assert place.says(target, f"<iq type='get' id='{id_}' from='{wire.jid}' to='{to}'/>")
    assert place.says(wire, pong(id_, to, "error" if target is not None else "result"))


def test_lines_to_several_nodes_ping_each_other():
    """From each to each and back: that comes behind whatever went the same way."""
    place = Place(through, "me", "other", COMPONENT, spread=True)
    assert place.wait() == 3
    targets = {label: {to for _, to, _ in wire.said} for label, wire in place.wires.items()}
    mine, other, tester = place.wires["me"].jid, place.wires["other"].jid, place.people.tester
    assert targets == {
        "me": {"capulet.test", other, tester},
        "other": {"capulet.test", mine, tester},
        COMPONENT: {"capulet.test", mine, other},
    }


def test_a_node_that_does_not_know_the_other_line_yet_is_asked_again():
    """Its own answer is no fence; but it is not asked for ever."""

    def ignorant(wire: Wire, data: str) -> None:
        found = _PING.match(data)
        if found is not None:
            assert wire.place.says(wire, pong(found[1], found[2], "error"))

    place = Place(ignorant, "me", "other", spread=True)
    assert 3 < place.wait() < 20


class Losing(Place):
    """Nodes of which each answers its own pings, when all were sent, and loses so many of those between lines."""

    def __init__(self, lost: int) -> None:
        self._sent: list[tuple[Wire, str]] = []
        self._lost = lost
        super().__init__(lambda wire, data: self._sent.append((wire, data)), "me", "other", spread=True)

    def pump(self) -> None:
        """What was sent arrives."""
        sent, self._sent = self._sent, []
        for wire, data in sent:
            found = _PING.match(data)
            if found is not None and "/" in found[2] and self._lost:
                self._lost -= 1
            else:
                through(wire, data)


def test_what_is_lost_between_nodes_is_asked_again():
    """An answer for a line that the other node does not know yet goes nowhere; the node itself does answer."""
    place = Losing(2 * 3)
    assert place.wait() is None
    for _ in range(2):
        place.clock.advance(1.0)
        assert place.told() is None
    place.clock.advance(1.0)
    assert place.told() == 4


def test_what_is_lost_for_ever_is_silence():
    """It is asked again a few times only."""
    place = Losing(1_000)
    assert place.wait() is None
    with pytest.raises(Stuck):
        for _ in range(100):
            place.clock.advance(1.0)
            assert place.told() is None


def test_a_ping_for_another_line_is_not_taken_here():
    """One that is misdirected is something that came."""
    place = Place(silent, "me", "other", spread=True)
    assert place.wait() is None
    id_ = next(id_ for id_, to, _ in place.wires["me"].said if "/" in to)
    assert not place.says(place.wires["me"], f"<iq type='get' id='{id_}' from='a@b/c'/>")
