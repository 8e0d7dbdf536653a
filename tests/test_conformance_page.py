"""docs/conformance.md and the README: what they say of grading is what there is."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path

import pytest

from rosterkit.conformance.catalogue import CASES, CHECKS, selected
from rosterkit.conformance.expected import read_expected
from rosterkit.conformance.listing import ROWS
from rosterkit.conformance.model.mutants import MUTANTS
from rosterkit.conformance.orders import ORDERS
from rosterkit.conformance.runner.process import PLACEHOLDERS
from rosterkit.conformance.server.catalogue import SERVER_ROWS
from rosterkit.conformance.verdicts import Oracle, Verdict

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_page_has_every_word():
    """Placeholders, orders, verdicts and oracles, each under its name."""
    words = [f"{{{name}}}" for name in PLACEHOLDERS]
    words += [f'"{order}"' for order in ORDERS if f"`{order}`" not in PAGE]
    words += [verdict.value for verdict in Verdict]
    words += [oracle.value for oracle in Oracle]
    assert [word for word in words if word not in PAGE] == []


def test_ids_and_mutants_are_there():
    """Every id that is named takes a case, and the mutant of the example exists."""
    for text in (PAGE, README):
        for named in re.findall(r"rfc6121/[0-9.]+[0-9](?:/[a-z-]+)?", text):
            assert selected([named], (*CASES, *CHECKS)), named
    (mutant,) = re.findall(r"--mutant ([a-z-]+)", PAGE)
    assert mutant in {one.name for one in MUTANTS}


def test_the_example_of_expected_verdicts_is_taken(tmp_path: Path):
    """The TOML block is a file of --expected."""
    (block,) = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    (tmp_path / "expected.toml").write_text(block, encoding="utf-8")
    assert tomllib.loads(block)["expected"][0]["reason"]
    assert read_expected(tmp_path / "expected.toml", date(2027, 1, 1)).warnings == []


@pytest.mark.parametrize(
    "path", sorted((ROOT / "docs" / "results" / "expected").glob("*.toml")), ids=lambda path: path.stem
)
def test_each_file_of_the_published_results_is_taken(path: Path):
    """The reasons for what well-known clients and servers fail are files that --expected reads, without a warning."""
    rows = SERVER_ROWS if path.stem.startswith("server-") else ROWS
    assert list(read_expected(path, date.today(), rows).warnings) == []


def test_the_readme_counts_right():
    """So many cases as there are."""
    (said,) = re.findall(r"each of (\d+) cases", README)
    assert int(said) == len(CASES)
