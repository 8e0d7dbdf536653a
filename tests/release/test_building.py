"""Which files a release is built from, and which two files it is."""

from __future__ import annotations

import io
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from release.dist.building import build, files_in, known_to_git, names_in_sdist, names_in_wheel
from release.wrong import WrongError


def test_only_what_git_knows_and_is_there(tmp_path: Path):
    """Neither what lies around nor what was deleted, with names of any kind."""
    subprocess.run(["git", "init", "--quiet", "."], cwd=tmp_path, check=True)
    for name in ("a name", "gone", "stray"):
        (tmp_path / name).touch()
    subprocess.run(["git", "add", "a name", "gone"], cwd=tmp_path, check=True)
    (tmp_path / "gone").unlink()
    assert known_to_git(tmp_path) == {"a name"}


def test_outside_a_checkout_it_is_said(tmp_path: Path):
    """With what is needed."""
    with pytest.raises(WrongError, match="make dist needs a checkout"):
        known_to_git(tmp_path)


def test_two_wheels_are_one_too_many(tmp_path: Path):
    """Nobody knows which of them is meant, and none is none."""
    (tmp_path / "a-1.tar.gz").touch()
    with pytest.raises(WrongError, match=r"one wheel in .*; there are: none"):
        files_in(tmp_path)
    (tmp_path / "a-1-py3-none-any.whl").touch()
    assert files_in(tmp_path).sdist.name == "a-1.tar.gz"
    (tmp_path / "a-2-py3-none-any.whl").touch()
    with pytest.raises(WrongError, match=r"a-1-py3-none-any\.whl, a-2"):
        files_in(tmp_path)


def test_names_are_read_from_both(tmp_path: Path):
    """Files only, without the folder around a source archive."""
    with tarfile.open(tmp_path / "x.tar.gz", "w:gz") as archive:
        folder = tarfile.TarInfo("x-1/docs")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        archive.addfile(tarfile.TarInfo("x-1/docs/page.md"), io.BytesIO())
    with zipfile.ZipFile(tmp_path / "x.whl", "w") as wheel:
        wheel.writestr("x/", "")
        wheel.writestr("x/y.py", "")
    assert names_in_sdist(tmp_path / "x.tar.gz") == {"docs/page.md"}
    assert names_in_wheel(tmp_path / "x.whl") == {"x/y.py"}


def test_a_build_that_fails_is_said(tmp_path: Path):
    """With its last words."""
    (tmp_path / "pyproject.toml").write_text("[build-system\n")
    with pytest.raises(WrongError, match=r"python -m build failed:\n(.|\n)*pyproject\.toml"):
        build(tmp_path, {"pyproject.toml"}, tmp_path / "tree", tmp_path / "out")
