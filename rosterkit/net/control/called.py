"""What the journal keeps of a call that has changed a network: the call itself, so that it can be made again.

Tests: ``tests/net/control/test_called.py``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from rosterkit.core.journal import Called
from rosterkit.core.scenario import path_part
from rosterkit.net.hub import Hub
from rosterkit.net.network import Network
from rosterkit.wire.struck import STRUCK, without_secrets

__all__ = ["MOST_KEPT_BYTES", "Remembering"]

#: A body that takes more bytes as JSON is not kept.
MOST_KEPT_BYTES = 256 * 1024
#: A body in which tables lie deeper in each other is not kept either; none that says something does.
_DEEPEST = 20
#: What holds a secret, by its key.
_SECRETS = frozenset({"password", "secret", "token"})


class _Begun(NamedTuple):
    """A call that is being made: its network, and the newest entry of the journal before it."""

    network: Network
    since: int


class Remembering:
    """Leaves one note for each call that has changed a network of ``hub``, after what the call led to at once."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def begin(self, name: str) -> _Begun | None:
        """A call of the network ``name`` begins; None where nothing will be remembered of it.

        What clients have caused before is done first, so that it is not taken for what the call leads to.
        """
        network = self._hub.networks.get(name)
        if network is None or network.journal is None:
            return None
        network.end_turn()
        return _Begun(network, network.journal.cursor)

    def end(self, begun: _Begun, method: str, parts: list[str], body: Any) -> None:
        """It has succeeded; ``parts`` are those of its path after the network's own, not percent-encoded."""
        path = "/".join(map(path_part, parts))
        begun.network.note_call(_called(method, path, body, begun.since))


def _called(method: str, path: str, body: Any, since: int) -> Called:
    try:
        kept = _without_secrets(body, _DEEPEST)
        size = len(json.dumps(kept)) if kept is not None else 0
    except RecursionError:
        return Called(method, path, None, since, len(path), left_out=True)
    if size > MOST_KEPT_BYTES:
        return Called(method, path, None, since, len(path), left_out=True)
    return Called(method, path, kept, since, size + len(path))


def _without_secrets(value: Any, deepest: int) -> Any:
    """A copy of what JSON spelled, with secrets struck; RecursionError where it goes deeper than ``deepest``."""
    if isinstance(value, str):
        return without_secrets(value.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")
    if not isinstance(value, Mapping | list):
        return value
    if not deepest:
        raise RecursionError
    if isinstance(value, list):
        return [_without_secrets(one, deepest - 1) for one in value]
    return {
        key: STRUCK.decode() if key in _SECRETS else _without_secrets(one, deepest - 1) for key, one in value.items()
    }
