"""``transcript.jsonl``: the journal of a play, with what it takes to judge it again.

The first line is an object: ``rosterkit_transcript`` is the version of the format, ``case`` the id, ``seed`` and
``me`` what the scene is drawn from.  Each other line is an entry of the journal as
:func:`~rosterkit.core.journal.entry_json` has it; where its data is no UTF-8, ``base64`` holds it.  Every line is
ASCII, so nothing that a client has sent can act upon a terminal.

Tests: ``tests/conformance/test_report_transcript.py``.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from rosterkit.conformance.case import Case, judged
from rosterkit.conformance.catalogue import CASES
from rosterkit.conformance.evidence import CASE, evidence_of
from rosterkit.conformance.results import Row
from rosterkit.conformance.scene import CASE_DOMAIN, Scene
from rosterkit.conformance.verdicts import Finding
from rosterkit.core.journal import Entry, entry_json
from rosterkit.errors import ConfigError, JidError

__all__ = ["VERSION", "Transcript", "account_of", "judge_again", "read_transcript", "transcript_lines"]

#: The version of the format.
VERSION = 1
_DIRECTIONS = ("in", "out", "note")


class Transcript(NamedTuple):
    """A play as it was written down."""

    case: str
    seed: str
    me: str
    entries: Sequence[Entry]


def transcript_lines(case_id: str, seed: str, me: str, entries: Iterable[Entry]) -> Iterator[str]:
    """The lines of a transcript, without line ends."""
    yield json.dumps({"rosterkit_transcript": VERSION, "case": case_id, "seed": seed, "me": me})
    for entry in entries:
        shown = entry_json(entry)
        if entry.data and shown["xml"].encode() != entry.data:
            shown["base64"] = b64encode(entry.data).decode()
        yield json.dumps(shown)


def account_of(row: Row) -> str:
    """The bare JID that a play was about: that of its first login."""
    for entry in row.entries:
        full = _noted(entry).get("login")
        if isinstance(full, str):
            return full.partition("/")[0]
    name = row.case.account if isinstance(row.case, Case) else "nobody"
    return f"{name}@{CASE_DOMAIN}"


def read_transcript(path: Path) -> Transcript:
    """A transcript read back; ConfigError with a sentence where it is none, or of a newer version."""
    try:
        lines = [json.loads(line) for line in path.read_bytes().split(b"\n") if line.strip()]
        return _transcript(lines)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ConfigError(f"{path} is no transcript that this version reads: {error}") from error


def judge_again(path: Path, cases: Iterable[Case] = CASES) -> Finding:
    """The finding that the case's judge comes to now, from the transcript alone.

    ConfigError with a sentence where the file is no transcript or was changed, or where no case has its id.
    """
    transcript = read_transcript(path)
    case = next((one for one in cases if one.id == transcript.case), None)
    if case is None:
        raise ConfigError(f"{path} is of the case {transcript.case!r:.100}, which this version does not have.")
    try:
        scene = Scene(case.id, transcript.seed, transcript.me)
    except JidError as error:
        raise ConfigError(f"{path} is no transcript: {error}") from error
    try:
        return judged(case, evidence_of(scene, transcript.entries))
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        raise ConfigError(f"{path} cannot be judged: its notes are not as a play makes them ({error!r}).") from error


def _transcript(lines: Sequence[Any]) -> Transcript:
    head = lines[0] if lines and isinstance(lines[0], dict) else {}
    version = head.get("rosterkit_transcript")
    if version != VERSION:
        raise ValueError(f"its first line should give rosterkit_transcript as {VERSION}, and has {version!r:.40}.")
    return Transcript(
        _text(head, "case"), _text(head, "seed"), _text(head, "me"), [_entry(line) for line in lines[1:]]
    )


def _entry(line: Mapping[str, Any]) -> Entry:
    data = b64decode(line["base64"]) if "base64" in line else _text(line, "xml").encode("utf-8", "surrogatepass")
    if line["direction"] not in _DIRECTIONS:
        raise ValueError(f"direction is {line['direction']!r:.40}.")
    entry = Entry(
        int(line["number"]),
        float(line["at"]),
        _maybe(line, "session"),
        _maybe(line, "account"),
        _maybe(line, "jid"),
        line["direction"],
        _text(line, "kind"),
        data,
        _maybe(line, "fault"),
        bool(line.get("withheld", False)),
        _text(line, "text"),
    )
    if entry.kind == CASE and not isinstance(json.loads(entry.text), dict):
        raise ValueError(f"the note {entry.number} is no object.")
    return entry


def _noted(entry: Entry) -> Mapping[str, Any]:
    if entry.kind != CASE:
        return {}
    try:
        said = json.loads(entry.text)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _text(table: Mapping[str, Any], key: str) -> str:
    if not isinstance(table[key], str):
        raise ValueError(f"{key} is {table[key]!r:.40} and should be a text.")
    return table[key]  # type: ignore[no-any-return]


def _maybe(table: Mapping[str, Any], key: str) -> str | None:
    return _text(table, key) if table.get(key) is not None else None
