"""Calls about sessions, and about scripted contacts."""

from __future__ import annotations

import pytest
import pytest_twisted
from calling import controlled, part

S = "/networks/a.test/sessions"


@pytest_twisted.ensureDeferred
async def test_sessions_are_listed_as_they_are() -> None:
    """Connected, interested, available; how they are reached."""
    async with controlled() as api:
        await api.make()
        client = await api.login()
        client.say("<presence><priority>5</priority></presence>")
        await client.until("</presence>")
        (session,) = (await api("GET", S)).body["sessions"]
        presence = session.pop("presence")
        assert "<priority>5</priority>" in presence
        assert session == {
            "id": "c1", "jid": "juliet@a.test/r", "account": "juliet@a.test", "resource": "r", "available": True,
            "interested": False, "priority": 5, "transport": "tcp", "encrypted": False,
        }  # fmt: skip
        for name in ("c1", "juliet@a.test", part("juliet@a.test/r")):
            assert (await api("GET", f"{S}/{name}")).body["id"] == "c1"


@pytest.mark.parametrize("condition", ["conflict", "policy-violation", "see-other-host", "undefined-condition"])
@pytest_twisted.ensureDeferred
async def test_a_session_is_kicked_with_any_stream_error(condition: str) -> None:
    """With its text, and its contacts learn that it is gone."""
    async with controlled() as api:
        await api.make()
        client = await api.login()
        assert (await api("POST", f"{S}/c1/kick", {"condition": condition, "text": "Go & rest."})).status == 200
        error = await client.until("</stream:stream>")
        assert f"<{condition} ".encode() in error
        assert b"Go &amp; rest." in error
        assert (await api("GET", S)).body["sessions"] == []


@pytest_twisted.ensureDeferred
async def test_a_connection_is_cut_without_a_word() -> None:
    """No stream error, no end of the stream: as a network fails."""
    async with controlled() as api:
        await api.make()
        client = await api.login()
        await api("POST", f"{S}/c1/cut")
        await client.ended
        assert client.read == b""


@pytest_twisted.ensureDeferred
async def test_raw_xml_is_sent_as_it_is() -> None:
    """Also what no server would send."""
    async with controlled() as api:
        await api.make()
        client = await api.login()
        raw = "<message from='x' ><body>1</body></message><oops"
        assert (await api("POST", f"{S}/c1/send", {"xml": raw})).status == 200
        assert await client.until("<oops") == raw.encode()
        entries = (await api("GET", "/networks/a.test/journal?kind=raw")).body["entries"]
        assert [entry["xml"] for entry in entries] == [raw]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("c9/cut", None, 404),
        ("x y@/cut", None, 404),
        ("c1/kick", {"condition": "tired"}, 400),
        ("c1/send", {}, 400),
        ("c1/send", {"xml": ""}, 400),
        ("c1/send", {"xml": 5}, 400),
        ("juliet@a.test/cut", None, 409),
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_is_wrong_is_said(path: str, body: object, status: int) -> None:
    """A session that is not there, one of several, a condition that is none; everybody stays connected."""
    async with controlled() as api:
        await api.make()
        await api.login()
        await api.login(resource="s")
        refused = await api("POST", f"{S}/{path.replace(' ', '%20')}", body)
        assert refused.status == status
        assert len((await api("GET", S)).body["sessions"]) == 2


@pytest_twisted.ensureDeferred
async def test_a_contact_is_set_told_and_removed() -> None:
    """It acts at once, is seen in the journal, and its end is the end of its entries' subscriptions."""
    async with controlled() as api:
        await api.make()
        client = await api.login()
        client.say("<presence/>")
        await client.until("/>")
        contacts = "/networks/a.test/contacts"
        made = await api("PUT", f"{contacts}/nurse@far.test", {"answer": "ignore"})
        assert (made.status, made.body["remote"], made.body["script"]) == (201, True, {"answer": "ignore"})
        told = await api(
            "POST", f"{contacts}/nurse@far.test/do", {"do": "subscribe", "to": "juliet@a.test", "nick": "N"}
        )
        assert told.status == 200
        assert b"<nick" in await client.until("</presence>")
        said = (await api("GET", "/networks/a.test/journal?account=nurse@far.test&direction=in")).body["entries"]
        assert any("subscribe" in entry["xml"] for entry in said)
        assert (await api("PUT", f"{contacts}/nurse@far.test", {})).status == 200
        assert (await api("GET", contacts)).body == {"contacts": ["nurse@far.test"]}
        assert (await api("DELETE", f"{contacts}/nurse@far.test")).status == 204
        assert (await api("GET", f"{contacts}/nurse@far.test")).status == 404


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "nurse@far.test", {"answers": "x"}, 400),
        ("PUT", "@far.test", {}, 400),
        ("PUT", "juliet@a.test", {}, 409),
        ("PUT", part("nurse@far.test/r"), {}, 409),
        ("POST", "nurse@far.test/do", {"do": "subscribe"}, 404),
        ("POST", "tybalt@far.test/do", {"do": "dance"}, 400),
        ("POST", "tybalt@far.test/do", {}, 400),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_contact_that_cannot_be_is_refused(method: str, path: str, body: object, status: int) -> None:
    """The network goes on with the contacts that it has."""
    async with controlled() as api:
        await api.make(contacts={"tybalt@far.test": {}})
        assert (await api(method, f"/networks/a.test/contacts/{path}", body)).status == status
        assert (await api("GET", "/networks/a.test/contacts")).body == {"contacts": ["tybalt@far.test"]}
