"""What has to be in the files of a release: each file that is missing or too much is a sentence."""

from __future__ import annotations

import pytest

from release.dist.contents import PLUGIN, of_sdist, of_wheel

KNOWN = {"README.md", "rosterkit/cli.py", "rosterkit/net/control/page/main.js", PLUGIN, ".ci/run", ".gitignore"}
SDIST = (KNOWN - {".ci/run", ".gitignore"}) | {"PKG-INFO", "rosterkit.egg-info/SOURCES.txt"}
METADATA = {
    f"rosterkit-1.dist-info/{name}"
    for name in ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE", "top_level.txt")
}
WHEEL = {"rosterkit/cli.py", "rosterkit/net/control/page/main.js", PLUGIN} | METADATA


def test_what_is_whole_is_right():
    """Git's files but for those of the checkout alone; in the wheel the package and the plugin."""
    assert of_sdist(KNOWN, SDIST) == []
    assert of_wheel(SDIST, WHEEL) == []


@pytest.mark.parametrize("name", sorted(SDIST & KNOWN))
def test_every_file_is_missed_in_the_source_archive(name: str):
    """By its name, with what to do."""
    assert of_sdist(KNOWN, SDIST - {name}) == [f"{name} is not in the source archive: name it in MANIFEST.in."]


@pytest.mark.parametrize("name", sorted(WHEEL - METADATA))
def test_every_file_is_missed_in_the_wheel(name: str):
    """A script of the page as well as a module and Twisted's plugin."""
    assert of_wheel(SDIST, WHEEL - {name}) == [
        f"{name} is not in the wheel: name it under options.package_data in setup.cfg."
    ]


def test_what_is_too_much_is_said():
    """A file that lay around, and one that would lie in somebody else's package."""
    assert of_sdist(KNOWN, SDIST | {"run/ca.pem"}) == [
        "run/ca.pem is in the source archive, and git does not know it."
    ]
    assert of_wheel(SDIST, WHEEL | {"twisted/plugins/__init__.py"}) == [
        "twisted/plugins/__init__.py is in the wheel, and is none of ours to install."
    ]


def test_metadata_that_is_missing_is_said():
    """The licence goes with the wheel."""
    assert of_wheel(SDIST, WHEEL - {"rosterkit-1.dist-info/licenses/LICENSE"}) == [
        "The wheel's metadata has no licenses/LICENSE."
    ]
