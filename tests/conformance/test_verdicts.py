"""What a judge may say, and which of many findings is told."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rosterkit.conformance.verdicts import (
    Finding,
    Level,
    Oracle,
    Verdict,
    failed,
    inconclusive,
    info,
    passed,
    unsupported,
    worst,
)

GRAVEST_FIRST = ["FAIL", "INCONCLUSIVE", "NON-STRICT", "INFO", "UNSUPPORTED", "PASS"]
FINDINGS = st.builds(Finding, st.sampled_from(Verdict), st.text(max_size=3))


@pytest.mark.parametrize(
    ("level", "verdict"), [(Level.MUST, "FAIL"), (Level.SHOULD, "NON-STRICT"), (Level.MAY, "INFO")]
)
def test_a_broken_rule_weighs_what_its_level_says(level: Level, verdict: str):
    """A broken MUST is a FAIL, a broken SHOULD is NON-STRICT, and a MAY cannot be broken."""
    assert failed(level, "It came.").verdict.value == verdict


def test_the_verdicts_are_called_as_reports_have_them():
    """The six names are part of the report's format and of the file of expected verdicts."""
    assert [verdict.value for verdict in Verdict] == [
        "PASS",
        "NON-STRICT",
        "FAIL",
        "INFO",
        "UNSUPPORTED",
        "INCONCLUSIVE",
    ]


@pytest.mark.parametrize("say", [passed, info, lambda *said: failed(Level.MUST, *said)])
def test_what_it_rests_on_is_told(say):
    """The oracle and the entries that show it are kept; without a word it is the wire."""
    assert say("It came.", Oracle.VER, 3, 5) == (say("x").verdict, "It came.", Oracle.VER, (3, 5))
    assert say("It came.").oracle is Oracle.WIRE
    assert say("It came.").entries == ()


def test_what_is_not_known_is_no_verdict_on_the_client():
    """INCONCLUSIVE and UNSUPPORTED carry their sentence and nothing else."""
    assert inconclusive("No login.") == Finding(Verdict.INCONCLUSIVE, "No login.")
    assert unsupported("No versions.") == Finding(Verdict.UNSUPPORTED, "No versions.")


def test_of_nothing_there_is_no_worst():
    """Without findings there is none to tell."""
    assert worst([]) is None


@pytest.mark.parametrize(("graver", "lighter"), list(pairwise(GRAVEST_FIRST)))
def test_the_graver_one_is_told(graver: str, lighter: str):
    """A broken MUST comes first, then what nobody knows: neither may hide behind something green."""
    one, other = Finding(Verdict(graver), "graver"), Finding(Verdict(lighter), "lighter")
    assert worst([other, one]) == one
    assert worst([one, other]) == one


def test_of_equally_grave_ones_the_first_is_told():
    """The order of the plays decides, so that the same run tells the same."""
    found = [passed("a"), failed(Level.MUST, "b"), failed(Level.MUST, "c")]
    assert worst(iter(found)) is found[1]


@given(st.lists(FINDINGS, min_size=1))
def test_nothing_is_worse_than_the_worst(findings: list[Finding]):
    """Whatever the findings, the one that is told is among them and no other is graver."""
    told = worst(findings)
    assert told in findings
    rank = GRAVEST_FIRST.index(told.verdict.value)
    assert all(rank <= GRAVEST_FIRST.index(finding.verdict.value) for finding in findings)
