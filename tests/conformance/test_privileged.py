"""Rosters that a server lets the component read: asked for only where granted, and never waited for without end."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.task import Clock

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.probing.memory import ACCOUNTS, network_in_memory
from rosterkit.conformance.probing.memory_lines import MemoryLines
from rosterkit.conformance.probing.play import Play
from rosterkit.conformance.probing.privileged import RosterReader
from rosterkit.conformance.probing.shared_component import SharedComponent
from rosterkit.conformance.server.case import ServerCase, kept
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Script, online
from rosterkit.conformance.verdicts import Level
from rosterkit.core.journal import Entry

GRANT = (
    "<message from='b.test'><privilege xmlns='urn:xmpp:privilege:{}'>"
    "<perm access='{}' type='{}'/></privilege></message>"
)


def seen(xml: str) -> Seen:
    """What has come."""
    return Seen(Entry(0, 0.0, None, None, None, "in", "message", xml.encode()))


class Place:
    """A reader, and what it has said."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.clock = Clock()
        self.reader = RosterReader("c.test", lambda data: self.said.append(data.decode()), self.clock, 2.0)
        self.read: list[Any] = []

    def ask(self) -> None:
        """Ask for a roster."""
        self.reader.read("a@b.test").addCallback(self.read.append)


@pytest.mark.parametrize(
    ("version", "access", "type_", "granted"),
    [
        (1, "roster", "get", True),
        (2, "roster", "both", True),
        (2, "roster", "set", False),
        (2, "message", "get", False),
    ],
)
def test_only_what_is_granted_is_read(version: int, access: str, type_: str, granted: bool):
    """The server says by itself what it lets the component do; another message is for somebody else."""
    place = Place()
    assert not place.reader.heard(seen("<message><body>x</body></message>"))
    assert place.reader.heard(seen(GRANT.format(version, access, type_)))
    assert place.reader.granted is granted


def test_a_roster_is_read_from_the_answer():
    """By the id; somebody else's answer is left to others."""
    place = Place()
    place.ask()
    (asked,) = place.said
    assert "to='a@b.test' from='c.test'" in asked
    item = "<item jid='r@m.test' subscription='to' name='R'><group>G</group></item>"
    answer = f"<iq type='result' id='server-roster-1'><query xmlns='jabber:iq:roster'>{item}</query></iq>"
    assert not place.reader.heard(seen(answer.replace("roster-1", "roster-2")))
    assert place.reader.heard(seen(answer))
    assert place.read == [[{"jid": "r@m.test", "subscription": "to", "name": "R", "groups": ["G"]}]]
    assert not place.reader.heard(seen(answer))


def test_a_refusal_is_no_roster():
    """Nor is it an error of the run."""
    place = Place()
    place.ask()
    assert place.reader.heard(seen("<iq type='error' id='server-roster-1'/>"))
    assert place.read == [None]


def test_silence_is_no_roster():
    """After the server's time; a late answer is nobody's."""
    place = Place()
    place.ask()
    place.clock.advance(2.1)
    assert place.read == [None]
    assert not place.reader.heard(seen("<iq type='result' id='server-roster-1'/>"))


def test_a_play_notes_what_the_server_holds():
    """At its end, for each of its accounts, before anything is cleaned."""

    def script(people: People) -> Script:
        yield from online("me", people.me)

    place, clock = Place(), Clock()
    case = ServerCase("rfc6121/2.1.6/one", Level.MUST, "", "", "", "", script, lambda _: kept(""))
    people = People(case.id, "s", [ACCOUNTS[0].bare])
    lines = MemoryLines(network_in_memory(clock), clock)
    play = Play(case, people, {people.me: ACCOUNTS[0]}, lines, clock, 1.0, place.reader.read)
    ended = play.run()
    assert not ended.called
    place.reader.heard(seen("<iq type='result' id='server-roster-1'/>"))
    assert ended.called
    (note,) = play.evidence().steps("held")
    assert note.step == {"held": people.me, "roster": []}


def test_a_connection_that_is_gone_is_not_waited_for():
    """Neither for what was asked nor for what the next play would ask: the server grants again when it is back."""
    place = Place()
    place.reader.heard(seen(GRANT.format(2, "roster", "get")))
    place.ask()
    component = SharedComponent(None, "c.test")  # type: ignore[arg-type]
    component.reader = place.reader
    component.over(None, "It is gone.")  # type: ignore[arg-type]
    assert place.read == [None]
    assert not place.reader.granted
    assert not place.clock.getDelayedCalls()
