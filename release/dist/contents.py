"""What has to be in the files of a release, as sentences about what is missing or too much.

Tests: ``tests/release/test_contents.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

__all__ = ["of_sdist", "of_wheel"]

#: The one file that goes elsewhere: Twisted finds it there.
PLUGIN = "twisted/plugins/rosterkit_plugin.py"
#: What a checkout has for itself.
_NOT_SHIPPED = (".ci/", ".gitignore")
#: What the build adds to a source archive.
_MADE = ("PKG-INFO", "rosterkit.egg-info/")
_METADATA = ("METADATA", "RECORD", "WHEEL", "entry_points.txt", "licenses/LICENSE")


def of_sdist(known: Iterable[str], held: Iterable[str]) -> list[str]:
    """What is wrong with a source archive that holds these files, where git knows those; sorted by file."""
    wanted = {name for name in known if not name.startswith(_NOT_SHIPPED)}
    found = {name for name in held if not name.startswith(_MADE)}
    return [
        *(f"{name} is not in the source archive: name it in MANIFEST.in." for name in sorted(wanted - found)),
        *(f"{name} is in the source archive, and git does not know it." for name in sorted(found - wanted)),
    ]


def of_wheel(sdist: Iterable[str], held: Iterable[str]) -> list[str]:
    """What is wrong with a wheel that holds these files, where the source archive holds those."""
    wanted = {name for name in sdist if name.startswith("rosterkit/")} | {PLUGIN}
    names = set(held)
    found = {name for name in names if ".dist-info/" not in name}
    return [
        *(
            f"{name} is not in the wheel: name it under options.package_data in setup.cfg."
            for name in sorted(wanted - found)
        ),
        *(f"{name} is in the wheel, and is none of ours to install." for name in sorted(found - wanted)),
        *_without_metadata(names - found),
    ]


def _without_metadata(names: set[str]) -> Iterator[str]:
    there = {name.partition(".dist-info/")[2] for name in names}
    for name in _METADATA:
        if name not in there:
            yield f"The wheel's metadata has no {name}."
