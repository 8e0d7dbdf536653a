"""Files into a database: all accounts of all files in one transaction, or nothing.

Tests: ``tests/transfer/test_importing.py``.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

from rosterkit.core.effects import SaveAccount
from rosterkit.core.history import Entry
from rosterkit.errors import ConfigError
from rosterkit.store import StoredAccount, line_reader, open_store
from rosterkit.transfer import foreign
from rosterkit.transfer.tally import Tally, counted
from rosterkit.wire.server_data import BadExport

__all__ = ["STANDARD_INPUT", "Order", "import_files", "renamed"]

#: Takes the place of a path.
STANDARD_INPUT = Path("-")
_MARK = b"\xef\xbb\xbf"


class Order(NamedTuple):
    """What is to be imported and how.

    ``domains`` are new names by the old ones.  With ``replaces`` an account that is there already is replaced, with
    ``dry`` nothing is written.
    """

    database: Path
    files: Sequence[Path]
    domains: Mapping[str, str]
    replaces: bool = False
    dry: bool = False


def import_files(order: Order, say: Callable[[str], None]) -> Tally:
    """Do it, and give what passed; ``say`` gets a sentence for each thing that could not be taken.

    Raises :class:`~rosterkit.errors.ConfigError` for a file that is no export, or holds an account that is there
    already, and :class:`~rosterkit.errors.StoreError`.  Nothing has changed then.
    """
    tally = Tally()
    reading = _Reading(order, say, tally)
    changes = list(reading.changes())  # before a database is made, or kept from others
    if order.dry and not order.database.exists():
        return tally
    with closing(open_store(order.database, "full")) as store:
        reading.check_place(account.jid for account in store.load())
        if not order.dry:
            store.append(changes)
    return tally


class _Reading:
    """Reads the files of one order, and remembers what must not come twice."""

    def __init__(self, order: Order, say: Callable[[str], None], tally: Tally) -> None:
        self._order = order
        self._say = say
        self._tally = tally
        self._sources: dict[str, Path] = {}
        self._included: list[tuple[str, str]] = []  # where, and which file
        self._rename = partial(renamed, domains=order.domains)

    def changes(self) -> Iterator[SaveAccount]:
        """Every account of every file, counted; ConfigError for one that comes twice."""
        for path in self._order.files:
            with _opened(path) as file:
                for account in self._explained(path, file):
                    self._note_source(path, account.jid)
                    self._tally.add(account)
                    yield SaveAccount(*account)
        self._check_included()

    def check_place(self, there: Iterable[str]) -> None:
        """ConfigError for an account that is ``there`` already, unless it may be replaced."""
        taken = [] if self._order.replaces else [jid for jid in there if jid in self._sources]
        if taken:
            others = f" (and {counted(len(taken) - 1, 'other')})" if len(taken) > 1 else ""
            raise ConfigError(
                f"{taken[0]}, which is in {self._sources[taken[0]]}, is in {self._order.database} already{others}; "
                "--replace puts the new one in its place, with its password and its roster. Nothing was imported."
            )

    def _explained(self, path: Path, file: BufferedReader) -> Iterator[StoredAccount]:
        """The accounts of one file, by its first character; what is wrong with it becomes a ConfigError."""
        try:
            if file.peek(len(_MARK)).startswith(_MARK):
                file.read(len(_MARK))
            begin = file.peek(16).lstrip()[:1]
            if begin == b"<":
                yield from foreign.read(file, _new_version, self._rename, self._notes(path))
            elif begin == b"{":
                yield from map(self._fresh, line_reader.read(file, _new_version, self._rename))
            else:
                raise ConfigError(
                    f"{path} is no export: it begins neither as rosterkit's, with {{, nor as XML, with <. "
                    "Nothing was imported."
                )
        except (line_reader.BadLine, BadExport) as error:
            raise ConfigError(f"{path}, {error} Nothing was imported.") from error
        except OSError as error:
            raise ConfigError(f"{path} cannot be read: {error.strerror}. Nothing was imported.") from error

    def _notes(self, path: Path) -> foreign.Notes:
        def leave_out(what: str) -> None:
            self._tally.left_out += 1
            self._say(f"{path}, {what}")

        def other(name: str) -> None:
            self._tally.others[name] += 1

        def include(line: int, href: str) -> None:
            self._included.append((f"{path}, line {line}", href))

        return foreign.Notes(leave_out, other, include)

    def _fresh(self, account: StoredAccount) -> StoredAccount:
        """Under other names no state is what the old versions said: the roster gets a new one."""
        if not self._order.domains:
            return account
        version = _new_version()
        return account._replace(roster=replace(account.roster, version=version, log=(Entry(version, ""),)))

    def _note_source(self, path: Path, jid: str) -> None:
        if jid in self._sources:
            raise ConfigError(f"{jid} is in {self._sources[jid]} and again in {path}. Nothing was imported.")
        self._sources[jid] = path

    def _check_included(self) -> None:
        names = {path.name for path in self._order.files}
        for place, href in self._included:
            if href.rpartition("/")[2] not in names:
                raise ConfigError(
                    f"{place}: it goes on in {href!r:.80}, which was not named; name it too. Nothing was imported."
                )


def renamed(address: str, domains: Mapping[str, str]) -> str:
    """``address`` at the new name of its domain, if that has one."""
    bare, slash, resource = address.partition("/")
    local, at, domain = bare.rpartition("@")
    return f"{local}{at}{domains.get(domain, domain)}{slash}{resource}"


def _opened(path: Path) -> BufferedReader:
    """The file for reading, standard input for ``-``.  Raises ConfigError."""
    if path == STANDARD_INPUT:
        if sys.stdin is None:
            raise ConfigError("- is standard input, which is closed; name a file.")
        return open(sys.stdin.fileno(), "rb", closefd=False)
    try:
        return path.open("rb")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(f"{path} cannot be read: {reason}. Nothing was imported.") from error


def _new_version() -> str:
    """A version that no roster ever had."""
    return secrets.token_hex(12)
