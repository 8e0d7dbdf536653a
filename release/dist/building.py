"""The two files of a release, built from what git knows and nothing else that lies around.

Tests: ``tests/release/test_building.py``.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

from release.wrong import WrongError

__all__ = ["Files", "build", "files_in", "known_to_git", "names_in_sdist", "names_in_wheel"]


class Files(NamedTuple):
    """A source archive and the wheel that was built from it."""

    sdist: Path
    wheel: Path


def known_to_git(root: Path) -> set[str]:
    """The files that git knows and that are there; paths from ``root``.

    Raises :class:`~release.wrong.WrongError` where there is no git, or ``root`` is no checkout.
    """
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError) as wrong:
        raise WrongError(f"git cannot say which files of {root} are the project's: make dist needs a checkout.") from wrong
    return {name for name in listed.split("\0") if name and (root / name).is_file()}


def build(root: Path, names: set[str], scratch: Path, out: Path) -> Files:
    """Copy the named files to ``scratch``, which is made, and build both files from them into ``out``.

    Raises :class:`~release.wrong.WrongError` with the last words of the build where it fails.
    """
    for name in names:
        (scratch / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, scratch / name)
    command = [sys.executable, "-m", "build", "--outdir", str(out), str(scratch)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise WrongError(f"python -m build failed:\n{(ended.stdout + ended.stderr)[-2000:]}")
    return files_in(out)


def files_in(folder: Path) -> Files:
    """The one source archive and the one wheel of a folder.

    Raises :class:`~release.wrong.WrongError` where there is none of a kind, or more than one.
    """
    return Files(_only(folder, "*.tar.gz", "source archive"), _only(folder, "*.whl", "wheel"))


def _only(folder: Path, pattern: str, kind: str) -> Path:
    found = sorted(folder.glob(pattern))
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise WrongError(f"There should be one {kind} in {folder}; there are: {names}.")
    return found[0]


def names_in_sdist(path: Path) -> set[str]:
    """The files of a source archive, without the folder that all of them are in."""
    with tarfile.open(path) as archive:
        return {member.name.partition("/")[2] for member in archive if member.isfile()}


def names_in_wheel(path: Path) -> set[str]:
    """The files of a wheel."""
    with zipfile.ZipFile(path) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}
