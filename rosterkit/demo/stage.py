"""Where the demo plays: a real server at free ports of loopback, and real clients on sockets of their own.

Everything that a story says is asked here: of the server by the calls of its control API, of a client by its roster.
What does not come within :data:`PATIENCE` seconds is a :class:`NotAsToldError`.

Tests: ``tests/demo/test_demo_stage.py``.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from twisted.internet.defer import Deferred, DeferredList
from twisted.internet.defer import TimeoutError as NotInTime

from rosterkit.client.cache import MemoryCache
from rosterkit.client.connecting import Client, connect
from rosterkit.client.roster import RosterClient
from rosterkit.core.subscription import State
from rosterkit.demo.telling import Shown
from rosterkit.entries import Account
from rosterkit.errors import RosterkitError
from rosterkit.net.service import MAIN
from rosterkit.testing.domains import Domain
from rosterkit.testing.in_process import InProcessServer

__all__ = ["ACCOUNTS", "DOMAIN", "PATIENCE", "Device", "NotAsToldError", "Stage"]

DOMAIN = "localhost"
#: By name, the passwords of the README.
ACCOUNTS = {"juliet": "capulet", "romeo": "montague"}
#: Seconds within which everything has to happen; all of it takes milliseconds.
PATIENCE = 10.0


_LABELS = {state.spelled: state.label for state in State}


class NotAsToldError(RosterkitError):
    """Something did not happen as the story tells it; the text says what."""


class Device(NamedTuple):
    """A client that is logged in; ``name`` is account and resource, ``juliet/laptop``."""

    name: str
    client: Client

    @property
    def jid(self) -> str:
        """The full JID."""
        full: str = self.client.jid.full()
        return full

    @property
    def roster(self) -> RosterClient:
        """The roster as this client has it."""
        roster: RosterClient = self.client.roster
        return roster


class Stage:
    """The server and who is logged in to it, on ``reactor``."""

    def __init__(self, reactor: Any) -> None:
        accounts = tuple(Account(f"{name}@{DOMAIN}", password) for name, password in ACCOUNTS.items())
        self._reactor = reactor
        self._server = InProcessServer(
            reactor,
            domains=(DOMAIN,),
            accounts=accounts,
            control_port=0,
            tls_port=None,
            websocket_port=None,
            allow_plaintext=False,
        )
        self._domain: Domain | None = None
        self._clients: list[Client] = []
        self._fences = itertools.count(1)

    async def start(self) -> None:
        """Listen; fails as ``rosterkit serve`` does."""
        await self._server.start()
        self._domain = Domain(self._server.call, MAIN, self._server.ready)

    async def stop(self) -> None:
        """Log everybody out and end the server; also in the middle of something."""
        leaving = [client.disconnect() for client in self._clients]
        await self._server.stop()  # which also ends what a client waits for in the middle of a login
        await DeferredList(leaving)

    @property
    def domain(self) -> Domain:
        """The calls of the control API."""
        if self._domain is None:
            raise RuntimeError("The server has not been started.")
        return self._domain

    # Clients

    async def enter(
        self, name: str, cache: MemoryCache | None = None, *, handlers: Iterable[Any] = (), roster: bool = True
    ) -> Device:
        """Log in as ``name``, account and resource; without ``roster`` only the ``handlers`` know of one."""
        account, _, resource = name.partition("/")
        client = connect(
            f"{account}@{DOMAIN}/{resource}",
            ACCOUNTS[account],
            host=self.domain.host,
            port=self.domain.port,
            ca_file=self.domain.ca_file,
            roster=None if roster else False,
            cache=cache,
            presence=roster,
            handlers=handlers,
            reactor=self._reactor,
        )
        self._clients.append(client)
        try:
            await client.online().addTimeout(PATIENCE, self._reactor)
        except NotInTime as error:
            why = f": {client.failure}" if client.failure is not None else ""
            raise NotAsToldError(f"{name} could not log in within {PATIENCE:g} seconds{why}.") from error
        return Device(name, client)

    async def until(self, device: Device, condition: Callable[[RosterClient], object], claim: str) -> None:
        """Wait until the roster of a client is as ``claim`` says."""
        try:
            await device.roster.wait_for(condition, PATIENCE)
        except TimeoutError as error:
            raise NotAsToldError(f"{claim} This has not come about within {PATIENCE:g} seconds.") from error

    # What the server knows

    async def cursor(self) -> int:
        """The number of the newest entry of the journal."""
        network = await self._call("GET", "")
        number: int = network["cursor"]
        return number

    async def sent(self, device: Device, match: str, since: int) -> Shown:
        """What a client has sent that matches, after the entry ``since`` of the journal."""
        return await self._seen(device, match, since, "in")

    async def received(self, device: Device, match: str, since: int) -> Shown:
        """What a client was sent that matches."""
        return await self._seen(device, match, since, "out")

    async def passed(self, device: Device, since: int) -> list[dict[str, Any]]:
        """The entries of the journal of one client, after ``since``."""
        entries = await self.domain.journal
        return [entry for entry in entries if entry["jid"] == device.jid and entry["number"] > since]

    async def fence(self, device: Device) -> None:
        """Wait until a client has answered a ping: whatever it was sent before has had its effect."""
        since, number = await self.cursor(), next(self._fences)
        ping = "<ping xmlns='urn:xmpp:ping'/>"
        await self.domain.send(device.jid, f"<iq type='get' id='fence-{number}' from='{DOMAIN}'>{ping}</iq>")
        await self.sent(device, f"<iq id='fence-{number}'/>", since)

    async def states(self, account: str, contact: str) -> tuple[str, str]:
        """The states of a pair on both sides, as RFC 6121 §A.1 calls them."""
        read = await self._call("GET", f"/accounts/{account}/pairs")
        pair = read["pairs"].get(f"{contact}@{DOMAIN}")
        if pair is None:
            return State.NONE.label, State.NONE.label
        return _LABELS[pair["state"]], _LABELS[pair["theirs"]]

    def _call(self, method: str, path: str, body: Any = None) -> Deferred[Any]:
        return self._server.call(method, f"/networks/{MAIN}{path}", body)

    async def _seen(self, device: Device, match: str, since: int, direction: str) -> Shown:
        wait = {"match": match, "since": since, "session": device.jid, "direction": direction, "within": PATIENCE}
        ended = await self._call("POST", "/wait", wait)
        if ended["outcome"] != "met":
            raise NotAsToldError(f"{device.name}: {ended['verdict']}")
        entry = ended["entry"]
        read = await self._call("GET", f"/journal/{entry['number']}/rule")
        section = read["rule"]["section"] if read["rule"] is not None else ""
        return Shown(device.name, direction == "in", entry["xml"], section, entry["fault"])
