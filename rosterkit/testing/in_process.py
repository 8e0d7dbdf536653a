"""A server in the process of the tests, for Twisted applications: the same domains, whose calls give Deferreds.

Tests: ``tests/testing/test_in_process.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import Deferred, ensureDeferred, maybeDeferred
from twisted.python.failure import Failure

from rosterkit.config import Config
from rosterkit.control_settings import JOURNAL_BYTES
from rosterkit.errors import ContactError, FallenOutError, JidError, ScriptError, StoreError
from rosterkit.net.control.call import Answer, Text
from rosterkit.net.control.refusal import Refusal, of_script
from rosterkit.net.service import make_service
from rosterkit.testing.domains import ApiError, Domain

__all__ = ["InProcessServer"]


class InProcessServer:
    """A server on the reactor of the tests, at free ports of loopback; ``ready`` is its ready line after the start.

    ``changes`` are fields of :class:`~rosterkit.config.Config`.  Without ``reactor`` it is the installed one.
    """

    def __init__(self, reactor: Any = None, **changes: Any) -> None:
        values: dict[str, Any] = {
            "c2s_port": 0, "tls_port": 0, "websocket_port": 0, "allow_plaintext": True, "journal": JOURNAL_BYTES,
        }  # fmt: skip
        self._service = make_service(Config(**(values | changes)), reactor)
        self.ready: dict[str, Any] = {}

    def start(self) -> Deferred[InProcessServer]:
        """Fires with the server itself when clients can connect; fails as ``rosterkit serve`` does."""
        self._service.startService()

        def started(ready: dict[str, Any]) -> InProcessServer:
            self.ready = ready
            return self

        return self._service.ready.addCallback(started)

    def stop(self) -> Deferred[None]:
        """Ends every stream; fires when all is closed."""
        return self._service.stopService()

    def domain(self, name: str | None = None, **seed: Any) -> Deferred[Domain]:
        """A fresh domain, under a name of its own where none is given."""
        path = "/networks" if name is None else f"/networks/{name}"
        return self.call(
            "POST" if name is None else "PUT", path, seed, lambda made: Domain(self.call, made["name"], self.ready)
        )

    def call(
        self, method: str, path: str, body: Any = None, then: Callable[[Any], Any] = lambda answer: answer
    ) -> Deferred[Any]:
        """Do a call of the control API without HTTP; fires with what ``then`` makes of the answer.

        Fails with :class:`ApiError` for what is refused.
        """
        called: Deferred[Any] = maybeDeferred(self._call, method, f"/v1{path}", body)
        called.addErrback(_refused)
        return called.addCallback(lambda answer: then(answer.body))

    def _call(self, method: str, path: str, body: Any) -> Any:
        answer = self._service.routes.call(method, path, body)
        return answer if isinstance(answer, Answer | Text) else ensureDeferred(answer)


def _refused(failure: Failure) -> Failure:
    error = failure.value
    if isinstance(error, ScriptError):
        error = of_script(error)
    elif isinstance(error, JidError | ContactError | StoreError | FallenOutError):
        error = Refusal(409, "the network", f"cannot do that: {str(error).rstrip('.')}", "")
    if not isinstance(error, Refusal):
        return failure
    raise ApiError(error.status, {"error": error.body}) from failure.value
