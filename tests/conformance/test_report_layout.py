"""Columns, lines, files."""

from __future__ import annotations

import re

import pytest
from report_samples import case, check, every_verdict, row, run

from rosterkit.conformance.catalogue import CASES, CHECKS, in_order
from rosterkit.conformance.report.layout import lay_out
from rosterkit.conformance.report.sections import label_of, title_of
from rosterkit.conformance.results import Row
from rosterkit.conformance.verdicts import Verdict, passed


def test_cases_stand_in_the_order_of_the_documents():
    """Whatever the order of the rows, a line for each case that any client has, in sections."""
    late = row(Verdict.PASS, case=case("late", "rfc6121/2.10"))
    early = row(Verdict.PASS, case=case("early", "rfc6121/2.2"))
    other = row(Verdict.PASS, case=case("other", "rfc6120/8.2.3"))
    layout = lay_out([run([other, late]), run([early], "second")])
    assert [line.case.id for line in layout.lines()] == [
        "rfc6121/2.2/early",
        "rfc6121/2.10/late",
        "rfc6120/8.2.3/other",
    ]
    assert [section.label for section in layout.sections] == ["RFC 6121 §2.2", "RFC 6121 §2.10", "RFC 6120 §8.2.3"]


def test_a_client_without_a_case_has_no_cell():
    """The cells of a line are those of the columns; None where a client was not put to it."""
    one, other = row(Verdict.PASS, "one"), row(Verdict.FAIL, "other")
    layout = lay_out([run([one, other]), run([other], "second")])
    first, second = layout.lines()
    assert [cell is not None for cell in first.cells] == [True, False]
    assert [cell.row.finding.verdict for cell in second.cells if cell] == [Verdict.FAIL, Verdict.FAIL]
    assert len(list(layout.places())) == 3


@pytest.mark.parametrize("name", ["slixmpp 1.8.5", "../../etc", "", "é", "a" * 500, "A/b\\c", ".", "nul\x00"])
def test_every_name_gives_a_file_of_its_own(name: str):
    """Clients of the same name have different files, and no name leads out of the folder."""
    rows = every_verdict()
    layout = lay_out([run(rows, name), run(rows, name.upper()), run(rows, name)])
    files = [path for place in layout.places() for path in (place.page, place.transcript) if path is not None]
    assert len(set(files)) == len(files)
    for path in files:
        assert re.fullmatch(r"(cases|transcripts/[a-z0-9][a-z0-9.-]*)/[a-z0-9][a-z0-9.-]*\.(html|jsonl)", path)


def test_cases_of_like_names_have_files_of_their_own():
    """The file of ``2.1/6-x`` is not that of ``2.1.6/x``."""
    rows = [row(Verdict.PASS, case=case("6-x", "rfc6121/2.1")), row(Verdict.PASS, case=case("x", "rfc6121/2.1.6"))]
    assert len({place.page for place in lay_out([run(rows)]).places()}) == 2


def test_a_check_has_no_transcript():
    """Its finding is that of another's play."""
    (place,) = lay_out([run([Row(check(), passed("It does."), play="rfc6121/2.1.6/sample")])]).places()
    assert place.transcript is None


def test_every_section_in_use_has_a_title():
    """The page has words of our own for the section of each case and check."""
    sections = {one.section for one in in_order([*CASES, *CHECKS])}
    assert {section for section in sections if not title_of(section)} == set()


@pytest.mark.parametrize(
    ("section", "label", "title"),
    [
        ("rfc6121/2.1.6", "RFC 6121 §2.1.6", "Pushes, and who sends them"),
        ("rfc6121/2.1.6.9", "RFC 6121 §2.1.6.9", "Pushes, and who sends them"),
        ("xep0237/2", "XEP 0237 §2", ""),
        ("odd", "odd", ""),
    ],
)
def test_sections_are_named(section: str, label: str, title: str):
    """By document and number, and by the title of the nearest section that has one."""
    assert (label_of(section), title_of(section)) == (label, title)
