"""A disk without room, and commits that fail: whoever asked is told so, nothing is half done, and service goes on.

Each trouble has a database of its own.  A full disk is had in two ways: by a limit on the size of files, which any
user can set, and by a small file system in memory, where mounting is permitted.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from bench.crash.rounds import Run, WrongError
from bench.crash.server import Server
from rosterkit.store import Durability

__all__ = ["Came", "full_disk", "full_file_system", "suffer", "without_commits"]

#: Seconds of work before the trouble and after it, in it, and how often that is done where nothing fails.
_QUIET, _TROUBLED, _TRIES = 0.2, 0.4, 10
_BYTES = 6 << 20


class Came(NamedTuple):
    """What came of a trouble: the changes that were refused in it, and those that were stored after it."""

    failed: int
    stored: int


async def suffer(run: Run, begin: Callable[[], None], end: Callable[[], None]) -> Came:
    """Work, work while nothing can be stored, work again, look each time, and once more after a kill.

    Raises :class:`~bench.crash.rounds.WrongError`.
    """
    await run.start()
    if await run.work(_QUIET):
        raise WrongError("Changes failed before anything was broken.")
    begin()
    failed = 0
    for _ in range(_TRIES):
        failed = failed or await run.work(_TROUBLED)
    if not failed:
        raise WrongError("No change was refused while nothing could be stored.")
    await run.enter()
    await run.look()
    end()
    before = run.ledger.accepted
    if await run.work(_QUIET):
        raise WrongError("Changes were refused although there was room again.")
    stored = run.ledger.accepted - before
    if not stored:
        raise WrongError("Nothing was stored although there was room again.")
    await run.enter()
    await run.look()
    run.server.kill()
    await run.start()
    await run.look()
    await run.look_at_every_copy()
    run.server.kill()
    return Came(failed, stored)


async def without_commits(folder: Path, seed: int, durability: Durability) -> Came:
    """Every commit fails at its first instruction."""
    run = Run(Server(folder, durability), seed)
    return await suffer(run, run.server.fail, run.server.go_on)


async def full_disk(folder: Path, seed: int, durability: Durability) -> Came:
    """No file may grow."""
    run = Run(Server(folder, durability), seed)
    return await suffer(run, run.server.limit_files, run.server.unlimit_files)


async def full_file_system(folder: Path, seed: int, durability: Durability) -> Came | None:
    """The file system of the database is full; None where this user may not mount one."""
    with _mounted(folder / "small") as small:
        if small is None:
            return None
        run = Run(Server(folder, durability, small / "measured.db"), seed)
        filler = small / "filler"
        return await suffer(run, lambda: _fill(filler), filler.unlink)


@contextmanager
def _mounted(folder: Path) -> Iterator[Path | None]:
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={_BYTES}", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _fill(path: Path) -> None:
    """Write until there is no room."""
    with path.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return
