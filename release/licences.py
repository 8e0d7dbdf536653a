"""``make licences``: what comes with an installation of rosterkit, and whether its licences go with MIT.

The licence of a package is what its metadata says: the SPDX expression, else the classifiers, else the words of the
old field.  What says nothing, or something that is not in the list, is an error that a person has to look at.

Tests: ``tests/release/test_licences.py``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from release.wrong import WrongError

__all__ = ["Licensed", "closure", "complaint", "licence_of"]

#: May be installed beside MIT and asks for no more than that its notice stays.
ALLOWED = {"MIT", "MIT-0", "BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0", "PSF-2.0", "ZPL-2.1"}
#: What packages wrote before there were expressions.
_OLD_WORDS = {
    "MIT License": "MIT",
    "BSD License": "BSD",
    "Apache Software License": "Apache-2.0",
    "Apache License, Version 2.0": "Apache-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "Zope Public License": "ZPL-2.1",
}
_CLASSIFIER = "License :: OSI Approved :: "


class Licensed(NamedTuple):
    """A package and its licence: an SPDX expression, or the package's own words, or empty."""

    name: str
    version: str
    licence: str


def closure(root: str, find: Callable[[str], Distribution] = distribution) -> list[Distribution]:
    """``root`` and all that it requires here, markers and extras followed; sorted by name.

    Raises :class:`~release.wrong.WrongError` where a requirement is not installed.
    """
    found: dict[str, Distribution] = {}
    seen: set[tuple[str, str]] = set()
    waiting = [(canonicalize_name(root), "")]
    while waiting:
        step = waiting.pop()
        if step in seen:
            continue
        seen.add(step)
        name, extra = step
        try:
            found[name] = find(name)
        except PackageNotFoundError as missing:
            raise WrongError(f"{name} is required and not installed: make the environment again.") from missing
        waiting += _required(found[name], extra)
    return [found[name] for name in sorted(found)]


def _required(package: Distribution, extra: str) -> Iterator[tuple[NormalizedName, str]]:
    for line in package.requires or ():
        requirement = Requirement(line)
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            for wanted in ("", *requirement.extras):
                yield canonicalize_name(requirement.name), wanted


def licence_of(package: Distribution) -> Licensed:
    """What the metadata of a package says; several classifiers are taken as ``AND``."""
    said = package.metadata
    classifiers: Sequence[str] = said.get_all("Classifier") or ()
    approved = [line.removeprefix(_CLASSIFIER) for line in classifiers if line.startswith(_CLASSIFIER)]
    old = (said["License"] or "").strip().split("\n")[0] if "License" in said else ""
    if "License-Expression" in said:
        licence = said["License-Expression"]
    else:
        licence = " AND ".join(_OLD_WORDS.get(word, word) for word in approved) or _OLD_WORDS.get(old, old)
    return Licensed(said["Name"], said["Version"], licence)


def complaint(package: Licensed) -> str:
    """Why a package cannot be taken as it is; empty where it can."""
    name, version, licence = package
    if not licence:
        return f"{name} {version} says nothing of its licence: read it before it is required."
    if any(all(part in ALLOWED for part in either.split(" AND ")) for either in licence.split(" OR ")):
        return ""
    return f"{name} {version} has the licence {licence!r}: not known to go with MIT. Read it before it is allowed."


def main() -> int:
    """Print each package with its licence; 1 where one of them cannot be taken as it is."""
    try:
        packages = [licence_of(package) for package in closure("rosterkit")]
    except WrongError as missing:
        print(missing, file=sys.stderr)
        return 1
    for package in packages:
        print(f"{package.name:20} {package.version:12} {package.licence}")
    wrong = [said for said in map(complaint, packages) if said]
    print(*wrong, sep="\n", end="\n" if wrong else "", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
