"""How two clients become contacts and part again, RFC 6121 3: the same scenarios for every library."""

from __future__ import annotations

from person import Contact

NONE = Contact()
ASKED = Contact(asked=True)
TO = Contact(subscription="to")
FROM = Contact(subscription="from")
BOTH = Contact(subscription="both")


class SubscriptionBehaviour:
    """Asking, approving, refusing, cancelling and leaving, as both sides and their other resources see it."""

    async def test_a_request_arrives_and_is_marked(self, people):
        """Asking delivers the request with its words, and marks the entry with ask at the asker's (3.1.2, 3.1.3)."""
        juliet, romeo = await people.online("juliet", "romeo")
        romeo.subscribe(juliet.jid, "It is the east")
        await juliet.sees("subscribe", romeo.jid, "It is the east")
        await romeo.has(juliet.jid, ASKED)

    async def test_a_request_alone_makes_no_entry(self, people):
        """Somebody known only by a pending request is in no roster of the asked one (3.1.3)."""
        juliet, romeo = await people.online("juliet", "romeo")
        romeo.subscribe(juliet.jid)
        await juliet.sees("subscribe", romeo.jid)
        assert juliet.roster() == {}
        assert (await people.beside(juliet)).roster() == {}

    async def test_approval_gives_to_and_from(self, people):
        """After approval the asker has to, the approver has from, and the asker is told so (3.1.5, 3.1.6)."""
        juliet, romeo = await people.online("juliet", "romeo")
        romeo.subscribe(juliet.jid)
        await juliet.sees("subscribe", romeo.jid)
        juliet.approve(romeo.jid)
        await romeo.sees("subscribed", juliet.jid)
        await romeo.has(juliet.jid, TO)
        await juliet.has(romeo.jid, FROM)

    async def test_approval_shows_presence(self, people):
        """The approved one sees every available resource at once; the approver sees nothing of it (3.1.5)."""
        juliet, romeo = await people.online("juliet", "romeo")
        chamber = await people.beside(juliet)
        romeo.subscribe(juliet.jid)
        await juliet.sees("subscribe", romeo.jid)
        juliet.approve(romeo.jid)
        await romeo.sees("available", juliet.full_jid)
        await romeo.sees("available", chamber.full_jid)
        await romeo.reaches(juliet)
        assert juliet.arrived("available", romeo.full_jid) == []

    async def test_both_become_contacts(self, people):
        """Two requests and two approvals make both, and each sees the other."""
        juliet, romeo = await people.friends("juliet", "romeo")
        await juliet.has(romeo.jid, BOTH)
        await romeo.has(juliet.jid, BOTH)
        assert set(juliet.resources_of(romeo.jid)) == {"balcony"}
        assert set(romeo.resources_of(juliet.jid)) == {"balcony"}

    async def test_every_resource_hears_of_it(self, people):
        """The second resource of either side gets the request, the answer and all pushes."""
        juliet, romeo = await people.online("juliet", "romeo")
        chamber, street = await people.beside(juliet), await people.beside(romeo)
        romeo.subscribe(juliet.jid)
        await chamber.sees("subscribe", romeo.jid)
        await street.has(juliet.jid, ASKED)
        chamber.approve(romeo.jid)
        await juliet.has(romeo.jid, FROM)
        await street.sees("subscribed", juliet.jid)
        await street.has(juliet.jid, TO)

    async def test_refusal_takes_the_mark_away(self, people):
        """A refused asker is told so and keeps the entry without ask; the refuser has no entry (3.1.4, 3.2)."""
        juliet, romeo = await people.online("juliet", "romeo")
        romeo.subscribe(juliet.jid)
        await juliet.sees("subscribe", romeo.jid)
        await romeo.has(juliet.jid, ASKED)
        juliet.deny(romeo.jid)
        await romeo.sees("unsubscribed", juliet.jid)
        await romeo.has(juliet.jid, NONE)
        await juliet.reaches(juliet)
        assert juliet.roster() == {}

    async def test_a_request_waits_for_its_receiver(self, people):
        """A request to somebody who is offline is delivered, with its words, at the next login (3.1.3)."""
        [romeo] = await people.online("romeo")
        juliet = people.person(people.server.account("juliet"))
        romeo.subscribe(juliet.jid, "Call me but love")
        await romeo.has(juliet.jid, ASKED)
        await juliet.log_in()
        await juliet.sees("subscribe", romeo.jid, "Call me but love")

    async def test_an_unanswered_request_comes_again(self, people):
        """A request that was delivered and not answered is delivered at each further login (3.1.3)."""
        juliet, romeo = await people.online("juliet", "romeo")
        romeo.subscribe(juliet.jid)
        await juliet.sees("subscribe", romeo.jid)
        await juliet.log_out()
        chamber = await people.beside(juliet)
        await chamber.sees("subscribe", romeo.jid)

    async def test_an_answered_request_does_not_come_again(self, people):
        """After approval a login gets the contact in its roster and no request."""
        juliet, romeo = await people.friends("juliet", "romeo")
        chamber = await people.beside(juliet)
        await chamber.sees("available", romeo.full_jid)
        assert chamber.arrived("subscribe", romeo.jid) == []
        assert chamber.roster() == {romeo.jid: BOTH}

    async def test_a_withdrawn_request_is_forgotten(self, people):
        """After unsubscribe a pending request is not delivered at the next login, and the mark is gone (3.3)."""
        [romeo] = await people.online("romeo")
        juliet = people.person(people.server.account("juliet"))
        romeo.subscribe(juliet.jid)
        await romeo.has(juliet.jid, ASKED)
        romeo.unsubscribe(juliet.jid)
        await romeo.has(juliet.jid, NONE)
        await juliet.log_in()
        await romeo.reaches(juliet)
        assert juliet.arrived("subscribe", romeo.jid) == []

    async def test_an_approval_waits_for_its_receiver(self, people):
        """Approved while offline, the asker has to in the roster of the next login and sees the approver."""
        juliet, romeo = await people.online("juliet", "romeo")
        romeo.subscribe(juliet.jid)
        await juliet.sees("subscribe", romeo.jid)
        await romeo.log_out()
        juliet.approve(romeo.jid)
        await juliet.has(romeo.jid, FROM)
        street = await people.beside(romeo, "street")
        assert street.roster() == {juliet.jid: TO}
        await street.sees("available", juliet.full_jid)

    async def test_cancelling_hides_presence_first(self, people):
        """Who is cancelled sees unavailable, then unsubscribed, and both entries lose their half (3.2)."""
        juliet, romeo = await people.friends("juliet", "romeo")
        juliet.deny(romeo.jid)
        await romeo.sees("unsubscribed", juliet.jid)
        assert [presence.kind for presence in romeo.heard_of(juliet.jid)][-2:] == ["unavailable", "unsubscribed"]
        await romeo.has(juliet.jid, FROM)
        await juliet.has(romeo.jid, TO)
        assert romeo.resources_of(juliet.jid) == {}

    async def test_unsubscribing_ends_ones_own_half(self, people):
        """Who unsubscribes sees the other go unavailable; the other is told and keeps seeing (3.3)."""
        juliet, romeo = await people.friends("juliet", "romeo")
        romeo.unsubscribe(juliet.jid)
        await juliet.sees("unsubscribe", romeo.jid)
        await romeo.sees("unavailable", juliet.full_jid)
        await romeo.has(juliet.jid, FROM)
        await juliet.has(romeo.jid, TO)
        romeo.announce(status="still here")
        await juliet.sees("available", romeo.full_jid, "still here")

    async def test_removing_a_contact_ends_both_halves(self, people):
        """Removing a contact unsubscribes both ways: each sees the other go; one entry goes (2.5)."""
        juliet, romeo = await people.friends("juliet", "romeo")
        await juliet.remove(romeo.jid)
        await juliet.lacks(romeo.jid)
        await romeo.sees("unsubscribed", juliet.jid)
        await romeo.sees("unsubscribe", juliet.jid)
        await romeo.sees("unavailable", juliet.full_jid)
        await juliet.sees("unavailable", romeo.full_jid)
        await romeo.has(juliet.jid, NONE)

    async def test_a_subscription_survives_a_set(self, people):
        """Renaming and regrouping a contact leaves the subscription alone (2.1.2.5)."""
        juliet, romeo = await people.friends("juliet", "romeo")
        await juliet.has(romeo.jid, BOTH)
        await juliet.rename(romeo.jid, "Montague")
        await juliet.has(romeo.jid, BOTH._replace(name="Montague"))
        await juliet.regroup(romeo.jid, {"Verona"})
        await juliet.has(romeo.jid, BOTH._replace(name="Montague", groups=frozenset({"Verona"})))

    async def test_pre_approval_is_marked(self, people):
        """Approving somebody who has not asked marks the entry approved at every resource, and is not sent (3.4)."""
        juliet, romeo = await people.online("juliet", "romeo")
        chamber = await people.beside(juliet)
        juliet.approve(romeo.jid)
        await juliet.has(romeo.jid, Contact(approved=True))
        await chamber.has(romeo.jid, Contact(approved=True))
        await juliet.reaches(romeo)
        assert romeo.arrived("subscribed", juliet.jid) == []

    async def test_pre_approval_answers_the_request(self, people):
        """A request from somebody approved before is answered by the server and reaches no client (3.4)."""
        juliet, romeo = await people.online("juliet", "romeo")
        juliet.approve(romeo.jid)
        await juliet.has(romeo.jid, Contact(approved=True))
        romeo.subscribe(juliet.jid)
        await romeo.sees("subscribed", juliet.jid)
        await romeo.has(juliet.jid, TO)
        await juliet.has(romeo.jid, Contact(subscription="from", approved=True))
        assert juliet.arrived("subscribe", romeo.jid) == []

    async def test_pre_approval_can_be_taken_back(self, people):
        """Taking a pre-approval back removes the mark, and the next request is delivered as any (3.4)."""
        juliet, romeo = await people.online("juliet", "romeo")
        juliet.approve(romeo.jid)
        await juliet.has(romeo.jid, Contact(approved=True))
        juliet.deny(romeo.jid)
        await juliet.has(romeo.jid, NONE)
        romeo.subscribe(juliet.jid)
        await juliet.sees("subscribe", romeo.jid)

    async def test_asking_a_missing_account_is_silence(self, people):
        """A request to nobody leaves the entry with ask, and no answer tells that nobody is there (3.1.3)."""
        [romeo] = await people.online("romeo")
        romeo.subscribe("nobody@localhost")
        await romeo.has("nobody@localhost", ASKED)
        await romeo.reaches(romeo)
        assert romeo.heard_of("nobody@localhost") == []
