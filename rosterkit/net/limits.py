"""The limits of a configuration, as those take them who keep them: the rules, and the connections.

Tests: ``tests/net/test_bounds_on_sockets.py``, ``tests/test_limits.py``.
"""

from __future__ import annotations

from rosterkit.core.limits import Limits as AccountLimits
from rosterkit.limits import Limits
from rosterkit.net.bounds import Bounds

__all__ = ["of_accounts", "of_connections"]


def of_accounts(limits: Limits) -> AccountLimits:
    """What the rules keep."""
    return AccountLimits(*(getattr(limits, field) for field in AccountLimits._fields))


def of_connections(limits: Limits) -> Bounds:
    """What connections keep."""
    return Bounds(*(getattr(limits, field) for field in Bounds._fields))
