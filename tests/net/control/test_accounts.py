"""Calls about accounts and their rosters: what the server sees, and real pushes to real clients."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_twisted
from calling import Api, controlled

A = "/networks/a.test/accounts"
ROSTER = "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>"
STATES: dict[str, dict[str, Any]] = {
    "none": {},
    "none + pending out": {"ask": True},
    "none + pending in": {"subscription": "none", "pending": True},
    "none + pending out+in": {"ask": True, "pending": True},
    "to": {"subscription": "to"},
    "to + pending in": {"subscription": "to", "pending": True},
    "from": {"subscription": "from"},
    "from + pending out": {"subscription": "from", "ask": True},
    "both": {"subscription": "both"},
}


async def interested(api: Api) -> Any:
    """A client that has asked for the roster."""
    client = await api.login()
    client.say(ROSTER)
    await client.until("</iq>")
    return client


@pytest.mark.parametrize("state", STATES.values(), ids=STATES)
@pytest_twisted.ensureDeferred
async def test_an_entry_in_each_of_the_nine_states(state: dict[str, Any]) -> None:
    """It can be put, it is pushed as it stands, and it is read back as it was put."""
    async with controlled() as api:
        await api.make()
        client = await interested(api)
        put = await api("PUT", f"{A}/juliet/roster/x@y.test", {**state, "name": "X", "groups": ["g", "h"]})
        push = await client.until("</iq>")
        assert put.status == 201
        assert f"subscription='{state.get('subscription', 'none')}'".encode() in push
        assert (b"ask='subscribe'" in push) is state.get("ask", False)
        assert put.body["pushes"] == [{"session": "c1", "jid": "juliet@a.test/r", "id": push.split(b"id='")[1].split(b"'")[0].decode()}]  # fmt: skip # noqa: E501
        found = (await api("GET", f"{A}/juliet/roster")).body["items"]["x@y.test"]
        wanted = {"subscription": "none", "ask": False, "pending": False, "approved": False} | state
        assert {key: found[key] for key in wanted} == wanted
        assert (found["name"], found["groups"]) == ("X", ["g", "h"])


@pytest_twisted.ensureDeferred
async def test_a_pending_request_comes_with_its_children_at_the_next_login() -> None:
    """Whole, with id and language; it shows nothing in the roster."""
    async with controlled() as api:
        await api.make()
        request = {"children": "<nick xmlns='http://jabber.org/protocol/nick'>P</nick>", "id": "q", "lang": "it"}
        put = await api("PUT", f"{A}/juliet/roster/paris@b.test", {"request": request})
        assert put.body["entry"]["pending"] is True
        roster = (await api("GET", f"{A}/juliet/roster")).body
        assert (roster["items"], roster["requests"]) == ({}, {"paris@b.test": request})
        client = await api.login()
        client.say("<presence/>")
        asked = await client.until("</nick></presence>")
        assert b"id='q'" in asked
        assert b"xml:lang='it'" in asked


@pytest_twisted.ensureDeferred
async def test_patch_changes_only_what_it_names() -> None:
    """What is not named stays as it is; an unknown contact is 404."""
    async with controlled() as api:
        await api.make()
        await api("PUT", f"{A}/juliet/roster/x@y.test", {"subscription": "both", "name": "X", "groups": ["g"]})
        changed = (await api("PATCH", f"{A}/juliet/roster/x@y.test", {"name": "Z"})).body["entry"]
        assert (changed["name"], changed["groups"], changed["subscription"]) == ("Z", ["g"], "both")
        assert (await api("PATCH", f"{A}/juliet/roster/z@y.test", {"name": "Z"})).status == 404


@pytest_twisted.ensureDeferred
async def test_an_entry_is_removed_with_a_push() -> None:
    """As a client's removal: the push says remove, and the other side loses what it had."""
    async with controlled() as api:
        await api.make(
            accounts={
                "juliet": {"password": "x", "roster": {"romeo@a.test": {"subscription": "both"}}},
                "romeo": {"password": "x"},
            }
        )
        client = await interested(api)
        removed = await api("DELETE", f"{A}/juliet/roster/romeo@a.test")
        assert b"subscription='remove'" in await client.until("</iq>")
        assert len(removed.body["pushes"]) == 1
        other = (await api("GET", f"{A}/romeo/roster")).body["items"]["juliet@a.test"]
        assert other["subscription"] == "none"
        assert (await api("DELETE", f"{A}/juliet/roster/romeo@a.test")).status == 404


@pytest_twisted.ensureDeferred
async def test_accounts_are_made_changed_and_removed() -> None:
    """A second PUT changes the password; removal ends the sessions."""
    async with controlled() as api:
        await api.make()
        entry = {"subscription": "to"}
        made = await api("PUT", f"{A}/nurse", {"password": "y", "roster": {"x@y.test": entry}})
        assert (made.status, made.body["roster"]["items"]["x@y.test"]["subscription"]) == (201, "to")
        assert (await api("PUT", f"{A}/nurse", {"password": "x"})).status == 200
        client = await api.login("nurse")
        shown = (await api("GET", f"{A}/nurse@a.test")).body
        assert [session["jid"] for session in shown["sessions"]] == ["nurse@a.test/r"]
        assert (await api("DELETE", f"{A}/nurse")).status == 204
        await client.until("<not-authorized")
        assert (await api("GET", f"{A}/nurse")).status == 404
        assert (await api("GET", A)).body == {"accounts": ["juliet@a.test", "romeo@a.test"]}


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "juliet", {}, 400),
        ("PUT", "juliet", {"password": "x", "roster": {}}, 400),
        ("PUT", "x%40elsewhere.test", {"password": "x"}, 400),
        ("PUT", "juliet/roster/juliet@a.test", {}, 400),
        ("PUT", "juliet/roster/x@y%2Fz", {}, 400),
        ("PUT", "juliet/roster/x@y", {"name": "n" * 1024}, 400),
        ("PUT", "juliet/roster/x@y", {"groups": ["g", "g"]}, 400),
        ("PUT", "juliet/roster/x@y", {"groups": [""]}, 400),
        ("PUT", "juliet/roster/x@y", {"pending": False, "request": {}}, 400),
        ("PUT", "juliet/roster/x@y", [], 400),
        ("GET", "nobody/roster", None, 404),
        ("PUT", "nobody/roster/x@y", {}, 404),
        ("PUT", "tybalt", {"password": "x"}, 409),
        ("DELETE", "tybalt", None, 409),
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_cannot_be_is_refused(method: str, path: str, body: Any, status: int) -> None:
    """With a status, a key and a sentence; nothing has changed."""
    async with controlled() as api:
        await api.make(contacts={"tybalt@a.test": {}})
        before = (await api("GET", f"{A}/juliet/roster")).body
        refused = await api(method, f"/networks/a.test/accounts/{path}", body)
        assert refused.status == status
        assert refused.body["error"]["sentence"].endswith(".")
        assert (await api("GET", f"{A}/juliet/roster")).body == before


@pytest_twisted.ensureDeferred
async def test_a_subscription_is_made_without_a_client() -> None:
    """What two clients would send, one after the other: both sides move, pushes go to those who are interested."""
    async with controlled() as api:
        await api.make()
        client = await interested(api)
        asked = await api("POST", f"{A}/juliet/subscription", {"contact": "romeo@a.test", "type": "subscribe"})
        assert (asked.status, asked.body["state"], asked.body["entry"]["ask"]) == (200, "none-out", True)
        assert [push["session"] for push in asked.body["pushes"]] == ["c1"]
        assert b"ask='subscribe'" in await client.until("</iq>")
        answered = await api("POST", f"{A}/romeo/subscription", {"contact": "juliet@a.test", "type": "subscribed"})
        assert answered.body["state"] == "from"
        pairs = (await api("GET", f"{A}/juliet/pairs")).body["pairs"]
        assert (pairs["romeo@a.test"]["state"], pairs["romeo@a.test"]["theirs"]) == ("to", "from")
        ended = await api("POST", f"{A}/juliet/subscription", {"contact": "romeo@a.test", "type": "unsubscribe"})
        assert ended.body["state"] == "none"


@pytest.mark.parametrize(
    ("contact", "kind", "status", "named"),
    [
        ("x@nowhere.test", "subscribe", 409, "remote-server-not-found"),
        ("juliet@a.test", "subscribe", 400, "somebody else"),
        ("romeo@a.test/r", "subscribe", 400, "bare JID"),
        ("romeo@a.test", "probe", 400, "type"),
        (5, "subscribe", 400, "contact"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_subscription_that_cannot_be_is_refused(contact: Any, kind: str, status: int, named: str) -> None:
    """With the reason that a client would be told, or with what is wrong with the call."""
    async with controlled() as api:
        await api.make()
        reply = await api("POST", f"{A}/juliet/subscription", {"contact": contact, "type": kind})
        assert reply.status == status
        assert named in reply.body["error"]["sentence"]


@pytest_twisted.ensureDeferred
async def test_who_is_blocked_is_sent_nothing() -> None:
    """As a client that has blocked somebody is refused (XEP-0191 §3.3)."""
    async with controlled() as api:
        await api.make()
        client = await api.login()
        client.say("<iq type='set' id='b'><block xmlns='urn:xmpp:blocking'><item jid='romeo@a.test'/></block></iq>")
        await client.until("id='b'")
        reply = await api("POST", f"{A}/juliet/subscription", {"contact": "romeo@a.test"})
        assert reply.status == 409
        assert "not-acceptable" in reply.body["error"]["sentence"]


@pytest_twisted.ensureDeferred
async def test_a_refusal_is_the_same_where_nothing_is_remembered() -> None:
    """Without a journal too nobody waits for the answer but the call; what was pushed beside it has left."""
    main = "/networks/main/accounts/juliet"
    async with controlled(journal=0, domains=("a.test",)) as api:
        await api("PUT", main, {"password": "x"})
        client = await interested(api)
        reply = await api("POST", f"{main}/subscription", {"contact": "x@nowhere.test", "type": "subscribe"})
        assert reply.status == 409
        assert "remote-server-not-found" in reply.body["error"]["sentence"]
        assert b"ask='subscribe'" in await client.until("</iq>")
