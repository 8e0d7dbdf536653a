"""slixmpp as it comes from the package index, against a real server process."""

from __future__ import annotations

import asyncio

import pytest
from login_behaviour import LoginBehaviour
from person import DEADLINE, Account, Contact, LoginRefusedError
from presence_behaviour import PresenceBehaviour
from roster_behaviour import NURSE, RosterBehaviour
from slixmpp.exceptions import IqError
from slixmpp_person import SlixmppPerson
from subscription_behaviour import SubscriptionBehaviour

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def library() -> type[SlixmppPerson]:
    """Whose client the scenarios use."""
    return SlixmppPerson


class TestLogin(LoginBehaviour):
    """Logins with slixmpp."""


class TestRoster(RosterBehaviour):
    """The roster with slixmpp."""


class TestSubscriptions(SubscriptionBehaviour):
    """Subscriptions with slixmpp."""


class TestPresence(PresenceBehaviour):
    """Presence with slixmpp."""


def pushes(person: SlixmppPerson) -> list[tuple[str, str]]:
    """Give (JID, version) of every roster push that arrived, in order."""
    return [
        (str(next(iter(iq["roster"]["items"]))), iq["roster"]["ver"])
        for iq in person.roster_stanzas
        if iq["type"] == "set"
    ]


async def come_back(person: SlixmppPerson) -> None:
    """Log in with the client that logged out, and wait until what the login owed it has arrived."""
    await person.log_in()
    await person.reaches(person)


class TestVersioning:
    """Roster versions with slixmpp, which sends ver='' first and what it was given later (RFC 6121 2.6)."""

    async def test_the_first_login_asks_for_everything(self, people):
        """The feature is offered; an empty ver is answered with a whole roster and its version."""
        [juliet] = await people.online("juliet")
        assert "rosterver" in juliet.client.features
        assert juliet.versions_sent == [""]
        assert juliet.roster_came[-1]
        assert juliet.client.client_roster.version

    async def test_an_unchanged_roster_is_not_sent_again(self, people):
        """With the version of its last push a client gets an empty result and keeps its copy."""
        [juliet] = await people.online("juliet")
        await juliet.add(NURSE, "Nurse")
        await juliet.has(NURSE, Contact("Nurse"))
        version = juliet.client.client_roster.version
        await juliet.log_out()
        await come_back(juliet)
        assert juliet.versions_sent == ["", version]
        assert not juliet.roster_came[-1]
        assert juliet.roster() == {NURSE: Contact("Nurse")}
        assert juliet.client.client_roster.version == version

    async def test_what_changed_meanwhile_arrives(self, people):
        """Entries that were added, changed and removed while the client was away are right after its login."""
        [juliet] = await people.online("juliet")
        for name in ("stays", "changes", "goes"):
            await juliet.add(f"{name}@feast.example", name)
        await juliet.has("goes@feast.example", Contact("goes"))
        await juliet.log_out()
        chamber = await people.beside(juliet)
        await chamber.rename("changes@feast.example", "changed")
        await chamber.remove("goes@feast.example")
        await chamber.add("comes@feast.example", "comes")
        await come_back(juliet)
        assert (
            juliet.roster()
            == chamber.roster()
            == {
                "stays@feast.example": Contact("stays"),
                "changes@feast.example": Contact("changed"),
                "comes@feast.example": Contact("comes"),
            }
        )
        assert juliet.client.client_roster.version == chamber.client.client_roster.version

    async def test_many_changes_of_one_entry_come_once(self, people):
        """What changed several times while the client was away is pushed once, as it is now."""
        [juliet] = await people.online("juliet")
        for number in range(20):
            await juliet.add(f"guest{number}@feast.example")
        await juliet.has("guest19@feast.example", Contact())
        await juliet.log_out()
        chamber = await people.beside(juliet)
        for name in ("one", "two", "three"):
            await chamber.rename("guest7@feast.example", name)
        juliet.roster_stanzas.clear()
        await come_back(juliet)
        assert not juliet.roster_came[-1]
        assert [jid for jid, _ in pushes(juliet)] == ["guest7@feast.example"]
        assert juliet.roster()["guest7@feast.example"] == Contact("three")

    async def test_a_first_entry_after_an_empty_roster(self, people):
        """An empty roster has a version of its own: the first entry made while the client was away arrives."""
        [juliet] = await people.online("juliet")
        await juliet.log_out()
        await come_back(juliet)
        assert not juliet.roster_came[-1]
        await juliet.log_out()
        chamber = await people.beside(juliet)
        await chamber.add(NURSE, "Nurse")
        await come_back(juliet)
        assert juliet.roster() == {NURSE: Contact("Nurse")}

    async def test_a_subscription_is_a_change_too(self, people):
        """What others did to one's subscriptions while one was away arrives like any other change."""
        juliet, romeo = await people.friends("juliet", "romeo")
        await juliet.has(romeo.jid, Contact(subscription="both"))
        await juliet.log_out()
        romeo.unsubscribe(juliet.jid)
        await romeo.has(juliet.jid, Contact(subscription="from"))
        await come_back(juliet)
        assert juliet.roster() == {romeo.jid: Contact(subscription="to")}

    async def test_every_push_has_a_version_of_its_own(self, people):
        """No two states of a roster share a version, and each push tells the one after its change."""
        [juliet] = await people.online("juliet")
        for name in ("Nurse", "Angelica", "Nurse"):
            await juliet.add(NURSE, name)
        await juliet.remove(NURSE)
        await juliet.lacks(NURSE)
        versions = [version for _, version in pushes(juliet)]
        assert len(versions) == len(set(versions)) == 4
        assert all(versions)

    async def test_an_unknown_version_gets_everything(self, people):
        """A version that the server never gave is answered with the whole roster."""
        [juliet] = await people.online("juliet")
        await juliet.add(NURSE, "Nurse")
        await juliet.log_out()
        juliet.client.client_roster.version = "of another server"
        await come_back(juliet)
        assert juliet.versions_sent[-1] == "of another server"
        assert juliet.roster_came[-1]
        assert juliet.roster() == {NURSE: Contact("Nurse")}

    async def test_a_forgotten_version_gets_everything(self, people, serve):
        """A version older than the history that --history keeps is answered with the whole roster."""
        server = serve("--history", "2")
        account = server.account("juliet")
        juliet = people.person(account, place=server.place)
        await juliet.log_in()
        await juliet.log_out()
        chamber = people.person(account, "chamber", place=server.place)
        await chamber.log_in()
        for number in range(5):
            await chamber.add(f"guest{number}@feast.example")
        await come_back(juliet)
        assert juliet.roster_came[-1]
        assert juliet.roster() == {f"guest{number}@feast.example": Contact() for number in range(5)}

    async def test_a_version_outlives_the_server(self, people, serve, tmp_path):
        """With --db a version that the server gave before its restart is still known, and the roster is there."""
        database = str(tmp_path / "rosters.db")
        server = serve("--db", database)
        account = server.account("juliet")
        juliet = people.person(account, place=server.place)
        await juliet.log_in()
        await juliet.add(NURSE, "Nurse")
        await juliet.has(NURSE, Contact("Nurse"))
        version = juliet.client.client_roster.version
        await juliet.log_out()
        server.stop()
        place = serve("--db", database).place
        again, fresh = (people.person(account, resource, place=place) for resource in ("balcony", "chamber"))
        again.client.roster[account.jid].version = version
        await again.log_in()
        await fresh.log_in()
        assert again.versions_sent == [version]
        assert again.roster_came == [False]
        assert fresh.roster() == {NURSE: Contact("Nurse")}

    async def test_it_can_be_switched_off(self, people, serve):
        """With --no-versioning the feature is not offered, and slixmpp sends no ver."""
        server = serve("--no-versioning")
        juliet = people.person(server.account("juliet"), place=server.place)
        await juliet.log_in()
        assert "rosterver" not in juliet.client.features
        assert juliet.versions_sent == [None]


class TestSessions:
    """What slixmpp shows of sessions that the other library does not."""

    async def test_over_direct_tls(self, people, serve):
        """The port of --tls-port speaks TLS from the first byte."""
        server = serve("--tls-port", "0")
        place = server.place._replace(port=server.ready["tls"]["port"])
        juliet = people.person(server.account("juliet"), place=place)
        juliet.client.enable_direct_tls, juliet.client.enable_starttls = True, False
        await juliet.log_in()
        assert juliet.tls_version() in ("TLSv1.2", "TLSv1.3")

    async def test_who_never_asked_gets_no_push(self, people):
        """A resource that did not request the roster is not interested: no push reaches it (2.1.6)."""
        [juliet] = await people.online("juliet")
        careless = people.person(juliet.account, "careless")
        await careless.log_in(roster=False)
        await juliet.add(NURSE, "Nurse")
        await juliet.reaches(careless)
        assert careless.roster_stanzas == []

    async def test_a_taken_resource_ends_the_older_session(self, people):
        """Who binds a resource that is in use gets it, and the older session ends with conflict."""
        [juliet] = await people.online("juliet")
        again = people.person(juliet.account)
        await again.log_in()
        assert again.bound_jid() == juliet.full_jid
        await juliet.until(lambda: juliet.stream_errors, "a stream error")
        assert juliet.stream_errors == ["conflict"]

    async def test_the_servers_end_is_said(self, people, serve):
        """SIGTERM ends every stream with system-shutdown before the server is gone."""
        server = serve()
        juliet = people.person(server.account("juliet"), place=server.place)
        await juliet.log_in()
        await asyncio.to_thread(server.stop)
        await juliet.until(lambda: juliet.stream_errors, "a stream error")
        assert juliet.stream_errors == ["system-shutdown"]


class TestRegistration:
    """Making an account with slixmpp (XEP-0077)."""

    async def test_an_account_can_be_made_and_used(self, people, serve):
        """With --registration a client makes an account before it logs in, and then uses it."""
        server = serve("--registration")
        paris = people.person(Account("paris@localhost", "a new secret"), place=server.place)
        paris.client.register_plugin("xep_0077")
        paris.client.plugin["xep_0077"].force_registration = True
        paris.client.add_event_handler("register", self._register(paris))
        await paris.log_in()
        assert paris.bound_jid() == paris.full_jid
        again = people.person(paris.account, "street", place=server.place)
        await again.log_in()

    async def test_it_is_off_by_itself(self, people):
        """Without the option nobody can make an account: the login of a stranger fails."""
        paris = people.person(Account("paris@localhost", "a new secret"))
        paris.client.register_plugin("xep_0077")
        paris.client.plugin["xep_0077"].force_registration = True
        paris.client.add_event_handler("register", self._register(paris))
        with pytest.raises(LoginRefusedError, match="not-authorized"):
            await paris.log_in()

    @staticmethod
    def _register(person):
        """Give what answers the library's event: fill in the form that the server sent and send it back."""

        async def answer(_form):
            iq = person.client.Iq()
            iq["type"] = "set"
            iq["register"]["username"] = person.jid.partition("@")[0]
            iq["register"]["password"] = person.account.password
            await iq.send(timeout=DEADLINE)

        return answer


class TestServices:
    """The few things besides rosters and presence that the server answers."""

    async def test_ping(self, people):
        """A ping of the server comes back (XEP-0199)."""
        [juliet] = await people.online("juliet")
        juliet.client.register_plugin("xep_0199")
        assert await juliet.client.plugin["xep_0199"].ping("localhost") >= 0

    async def test_disco(self, people):
        """The server tells what it is and that it has rosters and pings (XEP-0030)."""
        [juliet] = await people.online("juliet")
        juliet.client.register_plugin("xep_0030")
        info = (await juliet.client.plugin["xep_0030"].get_info(jid="localhost", cached=False))["disco_info"]
        assert {(category, kind) for category, kind, *_ in info["identities"]} >= {("server", "im")}
        assert info["features"] >= {"http://jabber.org/protocol/disco#info", "urn:xmpp:ping"}

    async def test_software_version(self, people):
        """The server tells its name and version (XEP-0092)."""
        [juliet] = await people.online("juliet")
        juliet.client.register_plugin("xep_0092")
        answer = await juliet.client.plugin["xep_0092"].get_version("localhost")
        assert answer["software_version"]["name"] == "rosterkit"
        assert answer["software_version"]["version"] == people.server.ready["rosterkit"]

    async def test_everything_else_is_answered_at_once(self, people):
        """What the server does not do, here private storage, is answered service-unavailable and not with silence."""
        [juliet] = await people.online("juliet")
        with pytest.raises(IqError, match="service-unavailable"):
            await juliet.client.make_iq_get(queryxmlns="jabber:iq:private").send(timeout=DEADLINE)
