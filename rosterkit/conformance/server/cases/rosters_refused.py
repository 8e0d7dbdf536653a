"""What a server refuses: somebody else's roster, and sets that are wrong (RFC 6121 §2.1.3, §2.1.5, §2.3.3).

Tests: ``tests/conformance/test_server_rosters_refused.py``.
"""

from __future__ import annotations

from rosterkit.conformance.server.case import ServerCase
from rosterkit.conformance.server.cases import rosters_limits, rosters_others, rosters_sets

__all__ = ["CASES"]

CASES: tuple[ServerCase, ...] = (*rosters_others.CASES, *rosters_sets.CASES, *rosters_limits.CASES)
