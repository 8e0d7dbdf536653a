"""A report read back from its folder, so that several can become one, or two be compared.

What it says of a case is taken from the report and not from the catalogue, which may have changed since.

Tests: ``tests/conformance/test_report_readback.py``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from rosterkit.conformance.case import Case, Check, Rule
from rosterkit.conformance.evidence import Evidence
from rosterkit.conformance.report.machine import SCHEMA_VERSION
from rosterkit.conformance.report.suite import CLIENTS, SERVERS
from rosterkit.conformance.report.transcript import read_transcript
from rosterkit.conformance.results import Expectation, Row, Run
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Script, Stuck
from rosterkit.conformance.verdicts import Finding, Level, Oracle, Verdict, inconclusive
from rosterkit.core.journal import Entry
from rosterkit.errors import ConfigError

__all__ = ["listed_files", "read_index", "read_report"]

_T = TypeVar("_T")
_ID = re.compile(r"[a-z0-9-]+/[0-9A-Za-z.]+/[A-Za-z0-9._-]+")
_FILE = re.compile(r"(cases/[a-z0-9.-]+\.html|transcripts/[a-z0-9.-]+/[a-z0-9.-]+\.jsonl)")
_UNKNOWN = "This case was read from a report, and cannot be played."


def read_report(folder: Path) -> list[Run]:
    """The runs of a report, with their transcripts where these are there.

    ``folder`` may name a file in it too, such as its ``index.html``.  ConfigError with a sentence where there is no
    report, or one of a newer schema.
    """
    return _read(folder, with_entries=True)


def read_index(folder: Path) -> list[Run]:
    """The same without the transcripts."""
    return _read(folder, with_entries=False)


def listed_files(folder: Path) -> set[str]:
    """The pages and transcripts that a report in ``folder`` names, whatever its version; none where none is there."""
    try:
        runs = json.loads((folder / "index.json").read_bytes())["runs"]
        names = {row.get(key) for run in runs for row in run["rows"] for key in ("page", "transcript")}
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return set()
    return {name for name in names if isinstance(name, str) and _is_ours(name)}


def _is_ours(name: str) -> bool:
    return _FILE.fullmatch(name) is not None and ".." not in name.split("/")


def _read(folder: Path, with_entries: bool) -> list[Run]:
    path = _index_of(folder)
    try:
        said = json.loads(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{folder} holds no report: {path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is no report: {error}") from error
    version = said.get("rosterkit_report") if isinstance(said, dict) else None
    if not isinstance(version, int):
        raise ConfigError(f"{path} is no report of rosterkit.")
    if version > SCHEMA_VERSION:
        raise ConfigError(
            f"{path} is of schema {version}; this version reads up to {SCHEMA_VERSION}. Upgrade rosterkit."
        )
    try:
        testee = _testee(said)
        return [_run(run, path.parent if with_entries else None, testee) for run in _get(said, "runs", list)]
    except (ValueError, LookupError, TypeError) as error:
        raise ConfigError(f"{path} is not as a report of rosterkit should be: {error}") from error


def _index_of(folder: Path) -> Path:
    if not folder.is_file():
        return folder / "index.json"
    return folder if folder.suffix == ".json" else folder.with_name("index.json")


def _testee(said: Mapping[str, Any]) -> str:
    testee = _get(said, "testee", str)
    if testee not in (CLIENTS.testee, SERVERS.testee):
        raise ValueError(f"testee is {testee!r:.60}.")
    return testee


def _run(said: Mapping[str, Any], folder: Path | None, testee: str) -> Run:
    environment = {str(key): str(value) for key, value in _get(said, "environment", dict).items()}
    return Run(
        _get(said, "client", str),
        [_row(row, folder, testee) for row in _get(said, "rows", list)],
        _get(said, "seed", str),
        _get(said, "started", str),
        float(_get(said, "seconds", (int, float))),
        _get(said, "strict", bool),
        _get(said, "version", str),
        _get(said, "transport", str),
        _get(said, "command", str),
        environment,
        testee,
    )


def _row(said: Mapping[str, Any], folder: Path | None, testee: str) -> Row:
    entries = [number for number in _get(said, "entries", list) if isinstance(number, int)]
    finding = Finding(
        Verdict(_get(said, "verdict", str)),
        _get(said, "words", str),
        Oracle(_get(said, "oracle", str)),
        tuple(entries),
    )
    return Row(
        _case(said, testee),
        finding,
        _entries(said, folder),
        float(_get(said, "seconds", (int, float))),
        _get(said, "play", str),
        _expectation(said["expected"]),
    )


def _entries(said: Mapping[str, Any], folder: Path | None) -> tuple[Entry, ...]:
    name = said["transcript"]
    if folder is None or name is None:
        return ()
    if not isinstance(name, str) or not _is_ours(name):
        raise ValueError(f"transcript is {name!r:.60}.")
    path = folder / name
    return tuple(read_transcript(path).entries) if path.exists() else ()


def _case(said: Mapping[str, Any], testee: str) -> Rule:
    id_ = _get(said, "id", str)
    if not _ID.fullmatch(id_):
        raise ValueError(f"id is {id_!r:.60}.")
    rule, consequence, done, wanted = (_get(said, key, str) for key in ("rule", "consequence", "done", "wanted"))
    aliases = tuple(str(alias) for alias in _get(said, "aliases", list))
    level = Level(_get(said, "level", str))
    if said["kind"] == "check":
        return Check(id_, level, rule, consequence, done, wanted, lambda _: None, aliases=aliases)
    if testee == SERVERS.testee:
        return Rule(id_, level, rule, consequence, done, wanted, aliases=aliases)
    return Case(id_, level, rule, consequence, done, wanted, _no_script, _no_judge, aliases=aliases)


def _no_script(_: Scene) -> Script:
    yield from ()
    raise Stuck(_UNKNOWN)


def _no_judge(_: Evidence) -> Finding:
    return inconclusive(_UNKNOWN)


def _expectation(said: Mapping[str, Any] | None) -> Expectation | None:
    if said is None:
        return None
    until = date.fromisoformat(_get(said, "until", str)) if said["until"] is not None else None
    return Expectation(_get(said, "glob", str), Verdict(_get(said, "verdict", str)), _get(said, "reason", str), until)


def _get(table: Mapping[str, Any], key: str, kind: type[_T] | tuple[type[_T], ...]) -> _T:
    value = table[key]
    if not isinstance(value, kind):
        raise ValueError(f"{key} is {value!r:.60}.")
    return value
