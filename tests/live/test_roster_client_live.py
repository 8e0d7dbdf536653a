"""RosterClient and connect() end to end, on real sockets, against three servers: our own, Prosody and ejabberd.

Each test runs on each of them.  Where one is known to do something else, the test says so and asserts what it does.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from pytest_twisted import blockon
from roster_clients import (
    ACCOUNTS,
    Clients,
    Traffic,
    becomes,
    contact,
    frozen,
    heard,
    in_reactor,
    ready,
    say_priority,
    within,
)
from scripted import logged_failures
from twisted.internet.defer import ensureDeferred
from twisted.words.protocols.jabber.error import StanzaError

from rosterkit.client.cache import JsonCache, RosterCache, SqliteCache
from rosterkit.client.connecting import Client
from rosterkit.client.subscriptions import PreApprovalNotOfferedError
from rosterkit.testing.servers import RunningServer, ejabberd, prosody, rosterkit_server
from rosterkit.wire.sasl_client import LoginError
from rosterkit.xmpp.certificates import TlsError

pytestmark = pytest.mark.live

NURSE, TYBALT, MERCUTIO = "nurse@localhost", "tybalt@localhost", "mercutio@localhost"

failures = pytest.fixture(autouse=True)(logged_failures)


@pytest.fixture(scope="module", params=[rosterkit_server, prosody, ejabberd], ids=lambda start: start.__name__)
def numbered(request: pytest.FixtureRequest) -> Iterator[tuple[RunningServer, itertools.count[int]]]:
    """One server of each kind for all tests, and what numbers the accounts."""
    with request.param(ACCOUNTS) as server:
        yield server, itertools.count(1)


@pytest.fixture
def clients(numbered: tuple[RunningServer, itertools.count[int]]) -> Iterator[Clients]:
    """The clients of a test; at its end they are gone."""
    made = Clients(*numbered)
    yield made
    blockon(ensureDeferred(made.log_out()))


@pytest.fixture(params=[JsonCache, SqliteCache])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], RosterCache]]:
    """Opens the cache in the test's one file, as each start of a program does; the one before is closed."""
    opened: list[RosterCache] = []

    def again() -> RosterCache:
        for cache in opened:
            cache.close()
        opened.append(request.param(tmp_path / "roster"))
        return opened[-1]

    yield again
    for cache in opened:
        cache.close()


# Logins


@in_reactor
async def test_a_login_is_safe(clients: Clients) -> None:
    """STARTTLS with a certificate that was checked, SCRAM-SHA-256, the wished resource, the roster, presence."""
    traffic = Traffic()
    client = await ready(clients.connect(f"{clients.account('juliet')}/balcony", handlers=[traffic]))
    assert client.jid.full() == f"{clients.account('juliet')}/balcony"
    assert client.xmlstream.authenticator.secured
    assert re.findall(r"mechanism=['\"](.*?)['\"]", traffic.sent) == ["SCRAM-SHA-256"]
    assert traffic.sent.index("jabber:iq:roster") < traffic.sent.index("<presence")
    assert client.roster.account.full() == clients.account("juliet")
    assert client.roster.connected


@in_reactor
async def test_another_authority_is_not_trusted(clients: Clients, tmp_path: Path) -> None:
    """A certificate that the named CA has not signed ends the trying before the password is used."""
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    traffic = Traffic()
    client = clients.connect(clients.account("juliet"), ca_file=tmp_path / "ca.pem", handlers=[traffic])
    with pytest.raises(TlsError, match="ca_file"):
        await client
    assert not client.running
    assert "<auth" not in traffic.sent


@in_reactor
async def test_a_wrong_password(clients: Clients) -> None:
    """It ends the trying, with the server's condition."""
    client = clients.connect(clients.account("juliet"), password="wrong")
    with pytest.raises(LoginError) as raised:
        await client
    assert raised.value.condition == "not-authorized"
    assert not client.running


# The roster


@in_reactor
async def test_a_new_account_has_an_empty_roster(clients: Clients) -> None:
    """It is there when the login is done, has a version, and nothing has been told but that it came."""
    client = clients.connect(clients.account("juliet"))
    events = heard(client.roster)
    await ready(client)
    assert (list(client.roster), dict(client.roster.groups)) == ([], {})
    assert client.roster.version
    assert events == ["initial_roster_received"]


@in_reactor
async def test_a_roster_is_fetched_whole(clients: Clients) -> None:
    """A client without a cache gets everything: names in any script, what XML escapes, several groups, none."""
    names = {NURSE: "Angelica & <Nurse> \"'", TYBALT: "Тибальт 🗡", MERCUTIO: None}
    groups = {NURSE: {"Capulet's", "a & b"}, TYBALT: {"Капулетти"}, MERCUTIO: set()}
    juliet = await clients.online("juliet")
    for jid, name in names.items():
        await juliet.roster.set_entry(jid, name=name, add_to_groups=groups[jid], wait_for_push=True)
    other = clients.connect(clients.account("juliet"))
    events = heard(other.roster)
    await ready(other)
    for roster in (juliet.roster, other.roster):
        assert {item.bare: item.name for item in roster} == names
        assert {item.bare: item.groups for item in roster} == groups
        assert roster.entries_without_group == {roster[MERCUTIO]}
    assert other.roster.version == juliet.roster.version
    assert sorted(event for event in events if event.startswith("entry")) == sorted(
        f"entry_added {jid}" for jid in names
    )
    assert events[-1] == "initial_roster_received"


@in_reactor
async def test_an_entry_from_beginning_to_end(clients: Clients) -> None:
    """Added, renamed, put into other groups, removed: after each the roster shows it, and the signals told it."""
    roster = (await clients.online("juliet")).roster
    events = heard(roster)
    await roster.set_entry(NURSE, name="Nurse", add_to_groups=["Staff"], wait_for_push=True)
    item = roster[NURSE]
    assert (item.name, item.groups, item.subscription, item.ask) == ("Nurse", {"Staff"}, "none", None)
    assert _taken(events) == ["group_added Staff", f"entry_added {NURSE}"]
    await roster.set_entry(NURSE, name="Angelica", wait_for_push=True)
    assert (item.name, item.groups) == ("Angelica", {"Staff"})
    assert _taken(events) == [f"entry_name_changed {NURSE}"]
    await roster.set_entry(NURSE, add_to_groups=["Friends"], remove_from_groups=["Staff"], wait_for_push=True)
    assert (item.name, item.groups) == ("Angelica", {"Friends"})
    assert _taken(events) == [
        "group_added Friends", f"entry_added_to_group {NURSE} Friends",
        "group_removed Staff", f"entry_removed_from_group {NURSE} Staff",
    ]  # fmt: skip
    await roster.set_entry(NURSE, name=None, wait_for_push=True)
    assert item.name is None
    assert _taken(events) == [f"entry_name_changed {NURSE}"]
    await roster.remove_entry(NURSE)
    await roster.wait_for(lambda roster: NURSE not in roster)
    assert _taken(events) == ["group_removed Friends", f"entry_removed {NURSE}"]
    assert not roster.groups


def _taken(events: list[str]) -> list[str]:
    """What was told since the last look."""
    taken = events.copy()
    events.clear()
    return taken


@in_reactor
async def test_an_empty_name(clients: Clients) -> None:
    """Our server keeps it, as it is a name; Prosody and ejabberd make it no name, which counts as the push too."""
    roster = (await clients.online("juliet")).roster
    await roster.set_entry(NURSE, name="Nurse", wait_for_push=True)
    await roster.set_entry(NURSE, name="", wait_for_push=True)
    assert roster[NURSE].name == ("" if clients.server.name == "rosterkit" else None)


@in_reactor
async def test_another_resource_is_told(clients: Clients) -> None:
    """What one resource changes, the other gets by pushes; both end at the same version."""
    balcony = await clients.online("juliet")
    chamber = await clients.beside(balcony)
    events = heard(chamber.roster)
    await balcony.roster.set_entry(NURSE, name="Nurse", add_to_groups=["Staff"])
    await chamber.roster.wait_for(lambda roster: NURSE in roster)
    await balcony.roster.set_entry(NURSE, name="Angelica")
    await chamber.roster.wait_for(lambda roster: roster[NURSE].name == "Angelica")
    await chamber.roster.remove_entry(NURSE)
    for client in (balcony, chamber):
        await client.roster.wait_for(lambda roster: NURSE not in roster)
    assert events == [
        "group_added Staff", f"entry_added {NURSE}", f"entry_name_changed {NURSE}",
        "group_removed Staff", f"entry_removed {NURSE}",
    ]  # fmt: skip
    assert balcony.roster.version == chamber.roster.version


@in_reactor
async def test_two_quick_changes_do_not_undo_each_other(clients: Clients) -> None:
    """The second begins while the first is under way, and keeps what it has set; other resources see both."""
    juliet = await clients.online("juliet")
    other = await clients.beside(juliet)
    named = juliet.roster.set_entry(NURSE, name="Nurse")
    grouped = juliet.roster.set_entry(NURSE, add_to_groups=["Staff"], wait_for_push=True)
    await named
    await grouped
    for client in (juliet, other):
        await client.roster.wait_for(lambda roster: NURSE in roster and roster[NURSE].groups == {"Staff"})
        assert client.roster[NURSE].name == "Nurse"


@in_reactor
async def test_a_stranger_is_removed(clients: Clients) -> None:
    """RFC 6121 §2.5.3: item-not-found, and nothing has changed; ejabberd says that it is done."""
    roster = (await clients.online("juliet")).roster
    events = heard(roster)
    if clients.server.name == "ejabberd":
        await roster.remove_entry(NURSE)
    else:
        with pytest.raises(StanzaError) as raised:
            await roster.remove_entry(NURSE)
        assert raised.value.condition == "item-not-found"
    await roster.set_entry(TYBALT, wait_for_push=True)
    assert events == [f"entry_added {TYBALT}"]


@in_reactor
async def test_fifty_entries_at_once(clients: Clients) -> None:
    """A batch adds them, one more renames their group; another resource ends with the same."""
    juliet = await clients.online("juliet")
    other = await clients.beside(juliet)
    counted: list[tuple[int, int]] = []
    batch = juliet.roster.batch(in_flight=10, progress=lambda done, total: counted.append((done, total)))
    for number in range(50):
        batch.set_entry(f"guest{number}@localhost", name=f"Guest {number}", add_to_groups=["Guests"])
    report = await batch.run()
    assert (report.accepted, report.errors) == (50, {})
    assert counted == [(number, 50) for number in range(1, 51)]
    for client in (juliet, other):
        await client.roster.wait_for(lambda roster: len(roster.groups.get("Guests", ())) == 50)
    events = heard(other.roster)
    report = await juliet.roster.rename_group("Guests", "Visitors")
    assert (report.accepted, report.errors) == (50, {})
    for client in (juliet, other):
        await client.roster.wait_for(lambda roster: "Guests" not in roster.groups)
        assert {group: len(members) for group, members in client.roster.groups.items()} == {"Visitors": 50}
        assert {item.name for item in client.roster} == {f"Guest {number}" for number in range(50)}
    assert (events[0], events[-2]) == ("group_added Visitors", "group_removed Guests")
    assert juliet.roster.version == other.roster.version


# Subscriptions


async def _asked(clients: Clients) -> tuple[Client, Client]:
    """Juliet, who has asked, and Romeo, who has got her request."""
    juliet, romeo = await clients.online("juliet"), await clients.online("romeo")
    asked = romeo.roster.on_subscribe.next()
    await juliet.roster.subscribe(romeo.jid)
    stanza = await within(asked)
    assert stanza["from"] == juliet.jid.userhost()
    return juliet, romeo


@in_reactor
async def test_a_request_is_approved(clients: Clients) -> None:
    """The asker has ``ask``, then ``to``, and sees the other one; who approves has ``from``, in a new entry."""
    juliet, romeo = await _asked(clients)
    await becomes(juliet, romeo, subscription="none", ask="subscribe")
    assert juliet.jid.userhost() not in romeo.roster
    granted = juliet.roster.on_subscribed.next()
    await romeo.roster.approve(juliet.jid)
    assert (await within(granted))["from"] == romeo.jid.userhost()
    await becomes(juliet, romeo, subscription="to", ask=None, available=True)
    await becomes(romeo, juliet, subscription="from", available=False)


@in_reactor
async def test_a_listener_may_approve_at_once(clients: Clients) -> None:
    """Within on_subscribe the request can be answered, on ejabberd too, which takes no approval before a request."""
    juliet, romeo = await clients.online("juliet"), await clients.online("romeo")
    romeo.roster.on_subscribe.connect(lambda stanza: romeo.roster.approve(stanza["from"]))
    await juliet.roster.subscribe(romeo.jid)
    await becomes(juliet, romeo, subscription="to")


@in_reactor
async def test_both_ask_and_both_approve(clients: Clients) -> None:
    """Two flows end in ``both``, at every resource, and each sees the other."""
    juliet, romeo = await clients.friends()
    other = await clients.beside(juliet)
    await becomes(other, romeo, subscription="both", ask=None, available=True)
    assert set(contact(juliet, romeo).resources) == {romeo.jid.resource}
    await romeo.roster.wait_for(
        lambda _: set(contact(romeo, juliet).resources) == {juliet.jid.resource, other.jid.resource}
    )


@in_reactor
async def test_a_request_is_denied(clients: Clients) -> None:
    """The asker is told and keeps the entry without ``ask``; who denies has no entry."""
    juliet, romeo = await _asked(clients)
    refused = juliet.roster.on_unsubscribed.next()
    await romeo.roster.deny(juliet.jid)
    assert (await within(refused))["from"] == romeo.jid.userhost()
    await becomes(juliet, romeo, subscription="none", ask=None)
    await romeo.roster.refresh()
    assert len(romeo.roster) == 0


@in_reactor
async def test_a_request_is_withdrawn(clients: Clients) -> None:
    """``ask`` goes away, and whoever was asked is not asked again at the next login."""
    juliet, romeo = await _asked(clients)
    await juliet.roster.unsubscribe(romeo.jid)
    await becomes(juliet, romeo, subscription="none", ask=None)
    asked, _ = await _asked_at_login(clients)
    assert asked == []


async def _asked_at_login(clients: Clients, **options: Any) -> tuple[list[str], Client]:
    """Who asks Romeo when he logs in; the server has dealt with his presence then."""
    romeo = clients.connect(clients.account("romeo"), **options)
    asked: list[str] = []
    romeo.roster.on_subscribe.connect(lambda stanza: asked.append(stanza["from"]))
    await ready(romeo)
    await romeo.roster.refresh()
    return asked, romeo


@in_reactor
async def test_a_subscription_is_cancelled(clients: Clients) -> None:
    """Who unsubscribes keeps ``from`` and sees the other no longer; the other keeps ``to`` and is told.

    Prosody does not say that the other is unavailable now (RFC 6121 §3.3.3), who so stays what it was.
    """
    juliet, romeo = await clients.friends()
    told = romeo.roster.on_unsubscribe.next()
    await juliet.roster.unsubscribe(romeo.jid)
    assert (await within(told))["from"] == juliet.jid.userhost()
    await becomes(juliet, romeo, subscription="from", available=clients.server.name == "prosody")
    await becomes(romeo, juliet, subscription="to", available=True)


@in_reactor
async def test_an_approval_is_taken_back(clients: Clients) -> None:
    """deny() after approve(): the other sees us no longer and is told; we still see them."""
    juliet, romeo = await clients.friends()
    told = romeo.roster.on_unsubscribed.next()
    await juliet.roster.deny(romeo.jid)
    assert (await within(told))["from"] == juliet.jid.userhost()
    await becomes(juliet, romeo, subscription="to", available=True)
    await becomes(romeo, juliet, subscription="from", available=False)


@in_reactor
async def test_a_friend_is_removed(clients: Clients) -> None:
    """RFC 6121 §2.5.2: the subscriptions of both directions end; the other keeps an entry without any."""
    juliet, romeo = await clients.friends()
    await juliet.roster.remove_entry(romeo.jid.userhost())
    await juliet.roster.wait_for(lambda roster: len(roster) == 0)
    await becomes(romeo, juliet, subscription="none", ask=None, available=False)


@in_reactor
async def test_a_request_waits_for_the_login(clients: Clients) -> None:
    """Who was offline is asked after the login, until it is answered; then never again."""
    juliet = await clients.online("juliet")
    contact_ = clients.account("romeo")
    await juliet.roster.subscribe(contact_)
    await juliet.roster.wait_for(lambda roster: contact_ in roster and roster[contact_].ask == "subscribe")
    for _ in range(2):
        asked, romeo = await _asked_at_login(clients)
        assert asked == [juliet.jid.userhost()]
        await romeo.disconnect()
    asked, romeo = await _asked_at_login(clients)
    await romeo.roster.approve(juliet.jid)
    await becomes(juliet, romeo, subscription="to", ask=None, available=True)
    await romeo.disconnect()
    asked, romeo = await _asked_at_login(clients)
    assert asked == []


@pytest.mark.parametrize("online", [True, False])
@in_reactor
async def test_a_policy_accepts(clients: Clients, online: bool) -> None:
    """accept-all grants a request that comes at any time, or has waited for the login."""
    juliet = await clients.online("juliet")
    contact_ = clients.account("romeo")
    if online:
        await clients.online("romeo", policy="accept-all")
    await juliet.roster.subscribe(contact_)
    await juliet.roster.wait_for(lambda roster: contact_ in roster)
    if not online:
        await clients.online("romeo", policy="accept-all")
    await juliet.roster.wait_for(lambda roster: roster[contact_].subscription == "to" and roster[contact_].available)


@pytest.mark.parametrize("online", [True, False])
@in_reactor
async def test_a_policy_refuses(clients: Clients, online: bool) -> None:
    """refuse-all denies it, and the asker is told; no entry is made."""
    juliet = await clients.online("juliet")
    refused = juliet.roster.on_unsubscribed.next()
    contact_ = clients.account("romeo")
    romeo = await clients.online("romeo", policy="refuse-all") if online else None
    await juliet.roster.subscribe(contact_)
    await juliet.roster.wait_for(lambda roster: contact_ in roster)
    romeo = romeo or await clients.online("romeo", policy="refuse-all")
    await within(refused)
    await becomes(juliet, romeo, subscription="none", ask=None)
    await romeo.roster.refresh()
    assert len(romeo.roster) == 0


@in_reactor
async def test_a_pre_approval(clients: Clients) -> None:
    """RFC 6121 §3.4: the later request is granted by the server, and nobody is asked.

    Our server shows ``approved``.  Prosody makes an entry that does not show it.  ejabberd does not offer it: our
    client refuses before anything is sent.
    """
    juliet, romeo = await clients.online("juliet"), await clients.online("romeo")
    server = clients.server.name
    assert juliet.roster.pre_approval_offered is (server != "ejabberd")
    if server == "ejabberd":
        with pytest.raises(PreApprovalNotOfferedError):
            await juliet.roster.approve(romeo.jid)
        await juliet.roster.refresh()
        assert len(juliet.roster) == 0
        return
    asked: list[object] = []
    juliet.roster.on_subscribe.connect(asked.append)
    await juliet.roster.approve(romeo.jid)
    await becomes(juliet, romeo, approved=server == "rosterkit", subscription="none")
    await romeo.roster.subscribe(juliet.jid)
    await becomes(romeo, juliet, subscription="to", ask=None, available=True)
    await becomes(juliet, romeo, subscription="from")
    assert asked == []


@in_reactor
async def test_a_pre_approval_is_taken_back(clients: Clients) -> None:
    """With our server the next request is asked again.

    Prosody never shows that somebody is approved, and ejabberd has none of it: there is nothing to take back.
    """
    juliet, romeo = await clients.online("juliet"), await clients.online("romeo")
    asked = juliet.roster.on_subscribe.next()
    server = clients.server.name
    if server != "ejabberd":
        await juliet.roster.approve(romeo.jid)
        await becomes(juliet, romeo, approved=server == "rosterkit")
    if server != "rosterkit":
        with pytest.raises(ValueError, match="not pre-approved"):
            await juliet.roster.cancel_pre_approval(romeo.jid)
        return
    await juliet.roster.cancel_pre_approval(romeo.jid)
    await becomes(juliet, romeo, approved=False)
    await romeo.roster.subscribe(juliet.jid)
    assert (await within(asked))["from"] == romeo.jid.userhost()


# Presence


@in_reactor
async def test_the_best_resource(clients: Clients) -> None:
    """It is the one with the highest priority, and another when that one lowers it or goes."""
    juliet, romeo = await clients.friends()
    street = await clients.beside(romeo)
    item = contact(juliet, romeo)

    async def best_is(client: Client, number: int) -> None:
        expected = client.jid.full(), number
        await juliet.roster.wait_for(lambda _: (item.best_resource.full, item.best_resource.priority) == expected)

    say_priority(romeo, 5)
    await best_is(romeo, 5)
    say_priority(street, 7)
    await best_is(street, 7)
    say_priority(street, -1)
    await best_is(romeo, 5)
    await romeo.disconnect()
    await best_is(street, -1)
    await street.disconnect()
    await juliet.roster.wait_for(lambda _: not item.available)
    assert item.best_resource is None


@in_reactor
async def test_a_contact_comes_and_goes(clients: Clients) -> None:
    """A goodbye, and a connection that breaks without one, are seen; so is whoever comes back by itself."""
    juliet, romeo = await clients.friends()
    item = contact(juliet, romeo)
    await romeo.disconnect()
    await juliet.roster.wait_for(lambda _: not item.available)
    romeo.startService()
    await ready(romeo)
    await juliet.roster.wait_for(lambda _: set(item.resources) == {romeo.jid.resource})
    changes: list[bool] = []
    juliet.roster.on_presence_changed.connect(lambda changed: changes.append(changed is item and item.available))
    romeo.xmlstream.transport.abortConnection()
    await juliet.roster.wait_for(lambda _: not item.available)
    await ready(romeo)
    await juliet.roster.wait_for(lambda _: set(item.resources) == {romeo.jid.resource})
    assert changes[-2:] == [False, True]
    await becomes(romeo, juliet, available=True)


@in_reactor
async def test_who_is_there_at_login(clients: Clients) -> None:
    """A client without initial presence sees nobody; one with it sees its contacts without having asked."""
    juliet, romeo = await clients.friends()
    hidden = await ready(clients.connect(clients.account("juliet"), presence=False))
    shown = await clients.beside(juliet)
    await becomes(shown, romeo, available=True)
    await hidden.roster.refresh()
    assert not contact(hidden, romeo).available
    assert set(contact(romeo, juliet).resources) == {juliet.jid.resource, shown.jid.resource}


# Versions (RFC 6121 §2.6)


@in_reactor
async def test_an_unchanged_roster_is_not_sent_again(clients: Clients, kept: Callable[[], RosterCache]) -> None:
    """The second login sends the version that was kept, the server answers with nothing, and the roster is there."""
    juliet = await clients.online("juliet", cache=kept())
    await juliet.roster.set_entry(NURSE, name="Nurse", add_to_groups=["Staff"], wait_for_push=True)
    await juliet.roster.set_entry(TYBALT, wait_for_push=True)
    version = juliet.roster.version
    await juliet.disconnect()
    traffic = Traffic()
    again = clients.connect(clients.account("juliet"), cache=kept(), handlers=[traffic])
    events = heard(again.roster)
    await ready(again)
    assert traffic.asked() == [version]
    assert "<item" not in traffic.received
    assert events == ["initial_roster_received"]
    assert again.roster.version == version
    assert {item.bare: (item.name, item.groups) for item in again.roster} == {
        NURSE: ("Nurse", {"Staff"}),
        TYBALT: (None, set()),
    }


@in_reactor
async def test_what_changed_meanwhile_is_told(clients: Clients, kept: Callable[[], RosterCache]) -> None:
    """Another resource has added, renamed and removed while we were away: each is told as a change, and kept."""
    juliet = await clients.online("juliet", cache=kept())
    for jid in (NURSE, TYBALT):
        await juliet.roster.set_entry(jid, name="old", wait_for_push=True)
    version = juliet.roster.version
    await juliet.disconnect()
    other = await clients.beside(juliet)
    await other.roster.set_entry(NURSE, name="new", wait_for_push=True)
    await other.roster.set_entry(MERCUTIO, wait_for_push=True)
    await other.roster.remove_entry(TYBALT)
    await other.roster.wait_for(lambda roster: TYBALT not in roster)
    traffic = Traffic()
    again = clients.connect(clients.account("juliet"), cache=kept(), handlers=[traffic])
    events = heard(again.roster)
    await ready(again)
    await again.roster.wait_for(lambda roster: roster.version == other.roster.version)
    assert traffic.asked()[0] == version
    assert sorted(events) == [
        f"entry_added {MERCUTIO}", f"entry_name_changed {NURSE}", f"entry_removed {TYBALT}",
        "initial_roster_received",
    ]  # fmt: skip
    await again.disconnect()
    assert {bare: item.get("name") for bare, item in kept().load(clients.account("juliet")).items.items()} == {
        NURSE: "new",
        MERCUTIO: None,
    }


@in_reactor
async def test_a_kept_empty_roster(clients: Clients, kept: Callable[[], RosterCache]) -> None:
    """An entry that came while we were away is told.

    Not by Prosody where it is the first of all: it gives version 1 to the empty roster and to that with one entry,
    and says that nothing has changed.  With the next change the client gets both.
    """
    juliet = await clients.online("juliet", cache=kept())
    await juliet.disconnect()
    other = await clients.beside(juliet)
    await other.roster.set_entry(NURSE, wait_for_push=True)
    again = await ready(clients.connect(clients.account("juliet"), cache=kept()))
    await again.roster.refresh()
    assert (NURSE in again.roster) is (clients.server.name != "prosody")
    await again.disconnect()
    await other.roster.set_entry(TYBALT, wait_for_push=True)
    again = await ready(clients.connect(clients.account("juliet"), cache=kept()))
    await again.roster.wait_for(lambda roster: {item.bare for item in roster} == {NURSE, TYBALT})


@in_reactor
async def test_the_same_client_connects_again(clients: Clients) -> None:
    """Without a cache the roster is kept in memory: the next stream asks for what has changed since the last."""
    traffic = Traffic()
    juliet = await clients.online("juliet", handlers=[traffic])
    await juliet.roster.set_entry(NURSE, name="old", wait_for_push=True)
    item, version = juliet.roster[NURSE], juliet.roster.version
    await juliet.disconnect()
    other = await clients.beside(juliet)
    await other.roster.set_entry(NURSE, name="new", wait_for_push=True)
    events = heard(juliet.roster)
    juliet.startService()
    await ready(juliet)
    await juliet.roster.wait_for(lambda roster: roster[NURSE].name == "new")
    assert traffic.asked()[:2] == ["", version]
    assert sorted(events) == [f"entry_name_changed {NURSE}", "initial_roster_received"]
    assert juliet.roster[NURSE] is item


# The server ends and comes back


@in_reactor
async def test_the_server_restarts(clients: Clients, kept: Callable[[], RosterCache]) -> None:
    """Two friends come back by themselves and see each other; what has not changed is not sent again."""
    traffic = Traffic()
    juliet, romeo = await clients.friends(cache=kept(), handlers=[traffic])
    await juliet.roster.set_entry(NURSE, name="Nurse", wait_for_push=True)
    version, item = juliet.roster.version, contact(juliet, romeo)
    traffic.received = ""
    events = heard(juliet.roster)
    await clients.stop()
    await juliet.roster.wait_for(lambda roster: not roster.connected)
    assert not item.available
    with pytest.raises(ConnectionError):
        await juliet.roster.subscribe(TYBALT)
    await clients.start()
    await ready(juliet)
    await ready(romeo)
    await juliet.roster.wait_for(lambda _: item.available)
    assert traffic.asked()[-1] == version
    assert "<item" not in traffic.received
    assert events == ["initial_roster_received"]
    assert (juliet.roster.version, contact(juliet, romeo)) == (version, item)
    await juliet.roster.set_entry(NURSE, name="Angelica", wait_for_push=True)
    assert juliet.roster[NURSE].name == "Angelica"


@in_reactor
async def test_requests_while_the_server_ends(clients: Clients) -> None:
    """One that is under way fails with ConnectionError, one without a stream waits for the next or times out.

    A batch is over at once, with an error for each change, tried or not.
    """
    juliet = await clients.online("juliet")
    under_way = juliet.roster.set_entry(NURSE, name="lost")
    batch = juliet.roster.batch(in_flight=2)
    for number in range(10):
        batch.set_entry(f"guest{number}@localhost")
    running = batch.run()
    clients.server.stop()  # the reactor stands still meanwhile: nothing of it can have left
    with pytest.raises(ConnectionError, match="before the server had answered"):
        await under_way
    report = await within(running)
    assert (report.accepted, len(report.errors)) == (0, 10)
    assert {type(error) for error in report.errors.values()} == {ConnectionError}
    assert not juliet.roster.connected
    waits = juliet.roster.set_entry(TYBALT, name="late", wait_for_push=True)
    with pytest.raises(TimeoutError, match="no stream"):
        await juliet.roster.set_entry(MERCUTIO, timeout=0.2)
    await clients.start()
    await waits
    assert {item.bare: item.name for item in juliet.roster} == {TYBALT: "late"}


@in_reactor
async def test_a_server_that_does_not_answer(clients: Clients) -> None:
    """After ``timeout`` a request fails with TimeoutError; a later answer does no harm, and its push counts."""
    juliet = await clients.online("juliet")
    with frozen(clients.server):
        with pytest.raises(TimeoutError):
            await juliet.roster.set_entry(NURSE, name="Nurse", timeout=0.2)
        assert juliet.roster.connected
    await juliet.roster.wait_for(lambda roster: NURSE in roster)
    await juliet.roster.set_entry(NURSE, add_to_groups=["Staff"], wait_for_push=True)
    assert (juliet.roster[NURSE].name, juliet.roster[NURSE].groups) == ("Nurse", {"Staff"})
