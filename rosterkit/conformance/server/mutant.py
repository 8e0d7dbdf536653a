"""A mutant of our own server: one rule broken, by another function in the place of the one that keeps it.

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import FunctionType
from typing import Any, NamedTuple, TypeAlias

__all__ = ["Mutant", "Patch", "Place", "applied", "mutant", "watched"]

#: A function or value that can be patched.
Place: TypeAlias = tuple[int, Any]


class Patch(NamedTuple):
    """``owner`` (a module, a class or a table) gets for ``name`` what ``change`` makes of what it has there.

    Where ``owner`` is a table whose values are no functions, ``home`` is the module and the name by which it is found
    there; without it nobody can tell which plays use the value.
    """

    owner: Any
    name: Any
    change: Callable[[Any], Any]
    home: tuple[Any, str] | None = None

    @property
    def place(self) -> Place:
        """What is patched, as a key."""
        return id(self.owner), self.name


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
        for owner, name, change, _ in wrong.patches:
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


# Which plays use what is patched


@contextmanager
def watched(wrongs: Iterable[Mutant], used: set[Place]) -> Iterator[set[Place]]:
    """For the ``with`` block, note in ``used`` each place of a mutant that is used; gives those nobody can watch.

    A play that uses no place of a mutant goes the same way with it as without.
    """
    patches = {patch.place: patch for wrong in wrongs for patch in wrong.patches}
    unseen: set[Place] = set()
    undone: list[Callable[[], object]] = []
    tables: dict[int, Patch] = {}
    try:
        for place, patch in patches.items():
            if _is_function(patch):
                undone.append(_put(patch.owner, patch.name, _noting(place, used)))
            elif patch.home is not None:
                tables.setdefault(id(patch.owner), patch)
            else:
                unseen.add(place)
        for patch in tables.values():
            assert patch.home is not None
            undone.append(_put(*patch.home, lambda table: _NotingTable(table, used)))
        yield unseen
    finally:
        for undo in reversed(undone):
            undo()


def _is_function(patch: Patch) -> bool:
    if isinstance(patch.owner, MutableMapping):
        return callable(patch.owner[patch.name])
    found = vars(patch.owner).get(patch.name)
    return isinstance(found, FunctionType) or (callable(found) and not isinstance(found, type | staticmethod))


def _noting(place: Place, used: set[Place]) -> Callable[[Any], Any]:
    def change(function: Any) -> Any:
        def noted(*arguments: Any, **named: Any) -> Any:
            used.add(place)
            return function(*arguments, **named)

        return noted

    return change


class _NotingTable(dict[Any, Any]):
    """A copy of a table that notes which of its keys are looked up."""

    def __init__(self, table: MutableMapping[Any, Any], used: set[Place]) -> None:
        super().__init__(table)
        self._table, self._used = table, used

    def __getitem__(self, key: Any) -> Any:
        self._used.add((id(self._table), key))
        return super().__getitem__(key)

    def get(self, key: Any, default: Any = None) -> Any:
        """The value, noted too."""
        self._used.add((id(self._table), key))
        return super().get(key, default)
