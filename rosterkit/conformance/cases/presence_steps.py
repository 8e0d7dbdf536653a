"""What the cases about presence share: who comes with what, and scripts in which the client hears of it.

Tests: ``tests/conformance/test_cases_presence.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Ask, Fence, Say, Script, online
from rosterkit.conformance.stanzas import presence

__all__ = ["BALCONY", "ORCHARD", "comes", "hears"]

#: The resources with which contacts come.
BALCONY, ORCHARD = "balcony", "orchard"
#: What is said, stanza by stanza.
_Says = Callable[[Scene], Sequence[str]]


def comes(scene: Scene, resource: str, content: str = "", type_: str | None = None) -> str:
    """Presence of the contact that the user sees, as it is broadcast."""
    return presence(f"{scene.friend}/{resource}", type_, content, scene.me)


def _nobody(_scene: Scene) -> tuple[str, ...]:
    return ()


def hears(says: _Says, about: Callable[[Scene], tuple[str, ...]] = _nobody) -> Callable[[Scene], Script]:
    """A script in which the client is sent presence, and asked what it makes of it; the marks are numbered."""
    return partial(_say, says, about)


def _say(says: _Says, about: Callable[[Scene], tuple[str, ...]], scene: Scene) -> Script:
    yield from online()
    for number, xml in enumerate(says(scene), 1):
        yield Say(xml, f"presence-{number}")
        yield Fence()
    yield Ask("after", about(scene))
