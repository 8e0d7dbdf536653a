"""The list of all cases and checks: what holds for each of them, and how they are found."""

from __future__ import annotations

import re
from inspect import isgenerator
from pathlib import Path

import pytest
from repeats import twice

from rosterkit.conformance.case import Case, Check
from rosterkit.conformance.catalogue import CASES, CHECKS, in_order, matches, selected
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.verdicts import Level, passed
from rosterkit.core import jid
from rosterkit.core.seed import seeded_roster

ROWS = (*CASES, *CHECKS)
FORM = re.compile(r"rfc\d+/[0-9A-Z]+(\.\d+)*/[a-z0-9]+(-[a-z0-9]+)*")
ALIAS = re.compile(r"[a-z]+\d+(/[0-9A-Z]+(\.\d+)*)?/[a-z0-9]+(-[a-z0-9]+)*")
SENTENCES = ("rule", "consequence", "done", "wanted")


def place(row: Case | Check) -> tuple[bool, str, list[int]]:
    """Where a row has to stand."""
    document, section = row.section.split("/")
    return document != "rfc6121", document, [int(number) for number in re.findall(r"\d+", section)]


def made(case_id: str, *aliases: str) -> Case:
    """A case with an id and nothing behind it."""
    return Case(
        case_id, Level.MUST, "R.", "C.", "D.", "W.", lambda scene: iter(()), lambda _: passed("."), aliases=aliases
    )


class TestEveryRow:
    """What holds for each case and check."""

    def test_ids_have_their_form(self):
        """An id is its document, its section and a name of small letters, digits and single hyphens."""
        assert [row.id for row in ROWS if not FORM.fullmatch(row.id)] == []

    def test_a_published_id_is_there_for_ever(self):
        """Reports and files of expected verdicts name cases by id, so none is renumbered; new ones join the list."""
        published = (Path(__file__).with_name("published_ids.txt")).read_text(encoding="utf-8").split()
        assert sorted(published) == sorted(row.id for row in ROWS)

    def test_there_are_enough(self):
        """What the documentation says: so many cases and checks."""
        assert (len(CASES), len(CHECKS)) == (165, 17)

    def test_no_name_stands_for_two(self):
        """Ids and aliases together are all different, so that each takes one case."""
        assert twice(name for row in ROWS for name in (row.id, *row.aliases)) == []

    def test_aliases_are_ids_of_other_documents(self):
        """An alias has the form of an id, so that it can be chosen in the same ways."""
        assert [alias for row in ROWS for alias in row.aliases if not ALIAS.fullmatch(alias)] == []

    def test_no_two_have_the_same_rule(self):
        """Each case names a rule that no other names."""
        assert twice(row.rule for row in ROWS) == []

    @pytest.mark.parametrize("key", SENTENCES)
    def test_texts_are_sentences(self, key: str):
        """Each text is there, begins and ends as a sentence does, and stands on one line."""
        texts = {row.id: getattr(row, key) for row in ROWS}
        wrong = {
            case: text
            for case, text in texts.items()
            if not text.endswith((".", "!", "?")) or text != " ".join(text.split()) or len(text) < 10
        }
        assert wrong == {}

    @pytest.mark.parametrize("key", ["rule", "consequence"])
    def test_a_rule_is_one_sentence(self, key: str):
        """Rule and consequence are said in one sentence each."""
        assert {row.id: getattr(row, key) for row in ROWS if re.search(r"[.!?] [A-Z]", getattr(row, key))} == {}

    def test_the_order_is_that_of_the_documents(self):
        """RFC 6121 comes first; within a document each section stands where its number says, 2.10 after 2.9."""
        for rows in (CASES, CHECKS):
            places = [place(row) for row in rows]
            assert places == sorted(places)

    def test_cases_of_a_section_stand_together(self):
        """A heading comes once."""
        sections = [row.section for row in in_order(ROWS)]
        firsts = [one for number, one in enumerate(sections) if number == 0 or sections[number - 1] != one]
        assert twice(firsts) == []


class TestEveryCase:
    """What holds for each case."""

    def test_there_are_some(self):
        """The tests around this one look at something."""
        assert len(CASES) >= 2

    def test_each_has_an_account_of_its_own(self):
        """The account chooses the case: no two have the same, with that of its second account too."""
        scenes = [Scene(case.id, "0", f"{case.account}@case.test") for case in CASES]
        assert twice(bare for scene in scenes for bare in (scene.me, scene.second)) == []

    def test_an_account_is_a_name_that_any_client_takes(self):
        """It is a prepared localpart, short, and of characters that need no quoting anywhere."""
        names = [case.account for case in CASES]
        assert [name for name in names if len(name) > 63 or not re.fullmatch(r"c-[a-z0-9-]+", name)] == []
        assert [name for name in names if jid.prepare_local(name) != name] == []

    def test_an_account_begins_with_its_section(self):
        """Whoever sees the account in a log finds the section."""
        assert made("rfc6121/2.1.6/spoofed-stranger").account == "c-2-1-6-spoofed-stranger"
        assert made("rfc6120/8.2.3/twice").account == "c-rfc6120-8-2-3-twice"

    @pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
    def test_it_can_begin(self, case: Case):
        """Its roster is one that a server takes, for whatever seed, and its script is a generator."""
        for seed in ("0", "1", "another"):
            scene = Scene(case.id, seed, f"{case.account}@case.test")
            items = case.roster(scene)
            assert len(seeded_roster(items, {}, "v").items) == len(items)
            script = case.script(scene)
            assert isgenerator(script)
            script.close()


class TestOrder:
    """The order of the documents."""

    def test_numbers_are_compared_as_numbers(self):
        """Section 2.10 comes after 2.9, a section before those below it, RFC 6121 before all others."""
        ids = ["rfc6120/4.1/x", "rfc6121/2.10/x", "rfc6121/2.9.1/x", "rfc6121/2.9/x", "rfc6122/1/x", "rfc6121/3/x"]
        assert [row.id for row in in_order(map(made, ids))] == [
            "rfc6121/2.9/x", "rfc6121/2.9.1/x", "rfc6121/2.10/x", "rfc6121/3/x", "rfc6120/4.1/x", "rfc6122/1/x",
        ]  # fmt: skip

    def test_within_a_section_they_stay_as_they_are(self):
        """Their order there is the author's."""
        rows = [made(f"rfc6121/2.1/{name}") for name in "zay"]
        assert in_order(rows) == rows


SPOOFED = made("rfc6121/2.1.6/spoofed-stranger", "xep0237/3/spoof")


class TestMatches:
    """Which cases a pattern takes."""

    @pytest.mark.parametrize(
        "pattern",
        [
            "rfc6121/2.1.6/spoofed-stranger",
            "xep0237/3/spoof",
            "rfc6121",
            "rfc6121/",
            "rfc6121/2.1.6",
            "rfc6121/2.1.6/",
            "xep0237",
            "*",
            "*stranger",
            "*/spoof*",
            "rfc6121/2.*",
            "rfc6121/2.?.6",
            "rfc6121/[23].1.6",
            "rfc612?/2.1.6/*",
        ],
    )
    def test_it_takes_by_id_beginning_and_glob(self, pattern: str):
        """An id, an alias, the beginning of either up to a slash or a dot, or a glob of any of these."""
        assert matches(pattern, SPOOFED)

    @pytest.mark.parametrize(
        "pattern",
        [
            "",
            "/",
            "rfc6121/2.1.60",
            "rfc6121/2.1.6/spoofed",
            "rfc6121/2.1.6/spoofed-stranger/",
            "rfc6121/2.1.6/spoofed-stranger/more",
            "spoofed-stranger",
            "RFC6121",
            "rfc6121/2.1.*6?",
            "c-2-1-6-spoofed-stranger",
        ],
    )
    def test_it_takes_nothing_else(self, pattern: str):
        """Half a part takes nothing, so that 2.1 does not take 2.10; neither does an empty pattern."""
        assert not matches(pattern, SPOOFED)

    def test_any_of_several_patterns_takes(self):
        """Each case comes once, in its own order, however many patterns take it."""
        rows = [made(f"rfc6121/2.{number}/x") for number in (1, 2, 3)]
        assert selected(["rfc6121/2.3", "*/x", "rfc6121/2.1"], rows) == rows
        assert selected(["rfc6121/2.3", "rfc6121/2.1"], rows) == [rows[0], rows[2]]

    def test_without_a_pattern_all_are_taken(self):
        """A pattern that takes none is not the same as no pattern."""
        rows = [made("rfc6121/2.1/x")]
        assert selected([], rows) == rows
        assert selected(["nothing"], rows) == []

    def test_checks_are_found_like_cases(self):
        """They have ids of the same form."""
        check = Check("rfc6120/8.2.3/answered", Level.MUST, "R.", "C.", "D.", "W.", lambda _: None)
        assert selected(["rfc6120"], [SPOOFED, check]) == [check]
        assert check.section == "rfc6120/8.2.3"
