"""A run for clients that come by themselves, without sockets: who logs in, what the control API answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playing import PATIENCE, Wire
from twisted.internet.task import Clock

from rosterkit.conformance.catalogue import CASES, CHECKS, selected
from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.runner.checking import Plan
from rosterkit.conformance.runner.client_run import ClientRun, Options
from rosterkit.core import jid
from rosterkit.errors import ScriptError
from rosterkit.net.control.call import Answer
from rosterkit.net.control.refusal import Refusal, of_script

PASSWORD = "hush-hush"


class Reactor(Clock):
    """A time that a test moves; ``stopped`` says that the run has ended by itself."""

    stopped = False

    def stop(self) -> None:
        """The run is over."""
        self.stopped = True


class House:
    """A run of the cases that ``patterns`` take; ``said`` is each line for people."""

    def __init__(self, folder: Path, *patterns: str, orders: str = "none", until_done: bool = False) -> None:
        self.clock = Reactor()
        self.said: list[str] = []
        chosen = selected(patterns, CASES)
        cases = [case for case in CASES if case in chosen]
        plan = Plan(cases, CHECKS, "0", PATIENCE)
        options = Options(
            plan, folder, None, None, None, orders, "guest", "", PASSWORD, False, until_done, {"control": 0}
        )
        self.run = ClientRun(options, self.clock, self.said.append)
        self._wires: list[Wire] = []

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """What the control API answers."""
        try:
            answer: Answer = self.run.service.routes.call(method, path, body)
        except ScriptError as error:
            refusal = of_script(error)
            return refusal.status, refusal.body
        except Refusal as refused:
            return refused.status, refused.body
        return answer.status, answer.body

    def state(self, account: str) -> tuple[str, str | None]:
        """How far a case is, and its verdict."""
        _, shown = self.call("GET", f"/v1/cases/{account}")
        return shown["state"], shown["verdict"]

    def login(self, account: str, client: type[ScriptedClient] = ScriptedClient, password: str = PASSWORD) -> Wire:
        """Somebody logs in to an account of the cases, and all that is under way is carried."""
        bare = f"{account}@case.test"
        network = self.run.guests.claim(jid.parse(bare))
        assert network is not None, "there is no such account"
        wire = Wire(network, self.clock, client(bare, password, {}))
        self._wires.append(wire)
        self.carry()
        return wire

    def carry(self) -> None:
        """Let everything happen that needs no time; clients whose stream was ended come back."""
        for _ in range(1000):
            self.clock.advance(0)
            due = any(call.getTime() <= self.clock.seconds() for call in self.clock.getDelayedCalls())
            moved = [wire.carry() for wire in self._wires]
            for wire in self._wires:
                if wire.is_wanted_again:
                    wire.come_back()
                    moved.append(True)
            if not due and not any(moved):
                return
        raise AssertionError("It never rests.")

    def wait(self, seconds: float) -> None:
        """So much time passes."""
        self.clock.advance(seconds)
        self.carry()
