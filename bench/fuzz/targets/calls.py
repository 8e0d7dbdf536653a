"""The control API: each call is answered or refused, whatever came before, and others are not disturbed.

Tests: ``tests/bench/fuzz/test_fuzz_targets.py``.
"""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.task import Clock

from bench.fuzz.bodies import SEED, call
from bench.fuzz.case import Case, Played, Step, WrongError
from bench.fuzz.chance import ByteChance, Chance
from bench.fuzz.failures import failures_told
from rosterkit.errors import ContactError, FallenOutError, JidError, ScriptError, StoreError
from rosterkit.net.control.api import make_routes
from rosterkit.net.control.call import Answer, Text
from rosterkit.net.control.refusal import Refusal
from rosterkit.net.control.site import Routes
from rosterkit.net.hub import Hub

__all__ = ["Calls"]

_REFUSALS = (Refusal, ScriptError, JidError, ContactError, StoreError, FallenOutError)


class Calls:
    """Every step is one call: method, path and body as a JSON list."""

    name = "control"
    share = 0.03
    deep = "answered", 0.1

    def make(self, chance: Chance) -> Case:
        """Some calls, one after another."""
        made = [json.dumps(call(chance)).encode() for _ in range(12)]
        return Case(tuple(Step(0, data) for data in made), len(made))

    def from_bytes(self, data: bytes) -> Case:
        """The bytes make the choices."""
        return self.make(ByteChance(data))

    def play(self, case: Case) -> Played:
        """Call one after another in a process with two networks."""
        clock, hub = Clock(), Hub()
        routes = make_routes(hub, clock, lambda _: Deferred(), lambda _: None, lambda: None)
        phases: list[str] = []
        with failures_told():
            for name in ("a.test", "bystander.test"):
                _done(routes, clock, "PUT", f"/v1/networks/{name}", SEED if name == "a.test" else {"accounts": {}})
            for step in case.steps:
                method, path, body = json.loads(step.data)
                if "bystander" not in str(path):
                    phases.append(_done(routes, clock, method, path, body))
                clock.advance(0)
        if hub.networks["bystander.test"].world.accounts:
            raise WrongError("A call about one network has changed another.")
        for network in hub.networks.values():
            network.close()
        return Played(tuple(phases), len(case.steps))


def _done(routes: Routes, clock: Clock, method: str, path: str, body: Any) -> str:
    try:
        answer = routes.call(method, path, body)
    except _REFUSALS as refused:
        if not str(refused):
            raise WrongError("A refusal says nothing.") from refused
        return "refused"
    if isinstance(answer, Answer):
        json.dumps(answer.body)
    elif not isinstance(answer, Text) and not callable(answer):
        _finished(ensureDeferred(answer), clock)
    return "answered"


def _finished(deferred: Deferred[Any], clock: Clock) -> None:
    """Let a call that waits come to its end."""
    clock.pump([0, 601])
    results: list[Any] = []
    deferred.addBoth(results.append)
    if results and not isinstance(results[0], Answer) and not isinstance(results[0].value, _REFUSALS):
        raise WrongError(f"A call ended with {results[0]!r:.300}")
