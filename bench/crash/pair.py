"""Two addresses and what may stand between them, given what was sent and what was answered.

An operation happens whole, at some moment between its sending and its answer, in the order of its client; one that
was never answered has happened or not.  So several states may be true at once: each is a *world*, a model of RFC 6121
with the open operations that have happened in it.

Tests: ``tests/bench/test_crash_pair.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from bench.soak.model import Model, Operation, Shown

__all__ = ["Half", "Pair", "Seen"]


class Half(NamedTuple):
    """What one account holds about the other address: its entry, and whether a request of the other waits."""

    shown: Shown | None = None
    asked: bool = False


#: The halves of the accounts among the two, in the order of their names.
Seen: TypeAlias = tuple[Half, ...]


class _Open(NamedTuple):
    """An operation that is not answered yet."""

    client: str
    operation: Operation


class _World(NamedTuple):
    """One possibility; ``done`` are the numbers of open operations that have happened, and whether they were good."""

    model: Model
    done: frozenset[tuple[int, bool]]

    def has(self, number: int) -> bool:
        """Whether an open operation has happened."""
        return (number, True) in self.done or (number, False) in self.done


class Pair:
    """The two ``addresses``, of which ``accounts`` are accounts of the server."""

    def __init__(self, addresses: Iterable[str], accounts: Iterable[str]) -> None:
        self.addresses = tuple(sorted(set(addresses)))
        self.accounts = tuple(address for address in self.addresses if address in set(accounts))
        self._open: dict[int, _Open] = {}
        self._worlds: list[_World] = [_World(Model(self.accounts), frozenset())]

    def send(self, number: int, client: str, operation: Operation) -> None:
        """An operation is about to be sent; numbers grow."""
        self._open[number] = _Open(client, operation)

    def answer(self, number: int, accepted: bool) -> bool:
        """The answer has come; False where it cannot be: then the worlds stay as they were.

        One that was refused has not happened, or had no effect.
        """
        kept = [
            world._replace(done=world.done - {(number, True), (number, False)})
            for world in self._reachable()
            if (number, accepted) in world.done or (not accepted and not world.has(number))
        ]
        del self._open[number]
        if kept:
            self._worlds = self._distinct(kept)
        return bool(kept)

    def possible(self) -> set[Seen]:
        """Everything that may be seen now."""
        return {self._seen(world.model) for world in self._reachable()}

    def settle(self, seen: Seen) -> int | None:
        """Whoever was not answered will not be: keep what agrees with ``seen``.

        Gives how many of the unanswered operations have happened at least; None, and nothing changes, where no world
        agrees.
        """
        agreeing = [world for world in self._reachable() if self._seen(world.model) == seen]
        if not agreeing:
            return None
        self._open.clear()
        self._worlds = self._distinct([world._replace(done=frozenset()) for world in agreeing])
        return min(len(world.done) for world in agreeing)

    def _seen(self, model: Model) -> Seen:
        halves = []
        for account in self.accounts:
            (other,) = (address for address in self.addresses if address != account)
            halves.append(Half(model.roster(account).get(other), other in model.requests(account)))
        return tuple(halves)

    def _reachable(self) -> list[_World]:
        """The worlds, and those that they become when open operations happen, each client's in their order."""
        found = {self._key(world): world for world in self._worlds}
        waiting = list(found.values())
        while waiting:
            for after in self._steps(waiting.pop()):
                if self._key(after) not in found:
                    found[self._key(after)] = after
                    waiting.append(after)
        return list(found.values())

    def _steps(self, world: _World) -> Iterable[_World]:
        """What happens next, once for each client that has something open."""
        clients: set[str] = set()
        for number, (client, operation) in self._open.items():
            if client in clients or world.has(number):
                continue
            clients.add(client)
            model = world.model.copied()
            accepted = model.apply(operation)
            yield _World(model, world.done | {(number, accepted)})

    def _key(self, world: _World) -> tuple[Seen, frozenset[tuple[int, bool]]]:
        return self._seen(world.model), world.done

    def _distinct(self, worlds: Iterable[_World]) -> list[_World]:
        return list({self._key(world): world for world in worlds}.values())
