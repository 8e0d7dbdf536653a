"""Lines to our own server in memory: everything has been heard when nothing is under way, in its order."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from line_listener import Heard, Listening
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from rosterkit.conformance.probing.lines import Account, Line, Lines, Listener, Phase, ProbeError
from rosterkit.conformance.probing.memory_lines import MemoryLines
from rosterkit.conformance.runner.server_end import SETTINGS
from rosterkit.core import jid
from rosterkit.core.contact import Script
from rosterkit.core.roster import Roster
from rosterkit.errors import STREAM_CONFLICT
from rosterkit.net.c2s import ClientConnection, ClientFactory
from rosterkit.net.network import Network
from rosterkit.net.seed import Seed, SeedAccount, SeedContact, new_version
from rosterkit.wire.passwords import derive
from rosterkit.wire.patterns import parse_entry

DOMAIN, COMPONENT = "capulet.test", "montague.test"
JULIET, NURSE = (Account(name, DOMAIN, "secret") for name in ("juliet", "nurse"))
CREDENTIALS = derive("secret", b"conformance case")
ROSTER = b"<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>"
PING = b"<iq type='get' id='p'><ping xmlns='urn:xmpp:ping'/></iq>"
SET = b"<iq type='set' id='s'><query xmlns='jabber:iq:roster'><item jid='romeo@montague.test'/></query></iq>"
END = "</stream:stream>"


def network(clock: Clock, **more: Any) -> Network:
    """A network with two accounts that expects a component."""
    accounts = tuple(
        SeedAccount(jid.parse(account.bare), CREDENTIALS, Roster.new(new_version())) for account in (JULIET, NURSE)
    )
    values: dict[str, Any] = {"accounts": accounts, "components": {COMPONENT: "sesame"}} | more
    return Network(Seed("memory", (DOMAIN,), **values), clock)


class Stage:
    """Lines to a new network, and what they say."""

    def __init__(self, make: type[ClientConnection] = ClientConnection, **more: Any) -> None:
        self.clock = Clock()
        self.network = network(self.clock, **more)
        self.listener = Listening()

        class Clients(ClientFactory):
            def buildProtocol(self, addr: Any) -> ClientConnection:
                return make(self)

        serving = {DOMAIN: self.network}.get
        self.lines = MemoryLines(self.network, self.clock, Clients(serving, SETTINGS, self.clock))

    def enter(self, account: Account = JULIET, upto: Phase = Phase.BOUND, **more: Any) -> Line:
        """A line, had at once."""
        label = more.pop("label", account.local)
        return had(self.lines.enter(label, account, upto, self.listener, **more))

    def join(self) -> Line:
        """The component's line, had at once."""
        return had(self.lines.join("component", self.listener))


def had(entering: Deferred[Line]) -> Line:
    """What has been had by now; raises what it failed with."""
    found: list[Any] = []
    entering.addBoth(found.append)
    (line,) = found
    if isinstance(line, Failure):
        line.raiseException()
    return line  # type: ignore[no-any-return]


def is_done(waiting: Deferred[Any]) -> bool:
    """Whether it has fired."""
    return waiting.called


@pytest.mark.parametrize("upto", Phase)
def test_a_line_is_had_at_once(upto: Phase) -> None:
    """As far as is wanted; TLS is not there, so that a line is secured when it is open."""
    line = Stage().enter(upto=upto, resource="balcony")
    assert line.phase is (Phase.SECURED if upto is Phase.OPENED else upto)
    assert line.jid == ("juliet@capulet.test/balcony" if upto is Phase.BOUND else None)
    assert (parse_entry(line.features) is not None) is (upto is not Phase.CONNECTED)
    assert line.is_open


def test_a_line_may_begin_without_tls() -> None:
    """Where STARTTLS is wanted both ends go through it as on a network, with nothing hidden."""
    stage, listener = Stage(), Listening()
    lines = MemoryLines(stage.network, stage.clock, starttls=True)
    opened = had(lines.enter("juliet", JULIET, Phase.OPENED, listener))
    assert opened.phase is Phase.OPENED
    assert b"<required/>" in opened.features
    assert had(lines.enter("juliet", JULIET, Phase.BOUND, listener)).phase is Phase.BOUND
    assert [data for data in listener.all("came") if data.startswith("<proceed")]


def test_all_that_a_line_says_and_hears_on_its_way() -> None:
    """In order, the secrets struck out; the name that the line was given stands with it."""
    stage = Stage()
    stage.enter(label="one")
    heard = [(each.how, each.kind) for each in stage.listener.heard]
    opening = [("said", "stream"), ("came", "stream"), ("came", "stream")]
    assert heard == [*opening, ("said", "stream"), ("came", "stream"), *opening, ("said", "iq"), ("came", "iq")]
    assert {each.label for each in stage.listener.heard} == {"one"}
    (auth,) = [data for data in stage.listener.all("said") if "<auth" in data]
    assert auth == "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>***</auth>"


def test_what_was_sent_is_answered_when_the_pump_returns() -> None:
    """The answer, and what other lines are told of it, are heard; before the pump nothing is."""
    stage = Stage()
    one, other = stage.enter(label="one"), stage.enter(label="other")
    for line in (one, other):
        line.send(ROSTER)
    stage.lines.pump()
    one.send(SET)
    stage.listener.heard.clear()
    stage.lines.pump()
    assert [each.label for each in stage.listener.heard] == ["one", "one", "other"]
    assert stage.listener.all("came", "other", "iq")[0].startswith("<iq type='set' id='")


def test_lines_are_served_in_the_order_of_their_sending() -> None:
    """One queue holds what all of them say."""
    stage = Stage()
    lines = [stage.enter(label=str(number)) for number in range(3)]
    stage.listener.heard.clear()
    for number in (2, 0, 1, 2):
        lines[number].send(PING)
    stage.lines.pump()
    assert [each.label for each in stage.listener.heard] == ["2", "0", "1", "2"]


def test_a_component_and_a_client_hear_each_other() -> None:
    """The component's line is bound to its domain; stanzas cross in both directions."""
    stage = Stage()
    component, juliet = stage.join(), stage.enter()
    assert (component.jid, component.phase) == (COMPONENT, Phase.BOUND)
    juliet.send(ROSTER + b"<presence/><presence type='subscribe' to='romeo@montague.test'/>")
    stage.lines.pump()
    (asked,) = stage.listener.all("came", "component", "presence")
    assert "type='subscribe'" in asked
    component.send(b"<presence from='romeo@montague.test' to='juliet@capulet.test' type='subscribed'/>")
    stage.lines.pump()
    assert "subscription='to'" in stage.listener.all("came", "juliet", "iq")[-1]


def test_commands_of_the_network_are_heard_too() -> None:
    """What the server says by itself is on the wire, and the pump carries it."""
    stage = Stage()
    stage.enter()
    stage.network.end(STREAM_CONFLICT)
    stage.lines.pump()
    (over,) = stage.listener.all("over")
    assert over.startswith("The server has ended the stream with the error conflict")


def test_scripted_contacts_take_their_turns() -> None:
    """Whoever answers at once has answered when the pump returns; whoever takes his time does when it has passed."""
    quick = SeedContact(jid.parse("quick@far.test"), Script())
    slow = SeedContact(jid.parse("slow@far.test"), Script(after=5))
    stage = Stage(contacts=(quick, slow), journal=100_000)
    line = stage.enter()
    line.send(ROSTER + b"<presence/>")
    for name in (b"quick", b"slow"):
        line.send(b"<presence type='subscribe' to='%b@far.test'/>" % name)
    stage.lines.pump()
    answers = [data for data in stage.listener.all("came", kind="presence") if "'subscribed'" in data]
    assert len(answers) == 1
    stage.clock.advance(5)
    stage.lines.pump()
    answers = [data for data in stage.listener.all("came", kind="presence") if "'subscribed'" in data]
    assert len(answers) == 2


# Listeners that go on by themselves


def test_a_listener_may_do_anything() -> None:
    """It sends, enters, closes and pumps in the middle of what it hears, and everything is heard once, in order."""
    stage = Stage()
    first = stage.enter(label="first")
    first.send(ROSTER)
    stage.lines.pump()
    stage.listener.heard.clear()
    closed: list[Deferred[None]] = []

    def go_on(heard: Heard) -> None:
        if heard.how == "came" and "id='s'" in heard.data:
            second = stage.enter(label="second")
            second.send(PING)
            stage.lines.pump()
            assert stage.listener.all("came", "second", "iq")[-1].startswith("<iq id='p'")
            first.send(PING)
            stage.lines.pump()
            closed.append(first.close())

    stage.listener.then = go_on
    first.send(SET + PING)
    stage.lines.pump()
    came = stage.listener.all("came", "first", "iq")
    marks = ["<item", "id='s'", "id='p'", "id='p'"]
    assert [mark in each for mark, each in zip(marks, came, strict=True)] == [True] * 4
    assert is_done(closed[0])
    assert stage.listener.all("over", "first")


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from([PING, ROSTER, SET, b"<presence/>", b"<message/>"]))))
def test_pumping_seldom_or_often_makes_no_difference_to_a_line(sent: list[tuple[int, bytes]]) -> None:
    """Each line hears the same in the same order, whether the pump runs after each stanza or once at the end."""
    found = []
    for often in (True, False):
        stage = Stage()
        lines = [stage.enter(account, label=str(n)) for n, account in enumerate((JULIET, JULIET, NURSE))]
        for number, data in sent:
            lines[number].send(data)
            if often:
                stage.lines.pump()
        stage.lines.pump()
        kinds = [[heard.kind for heard in stage.listener.heard if heard.label == str(n)] for n in range(3)]
        found.append(kinds)
    assert found[0] == found[1]


# Ends


def test_closing_is_done_at_once() -> None:
    """Both ends of the stream are heard, then that it is over; the session is gone, and again is a no-op."""
    stage = Stage()
    line = stage.enter()
    stage.listener.heard.clear()
    assert is_done(line.close())
    assert [(each.how, each.data) for each in stage.listener.heard] == [
        ("said", END),
        ("came", END),
        ("over", "The server has ended the stream with </stream:stream>."),
    ]
    assert not line.is_open
    assert not stage.network.world.accounts[JULIET.bare].sessions
    line.send(PING)
    line.cut()
    assert is_done(line.close())
    stage.lines.pump()
    assert len(stage.listener.heard) == 3


def test_what_is_said_before_the_end_is_answered() -> None:
    """A line that is being closed still hears."""
    stage = Stage()
    line = stage.enter()
    line.send(PING)
    assert is_done(line.close())
    assert stage.listener.all("came", kind="iq")[-1].startswith("<iq id='p'")


def test_cutting_is_without_a_word() -> None:
    """What was sent before has arrived; nothing is heard any more but that it is over."""
    stage = Stage()
    watching, line = stage.enter(label="watching"), stage.enter(label="cut")
    for one in (watching, line):
        one.send(b"<presence/>")
    stage.lines.pump()
    line.send(SET)
    stage.listener.heard.clear()
    line.cut()
    stage.lines.pump()
    assert [each for each in stage.listener.heard if each.label == "cut"] == [
        Heard("over", "cut", "The tester has cut the connection.")
    ]
    assert "type='unavailable'" in stage.listener.all("came", "watching", "presence")[0]
    watching.send(ROSTER)
    stage.lines.pump()
    assert "romeo@montague.test" in stage.listener.all("came", "watching", "iq")[-1]


def test_a_line_without_a_word_is_closed_without_one() -> None:
    """Who has opened no stream has none to end."""
    stage = Stage()
    line = stage.enter(upto=Phase.CONNECTED)
    assert is_done(line.close())
    assert [each.how for each in stage.listener.heard] == ["over"]


def test_a_server_that_ends_nothing_is_cut() -> None:
    """Closing does not wait for ever for a server that does not answer the end of a stream."""

    class Deaf(ClientConnection):
        def dataReceived(self, data: bytes) -> None:
            if data != END.encode():
                super().dataReceived(data)

    stage = Stage(Deaf)
    assert is_done(stage.enter().close())
    assert stage.listener.all("over") == ["The connection is closed."]


def test_a_server_that_hangs_up() -> None:
    """An end without an end of the stream is said to be one, behind everything that came before it."""

    class Rude(ClientConnection):
        def dataReceived(self, data: bytes) -> None:
            super().dataReceived(data)
            if PING in data and self.network is not None:
                self.network.end_turn()
                self.transport.loseConnection()

    stage = Stage(Rude)
    line = stage.enter()
    line.send(PING)
    stage.lines.pump()
    assert [each.how for each in stage.listener.heard[-2:]] == ["came", "over"]
    assert "without an end of the stream" in stage.listener.heard[-1].data
    assert not line.is_open


# Lines that cannot be had


class Silent(ClientConnection):
    """Says nothing once somebody has logged in."""

    def dataReceived(self, data: bytes) -> None:
        """Not heard."""
        if b"<bind" not in data:
            super().dataReceived(data)


class Gone(ClientConnection):
    """Hangs up at once."""

    def dataReceived(self, data: bytes) -> None:
        """Good bye."""
        self.transport.loseConnection()


@pytest.mark.parametrize(
    ("make", "account", "text", "about_account"),
    [
        (ClientConnection, JULIET._replace(password="wrong"), "the login of juliet@capulet.test: not-auth", True),
        (ClientConnection, JULIET._replace(domain="else.test"), "does not serve else.test", False),
        (Silent, JULIET, "does not get on: its answer to bind was waited for", False),
        (Gone, JULIET, "closed by the server without an end", False),
    ],
)
def test_a_line_that_cannot_be_had(
    make: type[ClientConnection], account: Account, text: str, about_account: bool
) -> None:
    """It fails at once with a sentence, and the server has no session and no connection left."""
    stage = Stage(make)
    with pytest.raises(ProbeError) as raised:
        stage.enter(account)
    assert text in str(raised.value)
    assert raised.value.about_account is about_account
    assert not stage.listener.all("over")
    assert not stage.network.connections
    assert stage.clock.getDelayedCalls() == []


def test_components_that_cannot_be_had() -> None:
    """A second one, and one that nobody expects."""
    stage = Stage()
    stage.join()
    with pytest.raises(ProbeError, match=r"montague\.test is taken: conflict"):
        stage.join()
    with pytest.raises(ProbeError, match="expects no component"):
        Stage(components={}).join()


def test_it_is_what_lines_are() -> None:
    """The protocol that cases are played on, and whatever may be said of a login can be."""
    stage = Stage()
    lines: Lines = stage.lines
    listener: Listener = stage.listener
    assert lines.is_settled
    assert had(lines.enter("scram", JULIET, Phase.BOUND, listener, mechanism="SCRAM-SHA-1")).jid
