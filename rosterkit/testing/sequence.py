"""Calls one after the other, whether they give what they give at once or Deferreds of it.

Tests: ``tests/testing/test_playing.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any

__all__ = ["in_turn"]


def in_turn(steps: Generator[Any, Any, Any]) -> Any:
    """What ``steps`` returns, where each yield gives the result of what it yields; a Deferred of it if there is one.

    A Deferred that fails raises inside of ``steps``, as a call that answers at once does by itself.
    """
    return _go_on(steps, lambda: next(steps))


def _go_on(steps: Generator[Any, Any, Any], resume: Callable[[], Any]) -> Any:
    try:
        waited = resume()
        while not hasattr(waited, "addCallbacks"):
            waited = steps.send(waited)
    except StopIteration as end:
        return end.value
    return waited.addCallbacks(
        lambda found: _go_on(steps, lambda: steps.send(found)),
        lambda failure: _go_on(steps, lambda: failure.throwExceptionIntoGenerator(steps)),
    )
