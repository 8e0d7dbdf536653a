"""The file of expected verdicts: what it may say, what counts for which case, the sentence for each mistake."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rosterkit.conformance.case import Case, Check
from rosterkit.conformance.catalogue import CASES
from rosterkit.conformance.expected import Expectations, read_expected
from rosterkit.conformance.results import Expectation
from rosterkit.conformance.verdicts import Level, Verdict, passed
from rosterkit.errors import ConfigError

TODAY = date(2026, 6, 15)
READ = Callable[..., Expectations]


def case(case_id: str, *aliases: str) -> Case:
    """A case with nothing behind it."""
    return Case(
        case_id, Level.MUST, "R.", "C.", "D.", "W.", lambda scene: iter(()), lambda _: passed("."), aliases=aliases
    )


STRANGER = case("rfc6121/2.1.6/spoofed-stranger", "xep0237/spoof")
DOMAIN = case("rfc6121/2.1.6/spoofed-domain")
LOGIN = case("rfc6121/2.2/slow-roster")
ANSWERED = Check("rfc6120/8.2.3/answered", Level.MUST, "R.", "C.", "D.", "W.", lambda _: None)
ROWS = (STRANGER, DOMAIN, LOGIN, ANSWERED)


def entry(case: str, verdict: str = "FAIL", reason: str = "Known.", more: str = "") -> str:
    """One entry of the file."""
    return f'[[expected]]\ncase = "{case}"\nverdict = "{verdict}"\nreason = "{reason}"\n{more}\n'


@pytest.fixture
def read(tmp_path: Path) -> READ:
    """Reads a file with these entries."""

    def read_entries(*entries: str | bytes, today: date = TODAY) -> Expectations:
        path = tmp_path / "expected.toml"
        path.write_bytes(b"".join(one if isinstance(one, bytes) else one.encode() for one in entries))
        return read_expected(path, today, ROWS)

    return read_entries


@pytest.fixture
def refusal(read: READ, tmp_path: Path) -> Callable[..., str]:
    """The sentence with which a file is refused; it begins with the option, the file and mostly the entry."""

    def refused(*entries: str | bytes, place: str = "") -> str:
        with pytest.raises(ConfigError) as caught:
            read(*entries)
        sentence = str(caught.value)
        assert sentence.startswith(f"--expected: {tmp_path / 'expected.toml'}{place}")
        assert sentence.endswith(".")
        return sentence

    return refused


def verdicts(found: Expectations) -> list[str | None]:
    """What is expected of each row."""
    return [expected.verdict.value if (expected := found.of(row)) else None for row in ROWS]


class TestEntries:
    """What an entry says."""

    def test_an_entry_has_its_case_verdict_and_reason(self, read: READ):
        """They are kept as they are written; nothing is expected of the others."""
        found = read(entry("rfc6121/2.2/slow-roster", "NON-STRICT", "  It waits.  ", "until = 2026-12-31"))
        assert found.of(LOGIN) == Expectation(
            "rfc6121/2.2/slow-roster", Verdict.NON_STRICT, "It waits.", date(2026, 12, 31)
        )
        assert verdicts(found) == [None, None, "NON-STRICT", None]
        assert found.warnings == []

    def test_a_file_may_expect_nothing(self, read: READ):
        """An empty file, and one with comments only, are files without entries."""
        assert verdicts(read("")) == verdicts(read("# Nothing yet.\nexpected = []\n")) == [None] * 4

    @pytest.mark.parametrize("verdict", ["PASS", "NON-STRICT", "FAIL", "INFO", "UNSUPPORTED"])
    def test_five_verdicts_can_be_expected(self, read: READ, verdict: str):
        """All but the one that says that nothing is known."""
        assert verdicts(read(entry("*/slow-roster", verdict))) == [None, None, verdict, None]

    @pytest.mark.parametrize(
        ("pattern", "takes"),
        [
            ("xep0237/spoof", [0]),
            ("rfc6121/2.1.6", [0, 1]),
            ("rfc6121/2.1.6/", [0, 1]),
            ("*spoofed*", [0, 1]),
            ("rfc6121", [0, 1, 2]),
            ("rfc6120", [3]),
            ("*", [0, 1, 2, 3]),
        ],
    )
    def test_an_entry_may_take_many(self, read: READ, pattern: str, takes: list[int]):
        """An alias, the beginning of ids and a glob, as where cases are chosen; checks too."""
        assert [number for number, verdict in enumerate(verdicts(read(entry(pattern)))) if verdict] == takes

    def test_the_catalogue_is_what_counts(self, tmp_path: Path):
        """Without rows of its own it is about the real cases."""
        path = tmp_path / "expected.toml"
        path.write_text(entry(CASES[0].id))
        assert read_expected(path, TODAY).of(CASES[0]).reason == "Known."


class TestOrder:
    """Which of several entries counts."""

    @pytest.mark.parametrize("name", ["rfc6121/2.1.6/spoofed-stranger", "xep0237/spoof"])
    @pytest.mark.parametrize("first", [True, False])
    def test_an_entry_that_names_the_case_comes_first(self, read: READ, name: str, first: bool):
        """Wherever it stands: a case may be other than those around it."""
        named, others = entry(name, "PASS"), entry("rfc6121/2.1.6", "FAIL")
        assert verdicts(read(*((named, others) if first else (others, named)))) == ["PASS", "FAIL", None, None]

    def test_of_two_that_agree_the_first_tells_why(self, read: READ):
        """Both expect the same; the reason is that of the one that stands before."""
        found = read(entry("*spoofed*", reason="First."), entry("rfc6121/2.1.6", reason="Second."))
        assert found.of(DOMAIN).reason == "First."

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("*spoofed*", "rfc6121/2.1.6"),
            ("rfc6121", "rfc6121/2.1.6"),
            ("rfc6121/2.1.6/spoofed-stranger", "xep0237/spoof"),
            ("rfc6121/2.1.6/spoofed-stranger", "rfc6121/2.1.6/spoofed-stranger"),
        ],
    )
    def test_two_that_do_not_agree_are_a_mistake(self, refusal, one: str, other: str):
        """The sentence names both entries, both verdicts, the case, and the way out."""
        sentence = refusal(entry(LOGIN.id), entry(one), entry(other, "INFO"), place=", entry 3 ")
        assert f"INFO of {STRANGER.id}, and entry 2 expects FAIL" in sentence
        assert "its id, which comes first" in sentence

    def test_two_that_do_not_agree_may_both_give_way(self, read: READ):
        """Where each case that both take has an entry of its own, nothing is in doubt."""
        found = read(
            entry("*spoofed*"), entry("rfc6121/2.1.6", "INFO"), entry(STRANGER.id, "PASS"), entry(DOMAIN.id, "PASS")
        )
        assert verdicts(found) == ["PASS", "PASS", None, None]


class TestUntil:
    """Until when an entry holds."""

    @pytest.mark.parametrize(("day", "holds"), [(14, True), (15, True), (16, False)])
    def test_it_holds_to_the_end_of_its_day(self, read: READ, day: int, holds: bool):
        """The day that is named is the last one."""
        found = read(entry("*/slow-roster", more="until = 2026-06-15"), today=date(2026, 6, day))
        assert verdicts(found) == [None, None, "FAIL" if holds else None, None]
        assert len(found.warnings) == (not holds)

    def test_an_entry_that_is_over_is_told(self, read: READ):
        """The sentence says which entry it is, what it expected, since when not, and what to do."""
        (warning,) = read(entry("*/slow-roster"), entry("rfc6121/2.1.6", "INFO", more="until = 2026-01-31")).warnings
        assert "entry 2 ('rfc6121/2.1.6') expected INFO" in warning
        assert "until 2026-01-31" in warning
        assert warning.endswith("remove it, or give it a later day.")

    def test_an_entry_that_is_over_is_as_if_it_were_not_there(self, read: READ):
        """Others take its place, and it cannot contradict them."""
        found = read(entry(STRANGER.id, "PASS", more="until = 2026-01-31"), entry("rfc6121/2.1.6"))
        assert verdicts(found) == ["FAIL", "FAIL", None, None]
        assert read(entry("*", "INFO", more="until = 2026-01-31"), entry("*")).of(LOGIN).verdict is Verdict.FAIL

    def test_an_entry_that_is_over_is_read_all_the_same(self, refusal):
        """A mistake in it is found before and after its day."""
        refusal(entry("*/nothing", more="until = 2026-01-31"), place=", entry 1: ")

    @pytest.mark.parametrize(
        "value", ['"2026-12-31"', "2026-12-31T00:00:00", "2026-12-31T00:00:00Z", "12:00:00", "20261231", "true"]
    )
    def test_it_takes_a_day_and_nothing_else(self, refusal, value: str):
        """Neither a text nor a moment: which day that is would depend on where one is."""
        sentence = refusal(entry("*/slow-roster", more=f"until = {value}"), place=", entry 1 ('*/slow-roster'): ")
        assert "until is " in sentence
        assert "such as 2027-01-31" in sentence


class TestMistakes:
    """Everything that is wrong has a sentence, with what is right."""

    @pytest.mark.parametrize("key", ["case", "verdict", "reason"])
    def test_nothing_may_be_missing(self, refusal, key: str):
        """An expectation without a reason is worth nothing."""
        lines = entry("*/slow-roster").splitlines(keepends=True)
        sentence = refusal(*(line for line in lines if not line.startswith(key)), place=", entry 1")
        assert f"{key} is missing; it takes " in sentence

    @pytest.mark.parametrize("key", ["case", "verdict", "reason"])
    @pytest.mark.parametrize("value", ['""', '" \\t "', "1", "[]", "true", "2026-01-01"])
    def test_texts_are_texts_with_something_in_them(self, refusal, key: str, value: str):
        """Nothing else is taken for one; a reason of blanks is none."""
        lines = (line for line in entry("*/slow-roster").splitlines(keepends=True) if not line.startswith(key))
        assert f"{key} is " in refusal(*lines, f"{key} = {value}\n", place=", entry 1")

    def test_there_are_no_other_keys(self, refusal):
        """A key that is misspelt is not passed over."""
        sentence = refusal(entry("*/slow-roster", more='untill = "x"'), place=", entry 1: ")
        assert "'untill' is no key; there are case, verdict, reason, until" in sentence

    def test_there_are_no_other_tables(self, refusal):
        """What stands beside the entries would mean nothing."""
        assert "'strict' is no key; there is [[expected]]" in refusal("strict = true\n", place=": ")
        assert "'expect' is no key" in refusal("[[expect]]\n", place=": ")

    @pytest.mark.parametrize("text", ["[expected]\ncase = 'x'\n", "expected = 1\n", "expected = ['x']\n"])
    def test_entries_are_an_array_of_tables(self, refusal, text: str):
        """One pair of brackets is an easy mistake."""
        assert "write [[expected]] over each entry" in refusal(text, place=": ")

    @pytest.mark.parametrize("verdict", ["fail", "FAILED", "NON_STRICT", "OK", "XFAIL"])
    def test_a_verdict_is_one_of_five(self, refusal, verdict: str):
        """The sentence has them all."""
        sentence = refusal(entry("*/slow-roster", verdict), place=", entry 1 ('*/slow-roster'): ")
        assert f"'{verdict}'; it takes one of PASS, NON-STRICT, FAIL, INFO, UNSUPPORTED." in sentence

    def test_nobody_can_expect_not_to_know(self, refusal):
        """INCONCLUSIVE has a sentence of its own."""
        sentence = refusal(entry("*/slow-roster", "INCONCLUSIVE"), place=", entry 1")
        assert "cannot be expected; it takes one of PASS" in sentence

    def test_an_entry_that_takes_no_case_is_a_mistake(self, refusal):
        """It is most likely misspelt; the nearest id is named."""
        sentence = refusal(entry("*"), entry("rfc6121/2.1.6/spoofed-strangers"), place=", entry 2: ")
        assert "takes no case" in sentence
        assert f"Did you mean {STRANGER.id}?" in sentence

    @pytest.mark.parametrize(
        "text",
        [
            "[[expected]\n",
            "case = \n",
            "until = 2026-13-01\n",
            "x = " + "9" * 5000 + "\n",
            "x = " + "[" * 5000 + "\n",
        ],
    )
    def test_what_is_no_toml_is_told(self, refusal, text: str):
        """Numbers without end and lists without bottom too, which Python's reader meets in other ways."""
        assert "is not TOML" in refusal(text)

    def test_a_file_that_is_not_there_is_told(self, tmp_path: Path):
        """The sentence names the option and the file."""
        with pytest.raises(ConfigError, match=r"--expected: .*nowhere\.toml cannot be read"):
            read_expected(tmp_path / "nowhere.toml", TODAY, ROWS)

    def test_a_file_that_is_not_utf_8_is_told(self, refusal):
        """With the line."""
        assert "line 2" in refusal(b"\n# \xff\n")

    def test_long_values_are_cut(self, refusal):
        """A sentence stays one that can be read."""
        assert len(refusal(entry("*/slow-roster", "X" * 100_000))) < 400
        assert len(refusal(entry("x" * 100_000))) < 400

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.text(max_size=60) | st.text(alphabet='[]expctdasvriun="*/ \n.-0123456789', max_size=60))
    def test_whatever_the_file(self, tmp_path: Path, text: str):
        """It is read, or refused with a sentence."""
        path = tmp_path / "any.toml"
        path.write_text(text, encoding="utf-8", newline="")
        try:
            found = read_expected(path, TODAY, ROWS)
        except ConfigError as error:
            assert "--expected" in str(error)
        else:
            assert isinstance(found, Expectations)
