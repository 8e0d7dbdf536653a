"""The judge of ``make crash``: it must find what is lost, half there or mixed, and blame nobody else."""

from __future__ import annotations

import pytest

from bench.crash.ledger import Judgement, Ledger
from bench.soak.model import Remove, Set, Shown, Subscription

ANNA, BERT = "anna@localhost", "bert@localhost"
ASKS = Shown(None, (), "none", True, False)
SET = Set(ANNA, "x@far.test", "name 1", ("a 1", "b 1"))
ENTRY = Shown("name 1", ("a 1", "b 1"), "none", False, False)

Rosters = dict[str, dict[str, Shown]]


@pytest.fixture
def ledger() -> Ledger:
    """Two accounts."""
    return Ledger((ANNA, BERT))


def look(ledger: Ledger, anna: dict[str, Shown], bert: dict[str, Shown] | None = None, *asked: str) -> Judgement:
    """What it says of these rosters, where ``asked`` have asked Bert."""
    return ledger.look({ANNA: anna, BERT: bert or {}}, {ANNA: (), BERT: asked})


def test_nothing_is_right_at_the_beginning(ledger: Ledger) -> None:
    """Empty rosters are what new accounts have."""
    assert look(ledger, {}) == Judgement()


def test_what_was_answered_and_is_there_is_right(ledger: Ledger) -> None:
    """An entry and both sides of a request."""
    ledger.answer(ledger.send("a", SET), True)
    ledger.answer(ledger.send("a", Subscription(ANNA, BERT, "subscribe")), True)
    assert look(ledger, {"x@far.test": ENTRY, BERT: ASKS}, {}, ANNA) == Judgement()
    assert (ledger.accepted, ledger.refused) == (2, 0)


def test_an_answered_change_that_is_missing_is_lost(ledger: Ledger) -> None:
    """The sentence names who, what was found and what may be."""
    ledger.answer(ledger.send("a", SET), True)
    judgement = look(ledger, {})
    assert judgement.half == []
    (sentence,) = judgement.lost
    assert "anna@localhost and x@far.test" in sentence
    assert "name 1" in sentence.partition("may be")[2]


def test_a_lost_subscription_is_lost_and_not_half(ledger: Ledger) -> None:
    """Where both sides have forgotten it they agree."""
    ledger.answer(ledger.send("a", Subscription(ANNA, BERT, "subscribe")), True)
    judgement = look(ledger, {})
    assert (len(judgement.lost), judgement.half) == (1, [])


@pytest.mark.parametrize("answered", [True, False])
@pytest.mark.parametrize("side", ["hers", "his"])
def test_one_side_of_a_subscription_alone_is_half(ledger: Ledger, answered: bool, side: str) -> None:
    """Whether or not it was answered, both sides have it or neither."""
    number = ledger.send("a", Subscription(ANNA, BERT, "subscribe"))
    if answered:
        ledger.answer(number, True)
    judgement = look(ledger, {BERT: ASKS}) if side == "hers" else look(ledger, {}, {}, ANNA)
    assert (judgement.lost, len(judgement.half)) == ([], 1)


def test_a_state_that_no_table_has_is_half(ledger: Ledger) -> None:
    """An entry that says both, with a request beside it."""
    both = Shown(None, (), "both", False, False)
    judgement = look(ledger, {BERT: both}, {ANNA: both}, ANNA)
    assert len(judgement.half) == 1


@pytest.mark.parametrize(
    "mixed",
    [
        Shown("name 2", ("a 1",), "none", False, False),
        Shown("name 2", ("a 2", "b 1"), "none", False, False),
        Shown(None, ("a 2",), "none", False, False),
    ],
)
def test_an_entry_of_two_changes_is_half(ledger: Ledger, mixed: Shown) -> None:
    """Name and groups come from one change."""
    ledger.answer(ledger.send("a", SET), True)
    ledger.send("a", Set(ANNA, "x@far.test", "name 2", ("a 2", "b 2")))
    assert len(look(ledger, {"x@far.test": mixed}).half) == 1


def test_what_nobody_made_is_told(ledger: Ledger) -> None:
    """Also between addresses that no operation ever named."""
    assert len(look(ledger, {"stranger@far.test": ENTRY}).lost) == 1


def test_what_was_not_answered_is_counted_by_what_came_of_it(ledger: Ledger) -> None:
    """There and whole, or not there; the next look knows which."""
    ledger.send("a", SET)
    ledger.send("b", Subscription(BERT, ANNA, "subscribe"))
    assert look(ledger, {"x@far.test": ENTRY}) == Judgement(kept=1, gone=1)
    assert look(ledger, {"x@far.test": ENTRY}) == Judgement()
    assert len(look(ledger, {}).lost) == 1


def test_an_answer_without_a_reason_is_told(ledger: Ledger) -> None:
    """Success where nothing can have succeeded."""
    ledger.answer(ledger.send("a", Remove(ANNA, "x@far.test")), True)
    (sentence,) = ledger.wrong_answers
    assert "accepted" in sentence
