"""The server under measurement: ``rosterkit serve`` as a child, stopped, killed and started again on the same ports.

Linux only (``/proc``).
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.clients import costing
from bench.clients.line import Place
from rosterkit.testing.certificates import write_certificates

__all__ = ["Serving"]

_PORTS = ("c2s", "websocket", "control", "component")
_CONTROL_TOKEN = "measuring-only"


class Serving:
    """One server; its files are in ``folder``, and ``options`` are added to its command line.

    With ``control`` there is the control API, and a journal of ``journal`` bytes.
    """

    def __init__(
        self, folder: Path, options: Sequence[str] = (), control: bool = False, journal: int = 0, db: bool = True
    ) -> None:
        self.folder = folder
        self.database = folder / "measured.db"
        self.log = folder / "server.log"
        self.starts = 0
        self.is_ready = False
        self._options = [*options, *(("--db", str(self.database)) if db else ())]
        self._ports = dict.fromkeys(_PORTS, 0)
        self._control = control
        self._journal = journal
        self._process: subprocess.Popen[bytes] | None = None
        certificate, authority = folder / "server.pem", folder / "ca.pem"
        if not authority.exists():
            write_certificates(authority, certificate)
            (folder / "token").write_text(_CONTROL_TOKEN)
        self._context = ssl.create_default_context(cafile=authority)

    @property
    def pid(self) -> int:
        """The process that runs, or ran last."""
        assert self._process is not None
        return self._process.pid

    def place(self, framed: bool = False, source: str = "127.0.0.1") -> Place:
        """Where clients reach it, over TCP or WebSocket."""
        return Place("127.0.0.1", self._ports["websocket" if framed else "c2s"], self._context, framed, source)

    @property
    def component_port(self) -> int:
        """Where components connect, if the options have a port for them."""
        return self._ports["component"]

    # Start and end

    def start(self) -> None:
        """Start it and wait until it is ready; again on the ports that it had."""
        self.starts += 1  # before anybody can have connected
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(self._command(), stdout=subprocess.PIPE, stderr=log)
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            raise SystemExit(f"The server did not start:\n{self.log_tail()}")
        ready: dict[str, Any] = json.loads(line)
        self._ports |= {name: _port(ready[name]) for name in _PORTS if ready.get(name) is not None}
        self.is_ready = True

    def _command(self) -> list[str]:
        certificate = str(self.folder / "server.pem")
        command = [sys.executable, "-c", "from rosterkit.cli import main; main()", "serve", *self._options]
        command += ["--c2s-port", str(self._ports["c2s"]), "--tls-port", "none", "--allow-plaintext"]
        command += ["--websocket-port", str(self._ports["websocket"]), "--cert", certificate, "--key", certificate]
        command += ["--journal", str(self._journal)]
        if self._control:
            command += ["--control-port", str(self._ports["control"])]
            command += ["--control-token-file", str(self.folder / "token")]
        return command

    def stop(self) -> None:
        """End it by SIGTERM; again is a no-op."""
        self.is_ready = False
        if self._process is not None:
            self._process.terminate()
            self._process.wait()

    def kill(self) -> None:
        """End it by SIGKILL, as a crash does."""
        assert self._process is not None
        self.is_ready = False
        self._process.kill()
        self._process.wait()

    @property
    def runs(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.poll() is None

    def log_tail(self, lines: int = 30) -> str:
        """The end of what it has logged."""
        return "\n".join(self.log.read_text("utf-8", "replace").splitlines()[-lines:])

    def failures(self) -> list[str]:
        """The lines of its log that speak of an exception."""
        text = self.log.read_text("utf-8", "replace")
        return [line for line in text.splitlines() if "Traceback" in line or "Unhandled" in line]

    # What it costs

    def cpu_seconds(self) -> float:
        """The CPU time of all its threads so far."""
        return costing.cpu_seconds(self.pid)

    def memory(self) -> costing.Memory:
        """What it holds now."""
        return costing.memory(self.pid)

    def open_files(self) -> int:
        """How many file descriptors it has."""
        return len(list(Path(f"/proc/{self.pid}/fd").iterdir()))

    # The control API

    async def call(self, method: str, path: str, body: object = None) -> Any:
        """Call the control API in a thread of its own; the answer's JSON.  Raises OSError where it says no."""
        return await asyncio.to_thread(self._call, method, path, body)

    def _call(self, method: str, path: str, body: object) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        headers = {"Authorization": f"Bearer {_CONTROL_TOKEN}", "Content-Type": "application/json"}
        url = f"http://127.0.0.1:{self._ports['control']}/v1{path}"
        request = urllib.request.Request(url, data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            said = answer.read()
        return json.loads(said) if said else None


def _port(said: Any) -> int:
    """The port in one value of the ready line."""
    if isinstance(said, dict) and "port" in said:
        return int(said["port"])
    found = re.search(r":(\d+)(?:/|$)", str(said["url"] if isinstance(said, dict) else said))
    assert found is not None, f"The ready line has no port in {said!r}."
    return int(found[1])
