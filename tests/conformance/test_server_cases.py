"""Every case for servers: kept by our own server, fair to servers that are as right, and shaken by nothing."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module

import pytest
from habits import HABITS
from hypothesis import given, settings
from hypothesis import strategies as st
from retold import Change, as_said, found, is_changed, is_right, retold
from spoilt import SPOILING

from rosterkit.conformance.catalogue import selected
from rosterkit.conformance.runner.matrix import CAUGHT
from rosterkit.conformance.server import mutants
from rosterkit.conformance.server.case import ServerCase, judged
from rosterkit.conformance.server.catalogue import SERVER_CASES, SERVER_CHECKS
from rosterkit.conformance.server.mutant import Mutant, applied
from rosterkit.conformance.verdicts import Finding


@pytest.mark.parametrize("case", SERVER_CASES, ids=lambda case: case.id)
def test_our_own_server_keeps_each(case: ServerCase):
    """PASS, and INFO where the RFC leaves it open."""
    finding = judged(case, retold(case, as_said))
    assert is_right(case, finding), finding


@pytest.mark.parametrize("name", HABITS)
def test_lawful_habits_change_no_verdict(name: str):
    """News and receipts, stamps, what is left out or added, another order; each shows in some plays at least."""
    shown = 0
    for case in SERVER_CASES:
        evidence = retold(case, HABITS[name]())
        finding = judged(case, evidence)
        assert is_right(case, finding), (case.id, finding)
        shown += is_changed(case, evidence)
    assert shown > 20


@settings(max_examples=400)
@given(st.sampled_from(SERVER_CASES), SPOILING)
def test_no_judge_raises(case: ServerCase, spoiling: Change):
    """Whatever a server says, loses or repeats, a judge says something about it, and no check stumbles over it."""
    evidence = retold(case, spoiling)
    assert isinstance(judged(case, evidence), Finding)
    assert isinstance(case.judge(evidence), Finding)
    for check in SERVER_CHECKS:
        assert isinstance(check.judge(evidence), Finding | None)


def sample() -> Iterator[Mutant]:
    """One mutant of each module, but for those that checks are there for."""
    for module in pkgutil.iter_modules(mutants.__path__):
        made = getattr(import_module(f"{mutants.__name__}.{module.name}"), "MUTANTS", ())
        if made and module.name != "checks":
            yield made[len(made) // 2]


@pytest.mark.parametrize("wrong", list(sample()), ids=lambda wrong: wrong.name)
def test_a_mutant_of_each_module_is_caught(wrong: Mutant):
    """By a case of its own section; the kill matrix has all of them (``pytest -m matrix``)."""
    with applied(wrong):
        assert any(found(case).verdict in CAUGHT for case in selected(wrong.caught_in, SERVER_CASES))
