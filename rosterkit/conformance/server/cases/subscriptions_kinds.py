"""Kinds of subscription stanza, of which several cases try the same.

Tests: ``tests/conformance/test_server_subscriptions.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rosterkit.conformance.server.cases.subscriptions_judging import pushed_gone
from rosterkit.conformance.server.cases.subscriptions_moves import KNOWING
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import begins, first
from rosterkit.conformance.server.tables import STATES, Cell, State
from rosterkit.conformance.verdicts import Finding

__all__ = ["Kind", "over"]


class Kind(NamedTuple):
    """A type of stanza, the section about it, the state in which it is tried (a key of STATES), and what it is.

    ``table`` says what becomes of it: INBOUND or OUTBOUND.
    """

    table: Mapping[tuple[str, str], Cell]
    type: str
    section: str
    state: str
    words: str

    @property
    def before(self) -> State:
        """The state in which it is tried."""
        return STATES[self.state]

    @property
    def after(self) -> State:
        """The state afterwards."""
        return STATES[self.table[self.state, self.type].after]


def over(kind: Kind, evidence: Evidence) -> Finding:
    """A judge: each of :data:`KNOWING` is pushed that nothing is left but a request that waits."""
    remote = evidence.people.remote

    def findings() -> Iterator[Finding | None]:
        yield begins(evidence, kind.before, remote)
        yield from pushed_gone(evidence, KNOWING, remote)

    return first(findings(), "Both resources that know the roster were pushed that the subscription is over.")
