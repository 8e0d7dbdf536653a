"""How long a scene stands there."""

from __future__ import annotations

import os
import pty
from collections.abc import Iterator

import pytest
from twisted.internet.defer import CancelledError
from twisted.internet.task import Clock

from rosterkit.demo.pace import Pace


class Reactor(Clock):
    """A clock that also keeps who reads."""

    def __init__(self) -> None:
        super().__init__()
        self.readers: list[object] = []

    def addReader(self, reader: object) -> None:
        """As a reactor's."""
        self.readers.append(reader)

    def removeReader(self, reader: object) -> None:
        """As a reactor's; twice is a no-op."""
        if reader in self.readers:
            self.readers.remove(reader)


@pytest.fixture
def keyboard() -> Iterator[tuple[int, int]]:
    """Both ends of a terminal: where one types, and where it is read."""
    ends = pty.openpty()
    yield ends
    for end in ends:
        os.close(end)


def test_a_pause_grows_with_what_is_to_be_read():
    """And with the factor; it is over by itself."""

    def seconds(factor: float, characters: int) -> float:
        reactor = Reactor()
        paused = Pace(reactor, factor).pause(characters)
        while not paused.called:
            reactor.advance(0.25)
        return reactor.seconds()

    assert seconds(1, 0) < seconds(1, 500) < seconds(1, 1000)
    assert seconds(2, 500) == 2 * seconds(1, 500)


def test_at_pace_0_there_are_none():
    """Nothing is scheduled, and no key is read."""
    reactor = Reactor()
    pace = Pace(reactor, 0, keyboard=0)
    pace.listen()
    assert pace.pause(1000).called
    assert reactor.getDelayedCalls() == reactor.readers == []
    assert not pace.listens


def test_enter_ends_a_pause_and_no_later_one(keyboard: tuple[int, int], monkeypatch: pytest.MonkeyPatch):
    """Enter between two pauses is forgotten."""
    monkeypatch.setattr("os.tcgetpgrp", lambda _: os.getpgrp())
    reactor = Reactor()
    pace = Pace(reactor, 1, keyboard[1])
    pace.listen()
    assert reactor.readers == [pace]
    first = pace.pause(1000)
    os.write(keyboard[0], b"\n")
    pace.doRead()
    assert first.called
    assert reactor.getDelayedCalls() == []
    os.write(keyboard[0], b"\n")
    pace.doRead()
    assert not pace.pause(1000).called
    pace.leave()
    assert reactor.readers == []


def test_in_the_background_nothing_is_read(keyboard: tuple[int, int], monkeypatch: pytest.MonkeyPatch):
    """What is typed is then for somebody else, and whoever reads it would be stopped."""
    monkeypatch.setattr("os.tcgetpgrp", lambda _: os.getpgrp() + 1)
    reactor = Reactor()
    pace = Pace(reactor, 1, keyboard[1])
    pace.listen()
    os.write(keyboard[0], b"\n")
    paused = pace.pause(1000)
    pace.doRead()
    assert (reactor.readers, paused.called) == ([], False)


def test_a_terminal_that_is_gone_is_left():
    """No endless loop over its end."""
    reactor = Reactor()
    pace = Pace(reactor, 1, 10_000)
    pace.listen()
    pace.doRead()
    assert reactor.readers == []


def test_a_pause_that_is_cancelled_leaves_nothing():
    """As when a signal comes."""
    reactor = Reactor()
    paused = Pace(reactor, 1).pause(1000)
    failed: list[object] = []
    paused.addErrback(lambda failure: failed.append(failure.check(CancelledError)))
    paused.cancel()
    assert failed == [CancelledError]
    assert reactor.getDelayedCalls() == []
