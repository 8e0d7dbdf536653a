"""Calls about faults, seen by a real client."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_twisted
from calling import Api, controlled

N = "/networks/a.test"
ROSTER = "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>"
PING = "<iq type='get' id='fence' to='a.test'><ping xmlns='urn:xmpp:ping'/></iq>"


async def interested(api: Api) -> Any:
    """A client that has asked for the roster, and has read all that came."""
    await api.make()
    client = await api.login()
    client.say(ROSTER)
    await client.until("</iq>")
    return client


async def put(api: Api, contact: str = "x@y.test", **entry: Any) -> None:
    """An entry is put from the server's side."""
    assert (await api("PUT", f"{N}/accounts/juliet/roster/{contact}", entry)).status in (200, 201)


@pytest_twisted.ensureDeferred
async def test_a_spoofed_push_and_then_a_good_one() -> None:
    """The next one only; the journal has the name of the fault."""
    async with controlled() as api:
        client = await interested(api)
        added = await api("POST", f"{N}/faults", {"fault": "push-from-stranger", "account": "juliet", "next": 1})
        assert (added.status, added.body["id"]) == (201, "f1")
        await put(api)
        await put(api, name="X")
        assert b"from='stranger@stranger.test'" in await client.until("</iq>")
        assert b"from=" not in await client.until("</iq>")
        assert (await api("GET", f"{N}/faults")).body == {"faults": []}
        pushes = (await api("GET", f"{N}/journal?kind=push")).body["entries"]
        assert [entry["fault"] for entry in pushes] == ["push-from-stranger", None]


@pytest_twisted.ensureDeferred
async def test_a_dropped_push_is_not_there() -> None:
    """A ping behind it is the fence; the transcript marks it."""
    async with controlled() as api:
        client = await interested(api)
        await api("POST", f"{N}/faults", {"fault": "drop"})
        await put(api)
        client.say(PING)
        assert b"roster" not in await client.until("id='fence'")
        assert "!! drop (not written)" in (await api("GET", f"{N}/transcript")).body


@pytest_twisted.ensureDeferred
async def test_a_late_push_comes_with_the_networks_time() -> None:
    """No test has to wait for it."""
    async with controlled() as api:
        client = await interested(api)
        await api("POST", f"{N}/faults", {"fault": "delay", "seconds": 3600})
        await put(api)
        client.say(PING)
        assert b"roster" not in await client.until("id='fence'")
        await api("POST", f"{N}/clock", {"forward": 3600})
        await client.until("x@y.test")


@pytest_twisted.ensureDeferred
async def test_a_cut_in_the_middle_of_a_push() -> None:
    """Half of it has come, and the connection is gone."""
    async with controlled() as api:
        client = await interested(api)
        await api("POST", f"{N}/faults", {"fault": "cut"})
        await put(api)
        await client.ended
        assert client.read.startswith(b"<iq type='set'")
        assert not client.read.endswith(b"</iq>")


@pytest_twisted.ensureDeferred
async def test_a_push_out_of_the_blue() -> None:
    """The roster knows nothing of it."""
    async with controlled() as api:
        client = await interested(api)
        item = {"jid": "spoof@y.test", "name": "S", "subscription": "both"}
        sent = await api(
            "POST", f"{N}/accounts/juliet/push", {"item": item, "ver": None, "fault": "push-from-domain"}
        )
        push = await client.until("</iq>")
        assert sent.body["pushes"][0]["id"].encode() in push
        assert b"from='a.test'" in push
        assert b"ver=" not in push
        assert (await api("GET", f"{N}/accounts/juliet/roster")).body["items"] == {}
        await api("POST", f"{N}/accounts/juliet/push", {"item": {"jid": "x@y.test", "subscription": "remove"}})
        assert b"subscription='remove'" in await client.until("</iq>")


@pytest_twisted.ensureDeferred
async def test_a_version_that_the_client_named_is_repeated() -> None:
    """Its get was answered with nothing, so no version was sent before."""
    async with controlled() as api:
        await api.make()
        version = (await api("GET", f"{N}/accounts/juliet/roster")).body["ver"]
        client = await api.login()
        client.say(f"<iq type='get' id='v'><query xmlns='jabber:iq:roster' ver='{version}'/></iq>")
        await client.until("id='v' type='result'")
        await api("POST", f"{N}/faults", {"fault": "repeated-ver"})
        await put(api)
        assert f"ver='{version}'".encode() in await client.until("</query>")


@pytest_twisted.ensureDeferred
async def test_forgotten_versions() -> None:
    """The version that was right a moment ago brings the whole roster under another one."""
    async with controlled() as api:
        client = await interested(api)
        await put(api)
        await client.until("</iq>")
        version = (await api("GET", f"{N}/accounts/juliet/roster")).body["ver"]
        forgotten = (await api("POST", f"{N}/accounts/juliet/forget")).body["ver"]
        client.say(f"<iq type='get' id='v'><query xmlns='jabber:iq:roster' ver='{version}'/></iq>")
        answer = await client.until("</iq>")
        assert forgotten.encode() in answer
        assert b"x@y.test" in answer


@pytest_twisted.ensureDeferred
async def test_faults_are_removed() -> None:
    """One, all, and with a reset."""
    async with controlled() as api:
        await api.make()
        for _ in range(3):
            await api("POST", f"{N}/faults", {"fault": "drop"})
        assert (await api("DELETE", f"{N}/faults/f2")).status == 204
        assert [fault["id"] for fault in (await api("GET", f"{N}/faults")).body["faults"]] == ["f1", "f3"]
        assert (await api("DELETE", f"{N}/faults/f2")).status == 404
        await api("POST", f"{N}/reset")
        assert (await api("GET", f"{N}/faults")).body == {"faults": []}
        await api("POST", f"{N}/faults", {"fault": "drop"})
        assert (await api("DELETE", f"{N}/faults")).status == 204
        assert (await api("GET", f"{N}/faults")).body == {"faults": []}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("faults", {"fault": "dorp"}, 400),
        ("faults", [], 400),
        ("faults", {"fault": "drop", "session": "c9"}, 404),
        ("accounts/juliet/push", {}, 400),
        ("accounts/juliet/push", {"item": {"jid": "juliet@a.test"}}, 400),
        ("accounts/juliet/push", {"item": {"jid": "x@y", "pending": True}}, 400),
        ("accounts/juliet/push", {"item": {"jid": "x@y"}, "fault": "none"}, 400),
        ("accounts/juliet/push", {"item": {"jid": "x@y"}, "fault": "drop"}, 400),
        ("accounts/nobody/push", {"item": {"jid": "x@y"}}, 404),
        ("accounts/nobody/forget", None, 404),
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_is_wrong_is_refused(path: str, body: Any, status: int) -> None:
    """Nothing is active then."""
    async with controlled() as api:
        await api.make()
        assert (await api("POST", f"{N}/{path}", body)).status == status
        assert (await api("GET", f"{N}/faults")).body == {"faults": []}
