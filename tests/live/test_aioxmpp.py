"""aioxmpp as it comes from the package index, against a real server process."""

from __future__ import annotations

import pytest
from aioxmpp_person import AioxmppPerson
from login_behaviour import LoginBehaviour
from person import Contact
from presence_behaviour import PresenceBehaviour
from roster_behaviour import NURSE, RosterBehaviour
from slixmpp_person import SlixmppPerson
from subscription_behaviour import SubscriptionBehaviour

# aioxmpp is of an age in which what it calls was not deprecated.
pytestmark = [pytest.mark.live, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.fixture(scope="module")
def library() -> type[AioxmppPerson]:
    """Whose client the scenarios use."""
    return AioxmppPerson


class TestLogin(LoginBehaviour):
    """Logins with aioxmpp."""


class TestRoster(RosterBehaviour):
    """The roster with aioxmpp."""


class TestSubscriptions(SubscriptionBehaviour):
    """Subscriptions with aioxmpp."""


class TestPresence(PresenceBehaviour):
    """Presence with aioxmpp."""


class TestVersioning:
    """Roster versions with aioxmpp, which keeps the roster as JSON between two programs (RFC 6121 2.6)."""

    async def test_a_kept_roster_that_is_unchanged_is_not_sent_again(self, people):
        """With the kept version nothing is sent: even a mistake in the kept copy stays as it was."""
        [juliet] = await people.online("juliet")
        await juliet.add(NURSE, "Nurse")
        await juliet.has(NURSE, Contact("Nurse"))
        again = await self._restarted(people, juliet, mistake="Nobody")
        assert again.roster() == {NURSE: Contact("Nobody")}

    async def test_a_kept_roster_with_an_unknown_version_is_replaced(self, people):
        """With a version that the server never gave, the whole roster is sent and mends the kept copy."""
        [juliet] = await people.online("juliet")
        await juliet.add(NURSE, "Nurse")
        await juliet.has(NURSE, Contact("Nurse"))
        again = await self._restarted(people, juliet, mistake="Nobody", version="of another server")
        assert again.roster() == {NURSE: Contact("Nurse")}

    async def test_what_changed_meanwhile_arrives(self, people):
        """Entries that were added, changed and removed while no client was there are right after the login."""
        [juliet] = await people.online("juliet")
        for name in ("stays", "changes", "goes"):
            await juliet.add(f"{name}@feast.example", name)
        await juliet.has("goes@feast.example", Contact("goes"))
        kept = juliet.entries.export_as_json()
        await juliet.rename("changes@feast.example", "changed")
        await juliet.remove("goes@feast.example")
        await juliet.add("comes@feast.example", "comes")
        again = await self._restarted(people, juliet, kept=kept)
        await again.until(
            lambda: (
                again.roster()
                == {
                    "stays@feast.example": Contact("stays"),
                    "changes@feast.example": Contact("changed"),
                    "comes@feast.example": Contact("comes"),
                }
            ),
            "what changed",
        )
        await juliet.reaches(again)
        assert again.entries.version == juliet.entries.version

    async def _restarted(self, people, juliet, *, kept=None, mistake=None, version=None):
        """Give another program of the same account that starts with what the first one kept."""
        kept = kept or juliet.entries.export_as_json()
        if mistake:
            kept["items"][NURSE]["name"] = mistake
        again = people.person(juliet.account, "chamber")
        again.entries.import_from_json(kept | ({"ver": version} if version else {}))
        await again.log_in()
        await juliet.reaches(again)
        return again


class TestReconnecting:
    """What aioxmpp does by itself when a connection breaks."""

    async def test_it_comes_back_by_itself(self, people):
        """After a lost connection the library connects again; friends see it go and come, and changes arrive."""
        juliet, romeo = await people.friends("juliet", "romeo")
        before = len(romeo.arrived("available", juliet.full_jid))
        juliet.lose_connection()
        await romeo.sees("unavailable", juliet.full_jid)
        await romeo.until(lambda: len(romeo.arrived("available", juliet.full_jid)) > before, "juliet again")
        await juliet.has(romeo.jid, Contact(subscription="both"))
        await juliet.add(romeo.jid, "Montague")
        await juliet.has(romeo.jid, Contact("Montague", subscription="both"))


class TestTogether:
    """One user with each library."""

    async def test_they_become_contacts(self, people):
        """A user of aioxmpp and one of slixmpp ask and approve each other and see each other's changes."""
        [juliet] = await people.online("juliet")
        romeo = people.person(people.server.account("romeo"), library=SlixmppPerson)
        await romeo.log_in()
        romeo.subscribe(juliet.jid, "It is my lady")
        await juliet.sees("subscribe", romeo.jid, "It is my lady")
        juliet.approve(romeo.jid)
        juliet.subscribe(romeo.jid)
        await romeo.sees("subscribe", juliet.jid)
        romeo.approve(juliet.jid)
        for one, other in ((juliet, romeo), (romeo, juliet)):
            await one.has(other.jid, Contact(subscription="both"))
            one.announce("away", "exit")
            await other.sees("available", one.full_jid, "exit")

    async def test_they_share_an_account(self, people):
        """A change by a resource with one library is pushed to the resource with the other."""
        [juliet] = await people.online("juliet")
        chamber = people.person(juliet.account, "chamber", library=SlixmppPerson)
        await chamber.log_in()
        await juliet.add(NURSE, "Nurse", {"Verona"})
        await chamber.has(NURSE, Contact("Nurse", frozenset({"Verona"})))
        await chamber.rename(NURSE, "Angelica")
        await juliet.has(NURSE, Contact("Angelica", frozenset({"Verona"})))
        await chamber.remove(NURSE)
        await juliet.lacks(NURSE)
