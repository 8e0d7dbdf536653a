"""What services do to get ready: a port that listens, or a sentence why not, and the ready line in a file.

Tests: ``tests/net/test_service.py``, ``tests/test_cli.py``.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any, TypeAlias

from twisted.internet.defer import inlineCallbacks
from twisted.internet.endpoints import TCP4ServerEndpoint, TCP6ServerEndpoint
from twisted.internet.error import CannotListenError
from twisted.internet.interfaces import IProtocolFactory

from rosterkit.errors import ConfigError
from rosterkit.net.keepalive import keep_alive

__all__ = ["AT_ONCE", "Ready", "listen", "write_ready_file"]

#: So many new connections are taken before those that are there have their turn; each costs some 0.3 ms.
AT_ONCE = 8

#: What the ready line says, as JSON (see the README).
Ready: TypeAlias = dict[str, Any]


@inlineCallbacks
def listen(reactor: Any, interface: str, option: str, port: int, factory: IProtocolFactory) -> Any:
    """A listening port, whose connections the system watches over.

    Fails with ConfigError, which names ``option``, where it cannot be had.
    """
    endpoint = TCP6ServerEndpoint if ":" in interface else TCP4ServerEndpoint
    try:
        listening = yield endpoint(reactor, port, interface=interface).listen(factory)  # type: ignore[no-untyped-call]
    except CannotListenError as error:
        raise ConfigError(
            f"{option} {port} cannot be listened on at {interface}: {_reason(error)}. "
            f"Choose another port with {option}, or 0 for any free one."
        ) from error
    keep_alive(listening)
    _accept_few(listening)
    return listening


def _accept_few(port: Any) -> None:
    """Take :data:`AT_ONCE` new connections in a turn: Twisted takes 100 and more, for which all the others wait."""
    read = port.doRead

    def read_few() -> Any:
        port.numberAccepts = AT_ONCE
        return read()

    port.doRead = read_few


def _reason(error: CannotListenError) -> str:
    cause = error.socketError
    return getattr(cause, "strerror", None) or str(cause)


def write_ready_file(path: Path, ready: Ready) -> None:
    """Write the ready line so that a reader finds the file whole or not at all; ConfigError where it cannot be."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(json.dumps(ready) + "\n", encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        raise ConfigError(f"--ready-file {path} cannot be written: {error.strerror}. Name another place.") from error
