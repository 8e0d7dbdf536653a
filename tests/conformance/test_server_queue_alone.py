"""Cases that do something to what plays share: nothing is under way beside them."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from rosterkit.conformance.probing.memory import ACCOUNTS
from rosterkit.conformance.probing.pool import Pool
from rosterkit.conformance.probing.queue import PlayQueue
from rosterkit.conformance.server.case import ServerCase, kept
from rosterkit.conformance.verdicts import Level


def case(name: str, alone: bool = False) -> ServerCase:
    """A case that nobody plays in earnest."""
    return ServerCase(name, Level.MUST, "", "", "", "", lambda _: iter(()), lambda _: kept(""), alone=alone)


class Played:
    """A play that ends when the test says so."""

    def __init__(self, case: ServerCase) -> None:
        self.case = case
        self.unclean: dict[str, str] = {}
        self.ended: Deferred[None] = Deferred()

    def run(self, clean: bool) -> Deferred[None]:
        """Under way until ``ended`` fires."""
        return self.ended

    def evidence(self) -> Any:
        """Of nothing."""
        return self

    def steps(self, _key: str) -> Any:
        """It began."""
        return iter((None,))

    def stuck(self) -> None:
        """It was not."""


class House:
    """A hall with a queue of plays in it; ``now`` says which are under way."""

    def __init__(self, *cases: ServerCase) -> None:
        self.clock = Clock()
        self.plays: dict[str, Played] = {}
        self.queue = PlayQueue(
            self,  # type: ignore[arg-type]
            cases,
            Pool(ACCOUNTS),
            3,
            lambda play, _: self.plays.pop(play.case.id),
            lambda _: None,
            lambda _: None,
        )
        self.queue.start()

    def play(self, case: ServerCase, _accounts: Any) -> Any:
        """One begins."""
        self.plays[case.id] = Played(case)
        return self.plays[case.id]

    @property
    def now(self) -> list[str]:
        """The cases under way."""
        return list(self.plays)

    def end(self, name: str) -> None:
        """One is over, and what can begin then does."""
        self.plays[name].ended.callback(None)
        self.clock.advance(0)


def test_a_case_that_is_played_alone_waits_for_the_others():
    """And the others do not wait for it."""
    house = House(case("a"), case("b", alone=True), case("c"))
    assert house.now == ["a", "c"]
    house.end("a")
    assert house.now == ["c"]
    house.end("c")
    assert house.now == ["b"]


def test_nothing_begins_beside_a_case_that_is_played_alone():
    """Another of its kind neither."""
    house = House(case("a", alone=True), case("b", alone=True), case("c"))
    assert house.now == ["a"]
    house.queue.start()
    assert house.now == ["a"]
    house.end("a")
    assert house.now == ["b"]
    house.end("b")
    assert house.now == ["c"]


def test_a_stopped_queue_begins_nothing():
    """What is under way goes on to its end, which is that of the evening."""
    house = House(*map(case, "abcd"))
    assert house.now == ["a", "b", "c"]
    house.queue.stop()
    for name in "abc":
        assert not house.queue.done.called
        house.end(name)
    assert house.now == []
    assert house.queue.done.called
