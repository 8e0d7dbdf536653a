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
from typing import Any, NamedTuple, TypeVar

from rosterkit.conformance.case import Case, Rule, judged
from rosterkit.conformance.catalogue import CASES
from rosterkit.conformance.evidence import CASE, Evidence, evidence_of
from rosterkit.conformance.results import Row
from rosterkit.conformance.scene import CASE_DOMAIN, Scene
from rosterkit.conformance.server.case import ServerCase
from rosterkit.conformance.server.case import judged as server_judged
from rosterkit.conformance.server.catalogue import SERVER_CASES
from rosterkit.conformance.server.evidence import Evidence as ServerEvidence
from rosterkit.conformance.server.evidence import evidence_of as server_evidence_of
from rosterkit.conformance.server.people import People
from rosterkit.conformance.verdicts import Finding
from rosterkit.core.journal import Entry, entry_json
from rosterkit.errors import ConfigError, JidError

__all__ = ["VERSION", "Transcript", "account_of", "judge_again", "read_transcript", "transcript_lines"]

#: The version of the format.
VERSION = 1
_DIRECTIONS = ("in", "out", "note")
_WRONG_NOTES = "{path} cannot be judged: its notes are not as a play makes them ({error!r})."
_Case = TypeVar("_Case", bound=Rule)


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
    """The bare JID that a play was about: that of its first login, or of the first account of a server's play."""
    for entry in row.entries:
        noted = _noted(entry)
        full = noted.get("login")
        if isinstance(full, str):
            return full.partition("/")[0]
        accounts = noted["people"].get("accounts") if isinstance(noted.get("people"), dict) else None
        if isinstance(accounts, list) and accounts:
            return str(accounts[0])
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
    people = next((noted["people"] for entry in transcript.entries if "people" in (noted := _noted(entry))), None)
    try:
        if people is not None:
            return server_judged(*_server_play(transcript, people))
        return judged(*_client_play(transcript, cases))
    except LookupError as error:
        if error.args == (transcript.case,):
            raise ConfigError(
                f"{path} is of the case {transcript.case!r:.100}, which this version does not have."
            ) from error
        raise ConfigError(_WRONG_NOTES.format(path=path, error=error)) from error
    except JidError as error:
        raise ConfigError(f"{path} is no transcript: {error}") from error
    except (AttributeError, TypeError, ValueError) as error:
        raise ConfigError(_WRONG_NOTES.format(path=path, error=error)) from error


def _client_play(transcript: Transcript, cases: Iterable[Case]) -> tuple[Case, Evidence]:
    """The case and the evidence; KeyError with the case's id where there is no such case."""
    case = _found(cases, transcript.case)
    scene = Scene(case.id, transcript.seed, transcript.me)
    return case, evidence_of(scene, transcript.entries)


def _server_play(transcript: Transcript, said: Any) -> tuple[ServerCase, ServerEvidence]:
    """The same of a play of the suite for servers, whose first note says who was in it."""
    case = _found(SERVER_CASES, transcript.case)
    people = People.from_json(case.id, said)
    return case, server_evidence_of(people, transcript.entries)


def _found(cases: Iterable[_Case], id_: str) -> _Case:
    found = next((one for one in cases if one.id == id_), None)
    if found is None:
        raise KeyError(id_)
    return found


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
