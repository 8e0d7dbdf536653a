"""A server in the process of the tests, beside RosterClient."""

from __future__ import annotations

from typing import Any

import pytest
import pytest_twisted

import rosterkit
from rosterkit.testing.domains import ApiError, Domain, Unmet
from rosterkit.testing.in_process import InProcessServer


async def connected(domain: Domain, me: Any) -> rosterkit.Client:
    """Our own client of an account."""
    return await rosterkit.connect(me.jid, me.password, host=domain.host, port=domain.port, ca_file=domain.ca_file)


@pytest_twisted.ensureDeferred
async def test_an_application_is_tested_in_its_own_process() -> None:
    """The same calls as with a child process; each gives a Deferred."""
    server = await InProcessServer().start()
    try:
        domain = await server.domain()
        me = await domain.account("juliet", roster={"romeo@b.test": {"subscription": "both", "name": "R"}})
        client = await connected(domain, me)
        names = []
        client.roster.on_entry_name_changed.connect(lambda item: names.append(item.name))
        (push,) = await domain.push(me.jid, "romeo@b.test", subscription="both", name="Romeo")
        await domain.expect(f"<iq type='result' id='{push['id']}'/>")
        assert names == ["Romeo"]
        await domain.inject("juliet", "spoof@c.test", "push-from-stranger")
        await domain.expect(None, forbid=["<iq type='result'/>"], within=0.02)
        assert [str(item.bare) for item in client.roster] == ["romeo@b.test"]
        with pytest.raises(Unmet):
            await domain.expect("<message/>", within=0.01)
        with pytest.raises(ApiError, match="is not there"):
            await domain.roster("nobody")
        with pytest.raises(ApiError, match="answer"):
            await domain.contact("nurse@c.test", answer="perhaps")
        assert "romeo@b.test" in await domain.transcript
        await client.disconnect()
    finally:
        await server.stop()
