"""Writes docs/results/servers.md from the reports of `make grade-servers`: what came of each server, why, and the dialogue.

The sentences to each FAIL are the reasons in docs/results/expected, which were written by hand; the dialogue is the part of
the transcript that the verdict rests on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from publish import ROOT, reported, table

GRADES = ROOT / "run" / "servers"
#: So much is shown of one stanza, and so many lines of one dialogue.
WIDTH, LINES = 260, 14
#: What a reason says where nothing else is to be published.
UNTOLD = "More is not told here"
HEAD = """# What came of servers

`make grade-servers` plays every case of `rosterkit check server` with our own server and with Debian's Prosody and ejabberd, each
with the few settings that [docs/servers.md](../servers.md) names. Each FAIL was checked by hand, against the RFC and,
where it is to be had, against the server's source; the reason stands here and in [expected](expected), which CI compares with
what comes. Below each stands the part of the dialogue that the verdict rests on: what the tester says on a line, and what
comes there. NON-STRICT breaks a SHOULD and counts for nothing without `--strict`.

"""


def main() -> None:
    """Write the page."""
    runs = reported(GRADES, "make grade-servers")
    seconds = table(
        [run for _, run in runs], "server", "seconds", "---:", lambda run: (name_of(run), f"{run['seconds']:.0f}")
    )
    lines = [*seconds, *(line for folder, run in runs for line in details(folder, run))]
    (ROOT / "docs" / "results" / "servers.md").write_text(HEAD + "\n".join(lines) + "\n", encoding="utf-8")


def details(folder: Path, run: dict[str, Any]) -> Iterator[str]:
    """What a server fails, with the dialogue, and what it does not do as recommended."""
    yield f"\n## {name_of(run)}\n"
    rows = [row for row in run["rows"] if row["verdict"] in ("FAIL", "NON-STRICT")]
    if not rows:
        yield "Every rule is followed."
    for row in rows:
        if row["verdict"] == "FAIL":
            yield from failure(folder, row)
    lenient = [row for row in rows if row["verdict"] == "NON-STRICT"]
    if lenient:
        yield "\n### Not as recommended\n"
    for row in lenient:
        yield f"- `{row['id']}`: {escaped(row['words'])}"


def failure(folder: Path, row: dict[str, Any]) -> Iterator[str]:
    """One FAIL: its rule, what came, why, and the dialogue."""
    yield f"\n### {row['id']}\n"
    expected = row["expected"]
    if expected is not None and UNTOLD in expected["reason"]:
        yield f"{escaped(row['rule'])}\n\n{escaped(' '.join(expected['reason'].split()))}"
        return
    yield f"{escaped(row['rule'])} *{escaped(row['words'])}*"
    if expected is not None:
        yield f"\n{escaped(' '.join(expected['reason'].split()))}"
    dialogue = list(shown(folder, row))
    if dialogue:
        yield "\n```text"
        yield from dialogue
        yield "```"


def shown(folder: Path, row: dict[str, Any]) -> Iterator[str]:
    """The part of the play that the verdict rests on, one line for each stanza."""
    if row["transcript"] is None:
        return
    entries = [json.loads(line) for line in (folder / row["transcript"]).read_text().splitlines()[1:]]
    marks = [entry["number"] for entry in entries if entry["kind"] == "case" and "mark" in json.loads(entry["text"])]
    begin = part_of(entries, marks, row)
    lines = [entry for entry in entries if entry["number"] > begin and entry["direction"] != "note"]
    streams = row["section"].startswith(("rfc6120/4", "rfc6120/6", "rfc6120/7", "rfc6120/11"))
    lines = [entry for entry in lines if streams or not is_login(entry)]
    wide = max((len(entry["session"] or "") for entry in lines), default=0)
    for entry in lines[:LINES]:
        text = entry["xml"].replace("\n", " ")
        text = text if len(text) <= WIDTH else f"{text[:WIDTH]}..."
        yield f"{entry['session'] or '':{wide}} {'<-' if entry['direction'] == 'in' else '->'} {text}"
    if len(lines) > LINES:
        yield f"({len(lines) - LINES} more)"


def is_login(entry: dict[str, Any]) -> bool:
    """Whether an entry is part of how a line began or ended, which only cases about that are about."""
    return entry["kind"] == "stream" or "enter-bind" in entry["xml"] or "enter-session" in entry["xml"]


def part_of(entries: list[dict[str, Any]], marks: list[int], row: dict[str, Any]) -> int:
    """Where the part begins: the mark called event, or the last one before the first entry that is named."""
    named = [json.loads(entry["text"])["mark"] for entry in entries if entry["number"] in marks]
    if "event" in named:
        return marks[named.index("event")]
    first = min(row["entries"], default=None)
    before = [mark for mark in marks if first is not None and mark < first]
    return before[-1] if before else (marks[-1] if marks else 0)


def name_of(run: dict[str, Any]) -> str:
    """What a server is called."""
    return f"{run['client']} {run['version']}".strip()


def escaped(text: str) -> str:
    """Text without what Markdown would take for markup."""
    return text.replace("<", "&lt;").replace("*", "\\*").replace("_", "\\_").replace("|", "\\|")


if __name__ == "__main__":
    main()
