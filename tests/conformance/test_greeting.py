"""Who a server says that it is."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.task import Clock

from rosterkit import __version__
from rosterkit.conformance.probing.greeting import greet
from rosterkit.conformance.probing.lines import ProbeError
from rosterkit.conformance.probing.memory import ACCOUNTS, network_in_memory
from rosterkit.conformance.probing.memory_lines import MemoryLines
from rosterkit.core import requests
from rosterkit.core.ext import version
from rosterkit.errors import SERVICE_UNAVAILABLE
from rosterkit.wire.entering import Account


def told(account: Account = ACCOUNTS[0]) -> Any:
    """What our own server tells."""
    outcome: list[Any] = []
    clock = Clock()
    greet(MemoryLines(network_in_memory(clock), clock), account, clock, 1.0).addBoth(outcome.append)
    if hasattr(outcome[0], "raiseException"):
        outcome[0].raiseException()
    return outcome[0]


def test_name_and_version_are_told():
    """For the head of a report."""
    assert told()["name"] == "rosterkit"
    assert told()["version"] == __version__


def test_a_server_that_does_not_say_is_nobody(monkeypatch: pytest.MonkeyPatch):
    """Nothing is told, and nothing fails."""
    monkeypatch.setitem(requests.DOMAIN, ("get", version.QUERY), lambda *_: SERVICE_UNAVAILABLE)  # type: ignore[arg-type]
    assert told() == {}


def test_an_account_that_is_not_let_in_ends_the_run():
    """Before any case is played."""
    with pytest.raises(ProbeError):
        told(ACCOUNTS[0]._replace(password="wrong"))
