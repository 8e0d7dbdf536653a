"""The server on which cases are played with clients that come over sockets.

Tests: ``tests/conformance/test_check_client.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rosterkit.config import Config
from rosterkit.core.jid import Jid
from rosterkit.net.c2s import ClientFactory
from rosterkit.net.network import Network
from rosterkit.net.service import RosterService
from rosterkit.net.websocket import WebSocketFactory

__all__ = ["CaseService"]


class CaseService(RosterService):
    """A server whose clients may belong to the network of their account; ``claim`` gives that network, or None."""

    def __init__(self, config: Config, reactor: Any) -> None:
        super().__init__(config, reactor)
        self.claim: Callable[[Jid], Network | None] = lambda _account: None

    def _clients(self, direct_tls: bool) -> ClientFactory:
        factory = super()._clients(direct_tls)
        factory.claim = self._claim
        return factory

    def _websockets(self, direct_tls: bool) -> WebSocketFactory:
        factory = super()._websockets(direct_tls)
        factory.claim = self._claim
        return factory

    def _claim(self, account: Jid) -> Network | None:
        return self.claim(account)
