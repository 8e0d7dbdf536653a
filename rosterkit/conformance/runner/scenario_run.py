"""``rosterkit play``: a scenario on a server of its own, with the client that is to be tried.

Tests: ``tests/conformance/test_scenario_run.py``.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from twisted.internet.defer import CancelledError, Deferred, DeferredList, maybeDeferred
from twisted.internet.error import ReactorNotRunning
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import deferLater
from twisted.logger import Logger
from twisted.python.failure import Failure

from rosterkit.conformance.report.visible import cut
from rosterkit.conformance.runner.process import ClientProcess, values_of
from rosterkit.conformance.runner.telling import in_one_line
from rosterkit.core.scenario import ClientStep, ExpectStep, Scenario, Step, sentence
from rosterkit.core.visible import plain
from rosterkit.errors import PatternError, RosterkitError, ScenarioError, ScriptError
from rosterkit.net.control.seeds import read_seed
from rosterkit.testing.domains import Account, Domain, NeverCame, Unmet
from rosterkit.testing.in_process import InProcessServer
from rosterkit.testing.playing import load_scenario
from rosterkit.wire.patterns import read_pattern

__all__ = ["PlayOptions", "ScenarioRun", "load"]

_log = Logger()

#: Seconds in which all that was started has ended at the end.
_LONGEST_END = 10.0
#: The most characters of what a play has ended with.
_WORDS = 2000


class PlayOptions(NamedTuple):
    """What is played: the ``scenario`` of ``file``, by the program ``words`` or whoever comes, in ``timeout`` s."""

    file: Path
    scenario: Scenario
    words: list[str] | None
    timeout: float


def load(file: Path) -> Scenario:
    """The scenario of a file, its network and its patterns looked at too.

    Raises :class:`ScenarioError` with a sentence for a file that cannot be played, before anything begins.
    """
    try:
        scenario = load_scenario(file)
        read_seed({**scenario.network, "domains": list(scenario.domains)}, scenario.domains[0])
        for number, step in enumerate(scenario.steps):
            if isinstance(step, ExpectStep):
                read_pattern(step.pattern, f"steps.{number}.expect")
    except OSError as error:
        raise ScenarioError(f"{file} cannot be read: {error.strerror}.") from error
    except ScriptError as error:
        raise ScenarioError(f"{file}: network.{error}") from error
    except PatternError as error:
        raise ScenarioError(f"{file}: {error}") from error
    return scenario


class ScenarioRun:
    """The whole of it on ``reactor``; ``say`` gets each line, ``code`` is the exit code at the end.

    0 every step was met, 1 one was not, 2 the scenario is wrong, 3 the client never came.
    """

    def __init__(self, options: PlayOptions, reactor: Any, say: Callable[[str], object]) -> None:
        self.code = 0
        self._options = options
        self._reactor = reactor
        self._say = say
        self._server = InProcessServer(reactor, control_port=0)
        self._domain: Domain | None = None
        self._playing: Deferred[Any] | None = None
        self._over: IDelayedCall | None = None
        self._programs: dict[ClientProcess, Deferred[None]] = {}
        self._state = Path(tempfile.mkdtemp(prefix="rosterkit-play-"))
        self._why: Exception | None = None
        self._is_ended = False

    def start(self) -> None:
        """Listen, make the network, play; the reactor is stopped at the end."""
        started = self._server.start().addCallback(lambda server: server.domain())
        started.addCallback(self._play).addErrback(self._conclude).addBoth(lambda _: self._halt())

    def stop(self) -> Any:
        """End what was started; fires when it has ended, after ten seconds at the latest."""
        if not self._is_ended:
            self._is_ended, self.code = True, self.code or 1
            self._say("Stopped before the last step.")
        if self._over is not None and self._over.active():
            self._over.cancel()
        for program in self._programs:
            program.end()
        waited = [maybeDeferred(self._server.stop), *self._programs.values()]
        ended: Deferred[Any] = DeferredList(waited, consumeErrors=True)
        ended.addTimeout(_LONGEST_END, self._reactor).addErrback(lambda _: None)
        return ended.addCallback(lambda _: shutil.rmtree(self._state, ignore_errors=True))

    def _halt(self) -> None:
        with suppress(ReactorNotRunning):
            self._reactor.stop()

    # The play

    def _play(self, domain: Domain) -> Any:
        options = self._options
        self._domain = domain
        count = len(options.scenario.steps)
        self._say(f"Playing {plain(str(options.file))} on {domain.name}: {count} steps. Look at {domain.inspector}")
        self._over = self._reactor.callLater(options.timeout, self._give_up, self._late())
        self._playing = domain.play(self._scenario(), self._start, self._told)
        return self._playing.addCallback(self._met)

    def _scenario(self) -> Scenario:
        """The scenario as it is played: whoever comes by himself may take the whole time for it."""
        if self._options.words is not None:
            return self._options.scenario
        steps = self._options.scenario.steps
        patient = (self._patient(step) if isinstance(step, ClientStep) else step for step in steps)
        return self._options.scenario._replace(steps=tuple(patient))

    def _patient(self, step: ClientStep) -> ClientStep:
        return step._replace(until=step.until or ("connected",), within=min(self._options.timeout, 600))

    def _late(self) -> Unmet:
        return Unmet(f"The {self._options.timeout:g} s of --timeout are over.")

    def _told(self, number: int, step: Step) -> Any:
        self._say(f"{number:4}  met  {in_one_line(sentence(step))}")
        return deferLater(self._reactor, 0)  # what a call has led to on the sockets happens first

    def _met(self, _: Any) -> None:
        self._is_ended = True
        self._say("Every step is met.")

    def _give_up(self, why: Exception) -> None:
        """End the play before its end."""
        if self._playing is not None and not self._is_ended:
            self._why = why
            self._playing.cancel()

    def _conclude(self, failure: Failure) -> Any:
        if self._is_ended:  # by a signal
            return None
        self._is_ended = True
        error = self._why if failure.check(CancelledError) and self._why is not None else failure.value
        if not isinstance(error, Unmet | RosterkitError):
            self.code = 1
            _log.failure("The play failed by a mistake of rosterkit; please report it", failure)
            return None
        self.code = _code(error)
        self._say(cut(plain(" ".join(str(error).split())), _WORDS))
        if isinstance(error, Unmet) and not isinstance(error, NeverCame) and self._domain is not None:
            return self._domain.journal.addCallback(self._absent).addCallback(lambda _: self._advise())
        self._advise()
        return None

    def _advise(self) -> None:
        """What can be done next."""
        if self.code == 1:
            self._say("docs/scenarios.md says when each kind of step is met.")
        elif self.code == 3 and self._options.words is not None:
            self._say("Without --exec a play says whom to log in as, and waits: try the client by hand.")
        elif self.code == 3:
            self._say("Give whoever is to come longer with --timeout, or name a program with --exec.")

    def _absent(self, entries: list[Mapping[str, Any]]) -> None:
        if not any(entry["session"] is not None and entry["jid"] is not None for entry in entries):
            self.code = 3
            self._say("No client has ever logged in.")

    # Programs

    def _start(self, account: Account) -> None:
        ready = self._server.ready
        if self._options.words is None:
            c2s = ready["c2s"]
            self._say(
                f"      Log in as {account.jid} with the password {account.password!r}, at {c2s['host']} port "
                f"{c2s['port']} (STARTTLS, or no TLS). The CA: {ready['ca_file']}"
            )
            return
        values = self._values(account)
        environ = {**os.environ, **{f"ROSTERKIT_{name.upper()}": value for name, value in values.items()}}
        gone: Deferred[None] = Deferred()

        def ended(code: int, words: str) -> None:
            gone.callback(None)
            self._ended(account, code, words.replace(account.password, "..."))

        words = [word.format_map(values) for word in self._options.words]
        self._programs[ClientProcess(self._reactor, words, environ, lambda _: None, ended)] = gone

    def _values(self, account: Account) -> dict[str, str]:
        domain = account.jid.rpartition("@")[2]
        values = values_of(self._server.ready, domain, account.password, self._options.file.stem)
        return {**values, "jid": account.jid, "state": str(self._state)}

    def _ended(self, account: Account, code: int, words: str) -> None:
        """A program that is gone without a login will not come; the others may have done what they are there for."""
        if self._is_ended or self._domain is None:
            return
        said = f" Its last words: {words}" if words else " It said nothing on standard error."
        gone = NeverCame(f"The program for {account.jid} ended with {code} before it was logged in.{said}")

        def look(entries: list[Mapping[str, Any]]) -> None:
            if not any(entry["account"] == account.jid and entry["jid"] is not None for entry in entries):
                self._give_up(gone)

        self._domain.journal.addCallback(look).addErrback(lambda failure: failure.trap(RosterkitError))


def _code(error: Exception) -> int:
    """The exit code for what a play has ended with."""
    if isinstance(error, NeverCame):
        return 3
    return 1 if isinstance(error, Unmet) else 2
