"""The cases of RFC 6121 §8: right on our own server, and each fails a server that breaks its rule."""

from __future__ import annotations

import pytest

from rosterkit.conformance.probing.memory import play_in_memory
from rosterkit.conformance.server.case import ServerCase, judged
from rosterkit.conformance.server.cases import (
    delivery_absent,
    delivery_bare,
    delivery_behalf,
    delivery_full,
    delivery_full_iqs,
    delivery_nobody,
)
from rosterkit.conformance.server.mutant import Mutant, applied
from rosterkit.conformance.server.mutants import delivery, delivery_others
from rosterkit.conformance.server.mutants import delivery_absent as absent_mutants
from rosterkit.conformance.verdicts import Level, Verdict

CASES = (
    *delivery_bare.CASES,
    *delivery_behalf.CASES,
    *delivery_full.CASES,
    *delivery_full_iqs.CASES,
    *delivery_absent.CASES,
    *delivery_nobody.CASES,
)
MUTANTS = (*delivery.MUTANTS, *absent_mutants.MUTANTS, *delivery_others.MUTANTS)
BY_ID = {case.id: case for case in CASES}


def test_each_case_has_a_rule_and_a_mutant_of_its_own():
    """No two have the same id or rule; only what the RFC leaves open needs no mutant."""
    assert len(BY_ID) == len({case.rule for case in CASES}) == len(CASES)
    assert len({wrong.name for wrong in MUTANTS}) == len({wrong.breaks for wrong in MUTANTS}) == len(MUTANTS)
    caught = {id_ for wrong in MUTANTS for id_ in wrong.caught_in}
    assert caught == {case.id for case in CASES if case.level is not Level.MAY}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_our_own_server_keeps_each(case: ServerCase):
    """PASS, and INFO where nothing is asked for."""
    finding = judged(case, play_in_memory(case).evidence())
    assert finding.verdict is (Verdict.INFO if case.level is Level.MAY else Verdict.PASS), finding.words


@pytest.mark.parametrize("wrong", MUTANTS, ids=lambda wrong: wrong.name)
def test_each_mutant_is_caught_by_the_case_about_its_rule(wrong: Mutant):
    """FAIL, or NON-STRICT where the rule is a SHOULD."""
    (id_,) = wrong.caught_in
    case = BY_ID[id_]
    with applied(wrong):
        finding = judged(case, play_in_memory(case).evidence())
    assert finding.verdict is (Verdict.NON_STRICT if case.level is Level.SHOULD else Verdict.FAIL), finding.words
