"""``rosterkit demo`` in the foreground: the whole session with its beginning, its end and its exit code.

Exit codes: 0 all happened as told, or a signal came; 1 something did not happen as told; 2 it could not start, or
standard output cannot be written to.

Tests: ``tests/demo/test_demo_command.py``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NamedTuple

from twisted.internet.defer import CancelledError, Deferred, ensureDeferred
from twisted.internet.error import ReactorNotRunning
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.words.protocols.jabber.error import StanzaError

from rosterkit.demo.pace import Pace
from rosterkit.demo.stage import ACCOUNTS, DOMAIN, Stage
from rosterkit.demo.story import SCENES, Story
from rosterkit.demo.terminal import CannotShowError, Terminal, is_coloured
from rosterkit.errors import RosterkitError
from rosterkit.net.foreground import run_whole

__all__ = ["Demo", "Options", "run"]

_log = Logger()


class Options(NamedTuple):
    """``pace`` is the factor of every pause; with ``keep`` the server goes on until a signal comes."""

    pace: float = 1.0
    keep: bool = False


class Demo:
    """The whole session on ``reactor``; ``code`` is its exit code."""

    def __init__(self, options: Options, terminal: Terminal, pace: Pace, reactor: Any) -> None:
        self.code = 0
        self._options = options
        self._terminal = terminal
        self._pace = pace
        self._reactor = reactor
        self._stage = Stage(reactor)
        self._stopping = False
        self._playing: Deferred[None] | None = None

    def start(self) -> None:
        """Begin; the reactor is stopped at the end."""
        self._pace.listen()
        self._playing = ensureDeferred(self._play())
        self._playing.addErrback(self._failed)
        if not self._options.keep:
            self._playing.addCallback(lambda _: self._halt())

    def stop(self) -> Deferred[None]:
        """End, also in the middle of a scene; fires when clients and server have ended."""
        self._stopping = True
        self._pace.leave()
        if self._playing is not None:
            self._playing.cancel()
        return ensureDeferred(self._stage.stop())

    async def _play(self) -> None:
        try:
            await self._stage.start()
        except RosterkitError as error:
            self._refused(str(error))
            return
        self._greet()
        try:
            await Story(self._stage, self._terminal).play()
        except CannotShowError:
            raise
        except (RosterkitError, StanzaError, ConnectionError, TimeoutError) as error:
            if self._stopping:
                return
            self.code = 1
            self._terminal.failed(str(error))
            self._halt()
            return
        await self._terminal.rest()
        self._conclude()

    def _greet(self) -> None:
        """What it is, where to look, and how to go on."""
        terminal = self._terminal
        terminal.say(
            f"rosterkit demo: what an XMPP roster is, in {len(SCENES)} scenes. A real server and real clients run in "
            "this process: each stanza below has passed between them, and what is said of their rosters was looked "
            "up in them."
        )
        terminal.say("The inspector shows the same in a browser, while it happens:")
        terminal.commands(f"{self._stage.domain.inspector}")
        if self._pace.listens:
            terminal.say("Enter goes on at once, Ctrl-C ends.")

    def _conclude(self) -> None:
        """What to type next."""
        terminal, domain = self._terminal, self._stage.domain
        terminal.say("All of it has happened as told. What to type next:")
        terminal.say("A server for your own client, with the inspector at http://127.0.0.1:5252/:")
        terminal.commands(
            "rosterkit serve --account juliet:capulet --account romeo:montague \\",
            "    --control-port 5252 --ca-file ca.pem",
        )
        terminal.say("The same lies and more, case by case, to your client, with a verdict on each rule:")
        terminal.commands("rosterkit check client --list", "rosterkit check client --help")
        terminal.say("Tests of your own; with rosterkit, pytest (pip install pytest) has two more fixtures:")
        terminal.commands("pytest --fixtures | grep -A 1 ^rosterkit_")
        terminal.say("docs/tutorial.md of the sources takes ten minutes; README.md has what else there is.")
        if self._options.keep:
            address = " and ".join(f"{name}@{DOMAIN}, password {password}" for name, password in ACCOUNTS.items())
            terminal.say(f"The server goes on until Ctrl-C, at {domain.host} port {domain.port}, for {address}.")
            terminal.say("Its CA file, which your client has to trust, and the inspector:")
            terminal.commands(f"{domain.ca_file}", f"{domain.inspector}")

    # Ends

    def _failed(self, failure: Failure) -> None:
        if self._stopping and failure.check(CancelledError):
            return
        if failure.check(CannotShowError):
            self._unheard(failure.value)
        else:
            self.code = 1
            _log.failure("The demo failed by a mistake of rosterkit; please report it", failure)
        self._halt()

    def _unheard(self, error: BaseException | None) -> None:
        """A reader who has seen enough, as ``head`` has, is no error; a full disk is."""
        if sys.stdout is not None:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if error is not None and not isinstance(error.__cause__, BrokenPipeError):
            self._refused(str(error))

    def _refused(self, sentence: str) -> None:
        self.code = 2
        print(f"rosterkit demo: {sentence}", file=sys.stderr)
        self._halt()

    def _halt(self) -> None:
        with suppress(ReactorNotRunning):
            self._reactor.stop()


def run(options: Options) -> int:
    """Play the demo on standard output; the exit code."""
    return run_whole(_maker(options))


def _maker(options: Options) -> Callable[[Any], Demo]:
    def make(reactor: Any) -> Demo:
        keyboard = sys.stdin.fileno() if sys.stdin is not None and sys.stdin.isatty() else None
        pace = Pace(reactor, options.pace, keyboard)
        terminal = Terminal(sys.stdout, pace.pause, coloured=is_coloured(sys.stdout, os.environ))
        return Demo(options, terminal, pace, reactor)

    return make
