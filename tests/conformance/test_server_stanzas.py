"""The cases about stanzas and iqs: right on our own server, and each fails a server that breaks its rule."""

from __future__ import annotations

import pytest

from rosterkit.conformance.probing.memory import play_in_memory
from rosterkit.conformance.server.case import ServerCase, judged
from rosterkit.conformance.server.cases import (
    iqs,
    iqs_answers,
    stanzas,
    stanzas_content,
    stanzas_errors,
    stanzas_nowhere,
    stanzas_order,
    stanzas_texts,
)
from rosterkit.conformance.server.mutant import Mutant, applied
from rosterkit.conformance.server.mutants import iqs as iq_mutants
from rosterkit.conformance.server.mutants import stanzas as address_mutants
from rosterkit.conformance.server.mutants import stanzas_content as content_mutants
from rosterkit.conformance.server.mutants import stanzas_errors as error_mutants
from rosterkit.conformance.verdicts import Level, Verdict

CASES = (
    *stanzas.CASES,
    *stanzas_nowhere.CASES,
    *stanzas_content.CASES,
    *stanzas_texts.CASES,
    *stanzas_order.CASES,
    *stanzas_errors.CASES,
    *iqs.CASES,
    *iqs_answers.CASES,
)
MUTANTS = (*address_mutants.MUTANTS, *error_mutants.MUTANTS, *content_mutants.MUTANTS, *iq_mutants.MUTANTS)
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
    """FAIL, or NON-STRICT where what it does breaks a SHOULD."""
    (id_,) = wrong.caught_in
    case = BY_ID[id_]
    with applied(wrong):
        finding = judged(case, play_in_memory(case).evidence())
    assert finding.verdict in (Verdict.FAIL, Verdict.NON_STRICT), finding.words
    if case.level is Level.SHOULD:
        assert finding.verdict is Verdict.NON_STRICT


def test_a_case_that_ends_the_shared_stream_is_played_alone():
    """Whatever the server does to the component's stream, no other play is on it."""
    assert [case.id for case in CASES if case.alone] == ["rfc6120/8.1.2.2/component"]
