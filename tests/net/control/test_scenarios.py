"""The call that exports a scenario, over HTTP: what it gives, and when it cannot."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import pytest_twisted
from calling import Api, controlled
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet import reactor
from twisted.web.client import Agent, readBody

from rosterkit.core.contact_script import read_script
from rosterkit.core.scenario import Scenario
from rosterkit.core.scenario_reader import read_scenario
from rosterkit.net.control.called import MOST_KEPT_BYTES
from rosterkit.net.control.scenarios import _beginning
from rosterkit.net.control.seeds import read_seed
from rosterkit.wire import fragments

N = "/networks/a.test"
SEED: dict[str, Any] = {
    "accounts": {
        "juliet": {
            "password": "s3cret",
            "roster": {
                "romeo@a.test": {"subscription": "both", "name": "Romeo", "groups": ["Friends"]},
                "asks@b.test": {"pending": True},
                "writes@b.test": {"request": {"children": "<x xmlns='urn:x'/>", "id": "1", "lang": "en"}},
                "listed@b.test": {"subscription": "none", "pending": True, "approved": True},
                "asked@b.test": {"ask": True},
            },
        },
        "romeo": {"password": "s3cret"},
    },
    "contacts": {"nurse@c.test": {"answer": "accept", "after": 2}},
    "remote": ["d.test"],
    "components": {"e.test": "s3cret"},
    "versioning": False,
    "history": 7,
}
PARTS = ("accounts/juliet/roster", "accounts/romeo/roster", "contacts/nurse@c.test")
TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1)


async def exported(api: Api, query: str = "") -> Any:
    """What the call gives."""
    reply = await api("GET", f"{N}/scenario{query}")
    assert reply.status == 200, reply
    return reply.body


@pytest_twisted.ensureDeferred
async def test_the_beginning_makes_the_same_network_again() -> None:
    """Rosters of both sides, requests, contacts, switches; its passwords are the scenario's own."""
    async with controlled() as api:
        await api("PUT", N, SEED)
        scenario = read_scenario(await exported(api))
        assert "s3cret" not in str(scenario)
        assert "a.test" not in str(scenario)
        first = [(await api("GET", f"{N}/{path}")).body for path in PARTS]
        await api("DELETE", N)  # whose component has a domain that is there once
        assert (await api("PUT", "/networks/home.example", scenario.network)).status == 201
        again = [(await api("GET", f"/networks/home.example/{path}")).body for path in PARTS]
        assert _plain(again, "home.example") == _plain(first, "a.test")


def _plain(parts: list[Any], domain: str) -> Any:
    """Without versions, on a domain that both have."""
    return json.loads(re.sub(r'"ver": "[^"]*"', '"ver": 0', json.dumps(parts)).replace(domain, "own.test"))


@given(st.sampled_from(["name", "groups", "status"]), TEXTS)
def test_every_seed_comes_back(place: str, text: str):
    """Whatever its names spell, and however often it is written and read."""
    roster = {"x@b.test": {"name": text if place == "name" else "X", "groups": [text] if place == "groups" else []}}
    script = {"resources": [{"name": "r", "status": text if place == "status" else "here"}]}
    seed = read_seed(
        {"accounts": {"juliet": {"password": "x", "roster": roster}}, "contacts": {"n@c.test": script}}, "a.test"
    )
    made = _beginning(seed)
    again = _beginning(read_seed(made.network, "a.test"))
    assert again == made
    assert made.network["contacts"]["n@c.test"] == read_script(script, "", fragments).as_json()
    assert json.loads(json.dumps(made.network)) == made.network


@pytest_twisted.ensureDeferred
async def test_it_comes_as_a_file() -> None:
    """With the type and the name that each form has."""
    async with controlled() as api:
        await api.make()
        for form, kind, name in (
            ("scenario", "application/json", "scenario.json"),
            ("pytest", "text/x-python; charset=utf-8", "test_scenario.py"),
        ):
            url = f"{api.root}{N}/scenario?form={form}".encode()
            response = await Agent(reactor).request(b"GET", url)
            await readBody(response)
            heads = {key: response.headers.getRawHeaders(key)[0] for key in ("content-type", "content-disposition")}
            assert heads == {"content-type": kind, "content-disposition": f'attachment; filename="{name}"'}


@pytest_twisted.ensureDeferred
async def test_hostile_names_are_data_in_both_forms() -> None:
    """In JSON as they were, in Python as a literal: the file has one function and no line of theirs."""
    name = "\"\"\"'''); import os #</script>\u202e{domain}"
    async with controlled() as api:
        await api.make()
        client = await api.login()
        await api("PUT", f"{N}/accounts/juliet/roster/x@b.test", {"name": name})
        client.say(
            f"<message to='romeo@a.test'><body>{name.replace('<', '&lt;').replace('>', '&gt;')}</body></message>"
        )
        client.say("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>")
        await client.until("</iq>")
        scenario: Scenario = read_scenario(await exported(api))
        bodies = [step.body for step in scenario.steps if hasattr(step, "body")]
        assert bodies == [{"name": name}]
        space: dict[str, Any] = {}
        exec(await exported(api, "?form=pytest"), space)  # which is what pytest does
        assert [key for key in space if not key.startswith("__")] == ["test_scenario"]
        assert [one for one in space["test_scenario"].__code__.co_names if one in ("os", "import")] == []


@pytest.mark.parametrize(
    ("query", "key"),
    [
        ("?form=xml", "?form"),
        ("?since=-1", "?since"),
        ("?until=x", "?until"),
        ("?account=a@b@c", "?account"),
        ("?session=nobody@a.test", "session"),
        ("?limit=1", "?limit"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_wrong_query_is_refused(query: str, key: str) -> None:
    """With the name of what is wrong."""
    async with controlled() as api:
        await api.make()
        reply = await api("GET", f"{N}/scenario{query}")
        assert reply.status in (400, 404)
        assert reply.body["error"]["key"] == key


@pytest_twisted.ensureDeferred
async def test_where_the_beginning_is_not_known_it_says_what_to_do(tmp_path: Any) -> None:
    """It has fallen out, there is a database or no journal, a body was not kept; after a reset it works again."""
    async with controlled(db=tmp_path / "db.sqlite") as api:
        refused = await api("GET", "/networks/main/scenario")
        assert (refused.status, "database" in refused.body["error"]["sentence"]) == (409, True)
    async with controlled(journal=0) as api:
        assert (await api("GET", "/networks/main/scenario")).status == 409
    async with controlled() as api:
        await api.make(journal=1000)
        for _ in range(5):
            await api("POST", f"{N}/clock", {"forward": 1})
        refused = await api("GET", f"{N}/scenario")
        assert refused.status == 409
        assert "a reset of the network, or a larger journal" in refused.body["error"]["sentence"]
        await api("POST", f"{N}/reset")
        assert (await exported(api))["steps"] == []
        await api("POST", f"{N}/clock", {"forward": 1})
        assert (await exported(api))["steps"] == [{"call": "POST", "path": "clock", "body": {"forward": 1}}]
        await api("POST", f"{N}/reset")
        await api("DELETE", f"{N}/faults", ["x" * MOST_KEPT_BYTES])
        refused = await api("GET", f"{N}/scenario")
        assert "too long to be kept" in refused.body["error"]["sentence"]


@pytest_twisted.ensureDeferred
async def test_faults_have_the_same_ids_when_they_are_made_again() -> None:
    """After a reset too, so that a call that removes one removes the same."""
    async with controlled() as api:
        await api.make()
        for _ in range(2):
            assert (await api("POST", f"{N}/faults", {"fault": "drop"})).body["id"] == "f1"
            await api("DELETE", f"{N}/faults/f1")
            await api("POST", f"{N}/reset")
