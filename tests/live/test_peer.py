"""The peer beside real servers: our own, Prosody and ejabberd, each with a user on RosterClient.

Each test runs on each of them, but for what only ejabberd can do.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pytest_twisted import blockon
from roster_clients import ACCOUNTS, LIMIT, Clients, in_reactor, within
from scripted import logged_failures
from twisted.internet import reactor
from twisted.internet.defer import ensureDeferred
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread

from rosterkit.client.connecting import Client
from rosterkit.errors import NotTakenError
from rosterkit.peer.service import PeerService, make_peer_service
from rosterkit.peer_config import PeerConfig
from rosterkit.testing.servers import RunningServer, ejabberd, prosody, rosterkit_server

pytestmark = pytest.mark.live

DOMAIN, SECRET = "contacts.test", "s3cr3t"
NURSE, PETER = f"nurse@{DOMAIN}", f"peter@{DOMAIN}"

failures = pytest.fixture(autouse=True)(logged_failures)


@pytest.fixture(scope="module", params=[rosterkit_server, prosody, ejabberd], ids=lambda start: start.__name__)
def numbered(request: pytest.FixtureRequest) -> Iterator[tuple[RunningServer, itertools.count[int]]]:
    """One server of each kind for all tests, and what numbers the accounts."""
    with request.param(ACCOUNTS, components={DOMAIN: SECRET}) as server:
        yield server, itertools.count(1)


@pytest.fixture
def clients(numbered: tuple[RunningServer, itertools.count[int]]) -> Iterator[Clients]:
    """The clients of a test; at its end they are gone."""
    made = Clients(*numbered)
    yield made
    blockon(ensureDeferred(made.log_out()))


def peer(server: RunningServer, folder: Path, *contacts: str, **changes: Any) -> PeerService:
    """A peer with contacts for a server, not started; each accepts after 0.3 s."""
    tables = [f'["{contact}"]\nafter = 0.3\n' for contact in contacts or (NURSE,)]
    (folder / "contacts.toml").write_text("".join(tables))
    assert server.component_port is not None
    values: dict[str, Any] = {"host": server.host, "port": server.component_port, "domain": DOMAIN, "secret": SECRET}
    values["contacts"] = folder / "contacts.toml"
    return make_peer_service(PeerConfig(**(values | changes)))


@asynccontextmanager
async def running(server: RunningServer, folder: Path, *contacts: str, **changes: Any) -> AsyncIterator[PeerService]:
    """The same, taken by the server."""
    service = peer(server, folder, *contacts, **changes)
    service.startService()
    await within(service.ready)
    try:
        yield service
    finally:
        await service.stopService()


async def until(what: Any) -> None:
    """Wait until it is so."""
    for _ in range(round(LIMIT / 0.05)):
        if what():
            return
        await deferLater(reactor, 0.05)  # type: ignore[arg-type]
    raise AssertionError("it has not come about")


async def sees(client: Client, contact: str, available: bool = True) -> None:
    """Wait until the user sees a contact, or does not."""
    await client.roster.wait_for(lambda roster: contact in roster and roster[contact].available is available)


@in_reactor
async def test_a_contact_accepts_and_is_seen(clients: Clients, tmp_path: Path) -> None:
    """A user of the server asks, the contact accepts after its time, its presence comes; it goes with the peer."""
    juliet = await clients.online("juliet")
    async with running(clients.server, tmp_path):
        await juliet.roster.subscribe(NURSE)
        await sees(juliet, NURSE)
        assert juliet.roster[NURSE].subscription == "to"
    await sees(juliet, NURSE, available=False)


@in_reactor
async def test_a_contact_asks_and_sees(clients: Clients, tmp_path: Path) -> None:
    """The other direction: its server, the peer, has the subscription, and the user's presence comes to it."""
    juliet = await clients.online("juliet", policy="accept-all")
    account = clients.account("juliet")
    async with running(clients.server, tmp_path, control_port=0) as service:
        do = {"do": "subscribe", "to": account}
        service.routes.call("POST", f"/v1/networks/main/contacts/{NURSE}/do", do)
        await juliet.roster.wait_for(lambda roster: NURSE in roster and roster[NURSE].subscription == "from")
        call = "/v1/networks/main/wait"
        body = {"match": f"<presence from='{juliet.jid.full()}' to='{NURSE}'/>", "since": 0, "within": LIMIT}
        outcome = await ensureDeferred(service.routes.call("POST", call, body))
        assert outcome.body["outcome"] == "met"


@in_reactor
async def test_after_a_restart_of_the_server_the_contact_is_seen_again(clients: Clients, tmp_path: Path) -> None:
    """Both come back by themselves, in whatever order."""
    juliet = await clients.online("juliet")
    async with running(clients.server, tmp_path) as service:
        await juliet.roster.subscribe(NURSE)
        await sees(juliet, NURSE)
        for _ in range(2):
            await clients.stop()
            await until(lambda: not service.link.is_up)
            await clients.start()
            await within(juliet.online())
            await sees(juliet, NURSE)
        assert service.link.is_up


@in_reactor
async def test_the_contacts_of_a_new_peer_know_nobody(clients: Clients, tmp_path: Path) -> None:
    """What they held is gone with the process before; who asks again is accepted again."""
    juliet = await clients.online("juliet")
    async with running(clients.server, tmp_path):
        await juliet.roster.subscribe(NURSE)
        await sees(juliet, NURSE)
    async with running(clients.server, tmp_path):
        await juliet.roster.unsubscribe(NURSE)
        await juliet.roster.wait_for(lambda roster: NURSE not in roster or roster[NURSE].subscription == "none")
        await juliet.roster.subscribe(NURSE)
        await sees(juliet, NURSE)


@in_reactor
async def test_a_wrong_secret_is_said(clients: Clients, tmp_path: Path) -> None:
    """What each server says of it ends with the sentence that names the option."""
    service = peer(clients.server, tmp_path, secret="guess")
    service.startService()
    with pytest.raises(NotTakenError, match="--secret-file"):
        await within(service.ready)
    await service.stopService()


@in_reactor
async def test_an_unknown_domain_is_said(clients: Clients, tmp_path: Path) -> None:
    """The sentence names it; an ejabberd with one secret for all domains takes whoever shows that."""
    service = peer(clients.server, tmp_path, domain="other.test", contacts=None, control_port=0)
    service.startService()
    try:
        if clients.server.name == "ejabberd":
            await within(service.ready)
        else:
            with pytest.raises(NotTakenError, match=r"expects no component other\.test"):
                await within(service.ready)
    finally:
        await service.stopService()


@in_reactor
async def test_a_taken_domain_is_said(clients: Clients, tmp_path: Path) -> None:
    """Where a domain is one component's; ejabberd takes any number, between whom it shares out what comes."""
    async with running(clients.server, tmp_path) as first:
        second = peer(clients.server, tmp_path)
        second.startService()
        try:
            if clients.server.name == "ejabberd":
                await within(second.ready)
            else:
                with pytest.raises(NotTakenError, match=r"component contacts\.test is taken"):
                    await within(second.ready)
        finally:
            await second.stopService()
        assert first.link.is_up


@in_reactor
async def test_a_port_for_clients_is_none_for_components(clients: Clients, tmp_path: Path) -> None:
    """Whatever a server says to a stream that it does not understand, the sentence names the option."""
    service = peer(clients.server, tmp_path, port=clients.server.port)
    service.startService()
    with pytest.raises(NotTakenError, match="--component-connect"):
        await within(service.ready)
    await service.stopService()


@in_reactor
async def test_a_peer_and_its_server_may_start_at_once(clients: Clients, tmp_path: Path) -> None:
    """The peer waits until it is there."""
    await clients.stop()
    service = peer(clients.server, tmp_path)
    service.startService()
    await clients.start()
    await within(service.ready)
    await service.stopService()


# What only ejabberd can do


@in_reactor
async def test_ejabberd_lets_it_read_a_roster(tmp_path: Path) -> None:
    """XEP-0356 in the namespace of version 1: the server's own idea of a user's roster."""
    async with (
        _ejabberd(privileged=[DOMAIN]) as clients,
        running(clients.server, tmp_path, control_port=0) as service,
    ):
        juliet = await clients.online("juliet")
        await juliet.roster.subscribe(NURSE)
        await sees(juliet, NURSE)
        call = f"/v1/networks/main/server-roster/{clients.account('juliet')}"
        answer = await ensureDeferred(service.routes.call("GET", call, None))
        entry = {"subscription": "to", "ask": False, "approved": False, "name": None, "groups": []}
        assert answer.body["items"] == {NURSE: entry}


@in_reactor
async def test_ejabberd_shares_a_domain_out_to_two_peers(tmp_path: Path) -> None:
    """Each contact is played by one of them, and by the same for everybody."""
    contacts = [f"c{number}@{DOMAIN}" for number in range(10)]
    async with (
        _ejabberd(balanced={DOMAIN: 2}) as clients,
        running(clients.server, tmp_path, *contacts, shared=True) as one,
        running(clients.server, tmp_path, *contacts, shared=True) as other,
    ):
        people = [await clients.online(role) for role in ("juliet", "romeo")]
        for person, contact in itertools.product(people, contacts):
            await person.roster.subscribe(contact)
        for person, contact in itertools.product(people, contacts):
            await sees(person, contact)
        played = [set(service.network.stage.contacts) for service in (one, other)]  # type: ignore[union-attr]
        assert played[0] | played[1] == set(contacts) and not played[0] & played[1]
        assert played[0] and played[1]


@asynccontextmanager
async def _ejabberd(**options: Any) -> AsyncIterator[Clients]:
    """An ejabberd of the test's own, started and ended beside the reactor."""
    context = ejabberd(ACCOUNTS, components={DOMAIN: SECRET}, **options)
    server = await deferToThread(context.__enter__)
    clients = Clients(server, itertools.count(1))
    try:
        yield clients
    finally:
        await clients.log_out()
        await deferToThread(context.__exit__, None, None, None)
