"""``rosterkit check server``: from the options to the report and the exit code.

Tests: ``tests/conformance/test_check_server.py``.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from twisted.internet.defer import CancelledError, Deferred, DeferredList, inlineCallbacks
from twisted.internet.error import ReactorNotRunning
from twisted.logger import Logger

from rosterkit.conformance.case import Check, Rule
from rosterkit.conformance.probing.greeting import greet
from rosterkit.conformance.probing.lines import Lines, ProbeError
from rosterkit.conformance.probing.play import Play
from rosterkit.conformance.probing.pool import Pool
from rosterkit.conformance.probing.queue import Hall, PlayQueue
from rosterkit.conformance.probing.registering import Registrar
from rosterkit.conformance.report import SERVERS, write_report
from rosterkit.conformance.results import Expectation, Row, Run, exit_code
from rosterkit.conformance.runner.rows import Rows
from rosterkit.conformance.runner.telling import check_folder, complain, conclude, counted, progress
from rosterkit.conformance.server.case import ServerCase, judged
from rosterkit.errors import ConfigError
from rosterkit.wire.entering import Account

__all__ = ["ServerOptions", "ServerRun"]

_log = Logger()

#: Seconds that what is under way has when a signal comes: the plays first, then the removal of accounts.
_LONGEST_END = 10.0
_STOPPED = "The run was stopped before this case was played."
_WANTED = "they need --component-connect and --component, more accounts, or another --transport."


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """What was asked for.

    ``accounts`` are used as they are, ``register`` is how many more are made for the run.  ``patience`` is how many
    seconds the server has for each step.  ``wipe`` allows to empty rosters that have entries at the beginning.
    ``left_out`` are the cases that were chosen and cannot be played without a component or more accounts.
    """

    cases: Sequence[ServerCase]
    checks: Sequence[Check]
    seed: str
    folder: Path
    domain: str
    component: str | None
    transport: str
    accounts: Sequence[Account]
    register: int
    jobs: int
    patience: float
    strict: bool
    wipe: bool
    server: str
    version: str
    command: str
    expected: Callable[[Rule], Expectation | None]
    left_out: Sequence[ServerCase]


class ServerRun:
    """The whole run on ``reactor``, from its start to the exit code; ``say`` gets each line for people."""

    def __init__(
        self, options: ServerOptions, lines: Lines, reactor: Any, say: Callable[[str], object] | None = None
    ) -> None:
        self.code = 3
        self.options = options
        self._reactor = reactor
        self._say = say or complain
        self._lines = lines
        self._hall = Hall(lines, options.component, reactor, options.seed, options.patience)
        self._registrar = Registrar(lines, options.domain, reactor, options.patience)
        self._queue: PlayQueue | None = None
        self._rows = Rows(options.cases, options.checks, options.expected)
        self._told: Mapping[str, str] = {}
        self._started = datetime.now(UTC).replace(microsecond=0)
        self._began = reactor.seconds()
        self._trouble = ""
        self._lost_accounts: list[str] = []
        self._done: Deferred[None] = Deferred()
        self._part: Deferred[Any] | None = None  # what is under way
        self._makes = False  # an account is on its way
        self._stopped = False
        self._ended = False
        self._page: Path | None = None

    # From start to end

    @inlineCallbacks
    def start(self) -> Any:
        """Find out who is there, play, report; the reactor is stopped when all is done."""
        try:
            if self._has_folder():
                yield self._limited(self._work())
                yield self._finish()
        finally:
            self._ended = True
            self._halt()
            self._done.callback(None)

    def stop(self) -> Deferred[None]:
        """The end by a signal, whenever it comes; fires when the run is over.

        No other play is begun, and those under way have ten seconds to end and to clean their accounts.  Then
        accounts are removed, in ten seconds more, and the report says of what was not played that it was not.
        """
        if not (self._stopped or self._done.called):
            self._stopped = True
            self._say("rosterkit check server: a signal has come; what is under way ends within 20 seconds.")
            if self._queue is not None:
                self._queue.stop()
            elif self._part is not None and not (self._ended or self._makes):
                self._part.cancel()
            if self._part is not None:
                self._part.addTimeout(_LONGEST_END, self._reactor)
        return self._done

    def _limited(self, part: Deferred[Any]) -> Deferred[Any]:
        """A part of the run, which is cut short some time after a signal; it never fails."""
        self._part = part
        return part.addTimeout(_LONGEST_END, self._reactor) if self._stopped else part

    def _has_folder(self) -> bool:
        try:
            check_folder(self.options.folder)
        except ConfigError as error:
            self.code = 2
            self._say(f"rosterkit check server: {error}")
            return False
        return True

    @inlineCallbacks
    def _work(self) -> Any:
        """All that there is to be learnt."""
        try:
            pool = yield self._prepare()
            yield self._play(pool)
        except ProbeError as error:
            self._gone(str(error))
        except CancelledError:
            """A signal has cut it short."""
        except Exception:  # noqa: BLE001  # without an end the run would hang
            _log.failure("The run failed by a mistake of rosterkit; please report it.")
            self._gone("The run failed by a mistake of rosterkit.")

    @inlineCallbacks
    def _prepare(self) -> Any:
        """Accounts that can log in and have empty rosters; ProbeError with a sentence where they have not."""
        options = self.options
        accounts = list(options.accounts)
        for _ in range(options.register):
            accounts.append((yield self._make()))
        self._told = yield greet(self._lines, accounts[0], self._reactor, options.patience)
        for account in options.accounts:
            yield self._look_into(account)
        if any(case.component for case in options.cases):
            yield self._hall.component.connect()
        return Pool(accounts)

    @inlineCallbacks
    def _make(self) -> Any:
        """One more account; a signal waits for it, or nobody would know of it."""
        self._makes = True
        account = yield self._registrar.make()
        self._makes = False
        if self._stopped:
            raise CancelledError
        return account

    @inlineCallbacks
    def _look_into(self, account: Account) -> Any:
        entries = yield self._hall.entries(account)
        if entries and not self.options.wipe:
            named = ", ".join(entries[:3]) + (", ..." if len(entries) > 3 else "")
            raise ProbeError(
                f"The roster of {account.bare} is not empty ({named}), and the cases change it and empty it. "
                "Name an account for tests with --account, or say --wipe to lose what is there."
            )
        why = yield self._hall.clean(account)
        if why is not None:
            raise ProbeError(f"The account {account.bare} cannot be made ready: {why}")

    @inlineCallbacks
    def _play(self, pool: Pool) -> Any:
        self._began = self._reactor.seconds()
        self._queue = PlayQueue(
            self._hall, self.options.cases, pool, self.options.jobs, self._over, self._gone, self._lost
        )
        self._queue.start()
        yield self._queue.done

    def _over(self, play: Play, seconds: float) -> None:
        if self._ended:
            return
        case, evidence = play.case, play.evidence()
        self._progress(self._rows.judge(case, lambda: judged(case, evidence), evidence, play.entries, seconds))

    def _gone(self, sentence: str) -> None:
        self._trouble = sentence
        self._say(f"rosterkit check server: {sentence}")

    def _lost(self, sentence: str) -> None:
        """The run goes on with fewer accounts, which takes longer; the report says so too."""
        self._lost_accounts.append(sentence)
        self._say(f"rosterkit check server: {sentence}")

    @inlineCallbacks
    def _finish(self) -> Any:
        self._ended = True  # a play that ends from now on has met what the end of the run does
        yield self._limited(self._tidy())
        for case in self.options.cases:
            if case not in self._rows:
                self._rows.miss(case, self._trouble or (_STOPPED if self._stopped else "This case was not played."))
        try:
            run = self.run()
            self.code = exit_code([run])
            if self._trouble and self.code in (0, 4):
                self.code = 3
            self._report(run)
            self._conclude(run)
        except Exception:  # noqa: BLE001  # without an end the run would hang
            _log.failure("The report failed by a mistake of rosterkit; please report it.")
            self.code = 3

    @inlineCallbacks
    def _tidy(self) -> Any:
        """End the component's line, and remove the accounts that were made; which could not be is told."""
        made = self._registrar.made
        with suppress(CancelledError):
            yield self._hall.component.close()
            yield DeferredList([self._registrar.remove(account) for account in list(made)], consumeErrors=True)
        for account in made:
            self._say(f"rosterkit check server: the account {account.bare} could not be removed.")

    def _halt(self) -> None:
        with suppress(ReactorNotRunning):
            self._reactor.stop()

    # The report

    def run(self) -> Run:
        """What there is so far."""
        options = self.options
        return Run(
            options.server or self._told.get("name") or options.domain,
            self._rows.all(),
            options.seed,
            self._started.isoformat(),
            self._reactor.seconds() - self._began,
            options.strict,
            options.version or self._told.get("version", ""),
            options.transport,
            options.command,
            self._environment(),
            SERVERS.testee,
        )

    def _environment(self) -> Mapping[str, str]:
        told = {"Python": platform.python_version(), "system": platform.system(), "domain": self.options.domain}
        if self.options.component:
            told["component"] = self.options.component
        if self._told.get("os"):
            told["the server's system"] = self._told["os"]
        if self._lost_accounts:
            told["accounts given up"] = " ".join(self._lost_accounts)
        if self.options.left_out:
            told["left out"] = (
                f"{len(self.options.left_out)} cases, for want of a component, of accounts, or of the transport"
            )
        return told

    def _report(self, run: Run) -> None:
        try:
            self._page = write_report(self.options.folder, [run])
        except ConfigError as error:
            self.code = self.code or 2
            self._say(f"rosterkit check server: {error}")

    def _conclude(self, run: Run) -> None:
        last = f"{counted(run)}. Report: {self._page or 'none'}."
        if self.options.left_out:
            last += f" {len(self.options.left_out)} cases were left out: {_WANTED}"
        conclude(run, f"{last} Exit code {self.code}.")

    def _progress(self, row: Row) -> None:
        self._say(progress(row, len(self._rows), len(self.options.cases), self.options.strict))
