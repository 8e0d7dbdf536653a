"""A script that one account plays by itself before or after the cases, and that nobody judges.

Tests: ``tests/conformance/test_greeting.py``, ``tests/conformance/test_registering.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import inlineCallbacks
from twisted.internet.interfaces import IReactorTime

from rosterkit.conformance.probing.lines import Account, Lines
from rosterkit.conformance.probing.play import Play
from rosterkit.conformance.server.case import ServerCase, kept
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Script
from rosterkit.conformance.verdicts import Level

__all__ = ["played_alone"]


@inlineCallbacks
def played_alone(
    script: Callable[[People], Script], account: Account, lines: Lines, clock: IReactorTime, patience: float
) -> Any:
    """The :class:`~rosterkit.conformance.server.evidence.Evidence` of ``script``, with ``account`` as ``people.me``.

    Each step has ``patience`` seconds.  Fails with :class:`~rosterkit.conformance.probing.lines.ProbeError` where the
    account is not let in.
    """
    case = ServerCase("rosterkit/0/alone", Level.MAY, "", "", "", "", script, lambda _: kept("Nobody asks."))
    play = Play(case, People(case.id, "", [account.bare]), {account.bare: account}, lines, clock, patience)
    yield play.run(strictly=True)
    return play.evidence()
