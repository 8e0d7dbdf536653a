"""The moves that scripts share, played by hand: what each yields, and what it makes of the answer."""

from __future__ import annotations

from typing import Any

import pytest

from rosterkit.conformance.evidence import is_roster_get, is_roster_set
from rosterkit.conformance.orders import Order
from rosterkit.conformance.script import (
    Await,
    Break,
    Fence,
    Give,
    Given,
    LoggedIn,
    LogIn,
    Say,
    Script,
    Stuck,
    again,
    expect,
    obeyed,
    online,
    pushed,
)
from rosterkit.conformance.stanzas import item, push

LOGIN = LoggedIn("c1", "me@case.test/r", 5)
ASKED = object()  # stands for the stanza that was waited for


def play(script: Script, *answers: Any) -> tuple[list[Any], Any]:
    """The steps of a script that is sent these answers, and what it gives in the end."""
    steps = [next(script)]
    for answer in answers:
        try:
            steps.append(script.send(answer))
        except StopIteration as stop:
            return steps, stop.value
    raise AssertionError(f"The script is not over after {steps}.")


class TestOnline:
    """A client that logs in."""

    def test_it_is_online_when_it_has_handled_its_roster(self):
        """It logs in, asks for the roster after that, and answers a fence; the login is what comes of it."""
        steps, value = play(online(), LOGIN, ASKED, "answered")
        assert steps == [LogIn(), Await(is_roster_get, 5), Fence()]
        assert value is LOGIN

    def test_without_a_request_for_the_roster_it_is_stuck(self):
        """A client that never asks gets no pushes: the case is about nothing then, and nobody is to blame."""
        script = online()
        next(script)
        script.send(LOGIN)
        with pytest.raises(Stuck, match="never asked for the roster") as caught:
            script.send(None)
        assert caught.value.unsupported is False

    @pytest.mark.parametrize("how", ["close", "cut"])
    def test_again_ends_the_connection_first(self, how: str):
        """It comes back as at first, and the new login is what comes of it."""
        steps, value = play(again(how), None, LOGIN, ASKED, "answered")
        assert steps == [Break(how), LogIn(), Await(is_roster_get, 5), Fence()]
        assert value is LOGIN


class TestPushed:
    """A push."""

    def test_it_is_said_under_its_mark_and_handled(self):
        """The push has an id of its mark, no sender of its own, and a fence behind it; it gives the entry before."""
        xml = item("a@b", name="A")
        steps, value = play(pushed("first", xml), 17, "answered")
        assert steps == [Say(push(xml, "push-first"), "first"), Fence()]
        assert value == 17

    def test_sender_version_and_id_are_the_scripts_own(self):
        """What is said where it is given."""
        steps, _ = play(pushed("first", item("a@b"), "x@y", "v1", "same"), 17, "answered")
        assert steps[0] == Say(push(item("a@b"), "same", "x@y", "v1"), "first")


class TestExpect:
    """What must come before a case is about anything."""

    def test_it_gives_what_came(self):
        """The stanza, waited for from where the script says."""
        steps, value = play(expect(is_roster_set, "an edit", 9), ASKED)
        assert steps == [Await(is_roster_set, 9)]
        assert value is ASKED

    def test_without_it_the_case_is_stuck(self):
        """The sentence says what has not come."""
        script = expect(is_roster_set, "an edit")
        next(script)
        with pytest.raises(Stuck, match="The client has not sent an edit"):
            script.send(None)


class TestObeyed:
    """An order."""

    def test_it_is_given_and_what_it_leads_to_has_come(self):
        """The order has its values, a fence stands behind it, and the entry before it is given."""
        steps, value = play(obeyed("rename", jid="a@b", name="A"), Given(23, None), "answered")
        assert steps == [Give(Order("rename", {"jid": "a@b", "name": "A"})), Fence()]
        assert value == 23


def test_stuck_says_whose_lack_it_is():
    """By default nobody has shown to lack anything."""
    assert Stuck("No.").unsupported is False
    assert Stuck("No.", True).unsupported is True
    assert str(Stuck("No.", True)) == "No."
