"""The cells of the state tables as cases: one for each, right on our own server, and told apart by their rules."""

from __future__ import annotations

import pytest

from rosterkit.conformance.probing.memory import play_in_memory
from rosterkit.conformance.server.case import ServerCase, judged
from rosterkit.conformance.server.cases.states import CASES
from rosterkit.conformance.server.mutant import applied
from rosterkit.conformance.server.mutants.states import MUTANTS
from rosterkit.conformance.verdicts import Verdict


def test_every_cell_is_tried_in_every_place():
    """Nine states, four stanzas; another server, out and in; and two accounts, with the contact on- and offline."""
    assert len(CASES) == 9 * 4 * 4
    assert len({case.id for case in CASES}) == len({case.rule for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_our_own_server_keeps_each(case: ServerCase):
    """PASS, in memory."""
    finding = judged(case, play_in_memory(case).evidence())
    assert finding.verdict is Verdict.PASS, finding.words


@pytest.mark.parametrize("wrong", MUTANTS[::7], ids=lambda wrong: wrong.name)
def test_a_wrong_cell_is_caught_by_its_own_case(wrong: object):
    """A sample; the kill matrix has all."""
    (cell,) = [one for one in MUTANTS if one is wrong]
    name = cell.name.removeprefix("cell-").split("-", 2)[-1]
    case = next(one for one in CASES if one.id == f"{cell.caught_in[0]}/{name}")
    with applied(cell):
        assert judged(case, play_in_memory(case).evidence()).verdict in (Verdict.FAIL, Verdict.NON_STRICT)
