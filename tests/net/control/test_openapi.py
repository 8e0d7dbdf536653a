"""The OpenAPI file says what the running server does: its paths, its methods, the shape of its answers."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest_twisted
from calling import Api, controlled
from jsonschema import Draft202012Validator
from twisted.internet.task import Clock

from rosterkit.net.control.api import DESCRIPTION, make_routes
from rosterkit.net.control.seeds import SEED_KEYS
from rosterkit.net.hub import Hub

FILE = json.loads(DESCRIPTION.read_text(encoding="utf-8"))


def described(path: str) -> dict[str, Any]:
    """The path item of the file that a real path (without /v1) falls under."""
    path = f"/v1{path.partition('?')[0]}"
    for template, item in FILE["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path):
            found: dict[str, Any] = item
            return found
    raise AssertionError(f"{path} is not in the file")


class CheckedApi:
    """Calls whose answers must have the shape that the file says."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.called: set[tuple[str, str]] = set()

    async def __call__(self, method: str, path: str, body: Any = None) -> Any:
        """One call; gives the body of the answer."""
        status, answer = await self.api(method, path, body)
        item = described(path)
        responses = item[method.lower()]["responses"]
        response = responses.get(str(status), responses["default"] if status >= 400 else None)
        assert response is not None, f"{method} {path} answers {status}, which the file does not know"
        self.called.add((method, next(t for t, i in FILE["paths"].items() if i is item)))
        content = response.get("content", {}).get("application/json")
        if content is not None:
            schema = {**content["schema"], "components": FILE["components"]}
            Draft202012Validator(schema).validate(answer)
        return answer


def test_every_call_of_the_server_is_in_the_file_and_no_other():
    """Method by method."""
    routes = make_routes(Hub(), Clock(), lambda _: None, lambda _: None, lambda: None)  # type: ignore[arg-type]
    said = {
        (method.upper(), path) for path, item in FILE["paths"].items() for method in item if method != "parameters"
    }
    assert set(routes.all()) == said


def test_the_seed_has_the_same_keys():
    """What the reader takes is what the file says."""
    assert tuple(FILE["components"]["schemas"]["Seed"]["properties"]) == SEED_KEYS


@pytest_twisted.ensureDeferred
async def test_every_answer_has_the_shape_that_is_said() -> None:
    """One walk through all the calls, errors among them."""
    async with controlled() as server:
        call = CheckedApi(server)
        await call("GET", "")
        assert await call("GET", "/openapi.json") == FILE
        made = await call("POST", "/networks", {"own_port": True})
        await call("DELETE", f"/networks/{made['name']}")
        entry = {"subscription": "to", "request": {"children": "<x xmlns='urn:x'/>", "id": "1", "lang": "en"}}
        seed = {
            "accounts": {"juliet": {"password": "x", "roster": {"p@b.test": entry}}}, "contacts": {"n@c.test": {}},
        }  # fmt: skip
        network = "/networks/a.test"
        await call("PUT", network, seed)
        await call("PUT", network, seed)
        await call("PUT", network, {"nothing": 1})
        client = await server.login()
        client.say("<presence/><iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>")
        await client.until("</iq>")
        for path in (
            "",
            "/clock",
            "/accounts",
            "/sessions",
            "/contacts",
            "/journal",
            "/transcript",
            "/scenario",
            "/scenario?form=none",
            "/accounts/juliet",
            "/accounts/juliet/roster",
            "/accounts/juliet/pairs",
            "/overview",
            "/journal/1/rule",
            "/journal/999999/rule",
        ):
            await call("GET", network + path)
        await call("GET", "/networks")
        await call("POST", f"{network}/clock", {"forward": 1})
        await call("PUT", f"{network}/accounts/nurse", {"password": "x"})
        await call("PUT", f"{network}/accounts/nurse", {"password": "y"})
        await call("DELETE", f"{network}/accounts/nurse")
        for method in ("PUT", "PATCH", "DELETE", "DELETE"):
            body = {"name": "X"} if method != "DELETE" else None
            await call(method, f"{network}/accounts/juliet/roster/x@y.test", body)
        for contact in ("n@c.test", "x@nowhere.test"):
            await call("POST", f"{network}/accounts/juliet/subscription", {"contact": contact, "type": "subscribe"})
        await call("PUT", f"{network}/contacts/m@c.test", {"after": 1})
        await call("PUT", f"{network}/contacts/m@c.test", {})
        await call("GET", f"{network}/contacts/m@c.test")
        await call("POST", f"{network}/contacts/m@c.test/do", {"do": "presence", "show": "away"})
        await call("DELETE", f"{network}/contacts/m@c.test")
        await call("GET", f"{network}/server-roster/juliet@a.test")
        await call("GET", "/faults")
        for fault in ({"fault": "delay"}, {"fault": "drop"}):
            await call("POST", f"{network}/faults", fault)
        for method, path in (("GET", ""), ("DELETE", "/f1"), ("DELETE", "")):
            await call(method, f"{network}/faults{path}")
        await call("POST", f"{network}/accounts/juliet/push", {"item": {"jid": "x@y.test"}})
        await call("POST", f"{network}/accounts/juliet/forget")
        await call("POST", f"{network}/wait", {"match": "<presence/>"})
        await call("POST", f"{network}/wait", {"match": "<message/>", "within": 0})
        await call("GET", f"{network}/sessions/c1")
        await call("POST", f"{network}/sessions/c1/send", {"xml": "<message/>"})
        await call("POST", f"{network}/sessions/c1/cut", {})
        await client.ended
        again = await server.login()
        await call("POST", f"{network}/sessions/c2/kick", {"condition": "reset"})
        await again.ended
        await call("POST", f"{network}/reset")
        await call("GET", f"{network}/journal?since=0")
        missed = {
            (m.upper(), p) for p, item in FILE["paths"].items() for m in item if m != "parameters"
        } - call.called
        assert missed == {("GET", "/v1/networks/{network}/events")}
