"""Every case and check for servers: there for ever, each with a rule of its own, in words that people read."""

from __future__ import annotations

import pkgutil
import re
from importlib import import_module
from pathlib import Path

import pytest
from repeats import twice

from rosterkit.conformance.catalogue import CASES as CLIENT_CASES
from rosterkit.conformance.catalogue import CHECKS as CLIENT_CHECKS
from rosterkit.conformance.catalogue import in_order
from rosterkit.conformance.report.sections import title_of
from rosterkit.conformance.server import cases
from rosterkit.conformance.server.catalogue import SERVER_CASES, SERVER_CHECKS, SERVER_ROWS
from rosterkit.conformance.server.tables import STATES, TYPES
from rosterkit.conformance.verdicts import Level

#: ``rfc6121/2.1.6/all-interested``, and the appendix.
ID = re.compile(r"(rfc\d+|xep\d+)/(\d+|A)(\.\d+)*/[a-z0-9]+(-[a-z0-9]+)*")
SENTENCES = ("rule", "consequence", "done", "wanted")


def test_ids_are_ids():
    """Document, section, name."""
    assert [row.id for row in SERVER_ROWS if not ID.fullmatch(row.id)] == []


def test_a_published_id_is_there_for_ever():
    """Reports and files of expected verdicts name cases by id, so none is renumbered; new ones join the list."""
    published = Path(__file__).with_name("published_server_ids.txt").read_text(encoding="utf-8").split()
    assert sorted(published) == sorted(row.id for row in SERVER_ROWS)


def test_no_id_and_no_rule_stands_for_two():
    """Not in the suite for clients either: one file may expect verdicts of both."""
    clients = (*CLIENT_CASES, *CLIENT_CHECKS)
    assert twice(name for row in (*SERVER_ROWS, *clients) for name in (row.id, *row.aliases)) == []
    assert twice(row.rule for row in SERVER_ROWS) == []


def test_there_are_enough():
    """At least 150 cases, every cell of both tables with a contact elsewhere, and with one here, on- and offline."""
    assert len(SERVER_CASES) >= 150
    cells = len(STATES) * len(TYPES)
    for section, count in (("A.1", 2 * cells), ("A.2", cells), ("A.3", cells)):
        assert sum(case.id.startswith(f"rfc6121/{section}") for case in SERVER_CASES) == count
    sections = {row.id.split("/")[1].split(".")[0] for row in SERVER_ROWS if row.id.startswith("rfc6121/")}
    assert sections >= {"2", "3", "4", "8", "A"}


def test_they_stand_in_the_order_of_the_documents():
    """The appendix behind the sections with numbers."""
    assert list(SERVER_CASES) == in_order(SERVER_CASES)
    first, last = SERVER_CASES[0].id, [case.id for case in SERVER_CASES if case.id.startswith("rfc6121/")][-1]
    assert first.startswith("rfc6121/2")
    assert last.startswith("rfc6121/A.3.4")


@pytest.mark.parametrize("key", SENTENCES)
def test_texts_are_sentences(key: str):
    """Each is there, begins and ends as a sentence does, and stands on one line."""
    texts = {row.id: getattr(row, key) for row in SERVER_ROWS}
    wrong = {
        id_: text
        for id_, text in texts.items()
        if not text.endswith(".") or text[0].islower() or text != " ".join(text.split())
    }
    assert wrong == {}


def test_every_section_has_a_title():
    """Reports group cases by it."""
    assert {row.section for row in SERVER_ROWS if not title_of(row.section)} == set()


def test_whoever_is_played_is_needed():
    """No case asks for more accounts than a run has by default."""
    assert {case.accounts for case in SERVER_CASES} <= {1, 2, 3}


def test_what_ends_the_shared_stream_is_played_alone():
    """Whatever the server does to the component's stream, no other play is on it."""
    assert [case.id for case in SERVER_CASES if case.alone] == ["rfc6120/8.1.2.2/component"]


def test_every_module_of_cases_takes_part():
    """Whoever writes one and forgets to name it tests nothing."""
    names = [module.name for module in pkgutil.iter_modules(cases.__path__)]
    written = [case for name in names for case in getattr(import_module(f"{cases.__name__}.{name}"), "CASES", ())]
    assert {case.id for case in written} == {case.id for case in SERVER_CASES}


def test_a_check_is_about_no_case_alone():
    """It gives its finding in whatever play has to do with it."""
    assert len(SERVER_CHECKS) >= 10
    assert all(check.level in (Level.MUST, Level.SHOULD) for check in SERVER_CHECKS)
