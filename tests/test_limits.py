"""The table of limits: each is an option, reaches the rules or the connections, and is documented as it is."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from rosterkit.config import Config, load
from rosterkit.errors import ConfigError
from rosterkit.limits import LIMITS, Limit, Limits

DOCUMENTED = Path(__file__).parent.parent / "docs" / "reliability.md"


def test_each_field_has_an_option_and_each_option_a_field():
    """None is forgotten, and none stands there twice."""
    assert sorted(limit.field for limit in LIMITS) == sorted(field.name for field in fields(Limits))
    assert len({limit.option for limit in LIMITS}) == len(LIMITS)


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.option)
def test_a_limit_is_what_is_set(limit: Limit):
    """By its option; a number outside of what it takes is refused with what it takes."""
    for number in (limit.low, limit.high):
        made = load({limit.option: str(number)}, {}).limits
        assert made == Limits(**{limit.field: number})
    for number in (limit.low - 1, limit.high + 1):
        with pytest.raises(ConfigError) as refused:
            load({limit.option: str(number)}, {})
        assert str(refused.value).startswith(f"--{limit.option} is ")
        assert f"a whole number from {limit.low} to {limit.high}{limit.unit}." in str(refused.value)
    assert limit.low <= limit.default <= limit.high


def test_each_limit_is_documented_with_its_default():
    """A row of the table for each, in the order of ``--help``."""
    rows = [line for line in DOCUMENTED.read_text().splitlines() if line.startswith("| `--")]
    named = [f"| `--{limit.option} {limit.metavar}` | {limit.default or 'none'} |" for limit in LIMITS]
    listed = [row for row in rows if any(row.startswith(f"| `--{limit.option} ") for limit in LIMITS)]
    assert [row[: len(begin)] for row, begin in zip(listed, named, strict=True)] == named


def test_an_application_has_the_same_defaults():
    """Whoever makes a Config need not know of limits."""
    assert Config().limits == Limits()
