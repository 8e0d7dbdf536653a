"""The file of expected verdicts (``--expected``): TOML, with an ``[[expected]]`` for each.

::

    [[expected]]
    case = "rfc6121/2.1.6/spoofed-stranger"    # an id, the beginning of one, or a glob
    verdict = "FAIL"
    reason = "Known; mended in 2.0."
    until = 2027-01-31                         # optional: the last day on which it holds

An entry that names a case by its id or alias comes before one that takes it with others.  Beyond that no order
counts: two entries that expect different verdicts of the same case are a mistake.

Tests: ``tests/conformance/test_expected.py``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from rosterkit.conformance.case import Rule
from rosterkit.conformance.catalogue import matches
from rosterkit.conformance.listing import ROWS, nearest
from rosterkit.conformance.results import Expectation
from rosterkit.conformance.verdicts import Verdict
from rosterkit.errors import ConfigError
from rosterkit.options import read_text
from rosterkit.settings import shown

__all__ = ["Expectations", "read_expected"]

_KEYS = ("case", "verdict", "reason", "until")
_VERDICTS: Mapping[str, Verdict] = {
    verdict.value: verdict for verdict in Verdict if verdict is not Verdict.INCONCLUSIVE
}


class Expectations:
    """What is expected of which case; ``warnings`` are sentences about entries that hold no more."""

    def __init__(self, entries: Iterable[Expectation], warnings: Sequence[str] = ()) -> None:
        self.warnings = warnings
        self._entries = tuple(entries)

    def of(self, case: Rule) -> Expectation | None:
        """The entry that names the case, else the first that takes it with others; None where there is neither."""
        return next(iter(_first(self._entries, case)), None)


def _first(entries: Iterable[Expectation], case: Rule) -> list[Expectation]:
    """The entries that count for a case, all of the same rank."""
    taking = [entry for entry in entries if matches(entry.glob, case)]
    return [entry for entry in taking if entry.glob in (case.id, *case.aliases)] or taking


class _Placed(NamedTuple):
    """An entry, its number in the file, and where it stands, ready for the start of a sentence."""

    number: int
    place: str
    entry: Expectation


def read_expected(path: Path, today: date, rows: Sequence[Rule] = ROWS) -> Expectations:
    """What the file expects of ``rows`` on the day ``today``; an entry whose day is over is as if it were not there.

    Raises :class:`ConfigError` for a file that cannot be read or is not TOML, a key or value that is wrong, an entry
    that takes no case, and two entries of the same rank that expect different verdicts of the same case.
    """
    where = f"--expected: {path}"
    placed = [_read(table, number, where, rows) for number, table in enumerate(_tables(path, where), start=1)]
    holding = [one for one in placed if one.entry.until is None or today <= one.entry.until]
    _check_agreement(holding, rows)
    return Expectations([one.entry for one in holding], [_warning(one) for one in placed if one not in holding])


def _warning(placed: _Placed) -> str:
    entry = placed.entry
    return (
        f"{placed.place} expected {entry.verdict.value} of {entry.glob} until {entry.until} and holds no more: "
        "remove it, or give it a later day."
    )


# The file


def _tables(path: Path, where: str) -> list[Mapping[str, Any]]:
    try:
        file = tomllib.loads(read_text(path, "--expected"))
    except (ValueError, RecursionError) as error:  # what is not TOML, an integer without end among it
        raise ConfigError(f"{where} is not TOML: {error}.") from error
    unknown = next((key for key in file if key != "expected"), None)
    if unknown is not None:
        raise ConfigError(f"{where}: {shown(unknown)} is no key; there is [[expected]] and nothing else.")
    entries = file.get("expected", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ConfigError(f"{where}: expected is no array of tables; write [[expected]] over each entry.")
    return entries


def _read(table: Mapping[str, Any], number: int, where: str, rows: Sequence[Rule]) -> _Placed:
    place = f"{where}, entry {number}"
    unknown = next((key for key in table if key not in _KEYS), None)
    if unknown is not None:
        raise ConfigError(f"{place}: {shown(unknown)} is no key; there are {', '.join(_KEYS)}.")
    glob = _text(table, "case", place, "the id of a case, the beginning of one, or a glob")
    if not any(matches(glob, row) for row in rows):
        raise ConfigError(f"{place}: {nearest(glob, rows)}")
    named = f"{place} ({shown(glob)})"
    verdict = _verdict(table, named)
    reason = _text(table, "reason", named, "a text that says why this is expected").strip()
    return _Placed(number, named, Expectation(glob, verdict, reason, _until(table, named)))


def _text(table: Mapping[str, Any], key: str, place: str, takes: str) -> str:
    value = table.get(key)
    if value is None:
        raise ConfigError(f"{place}: {key} is missing; it takes {takes}.")
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(f"{place}: {key} is {shown(value)}; it takes {takes}.")
    return value


def _verdict(table: Mapping[str, Any], place: str) -> Verdict:
    value = _text(table, "verdict", place, f"one of {', '.join(_VERDICTS)}")
    if value == Verdict.INCONCLUSIVE.value:
        raise ConfigError(
            f"{place}: verdict is INCONCLUSIVE, which says nothing about the client and cannot be expected; "
            f"it takes one of {', '.join(_VERDICTS)}."
        )
    if value not in _VERDICTS:
        raise ConfigError(f"{place}: verdict is {shown(value)}; it takes one of {', '.join(_VERDICTS)}.")
    return _VERDICTS[value]


def _until(table: Mapping[str, Any], place: str) -> date | None:
    value = table.get("until")
    if value is not None and type(value) is not date:  # a datetime is a date too
        named = str(value) if isinstance(value, date) else shown(value)
        raise ConfigError(f"{place}: until is {named}; it takes a day, without time and quotes, such as 2027-01-31.")
    return value


# What fits together


def _check_agreement(placed: Sequence[_Placed], rows: Sequence[Rule]) -> None:
    for row in rows:
        counting = _first([one.entry for one in placed], row)
        other = next((entry for entry in counting if entry.verdict is not counting[0].verdict), None)
        if other is not None:
            one, two = (next(one for one in placed if one.entry is entry) for entry in (counting[0], other))
            raise ConfigError(
                f"{two.place} expects {two.entry.verdict.value} of {row.id}, and entry {one.number} expects "
                f"{one.entry.verdict.value}: remove one, or give the case an entry with its id, which comes first."
            )
