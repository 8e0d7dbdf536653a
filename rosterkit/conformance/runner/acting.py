"""What a play knows of the client's side, and how long it waits for it.

Tests: ``tests/conformance/test_play.py``.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

__all__ = ["USUAL", "Actor", "Patience"]


class Patience(NamedTuple):
    """How long a play waits, in seconds, before it takes a silence for an answer."""

    login: float = 30.0
    stanza: float = 10.0
    order: float = 5.0
    case: float = 180.0


#: How long it waits for programs.
USUAL = Patience()


class Actor(Protocol):
    """What a play knows of the client's side.

    ``declines`` says that it was said beforehand that it takes no orders, ``takes_orders`` whether it is worth giving
    one, ``answers`` whether what takes them says when it is done, ``tells`` whether there is a command that tells the
    roster, and ``switches`` whether it can be made to log in to another account.
    """

    @property
    def declines(self) -> bool:
        """See the class."""

    @property
    def takes_orders(self) -> bool:
        """See the class."""

    @property
    def answers(self) -> bool:
        """See the class."""

    tells: bool
    switches: bool

    def bring(self, me: str) -> None:
        """A login of ``me`` is wanted; again while it is under way is a no-op."""

    def give(self, line: str, sentence: str) -> None:
        """Bring an order to the client; what comes back goes to ``Play.hear``."""

    def tell(self, me: str) -> None:
        """Run the command that tells the roster; what it says goes to ``Play.hear_roster``."""

    def heard(self, answered: bool) -> None:
        """Something came of an order: an answer, or a deed alone."""

    def unheard(self) -> None:
        """An order was given, and nothing came of it."""

    def leave(self) -> None:
        """The play is over: whatever was started for it can end."""
