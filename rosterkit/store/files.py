"""The files of a database: made for their owner only, held by one store of this process, and still where they were.

SQLite takes whatever lies beside a database under the name of its write-ahead log for that log.  A log that was left
behind when the database was exchanged for a backup would be mixed into it, so what can be told from the outside is
told before SQLite opens anything: a database that was closed says so in its header, and has no log.

Tests: ``tests/store/test_files.py``.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from rosterkit.errors import StoreError

__all__ = ["Files"]

#: The smallest page that SQLite has.
_LEAST_BYTES = 512
_MAGIC = b"SQLite format 3\0"
#: Where the header says how the file is written: 2 with a write-ahead log, 1 since it was closed.
_WRITE_VERSION = 18
_WITH_LOG = 2

#: The databases that this process has open, by device and inode.
_held: set[tuple[int, int]] = set()


class Files:
    """The database at ``path``, which is made if missing, and its log.

    Raises :class:`StoreError` where this user may not write, where the file has a second name, is held by this
    process already, or lies beside a log that is not its own.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._real = os.path.realpath(path)  # a symbolic link has no log: SQLite follows it too
        self._log = f"{self._real}-wal"
        self._log_inode: int | None = None
        has_log = _size(self._log) > 0
        if has_log and not _size(self._real):
            raise self._not_its_log("there is no database with it. Put the two together again, or move the log away.")
        _create(path)
        found = _stat(path)
        self._inode = found.st_ino
        self._key = (found.st_dev, found.st_ino)
        if stat.S_ISREG(found.st_mode):  # what SQLite says of anything else is as good
            self._check_names(found.st_nlink)
            self._check_size(found.st_size)
        if has_log:
            self._check_log()
        _held.add(self._key)

    def remember_log(self) -> None:
        """The log is there now: from here on it has to stay."""
        self._log_inode = _inode(self._log)

    def check(self) -> None:
        """Raise :class:`StoreError` where a file is not there any more: what is written to it is lost at the end."""
        if _inode(self._real) != self._inode:
            raise StoreError(
                f"The database {self._path} has been moved or removed while it was open, so nothing can be stored; "
                "put it back, or restore a backup and start anew."
            )
        if _inode(self._log) != self._log_inode:
            raise StoreError(
                f"The log {self._log} has been moved or removed while its database was open, so nothing can be "
                "stored; stop rosterkit, which brings all that it holds into the database, and start it again."
            )

    def release(self) -> None:
        """Let others have the file; again is a no-op."""
        _held.discard(self._key)

    def _check_names(self, names: int) -> None:
        if self._key in _held:
            raise StoreError(f"This process has it open already: the database {self._path}. Use another file.")
        if names > 1:
            raise StoreError(
                f"The database {self._path} has {names} names (hard links), and its log would be found beside one of "
                "them only: remove the other names, or copy the file."
            )

    def _check_size(self, size: int) -> None:
        """SQLite would take a file with less than a page for an empty one, and write over it."""
        if 0 < size < _LEAST_BYTES:
            raise StoreError(
                f"The database {self._path} is no SQLite database, or the beginning of one: name another file, or "
                "restore a backup."
            )

    def _check_log(self) -> None:
        """Nobody in this process has locks on the file that closing it here could drop."""
        with Path(self._real).open("rb") as file:
            header = file.read(_WRITE_VERSION + 1)
        if header.startswith(_MAGIC) and header[_WRITE_VERSION:] != bytes([_WITH_LOG]):
            raise self._not_its_log(
                "the database was closed properly and needs none. Move the log away: it belongs to another copy."
            )

    def _not_its_log(self, reason: str) -> StoreError:
        return StoreError(f"The log {self._log} is not that of the database {self._path}: {reason}")


def _create(path: Path) -> None:
    """Make the file, for its owner only: it will hold what logs accounts in.

    SQLite gives the write-ahead log the same mode.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        if not os.access(path, os.R_OK | os.W_OK, effective_ids=os.access in os.supports_effective_ids):
            raise StoreError(f"The database {path} must be readable and writable for this user.") from None
    except FileNotFoundError as error:
        raise StoreError(f"The folder of the database {path} does not exist; create it, or name another.") from error
    except OSError as error:
        raise StoreError(
            f"The database {path} could not be made: {error.strerror}. Name a file where this user can write."
        ) from error


def _stat(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except OSError as error:
        raise StoreError(f"The database {path} could not be opened: {error.strerror}. Name another file.") from error


def _inode(path: str) -> int | None:
    try:
        return os.stat(path).st_ino  # noqa: PTH116  # before each commit: a Path costs as much again
    except OSError:
        return None


def _size(path: str) -> int:
    """How many bytes are there; 0 where nothing is, or nothing that can be seen."""
    try:
        return Path(path).stat().st_size
    except OSError:
        return 0
