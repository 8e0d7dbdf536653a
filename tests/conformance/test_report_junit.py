"""``junit.xml``, as a CI reads it."""

from __future__ import annotations

import pytest
from lxml import etree
from report_samples import EXPECTED, hostile_run, row, run

from rosterkit.conformance.report.junit import junit_xml
from rosterkit.conformance.report.layout import lay_out
from rosterkit.conformance.results import Run
from rosterkit.conformance.verdicts import Verdict


def parsed(*runs: Run) -> etree._Element:
    """The file, read."""
    return etree.fromstring(junit_xml(lay_out(runs)))


def outcome(test: etree._Element) -> str:
    """What a CI shows of a test."""
    return next((kind for kind in ("failure", "error", "skipped") if test.find(kind) is not None), "passed")


def properties(element: etree._Element) -> dict[str, str]:
    """The properties of a test or a suite."""
    return {one.get("name"): one.get("value") for one in element.iterfind("properties/property")}


@pytest.mark.parametrize(
    ("verdict", "strict", "expected", "shown"),
    [
        (Verdict.PASS, False, None, "passed"),
        (Verdict.NON_STRICT, False, None, "passed"),
        (Verdict.NON_STRICT, True, None, "failure"),
        (Verdict.FAIL, False, None, "failure"),
        (Verdict.INFO, True, None, "passed"),
        (Verdict.UNSUPPORTED, True, None, "skipped"),
        (Verdict.INCONCLUSIVE, False, None, "error"),
        (Verdict.FAIL, False, EXPECTED, "passed"),
        (Verdict.PASS, False, EXPECTED, "failure"),
        (Verdict.NON_STRICT, False, EXPECTED, "failure"),
        (Verdict.UNSUPPORTED, False, EXPECTED, "failure"),
        (Verdict.INCONCLUSIVE, False, EXPECTED, "error"),
        (Verdict.INCONCLUSIVE, False, EXPECTED._replace(verdict=Verdict.INCONCLUSIVE), "error"),
        (Verdict.UNSUPPORTED, False, EXPECTED._replace(verdict=Verdict.UNSUPPORTED), "skipped"),
    ],
)
def test_each_row_is_what_the_pass_rule_makes_of_it(verdict, strict, expected, shown):
    """A failure or an error for what is not as it should be, and for nothing else."""
    made = row(verdict, "one", expected=expected)
    (test,) = parsed(run([made], strict=strict)).iter("testcase")
    assert outcome(test) == shown
    assert (outcome(test) in ("failure", "error")) is not made.is_good(strict)
    assert properties(test)["verdict"] == verdict.value


def test_a_failure_says_which_rule_is_broken():
    """Message and text hold what came, the rule and what follows."""
    (test,) = parsed(run([row(Verdict.FAIL, "one", "It believes it.")])).iter("testcase")
    failure = test.find("failure")
    assert failure.get("message") == "It believes it."
    assert "The rule of one." in failure.text
    assert "The consequence of one." in failure.text


def test_an_expected_failure_says_why():
    """Its reason is a property; one that does not happen any more says what was expected."""
    known, mended = parsed(
        run([row(Verdict.FAIL, "a", expected=EXPECTED), row(Verdict.PASS, "b", expected=EXPECTED)])
    ).iter("testcase")
    assert properties(known)["expected"] == "FAIL: It is known: bug 12."
    assert mended.find("failure").get("message").startswith("PASS, but FAIL was expected:")


def test_a_suite_for_each_client():
    """With its counts, its version and its seed."""
    root = parsed(run(), run(client="two"))
    assert [suite.get("name") for suite in root] == ["sampler", "two"]
    for suite in root:
        counts = {name: suite.get(name) for name in ("tests", "failures", "errors", "skipped")}
        assert counts == {"tests": "9", "failures": "3", "errors": "1", "skipped": "1"}
        assert properties(suite)["seed"] == "7"
    assert root.get("tests") == "18"
    assert [test.get("classname") for test in root.iter("testcase")][::9] == ["sampler", "two"]


def test_hostile_names_are_only_text():
    """It is well-formed whatever a client is called, and no text becomes an element."""
    root = parsed(hostile_run())
    assert {element.tag for element in root.iter()} == {
        "testsuites", "testsuite", "properties", "property", "testcase", "failure", "error", "skipped",
    }  # fmt: skip
    assert "<script>" in root[0].get("name")
    assert "\\u202e\\x07\\u2028\\ud800" in root[0].get("name")
