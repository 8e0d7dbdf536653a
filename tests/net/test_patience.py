"""What is due for connections that are silent, on a clock of the test's own."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest
from twisted.internet.task import Clock

from rosterkit.conformance.runner.server_end import SETTINGS, ServerEnd
from rosterkit.core import jid
from rosterkit.core.faults import read_fault
from rosterkit.core.roster import Roster
from rosterkit.limits import UNLIMITED, Limits
from rosterkit.net.c2s import ClientConnection, ClientFactory
from rosterkit.net.network import Network
from rosterkit.net.patience import Patience
from rosterkit.net.seed import Seed, SeedAccount
from rosterkit.wire import passwords

HEADER = (
    "<stream:stream to='a.test' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
)
PING = "<ping xmlns='urn:xmpp:ping'/>"


class House:
    """A network with one account, the patience that looks at its connections, and what each was sent."""

    def __init__(self, limits: Limits, journal: int = 0) -> None:
        self.clock = Clock()
        keys = passwords.derive("secret", b"salt" * 4)
        accounts = tuple(
            SeedAccount(jid.parse(f"{name}@a.test"), keys, Roster.new("v")) for name in ("juliet", "romeo")
        )
        self.network = Network(Seed("main", ("a.test",), accounts, journal=journal), self.clock)
        self.factory = ClientFactory(lambda _: self.network, SETTINGS, self.clock)
        self.factory.limits = limits
        self.patience = Patience(limits, lambda: self.factory.connections, self.clock)  # type: ignore[arg-type]
        self.patience.begin()

    def pass_time(self, seconds: float) -> None:
        """Let time go by, in small steps."""
        for _ in range(round(seconds * 4)):
            self.clock.advance(0.25)


class Guest:
    """A client in that house; ``got`` is what it has been sent and has not looked at."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.got = b""
        self.end = ServerEnd(self._hear)
        self.connection: ClientConnection = house.factory.buildProtocol(None)
        connection: Any = self.connection
        connection.makeConnection(self.end)

    def _hear(self, data: bytes) -> None:
        self.got += data

    def say(self, text: str) -> str:
        """Send, and give what comes at once."""
        self.connection.dataReceived(text.encode())
        self.house.clock.advance(0)
        return self.look()

    def look(self) -> str:
        """What has come."""
        got, self.got = self.got, b""
        return got.decode()

    def login(self, name: str = "juliet") -> Guest:
        """Log in and bind."""
        plain = base64.b64encode(f"\0{name}\0secret".encode()).decode()
        self.say(HEADER)
        self.say(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>")
        self.say(HEADER)
        assert "<jid>" in self.say(
            "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>r</resource></bind></iq>"
        )
        return self


def sent_away(guest: Guest) -> bool:
    """Whether the stream has ended with connection-timeout."""
    return "<connection-timeout" in guest.look() and guest.end.closed


@pytest.mark.parametrize("said", ["", "<", HEADER])
def test_who_never_logs_in_is_sent_away(said: str):
    """After the time for it, whatever was said so far, and whatever goes on being said."""
    house = House(replace(UNLIMITED, login_time=8))
    guest = Guest(house)
    if said:
        guest.say(said)
    for _ in range(7):
        house.pass_time(1)
        guest.connection.dataReceived(b" ") if said == HEADER else None
    assert not guest.end.closed
    house.pass_time(2)
    assert sent_away(guest)


def test_who_has_logged_in_has_time():
    """The time to log in ends with a resource."""
    house = House(replace(UNLIMITED, login_time=8))
    guest = Guest(house).login()
    house.pass_time(100)
    assert not guest.end.closed


def test_silence_is_broken_by_a_space():
    """Each time nothing was said on either side for so long; what is said begins it anew."""
    house = House(replace(UNLIMITED, keep_alive=8))
    guest = Guest(house).login()
    house.pass_time(7)
    assert guest.look() == ""
    guest.say("<presence/>")
    house.pass_time(7)
    assert guest.look() == ""
    house.pass_time(2)
    assert guest.look() == " "
    house.pass_time(20)
    assert guest.look() == "  "


def test_before_the_login_there_is_no_space():
    """Nothing stands between the steps of a negotiation."""
    house = House(replace(UNLIMITED, keep_alive=8))
    guest = Guest(house)
    guest.say(HEADER)
    house.pass_time(100)
    assert guest.look() == ""


@pytest.mark.parametrize("answer", [f"<iq type='error' id='x' to='a.test'>{PING}</iq>", "<presence/>", " "])
def test_a_ping_is_answered_by_anything(answer: str):
    """An answer, an error, other stanzas or white space: somebody is there, and is asked again after more silence."""
    house = House(replace(UNLIMITED, ping=8))
    guest = Guest(house).login()
    for _ in range(3):
        house.pass_time(7)
        assert PING not in guest.look()
        house.pass_time(2)
        asked = guest.look()
        assert asked.count(PING) == 1
        assert "type='get'" in asked
        assert "from='a.test'" in asked
        assert "to='juliet@a.test/r'" in asked
        house.pass_time(4)
        guest.say(answer)
        assert not guest.end.closed


def test_who_cannot_hear_a_ping_is_not_asked():
    """While a fault holds the line up nobody is closed for not answering; afterwards there is a ping again."""
    house = House(replace(UNLIMITED, ping=8), journal=100_000)
    guest = Guest(house).login()
    house.network.faults.add(read_fault({"fault": "pause", "seconds": 60, "next": 1, "on": "roster"}, ""))
    assert "</query>" not in guest.say("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>")
    house.pass_time(59)
    assert not guest.end.closed
    assert PING not in guest.look()
    house.pass_time(3)
    assert PING in guest.look()
    house.pass_time(10)
    assert guest.end.closed


@pytest.mark.parametrize("journal", [0, 100_000])
def test_who_is_gone_without_a_word_is_found(journal: int):
    """A session that answers no ping is closed with connection-timeout, and its contacts learn that it is gone."""
    house = House(replace(UNLIMITED, ping=8), journal)
    gone, friend = Guest(house).login(), Guest(house).login("romeo")
    gone.say("<presence type='subscribe' to='romeo@a.test'/>")
    friend.say("<presence/><presence type='subscribed' to='juliet@a.test'/>")
    friend.say("<presence type='subscribe' to='juliet@a.test'/>")
    gone.say("<presence/><presence type='subscribed' to='romeo@a.test'/>")
    friend.look()
    for _ in range(30):
        house.pass_time(1)
        if "<presence from='juliet@a.test/r' type='unavailable'" in friend.say(" "):
            break
    else:
        pytest.fail("nobody was told")
    assert 16 <= house.clock.seconds() <= 20
    assert sent_away(gone)
    assert not friend.end.closed


def test_where_nothing_is_limited_no_clock_runs():
    """Nor does one run after the end."""
    assert not House(UNLIMITED).clock.getDelayedCalls()
    house = House(replace(UNLIMITED, ping=8))
    assert house.clock.getDelayedCalls()
    house.patience.end()
    house.patience.end()
    assert not house.clock.getDelayedCalls()


def test_a_clock_that_looks_often_enough():
    """A limit of one second is kept within an eighth of it, a long one within five seconds."""
    for time, late in ((1, 0.125), (400, 5.0)):
        house = House(replace(UNLIMITED, login_time=time))
        guest = Guest(house)
        house.clock.advance(time - 0.01)
        assert not guest.end.closed
        house.clock.pump([late / 4] * 5)
        assert guest.end.closed


def test_one_that_fails_does_not_keep_the_others_waiting():
    """A mistake in what is done about one connection is logged, and the others are looked at, now and later."""
    house = House(replace(UNLIMITED, login_time=8))
    guests = [Guest(house) for _ in range(5)]

    def fail(_what: Any) -> None:
        raise ZeroDivisionError

    guests[2].connection.attend = fail  # type: ignore[method-assign]
    house.pass_time(9)
    assert [guest.end.closed for guest in guests] == [True, True, False, True, True]
    late = Guest(house)
    house.pass_time(9)
    assert late.end.closed


@pytest.mark.parametrize("end", ["", "</stream:stream>"])
def test_who_ends_behind_too_many_stanzas_is_told_all_the_same(end: str):
    """In one packet or not: the error, and the end of the stream once."""
    house = House(replace(UNLIMITED, rate=1))
    guest = Guest(house).login()
    got = guest.say("".join(f"<iq type='get' id='p{number}'>{PING}</iq>" for number in range(11)) + end)
    assert "id='p9'" in got
    assert got.count("</stream:stream>") == got.count("<policy-violation") == 1
    assert got.endswith("</stream:stream>")


def test_stanzas_over_the_rate_end_the_session():
    """What came before is done, what comes after is not, and the error says how many may be."""
    house = House(replace(UNLIMITED, rate=1))
    guest = Guest(house).login()
    allowed = "".join(f"<iq type='get' id='p{number}'>{PING}</iq>" for number in range(10))
    got = guest.say(allowed + f"<iq type='get' id='more'>{PING}</iq><iq type='get' id='late'>{PING}</iq>")
    assert got.count("type='result'") == 10
    assert "<policy-violation" in got
    assert "1 stanzas a second" in got
    assert "more" not in got
    assert guest.end.closed
    assert not house.network.world.accounts["juliet@a.test"].sessions


def test_stanzas_within_the_rate_never_do():
    """As many as the rate says, for as long as one likes."""
    house = House(replace(UNLIMITED, rate=2))
    guest = Guest(house).login()
    for _ in range(40):
        house.pass_time(0.5)
        assert "type='result'" in guest.say(f"<iq type='get' id='p'>{PING}</iq>")
