"""A server with its control API, and calls of it over real HTTP."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import quote

from dialogue import Dialogue, connect
from serving import serving
from twisted.internet import reactor
from twisted.web.client import Agent, FileBodyProducer, HTTPConnectionPool, readBody
from twisted.web.http_headers import Headers


class Reply(NamedTuple):
    """A status and what JSON (or text) it came with."""

    status: int
    body: Any


class Api:
    """Calls of one server."""

    def __init__(self, ready: dict[str, Any], pool: HTTPConnectionPool) -> None:
        self.ready = ready
        self.root = f"http://127.0.0.1:{ready['control']['port']}/v1"
        self._agent = Agent(reactor, pool=pool)

    async def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """One call; ``body`` becomes JSON unless it is bytes."""
        sent = Headers({name.replace("_", "-"): [value] for name, value in headers.items()})
        producer = None
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            producer = FileBodyProducer(BytesIO(data))
            if not sent.hasHeader("content-type"):
                sent.setRawHeaders("content-type", ["application/json"])
        response = await self._agent.request(method.encode(), (self.root + path).encode(), sent, producer)
        raw = (await readBody(response)).decode()
        is_json = raw.startswith("{")
        return Reply(response.code, json.loads(raw) if is_json else raw)

    async def make(self, name: str = "a.test", **seed: Any) -> dict[str, Any]:
        """A network with juliet and romeo in it, unless the seed says who."""
        seed.setdefault("accounts", {"juliet": {"password": "x"}, "romeo": {"password": "x"}})
        reply = await self("PUT", f"/networks/{name}", seed)
        assert reply.status in (200, 201), reply
        made: dict[str, Any] = reply.body
        return made

    async def login(self, name: str = "juliet", domain: str = "a.test", resource: str = "r") -> Dialogue:
        """A bound client of an account with the password x."""
        client = await connect(self.ready["c2s"])
        await client.login(name, "x", resource, domain)
        return client


def part(text: str) -> str:
    """``text`` as a part of a path."""
    return quote(text, safe="")


@asynccontextmanager
async def controlled(**changes: Any) -> AsyncIterator[Api]:
    """A running server; ``changes`` of its configuration."""
    values: dict[str, Any] = {"control_port": 0, "journal": 1 << 20}
    pool = HTTPConnectionPool(reactor, persistent=False)
    async with serving(**(values | changes)) as ready:
        yield Api(ready, pool)
