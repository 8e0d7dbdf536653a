"""Calls one after the other, whether they give what they give at once or Deferreds of it.

Tests: ``tests/testing/test_playing.py``.
"""

from __future__ import annotations

from collections.abc import Generator
from functools import partial
from typing import Any

__all__ = ["in_turn"]


def in_turn(steps: Generator[Any, Any, Any]) -> Any:
    """What ``steps`` returns, where each yield gives the result of what it yields; a Deferred of it if there is one.

    A Deferred that fails raises inside of ``steps``, as a call that answers at once does by itself.
    """
    try:
        waited = next(steps)
        while not hasattr(waited, "addCallbacks"):
            waited = steps.send(waited)
    except StopIteration as end:
        return end.value
    from twisted.internet.defer import inlineCallbacks  # whoever has given a Deferred has it

    return inlineCallbacks(_go_on)(steps, waited)


def _go_on(steps: Generator[Any, Any, Any], waited: Any) -> Generator[Any, Any, Any]:
    while True:
        try:
            found = yield waited
        except Exception as error:  # noqa: BLE001  # it is raised inside of the steps
            resume = partial(steps.throw, error)
        else:
            resume = partial(steps.send, found)
        try:
            waited = resume()
        except StopIteration as end:
            return end.value
