"""Waiting until something is so: when it fires, when it fails, and that waits do not disturb each other."""

from __future__ import annotations

from typing import Any

import pytest
from test_roster_client import failure_of
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock

from rosterkit.client.waiting import Waiting


@pytest.fixture
def clock() -> Clock:
    """The time."""
    return Clock()


@pytest.fixture
def waiting(clock: Clock) -> Waiting:
    """Nobody waits yet."""
    return Waiting(clock)


class Lamp:
    """A condition to switch; counts how often it is looked at."""

    def __init__(self) -> None:
        self.on: Any = False
        self.looks = 0

    def __call__(self) -> Any:
        """Whether it is on."""
        self.looks += 1
        return self.on


@pytest.fixture
def lamp() -> Lamp:
    """A lamp that is off."""
    return Lamp()


def fired(deferred: Deferred[None]) -> bool:
    """Whether it has fired, with None."""
    results: list[object] = []
    deferred.addCallback(results.append)
    assert results in ([], [None])
    return bool(results)


def test_what_is_so_already_is_not_waited_for(waiting: Waiting, clock: Clock, lamp: Lamp) -> None:
    """It fires at once, nothing is left on the clock, and nobody looks again."""
    lamp.on = "any true value"
    assert fired(waiting.until(lamp, 5, "light"))
    waiting.look()
    assert lamp.looks == 1
    assert not clock.getDelayedCalls()


def test_it_fires_when_it_is_so(waiting: Waiting, clock: Clock, lamp: Lamp) -> None:
    """At the first look at which the condition is true, and only then; the time-out is gone with it."""
    done = waiting.until(lamp, 5, "light")
    waiting.look()
    assert not done.called
    lamp.on = True
    assert not done.called
    waiting.look()
    assert fired(done)
    lamp.looks = 0
    waiting.look()
    assert lamp.looks == 0
    assert not clock.getDelayedCalls()


def test_a_time_out_says_what_did_not_come(waiting: Waiting, clock: Clock, lamp: Lamp) -> None:
    """TimeoutError after exactly that many seconds; nobody looks afterwards."""
    done = waiting.until(lamp, 2.5, "light")
    clock.advance(2.4)
    assert not done.called
    clock.advance(0.1)
    error = failure_of(done)
    assert isinstance(error, TimeoutError)
    assert str(error) == "After 2.5 s light has not come about."
    lamp.looks, lamp.on = 0, True
    waiting.look()
    assert lamp.looks == 0


def test_without_a_time_out_it_waits_on(waiting: Waiting, clock: Clock, lamp: Lamp) -> None:
    """None has no end."""
    done = waiting.until(lamp, None, "light")
    assert not clock.getDelayedCalls()
    clock.advance(1e9)
    lamp.on = True
    waiting.look()
    assert fired(done)


@pytest.mark.parametrize("timeout", [5, None])
def test_cancelling_ends_the_wait(waiting: Waiting, clock: Clock, lamp: Lamp, timeout: float | None) -> None:
    """The condition is not asked any more, and nothing is left on the clock."""
    done = waiting.until(lamp, timeout, "light")
    done.cancel()
    assert isinstance(failure_of(done), CancelledError)
    lamp.looks = 0
    waiting.look()
    assert lamp.looks == 0
    assert not clock.getDelayedCalls()


@pytest.mark.parametrize("at_once", [True, False])
def test_a_condition_that_fails_fails_the_wait(waiting: Waiting, clock: Clock, at_once: bool) -> None:
    """The one who gave it hears of it, whoever made the change does not; the others' waits go on."""
    answers = [False, False] if not at_once else []
    done = waiting.until(lambda: answers.pop(), 5, "light")
    other = Lamp()
    others = waiting.until(other, None, "light")
    waiting.look()
    other.on = True
    waiting.look()
    assert isinstance(failure_of(done), IndexError)
    assert fired(others)
    assert not clock.getDelayedCalls()


def test_each_wait_is_its_own(waiting: Waiting) -> None:
    """The same condition twice fires twice, each of the others when its own is true, in the order of waiting."""
    order: list[str] = []
    lamps = {name: Lamp() for name in "abc"}
    for name in "abcb":
        waiting.until(lamps[name], None, "light").addCallback(lambda _, name=name: order.append(name))
    lamps["c"].on = True
    waiting.look()
    assert order == ["c"]
    lamps["a"].on = lamps["b"].on = True
    waiting.look()
    assert order == ["c", "a", "b", "b"]


def test_a_callback_may_wait_again(waiting: Waiting, lamp: Lamp) -> None:
    """A wait that begins within a look is looked at by itself; one that is not so yet waits for the next look."""
    other = Lamp()
    again = waiting.until(lamp, None, "light").addCallback(lambda _: waiting.until(other, None, "more light"))
    lamp.on = True
    waiting.look()
    assert other.looks == 1
    other.on = True
    waiting.look()
    assert fired(again)


def test_a_callback_may_end_another_wait(waiting: Waiting, lamp: Lamp) -> None:
    """What the look had still before it is not asked any more."""
    other = Lamp()
    waiting.until(lamp, None, "light").addCallback(lambda _: second.cancel())
    second = waiting.until(other, None, "light")
    lamp.on, other.looks = True, 0
    waiting.look()
    assert isinstance(failure_of(second), CancelledError)
    assert other.looks == 0


def test_a_callback_may_look_again(waiting: Waiting) -> None:
    """A change within a change: everybody fires once."""
    lamps, count = [Lamp(), Lamp(), Lamp()], []

    def look_again(_: object) -> None:
        count.append(1)
        waiting.look()

    for lamp in lamps:
        waiting.until(lamp, None, "light").addCallback(look_again)
    for lamp in lamps:
        lamp.on = True
    waiting.look()
    assert len(count) == 3


@pytest.mark.parametrize("then", [True, ValueError("broken")], ids=str)
def test_a_condition_may_end_its_own_wait(waiting: Waiting, then: Any) -> None:
    """Whoever looks is not disturbed, and the others' waits go on."""

    def condition() -> object:
        if not own:
            return False
        own[0].cancel()
        if isinstance(then, Exception):
            raise then
        return then

    own: list[Deferred[None]] = []
    own.append(waiting.until(condition, None, "light"))
    lamp = Lamp()
    other = waiting.until(lamp, None, "light")
    lamp.on = True
    waiting.look()
    assert isinstance(failure_of(own[0]), CancelledError)
    assert fired(other)
