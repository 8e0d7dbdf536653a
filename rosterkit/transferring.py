"""``rosterkit export`` and ``rosterkit import``: their command lines; the work is :mod:`rosterkit.transfer`'s.

Exit codes: 0 all was taken, 1 something of a roster could not be, 2 nothing was, 4 there was no account.

Tests: ``tests/test_transferring.py``.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from typing import Any, TextIO

from rosterkit.errors import ConfigError, StoreError
from rosterkit.options import Option, Setting, from_command_line, unknown
from rosterkit.settings import read_db, read_domain, read_new_file, read_path, read_texts

__all__ = ["COMMANDS", "EXPORT_OPTIONS", "IMPORT_OPTIONS", "add_parsers", "run"]

_DB = Option("db", "PATH", "The SQLite file of rosterkit serve; the server must not be running.")
EXPORT_OPTIONS = (
    _DB,
    Option("out", "FILE", "The file to make, readable by its owner only; without it all is printed."),
    Option("force", "", "Replace a file that is there."),
)
IMPORT_OPTIONS = (
    _DB._replace(help="The SQLite file, made if it is not there; no server may be running with it."),
    Option(
        "domain",
        "OLD=NEW",
        "Put NEW in the place of the domain OLD, in accounts, rosters and requests.",
        repeatable=True,
    ),
    Option("replace", "", "Replace accounts that are there, with password and roster, instead of refusing all."),
    Option("dry-run", "", "Read and check everything, say what would come of it, and write nothing."),
)
COMMANDS: Mapping[str, Sequence[Option]] = {"export": EXPORT_OPTIONS, "import": IMPORT_OPTIONS}

_EXPORT = """Write every account of a database as lines of JSON: SCRAM keys (never passwords), rosters, kept requests,
blocked JIDs, versions. Whoever has the file can find out weak passwords: it is made for its owner only."""
_IMPORT = """Read accounts into a database, all or nothing: from rosterkit export, or from another server's export
(XEP-0227), as Prosody and ejabberd write it. What a file is, is seen by its first character. See docs/transfer.md."""
_EXPORT_CODES = "Exit codes: 0 exported, 2 usage, or the file or the database cannot be used."
_IMPORT_CODES = (
    "Exit codes: 0 all was imported, 1 something of a roster could not be taken and is named, "
    "2 nothing was imported, 4 there was no account in the files."
)


def add_parsers(commands: Any, make: Callable[..., argparse.ArgumentParser], add: Callable[..., None]) -> None:
    """Add both commands to the command line; ``make`` makes a parser of a name, ``add`` gives it an option."""
    out = make(
        commands, "export", help="Write a database as lines of JSON.", description=_EXPORT, epilog=_EXPORT_CODES
    )
    into = make(commands, "import", help="Read accounts into a database.", description=_IMPORT, epilog=_IMPORT_CODES)
    for parser, options in ((out, EXPORT_OPTIONS), (into, IMPORT_OPTIONS)):
        for option in options:
            add(parser, option)
    into.add_argument("files", metavar="FILE", nargs="*", help="An export; - is standard input.")


def run(command: str, given: Mapping[str, Any], rest: Sequence[str]) -> int:
    """Do what a parsed command line says; its exit code.  Raises :class:`ConfigError`."""
    if rest:
        raise ConfigError(unknown(rest[0].partition("=")[0], COMMANDS[command]))
    settings = from_command_line(given)
    if "db" not in settings:
        raise ConfigError(f"Say which database: rosterkit {command} --db PATH.")
    try:
        return _export(settings) if command == "export" else _import(settings)
    except StoreError as error:
        raise ConfigError(str(error)) from error


def _export(settings: Mapping[str, Setting]) -> int:
    from rosterkit.transfer.exporting import export

    out = read_new_file(settings["out"]) if "out" in settings else None
    database = read_path(settings["db"])
    tally = export(database, out, "force" in settings)
    _say(sys.stderr, f"Exported {tally} from {database}.")
    return 0


def _import(settings: Mapping[str, Setting]) -> int:
    from rosterkit.transfer.importing import STANDARD_INPUT, Order, import_files

    if "files" not in settings:
        raise ConfigError("Say which files to import; - is standard input.")
    files = [Path(name) if name == str(STANDARD_INPUT) else _path(name) for name in read_texts(settings["files"])]
    dry = "dry-run" in settings
    order = Order(read_db(settings["db"]), files, _domains(settings), "replace" in settings, dry)
    tally = import_files(order, partial(_say, sys.stderr))
    if not tally.accounts:
        why = (
            "could be taken; the lines above say why" if tally.left_out else "is in what was named; name other files"
        )
        _say(sys.stderr, f"rosterkit import: No account {why}.")
        return 1 if tally.left_out else 4
    what = f"{tally} into {order.database}"
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal may know fewer characters than we do
    done = f"Would import {what}; nothing was written." if dry else f"Imported {what}."
    _say(sys.stdout, done, *tally.remarks())
    return 1 if tally.left_out else 0


def _say(stream: TextIO | None, *sentences: str) -> None:
    """Print them; whether anybody can read them changes nothing about what is done."""
    if stream is None:  # closed before the start; print would take standard output for it
        return
    try:
        print(*sentences, sep="\n", file=stream, flush=True)
    except OSError:  # a reader who has gone, or a full disk
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _path(name: str) -> Path:
    return read_path(Setting(name, "FILE"))


def _domains(settings: Mapping[str, Setting]) -> dict[str, str]:
    """New domains by the old ones."""
    found: dict[str, str] = {}
    for text in read_texts(settings["domain"]) if "domain" in settings else ():
        old, equals, new = text.partition("=")
        if not equals:
            raise ConfigError(f"--domain is {text!r:.60}; it takes the old domain and the new one: OLD=NEW.")
        name = read_domain(old, "--domain")
        if name in found:
            raise ConfigError(f"--domain names {name} twice: remove one.")
        found[name] = read_domain(new, "--domain")
    return found
