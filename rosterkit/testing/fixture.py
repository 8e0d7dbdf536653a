"""A server for the tests of a client, in a child process: started, called, and gone with whoever started it.

Nothing here needs a reactor or a test framework; calls block, and may come from any thread.

Tests: ``tests/testing/test_fixture.py``.
"""

from __future__ import annotations

import http.client
import json
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from rosterkit.testing.child import ServerError
from rosterkit.testing.domains import Account, ApiError, Domain

__all__ = ["ApiError", "FixtureServer"]

#: Seconds that the child has to get ready, and to end when it is asked to.
PATIENCE = 5.0
#: Seconds that an answer may take beyond the wait that was asked for.
_ANSWER = 30.0
_TAIL = 20
_CODE = "import sys; from rosterkit.cli import main; sys.exit(main())"
_PORTS = ("--c2s-port", "0", "--tls-port", "0", "--websocket-port", "0", "--control-port", "0")


class FixtureServer:
    """A running server; ``ready`` is its ready line.  Ends with :meth:`close`, a ``with`` block, or this process.

    ``options`` are further ones of ``rosterkit serve``.  SASL is offered without TLS too, for clients that have none.
    Raises :class:`ServerError` with the child's own last words where it is not ready in :data:`PATIENCE` seconds.
    """

    def __init__(self, options: Sequence[str] = ()) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="rosterkit-fixture-")
        self._log = Path(self._folder.name, "server.log")
        self._connections: list[http.client.HTTPConnection] = []
        self._options = options
        try:
            self.start()
        except BaseException:
            self.close()
            raise

    @property
    def running(self) -> bool:
        """Whether the child is there."""
        return self._child.poll() is None

    def start(self) -> None:
        """Start the child; again only where it has ended, and then nothing of before is there."""
        self._disconnect()
        command = [sys.executable, "-P", "-c", _CODE, "serve", "--exit-with-stdin", *_PORTS, "--allow-plaintext"]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ROSTERKIT_")}
        with self._log.open("wb") as log:
            self._child = subprocess.Popen(
                [*command, *self._options],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
                start_new_session=True,
            )
        self.ready: dict[str, Any] = self._read_ready()

    def domain(self, name: str | None = None, **seed: Any) -> Domain:
        """A fresh domain, under a name of its own where none is given."""
        path = "/networks" if name is None else f"/networks/{name}"
        made = self.call("POST" if name is None else "PUT", path, seed)
        return Domain(self.call, made["name"], self.ready)

    def play(
        self,
        scenario: str | Path | Mapping[str, Any],
        start: Callable[[Domain, Account], object] | None = None,
        told: Callable[..., object] | None = None,
    ) -> None:
        """Play a scenario on a fresh domain that is dropped at the end, as ``Domain.play`` does."""
        domain = self.domain()
        try:
            domain.play(scenario, partial(start, domain) if start is not None else None, told)
        finally:
            if self.running:
                domain.drop()

    def call(
        self, method: str, path: str, body: Any = None, then: Callable[[Any], Any] = lambda answer: answer
    ) -> Any:
        """Call the control API (``path`` without ``/v1``) and give what ``then`` makes of the answer.

        Raises :class:`ApiError` for what it refuses, :class:`ServerError` where the server is gone.
        """
        within = body.get("within") if isinstance(body, dict) else None
        patience = _ANSWER + (within if isinstance(within, int | float) else 0)
        try:
            status, answer = self._request(method, path, body, patience)
        except (OSError, http.client.HTTPException) as error:
            raise ServerError(f"The server does not answer ({error!r}).\n{self.log_tail()}") from error
        if status >= 400:
            raise ApiError(status, answer)
        return then(answer)

    def log_tail(self) -> str:
        """The last lines of the server's log."""
        text = self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""
        return "\n".join(["Its last words:", *text.splitlines()[-_TAIL:]])

    def close(self) -> None:
        """End the server and remove its folder; again is a no-op."""
        self._disconnect()
        if self._child.stdin is not None:
            self._child.stdin.close()
        if self._child.poll() is None:
            self._child.terminate()
        try:
            self._child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(self._child.pid, signal.SIGKILL)
            self._child.wait()
        if self._child.stdout is not None:
            self._child.stdout.close()
        self._folder.cleanup()

    def __enter__(self) -> FixtureServer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def _disconnect(self) -> None:
        """Close the connections of all threads."""
        self._local = threading.local()
        connections, self._connections = self._connections, []
        for connection in connections:
            connection.close()

    def _read_ready(self) -> dict[str, Any]:
        out = self._child.stdout
        assert out is not None
        deadline = time.monotonic() + PATIENCE
        line = b""
        with selectors.DefaultSelector() as selector:
            selector.register(out, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(max(0.0, deadline - time.monotonic())):
                    raise ServerError(f"The server was not ready in {PATIENCE:g} s.\n{self.log_tail()}")
                data = os.read(out.fileno(), 65536)
                if not data:
                    code = self._child.wait(PATIENCE)
                    raise ServerError(f"The server ended with {code} instead of starting.\n{self.log_tail()}")
                line += data
        ready: dict[str, Any] = json.loads(line)
        return ready

    def _request(self, method: str, path: str, body: Any, patience: float) -> tuple[int, Any]:
        """One request on this thread's connection; a new one where the server has closed the old."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"} if data is not None else {}
        connection = getattr(self._local, "connection", None)
        if connection is None:
            control = self.ready["control"]
            connection = http.client.HTTPConnection(control["host"], control["port"])
            self._local.connection = connection
            self._connections.append(connection)
        connection.timeout = patience
        if connection.sock is not None:
            connection.sock.settimeout(patience)
        try:
            connection.request(method, f"/v1{path}", data, headers)
            response = connection.getresponse()
            raw = response.read()
        except BaseException:
            connection.close()
            raise
        is_json = (response.getheader("content-type") or "").startswith("application/json")
        return response.status, json.loads(raw) if is_json else raw.decode()
