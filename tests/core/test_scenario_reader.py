"""Documents that somebody has written who wants to break us: read, or refused with a sentence."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rosterkit.core.scenario import AnswerStep, CallStep, ClientStep, ExpectStep, Scenario
from rosterkit.core.scenario_reader import MOST_STEPS, read_scenario
from rosterkit.errors import ScriptError

NETWORK = {"accounts": {"juliet": {"password": "secret"}}}
CALL = {"call": "PUT", "path": "accounts/juliet/roster/x@b.test", "body": {}}
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)
WITHIN = st.integers(0, 600)
STEPS = st.one_of(
    st.builds(ClientStep, st.just("juliet"), st.just(("interested",)), st.booleans(), WITHIN),
    st.builds(
        CallStep, st.sampled_from(["PUT", "DELETE"]), st.just("clock"), st.none() | st.dictionaries(TEXTS, TEXTS)
    ),
    st.builds(ExpectStep, TEXTS, TEXTS, WITHIN),
)


def document(*steps: Any, **changes: Any) -> dict[str, Any]:
    """A scenario with these steps."""
    head = {"rosterkit": "scenario", "version": 1, "domains": ["home.example"], "network": NETWORK}
    return {**head, "steps": list(steps), **changes}


@given(st.lists(STEPS, max_size=6))
def test_what_is_written_is_read(steps: list[Any]):
    """Whole, whatever stands in it."""
    calls = [number for number, step in enumerate(steps, 1) if isinstance(step, CallStep)]
    answers = [AnswerStep(number, "juliet", 2, "error", 3) for number in calls]
    scenario = Scenario(("home.example", "home2.example"), NETWORK, (*steps, *answers))
    assert read_scenario(scenario.as_json()) == scenario


@pytest.mark.parametrize(
    ("value", "key"),
    [
        ([], ""),
        ({}, "rosterkit"),
        (document(version=2), "version"),
        (document(version=True), "version"),
        (document(more=1), "more"),
        (document(domains=[]), "domains"),
        (document(domains=["a.example", "A.example"]), "domains"),
        (document(domains=["result"]), "domains"),
        (document(domains=["x@a.example"]), "domains"),
        (document(domains="a.example"), "domains"),
        (document(network=None), "network"),
        (document(network={"domains": ["b.test"]}), "network.domains"),
        (document(network={"own_port": True}), "network.own_port"),
        (document(steps={}), "steps"),
        (document(*[CALL] * (MOST_STEPS + 1)), "steps"),
        (document({}), "steps.0"),
        (document("call"), "steps.0"),
        (document({**CALL, "account": "x"}), "steps.0.account"),
        (document({**CALL, "call": "GET"}), "steps.0.call"),
        (document({"call": "PUT"}), "steps.0.path"),
        *((document({**CALL, "path": path}), "steps.0.path") for path in (
            "", "/accounts", "../other/accounts", "accounts/../../x", "accounts//x", "reset", "wait", "journal", "a",
            1, None, "accounts/x?y=1", "accounts/x#y", "accounts/x y", "accounts/\r\nX:y", "accounts/" + "x" * 33_000,
        )),
        (document({"expect": "", "account": "juliet"}), "steps.0.expect"),
        (document({"expect": "<a/>" * 100_000, "account": "juliet"}), "steps.0.expect"),
        (document({"expect": {"xpath": "/a"}, "account": "juliet"}), "steps.0.expect"),
        (document({"expect": "<a/>"}), "steps.0.account"),
        (document({"expect": "<a/>", "account": ["juliet"]}), "steps.0.account"),
        (document({"expect": "<a/>", "account": "juliet", "within": 601}), "steps.0.within"),
        (document({"expect": "<a/>", "account": "juliet", "within": float("nan")}), "steps.0.within"),
        (document({"expect_answer": 1, "account": "juliet"}), "steps.0.expect_answer"),
        (document(CALL, {"expect_answer": 0, "account": "juliet"}), "steps.1.expect_answer"),
        (document(CALL, {"expect_answer": 3, "account": "juliet"}, CALL), "steps.1.expect_answer"),
        (document(CALL, {"expect_answer": 1, "account": "juliet", "type": "get"}), "steps.1.type"),
        (document({"client": "nobody"}), "steps.0.client"),
        (document({"client": "juliet", "until": ["rich"]}), "steps.0.until"),
        (document({"client": "juliet", "until": [["interested"]]}), "steps.0.until"),
        (document({"client": "juliet", "until": ["interested"] * 2}), "steps.0.until"),
        (document({"client": "juliet", "another": 1}), "steps.0.another"),
    ],
)  # fmt: skip
def test_what_is_none_is_refused_with_its_place(value: Any, key: str):
    """The dotted path of what is wrong, and what it takes."""
    with pytest.raises(ScriptError) as raised:
        read_scenario(value)
    assert raised.value.key == key
    assert raised.value.expected


def test_what_lies_too_deep_is_refused_before_anything_walks_through_it():
    """In the network and in a body."""
    deep: Any = {}
    for _ in range(5_000):
        deep = {"x": [deep]}
    for value in (document(network=deep), document({**CALL, "body": deep})):
        with pytest.raises(ScriptError, match="too deep"):
            read_scenario(value)
