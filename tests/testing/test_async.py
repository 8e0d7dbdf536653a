"""Waits of tests whose client runs in the loop of the test."""

from __future__ import annotations

import asyncio

import pytest
from raw_client import RawClient

from rosterkit.testing.fixture import FixtureServer


async def talk(server: FixtureServer) -> str:
    """A client that speaks only while the test waits."""
    domain = server.domain()
    with RawClient(domain.host, domain.port, *domain.account("juliet")) as client:

        async def speak() -> None:
            client.say("<presence/>")

        speaking = asyncio.ensure_future(speak())
        entry = await domain.aexpect("<presence/>")
        await speaking
        return str(entry["xml"])


def test_under_asyncio():
    """The loop runs on while the test waits."""
    with FixtureServer() as server:
        assert asyncio.run(talk(server)) == "<presence/>"


@pytest.mark.filterwarnings("ignore:It looks like Trio:RuntimeWarning")  # Twisted's reactor is in this process too
def test_under_trio():
    """The same; trio is found by itself."""
    trio = pytest.importorskip("trio")
    with FixtureServer() as server:
        domain = server.domain()

        async def main() -> str:
            with RawClient(domain.host, domain.port, *domain.account("juliet")) as client:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(trio.to_thread.run_sync, client.say, "<presence/>")
                    entry = await domain.aexpect("<presence/>")
            return str(entry["xml"])

        assert trio.run(main) == "<presence/>"
