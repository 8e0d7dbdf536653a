"""Anonymous clients on real sockets: each is an account of its own for as long as it is there."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from calling import Api, controlled
from dialogue import BIND, HEADER, Dialogue, connect
from pytest_twisted import ensureDeferred
from serving import logged_in, serving

AUTH = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='ANONYMOUS'>c2lyaGM=</auth>"
ROSTER = "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>"
SET = "<iq type='set' id='s'><query xmlns='jabber:iq:roster'><item jid='{}' name='N'/></query></iq>"
PING = "<iq type='get' id='fence' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>"


async def anonymous(where: dict[str, Any], domain: str = "localhost") -> tuple[Dialogue, str]:
    """A client that nobody knows, bound; and the bare JID that it was given."""
    client = await connect(where)
    header = HEADER.replace("localhost", domain)
    client.say(header + AUTH)
    await client.until("<success")
    client.say(header + BIND.format(""))
    bound = re.search(rb"<jid>([^/<]+)/", await client.until("</iq>"))
    assert bound is not None
    return client, bound[1].decode()


@ensureDeferred
async def test_two_of_them_are_strangers_with_a_roster_each() -> None:
    """Different names that nobody can guess; what one puts on its roster is not on the other's."""
    async with serving(anonymous=True) as ready:
        (one, name), (other, another) = [await anonymous(ready["c2s"]) for _ in range(2)]
        assert name != another
        assert all(re.fullmatch("[0-9a-f]{32}@localhost", bare) for bare in (name, another))
        one.say(ROSTER)
        await one.until("</iq>")
        one.say(SET.format(another))
        assert b"<iq type='set' " in await one.until("</iq>")
        other.say("<presence/>" + ROSTER)
        assert b"<item" not in await other.until("</iq>")
        one.say(f"<message to='{another}' type='chat'><body>hello</body></message>")
        assert f"from='{name}/".encode() in await other.until("</message>")


@ensureDeferred
async def test_the_account_ends_with_its_session() -> None:
    """Its contacts lose it as if it had been removed, and nothing answers under its name."""
    async with serving(anonymous=True) as ready:
        juliet = await logged_in(ready)
        juliet.say(ROSTER + "<presence/>" + PING)
        await juliet.until("id='fence'")
        guest, name = await anonymous(ready["c2s"])
        guest.say("<presence/><presence to='juliet@localhost' type='subscribe'/>")
        await juliet.until("type='subscribe'")
        juliet.say(f"<presence to='{name}' type='subscribed'/>")
        await juliet.until("subscription='from'")
        guest.transport.loseConnection()
        await guest.ended
        await juliet.until("subscription='none'")
        juliet.say(f"<message to='{name}' type='chat' id='m'><body>gone</body></message>")
        assert b"<service-unavailable" in await juliet.until("</message>")


@ensureDeferred
async def test_nothing_of_it_is_stored(tmp_path: Path) -> None:
    """Neither while it is there nor afterwards; an account beside it is."""
    path = tmp_path / "kept.db"
    async with serving(anonymous=True, db=path) as ready:
        guest, name = await anonymous(ready["c2s"])
        guest.say(SET.format("x@y.test"))
        await guest.until("id='s'")
        juliet = await logged_in(ready)
        juliet.say(SET.format("kept@y.test"))
        await juliet.until("id='s'")
    with closing(sqlite3.connect(path)) as db:
        dump = "\n".join(db.iterdump())
    assert "kept@y.test" in dump
    assert "x@y.test" not in dump
    assert name not in dump


@ensureDeferred
async def test_it_is_off_unless_somebody_asks_for_it() -> None:
    """The mechanism is then like any that is not there."""
    async with serving() as ready:
        client = await connect(ready["c2s"])
        client.say(HEADER)
        assert b"ANONYMOUS" not in await client.until("</stream:features>")
        client.say(AUTH)
        await client.until("<invalid-mechanism/>")


@ensureDeferred
async def test_a_network_says_for_itself_whom_it_takes() -> None:
    """By the key anonymous of its seed, whatever the command line says for the others."""
    async with controlled() as api:
        await api.make(anonymous=True)
        await api.make("b.test")
        guest, name = await anonymous(api.ready["c2s"], "a.test")
        guest.say(ROSTER)
        await guest.until("</iq>")
        assert name in (await api("GET", "/networks/a.test/accounts")).body["accounts"]
        for domain in ("b.test", "localhost"):
            assert b"ANONYMOUS" not in await _features(api, domain)


@pytest.mark.parametrize(("key", "feature"), [("registration", b"iq-register"), ("anonymous", b"ANONYMOUS")])
@ensureDeferred
async def test_what_is_offered_before_the_login_is_the_networks_own(key: str, feature: bytes) -> None:
    """Not what the command line says of the network that it makes."""
    async with controlled(**{key: True}) as api:
        await api.make()
        assert feature not in await _features(api, "a.test")
        assert feature in await _features(api, "localhost")


@ensureDeferred
async def test_what_is_offered_after_the_login_is_the_networks_own() -> None:
    """Versioning and pre-approval as its seed has them."""
    async with controlled() as api:
        await api.make(versioning=False, pre_approval=False)
        client = await connect(api.ready["c2s"])
        header = HEADER.replace("localhost", "a.test")
        client.say(header + "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGp1bGlldAB4</auth>")
        await client.until("<success")
        client.say(header)
        offered = await client.until("</stream:features>")
        assert b"<bind" in offered
        assert b"rosterver" not in offered
        assert b"pre-approval" not in offered


async def _features(api: Api, domain: str) -> bytes:
    client = await connect(api.ready["c2s"])
    client.say(HEADER.replace("localhost", domain))
    return await client.until("</stream:features>")
