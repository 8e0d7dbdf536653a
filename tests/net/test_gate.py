"""The gate: one in each turn, in order, and everything that a connection has said in its order too."""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from dialogue import connect
from pytest_twisted import ensureDeferred
from serving import PASSWORDS, logged_in, serving
from test_patience import HEADER, House
from test_patience import Guest as QuietGuest
from websocket_dialogue import OPEN, connect_websocket
from wsproto.events import CloseConnection, TextMessage

from rosterkit.errors import STREAM_POLICY_VIOLATION
from rosterkit.limits import UNLIMITED
from rosterkit.net.gate import Gate


class Guest(QuietGuest):
    """One whose transport can be paused."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.end.pauseProducing = lambda: None  # type: ignore[attr-defined]
        self.end.resumeProducing = lambda: None  # type: ignore[attr-defined]


class Reading:
    """Whether a transport was told to read: False for a pause, True for its end."""

    def __init__(self) -> None:
        self.said: list[bool] = []

    def pause(self) -> None:
        """Read nothing."""
        self.said.append(False)

    def resume(self) -> None:
        """Read on."""
        self.said.append(True)


class Turns:
    """A reactor: what is called later is so in the next turn; time goes by where a test lets it."""

    def __init__(self) -> None:
        self.now = 100.0
        self.calls: list[Callable[[], object]] = []

    def seconds(self) -> float:
        """The time."""
        return self.now

    def callLater(self, _delay: float, call: Callable[[], object]) -> None:
        """Call in the next turn."""
        self.calls.append(call)

    def go_on(self) -> None:
        """One turn."""
        calls, self.calls = self.calls, []
        for call in calls:
            call()


def house_of_turns() -> tuple[Turns, list[str], Callable[[str], None]]:
    """A reactor, who has passed its gate, and a way to come there; each takes two milliseconds."""
    reactor, passed = Turns(), []
    gate = Gate(reactor)  # type: ignore[arg-type]

    def act(name: str) -> None:
        reactor.now += 0.002
        passed.append(name)

    return reactor, passed, lambda name: gate.enter(ord(name), partial(act, name))


def test_of_a_crowd_one_passes_in_each_turn():
    """The first at once, the others one by one in later turns, in the order in which they came."""
    reactor, passed, enter = house_of_turns()
    for name in "abc":
        enter(name)
    assert passed == ["a"]
    reactor.go_on()
    assert passed == ["a", "b"]
    reactor.go_on()
    assert passed == ["a", "b", "c"]
    enter("d")
    assert passed == ["a", "b", "c"]
    reactor.go_on()
    assert passed == ["a", "b", "c", "d"]
    assert not reactor.calls


def test_who_comes_alone_passes_at_once():
    """After as much time as the one before has taken nobody waits, and no turn is asked for."""
    reactor, passed, enter = house_of_turns()
    for name in "abc":
        enter(name)
        reactor.now += 0.0021
    assert passed == ["a", "b", "c"]
    assert not reactor.calls


def test_who_comes_again_is_no_crowd():
    """Who passed at once does not wait, until somebody else has come; who has waited waits again."""
    reactor, passed, enter = house_of_turns()
    for name in "aab":
        enter(name)
    assert passed == ["a", "a"]
    reactor.go_on()
    assert passed == ["a", "a", "b"]
    for name in "ba":
        enter(name)
    assert passed == ["a", "a", "b"]
    for turn in (["b"], ["a"], []):
        del passed[:]
        reactor.go_on()
        assert passed == turn
    reactor.now += 1
    for name in "aa":
        enter(name)
    assert passed == ["a", "a"]


def test_who_fails_makes_nobody_wait_for_ever():
    """A mistake costs the one who made it."""
    reactor, passed = Turns(), []
    gate = Gate(reactor)  # type: ignore[arg-type]
    with pytest.raises(ZeroDivisionError):
        gate.enter(1, lambda: 1 / 0)
    reactor.now += 1
    gate.enter(2, lambda: passed.append("next"))
    assert passed == ["next"]


def busy(house: House) -> Gate:
    """A gate at which somebody has just taken a second, so that whoever comes now has to wait."""
    gate = house.factory.gate = Gate(house.clock)

    def act() -> None:
        house.clock.rightNow += 1  # type: ignore[attr-defined]

    gate.enter(1, act)
    return gate


def test_those_who_wait_are_heard_in_order():
    """What a connection says while it waits comes after what it waits with, whoever else is there."""
    house = House(UNLIMITED)
    busy(house)
    guests = [Guest(house) for _ in range(3)]
    for guest in guests:
        for piece in (HEADER[:20], HEADER[20:50], HEADER[50:]):
            guest.connection.dataReceived(piece.encode())
    assert not any(b"</stream:features>" in guest.got for guest in guests)
    house.clock.advance(0)
    assert all(guest.got.count(b"<stream:stream") == 1 for guest in guests)
    assert all(guest.got.endswith(b"</stream:features>") for guest in guests)


def test_each_connection_is_somebody_else():
    """Who comes again is heard at once, and another one is not, while it is the time of the one before."""
    house = House(UNLIMITED)
    gate = house.factory.gate = Gate(house.clock)
    first, second = Guest(house), Guest(house)
    first.connection.dataReceived(HEADER[:-1].encode())
    gate._free_at = house.clock.seconds() + 1
    first.connection.dataReceived(HEADER[-1:].encode())
    gate._free_at = house.clock.seconds() + 1
    second.connection.dataReceived(HEADER.encode())
    assert first.got.endswith(b"</stream:features>")
    assert second.got == b""
    house.clock.advance(0)
    assert second.got.endswith(b"</stream:features>")


def test_who_has_logged_in_does_not_wait():
    """A session is heard at once, while others wait."""
    house = House(UNLIMITED)
    session = Guest(house).login()
    session.connection._gate = busy(house)
    for guest in [Guest(house) for _ in range(3)]:
        guest.connection.dataReceived(HEADER.encode())
    session.connection.dataReceived(b"<iq type='get' id='now'><ping xmlns='urn:xmpp:ping'/></iq>")
    house.network.end_turn()
    assert b"id='now'" in session.got


def test_who_has_gone_while_waiting_harms_nobody():
    """Its turn passes."""
    house = House(UNLIMITED)
    busy(house)
    gone, other = Guest(house), Guest(house)
    gone.connection.dataReceived(HEADER.encode())
    other.connection.dataReceived(HEADER.encode())
    gone.connection.connectionLost()
    for _ in range(4):
        house.clock.advance(0)
    assert gone.got == b""
    assert b"</stream:features>" in other.got


def test_who_is_sent_away_takes_no_turn():
    """What still comes of it is dropped where it comes, and waits for nothing."""
    house = House(UNLIMITED)
    gate, away, waiting = busy(house), Guest(house), []
    gate.enter = waiting.append  # type: ignore[method-assign]
    away.connection._gate = gate
    away.connection.close(STREAM_POLICY_VIOLATION)
    away.connection.dataReceived(HEADER.encode())
    assert not waiting


def test_who_is_sent_away_while_waiting_is_read_on():
    """So that its end is noticed, and nobody has to wait for it longer than it takes."""
    house = House(UNLIMITED)
    busy(house)
    Guest(house).connection.dataReceived(HEADER.encode())
    away, reading = Guest(house), Reading()
    away.end.pauseProducing, away.end.resumeProducing = reading.pause, reading.resume  # type: ignore[attr-defined]
    away.connection.dataReceived(HEADER.encode())
    away.connection.close(STREAM_POLICY_VIOLATION)
    house.clock.advance(0)
    assert reading.said == [False, True]


def test_who_is_heard_before_anything_is_read_is_not_paused():
    """To pause and to go on costs two system calls; the first who waits passes before the sockets are read."""
    house = House(UNLIMITED)
    busy(house)
    first, second, readings = Guest(house), Guest(house), (Reading(), Reading())
    for guest, reading in zip((first, second), readings, strict=True):
        guest.end.pauseProducing, guest.end.resumeProducing = reading.pause, reading.resume  # type: ignore[attr-defined]
        guest.connection.dataReceived(HEADER.encode())
    assert [reading.said for reading in readings] == [[], [False]]
    house.clock.advance(0)
    assert [reading.said for reading in readings] == [[], [False, True]]
    assert all(guest.got.endswith(b"</stream:features>") for guest in (first, second))


def test_plain_bytes_behind_starttls_are_never_read():
    """Not even where they have come in another piece while the first one waited."""
    house = House(UNLIMITED)
    busy(house)
    house.factory.settings = house.factory.settings._replace(starttls=True, allow_plaintext=False)
    guest = Guest(house)
    for piece in (HEADER, "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", HEADER):
        guest.connection.dataReceived(piece.encode())
    for _ in range(4):
        house.clock.advance(0)
    assert guest.got.endswith(b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")


def test_a_mistake_behind_the_gate_costs_one_connection():
    """As without a gate, where Twisted cuts it; the next one passes."""
    house = House(UNLIMITED)
    busy(house)
    struck, other = Guest(house), Guest(house)

    def fail(_data: bytes) -> Any:
        raise ZeroDivisionError

    struck.connection.stream.receive = fail  # type: ignore[method-assign]
    for guest in (struck, other):
        guest.connection.dataReceived(HEADER.encode())
    for _ in range(4):
        house.clock.advance(0)
    assert struck.end.closed
    assert b"</stream:features>" in other.got


@ensureDeferred
async def test_a_websocket_that_is_closed_behind_a_login_has_logged_in() -> None:
    """Its closing is heard behind the messages before it, in one packet, whoever else is at the gate."""
    plain = base64.b64encode(f"\0juliet\0{PASSWORDS['juliet']}".encode()).decode()
    auth = f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>"
    async with serving(websocket_port=0) as ready:
        client = await connect_websocket(ready["websocket"])
        client.send(TextMessage(OPEN), TextMessage(auth), CloseConnection(1000))
        await client.until("<success")


@ensureDeferred
async def test_all_come_in_who_come_at_once() -> None:
    """On real sockets: twenty logins beside each other, each told in one packet as far as that goes."""
    plain = base64.b64encode(f"\0juliet\0{PASSWORDS['juliet']}".encode()).decode()
    auth = f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>"
    async with serving(websocket_port=0) as ready:
        clients = [await connect(ready["c2s"]) for _ in range(20)]
        for client in clients:
            client.say(HEADER.replace("a.test", "localhost"))
            client.say(auth)
        for client in clients:
            await client.until("<success")
        await logged_in(ready)
