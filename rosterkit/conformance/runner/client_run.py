"""``rosterkit check client``: a server, clients that are started for the cases or come by themselves, and a report.

Tests: ``tests/conformance/test_check_client.py``.
"""

from __future__ import annotations

import json
import platform
import secrets
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.internet.error import ReactorNotRunning
from twisted.internet.interfaces import IDelayedCall
from twisted.logger import Logger
from twisted.python.failure import Failure

from rosterkit.config import Config
from rosterkit.conformance.case import Case
from rosterkit.conformance.report import write_report
from rosterkit.conformance.report.reading import note_of
from rosterkit.conformance.results import Row, Run, exit_code
from rosterkit.conformance.runner.actors import Obedience, ProcessActor
from rosterkit.conformance.runner.api import add_calls
from rosterkit.conformance.runner.checking import Checking, Plan, Queue
from rosterkit.conformance.runner.guests import FIXED, Guests
from rosterkit.conformance.runner.play import Play
from rosterkit.conformance.runner.process import values_of
from rosterkit.conformance.runner.service import CaseService
from rosterkit.conformance.runner.telling import check_folder, complain, conclude, counted, in_one_line, progress
from rosterkit.conformance.scene import CASE_DOMAIN
from rosterkit.errors import ConfigError, RosterkitError
from rosterkit.wire.passwords import SALT_BYTES, derive

__all__ = ["ClientRun", "Options"]

_log = Logger()

#: Seconds between two reports while guests come and go.
_REPORTS = 10.0
#: Seconds after which nobody waits any more for the end of what cannot be ended.
_LONGEST_END = 10.0


@dataclass(frozen=True, slots=True)
class Options:
    """What was asked for.  ``command`` is None where clients come by themselves.

    ``orders`` is ``stdin``, ``message`` or ``none``; ``teller`` the command that tells the roster.  ``ports`` has
    those that are not just any free one, by ``c2s``, ``tls``, ``websocket`` and ``control``.
    """

    plan: Plan
    folder: Path
    command: str | None
    words: list[str] | None
    teller: list[str] | None
    orders: str
    client: str
    version: str
    password: str
    strict: bool
    until_done: bool
    ports: Mapping[str, int]
    ca_file: Path | None = None
    token: str | None = None


class ClientRun:
    """The whole run on ``reactor``, from its start to the exit code; ``say`` gets each line for people."""

    def __init__(self, options: Options, reactor: Any, say: Callable[[str], object] | None = None) -> None:
        self.code = 0
        self.options = options
        self._reactor = reactor
        self._say = say or complain
        ports = options.ports
        self.service = CaseService(
            Config(
                domains=(CASE_DOMAIN,),
                c2s_port=ports.get("c2s", 0),
                tls_port=ports.get("tls", 0),
                websocket_port=ports.get("websocket", 0),
                control_port=ports.get("control", 0),
                control_token=options.token,
                ca_file=options.ca_file,
                allow_plaintext=True,
            ),
            reactor,
        )
        credentials = derive(options.password, secrets.token_bytes(SALT_BYTES))
        self.checking = Checking(options.plan, credentials, reactor, self._told)
        self._ready: dict[str, Any] = {}
        self._started = datetime.now(UTC).replace(microsecond=0)
        self._began = reactor.seconds()
        self._ended = False
        self._reporting: IDelayedCall | None = None
        self._actors: set[ProcessActor] = set()
        self._queue: Queue | None = None
        self._page: Path | None = None
        self._obedience = Obedience(options.orders != "none", answers=options.orders == "stdin")
        self.guests = Guests(self.checking, self._obedience, reactor, self._guest_done)
        add_calls(self.service.routes, self)

    # From start to end

    def start(self) -> None:
        """Listen, then play; the reactor is stopped when all is done."""
        try:
            check_folder(self.options.folder)
        except ConfigError as error:
            self._refused(str(error))
            return
        self.service.ready.addCallback(self._serve).addErrback(self._failed)
        self.service.startService()

    def stop(self) -> Any:
        """The end, by itself or by a signal: what is not played is told so, the report is written.

        Fires when all that was started has ended, after ten seconds at the latest.
        """
        self._finish("The run was stopped before this case was over.")
        programs = [actor.gone for actor in self._actors]
        ended: Deferred[Any] = DeferredList([maybeDeferred(self.service.stopService), *programs], consumeErrors=True)
        return ended.addTimeout(_LONGEST_END, self._reactor).addErrback(lambda _: None)

    def _serve(self, ready: dict[str, Any]) -> None:
        if self._ended:  # by a signal, before it has begun
            return
        self._ready = ready
        self._began = self._reactor.seconds()
        if self.options.words is not None:
            self._queue = Queue(self.checking, self._begin, self._done)
            self._queue.start()
        elif self.options.plan.cases:
            self.service.claim = self.guests.claim
            self._announce(ready)
        else:
            self._done()

    def _failed(self, failure: Failure) -> None:
        if failure.check(RosterkitError):
            self._refused(failure.getErrorMessage())
            return
        self.code = 3
        _log.failure("The run failed by a mistake of rosterkit; please report it", failure)
        self._ended = True
        self._halt()

    def _refused(self, sentence: str) -> None:
        self.code = 2
        self._say(f"rosterkit check client: {sentence}")
        self._ended = True
        self._halt()

    def _done(self) -> None:
        self._finish("")
        self._halt()

    def _halt(self) -> None:
        with suppress(ReactorNotRunning):
            self._reactor.stop()

    def _finish(self, why: str) -> None:
        if self._ended:
            return
        self._ended = self.checking.ending = True
        if self._queue is not None:
            self._queue.stop()
        for play in self.checking.running:
            play.give_up(why)
        if self.options.words is not None:
            for case in self.checking.missing:
                self.checking.missed(case, why)
        try:
            run = self.run()
            self.code = exit_code([run])
            self._report(run)
            self._conclude(run)
        except Exception:  # noqa: BLE001  # without an end the run would hang
            _log.failure("The report failed by a mistake of rosterkit; please report it")
            self.code = 3

    # The report

    def run(self) -> Run:
        """What there is so far."""
        options = self.options
        return Run(
            options.client,
            self.checking.rows(),
            options.plan.seed,
            self._started.isoformat(),
            self._reactor.seconds() - self._began,
            options.strict,
            options.version,
            _transport(options.command or ""),
            options.command or "",
            {"Python": platform.python_version(), "system": platform.system()},
        )

    def _report(self, run: Run) -> None:
        try:
            self._page = write_report(self.options.folder, [run])
        except ConfigError as error:
            self.code = self.code or 2
            self._say(f"rosterkit check client: {error}")

    def _conclude(self, run: Run) -> None:
        conclude(run, f"{counted(run)}. Report: {self._page or 'none'}. Exit code {self.code}.")

    def _told(self, row: Row, done: int) -> None:
        self._say(progress(row, done, len(self.options.plan.cases), self.options.strict))
        misread = next((said["misread"] for said in map(note_of, row.entries) if "misread" in said), None)
        if misread is not None:
            self._say(f"    What came as an answer cannot be read: {in_one_line(misread)}")

    # Programs

    def _begin(self, case: Case, over: Callable[[Play], None]) -> None:
        options = self.options
        assert options.words is not None
        domain = f"{case.account}.test"
        actor = ProcessActor(
            self._reactor,
            options.words,
            self._values(domain, case),
            self._obedience,
            options.teller,
            options.orders == "message",
        )
        self._actors.add(actor)
        actor.gone.addCallback(lambda _: self._actors.discard(actor))

        def done(play: Play) -> None:
            if self.service.hub.networks.get(play.network.name) is play.network:  # the control API has not removed it
                self.service.hub.remove(play.network)
            over(play)

        play = self.checking.play(case, f"{FIXED}@{domain}", actor, done)
        self.service.hub.add(play.network)
        play.begin()

    def _values(self, domain: str, case: Case) -> dict[str, str]:
        return values_of(self._ready, domain, self.options.password, case.id)

    # Guests

    def _guest_done(self) -> None:
        if self._ended:
            return
        if self.options.until_done and not self.checking.missing:
            self._reactor.callLater(0, self._done)
        elif self._reporting is None:
            self._reporting = self._reactor.callLater(_REPORTS, self._report_soon)

    def _report_soon(self) -> None:
        self._reporting = None
        if not self._ended:
            self._report(self.run())

    def _announce(self, ready: dict[str, Any]) -> None:
        cases: Sequence[Case] = self.options.plan.cases
        line = {
            **ready,
            "password": self.options.password,
            "cases": {case.id: f"{case.account}@{CASE_DOMAIN}" for case in cases},
            "fixed_account": f"{FIXED}@{CASE_DOMAIN}",
        }
        try:
            print(json.dumps(line), flush=True)
        except OSError as error:
            raise ConfigError(f"The ready line cannot be written to standard output: {error.strerror}.") from error
        c2s = ready["c2s"]
        self._say(
            f"{len(cases)} cases wait at {c2s['host']} port {c2s['port']}, each for a client that logs in to its "
            f"account, such as {cases[0].account}@{CASE_DOMAIN}, with the password {self.options.password!r}. "
            f"The CA: {ready['ca_file']}. The report: {self.options.folder / 'index.html'}. Ctrl-C ends it."
        )


def _transport(command: str) -> str:
    """How the command reaches the server, by the placeholders in it."""
    if "{ws}" in command:
        return "websocket"
    return "tls" if "{tls_port}" in command else "tcp"
