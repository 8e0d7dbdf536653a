"""Attempts, pauses and ends of the component's connection, on a clock."""

from __future__ import annotations

from typing import Any

from attempts import Attempts, lose
from joined import DOMAIN, PLACE, SECRET, longest
from twisted.internet.task import Clock

from rosterkit.entries import Component
from rosterkit.errors import NotTakenError
from rosterkit.peer.connecting import FIRST, LONGEST, PATIENCE, ComponentConnection, pause

HEADER = b"<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' id='1'>"


class Begun(Attempts):
    """A connection at its first attempt."""

    def __init__(self, wait: float = 30) -> None:
        super().__init__()
        self.clock = Clock()
        self.told: list[str] = []
        self.taken: list[Any] = []
        self.connection = ComponentConnection(
            Component(DOMAIN, SECRET),
            PLACE,
            self.connect,
            wait=wait,
            limit=10_000,
            backoff=longest,
            told=self.told.append,
            reactor=self.clock,
        )
        self.connection.taken.addBoth(self.taken.append)
        self.connection.startService()

    def take(self) -> Any:
        """The server takes the component."""
        stream = self.accept()
        stream.dataReceived(HEADER + b"<handshake/>")
        return stream

    @property
    def pauses(self) -> list[float]:
        """How long it is until each thing that is to be done."""
        return [round(call.time - self.clock.seconds(), 6) for call in self.clock.getDelayedCalls()]


def test_each_pause_is_twice_as_long_up_to_the_longest():
    """From hardly any to half a minute, however often it fails."""
    pauses = [longest(failures) for failures in range(2000)]
    assert pauses[:4] == [FIRST, 2 * FIRST, 4 * FIRST, 8 * FIRST]
    assert max(pauses) == pauses[-1] == LONGEST


def test_a_part_is_left_out_at_random():
    """At most a half: many who lost the same server do not come back in step."""
    assert pause(1, lambda: 0.5) == 2 * FIRST * 0.75
    assert 4 * FIRST * 0.5 <= pause(2, lambda: 0.999) < 4 * FIRST * 0.51
    assert len({pause(0) for _ in range(10)}) > 1


def test_the_pauses_grow_until_a_stream_lasts():
    """TCP alone is no success, nor a stream that ends at once; half a minute is."""
    begun = Begun()
    begun.refuse()
    assert begun.pauses == [0.2]
    begun.clock.advance(0.2)
    lose(begun.accept())
    assert begun.pauses == [0.4]
    begun.clock.advance(0.4)
    lose(begun.take())
    assert begun.pauses == [0.8]
    begun.clock.advance(0.8)
    stream = begun.take()
    begun.clock.advance(30)
    lose(stream)
    assert begun.pauses == [0.2]
    assert begun.taken == [None]


def test_the_first_time_is_bounded_and_the_last_attempt_is_at_its_end():
    """The pause is cut where the time is over before it."""
    begun = Begun(wait=0.5)
    begun.refuse()
    begun.clock.advance(0.2)
    begun.refuse()
    assert begun.pauses == [0.3]
    begun.clock.advance(0.3)
    begun.refuse()
    (reason,) = begun.taken
    assert reason.check(NotTakenError) and "within 0.5 s: nobody listens there" in str(reason.value)
    assert begun.pauses == [] and not begun.connection.running


def test_no_wait_is_one_attempt():
    """Whoever says 0 wants to know at once."""
    begun = Begun(wait=0)
    begun.refuse()
    assert len(begun.made) == 1
    assert f"{PLACE} has not taken the component {DOMAIN}: nobody listens there." in str(begun.taken[0].value)


def test_once_taken_it_never_gives_up():
    """Later there is no limit of time, whatever the server says."""
    begun = Begun(wait=1)
    lose(begun.take())
    for _ in range(20):
        begun.clock.advance(begun.pauses[0])
        stream = begun.accept()
        stream.dataReceived(
            HEADER + b"<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
        )
        lose(stream)
    assert begun.connection.running and begun.pauses == [30.0]
    assert "the server ended the stream: host-unknown. Next attempt in 30.0 s." in begun.told[-1]


def test_a_handshake_has_its_time():
    """A server that takes the connection and is silent is left; one that has taken the component is not."""
    begun = Begun()
    stream = begun.accept()
    begun.clock.advance(PATIENCE - 0.1)
    assert not stream.transport.aborted
    begun.clock.advance(0.1)
    assert stream.transport.aborted
    lose(stream)
    assert "the login was not done after 10 s" in begun.told[-1]
    begun.clock.advance(0.2)
    stream = begun.take()
    begun.clock.advance(3600)
    assert not stream.transport.aborted


def test_it_ends_in_every_state():
    """In the pause, in an attempt, on a stream: it fires when nothing is left, and makes no other attempt."""
    for state in ("pause", "attempt", "stream"):
        begun = Begun()
        stopped: list[object] = []
        stream: Any = None
        if state == "pause":
            begun.refuse()
        elif state == "stream":
            stream = begun.take()
        begun.connection.stopService().addCallback(stopped.append)
        if stream is not None:
            assert stream.transport.value().endswith(b"</stream:stream>") and stopped == []
            stream.dataReceived(b"</stream:stream>")
            lose(stream)
        assert stopped == [None], state
        assert begun.pauses == [] and len(begun.made) == 1


def test_a_server_that_never_closes_is_cut_off():
    """Five seconds after the end was said."""
    begun = Begun()
    stream = begun.take()
    begun.connection.stopService()
    begun.clock.advance(5)
    assert stream.transport.aborted


def test_a_handshake_that_ends_after_the_stop_is_none():
    """Who was told to leave does not begin."""
    begun = Begun()
    stream = begun.accept()
    begun.connection.stopService()
    stream.dataReceived(HEADER + b"<handshake/>")
    assert begun.taken == [] and begun.told == []
