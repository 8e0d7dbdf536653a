"""A Twisted application with RosterClient; the server runs on the reactor of the tests."""

import pytest_twisted

import rosterkit
from rosterkit.testing.in_process import InProcessServer


class Names:
    """The application: it shows who its contacts are."""

    def __init__(self, roster):
        self.shown = {str(item.bare): item.name for item in roster}
        roster.on_entry_name_changed.connect(self.show)

    def show(self, item):
        self.shown[str(item.bare)] = item.name


@pytest_twisted.ensureDeferred
async def test_what_is_shown_follows_the_roster():
    server = await InProcessServer().start()
    try:
        domain = await server.domain()
        me = await domain.account("juliet", roster={"romeo@b.test": {"subscription": "both", "name": "Romeo"}})
        client = await rosterkit.connect(
            me.jid, me.password, host=domain.host, port=domain.port, ca_file=domain.ca_file
        )
        names = Names(client.roster)
        assert names.shown == {"romeo@b.test": "Romeo"}

        (push,) = await domain.push("juliet", "romeo@b.test", subscription="both", name="R.")
        await domain.expect(f"<iq type='result' id='{push['id']}'/>")
        assert names.shown == {"romeo@b.test": "R."}

        await domain.inject("juliet", "romeo@b.test", "push-from-stranger", name="Spoofed")
        await domain.push("juliet", "romeo@b.test", subscription="both", name="Good")
        await domain.expect("<iq type='result'/>")
        assert names.shown == {"romeo@b.test": "Good"}
        await client.disconnect()
    finally:
        await server.stop()
