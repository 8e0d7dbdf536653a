"""The pauses between attempts, on a clock and without a network."""

from __future__ import annotations

from typing import Any

import pytest
from attempts import Attempts, lose
from twisted.internet.task import Clock
from twisted.logger import globalLogPublisher
from twisted.words.protocols.jabber.xmlstream import STREAM_AUTHD_EVENT

from rosterkit.client.client import Client
from rosterkit.core.jid import parse
from rosterkit.xmpp.login import Login


class Network(Attempts):
    """A route."""

    def log_in(self) -> Any:
        """The attempt and its login succeed."""
        stream = self.accept()
        stream.dispatch(stream, STREAM_AUTHD_EVENT)
        return stream


def begun(**options: Any) -> tuple[Client, Network, Clock]:
    """A client at its first attempt, which waits 1, 2, 3 and so on seconds."""
    network, clock = Network(), Clock()
    login = Login(parse("juliet@localhost/desk"), "r0m30", "never")
    options = {"backoff": lambda failures: 1.0 + failures} | options
    client = Client(login, network, reactor=clock, **options)  # type: ignore[arg-type]
    client.startService()
    return client, network, clock


def test_the_pauses_grow_until_a_login_lasts():
    """Each failure in a row waits longer; TCP alone is no success, nor is a login that is ended at once.

    A server that throws everybody out is not stormed.  A login that has lasted a minute is a success.
    """
    client, network, clock = begun()
    for pause in (1.0, 2.0):
        network.refuse()
        clock.advance(pause - 0.01)
        seen = len(network.made)
        clock.advance(0.01)
        assert len(network.made) == seen + 1
    lose(network.accept())
    assert [call.time - clock.seconds() for call in clock.calls] == [3.0]
    clock.advance(3.0)
    lose(network.log_in())
    assert [call.time - clock.seconds() for call in clock.calls] == [4.0]
    clock.advance(4.0)
    stream = network.log_in()
    clock.advance(60.0)
    lose(stream)
    assert [call.time - clock.seconds() for call in clock.calls] == [1.0]
    client.disconnect()
    assert clock.calls == []


def test_the_usual_pauses():
    """About one second after the first failure, never much more than a minute."""
    client, network, clock = begun(backoff=None)
    pauses = []
    for _ in range(20):
        network.refuse()
        pauses.append(clock.calls[0].time - clock.seconds())
        clock.advance(pauses[-1])
    assert 1.0 <= pauses[0] <= 2.0
    assert all(60.0 <= pause <= 61.0 for pause in pauses[-5:])
    client.disconnect()


def test_a_login_has_its_time():
    """Thirty seconds after the connection an unfinished login is cut off, a finished one is not."""
    client, network, clock = begun()
    stream = network.accept()
    clock.advance(29.9)
    assert not stream.transport.aborted
    clock.advance(0.1)
    assert stream.transport.aborted
    lose(stream)
    assert isinstance(client.failure, TimeoutError)
    clock.advance(1.0)
    stream = network.log_in()
    assert client.failure is None
    clock.advance(3600)
    assert not stream.transport.aborted
    client.disconnect()


def test_there_is_one_attempt_at_a_time():
    """Neither a second start nor a disconnect in between leaves two attempts or two pauses."""
    client, network, clock = begun()
    client.startService()
    assert len(network.made) == 1
    stream = network.log_in()
    client.disconnect()
    client.startService()  # not yet
    assert len(network.made) == 1
    lose(stream)
    client.startService()
    assert len(network.made) == 2
    network.refuse()
    client.startService()
    assert len(clock.calls) == 1
    client.disconnect()
    assert clock.calls == []


def test_the_log_says_what_happens():
    """A warning for each pause with the reason, an error where nothing more is tried."""
    said: list[str] = []

    def observe(event: dict[str, Any]) -> None:
        if event.get("log_namespace") == "rosterkit.client.client":
            said.append(f"{event['log_level'].name}: {event['log_format'].format(**event)}")

    globalLogPublisher.addObserver(observe)
    try:
        client, network, clock = begun()
        network.refuse()
        clock.advance(1.0)
        stream = network.log_in()
        stream.dataReceived(
            b"<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
            b"<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
        )
        lose(stream)
    finally:
        globalLogPublisher.removeObserver(observe)
    assert [line.partition(":")[0] for line in said] == ["warn", "info", "error"]
    assert "The reason: nobody listens there" in said[0]
    assert "1.0 s" in said[0]
    assert "same resource" in said[2]
    assert not client.running
    assert all("r0m30" not in line for line in said)


@pytest.mark.parametrize("presence", [True, False])
def test_presence_is_taken_back(presence: bool):
    """The last words are unavailable presence, where presence was sent, and the end of the stream."""
    client, network, clock = begun(presence=presence)
    stream = network.log_in()
    stream.transport.clear()
    stopped = client.disconnect()
    gone = b"<presence type='unavailable'/>" if presence else b""
    assert stream.transport.value() == gone + b"</stream:stream>"
    assert not stopped.called
    lose(stream)
    assert stopped.called
    assert clock.calls == []
    assert len(network.made) == 1
