"""What the journal keeps of a call that has changed a network."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_twisted
from calling import Api, controlled, part
from twisted.internet.task import Clock

from rosterkit.core.scenario_reader import read_scenario
from rosterkit.core.world import Settings
from rosterkit.net.control.api import make_routes
from rosterkit.net.control.called import MOST_KEPT_BYTES, Remembering
from rosterkit.net.hub import Hub
from rosterkit.net.network import Network
from rosterkit.net.outlet import Injected
from rosterkit.net.seed import Seed

N = "/networks/a.test"
JULIET = f"{N}/accounts/juliet"


async def calls(api: Api) -> list[dict[str, Any]]:
    """Every call that is in the journal."""
    return [entry["call"] for entry in (await api("GET", f"{N}/journal?kind=call")).body["entries"]]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "accounts/nurse", {"password": "***"}),
        ("DELETE", "accounts/romeo", None),
        ("PUT", "accounts/juliet/roster/x@b.test", {"name": "X"}),
        ("PATCH", "accounts/juliet/roster/friend@b.test", {"name": "X"}),
        ("DELETE", "accounts/juliet/roster/friend@b.test", None),
        ("POST", "accounts/juliet/subscription", {"contact": "romeo@a.test", "type": "subscribe"}),
        ("POST", "accounts/juliet/push", {"item": {"jid": "x@b.test"}}),
        ("POST", "accounts/juliet/forget", None),
        ("PUT", "contacts/n@c.test", {"after": 1}),
        ("POST", "contacts/there@c.test/do", {"do": "presence", "show": "away"}),
        ("DELETE", "contacts/there@c.test", None),
        ("POST", "faults", {"fault": "drop"}),
        ("DELETE", "faults/f1", None),
        ("DELETE", "faults", None),
        ("POST", "clock", {"forward": 2}),
        ("POST", "sessions/c1/send", {"xml": "<message/>"}),
        ("POST", "sessions/juliet@a.test%2Fr/kick", {"condition": "reset"}),
        ("POST", "sessions/c1/cut", {}),
    ],
)
@pytest_twisted.ensureDeferred
async def test_each_change_leaves_one_note(method: str, path: str, body: Any) -> None:
    """With its method, its path below the network, and its body."""
    async with controlled() as api:
        await api.make(
            accounts={"juliet": {"password": "x", "roster": {"friend@b.test": {}}}, "romeo": {"password": "x"}},
            contacts={"there@c.test": {}},
        )
        await api.login()
        await api("POST", f"{N}/faults", {"fault": "delay"})
        begun = await calls(api)
        sent = {**body, "password": "s3cret"} if body is not None and "password" in body else body
        reply = await api(method, f"{N}/{path}", sent)
        assert reply.status in (200, 201, 204), reply
        (made,) = (await calls(api))[len(begun) :]
        assert {key: made[key] for key in ("method", "path", "body", "left_out")} == {
            "method": method, "path": path, "body": body, "left_out": False,
        }  # fmt: skip
        assert "s3cret" not in str((await api("GET", f"{N}/journal")).body)


def test_every_change_can_be_a_step():
    """What is kept is about what scenarios may be about; the others are known by name."""
    routes = make_routes(Hub(), Clock(), lambda _: None, lambda _: None, lambda: None)  # type: ignore[arg-type]
    below = "/v1/networks/{network}/"
    changes = {
        path.removeprefix(below) for method, path in routes.all() if method != "GET" and path.startswith(below)
    }
    for path in changes - {"wait", "reset"}:
        step = {"call": "PUT", "path": path.replace("{", "").replace("}", "")}
        head = {"rosterkit": "scenario", "version": 1, "domains": ["home.example"], "network": {}}
        assert read_scenario({**head, "steps": [step]}).steps


@pytest_twisted.ensureDeferred
async def test_what_only_looks_and_what_is_refused_leave_none() -> None:
    """A wait is a look too; a reset is a beginning, whose journal is empty."""
    async with controlled() as api:
        await api.make()
        for method, path, body in (
            ("GET", "/overview", None),
            ("POST", "/wait", {"match": "<message/>", "within": 0}),
            ("PATCH", "/accounts/juliet/roster/nobody@b.test", {"name": "X"}),
            ("POST", "/faults", {"fault": "nonsense"}),
            ("POST", "/reset", None),
            ("POST", "/sessions/c9/cut", {}),
        ):
            await api(method, f"{N}{path}", body)
        assert await calls(api) == []


@pytest_twisted.ensureDeferred
async def test_what_a_call_leads_to_stands_before_its_note() -> None:
    """And after the number that the note names; what the client said before it does not."""
    async with controlled() as api:
        await api.make()
        client = await api.login()
        client.say("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>")
        await client.until("</iq>")
        await api("PUT", f"{JULIET}/roster/x@b.test", {})
        entries = (await api("GET", f"{N}/journal")).body["entries"]
        (note,) = [entry for entry in entries if entry["kind"] == "call"]
        (push,) = [entry for entry in entries if entry["kind"] == "push"]
        (result,) = [entry for entry in entries if entry["kind"] == "roster" and entry["direction"] == "out"]
        assert result["number"] <= note["call"]["since"] < push["number"] < note["number"]
        assert note["text"] == "PUT accounts/juliet/roster/x@b.test was called."


class Heard:
    """A connection that writes nothing, and puts into the journal what it would write."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def emit(self, kind: str, data: bytes, fault: str | None = None) -> bool:
        """One stanza."""
        assert self._network.journal is not None
        self._network.journal.add(0, "c1", None, None, "out", kind, data, fault)
        return True

    def flush(self) -> None:
        """There is nothing."""


def test_what_was_caused_before_a_call_is_done_before_it():
    """So that no push of a client's own set is taken for one of the call."""
    hub = Hub()
    network = Network(Seed("main", ("a.test",), settings=Settings(), journal=100_000), Clock())
    hub.add(network)
    assert network.journal is not None
    network.cause(Injected(Heard(network), "raw", b"<message/>", None))
    begun = Remembering(hub).begin("main")
    assert begun is not None
    assert (network.journal.cursor, begun.since) == (1, 1)


@pytest_twisted.ensureDeferred
async def test_a_huge_body_is_said_to_be_left_out() -> None:
    """Neither its length nor its depth is kept."""
    deep: Any = {}
    for _ in range(30):
        deep = [deep]
    async with controlled() as api:
        await api.make()
        await api.login()
        for body in ({"xml": f"<message>{'x' * MOST_KEPT_BYTES}</message>"},):
            assert (await api("POST", f"{N}/sessions/c1/send", body)).status == 200
        assert (await api("DELETE", f"{N}/faults", deep)).status == 204
        assert [(made["body"], made["left_out"]) for made in await calls(api)] == [(None, True), (None, True)]


@pytest_twisted.ensureDeferred
async def test_hostile_paths_and_bodies_are_kept_as_data() -> None:
    """A name that spells anything is found again as it was."""
    name = "</script>'\"\u202e{domain}\n%2F"
    async with controlled() as api:
        await api.make()
        await api.login(resource="a/b?c#d")
        assert (await api("PUT", f"{JULIET}/roster/x@b.test", {"name": name.replace("\n", " ")})).status == 201
        assert (await api("POST", f"{N}/sessions/{part('juliet@a.test/a/b?c#d')}/cut", {})).status == 200
        first, second = await calls(api)
        assert first["body"]["name"] == name.replace("\n", " ")
        assert second["path"] == "sessions/juliet@a.test%2Fa%2Fb%3Fc%23d/cut"
