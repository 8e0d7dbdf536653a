"""Plays: steps done on lines to our own server in memory, everything in the journal, and an end to each of them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from twisted.internet.task import Clock

from rosterkit.conformance.evidence import is_answer
from rosterkit.conformance.probing.memory import network_in_memory, play_in_memory
from rosterkit.conformance.probing.play import Play
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, judged, kept
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import (
    COMPONENT,
    Await,
    Enter,
    Fence,
    Leave,
    Look,
    MayEnd,
    Mute,
    Remember,
    Say,
    Script,
    Stuck,
    asked,
    fetched,
    online,
    told,
)
from rosterkit.conformance.verdicts import Level, Verdict
from rosterkit.wire.entering import Phase


def played(script: Callable[[People], Script], accounts: int = 1, component: bool = False) -> Play:
    """A play of a script in memory."""
    return play_in_memory(
        ServerCase(
            "rfc6121/2.1.6/one", Level.MUST, "", "", "", "", script, lambda _: kept("Well."), accounts, component
        )
    )


def test_what_is_said_and_what_comes_stands_in_the_journal():
    """With the line, in the order of the wire, and in the part of its mark."""

    def script(people: People) -> Script:
        yield from online("me", people.me)
        yield from asked("me", stanzas.roster_set("add", stanzas.item("r@m.test", "Romeo")), "add")

    evidence = played(script).evidence()
    answer = evidence.answer("add")
    assert answer is not None
    assert answer.type == "result"
    assert [item.get("name") for item in evidence.pushes("me", "add")[0].items] == ["Romeo"]
    assert evidence.jid("me").startswith(evidence.people.me + "/")


def test_pushes_are_answered_unless_the_line_is_mute():
    """As a client does; nothing else is said that no step says."""

    def script(people: People) -> Script:
        yield from online("me", people.me)
        yield from told("me", stanzas.roster_set("a", stanzas.item("r@m.test")), "a")
        yield Mute("me")
        yield from told("me", stanzas.roster_set("b", stanzas.item("p@m.test")), "b")

    evidence = played(script).evidence()
    results = {
        mark: [one.id for one in evidence.part(mark) if one.direction == "out" and one.type == "result"]
        for mark in "ab"
    }
    assert results["a"] == [evidence.pushes("me", "a")[0].id]
    assert results["b"] == []


def test_requests_to_the_component_are_answered():
    """With an error: whoever asks must not wait."""

    def script(people: People) -> Script:
        yield from online("me", people.me)
        yield from asked("me", stanzas.ping("q", f"{people.remote}/x"), "q")

    answer = played(script, component=True).evidence().answer("q")
    assert answer is not None
    assert answer.condition == "service-unavailable"


def test_a_script_may_go_on_where_it_gets_stuck():
    """What a step raises comes to the script first."""

    def script(_: People) -> Script:
        try:
            yield Say("nowhere", "<presence/>")
        except Stuck:
            yield Remember({"caught": True})

    assert list(played(script).evidence().steps("caught"))


def test_a_line_that_is_gone_gets_the_script_stuck():
    """Nothing can be said on it; that is no end of the run."""

    def script(people: People) -> Script:
        yield Enter("me", people.me)
        yield Leave("me")
        yield Say("me", "<presence/>")

    evidence = played(script).evidence()
    stuck = evidence.stuck()
    assert stuck is not None
    assert "me" in stuck.step["stuck"]
    assert evidence.ended() is None


def test_await_gives_what_has_come_or_none():
    """Since the last mark; in memory nobody waits for what cannot come."""

    def script(people: People) -> Script:
        yield from online("me", people.me)
        yield from asked("me", stanzas.ping("q"), "q")
        found = yield Await("me", is_answer("q"))
        none = yield Await("me", is_answer("nothing"))
        yield Remember({"found": found.id, "none": none})

    (note,) = played(script).evidence().steps("found")
    assert note.step == {"found": "q", "none": None}


def test_look_gives_what_a_line_has_heard():
    """For scripts that go by it."""

    def script(people: People) -> Script:
        yield from online("me", people.me)
        since = yield from told("me", stanzas.message(people.me, "Hello."))
        seen = yield Look("me", since)
        yield Remember({"heard": [one.name for one in seen]})

    (note,) = played(script).evidence().steps("heard")
    assert note.step["heard"] == ["message"]


@pytest.mark.parametrize("how", ["close", "cut"])
def test_a_line_that_is_left_tells_the_others(how: str):
    """By the server, which says unavailable for it; and nothing of that is a surprise."""

    def script(people: People) -> Script:
        yield from online("me", people.me)
        yield from online("me-2", people.me)
        yield Leave("me", how, "leave")
        yield Fence()

    evidence = played(script).evidence()
    assert evidence.presences("me-2", "leave", "unavailable", evidence.jid("me"))
    assert evidence.ended() is None


def test_a_line_that_the_server_ends_is_a_surprise_unless_it_may():
    """That is what the judgement begins with."""

    def script(people: People, may: bool) -> Script:
        yield from online("me", people.me)
        yield from fetched("me", "begin")
        if may:
            yield MayEnd("me")
        yield from told("me", "<!-- -->", "bad")

    def surprised(people: People) -> Script:
        return script(people, False)

    def expecting(people: People) -> Script:
        return script(people, True)

    assert played(surprised).evidence().ended() is not None
    assert played(expecting).evidence().ended() is None
    case = ServerCase("a/1/b", Level.MUST, "", "", "", "", surprised, lambda _: kept("Well."))
    assert judged(case, play_in_memory(case).evidence()).verdict is Verdict.FAIL


def test_cleaning_is_in_no_journal():
    """What is done after the play is not judged, and the roster is empty after it."""

    def script(people: People) -> Script:
        yield from online("me", people.me)
        yield from told("me", stanzas.roster_set("add", stanzas.item("r@m.test")), "add")
        yield from told(COMPONENT, stanzas.presence("subscribe", people.me, sender=people.remote), "ask")

    case = ServerCase("a/1/b", Level.MUST, "", "", "", "", script, lambda _: kept("Well."), 1, True)
    network = network_in_memory(Clock())
    play = play_in_memory(case, network=network, clean=True)
    assert play.unclean == {}
    assert b"remove" not in b"".join(entry.data for entry in play.entries)
    roster = network.world.accounts[play.people.me].roster
    assert not roster.items
    assert not roster.requests


def test_phases_before_bind_are_not_pinged():
    """A fence asks only who can answer."""

    def script(people: People) -> Script:
        yield Enter("me", people.me, Phase.OPENED)
        yield Fence()

    assert played(script).evidence().silence() is None
