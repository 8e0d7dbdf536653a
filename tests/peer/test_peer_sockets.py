"""A peer on real sockets, beside a server of our own in the same process, with its control API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from calling import Api
from dialogue import connect
from joined import DOMAIN, JULIET, NURSE, SECRET
from pytest_twisted import ensureDeferred
from serving import logged_in, serving
from twisted.internet import reactor
from twisted.web.client import HTTPConnectionPool

from rosterkit.config import Component
from rosterkit.errors import ConfigError, NotTakenError
from rosterkit.peer.service import PeerService, make_peer_service
from rosterkit.peer_config import PeerConfig

SUBSCRIBE = f"<presence/><presence type='subscribe' to='{NURSE}'/>"


def served(**changes: Any) -> Any:
    """A server that expects the component."""
    return serving(
        component_port=changes.pop("component_port", 0), components=(Component(DOMAIN, SECRET),), **changes
    )


def peer(port: int, folder: Path, **changes: Any) -> PeerService:
    """A peer with the nurse for the server at this port; it has not been started."""
    (folder / "contacts.toml").write_text(f'["{NURSE}"]\nafter = 0.1\n')
    values = {"host": "127.0.0.1", "port": port, "domain": DOMAIN, "secret": SECRET, "control_port": 0}
    return make_peer_service(PeerConfig(**(values | {"contacts": folder / "contacts.toml"} | changes)))


@asynccontextmanager
async def running(port: int, folder: Path, **changes: Any) -> AsyncIterator[Api]:
    """A running peer; gives calls of its control API."""
    service = peer(port, folder, **changes)
    service.startService()
    try:
        yield Api(await service.ready, HTTPConnectionPool(reactor, persistent=False))
    finally:
        await service.stopService()


@ensureDeferred
async def test_a_user_subscribes_and_the_control_api_has_seen_it(tmp_path: Path) -> None:
    """A client of the server and a test that drives the peer over HTTP see the same dialogue."""
    async with served() as server, running(server["component"]["port"], tmp_path) as api:
        assert api.ready["component"] == {"host": "127.0.0.1", "port": server["component"]["port"]}
        juliet = await logged_in(server)
        juliet.say(SUBSCRIBE)
        await juliet.until(f"from='{NURSE}/rosterkit'")
        waited = await api(
            "POST", "/networks/main/wait", {"match": "<presence type='subscribe'/>", "session": "c1", "since": 0}
        )
        assert waited.body["outcome"] == "met" and waited.body["entry"]["jid"] == DOMAIN
        roster = await api("GET", f"/networks/main/accounts/{NURSE}/roster")
        assert roster.body["items"][JULIET]["subscription"] == "from"
        transcript = await api("GET", "/networks/main/transcript?session=c1")
        assert "type='subscribed'" in transcript.body.replace("\n", "").replace(" ", "").replace("type=", " type=")
        assert (await api("GET", "")).body["ready"] == api.ready
        refused = await api("GET", f"/networks/main/server-roster/{JULIET}")
        assert refused.status == 409


@ensureDeferred
async def test_after_a_restart_of_the_server_the_user_sees_the_contact_again(tmp_path: Path) -> None:
    """The peer is back in a moment, and the presence with it."""
    db = tmp_path / "rosters.db"
    async with served(db=db) as server:
        port = server["component"]["port"]
        service = peer(port, tmp_path)
        service.startService()
        await service.ready
        juliet = await logged_in(server)
        juliet.say(SUBSCRIBE)
        await juliet.until(f"from='{NURSE}/rosterkit'")
    try:
        async with served(db=db, component_port=port) as server:
            juliet = await logged_in(server)
            juliet.say("<presence/>")
            await juliet.until(f"from='{NURSE}/rosterkit'")
    finally:
        await service.stopService()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"secret": "guess"}, "--secret-file"),
        ({"domain": "other.test", "contacts": None}, "expects no component other.test"),
    ],
)
@ensureDeferred
async def test_what_the_server_does_not_take(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    """It ends at once, with a sentence, and no port of its own is left open."""
    async with served() as server:
        service = peer(server["component"]["port"], tmp_path, **changes)
        service.startService()
        with pytest.raises(NotTakenError, match=said):
            await service.ready
        await service.stopService()


@ensureDeferred
async def test_a_control_port_that_is_taken(tmp_path: Path) -> None:
    """It is named before anything is tried."""
    async with served() as server:
        taken = server["c2s"]["port"]
        service = peer(server["component"]["port"], tmp_path, control_port=taken)
        service.startService()
        with pytest.raises(ConfigError, match=f"--control-port {taken} cannot be listened on"):
            await service.ready
        assert service.connection.running == 0


@ensureDeferred
async def test_another_component_is_not_disturbed(tmp_path: Path) -> None:
    """A second peer for the domain is refused by a server that takes one of each; the first goes on."""
    async with served() as server, running(server["component"]["port"], tmp_path):
        second = peer(server["component"]["port"], tmp_path)
        second.startService()
        with pytest.raises(NotTakenError, match=r"component contacts\.test is taken"):
            await second.ready
        juliet = await connect(server["c2s"])
        await juliet.login("juliet", "r0m30")
        juliet.say(SUBSCRIBE)
        await juliet.until(f"from='{NURSE}/rosterkit'")
