"""A mutant of our own server: one rule broken, by another function in the place of the one that keeps it.

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

__all__ = ["Mutant", "Patch", "applied", "mutant"]


class Patch(NamedTuple):
    """``owner`` (a module, a class or a table) gets for ``name`` what ``change`` makes of what it has there."""

    owner: Any
    name: Any
    change: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mutant.  ``breaks`` says in a sentence what it does wrong, ``section`` where the rule stands.

    No two mutants break the same rule.  ``caught_in`` are the beginnings of the ids of cases, one of which at least
    has to catch it.
    """

    name: str
    section: str
    breaks: str
    patches: tuple[Patch, ...]
    caught_in: tuple[str, ...] = ()


def mutant(name: str, section: str, breaks: str, *patches: Patch, caught_in: tuple[str, ...] = ()) -> Mutant:
    """A mutant that a case of its own section has to catch, unless ``caught_in`` says otherwise."""
    return Mutant(name, section, breaks, patches, caught_in or (f"rfc6121/{section}",))


@contextmanager
def applied(wrong: Mutant) -> Iterator[None]:
    """Break the rule for the ``with`` block, in this process; afterwards everything is as it was."""
    undone: list[Callable[[], object]] = []
    try:
        for owner, name, change in wrong.patches:
            undone.append(_put(owner, name, change))
        yield
    finally:
        for undo in reversed(undone):
            undo()


def _put(owner: Any, name: Any, change: Callable[[Any], Any]) -> Callable[[], object]:
    if isinstance(owner, MutableMapping):
        before = owner[name]
        owner[name] = change(before)
        return lambda: owner.__setitem__(name, before)
    before = getattr(owner, name)
    setattr(owner, name, change(before))
    return lambda: setattr(owner, name, before)
