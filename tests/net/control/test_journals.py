"""Calls about what happened: read, followed, waited on, shown."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_twisted
from calling import controlled
from twisted.internet import reactor
from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.protocol import Protocol
from twisted.web.client import Agent, readBody

N = "/networks/a.test"
ROSTER = "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>"


@pytest_twisted.ensureDeferred
async def test_it_has_what_passed_in_its_order_and_no_secret() -> None:
    """From the header on: what came in, what went out, each with session, account and kind."""
    async with controlled() as api:
        await api.make()
        client = await api.login()
        client.say(ROSTER)
        await client.until("</iq>")
        read = (await api("GET", f"{N}/journal")).body
        entries = read["entries"]
        assert [entry["number"] for entry in entries] == list(range(1, read["cursor"] + 1))
        assert entries[0]["xml"].startswith("<stream:stream to='a.test'")
        assert {entry["session"] for entry in entries} == {"c1"}
        assert [(e["direction"], e["kind"]) for e in entries[-2:]] == [("in", "roster"), ("out", "roster")]
        assert entries[-1]["jid"] == "juliet@a.test/r"
        auth = next(entry["xml"] for entry in entries if "<auth" in entry["xml"])
        assert auth.endswith("mechanism='PLAIN'>***</auth>")
        later = (await api("GET", f"{N}/journal?since={read['cursor'] - 1}&direction=out")).body["entries"]
        assert later == entries[-1:]
        matching = (await api("GET", f"{N}/journal?match=%3Ciq%20type='get'/%3E")).body["entries"]
        assert [entry["xml"] for entry in matching] == [entries[-2]["xml"]]


@pytest_twisted.ensureDeferred
async def test_a_wait_ends_with_what_the_client_sends() -> None:
    """It was asked before; the verdict names the entry, and the cursor leads on."""
    async with controlled() as api:
        await api.make()
        client = await api.login()
        waiting = ensureDeferred(api("POST", f"{N}/wait", {"match": ROSTER, "account": "juliet"}))
        client.say("<presence/>" + ROSTER)
        met = (await waiting).body
        assert (met["outcome"], met["entry"]["kind"], met["cursor"]) == ("met", "roster", met["entry"]["number"])
        again = await api("POST", f"{N}/wait", {"match": ROSTER, "since": met["cursor"], "within": 0})
        assert again.body["outcome"] == "timeout"


@pytest_twisted.ensureDeferred
async def test_a_wait_ends_with_what_must_not_come() -> None:
    """Whichever comes first."""
    async with controlled() as api:
        await api.make()
        client = await api.login()
        waiting = ensureDeferred(api("POST", f"{N}/wait", {"match": "<message/>", "not": ["/presence"]}))
        client.say("<presence/><message/>")
        ended = (await waiting).body
        assert (ended["outcome"], ended["entry"]["xml"]) == ("forbidden", "<presence/>")


@pytest_twisted.ensureDeferred
async def test_an_ignored_push_is_seen_in_verdict_and_transcript() -> None:
    """The client that does not answer is found from the texts alone."""
    async with controlled() as api:
        await api.make()
        client = await api.login()
        client.say(ROSTER)
        await client.until("</iq>")
        (push,) = (await api("PUT", f"{N}/accounts/juliet/roster/x@y.test", {})).body["pushes"]
        wanted = f"<iq type='result' id='{push['id']}'/>"
        ended = (await api("POST", f"{N}/wait", {"match": wanted, "within": 0.05})).body
        assert ended["outcome"] == "timeout"
        assert "type is 'get', not 'result'" in ended["verdict"]
        assert ended["nearest"]["difference"] == "type is 'get', not 'result'"
        transcript = (await api("GET", f"{N}/transcript")).body
        assert f"the roster push '{push['id']}' to juliet@a.test/r got no answer" in transcript


@pytest_twisted.ensureDeferred
async def test_a_long_poll_answers_when_something_comes() -> None:
    """Or with nothing when its time is over."""
    async with controlled() as api:
        await api.make()
        client = await api.login()
        cursor = (await api("GET", N)).body["cursor"]
        waiting = ensureDeferred(api("GET", f"{N}/journal?since={cursor}&wait=5&direction=in"))
        client.say("<presence/>")
        assert [entry["xml"] for entry in (await waiting).body["entries"]] == ["<presence/>"]
        nothing = (await api("GET", f"{N}/journal?wait=0.01&kind=message")).body
        assert nothing["entries"] == []


class _Lines(Protocol):
    """What comes of a response, until a mark."""

    def __init__(self, mark: bytes) -> None:
        self.read = b""
        self.mark = mark
        self.found: Deferred[bytes] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        """Twisted has bytes."""
        self.read += data
        if self.mark in self.read and not self.found.called:
            self.found.callback(self.read)
            self.transport.loseConnection()  # type: ignore[union-attr]


@pytest_twisted.ensureDeferred
async def test_events_follow_the_journal() -> None:
    """One for each entry, its number as the id, until the reader leaves."""
    async with controlled() as api:
        await api.make()
        response = await Agent(reactor).request(b"GET", f"{api.root}{N}/events?since=0&kind=presence".encode())
        assert response.headers.getRawHeaders("content-type") == ["text/event-stream"]
        lines = _Lines(b"<presence/>")
        response.deliverBody(lines)
        client = await api.login()
        client.say("<presence/>")
        read = (await lines.found).decode()
        assert "\nid: " in read
        assert '"kind": "presence"' in read


@pytest_twisted.ensureDeferred
async def test_nobody_waits_for_a_network_that_is_gone() -> None:
    """A wait is answered, events end."""
    async with controlled() as api:
        await api.make()
        response = await Agent(reactor).request(b"GET", f"{api.root}{N}/events".encode())
        ended = readBody(response)
        waiting = ensureDeferred(api("POST", f"{N}/wait", {"match": "<message/>", "within": 60}))
        polling = ensureDeferred(api("GET", f"{N}/journal?since=999&wait=60"))
        for _ in range(3):
            await api("GET", "")  # on connections of their own: the others have come by then
        await api("DELETE", N)
        assert ((await waiting).status, (await polling).status) == (410, 410)
        await ended


@pytest_twisted.ensureDeferred
async def test_what_has_fallen_out_is_said() -> None:
    """With the oldest that is kept; a wait and a transcript begin from there by themselves."""
    async with controlled() as api:
        await api.make(journal=2000)
        await api.login()
        gone = await api("GET", f"{N}/journal?since=0")
        assert (gone.status, gone.body["error"]["key"]) == (410, "since")
        assert (await api("GET", f"{N}/journal")).status == 200  # from the first that is kept
        first = gone.body["error"]["first"]
        assert (await api("GET", f"{N}/journal?since={first - 1}")).body["entries"][0]["number"] == first
        assert (await api("GET", f"{N}/transcript")).status == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "key"),
    [
        ("GET", "journal?since=x", None, "?since"),
        ("GET", "journal?wait=-1", None, "?wait"),
        ("GET", "journal?until=5", None, "?until"),
        ("GET", "journal?match=%3Ca", None, "?match"),
        ("GET", "journal?account=%40", None, "?account"),
        ("POST", "wait", {}, "not"),
        ("POST", "wait", {"match": "<a"}, "match"),
        ("POST", "wait", {"match": "<a/>", "not": "<b/>"}, "not"),
        ("POST", "wait", {"match": "<a/>", "within": "1"}, "within"),
        ("POST", "wait", {"match": "<a/>", "direction": "up"}, "direction"),
        ("POST", "wait", {"match": "<a/>", "matches": 1}, "matches"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_is_wrong_is_said_with_its_key(method: str, path: str, body: Any, key: str) -> None:
    """Parameters and patterns."""
    async with controlled() as api:
        await api.make()
        refused = await api(method, f"{N}/{path}", body)
        assert (refused.status, refused.body["error"]["key"]) == (400, key)


@pytest.mark.parametrize(
    ("pattern", "key", "sentence"),
    [
        ("", "match", "match is no XPath: Invalid expression. One is /iq/roster:query; what begins with < is XML"),
        ({"xpath": "/iq["}, "match", "match is no XPath: Invalid expression."),
        ({"xpath": "/iq", "namespaces": []}, "match.namespaces", "match.namespaces takes an object of prefixes and"),
        ("<a/><b/>", "match", "match is not one element."),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_pattern_that_cannot_be_used(pattern: Any, key: str, sentence: str) -> None:
    """What is wrong with it is said as one sentence, once."""
    async with controlled() as api:
        await api.make()
        error = (await api("POST", f"{N}/wait", {"match": pattern})).body["error"]
        assert error["key"] == key
        assert error["sentence"].startswith(sentence)
        assert ".." not in error["sentence"]
