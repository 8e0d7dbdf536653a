"""The page of the kill matrix: whole, readable by itself, and useful."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from report_html import PageRead, read_page
from report_samples import HOSTILE, case, check, run

from rosterkit.conformance.case import Case, Check
from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.mutant import Mutant
from rosterkit.conformance.report import write_report
from rosterkit.conformance.report.matrix import write_matrix
from rosterkit.conformance.verdicts import Finding, Level, failed, inconclusive, passed
from rosterkit.errors import ConfigError

FIRST, SECOND, CHECK = case("first"), case("second", "rfc6121/2.5.2", Level.SHOULD), check("checked")
ROWS = (FIRST, SECOND, CHECK)
MODEL = {row.id: passed("It is right.") for row in ROWS}
FORGETS = Mutant("forgets", "It forgets what it was told.", ScriptedClient)
DIES = Mutant("dies", "It dies of everything.", ScriptedClient)
UNSEEN = Mutant("unseen", "It does nothing wrong.", ScriptedClient)
MUTANTS = (DIES, FORGETS, UNSEEN)
FINDINGS = {
    "forgets": {**MODEL, SECOND.id: failed(Level.SHOULD, "It has forgotten an entry.")},
    "dies": {row.id: failed(row.level, f"It died of {row.id}.") for row in ROWS},
    "unseen": {**MODEL, FIRST.id: inconclusive("Nobody knows.")},
}


def written(
    folder: Path,
    rows: Sequence[Case | Check] = ROWS,
    mutants: Sequence[Mutant] = MUTANTS,
    findings: Mapping[str, Mapping[str, Finding]] = FINDINGS,
    problems: Sequence[str] = (),
) -> PageRead:
    """The page that was written, read; it is whole, and each link leads to something that is there."""
    path = write_matrix(folder, rows, mutants, MODEL, findings, problems)
    assert path == folder / "matrix.html"
    page = read_page(path.read_text(encoding="utf-8"))
    assert page.problems == []
    for link in page.links:
        assert link == "data:," or link.removeprefix("#") in page.ids or (folder / link).is_file(), link
    return page


def between(text: str, first: str, last: str) -> str:
    """What a reader sees from the one to the other, with single spaces."""
    return " ".join(text.split()).partition(first)[2].partition(last)[0]


def many(number: int) -> tuple[list[Mutant], dict[str, dict[str, Finding]]]:
    """So many mutants that the first case catches."""
    mutants = [Mutant(f"mutant-{one}", f"It does thing {one}.", ScriptedClient) for one in range(number)]
    return mutants, {mutant.name: {FIRST.id: failed(Level.MUST, "It broke.")} for mutant in mutants}


def test_a_case_says_what_it_catches(tmp_path: Path) -> None:
    """Id, rule, level, the verdict on the model, and each mutant with what it does wrong."""
    text = written(tmp_path).text
    row = between(text, "Pushes, and who sends them", "RFC 6121 §2.5.2")
    for words in ("first", "The rule of first.", "MUST", "PASS", "dies It dies of everything."):
        assert words in row
    assert "forgets" not in row
    assert "unseen" not in row


def test_what_little_else_catches_stands_first(tmp_path: Path) -> None:
    """A mutant that dies of everything says little about a case; one that is caught only here says most."""
    row = between(written(tmp_path).text, "The rule of second.", "RFC 6120")
    assert row.index("forgets It forgets what it was told. only here") < row.index("dies It dies of everything.")
    assert row.count("only here") == 1


def test_cases_stand_in_their_sections(tmp_path: Path) -> None:
    """In the order that they came in, with headings; a check says that it is one."""
    text = written(tmp_path).text
    places = [text.index(words) for words in ("RFC 6121 §2.1.6", "RFC 6121 §2.5.2", "RFC 6120 §8.2.3")]
    assert places == sorted(places)
    assert "checked in every case" in " ".join(text.split())


def test_a_mutant_says_what_catches_it(tmp_path: Path) -> None:
    """With verdict, id and what came; one that nothing catches says so."""
    page = written(tmp_path)
    rows = between(page.text, "Caught by", "All in one picture")
    assert f"FAIL {FIRST.id} It died of {FIRST.id}. NON-STRICT {SECOND.id}" in rows
    assert f"It forgets what it was told. NON-STRICT {SECOND.id} It has forgotten an entry." in rows
    assert rows.endswith("It does nothing wrong. nothing ")
    assert {f"#{FIRST.id}", "#mutant-dies", "#mutant-forgets"} <= set(page.links)


def test_the_first_lines_count(tmp_path: Path) -> None:
    """How much there is, and how much of it is caught."""
    text = " ".join(written(tmp_path).text.split())
    assert "No problems. 2 cases and 1 check, 3 of which catch a mutant; 3 mutants, 2 of which are caught." in text


def test_problems_stand_first(tmp_path: Path) -> None:
    """Before all tables, counted."""
    text = written(tmp_path, problems=["The mutant unseen is caught by nothing.", "Another."]).text
    assert "2 problems." in text
    assert text.index("The mutant unseen is caught by nothing.") < text.index("Another.") < text.index("The rule of")
    assert "Problems (2)" in text


def test_the_picture_has_a_line_for_each_mutant(tmp_path: Path) -> None:
    """A column for each case, with another mark for each verdict, and guides that bear numbers."""
    rows = [case(f"case-{number:02}") for number in range(1, 13)]
    found = {rows[1].id: failed(Level.MUST, "F."), rows[11].id: failed(Level.SHOULD, "S.")}
    path = tmp_path / "matrix.html"
    write_matrix(tmp_path, rows, MUTANTS, {}, {"dies": found, "unseen": {rows[9].id: passed("P.")}})
    page = read_page(path.read_text(encoding="utf-8"))
    lines = page.text[page.text.rindex("A long line") :].splitlines()
    assert [line for line in lines if re.match(r" *\d", line)] == [
        "            10",
        "  1  █       · ▒",
        "  2          ·  ",
        "  3          ·  ",
    ]


def test_much_is_told_on_demand(tmp_path: Path) -> None:
    """The first dozen stand there, the others behind a word that opens them."""
    mutants, findings = many(14)
    page = written(tmp_path, ROWS, mutants, findings)
    assert "2 more" in page.text
    assert all(f"It does thing {number}." in page.text for number in range(14))


@pytest.mark.parametrize(
    ("rows", "mutants"),
    [((), ()), (ROWS, ()), ((), MUTANTS), (ROWS, MUTANTS)],
    ids=["none", "rows", "mutants", "all"],
)
def test_the_page_is_whole_whatever_there_is(
    rows: Sequence[Case | Check], mutants: Sequence[Mutant], tmp_path: Path
) -> None:
    """Also where nothing was played; it needs no network and no script, and is dark where the reader's system is."""
    written(tmp_path, rows, mutants)
    text = (tmp_path / "matrix.html").read_text(encoding="utf-8")
    assert not re.search(r"<(script|img|iframe|object|embed|form|base|svg)\b|@import|url\(|javascript:", text)
    assert not re.search(r"(?:src|href)=[\"']?(?:https?:)?//", text)
    assert "default-src 'none'" in text
    assert "prefers-color-scheme: dark" in text


def test_nothing_hostile_is_markup(tmp_path: Path) -> None:
    """Whatever anything is called, and whatever a client was told to have said."""
    words = dict.fromkeys(("rule", "consequence", "done", "wanted"), HOSTILE)
    row = case("hostile", f"rfc6121/{HOSTILE.replace('/', ' ')}", **words)
    mutant = Mutant(HOSTILE, HOSTILE, ScriptedClient)
    written(tmp_path, [row], [mutant], {HOSTILE: {row.id: failed(Level.MUST, HOSTILE)}}, [HOSTILE])
    text = (tmp_path / "matrix.html").read_text(encoding="utf-8")
    assert "<script" not in text
    for one in "\u202e\x07\u2028":
        assert one not in text
    assert read_page(text).text.count("<script>alert(1)</script>\"'&U+202EU+0007U+2028U+D800 | `x` ]]>") >= 4


def test_only_our_own_page_is_replaced(tmp_path: Path) -> None:
    """A page of somebody else stays; ours is replaced whole, and nothing half made is left."""
    path = tmp_path / "matrix.html"
    path.write_text("mine")
    with pytest.raises(ConfigError, match=r"holds matrix\.html of something else"):
        written(tmp_path)
    assert path.read_text() == "mine"
    path.unlink()
    written(tmp_path / "deep" / "folder")
    assert "1 mutant," in written(tmp_path / "deep" / "folder", mutants=[DIES]).text
    assert [one.name for one in (tmp_path / "deep" / "folder").iterdir()] == ["matrix.html"]


def test_a_place_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    """A file where a folder should be."""
    (tmp_path / "file").write_text("mine")
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(ConfigError, match=r"cannot be written to .*file.* Name another folder\."):
            written(folder)


def test_report_and_matrix_lead_to_each_other(tmp_path: Path) -> None:
    """Where they lie in one folder; neither touches the other."""
    write_report(tmp_path, [run()])
    index = tmp_path / "index.html"
    assert "matrix.html" not in index.read_text(encoding="utf-8")
    assert "index.html" in written(tmp_path).links
    write_report(tmp_path, [run()])
    assert "matrix.html" in read_page(index.read_text(encoding="utf-8")).links
    assert (tmp_path / "matrix.html").is_file()


def test_a_page_of_something_else_is_not_led_to(tmp_path: Path) -> None:
    """A file that happens to have the name is none of the report's."""
    (tmp_path / "matrix.html").write_text("mine")
    index = write_report(tmp_path, [run()])
    assert "matrix.html" not in index.read_text(encoding="utf-8")
    other = tmp_path / "other"
    other.mkdir()
    (other / "index.html").write_text("mine")
    assert "index.html" not in written(other).links
