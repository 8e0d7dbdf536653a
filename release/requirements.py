"""What rosterkit requires, read from setup.cfg: ``python -m release.requirements LANE`` prints what a lane installs.

``minimum`` is the oldest of everything that an installation needs; ``tx-xmpp`` has Tx-XMPP in Wokkel's place.  Both
have what their tests need beside it, as new as it comes.

Tests: ``tests/release/test_requirements.py``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from configparser import ConfigParser
from pathlib import Path

from packaging.requirements import Requirement

from release.wrong import WrongError

__all__ = ["LANES", "declared", "minimum", "without_wokkel"]

SETUP = Path(__file__).parent.parent / "setup.cfg"
#: What no test of these lanes needs, and is large.
_LARGE = {"matplotlib", "ruff"}


def declared(setup: str, section: str, key: str) -> list[Requirement]:
    """The requirements of a key of setup.cfg, in its order."""
    parser = ConfigParser()
    parser.read_string(setup)
    return [Requirement(line) for line in parser[section][key].splitlines() if line.strip()]


def minimum(requirements: Iterable[Requirement]) -> list[str]:
    """Each with exactly the version that it declares as its lowest.

    Raises :class:`~release.wrong.WrongError` for one that declares none.
    """
    pinned = []
    for requirement in requirements:
        lowest = [bound.version for bound in requirement.specifier if bound.operator == ">="]
        if len(lowest) != 1:
            raise WrongError(
                f"setup.cfg: {requirement} declares no lowest version: say >=, and the oldest that works."
            )
        pinned.append(f"{_named(requirement)}=={lowest[0]}")
    return pinned


def without_wokkel(requirements: Iterable[Requirement]) -> list[str]:
    """All of them but Wokkel."""
    return [str(requirement) for requirement in requirements if requirement.name.lower() != "wokkel"]


def _named(requirement: Requirement) -> str:
    return requirement.name + (f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else "")


LANES: dict[str, Callable[[Iterable[Requirement]], list[str]]] = {"minimum": minimum, "tx-xmpp": without_wokkel}


def main(arguments: list[str]) -> int:
    """Print one requirement on each line; 2 where there is no such lane, 1 where setup.cfg has a mistake."""
    if len(arguments) != 1 or arguments[0] not in LANES:
        print(f"usage: python -m release.requirements {{{','.join(LANES)}}}", file=sys.stderr)
        return 2
    setup = SETUP.read_text(encoding="utf-8")
    try:
        needed = LANES[arguments[0]](declared(setup, "options", "install_requires"))
    except WrongError as wrong:
        print(wrong, file=sys.stderr)
        return 1
    tests = declared(setup, "options.extras_require", "test")
    print(*needed, *(str(test) for test in tests if test.name not in _LARGE), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
