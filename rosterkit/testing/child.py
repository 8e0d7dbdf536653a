"""A server as a child process: its folder, ports, certificates, start, readiness and end, whichever server it is.

Tests: ``tests/live/test_servers.py``.
"""

from __future__ import annotations

import os
import re
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar, TypeVar

from rosterkit.testing.certificates import write_certificates
from rosterkit.testing.machine import HOST, ServerError, choose_ports
from rosterkit.testing.probe import NotReadyError, try_login
from rosterkit.testing.processes import Process
from rosterkit.testing.setup import DOMAIN, Setup

__all__ = ["Child", "ServerError", "running"]

#: How often other ports are tried at the first start.
_ATTEMPTS = 5
#: Seconds until a server has to be ready, and between two looks at it.
_PATIENCE = 30.0
_INTERVAL = 0.05
_TAIL_LINES = 40


class _PortTakenError(Exception):
    """Somebody else listens at a port that was free a moment ago."""


class Child(ABC):
    """One server.  Subclasses say what is in its files and on its command line.

    It lives in ``folder``; its ports are chosen at the first start and stay.
    """

    name: ClassVar[str]
    #: What its log says when it cannot listen.
    port_taken: ClassVar[re.Pattern[str]]
    #: Which fields of a setup it cannot do, and why; what nearly every server lacks.
    lacks: ClassVar[Mapping[str, str]] = {
        "privileged": "it has no privileged components (XEP-0356)",
        "balanced": "it takes one connection for each",
    }
    domain = DOMAIN
    host = HOST

    def __init__(self, folder: Path, setup: Setup) -> None:
        self.folder = folder
        self.setup = setup
        self.port = 0
        self.component_port: int | None = None
        self.tls_port: int | None = None
        self.websocket_port: int | None = None
        #: A free port more, for a server whose parts talk to each other.
        self.inner_port = 0
        self.ca_file = folder / "ca.pem"
        #: The server's private key, then its certificate.
        self.certificate = folder / "server.pem"
        self.log = folder / "server.log"
        #: Whether it has been ready once: accounts exist from then on.
        self.was_ready = False
        self._processes: list[Process] = []
        self._log_begins = 0

    @abstractmethod
    def configure(self) -> None:
        """Write what the server reads at its first start; again with other ports where these were taken."""

    @abstractmethod
    def commands(self) -> Iterator[list[str]]:
        """Its command lines, in the foreground; each runs when the next is asked for.

        Raises :class:`ServerError` where a program is missing.
        """

    def environment(self) -> Mapping[str, str]:
        """Its whole environment."""
        return os.environ

    def lets_in(self) -> bool:
        """Whether the last account can log in.  At a later start it may have another password, or be gone.

        Raises OSError and :class:`~rosterkit.testing.probe.NotReadyError` where the server is not ready for it.
        """
        account = next(reversed(self.setup.accounts.items()), None)
        return try_login(self.host, self.port, self.domain, self.ca_file, account) or self.was_ready

    def all_ports(self) -> list[int]:
        """Where it listens."""
        return [self.port, *self._further_ports()]

    def said(self, what: re.Pattern[str]) -> bool:
        """Whether its log has it since this start."""
        return what.search(self._read_log(self._log_begins)) is not None

    @property
    def runs(self) -> bool:
        """Whether it was started and not stopped since."""
        return bool(self._processes)

    @property
    def pids(self) -> list[int]:
        """Its processes, each with whatever it has started itself."""
        return [process.pid for process in self._processes]

    @property
    def has_ended(self) -> bool:
        """Whether one of its processes is over."""
        return any(process.has_ended for process in self._processes)

    # What callers do

    def start(self) -> None:
        """See :meth:`rosterkit.testing.servers.RunningServer.start`."""
        if self.runs:
            return
        self._check()
        for _ in range(1 if self.was_ready else _ATTEMPTS):
            if not self.was_ready:
                self._prepare()
            try:
                self._launch()
            except _PortTakenError:
                continue
            self.was_ready = True
            return
        ports = " or ".join(map(str, self.all_ports()))
        raise ServerError(
            f"{self.name} cannot listen at port {ports} of {self.host}: it is taken. End whoever listens there, or "
            f"make another server.\n{self._tail(self._log_begins)}"
        )

    def stop(self) -> None:
        """See :meth:`rosterkit.testing.servers.RunningServer.stop`."""
        while self._processes:
            self._processes.pop().end()

    def log_tail(self) -> str:
        """See :meth:`rosterkit.testing.servers.RunningServer.log_tail`."""
        return self._tail()

    @property
    def websocket_url(self) -> str | None:
        """See :class:`rosterkit.testing.servers.RunningServer`."""
        return f"wss://{self.host}:{self.websocket_port}/xmpp-websocket" if self.websocket_port is not None else None

    # Steps

    def _check(self) -> None:
        for field, reason in self.lacks.items():
            if getattr(self.setup, field):
                raise ServerError(f"{self.name} cannot have a component that is {field}: {reason}. Take ejabberd.")

    def _prepare(self) -> None:
        if not self.ca_file.exists():
            write_certificates(self.ca_file, self.certificate)
        self.port, component_port, tls_port, websocket_port, self.inner_port = choose_ports(5)
        self.component_port = component_port if self.setup.components else None
        self.tls_port = tls_port if self.setup.direct_tls else None
        self.websocket_port = websocket_port if self.setup.websocket else None
        self.configure()

    def _launch(self) -> None:
        """Start the processes and wait until the server is ready; whatever else happens, they are gone."""
        self._log_begins = self.log.stat().st_size if self.log.exists() else 0
        try:
            for command in self.commands():
                self._processes.append(Process(command, self.folder, self.environment(), self.log))
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + _PATIENCE
        reason = ""
        while time.monotonic() < deadline:
            ended = self.has_ended  # before the log is read: what it said last is then in it
            try:
                ready = self.lets_in() and self._listens()
            except (OSError, NotReadyError) as error:
                ready, reason = False, f": {error}"
            if self.said(self.port_taken):
                raise _PortTakenError
            if ended:
                raise ServerError(
                    f"{self.name} ended with {self._exit_code()} instead of starting.\n{self._tail(self._log_begins)}"
                )
            if ready:
                return
            time.sleep(_INTERVAL)
        raise ServerError(f"{self.name} was not ready in {_PATIENCE} s{reason}.\n{self._tail(self._log_begins)}")

    def _further_ports(self) -> list[int]:
        return [port for port in (self.component_port, self.tls_port, self.websocket_port) if port is not None]

    def _listens(self) -> bool:
        """True: somebody listens at every port that was asked for.  Raises OSError where nobody does."""
        for port in self._further_ports():
            socket.create_connection((self.host, port), timeout=_PATIENCE).close()
        return True

    def _exit_code(self) -> int:
        return next(process for process in self._processes if process.has_ended).end()

    def _tail(self, begin: int = 0) -> str:
        return "\n".join(["The end of its log:", *self._read_log(begin).splitlines()[-_TAIL_LINES:]])

    def _read_log(self, begin: int = 0) -> str:
        if not self.log.exists():
            return ""
        with self.log.open("rb") as file:
            file.seek(begin)
            return file.read().decode(errors="replace")


_Child = TypeVar("_Child", bound=Child)


@contextmanager
def running(kind: type[_Child], setup: Setup) -> Iterator[_Child]:
    """A started server of this ``kind`` in a temporary folder; at the end both are gone."""
    with TemporaryDirectory(prefix=f"rosterkit-{kind.name}-") as folder:
        server = kind(Path(folder), setup)
        server.start()
        try:
            yield server
        finally:
            server.stop()
