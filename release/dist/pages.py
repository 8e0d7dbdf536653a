"""The pages of the source archive whose commands are tried, as they stand there.

Tests: ``tests/release/test_pages.py``.
"""

from __future__ import annotations

import re
import shutil
import tarfile
from pathlib import Path

from release.wrong import WrongError

__all__ = ["Pages"]


class Pages:
    """The unpacked source archive ``sdist``, in ``folder``, which is made."""

    def __init__(self, sdist: Path, folder: Path) -> None:
        with tarfile.open(sdist) as archive:
            archive.extractall(folder, filter="data")
        (self.root,) = folder.iterdir()

    def block(self, page: str, language: str, having: str) -> str:
        """The one example of a page in a language that has these words.

        Raises :class:`~release.wrong.WrongError` where there is none, or more than one.
        """
        text = (self.root / page).read_text(encoding="utf-8")
        blocks: list[str] = re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
        found = [block for block in blocks if having in block]
        if len(found) != 1:
            raise WrongError(f"{page} has {len(found)} examples in {language} with {having!r}; one was expected.")
        return found[0]

    def copy(self, name: str, place: Path) -> None:
        """Put a file of the archive into a folder."""
        shutil.copy(self.root / name, place)
