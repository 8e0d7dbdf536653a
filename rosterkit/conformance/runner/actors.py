"""The client's side of a play: a program that is started for it, or somebody who comes by himself.

Tests: ``tests/conformance/test_actors.py``.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall

from rosterkit.conformance.runner.play import Play
from rosterkit.conformance.runner.process import ClientProcess
from rosterkit.errors import ConfigError

__all__ = ["GuestActor", "Obedience", "ProcessActor"]

#: Seconds in which a program that is still running may log in again by itself before it is started anew.
_COMEBACK = 10.0
#: So many runs of one case, one after the other, that end without a login are enough.
_MOST_FAILURES = 3
#: After so many orders of which nothing came, none is given any more.
_MOST_UNHEARD = 3


class Obedience:
    """Whether the clients of a run do what they are told: after so many orders of which nothing came, none is given.

    ``answers`` says that some order was answered by what was given it, ``declines`` that it was said beforehand that
    none is taken.
    """

    def __init__(self, takes_orders: bool, answers: bool) -> None:
        self.answers = answers
        self.declines = not takes_orders
        self._missed = 0
        self._heard = False

    @property
    def takes_orders(self) -> bool:
        """Whether it is worth trying."""
        return not self.declines and (self._heard or self._missed < _MOST_UNHEARD)

    def heard(self, answered: bool) -> None:
        """Something came of an order: an answer, or a deed."""
        self._heard = True
        self.answers = self.answers or answered

    def unheard(self) -> None:
        """Nothing came of one."""
        self._missed += 1


class _Actor:
    """What both have in common."""

    def __init__(self, obedience: Obedience) -> None:
        self.play: Play | None = None
        self._obedience = obedience

    @property
    def declines(self) -> bool:
        """Whether it was said that no orders are taken."""
        return self._obedience.declines

    @property
    def takes_orders(self) -> bool:
        """Whether an order can be given."""
        return self._obedience.takes_orders

    @property
    def answers(self) -> bool:
        """Whether orders are answered."""
        return self._obedience.answers

    def heard(self, answered: bool) -> None:
        """Something came of an order."""
        self._obedience.heard(answered)

    def unheard(self) -> None:
        """Nothing came of an order."""
        self._obedience.unheard()


class ProcessActor(_Actor):
    """A program.  ``command`` and ``teller`` are words with placeholders, ``values`` what these become.

    ``messages`` says that orders go to the client as chat messages instead of the program's standard input.
    ``gone`` fires when the play is over and all that was started for it has ended.
    """

    switches = True

    def __init__(
        self,
        reactor: Any,
        command: list[str],
        values: Mapping[str, str],
        obedience: Obedience,
        teller: list[str] | None = None,
        messages: bool = False,
    ) -> None:
        super().__init__(obedience)
        self.tells = teller is not None
        self._reactor = reactor
        self._command = command
        self._teller = teller
        self._values = values
        self._messages = messages
        self._state = Path(tempfile.mkdtemp(prefix="rosterkit-check-"))
        self.gone: Deferred[None] = Deferred()
        self._running: set[ClientProcess] = set()
        self._process: ClientProcess | None = None
        self._telling: ClientProcess | None = None
        self._me = ""
        self._logins = 0
        self._failures = 0
        self._timer: IDelayedCall | None = None
        self._left = False

    # What the play wants

    def bring(self, me: str) -> None:
        """Start the program, or wait until the one that runs comes back; one for another account ends first."""
        if self._process is None:
            self._start(me)
        elif self._me != me:
            self._me = me
            self._process.end()  # the next one starts when it has ended
        else:
            self._stop_timer()
            self._timer = self._reactor.callLater(_COMEBACK, self._missed)

    def give(self, line: str, sentence: str) -> None:
        """Write it to the program, or say it to the client."""
        if self._messages:
            assert self.play is not None
            self.play.tell(_spoken(sentence, line))
        elif self._process is not None:
            self._process.order(line)

    def tell(self, me: str) -> None:
        """Run the command that tells the roster; the JSON on its standard output counts when it has ended.

        One that is still running then tells something older, which counts no more.
        """
        assert self._teller is not None
        lines: list[str] = []
        if self._telling is not None:
            self._telling.end()

        def ended(code: int, words: str) -> None:
            if self._telling is telling:
                self._telling = None
                self._told(lines, code, words)

        try:
            telling = self._telling = self._run(self._teller, me, lines.append, ended)
            telling.no_more_orders()
        except ConfigError as error:
            self._noted(f"The command that tells the roster failed: {error}")

    def _told(self, lines: list[str], code: int, words: str) -> None:
        try:
            if not code and self.play is not None:
                self.play.hear_roster(json.loads("\n".join(lines)))
                return
            reason = f"It ended with {code}: {words[-300:]}"
        except (ValueError, RecursionError) as error:
            reason = str(error)
        self._noted(f"The command that tells the roster failed: {reason}")

    def leave(self) -> None:
        """End the program, and the one that tells the roster."""
        self._left = True
        self._stop_timer()
        for process in self._running:
            process.end()
        self._clean_up()

    def _clean_up(self) -> None:
        if self._left and not self._running and not self.gone.called:
            shutil.rmtree(self._state, ignore_errors=True)
            self.gone.callback(None)

    # Runs

    def _start(self, me: str) -> None:
        self._me = me
        self._logins = self.play.logins if self.play is not None else 0
        try:
            self._process = self._run(self._command, me, self._said, self._ended)
        except ConfigError as error:
            assert self.play is not None
            self._reactor.callLater(0, self.play.give_up, str(error))  # so that no case ends while it begins

    def _run(
        self, words: list[str], me: str, said: Callable[[str], None], ended: Callable[[int, str], None]
    ) -> ClientProcess:
        values = {**self._values, "jid": me, "state": str(self._state)}
        filled = [word.format_map(values) for word in words]
        environ = {**os.environ, **{f"ROSTERKIT_{name.upper()}": value for name, value in values.items()}}

        def over(code: int, last_words: str) -> None:
            self._running.discard(process)
            ended(code, self._struck(last_words))
            self._clean_up()

        process = ClientProcess(self._reactor, filled, environ, said, over)
        self._running.add(process)
        return process

    def _said(self, line: str) -> None:
        if self.play is not None:
            self.play.hear(self._struck(line) if '"error"' in line else line)

    def _struck(self, words: str) -> str:
        """A program's own words without the password."""
        return words.replace(self._values["password"], "...")

    def _ended(self, code: int, words: str) -> None:
        """Start it again where a login is still wanted, unless it keeps failing."""
        self._process = None
        self._stop_timer()
        play = self.play
        if self._left or play is None:
            return
        play.note_end(code, words)
        if play.waits_for_login:
            self._failures = self._failures + 1 if play.logins == self._logins else 0
            if self._failures >= _MOST_FAILURES:
                play.give_up(_never_came(code, words))
            else:
                self._start(self._me)

    def _missed(self) -> None:
        """It runs and does not come back: it is started anew."""
        self._timer = None
        if self._process is not None and self.play is not None and self.play.waits_for_login:
            self._process.end()

    def _stop_timer(self) -> None:
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None

    def _noted(self, text: str) -> None:
        if self.play is not None:
            self.play.note_misread(text)


class GuestActor(_Actor):
    """Somebody who comes by himself, and whom nobody can start; orders go to him as chat messages."""

    tells = False
    switches = False

    def bring(self, me: str) -> None:
        """He comes when he comes."""

    def give(self, line: str, sentence: str) -> None:
        """A message that a person and a program can read."""
        assert self.play is not None
        self.play.tell(_spoken(sentence, line))

    def tell(self, me: str) -> None:
        """There is no such command."""

    def leave(self) -> None:
        """He is told by the end of the stream."""


def _spoken(sentence: str, line: str) -> str:
    """The body of a chat message: the sentence for a person, the last line for a program."""
    return f"{sentence}\n{line}"


def _never_came(code: int, words: str) -> str:
    how = f"by the signal {-code}" if code < 0 else f"with the exit code {code}"
    said = f" Its last words: {words[-600:]}" if words else " It said nothing on standard error."
    return f"The client's program ended {how} before it was logged in.{said}"
