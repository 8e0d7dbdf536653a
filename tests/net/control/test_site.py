"""The HTTP side of the control API: who may call, and what is no call."""

from __future__ import annotations

import pytest
import pytest_twisted
from calling import controlled
from dialogue import Dialogue
from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol


@pytest_twisted.ensureDeferred
async def test_it_says_what_it_is() -> None:
    """The version, the ready line, the networks."""
    async with controlled() as api:
        about = (await api("GET", "")).body
        assert about["ready"] == api.ready
        assert about["networks"] == ["main"]


@pytest.mark.parametrize("name", ["evil.test", "localhost.evil.test", "127.0.0.1.evil.test", "", "[", "a@b:c:d"])
@pytest_twisted.ensureDeferred
async def test_another_name_for_our_address_is_refused(name: str) -> None:
    """A page whose name was bound to our address could call otherwise."""
    async with controlled() as api:
        caller = await connectProtocol(
            TCP4ClientEndpoint(reactor, "127.0.0.1", api.ready["control"]["port"]), Dialogue()
        )
        caller.say(f"GET /v1 HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n")
        assert b"403" in await caller.until("\r\n")


@pytest.mark.parametrize(
    "origin", ["http://evil.test", "null", "https://127.0.0.1", "http://127.0.0.1:1", "http://["]
)
@pytest_twisted.ensureDeferred
async def test_a_page_of_another_site_is_refused(origin: str) -> None:
    """Whatever a browser sends for it; our own page may call."""
    async with controlled() as api:
        assert (await api("GET", "", origin=origin)).status == 403
        own = f"http://127.0.0.1:{api.ready['control']['port']}"
        assert (await api("GET", "", origin=own)).status == 200


@pytest_twisted.ensureDeferred
async def test_a_page_cannot_hide_json_in_a_form() -> None:
    """A body of another type is refused: browsers ask before they send JSON to another site."""
    async with controlled() as api:
        assert (await api("POST", "/networks", b"{}", content_type="text/plain")).status == 415


@pytest_twisted.ensureDeferred
async def test_with_a_token_every_call_must_show_it() -> None:
    """Missing or wrong is 401, also for a path that is none."""
    async with controlled(control_token="a-long-token") as api:
        assert (await api("GET", "")).status == 401
        assert (await api("GET", "/nothing")).status == 401
        assert (await api("GET", "", authorization="Bearer a-long-tokem")).status == 401
        assert (await api("GET", "", authorization="Bearer a-long-token")).status == 200
        shown = {"authorization": "Bearer a-long-token"}
        assert (await api("GET", "", **shown, host="rosterkit.internal")).status == 200
        assert (await api("GET", "", **shown, origin="http://evil.test")).status == 403


@pytest.mark.parametrize("how", ["length", "chunks"])
@pytest_twisted.ensureDeferred
async def test_a_body_that_is_too_long_is_refused_while_it_comes(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its length, or by the chunk that is too much; the server goes on."""
    monkeypatch.setattr("rosterkit.net.control.site.MOST_BODY_BYTES", 1000)
    async with controlled() as api:
        where = TCP4ClientEndpoint(reactor, "127.0.0.1", api.ready["control"]["port"])
        caller = await connectProtocol(where, Dialogue())
        head = "POST /v1/networks HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        if how == "length":
            caller.say(f"{head}Content-Length: 1001\r\n\r\n")
        else:
            caller.say(f"{head}Transfer-Encoding: chunked\r\n\r\n3E9\r\n{' ' * 1001}\r\n")
        assert b"413" in await caller.until("\r\n")
        await caller.until("is too long")
        await caller.ended
        assert len((await api("GET", "/networks")).body["networks"]) == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/nothing", None, 404),
        ("GET", "/networks/a.test/nothing", None, 404),
        ("PATCH", "/networks", None, 405),
        ("BREW", "/networks", None, 405),
        ("POST", "/networks", b"{", 400),
        ("POST", "/networks", b"\xff", 400),
        ("POST", "/networks", b"[" * 100_000, 400),
        ("POST", "/networks", b'{"history": NaN}', 400),
        ("POST", "/networks", b"[]", 400),
        ("GET", "/networks/%FF", None, 400),
        ("GET", "/networks?x=%FF", None, 400),
        ("GET", "/networks?x=1", None, 400),
        ("POST", "/networks", b'{"accounts": {"a": {"password": "\\ud800"}}}', 400),
    ],
)
@pytest_twisted.ensureDeferred
async def test_what_is_no_call_is_refused_as_json(method: str, path: str, body: bytes | None, status: int) -> None:
    """Never 500, never HTML; the server goes on."""
    async with controlled() as api:
        refused = await api(method, path, body)
        assert (refused.status, list(refused.body)) == (status, ["error"])
        assert (await api("GET", "")).status == 200
