"""What whoever looks at a network is shown: who is there, both sides of each pair, the rule of a stanza."""

from __future__ import annotations

import pytest
import pytest_twisted
from calling import controlled
from dialogue import connect

A = "/networks/a.test"
PAIR = {"juliet": {"password": "x", "roster": {"romeo@a.test": {"subscription": "to", "pending": True}}}}
ROSTER = "<iq type='get' id='r1'><query xmlns='jabber:iq:roster'/></iq>"


@pytest_twisted.ensureDeferred
async def test_everything_is_there_at_a_glance() -> None:
    """Accounts with how much they hold, sessions with their state, and who has not got as far as that."""
    async with controlled() as api:
        await api.make(accounts={**PAIR, "romeo": {"password": "x"}}, contacts={"nurse@a.test": {}})
        client = await api.login()
        client.say(f"{ROSTER}<presence><priority>3</priority></presence>")
        await client.until("</presence>")
        waiting = await connect(api.ready["c2s"])
        waiting.say("<?xml version='1.0'?><stream:stream to='a.test' version='1.0' xmlns='jabber:client' "
                    "xmlns:stream='http://etherx.jabber.org/streams'>")  # fmt: skip
        await waiting.until("</stream:features>")
        shown = (await api("GET", f"{A}/overview")).body
        juliet, romeo, nurse = shown["accounts"]
        assert juliet.pop("ver")
        assert juliet.pop("sessions") == (await api("GET", f"{A}/sessions")).body["sessions"]
        assert juliet == {"jid": "juliet@a.test", "contacts": 1, "requests": 1, "scripted": False}
        assert (romeo["jid"], romeo["contacts"], romeo["sessions"]) == ("romeo@a.test", 1, [])
        assert (nurse["jid"], nurse["scripted"]) == ("nurse@a.test", True)
        assert shown["connections"] == [{"id": "c2", "account": None}]
        assert (shown["domains"], shown["count"]) == (["a.test"], 3)


@pytest_twisted.ensureDeferred
async def test_a_pair_has_both_sides() -> None:
    """The own state and that of the contact, which agree in a network that was seeded."""
    async with controlled() as api:
        await api.make(accounts={**PAIR, "romeo": {"password": "x"}})
        shown = (await api("GET", f"{A}/accounts/juliet/pairs")).body
        assert shown["jid"] == "juliet@a.test"
        pair = shown["pairs"]["romeo@a.test"]
        assert (pair["state"], pair["theirs"], pair["agree"], pair["listed"]) == ("to-in", "from-out", True, True)
        roster = (await api("GET", f"{A}/accounts/juliet/roster")).body
        assert shown["ver"] == roster["ver"]
        assert roster["items"]["romeo@a.test"].items() <= pair.items()


@pytest_twisted.ensureDeferred
async def test_of_many_only_some_are_shown() -> None:
    """The first ones, or those that match; all are counted, and the one that is looked at is there in any case."""
    async with controlled() as api:
        roster = {f"c{number}@b.test": {} for number in range(400)}
        names = {f"p{number}": {"password": "x"} for number in range(20)}
        await api.make(accounts={"juliet": {"password": "x", "roster": roster}, **names})
        pairs = (await api("GET", f"{A}/accounts/juliet/pairs")).body
        assert (pairs["count"], len(pairs["pairs"]), next(iter(pairs["pairs"]))) == (400, 300, "c0@b.test")
        pairs = (await api("GET", f"{A}/accounts/juliet/pairs?match=C39&limit=2&contact=c7@b.test")).body
        assert list(pairs["pairs"]) == ["c39@b.test", "c390@b.test", "c7@b.test"]
        shown = (await api("GET", f"{A}/overview?match=p1&limit=3")).body
        assert (shown["count"], [one["jid"] for one in shown["accounts"]]) == (
            21,
            ["p1@a.test", "p10@a.test", "p11@a.test"],
        )
        assert (await api("GET", f"{A}/overview?limit=x")).status == 400


@pytest_twisted.ensureDeferred
async def test_sides_that_contradict_each_other_are_told() -> None:
    """One believes to see, the other does not show itself."""
    async with controlled() as api:
        await api.make()
        await api("PUT", f"{A}/accounts/juliet/roster/romeo@a.test", {"subscription": "both"})
        pair = (await api("GET", f"{A}/accounts/juliet/pairs")).body["pairs"]["romeo@a.test"]
        assert (pair["state"], pair["theirs"], pair["agree"]) == ("both", "none", False)


@pytest_twisted.ensureDeferred
async def test_a_contact_who_is_nowhere_here_has_no_other_side() -> None:
    """Nothing is made up about it; a scripted one in another domain has one."""
    async with controlled() as api:
        roster = {"a@far.test": {"subscription": "to"}, "b@scripted.test": {"subscription": "to"}}
        await api.make(accounts={"juliet": {"password": "x", "roster": roster}}, contacts={"b@scripted.test": {}})
        pairs = (await api("GET", f"{A}/accounts/juliet/pairs")).body["pairs"]
        assert (pairs["a@far.test"]["theirs"], pairs["a@far.test"]["agree"]) == (None, None)
        assert (pairs["b@scripted.test"]["theirs"], pairs["b@scripted.test"]["agree"]) == ("from", True)


@pytest_twisted.ensureDeferred
async def test_a_request_alone_is_a_pair_that_is_not_listed() -> None:
    """Pending In never makes an entry visible (RFC 6121 §3.1.3), but whoever looks has to see it."""
    async with controlled() as api:
        await api.make(accounts={"juliet": {"password": "x", "roster": {"romeo@a.test": {"pending": True}}}})
        pair = (await api("GET", f"{A}/accounts/juliet/pairs")).body["pairs"]["romeo@a.test"]
        assert (pair["state"], pair["listed"], pair["pending"]) == ("none-in", False, True)


@pytest_twisted.ensureDeferred
async def test_an_entry_has_its_rule_and_what_it_answers() -> None:
    """A result knows its request; a note has no rule."""
    async with controlled() as api:
        await api.make()
        client = await api.login()
        client.say(ROSTER)
        await client.until("</iq>")
        await api("PUT", f"{A}/accounts/juliet/roster/x@y.test")
        entries = (await api("GET", f"{A}/journal")).body["entries"]
        asked, answered = [entry["number"] for entry in entries if entry["kind"] == "roster"]
        told = (await api("GET", f"{A}/journal/{answered}/rule")).body
        assert told["answers"] == asked
        assert told["rule"]["section"] == "RFC 6121 §2.1.4"
        assert told["rule"]["name"] == "roster-result"
        note = next(entry["number"] for entry in entries if entry["direction"] == "note")
        assert (await api("GET", f"{A}/journal/{note}/rule")).body == {"rule": None, "answers": None}


@pytest.mark.parametrize("number", ["0", "9999999", "x", "-1", "1" * 40, "%C2%B2"])
@pytest_twisted.ensureDeferred
async def test_what_is_no_entry_is_said_to_be_none(number: str) -> None:
    """Numbers that are not there, and what is no number."""
    async with controlled() as api:
        await api.make()
        assert (await api("GET", f"{A}/journal/{number}/rule")).status == 404


@pytest_twisted.ensureDeferred
async def test_a_network_is_told_from_an_earlier_one_of_its_name() -> None:
    """Whoever follows it would take the entries of one for those of the other."""
    async with controlled() as api:
        seen = set()
        for _ in range(3):
            await api.make()
            seen |= {(await api("GET", f"{A}/overview")).body["beginning"] for _ in range(2)}
        assert len(seen) == 3
