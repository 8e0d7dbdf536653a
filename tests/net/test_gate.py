"""The gate: one in each turn, in order, and everything that a connection has said in its order too."""

from __future__ import annotations

import base64
from collections.abc import Callable

from dialogue import connect
from pytest_twisted import ensureDeferred
from serving import PASSWORDS, logged_in, serving
from test_patience import HEADER, House
from test_patience import Guest as QuietGuest

from rosterkit.net.bounds import Bounds
from rosterkit.net.gate import Gate


class Guest(QuietGuest):
    """One whose transport can be paused."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.end.pauseProducing = lambda: None  # type: ignore[attr-defined]
        self.end.resumeProducing = lambda: None  # type: ignore[attr-defined]


class Turns:
    """A reactor of which only the turns matter: what is called later is so in the next one, as in a real one."""

    def __init__(self) -> None:
        self.calls: list[Callable[[], object]] = []

    def callLater(self, _delay: float, call: Callable[[], object]) -> None:
        """Call in the next turn."""
        self.calls.append(call)

    def go_on(self) -> None:
        """One turn."""
        calls, self.calls = self.calls, []
        for call in calls:
            call()


def test_one_passes_in_each_turn():
    """The first at once, the others one by one in later turns, in the order in which they came."""
    reactor = Turns()
    gate, passed = Gate(reactor), []  # type: ignore[arg-type]
    for name in "abc":
        if gate.is_free():
            passed.append(name)
        else:
            gate.wait(lambda name=name: passed.append(name))  # type: ignore[misc]
    assert passed == ["a"]
    reactor.go_on()
    assert passed == ["a", "b"]
    assert not gate.is_free()
    reactor.go_on()
    assert passed == ["a", "b", "c"]
    assert not gate.is_free()
    reactor.go_on()
    assert gate.is_free()
    reactor.go_on()
    assert not reactor.calls


def test_those_who_wait_are_heard_in_order():
    """What a connection says while it waits comes after what it waits with, whoever else is there."""
    house = House(Bounds())
    house.factory.gate = Gate(house.clock)
    guests = [Guest(house) for _ in range(3)]
    for guest in guests:
        for piece in (HEADER[:20], HEADER[20:50], HEADER[50:]):
            guest.connection.dataReceived(piece.encode())
    assert not any(b"</stream:features>" in guest.got for guest in guests)
    house.clock.advance(0)
    assert all(guest.got.count(b"<stream:stream") == 1 for guest in guests)
    assert all(guest.got.endswith(b"</stream:features>") for guest in guests)


def test_who_has_logged_in_does_not_wait():
    """A session is heard at once, while others wait."""
    house = House(Bounds())
    session = Guest(house).login()
    house.factory.gate = session.connection._gate = Gate(house.clock)
    for guest in [Guest(house) for _ in range(3)]:
        guest.connection.dataReceived(HEADER.encode())
    session.connection.dataReceived(b"<iq type='get' id='now'><ping xmlns='urn:xmpp:ping'/></iq>")
    house.network.end_turn()
    assert b"id='now'" in session.got


def test_who_has_gone_while_waiting_harms_nobody():
    """Its turn passes."""
    house = House(Bounds())
    house.factory.gate = Gate(house.clock)
    gone, other = Guest(house), Guest(house)
    house.factory.gate.is_free()
    gone.connection.dataReceived(HEADER.encode())
    other.connection.dataReceived(HEADER.encode())
    gone.connection.connectionLost()
    for _ in range(4):
        house.clock.advance(0)
    assert gone.got == b""
    assert b"</stream:features>" in other.got


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
