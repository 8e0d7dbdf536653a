"""A database into a file that only its owner can read: it holds what logs accounts in.

Tests: ``tests/transfer/test_exporting.py``.
"""

from __future__ import annotations

import os
import secrets
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

from rosterkit.errors import ConfigError
from rosterkit.store import lines, open_store
from rosterkit.transfer.tally import Tally

__all__ = ["export"]


def export(database: Path, out: Path | None, force: bool) -> Tally:
    """Write all accounts to ``out``, to standard output where it is None, and give what was written.

    ``out`` is made with mode 0600, and whole or not at all; a file that is there is replaced with ``force`` alone,
    and only when the new one is on the disk.  Raises :class:`~rosterkit.errors.ConfigError` and
    :class:`~rosterkit.errors.StoreError`.
    """
    _check_there(database)
    _check_place(out, force)
    tally = Tally()
    with closing(open_store(database)) as store:
        accounts = store.load()
    for account in accounts:
        tally.add(account)
    written = lines.write(accounts)
    try:
        if out is None:
            _print(written)
        else:
            with _made(out, force) as file:
                file.writelines(written)
    except lines.TooLong as error:
        raise ConfigError(f"Nothing was exported: {error}") from error
    except OSError as error:
        raise ConfigError(
            f"The export is not whole: {_shown(out)}: {error.strerror}. Name another file with --out."
        ) from error
    return tally


def _check_there(database: Path) -> None:
    """ConfigError where opening would make a database, or nobody can see whether one is there."""
    try:
        database.stat()
    except OSError as error:
        raise ConfigError(
            f"--db is {database}, and no database is found there: {error.strerror}. Name that of rosterkit serve."
        ) from error


def _check_place(out: Path | None, force: bool) -> None:
    """ConfigError where nothing may be written; looked at before the database is opened."""
    if out is None:
        return
    try:
        found = out.lstat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise ConfigError(f"--out is {out}, which cannot be made: {error.strerror}.") from error
    if not stat.S_ISREG(found.st_mode):
        raise ConfigError(f"--out is {out}, which is no ordinary file; name another, or leave --out away to print.")
    if not force:
        raise ConfigError(f"--out is {out}, which is there already; --force replaces it.")


def _print(written: Iterable[bytes]) -> None:
    """Write to standard output, and say so where nobody reads it to its end."""
    if sys.stdout is None:
        raise ConfigError("Standard output is closed; name a file with --out.")
    file = sys.stdout.buffer
    try:
        file.writelines(written)
        file.flush()
    except BrokenPipeError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python would try once more at its end
        raise ConfigError("The export is not whole: nobody has read it to its end.") from error


@contextmanager
def _made(out: Path, force: bool) -> Iterator[BinaryIO]:
    """A new file that is ``out`` in the end, on the disk, or gone where something fails."""
    path = out.with_name(f".{out.name}.{secrets.token_hex(4)}") if force else out
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        try:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if force:
                path.replace(out)
        except BaseException:
            path.unlink()
            raise


def _shown(out: Path | None) -> str:
    return "standard output" if out is None else str(out)
