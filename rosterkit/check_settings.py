"""What the command lines of both suites have in common: the seed, the factor of patience, the expected verdicts.

Tests: ``tests/test_checking.py``, ``tests/test_server_checking.py``.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from rosterkit.errors import ConfigError

if TYPE_CHECKING:
    from rosterkit.conformance.case import Rule
    from rosterkit.conformance.results import Expectation

__all__ = ["read_expectations", "read_factor", "read_seed"]


def read_seed(value: str | None) -> str:
    """What names are drawn from: what was given, else something that nobody can know."""
    return value if value is not None else secrets.token_hex(4)


def read_factor(value: str | None) -> float:
    """The factor of ``--patience``; raises :class:`ConfigError`."""
    try:
        factor = float(value) if value is not None else 1.0
    except ValueError:
        factor = 0.0
    if not 0.01 <= factor <= 1000:
        raise ConfigError(f"--patience is {value!r:.40}; it takes a number from 0.01 to 1000.")
    return factor


def read_expectations(file: str | None, rows: Sequence[Rule], command: str) -> Callable[[Rule], Expectation | None]:
    """What the file of ``--expected`` expects of ``rows``, nothing without one; its warnings go to standard error.

    Raises :class:`ConfigError` as :func:`~rosterkit.conformance.expected.read_expected` does.
    """
    from rosterkit.conformance.expected import read_expected
    from rosterkit.conformance.results import no_expectations

    if file is None:
        return no_expectations
    expectations = read_expected(Path(file), date.today(), rows)
    for warning in expectations.warnings:
        print(f"{command}: {warning}", file=sys.stderr)
    return expectations.of
