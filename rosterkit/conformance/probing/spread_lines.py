"""Lines to a cluster: one server with several nodes, at each of which its clients may log in.

Tests: ``tests/conformance/test_spread_lines.py``.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from twisted.internet.defer import Deferred

from rosterkit.conformance.probing.lines import Account, Line, Lines, Listener, Phase

__all__ = ["SpreadLines"]


class SpreadLines:
    """Lines that go to each of ``nodes`` in turn; the component's goes to the first.

    So most of what passes between clients of a play passes between nodes.
    """

    def __init__(self, nodes: Sequence[Lines]) -> None:
        self._nodes = nodes
        self._turns = itertools.cycle(nodes)

    #: What passes between nodes is fenced by messages from each line to each other.
    is_spread = True

    @property
    def is_settled(self) -> bool:
        """Whether nothing is ever under way at any node when a step returns."""
        return all(node.is_settled for node in self._nodes)

    def enter(
        self,
        label: str,
        account: Account,
        upto: Phase,
        listener: Listener,
        resource: str | None = None,
        **more: Any,
    ) -> Deferred[Line]:
        """See :class:`~rosterkit.conformance.probing.lines.Lines`."""
        return next(self._turns).enter(label, account, upto, listener, resource, **more)

    def join(self, label: str, listener: Listener) -> Deferred[Line]:
        """See :class:`~rosterkit.conformance.probing.lines.Lines`."""
        return self._nodes[0].join(label, listener)

    def pump(self) -> None:
        """Let happen what can."""
        for node in self._nodes:
            node.pump()
