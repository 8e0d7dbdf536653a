"""What was sent and what was answered, and so what may be there after a crash: the judge of ``make crash``.

Tests: ``tests/bench/test_crash_ledger.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from bench.crash.pair import Half, Pair, Seen
from bench.soak.model import Operation, Shown
from rosterkit.conformance.server.tables import STATES, mirrored

__all__ = ["Judgement", "Ledger"]

_STATES = {(state.shown, state.pending_in): name for name, state in STATES.items()}


@dataclass
class Judgement:
    """What came of a look at every roster.

    ``lost`` and ``half`` are sentences: where an answered change is missing, or something is there that nobody made;
    and where the two sides of a subscription, or the parts of an entry, do not belong together.  ``kept`` and
    ``gone`` count the operations whose answer never came, by whether they have happened.
    """

    lost: list[str] = field(default_factory=list)
    half: list[str] = field(default_factory=list)
    kept: int = 0
    gone: int = 0


class Ledger:
    """The operations of all clients on ``accounts``, and for each pair of addresses what may stand between them."""

    def __init__(self, accounts: Collection[str]) -> None:
        self.accounts = sorted(accounts)
        self.accepted = 0
        self.refused = 0
        #: Answers that no order of what was sent leads to, as sentences.
        self.wrong_answers: list[str] = []
        self._pairs: dict[frozenset[str], Pair] = {}
        self._open: dict[int, Operation] = {}
        self._count = 0

    def send(self, client: str, operation: Operation) -> int:
        """An operation is about to be sent by ``client``, whose stanzas are handled in their order; its number."""
        self._count += 1
        self._open[self._count] = operation
        self._pair(*operation[:2]).send(self._count, client, operation)
        return self._count

    def answer(self, number: int, accepted: bool) -> None:
        """The answer to an operation was read."""
        operation = self._open.pop(number)
        self.accepted += accepted
        self.refused += not accepted
        if not self._pair(*operation[:2]).answer(number, accepted):
            said = "accepted" if accepted else "refused"
            self.wrong_answers.append(f"{operation} was {said}, which nothing that was sent explains.")

    def look(self, rosters: Mapping[str, Mapping[str, Shown]], requests: Mapping[str, Collection[str]]) -> Judgement:
        """Compare what every account holds now, and forget what was never answered."""
        judgement = Judgement()
        unanswered = len(self._open)
        self._open.clear()
        met = {
            frozenset((account, other))
            for account in self.accounts
            for other in (*rosters[account], *requests[account])
        }
        for key in sorted({*self._pairs, *met}, key=sorted):
            pair = self._pair(*key)
            seen = _seen(pair, rosters, requests)
            kept = pair.settle(seen)
            if kept is not None:
                judgement.kept += kept
            else:
                kind = judgement.half if _is_half(seen) else judgement.lost
                kind.append(_sentence(pair, seen))
        judgement.gone = unanswered - judgement.kept
        return judgement

    def _pair(self, one: str, other: str) -> Pair:
        key = frozenset((one, other))
        if key not in self._pairs:
            self._pairs[key] = Pair(key, self.accounts)
        return self._pairs[key]


def _seen(pair: Pair, rosters: Mapping[str, Mapping[str, Shown]], requests: Mapping[str, Collection[str]]) -> Seen:
    halves = []
    for account in pair.accounts:
        (other,) = (address for address in pair.addresses if address != account)
        halves.append(Half(rosters[account].get(other), other in requests[account]))
    return tuple(halves)


def _is_half(seen: Seen) -> bool:
    """Whether the sides do not belong together, or the name and the groups of an entry come from two changes."""
    names = [_state(half) for half in seen]
    if None in names or any(half.shown is not None and _is_mixed(half.shown) for half in seen):
        return True
    return len(names) == 2 and mirrored(str(names[0])) != names[1]


def _state(half: Half) -> str | None:
    shown = (half.shown.subscription, half.shown.ask) if half.shown is not None else ("none", False)
    return _STATES.get((shown, half.asked))


def _is_mixed(shown: Shown) -> bool:
    """Each change of an entry names it and its groups alike (see :mod:`bench.crash.choosing`)."""
    marks = {group.partition(" ")[2] for group in shown.groups}
    return bool(marks) and marks != {(shown.name or "").partition(" ")[2]}


def _sentence(pair: Pair, seen: Seen) -> str:
    possible = "\n    or ".join(str(one) for one in sorted(pair.possible(), key=str)[:8])
    return f"{' and '.join(pair.addresses)}:\n  found {seen}\n  may be {possible}"
