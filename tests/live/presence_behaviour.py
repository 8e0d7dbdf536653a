"""Who sees whom, RFC 6121 4: the same scenarios for every library."""

from __future__ import annotations

import pytest


class PresenceBehaviour:
    """Available, away and gone, to contacts, to strangers and to one's own resources."""

    async def test_a_contact_is_seen_coming(self, people):
        """Who logs in is seen by the contacts that are online, with what it says of itself (4.2.2)."""
        juliet, romeo = await people.friends("juliet", "romeo")
        await juliet.log_out()
        await romeo.sees("unavailable", juliet.full_jid)
        chamber = await people.beside(juliet)
        await romeo.sees("available", chamber.full_jid)
        assert set(romeo.resources_of(juliet.jid)) == {"chamber"}

    async def test_a_newcomer_sees_who_is_there(self, people):
        """Who logs in sees the contacts that are online already, as they are now (4.3.2)."""
        juliet, romeo = await people.friends("juliet", "romeo")
        romeo.announce("dnd", "in banishment")
        await juliet.sees("available", romeo.full_jid, "in banishment")
        chamber = await people.beside(juliet)
        await chamber.sees("available", romeo.full_jid, "in banishment")
        assert chamber.resources_of(romeo.jid) == {"balcony": ("dnd", "in banishment")}

    @pytest.mark.parametrize("show", ["away", "chat", "dnd", "xa", ""])
    async def test_a_change_is_seen(self, people, show):
        """Every way of being available, and its words, arrive as they were sent (4.4.2, 4.7.2)."""
        juliet, romeo = await people.friends("juliet", "romeo")
        juliet.announce(show, f"now {show}")
        seen = await romeo.sees("available", juliet.full_jid, f"now {show}")
        assert seen.show == show
        assert romeo.resources_of(juliet.jid) == {"balcony": (show, f"now {show}")}

    async def test_leaving_is_seen(self, people):
        """Who becomes unavailable is seen going while still connected, and can come back (4.5.2)."""
        juliet, romeo = await people.friends("juliet", "romeo")
        juliet.leave()
        await romeo.sees("unavailable", juliet.full_jid)
        assert romeo.resources_of(juliet.jid) == {}
        juliet.announce(status="back")
        await romeo.sees("available", juliet.full_jid, "back")

    async def test_a_closed_stream_is_seen(self, people):
        """When a stream ends without a word of presence, the server says unavailable for it (4.5.2)."""
        juliet, romeo = await people.friends("juliet", "romeo")
        await juliet.log_out()
        await romeo.sees("unavailable", juliet.full_jid)
        assert romeo.resources_of(juliet.jid) == {}

    async def test_a_lost_connection_is_seen(self, people):
        """When a connection breaks, the server says unavailable for its resource (4.5.2)."""
        juliet, romeo = await people.friends("juliet", "romeo")
        juliet.cut()
        await romeo.sees("unavailable", juliet.full_jid)
        assert romeo.resources_of(juliet.jid) == {}

    async def test_each_resource_is_seen(self, people):
        """A contact with two resources is seen twice, and one going leaves the other."""
        juliet, romeo = await people.friends("juliet", "romeo")
        chamber = await people.beside(juliet)
        await romeo.sees("available", chamber.full_jid)
        assert set(romeo.resources_of(juliet.jid)) == {"balcony", "chamber"}
        await juliet.log_out()
        await romeo.sees("unavailable", juliet.full_jid)
        assert set(romeo.resources_of(juliet.jid)) == {"chamber"}

    async def test_a_stranger_sees_nothing(self, people):
        """Presence reaches nobody without a subscription: not at login, not later (4.2.2)."""
        juliet, romeo = await people.online("juliet", "romeo")
        juliet.announce("away", "for friends only")
        await juliet.reaches(romeo)
        assert romeo.heard_of(juliet.jid) == []

    async def test_a_pending_request_shows_nothing(self, people):
        """Asking is not enough to see somebody."""
        juliet, romeo = await people.online("juliet", "romeo")
        romeo.subscribe(juliet.jid)
        await juliet.sees("subscribe", romeo.jid)
        juliet.announce("away", "for friends only")
        await juliet.reaches(romeo)
        assert romeo.heard_of(juliet.jid) == []

    async def test_half_a_subscription_shows_one_way(self, people):
        """With from and to alone, only the subscriber sees changes."""
        juliet, romeo = await people.friends("juliet", "romeo")
        juliet.unsubscribe(romeo.jid)
        await romeo.sees("unsubscribe", juliet.jid)
        romeo.announce("away", "unseen")
        juliet.announce("away", "seen")
        await romeo.sees("available", juliet.full_jid, "seen")
        await romeo.reaches(juliet)
        assert juliet.arrived("available", romeo.full_jid, "unseen") == []

    async def test_directed_presence_needs_no_subscription(self, people):
        """Directed presence reaches a stranger, and so does unavailable when its sender goes (4.6)."""
        juliet, romeo = await people.online("juliet", "romeo")
        juliet.announce_to(romeo.jid, "for you alone")
        await romeo.sees("available", juliet.full_jid, "for you alone")
        await juliet.log_out()
        await romeo.sees("unavailable", juliet.full_jid)

    async def test_three_friends(self, people):
        """One change reaches every contact; the contacts, strangers to each other, see nothing of each other."""
        juliet, romeo, nurse = await people.friends("juliet", "romeo", "nurse")
        juliet.announce("chat", "to all")
        await romeo.sees("available", juliet.full_jid, "to all")
        await nurse.sees("available", juliet.full_jid, "to all")
        await nurse.reaches(romeo)
        assert romeo.arrived("available", nurse.full_jid) == []
