"""The licences of what is installed with rosterkit."""

from __future__ import annotations

from email.message import Message
from importlib.metadata import Distribution, PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest

from release import licences
from release.licences import Licensed, closure, complaint, licence_of
from release.wrong import WrongError


class Package(Distribution):
    """A package with made-up metadata."""

    def __init__(self, name: str, *headers: tuple[str, str]) -> None:
        self._said: Any = Message()
        for header in (("Name", name), ("Version", "1"), *headers):
            self._said.add_header(*header)

    @property
    def metadata(self) -> Any:
        """As it was made up."""
        return self._said

    def read_text(self, filename: str) -> str | None:
        """The only file that there is."""
        return str(self._said) if filename == "METADATA" else None

    def locate_file(self, path: Any) -> Any:
        """Nothing is asked for."""
        return Path(path)


def requiring(name: str, *lines: str) -> Package:
    """A package that requires these."""
    return Package(name, *(("Requires-Dist", line) for line in lines))


def names(*packages: Package) -> list[str]:
    """The closure of the first in a world with all."""
    world = {package.metadata["Name"]: package for package in packages}

    def find(name: str) -> Distribution:
        if name not in world:
            raise PackageNotFoundError(name)
        return world[name]

    return [package.metadata["Name"] for package in closure(packages[0].metadata["Name"], find)]


def test_requirements_of_requirements_are_there():
    """Each once, in a circle too, whatever the spelling."""
    assert names(requiring("a", "b-c", "D >= 1"), requiring("b-c", "d"), requiring("d", "B_c")) == ["a", "b-c", "d"]


def test_markers_are_followed():
    """What is for another system or an extra that nobody asked for is not there."""
    other = requiring("a", 'b; sys_platform == "no such"', 'c; extra == "test"')
    assert names(other) == ["a"]


def test_extras_are_followed():
    """Those that a requirement names, whether another one names none or not."""
    assert names(requiring("a", "b", "b[tls]"), requiring("b", 'c; extra == "tls"'), requiring("c")) == [
        "a",
        "b",
        "c",
    ]


def test_one_that_is_missing_is_said():
    """Its licence cannot be known."""
    with pytest.raises(WrongError, match="b is required and not installed"):
        names(requiring("a", "b"))


@pytest.mark.parametrize(
    ("headers", "licence"),
    [
        ([("License-Expression", "MIT"), ("License", "other")], "MIT"),
        ([("Classifier", "License :: OSI Approved :: MIT License"), ("License", "Copyright (c)")], "MIT"),
        (
            [
                ("Classifier", "License :: OSI Approved :: MIT License"),
                ("Classifier", "License :: OSI Approved :: GNU General Public License (GPL)"),
            ],
            "MIT AND GNU General Public License (GPL)",
        ),
        ([("License", "Apache License, Version 2.0")], "Apache-2.0"),
        ([("License", "Copyright (c)\nPermission")], "Copyright (c)"),
        ([("Classifier", "Framework :: Twisted")], ""),
    ],
)
def test_the_best_that_metadata_says_is_taken(headers: list[tuple[str, str]], licence: str):
    """The expression, else the classifiers, else the first line of the old field."""
    assert licence_of(Package("a", *headers)) == Licensed("a", "1", licence)


@pytest.mark.parametrize(
    ("licence", "said"),
    [
        ("MIT", ""),
        ("Apache-2.0 OR GPL-3.0-only", ""),
        ("Apache-2.0 AND GPL-3.0-only", "not known to go with MIT"),
        ("(MIT)", "not known"),
        ("GPL-3.0-only", "a 1 has the licence 'GPL-3.0-only'"),
        ("", "a 1 says nothing of its licence"),
    ],
)
def test_only_what_is_known_is_taken(licence: str, said: str):
    """One of those that may be chosen is enough, of those that all count each has to be in the list."""
    assert said in complaint(Licensed("a", "1", licence))
    assert bool(said) == bool(complaint(Licensed("a", "1", licence)))


def test_the_command_fails_over_one_of_them(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """All are listed; the one that cannot be taken is said."""
    packages = [Package("a", ("License", "MIT")), Package("b", ("License", "Beerware"))]
    monkeypatch.setattr(licences, "closure", lambda _: packages)
    assert licences.main() == 1
    printed = capsys.readouterr()
    assert [line.split()[0] for line in printed.out.splitlines()] == ["a", "b"]
    assert printed.err.startswith("b 1 has the licence 'Beerware'")
    packages.pop()
    assert licences.main() == 0
    assert capsys.readouterr().err == ""
