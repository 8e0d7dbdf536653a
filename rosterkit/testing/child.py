"""A server as a child process: its folder, ports, certificates, start, readiness and end, whichever server it is.

Tests: ``tests/live/test_servers.py``.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import socket
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import ClassVar, TypeVar

import trustme

from rosterkit.errors import RosterkitError
from rosterkit.testing.probe import NotReadyError, try_login
from rosterkit.testing.processes import Process
from rosterkit.testing.setup import DOMAIN, Setup

__all__ = ["HOST", "Child", "ServerError", "find_program", "running"]

HOST = "127.0.0.1"
#: Linux takes the ports of outgoing connections from 32768 upwards: none of them gets that of a stopped server.
_PORTS = range(15000, 32000)
#: How often other ports are tried at the first start.
_ATTEMPTS = 5
#: Seconds until a server has to be ready, and between two looks at it.
_PATIENCE = 30.0
_INTERVAL = 0.05
_TAIL_LINES = 40
#: ejabberd cannot count the milliseconds until the year 3000, trustme's own end.
_VALID = timedelta(days=365)


class ServerError(RosterkitError):
    """A server is not installed, did not get ready, or lost its port; the text has the end of its log."""


class _PortTakenError(Exception):
    """Somebody else listens at a port that was free a moment ago."""


class Child(ABC):
    """One server.  Subclasses say what is in its files and on its command line.

    It lives in ``folder``; ``port`` and ``component_port`` are chosen at the first start and stay.
    """

    name: ClassVar[str]
    #: What its log says when it cannot listen.
    port_taken: ClassVar[re.Pattern[str]]
    domain = DOMAIN
    host = HOST

    def __init__(self, folder: Path, setup: Setup) -> None:
        self.folder = folder
        self.setup = setup
        self.port = 0
        self.component_port: int | None = None
        self.ca_file = folder / "ca.pem"
        #: The server's private key, then its certificate.
        self.certificate = folder / "server.pem"
        self.log = folder / "server.log"
        #: Whether it has been ready once: accounts exist from then on.
        self.was_ready = False
        self._process: Process | None = None
        self._log_begins = 0

    @abstractmethod
    def configure(self) -> None:
        """Write what the server reads at its first start; again with other ports where these were taken."""

    @abstractmethod
    def command(self) -> list[str]:
        """Its command line, in the foreground; raises :class:`ServerError` where the program is missing."""

    def environment(self) -> Mapping[str, str]:
        """Its whole environment."""
        return os.environ

    # What callers do

    def start(self) -> None:
        """See :meth:`rosterkit.testing.servers.RunningServer.start`."""
        if self._process is not None:
            return
        for _ in range(1 if self.was_ready else _ATTEMPTS):
            if not self.was_ready:
                self._prepare()
            try:
                self._launch()
            except _PortTakenError:
                continue
            self.was_ready = True
            return
        ports = " or ".join(str(port) for port in (self.port, self.component_port) if port is not None)
        raise ServerError(
            f"{self.name} cannot listen at port {ports} of {self.host}: it is taken. End whoever listens there, or "
            f"make another server.\n{self._tail(self._log_begins)}"
        )

    def stop(self) -> None:
        """See :meth:`rosterkit.testing.servers.RunningServer.stop`."""
        if self._process is not None:
            self._process.end()
            self._process = None

    def log_tail(self) -> str:
        """See :meth:`rosterkit.testing.servers.RunningServer.log_tail`."""
        return self._tail()

    # Steps

    def _prepare(self) -> None:
        if not self.ca_file.exists():
            _write_certificates(self.ca_file, self.certificate)
        self.port, component_port = choose_ports(2)
        self.component_port = component_port if self.setup.components else None
        self.configure()

    def _launch(self) -> None:
        """Start the process and wait until it is ready; whatever else happens, it is gone."""
        self._log_begins = self.log.stat().st_size if self.log.exists() else 0
        self._process = Process(self.command(), self.folder, self.environment(), self.log)
        try:
            self._wait_until_ready(self._process)
        except BaseException:
            self.stop()
            raise

    def _wait_until_ready(self, process: Process) -> None:
        deadline = time.monotonic() + _PATIENCE
        reason = ""
        while time.monotonic() < deadline:
            ended = process.has_ended  # before the log is read: what it said last is then in it
            try:
                ready = self._lets_in()
            except (OSError, NotReadyError) as error:
                ready, reason = False, f": {error}"
            if self.port_taken.search(self._read_log(self._log_begins)):
                raise _PortTakenError
            if ended:
                code = process.end()
                raise ServerError(
                    f"{self.name} ended with {code} instead of starting.\n{self._tail(self._log_begins)}"
                )
            if ready:
                return
            time.sleep(_INTERVAL)
        raise ServerError(f"{self.name} was not ready in {_PATIENCE} s{reason}.\n{self._tail(self._log_begins)}")

    def _lets_in(self) -> bool:
        """Whether the last account can log in.  At a later start it may have another password, or be gone."""
        account = next(reversed(self.setup.accounts.items()), None)
        return try_login(self.host, self.port, self.domain, self.ca_file, account) or self.was_ready

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


def find_program(name: str, package: str) -> str:
    """The path of a program, looked for in ``PATH`` and where Debian puts those of administrators.

    Raises :class:`ServerError` with the command that installs it.
    """
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin"])
    found = shutil.which(name, path=path)
    if found is None:
        raise ServerError(f"{name} is not installed on this machine: apt-get install {package}")
    return found


def choose_ports(count: int) -> list[int]:
    """So many different ports at which nobody listens right now."""
    # Seeding the common generator, as test frameworks do, would give two processes the same ports.
    candidates = random.SystemRandom().sample(_PORTS, 100)
    free = [port for port in candidates if _is_free(port)]
    if len(free) < count:
        raise ServerError(f"Nearly every port from {_PORTS.start} to {_PORTS.stop} is taken at {HOST}: free some.")
    return free[:count]


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        try:
            tried.bind((HOST, port))
        except OSError:
            return False
    return True


def _write_certificates(ca_file: Path, certificate: Path) -> None:
    authority = trustme.CA(organization_name="rosterkit test CA", key_type=trustme.KeyType.ECDSA)
    leaf = authority.issue_cert(DOMAIN, HOST, not_after=datetime.now(UTC) + _VALID, key_type=trustme.KeyType.ECDSA)
    leaf.private_key_and_cert_chain_pem.write_to_path(str(certificate))
    authority.cert_pem.write_to_path(str(ca_file))
