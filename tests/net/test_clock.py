"""A network's own time."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from rosterkit.net.clock import NetworkClock


def test_time_begins_at_zero_and_runs_with_the_reactor():
    """Seconds since the network was made."""
    reactor = Clock()
    reactor.advance(1000)
    clock = NetworkClock(reactor)
    assert clock.seconds() == 0
    reactor.advance(2.5)
    assert clock.seconds() == 2.5


def test_moving_forward_does_what_is_due_each_at_its_own_time():
    """In order, with the time that was asked for, also what is asked for on the way; the rest stays."""
    clock, done = NetworkClock(Clock()), []
    clock.after(3, lambda: done.append(("c", clock.seconds())))
    clock.after(1, lambda: (done.append(("a", clock.seconds())), clock.after(1, lambda: done.append(("b", 2)))))
    clock.after(100, lambda: done.append(("late", 0)))
    clock.forward(10)
    assert done == [("a", 1), ("b", 2), ("c", 3)]
    assert clock.seconds() == 10


def test_what_is_due_comes_with_the_reactor_too():
    """An offset makes it earlier on the reactor's own clock."""
    reactor, done = Clock(), []
    clock = NetworkClock(reactor)
    clock.after(10, lambda: done.append(clock.seconds()))
    clock.forward(8)
    reactor.advance(1.5)
    assert done == []
    reactor.advance(0.5)
    assert done == [10]


def test_two_at_the_same_time_come_in_their_order():
    """Nothing is left to chance."""
    reactor, done = Clock(), []
    clock = NetworkClock(reactor)
    for name in "abcdef":
        clock.at(5, lambda name=name: done.append(name))
    reactor.advance(5)
    assert "".join(done) == "abcdef"


def test_what_is_cancelled_is_not_done():
    """Again, and after it was done, is no error."""
    reactor, done = Clock(), []
    clock = NetworkClock(reactor)
    kept, gone = clock.after(1, lambda: done.append("kept")), clock.after(1, lambda: done.append("gone"))
    gone.cancel()
    reactor.advance(1)
    kept.cancel()
    gone.cancel()
    assert done == ["kept"]


def test_a_reset_forgets_all_of_it():
    """Time begins at 0, and nothing is left for the reactor to do."""
    reactor = Clock()
    clock = NetworkClock(reactor)
    clock.after(1, lambda: pytest.fail("it was forgotten"))
    clock.forward(0.5)
    clock.reset()
    assert clock.seconds() == 0
    assert reactor.getDelayedCalls() == []
    reactor.advance(5)


def test_what_fails_keeps_nobody_else_waiting():
    """The failure reaches whoever moved the time, and the rest is still done."""
    reactor, done = Clock(), []
    clock = NetworkClock(reactor)
    clock.after(1, lambda: 1 / 0)
    clock.after(2, lambda: done.append("later"))
    with pytest.raises(ZeroDivisionError):
        clock.forward(1)
    reactor.advance(2)
    assert done == ["later"]
