"""Every case and check for servers, in the order of the RFC.

Tests: ``tests/conformance/test_server_catalogue.py``.
"""

from __future__ import annotations

from collections.abc import Sequence

from rosterkit.conformance.case import Check, Rule
from rosterkit.conformance.catalogue import in_order
from rosterkit.conformance.server.case import ServerCase
from rosterkit.conformance.server.cases import states

__all__ = ["SERVER_CASES", "SERVER_CHECKS", "SERVER_ROWS"]

_ALL: Sequence[ServerCase] = (*states.CASES,)

SERVER_CASES: tuple[ServerCase, ...] = tuple(in_order(_ALL))
SERVER_CHECKS: tuple[Check, ...] = ()
#: Every case and every check.
SERVER_ROWS: Sequence[Rule] = (*SERVER_CASES, *SERVER_CHECKS)
