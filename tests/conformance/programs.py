"""Small programs that tests start: what they are run with, and how they are seen to be there."""

from __future__ import annotations

import sys
from collections.abc import Callable

from twisted.internet import reactor
from twisted.internet.defer import Deferred

from rosterkit.conformance.runner.process import ClientProcess

SECONDS = 20

#: An interpreter that starts quickly: without site, the user's folder and the environment.
PYTHON = [sys.executable, "-I", "-S", "-c"]

#: The first lines of a program that ignores SIGTERM, and says so by ``ready`` on standard output.
STUBBORN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
"""


def words(code: str, *arguments: str) -> list[str]:
    """A command that runs ``code``, in which nothing is taken for a placeholder; the arguments may have some."""
    return [*PYTHON, code.replace("{", "{{").replace("}", "}}"), *arguments]


class Run:
    """A program under way, of its words or its code in Python.

    ``lines`` is what it has said, ``ended`` fires with its exit code and last words, ``ends`` has all of these.
    """

    def __init__(self, code: str | list[str], **environ: str) -> None:
        self.lines: list[str] = []
        self.ends: list[tuple[int, str]] = []
        self.ended: Deferred[tuple[int, str]] = Deferred()
        self.ended.addTimeout(SECONDS, reactor)
        self._waiting: list[tuple[Callable[[str], bool], Deferred[str]]] = []
        command = [*PYTHON, code] if isinstance(code, str) else code
        self.process = ClientProcess(reactor, command, environ, self._said, self._ended)

    def line(self, match: Callable[[str], bool] = lambda _: True) -> Deferred[str]:
        """The next line that matches."""
        waiting: Deferred[str] = Deferred()
        waiting.addTimeout(SECONDS, reactor)
        self._waiting.append((match, waiting))
        return waiting

    def _said(self, line: str) -> None:
        self.lines.append(line)
        for match, waiting in [one for one in self._waiting if one[0](line)]:
            self._waiting.remove((match, waiting))
            waiting.callback(line)

    def _ended(self, code: int, words: str) -> None:
        self.ends.append((code, words))
        if len(self.ends) == 1:
            self.ended.callback((code, words))
