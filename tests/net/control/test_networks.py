"""Calls about whole networks, over real HTTP and with real clients."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_twisted
from calling import controlled
from dialogue import HEADER, connect

from rosterkit.limits import Limits

ROSTER = "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>"


@pytest_twisted.ensureDeferred
async def test_a_network_is_made_and_a_client_finds_it_by_its_domain() -> None:
    """Its name is its domain; the roster is there as it was given."""
    async with controlled() as api:
        entry = {"subscription": "both", "name": "R", "groups": ["g"]}
        reply = await api(
            "PUT", "/networks/a.test", {"accounts": {"juliet": {"password": "x", "roster": {"romeo@b.test": entry}}}}
        )
        assert (reply.status, reply.body["domains"], reply.body["accounts"]) == (201, ["a.test"], ["juliet@a.test"])
        client = await api.login()
        client.say(ROSTER)
        assert b"name='R' subscription='both'><group>g</group>" in await client.until("</iq>")
        assert (await api("GET", "/networks/a.test")).body["sessions"] == 1


@pytest_twisted.ensureDeferred
async def test_a_name_is_made_up_where_none_is_given() -> None:
    """Each is another, and its own domain."""
    async with controlled() as api:
        names = [(await api("POST", "/networks")).body["name"] for _ in range(3)]
        assert names == ["n1.test", "n2.test", "n3.test"]
        listed = (await api("GET", "/networks")).body["networks"]
        assert [network["name"] for network in listed] == ["main", *names]
        assert listed[1]["domains"] == ["n1.test"]


@pytest_twisted.ensureDeferred
async def test_the_other_side_of_a_pair_is_made_to_fit() -> None:
    """Where it is an account of the network that says nothing of its own; a scripted contact's too."""
    async with controlled() as api:
        roster = {"romeo@a.test": {"subscription": "to"}, "nurse@far.test": {"subscription": "both"}}
        accounts = {"juliet": {"password": "x", "roster": roster}, "romeo": {"password": "x"}}
        await api.make(accounts=accounts, contacts={"nurse@far.test": {}})
        romeo = (await api("GET", "/networks/a.test/accounts/romeo/roster")).body
        assert romeo["items"]["juliet@a.test"]["subscription"] == "from"
        nurse = (await api("GET", "/networks/a.test/contacts/nurse@far.test")).body
        assert nurse["roster"]["items"]["juliet@a.test"]["subscription"] == "both"


@pytest_twisted.ensureDeferred
async def test_a_reset_brings_the_beginning_back() -> None:
    """Sessions end, entries are as they were, time begins at 0, the journal's cursor goes on."""
    async with controlled() as api:
        await api.make()
        client = await api.login()
        client.say(ROSTER)
        await client.until("</iq>")
        await api("PUT", "/networks/a.test/accounts/juliet/roster/x@y.test", {})
        before = (await api("POST", "/networks/a.test/clock", {"forward": 100})).body
        assert before["offset"] == 100
        cursor = (await api("GET", "/networks/a.test")).body["cursor"]
        reset = await api("POST", "/networks/a.test/reset")
        await client.until("<system-shutdown")
        assert (reset.body["sessions"], reset.body["clock"]["offset"]) == (0, 0)
        assert reset.body["cursor"] >= cursor
        assert (await api("GET", "/networks/a.test/accounts/juliet/roster")).body["items"] == {}
        again = await api.login()
        again.say(ROSTER)
        assert b"<item" not in await again.until("</iq>")


@pytest_twisted.ensureDeferred
async def test_a_dropped_network_is_gone() -> None:
    """Its sessions end, its domain is nobody's."""
    async with controlled() as api:
        await api.make()
        client = await api.login()
        assert (await api("DELETE", "/networks/a.test")).status == 204
        await client.until("<system-shutdown")
        assert (await api("GET", "/networks/a.test")).status == 404
        with pytest.raises(AssertionError, match="host-unknown"):
            await api.login()


@pytest_twisted.ensureDeferred
async def test_put_again_replaces_it() -> None:
    """A seed that is refused leaves the older one as it was."""
    async with controlled() as api:
        await api.make()
        assert (await api("PUT", "/networks/a.test", {"accounts": {"x": {}}})).status == 400
        assert len((await api("GET", "/networks/a.test")).body["accounts"]) == 2
        assert (await api("PUT", "/networks/a.test", {})).status == 200
        assert (await api("GET", "/networks/a.test")).body["accounts"] == []


@pytest_twisted.ensureDeferred
async def test_a_domain_belongs_to_one_network_or_to_one_port() -> None:
    """The second that wants it is refused, unless it has a port of its own, where only it is found."""
    async with controlled() as api:
        await api.make()
        taken = await api("PUT", "/networks/other", {"domains": ["a.test"]})
        assert (taken.status, taken.body["error"]["key"]) == (409, "domains")
        own = await api.make("other", domains=["a.test"], own_port=True, accounts={"paris": {"password": "x"}})
        api.ready["c2s"] = own["c2s"]
        await api.login("paris")
        early = await connect(own["c2s"])
        assert (await api("GET", "/networks/other")).body["sessions"] == 1
        assert (await api("DELETE", "/networks/other")).status == 204
        early.say(HEADER.replace("localhost", "a.test"))
        await early.until("<host-unknown")  # who was there before says it too late


@pytest_twisted.ensureDeferred
async def test_who_says_nothing_on_a_port_that_is_closed_is_sent_away() -> None:
    """The time to log in counts on the port of a network that is there no more."""
    async with controlled(limits=Limits(login_time=1)) as api:
        own = await api.make("a.test", own_port=True)
        early, silent = await connect(own["c2s"]), await connect(own["c2s"])
        early.say(HEADER.replace("localhost", "a.test"))
        await early.until("</stream:features>")  # the server has both
        assert (await api("DELETE", "/networks/a.test")).status == 204
        await silent.until("<connection-timeout")


@pytest_twisted.ensureDeferred
async def test_time_moves_contacts() -> None:
    """A contact that answers after an hour answers when the clock is moved by one."""
    async with controlled() as api:
        await api.make(contacts={"nurse@far.test": {"after": 3600}})
        client = await api.login()
        client.say("<presence/><presence to='nurse@far.test' type='subscribe'/>" + ROSTER)
        await client.until("</iq>")
        assert b"type='subscribed'" not in client.read
        await api("POST", "/networks/a.test/clock", {"forward": 3599})
        client.say(ROSTER)
        assert b"type='subscribed'" not in await client.until("</iq>")
        await api("POST", "/networks/a.test/clock", {"forward": 1})
        await client.until("type='subscribed'")


@pytest_twisted.ensureDeferred
async def test_a_kept_network_has_no_reset(tmp_path: Any) -> None:
    """What is in a database has no seed; the sentence says so."""
    async with controlled(db=tmp_path / "db") as api:
        refused = await api("POST", "/networks/main/reset")
        assert (refused.status, "--db" in refused.body["error"]["sentence"]) == (409, True)
        assert (await api("DELETE", "/networks/main")).status == 409


@pytest.mark.parametrize(
    ("seed", "key"),
    [
        ({"acounts": {}}, "acounts"),
        ({"domains": []}, "domains"),
        ({"domains": ["a b"]}, "domains.0"),
        ({"domains": ["x@y"]}, "domains.0"),
        ({"remote": ["a.test"]}, "remote"),
        ({"accounts": []}, "accounts"),
        ({"accounts": {"juliet": {}}}, "accounts.juliet.password"),
        ({"accounts": {"juliet": {"password": ""}}}, "accounts.juliet.password"),
        ({"accounts": {"juliet@b.test": {"password": "x"}}}, "accounts.juliet@b.test"),
        ({"accounts": {"juliet/r": {"password": "x"}}}, "accounts.juliet/r"),
        ({"accounts": {"j": {"password": "x", "roster": {"a@b/c": {}}}}}, "accounts.j.roster"),
        ({"accounts": {"j": {"password": "x", "roster": {"j@a.test": {}}}}}, "accounts.j.roster"),
        ({"accounts": {"j": {"password": "x", "roster": {"a@b": {"ask": 1}}}}}, "accounts.j.roster.a@b.ask"),
        (
            {"accounts": {"j": {"password": "x", "roster": {"a@b": {"subscription": "to", "ask": True}}}}},
            "accounts.j.roster.a@b.subscription",
        ),
        (
            {"accounts": {"j": {"password": "x", "roster": {"a@b": {"request": {"children": "<a"}}}}}},
            "accounts.j.roster.a@b.request.children",
        ),
        ({"contacts": {"n@c.test": {"answer": "maybe"}}}, "contacts.n@c.test.answer"),
        ({"components": {"c.test": ""}}, "components.c.test"),
        ({"history": -1}, "history"),
        ({"journal": "much"}, "journal"),
    ],
)
@pytest_twisted.ensureDeferred
async def test_a_wrong_seed_is_refused_with_its_key(seed: dict[str, Any], key: str) -> None:
    """The key, what is wrong and what it takes; nothing is made."""
    async with controlled() as api:
        refused = await api("PUT", "/networks/a.test", seed)
        assert (refused.status, refused.body["error"]["key"]) == (400, key)
        assert refused.body["error"]["expected"]
        assert (await api("GET", "/networks/a.test")).status == 404


@pytest_twisted.ensureDeferred
async def test_contacts_that_never_rest_do_not_hold_the_server() -> None:
    """A step that leads over more than can be done in one call stops there and says so."""
    async with controlled() as api:
        await api.make(contacts={"nurse@far.test": {"schedule": [{"do": "presence", "every": 0.01}]}})
        refused = await api("POST", "/networks/a.test/clock", {"forward": 100_000})
        assert (refused.status, "smaller steps" in refused.body["error"]["sentence"]) == (409, True)
        assert (await api("GET", "/networks/a.test/clock")).body["now"] > 1
