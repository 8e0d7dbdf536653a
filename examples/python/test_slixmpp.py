"""slixmpp under pytest: the fixture is all the set-up that there is."""

import asyncio
import ssl

import pytest
import slixmpp


class Client(slixmpp.ClientXMPP):
    """An ordinary client: it asks for the roster, then it is online."""

    def __init__(self, me, domain):
        super().__init__(me.jid, me.password)
        self.ssl_context = ssl.create_default_context(cafile=domain.ca_file)
        self.online = asyncio.Event()
        self.add_event_handler("session_start", self.start)
        self.connect(domain.host, domain.port)

    async def start(self, _):
        await self.get_roster()
        self.send_presence()
        self.online.set()


@pytest.fixture
def run(rosterkit_domain):
    """Run a test with a client of juliet's that is online."""
    roster = {"romeo@b.test": {"subscription": "both", "name": "Romeo"}}
    me = rosterkit_domain.account("juliet", roster=roster)

    def run(test):
        async def main():
            client = Client(me, rosterkit_domain)
            await asyncio.wait_for(client.online.wait(), 10)
            await test(client, rosterkit_domain)
            await client.disconnect()

        asyncio.run(main())

    return run


def test_a_push_is_answered_and_counts(run):
    async def test(client, domain):
        (push,) = domain.push("juliet", "romeo@b.test", subscription="both", name="R.")
        await domain.aexpect(f"<iq type='result' id='{push['id']}'/>")
        assert client.client_roster["romeo@b.test"]["name"] == "R."

    run(test)


def test_a_strangers_push_does_not(run):
    async def test(client, domain):
        (push,) = domain.inject("juliet", "romeo@b.test", "push-from-stranger", name="Spoofed")
        await domain.aexpect(None, forbid=[f"<iq type='result' id='{push['id']}'/>"], within=0.5)
        assert client.client_roster["romeo@b.test"]["name"] == "Romeo"

    run(test)


def test_a_contact_accepts(run):
    async def test(client, domain):
        nurse = domain.contact("nurse@far.test", after=3600)
        client.send_presence_subscription(nurse)
        await domain.aexpect(f"<presence type='subscribe' to='{nurse}'/>")
        accepted = client.wait_until("presence_subscribed", 10)
        domain.forward(3600)
        assert (await accepted)["from"] == nurse

    run(test)
