"""aioxmpp, which needs an older lxml than rosterkit: the server runs in an environment of its own."""

import asyncio

import aioxmpp
import pytest
from process import serving

JULIET = aioxmpp.JID.fromstr("juliet@a.test")
ROMEO = aioxmpp.JID.fromstr("romeo@b.test")


@pytest.fixture(scope="module")
def server():
    with serving() as started:
        yield started


@pytest.fixture
def run(server):
    """Run a test with a client of juliet's that has its roster, in a domain that was made anew."""
    roster = {"romeo@b.test": {"subscription": "both", "name": "Romeo"}}
    server.call("PUT", "/networks/a.test", {"accounts": {"juliet": {"password": "secret", "roster": roster}}})

    def run(test):
        async def main():
            security = aioxmpp.make_security_layer("secret", no_verify=True)
            override = [(server.ready["c2s"]["host"], server.ready["c2s"]["port"], aioxmpp.connector.STARTTLSConnector())]
            client = aioxmpp.PresenceManagedClient(JULIET, security, override_peer=override)
            roster = client.summon(aioxmpp.RosterClient)
            async with client.connected():
                await asyncio.wait_for(test(roster), 10)

        asyncio.run(main())

    return run


def entry(server, name, fault=None):
    """Change an entry from the server's side, with a fault on its push or not; wait in a thread for the answer."""
    if fault is not None:
        server.call("POST", "/networks/a.test/faults", {"fault": fault, "next": 1})
    put = server.call("PUT", "/networks/a.test/accounts/juliet/roster/romeo@b.test", {"subscription": "both", "name": name})
    return f"<iq id='{put['pushes'][0]['id']}' type='result'/>"


def test_a_push_is_answered_and_counts(server, run):
    async def test(roster):
        wait = {"match": await asyncio.to_thread(entry, server, "R.")}
        assert (await asyncio.to_thread(server.call, "POST", "/networks/a.test/wait", wait))["outcome"] == "met"
        assert roster.items[ROMEO].name == "R."

    run(test)


def test_a_strangers_push_does_not(server, run):
    async def test(roster):
        spoofed = await asyncio.to_thread(entry, server, "Spoofed", "push-from-stranger")
        wait = {"match": await asyncio.to_thread(entry, server, "Good"), "not": [spoofed]}
        assert (await asyncio.to_thread(server.call, "POST", "/networks/a.test/wait", wait))["outcome"] == "met"
        assert roster.items[ROMEO].name == "Good"

    run(test)
