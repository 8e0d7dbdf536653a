"""What may be true where nobody was told: an operation whose answer was lost has happened whole, or not at all.

Tests: ``tests/bench/test_worlds.py``.
"""

from __future__ import annotations

from collections.abc import Callable

from bench.soak.model import Model, Operation

__all__ = ["Worlds"]


class Worlds:
    """The models that agree with everything that was seen so far; there is always at least one."""

    def __init__(self, model: Model) -> None:
        self.possible = [model]

    def apply(self, operation: Operation, accepted: bool | None) -> bool:
        """The server has answered; False where it had to answer otherwise, in every world.

        None for ``accepted`` is an operation that has no answer of its own.
        """
        agreeing = []
        for model in self.possible:
            if model.apply(operation) is accepted or accepted is None:
                agreeing.append(model)
        self.possible = agreeing or self.possible
        return bool(agreeing)

    def doubt(self, operation: Operation) -> None:
        """The answer was lost: it may have happened."""
        done = [model.copied() for model in self.possible]
        for model in done:
            model.apply(operation)
        self.possible += done

    def restart(self) -> None:
        """The server was started anew."""
        for model in self.possible:
            model.restart()

    def settle(self, agrees: Callable[[Model], bool]) -> bool:
        """Keep the worlds that agree with what was seen; False, and all are kept, where none does."""
        agreeing = [model for model in self.possible if agrees(model)]
        self.possible = agreeing or self.possible
        return bool(agreeing)
