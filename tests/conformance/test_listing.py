"""What ``--list`` and ``--explain`` print, and what somebody is told who has misspelt a case."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rosterkit.conformance.case import Case, Check
from rosterkit.conformance.listing import ROWS, choose, explain, find, heading, list_cases, nearest
from rosterkit.conformance.scene import CASE_DOMAIN
from rosterkit.conformance.verdicts import Level, passed
from rosterkit.errors import ConfigError

LONG = "What is said here goes on and on, so that no terminal of a usual width has room for all of it in a line."


def case(case_id: str, rule: str = "A rule.", *aliases: str, level: Level = Level.MUST) -> Case:
    """A case with nothing behind it."""
    return Case(case_id, level, rule, "It breaks.", "It is done.", "It is wanted.",
                lambda scene: iter(()), lambda _: passed("."), aliases=aliases)  # fmt: skip


STRANGER = case("rfc6121/2.1.6/spoofed-stranger", "A push from a stranger changes nothing.", "xep0237/spoof")
DOMAIN = case("rfc6121/2.1.6/spoofed-domain", LONG, level=Level.SHOULD)
INTERIM = case("rfc6121/2.6.3/interim", level=Level.MAY)
ANSWERED = Check(
    "rfc6120/8.2.3/answered", Level.MUST, "Rule.", "It breaks.", "It is done.", "It is wanted.", lambda _: None
)
SOME = (STRANGER, DOMAIN, INTERIM, ANSWERED)


class TestList:
    """``--list``."""

    def test_each_case_has_a_line_under_the_heading_of_its_section(self):
        """In the order of the documents, whatever the order in which they come; a blank line between sections."""
        assert list_cases((ANSWERED, INTERIM, STRANGER)).split("\n") == [
            heading("rfc6121/2.1.6"),
            "  rfc6121/2.1.6/spoofed-stranger  MUST    A push from a stranger changes nothing.",
            "",
            heading("rfc6121/2.6.3"),
            "  rfc6121/2.6.3/interim  MAY     A rule.",
            "",
            heading("rfc6120/8.2.3"),
            "  rfc6120/8.2.3/answered  MUST    Rule.",
        ]

    def test_a_heading_says_where_and_what(self):
        """The document, the section and a title; a section that nobody knows has none."""
        assert heading("rfc6121/2.1.6").startswith("RFC 6121 §2.1.6: ")
        assert heading("rfc9999/1") == "RFC 9999 §1"

    @given(st.integers(20, 200))
    def test_no_line_is_wider_than_the_terminal(self, width: int):
        """Only an id is never cut: where there is no room beside it, it stands alone."""
        for line in list_cases(SOME, width).splitlines():
            assert len(line) <= max(width, len(line.strip()) + 2 if "/" in line and " " not in line.strip() else 0)

    @pytest.mark.parametrize("width", [20, 60, 100, 300])
    def test_every_id_can_be_copied(self, width: int):
        """Whatever the width, each id is there whole."""
        words = list_cases(SOME, width).split()
        assert {row.id for row in SOME} <= set(words)

    def test_what_is_left_out_is_marked(self):
        """A rule that is cut ends with dots, one that is not has its full stop."""
        lines = list_cases(SOME, 90).splitlines()
        assert lines[2].endswith("...")
        assert len(lines[2]) > 80
        assert lines[1].endswith("changes nothing.")

    def test_what_just_fits_is_not_cut(self):
        """The width is that of the longest line that may be."""
        line = list_cases([DOMAIN], 300).splitlines()[1]
        assert line in list_cases([DOMAIN], len(line)).splitlines()
        assert line not in list_cases([DOMAIN], len(line) - 1).splitlines()

    def test_all_cases_can_be_listed(self):
        """Each case and check of the catalogue has one line."""
        listed = [line.split()[0] for line in list_cases(ROWS).splitlines() if line.startswith("  ")]
        assert sorted(listed) == sorted(row.id for row in ROWS)

    def test_of_nothing_there_is_nothing(self):
        """No case, no line."""
        assert list_cases([]) == ""


class TestExplain:
    """``--explain``."""

    @pytest.mark.parametrize("row", SOME, ids=lambda row: row.id)
    def test_everything_is_said(self, row: Case | Check):
        """Id, section, level, rule, consequence, what is done and what is wanted."""
        said = " ".join(explain(row).split())
        for part in (row.id, heading(row.section), row.level.value, row.rule, row.consequence, row.done, row.wanted):
            assert part in said

    def test_its_other_names_are_said(self):
        """Whoever looks for the number of the extension finds it."""
        assert "xep0237/spoof" in explain(STRANGER)
        assert "Also" not in explain(DOMAIN)

    def test_a_level_says_what_a_breach_counts(self):
        """The verdict, and when it matters."""
        assert "gets FAIL" in explain(STRANGER)
        assert "--strict" in explain(DOMAIN)
        assert "INFO" in explain(INTERIM)

    def test_an_account_is_whole(self):
        """It can be copied into a client: the one that serves this case where clients come by themselves."""
        assert f" c-2-1-6-spoofed-stranger@{CASE_DOMAIN}:" in explain(STRANGER, width=40)

    def test_the_command_stands_on_one_line(self):
        """It can be copied, runs this case only, and shows what a command needs."""
        last = explain(STRANGER, width=40).split("\n")[-1]
        assert last.endswith(
            "rosterkit check client rfc6121/2.1.6/spoofed-stranger --exec 'CMD {jid} {password} {host} {port} {ca}'"
        )

    def test_a_check_has_no_account_and_no_run_of_its_own(self):
        """It is looked at in every play."""
        said = explain(ANSWERED)
        assert "@" not in said
        assert "rosterkit check client --exec" in said

    @given(st.sampled_from(ROWS), st.integers(60, 200))
    def test_texts_are_as_wide_as_the_terminal(self, row: Case | Check, width: int):
        """Every line but the command's fits, unless it is one word, such as an account."""
        lines = explain(row, width=width).split("\n")[1:-1]
        assert [line for line in lines if len(line) > width and " " in line[13:]] == []


class TestFind:
    """One case by what somebody typed."""

    @pytest.mark.parametrize(
        "typed",
        [
            "rfc6121/2.1.6/spoofed-stranger",
            "xep0237/spoof",
            "c-2-1-6-spoofed-stranger",
            "c-2-1-6-spoofed-stranger@case.test",
            "*stranger",
            "*/spoofed-s*",
        ],
    )
    def test_it_is_found_by_id_alias_account_and_glob(self, typed: str):
        """Whatever a log or a report shows of it."""
        assert find(typed, SOME) is STRANGER

    def test_a_beginning_may_take_one(self):
        """A section with one case in it is that case."""
        assert find("rfc6121/2.6.3", SOME) is INTERIM

    def test_more_than_one_is_refused(self):
        """The sentence names them, and not all of a hundred."""
        with pytest.raises(ConfigError, match="takes 2 cases; name one of them") as caught:
            find("rfc6121/2.1.6", SOME)
        assert STRANGER.id in str(caught.value)
        with pytest.raises(ConfigError, match=rf"takes {len(ROWS)} cases.*\.\.\.\.$"):
            find("*", ROWS)

    @pytest.mark.parametrize("typed", ["", "@", "/", "spoofed", "rfc6121/9"])
    def test_what_is_not_there_is_refused(self, typed: str):
        """With the sentence about the nearest."""
        with pytest.raises(ConfigError) as caught:
            find(typed, SOME)
        assert str(caught.value) == nearest(typed, SOME)

    def test_every_case_is_found_by_its_id_and_account(self):
        """No pattern, alias or account of another stands in its way."""
        for row in ROWS:
            assert find(row.id) is row
            assert not isinstance(row, Case) or find(row.account) is row


class TestChoose:
    """Many cases by patterns."""

    def test_each_pattern_has_to_take_something(self):
        """One that is misspelt among others is not passed over."""
        assert choose(["rfc6121/2.6.3", "xep0237"], SOME) == [STRANGER, INTERIM]
        with pytest.raises(ConfigError, match=r"'rfc6121/2\.6\.4' takes no case"):
            choose(["rfc6121/2.6.3", "rfc6121/2.6.4"], SOME)

    def test_without_patterns_all_are_chosen(self):
        """Nothing was misspelt then."""
        assert choose([], SOME) == list(SOME)


class TestNearest:
    """What was meant perhaps."""

    @pytest.mark.parametrize(
        ("typed", "meant"),
        [
            ("rfc6121/2.1.6/spoofed-strangr", STRANGER.id),
            ("RFC6121/2.1.6/Spoofed-Stranger", STRANGER.id),
            ("2.1.6/spoofed-stranger", STRANGER.id),
            ("spoofed-stranger", STRANGER.id),
            ("spoofd-strangers", STRANGER.id),
            ("xep0237/spooff", STRANGER.id),
            ("c-2-1-6-spoofed-strangr@case.test", STRANGER.id),
            ("rfc6121/2.1.6/spoofed-stranger/", STRANGER.id),
            ("2.6.3", "rfc6121/2.6.3"),
            ("rfc6121/2.6.33", "rfc6121/2.6.3"),
        ],
    )
    def test_the_nearest_is_named_as_it_can_be_typed(self, typed: str, meant: str):
        """A slip, capital letters, the name or the section alone, an account: it says what to type instead."""
        assert f"Did you mean {meant}?" in nearest(typed, SOME)
        assert choose([meant], SOME)

    def test_a_section_alone_is_one_of_the_rfc(self):
        """The document is named, with which it takes the cases of the section and of those below it."""
        assert "Did you mean rfc6121/2.6?" in nearest("2.6", SOME)
        assert choose(["rfc6121/2.6"], SOME)

    def test_it_says_how_to_see_all(self):
        """Also where nothing is near."""
        assert (
            nearest("something else entirely", SOME) == "'something else entirely' takes no case. --list shows all."
        )

    @given(st.text() | st.text(alphabet="rfc6121/.*[]-@", max_size=300))
    def test_whatever_was_typed(self, typed: str):
        """It is one sentence after another, and not as long as what was typed."""
        sentence = nearest(typed, SOME)
        assert sentence.endswith("--list shows all.")
        assert len(nearest(typed * 100, SOME)) < 700
