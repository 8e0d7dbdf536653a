"""What a story can say, whoever listens: a terminal, or a test.

Tests: ``tests/demo/test_story.py``.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

__all__ = ["Shown", "Teller"]


class Shown(NamedTuple):
    """A stanza that has passed: ``client`` is account and resource, ``sent`` says that the client has sent it.

    ``xml`` is as it passed, ``rule`` the section of the rule that is about it, ``fault`` the fault that altered it.
    """

    client: str
    sent: bool
    xml: str
    rule: str
    fault: str | None


class Teller(Protocol):
    """Takes what happens, in its order."""

    async def scene(self, title: str, sections: str) -> None:
        """Another scene begins, when the one before has been read; ``sections`` of RFC 6121 have its rules."""

    def say(self, sentences: str) -> None:
        """A paragraph in plain words."""

    def wire(self, stanza: Shown) -> None:
        """A stanza that has passed."""

    def states(self, juliet: str, romeo: str) -> None:
        """The state of the subscription on both sides, as RFC 6121 §A.1 calls it."""
