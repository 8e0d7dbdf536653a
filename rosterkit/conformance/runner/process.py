"""A client that is a program: started for a case, given its orders by standard input, ended with all it has started.

Tests: ``tests/conformance/test_client_process.py``.
"""

from __future__ import annotations

import os
import select
import shlex
import shutil
import signal
import subprocess
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import IO, Any

from twisted.internet import abstract
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.main import CONNECTION_DONE
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from rosterkit.control_settings import web_address
from rosterkit.errors import ConfigError

__all__ = ["PLACEHOLDERS", "ClientProcess", "values_of", "words_of"]

#: What may stand in a command, and what it becomes.
PLACEHOLDERS: Mapping[str, str] = {
    "jid": "the bare JID of the case's account",
    "password": "its password",
    "host": "the address of the server",
    "port": "the port for TCP, with STARTTLS on offer",
    "tls_port": "the port for direct TLS",
    "ws": "the URL of the WebSocket without TLS",
    "ca": "the file with the CA's certificate, in PEM",
    "domain": "the domain of the JID",
    "case": "the id of the case",
    "state": "a folder that is the client's for the whole case, over all its runs",
    "control": "the URL of the control API",
}
#: Seconds between two looks whether it has ended, and until one that does not end is killed.
_LOOKS, _GRACE = 0.02, 2.0
#: The most bytes of a line from it, and of its last words, that are kept.
_LONGEST_LINE, _LAST_WORDS = 8 * 1024 * 1024, 4096
#: What is read at once, and how often of a program that has ended: more than a pipe holds.
_PIECE, _PIECES = 65536, 32


def values_of(ready: Mapping[str, Any], domain: str, password: str, case: str) -> dict[str, str]:
    """What stands for the placeholders but ``jid`` and ``state``, where a server has this ready line."""
    c2s = ready["c2s"]
    return {
        "password": password,
        "host": c2s["host"],
        "port": str(c2s["port"]),
        "tls_port": str(ready["tls"]["port"]),
        "ws": f"{web_address(ready['websocket'], 'ws')}/",
        "ca": str(ready["ca_file"]),
        "domain": domain,
        "case": case,
        "control": web_address(ready["control"]),
    }


def words_of(command: str, place: str) -> list[str]:
    """The words of a command.

    ConfigError with a sentence where a shell could not read it, a placeholder is wrong, or there is no such program.
    """
    try:
        words = shlex.split(command)
        for word in words:
            word.format_map(dict.fromkeys(PLACEHOLDERS, ""))
    except KeyError as error:
        names = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        raise ConfigError(f"{place}: {{{error.args[0]}}} is no placeholder; there are {names}.") from error
    except (ValueError, LookupError, AttributeError, TypeError) as error:
        raise ConfigError(f"{place}: {command!r} cannot be read as a command: {error}.") from error
    if not words:
        raise ConfigError(f"{place}: there is no command.")
    if "{" not in words[0] and shutil.which(words[0]) is None:
        raise ConfigError(f"{place}: there is no program {words[0]!r} that can be started.")
    return words


class _Pipe(abstract.FileDescriptor):
    """One end of a pipe to the program, read by lines where it is one to be read."""

    def __init__(self, reactor: Any, file: IO[bytes], line: Callable[[bytes], None] | None) -> None:
        super().__init__(reactor)
        self._file = file
        self._line = line
        self._rest = b""
        self._is_rest = False  # what comes up to the next line end belongs to a line that was too long
        os.set_blocking(file.fileno(), False)
        self.connected = 1
        if line is not None:
            self.startReading()  # type: ignore[no-untyped-call]

    def fileno(self) -> int:
        """Twisted asks which descriptor it is."""
        return -1 if self._file.closed else self._file.fileno()

    def doRead(self) -> Any:
        """Twisted has found something to read."""
        try:
            data = os.read(self._file.fileno(), _PIECE)
        except BlockingIOError:
            return None
        except OSError:
            return CONNECTION_DONE
        if not data:
            return CONNECTION_DONE
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take(line)
        if len(self._rest) > _LONGEST_LINE:
            self._rest, self._is_rest = b"", True
        return None

    def _take(self, line: bytes) -> None:
        whole, self._is_rest = not self._is_rest, False
        if whole and self._line is not None:
            self._line(line)

    def drain(self) -> None:
        """Read what is left of a program that has ended, the last line too where it is not whole."""
        for _ in range(_PIECES):
            if not (self.connected and select.select([self], [], [], 0)[0] and self.doRead() is None):
                break
        rest, self._rest = self._rest, b""
        if rest:
            self._take(rest)

    def writeSomeData(self, data: bytes) -> Any:
        """Twisted has found that it can be written to."""
        try:
            return os.write(self._file.fileno(), data)
        except BlockingIOError:
            return 0
        except OSError:
            return CONNECTION_DONE

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The other end is closed, or this one is to be."""
        super().connectionLost(reason)  # type: ignore[no-untyped-call]
        with suppress(OSError):
            self._file.close()


class ClientProcess:
    """One run of ``words`` (placeholders filled).

    ``said`` is called with each line of its standard output; ``ended`` with its exit code (negative: a signal) and
    its last words on standard error, once, however it ends.  Raises :class:`ConfigError` where it cannot be started.
    """

    def __init__(
        self,
        reactor: Any,
        words: list[str],
        environ: Mapping[str, str],
        said: Callable[[str], None],
        ended: Callable[[int, str], None],
    ) -> None:
        self._reactor = reactor
        self._ended = ended
        self._last_words = b""
        try:
            self._process = subprocess.Popen(
                words,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=dict(environ),
                process_group=0,  # so that what it starts ends with it
            )
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise ConfigError(f"{words[0]} cannot be started: {reason}.") from error
        process = self._process
        assert process.stdin is not None and process.stdout is not None and process.stderr is not None
        self._input = _Pipe(reactor, process.stdin, None)
        self._output = _Pipe(reactor, process.stdout, lambda line: said(line.decode("utf-8", "replace")))
        self._errors = _Pipe(reactor, process.stderr, self._complained)
        self._looking: IDelayedCall | None = reactor.callLater(_LOOKS, self._look)
        self._killing: IDelayedCall | None = None

    def order(self, line: str) -> None:
        """Write a line to its standard input; nothing where it has closed that, or ended."""
        if self._input.connected:
            self._input.write(line.encode() + b"\n")

    def no_more_orders(self) -> None:
        """Close its standard input."""
        self._input.loseConnection()  # type: ignore[no-untyped-call]

    def end(self) -> None:
        """Let it end: SIGTERM to it and what it has started, SIGKILL two seconds later; again is a no-op."""
        if self._killing is None and self._looking is not None:
            self._signal(signal.SIGTERM)
            self._killing = self._reactor.callLater(_GRACE, lambda: self._signal(signal.SIGKILL))

    def _signal(self, number: int) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _complained(self, line: bytes) -> None:
        self._last_words = (self._last_words + line + b"\n")[-_LAST_WORDS:]

    def _has_ended(self) -> bool:
        """Whether it has; nobody has been told its exit code then, so that no other process can have its number."""
        try:
            return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        except ChildProcessError:  # somebody else has
            return True

    def _look(self) -> None:
        if not self._has_ended():
            self._looking = self._reactor.callLater(_LOOKS, self._look)
            return
        self._looking = None
        if self._killing is not None and self._killing.active():
            self._killing.cancel()
        self._signal(signal.SIGKILL)  # what it has left behind; the number is its own until it is waited for
        code = self._process.wait()
        for pipe in (self._output, self._errors):
            pipe.drain()
        for pipe in (self._input, self._output, self._errors):
            if pipe.connected:
                pipe.stopReading()  # type: ignore[no-untyped-call]
                pipe.stopWriting()  # type: ignore[no-untyped-call]
                pipe.connectionLost(Failure(CONNECTION_DONE))
        self._ended(code, self._last_words.decode("utf-8", "replace").strip())
