"""``junit.xml``: a suite for each client, a test for each row, for a CI that reads nothing else.

A row that is not as it should be is an error where it is INCONCLUSIVE and else a failure; one that is UNSUPPORTED as
it may be is skipped; every other passes.  So NON-STRICT fails under ``--strict`` only, and an expected FAIL passes.
What came is a property of each test.

Tests: ``tests/conformance/test_report_junit.py``.
"""

from __future__ import annotations

from lxml import etree
from lxml.etree import _Element

from rosterkit.conformance.report.layout import Column, Layout, Place
from rosterkit.conformance.report.page import GENERATOR
from rosterkit.conformance.report.visible import cut
from rosterkit.conformance.results import PASS_RULE
from rosterkit.conformance.verdicts import Verdict
from rosterkit.core.visible import plain

__all__ = ["junit_xml"]

_KINDS = ("failure", "error", "skipped")


def junit_xml(layout: Layout) -> bytes:
    """The bytes of the file."""
    root = etree.Element("testsuites", name="rosterkit")
    for column in layout.columns:
        root.append(_suite(column))
    _count(root, sum(column.run.seconds for column in layout.columns))
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8") + b"\n"


def _suite(column: Column) -> _Element:
    run = column.run
    suite = etree.Element("testsuite", name=_text(run.client), timestamp=_text(run.started))
    properties = etree.SubElement(suite, "properties")
    told = {
        "generator": GENERATOR,
        "version": run.version,
        "transport": run.transport,
        "seed": run.seed,
        "strict": str(run.strict).lower(),
        "pass_rule": PASS_RULE,
    }
    for name, value in told.items():
        _property(properties, name, value)
    for place in column.places.values():
        suite.append(_test(place))
    _count(suite, run.seconds)
    return suite


def _test(place: Place) -> _Element:
    row = place.row
    finding, expected = row.finding, row.expected
    name, client = _text(row.case.id), _text(place.run.client)
    test = etree.Element("testcase", classname=client, name=name, time=f"{row.seconds:.3f}")
    properties = etree.SubElement(test, "properties")
    _property(properties, "verdict", finding.verdict.value)
    _property(properties, "oracle", finding.oracle.value)
    _property(properties, "level", row.case.level.value)
    _property(properties, "words", finding.words)
    if expected is not None:
        _property(properties, "expected", f"{expected.verdict.value}: {expected.reason}")
    kind = _kind(place)
    if kind is not None:
        ended = etree.SubElement(test, kind, message=_text(_message(place)))
        if kind != "skipped":
            ended.set("type", finding.verdict.value)
            ended.text = _text(_explained(place))
    return test


def _kind(place: Place) -> str | None:
    verdict = place.row.finding.verdict
    if not place.good:
        return "error" if verdict is Verdict.INCONCLUSIVE else "failure"
    return "skipped" if verdict is Verdict.UNSUPPORTED else None


def _message(place: Place) -> str:
    finding, expected = place.row.finding, place.row.expected
    if expected is not None and not place.good:
        return f"{finding.verdict.value}, but {expected.verdict.value} was expected: {finding.words}"
    return finding.words


def _explained(place: Place) -> str:
    case = place.row.case
    return (
        f"Rule ({case.level.value}): {case.rule}\n"
        f"If it is broken: {case.consequence}\n"
        f"What was done: {case.done}\n"
        f"What was wanted: {case.wanted}\n"
        f"What came: {place.row.finding.words}\n"
        f"See {place.page}\n"
    )


def _property(parent: _Element, name: str, value: str) -> None:
    etree.SubElement(parent, "property", name=name, value=_text(value))


def _text(text: str) -> str:
    """``text`` as XML can carry it."""
    return plain(cut(text, 8_000), "\n")


def _count(element: _Element, seconds: float) -> None:
    element.set("tests", str(sum(1 for _ in element.iter("testcase"))))
    for kind, name in zip(_KINDS, ("failures", "errors", "skipped"), strict=True):
        element.set(name, str(sum(1 for _ in element.iter(kind))))
    element.set("time", f"{seconds:.3f}")
