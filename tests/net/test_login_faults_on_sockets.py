"""Logins that fail on purpose, as clients see them, and what the journal says."""

from __future__ import annotations

import re
from typing import Any

import pytest
from calling import Api, controlled
from dialogue import HEADER, Dialogue, connect
from pytest_twisted import ensureDeferred

from rosterkit.wire.sasl_client import Attempt, LoginError

N = "/networks/a.test"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
RIGHT = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGp1bGlldAB4</auth>"
WRONG = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGp1bGlldAB5</auth>"
ROMEO = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AHJvbWVvAHg=</auth>"
EMPTY = "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'/>"


async def struck(api: Api, fault: str, **values: Any) -> Dialogue:
    """A client before its login, where a fault is active."""
    await api.make()
    added = await api("POST", f"{N}/faults", {"fault": fault, **values})
    assert added.status == 201
    client = await connect(api.ready["c2s"])
    client.say(HEADER.replace("localhost", "a.test"))
    await client.until("</stream:features>")
    return client


async def notes(api: Api) -> list[str]:
    """The sentences of the journal about faults that struck."""
    entries = (await api("GET", f"{N}/journal?kind=fault")).body["entries"]
    return [entry["text"] for entry in entries if "strikes" in entry["text"]]


@pytest.mark.parametrize("auth", [RIGHT, WRONG, EMPTY])
@ensureDeferred
async def test_a_login_fails_whatever_the_password(auth: str) -> None:
    """At the first thing that the client says; the next attempt is like any other."""
    async with controlled() as api:
        client = await struck(api, "sasl-temporary-auth-failure", next=1)
        client.say(auth)
        assert b"<temporary-auth-failure/>" in await client.until("</failure>")
        (note,) = await notes(api)
        assert "sasl-temporary-auth-failure (f1)" in note
        client.say(WRONG)
        assert b"<not-authorized/>" in await client.until("</failure>")
        client.say(RIGHT)
        await client.until("<success")


@ensureDeferred
async def test_a_fault_may_wait_for_the_right_password() -> None:
    """With after 1 a wrong one fails as it should, and counts nothing."""
    async with controlled() as api:
        client = await struck(api, "sasl-account-disabled", after=1, next=1)
        client.say(WRONG)
        assert b"<not-authorized/>" in await client.until("</failure>")
        client.say(RIGHT)
        assert b"<account-disabled/>" in await client.until("</failure>")
        assert (await api("GET", f"{N}/sessions")).body["sessions"] == []
        client.say(RIGHT)
        await client.until("<success")


@ensureDeferred
async def test_it_strikes_one_account() -> None:
    """Others log in; the note says whose login it was."""
    async with controlled() as api:
        client = await struck(api, "sasl-credentials-expired", account="juliet")
        client.say(EMPTY)
        await client.until("<challenge ")
        client.say(RIGHT)
        assert b"<credentials-expired/>" in await client.until("</failure>")
        assert (await notes(api))[0].endswith("strikes the login of juliet@a.test.")
        client.say(ROMEO)
        await client.until("<success")


@ensureDeferred
async def test_a_struck_client_is_out_after_its_attempts() -> None:
    """A fault that stays uses them up as wrong passwords do."""
    async with controlled() as api:
        client = await struck(api, "sasl-not-authorized")
        client.say(RIGHT * 5)
        assert b"<policy-violation " in await client.until("</stream:stream>")
        await client.ended
        assert len(await notes(api)) == 5


@ensureDeferred
async def test_a_server_that_proves_itself_wrongly_is_refused_by_our_own_client() -> None:
    """It sees the wrong signature; the server believes that somebody has logged in."""
    async with controlled() as api:
        client = await struck(api, "sasl-wrong-signature")
        attempt = Attempt("SCRAM-SHA-256", "juliet", "x")
        client.say(f"<auth xmlns='{SASL}' mechanism='SCRAM-SHA-256'>{attempt.initial()}</auth>")
        client.say(f"<response xmlns='{SASL}'>{attempt.respond(await text(client, 'challenge'))}</response>")
        final = await text(client, "success")
        with pytest.raises(LoginError, match="has not proved"):
            attempt.finish(final)
        assert len(await notes(api)) == 1


async def text(client: Dialogue, name: str) -> str:
    """What stands in the next element of this name."""
    found = re.search(f"<{name}[^>]*>([^<]*)", (await client.until(f"</{name}>")).decode())
    assert found is not None
    return found[1]
