"""Scenarios as values: their document, their passwords, their domains."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rosterkit.core.scenario import (
    AnswerStep,
    CallStep,
    ClientStep,
    ExpectStep,
    Scenario,
    fresh,
    path_part,
    placed,
    renamed,
    sentence,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("romeo@a.test", "romeo@new.test"),
        ("a.test", "new.test"),
        ("juliet@A.TEST/balcony", "juliet@new.test/balcony"),
        ("<presence to='romeo@a.test'/>", "<presence to='romeo@new.test'/>"),
        ("I am at a.test.", "I am at new.test."),
        ("romeo@b.a.test", "romeo@b.a.test"),
        ("romeo@ba.test", "romeo@ba.test"),
        ("romeo@a.test.org", "romeo@a.test.org"),
        ("romeo@a.tests", "romeo@a.tests"),
        ("romeo@a-test", "romeo@a-test"),
    ],
)
def test_only_whole_domains_are_replaced(text: str, expected: str):
    """Not the end, the beginning or the middle of another one; in keys and in lists too."""
    assert renamed(text, {"a.test": "new.test"}) == expected
    assert renamed({text: [text, 1, None]}, {"a.test": "new.test"}) == {expected: [expected, 1, None]}


@given(JSON)
def test_there_and_back_is_the_same(value: Any):
    """A placeholder that stands nowhere else loses nothing."""
    there = renamed({"it": value, "to": "x@a.test"}, {"a.test": "home.example"})
    assert renamed(there, {"home.example": "a.test"}) == {"it": value, "to": "x@a.test"}


def test_each_domain_has_a_place_of_its_own():
    """The first is the network's name, the others lie below it; every text of a step is looked at."""
    scenario = Scenario(
        ("h.example", "i.example"),
        {"accounts": {"x@i.example": {"password": "p"}}},
        (
            ClientStep("x@i.example"),
            CallStep("POST", "accounts/x@i.example/push", {"item": {"jid": "y@h.example"}}),
            ExpectStep("<presence to='y@h.example'/>", "x@i.example"),
            AnswerStep(2, "x@i.example"),
        ),
    )
    here = placed(scenario, fresh(scenario.domains, "n1.test"))
    assert here.domains == ("n1.test", "d2.n1.test")
    assert here.network == {"accounts": {"x@d2.n1.test": {"password": "p"}}}
    assert here.steps == (
        ClientStep("x@d2.n1.test"),
        CallStep("POST", "accounts/x@d2.n1.test/push", {"item": {"jid": "y@n1.test"}}),
        ExpectStep("<presence to='y@n1.test'/>", "x@d2.n1.test"),
        AnswerStep(2, "x@d2.n1.test"),
    )


def test_the_password_is_the_one_that_was_given_last():
    """In the network, or by a call before."""
    made = CallStep("PUT", "accounts/a%25b", {"password": "new"})
    scenario = Scenario(("h.example",), {"accounts": {"juliet": {"password": "old"}}}, (made,))
    assert scenario.password("juliet") == "old"
    assert (scenario.password("a%b", 1), scenario.password("a%b", 2), scenario.password("nobody")) == (
        None,
        "new",
        None,
    )


def test_a_part_of_a_path_ends_nothing():
    """What would end it is encoded, and what cannot be seen; the rest stays readable."""
    assert path_part("romeo@é.test") == "romeo@é.test"
    assert path_part("a/b?c#d%\u202e ") == "a%2Fb%3Fc%23d%25%E2%80%AE%20"


def test_each_step_is_a_sentence():
    """For whoever watches a play."""
    steps = (ClientStep("j"), ClientStep("j", ("interested",), True), CallStep("PUT", "p"), AnswerStep(3, "j"))
    assert [sentence(step) for step in steps] == [
        "a client of j comes", "another client of j is interested", "PUT p", "j answers the push of step 3",
    ]  # fmt: skip
