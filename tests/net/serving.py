"""A running server for tests that need real sockets: two accounts, free ports, SASL before TLS."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from dialogue import Dialogue, connect

from rosterkit.config import Account, Config
from rosterkit.net.service import make_service

PASSWORDS = {"juliet": "r0m30", "romeo": "jul13t"}


def config(**changes: Any) -> Config:
    """The configuration, with what a test wants different."""
    values: dict[str, Any] = {
        "accounts": tuple(Account(f"{name}@localhost", password) for name, password in PASSWORDS.items()),
        "c2s_port": 0,
        "tls_port": None,
        "allow_plaintext": True,
    }
    return Config(**(values | changes))


@asynccontextmanager
async def serving(**changes: Any) -> AsyncIterator[dict[str, Any]]:
    """A running server; gives its ready line."""
    service = make_service(config(**changes))
    service.startService()
    try:
        yield await service.ready
    finally:
        await service.stopService()


async def logged_in(ready: dict[str, Any], name: str = "juliet", resource: str = "") -> Dialogue:
    """A bound client."""
    client = await connect(ready["c2s"])
    await client.login(name, PASSWORDS[name], resource)
    return client
