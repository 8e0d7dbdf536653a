"""Calls about whole networks: made, looked at, reset, dropped, and their time.

Tests: ``tests/net/control/test_networks.py``.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime

from rosterkit.core.fields import LONGEST
from rosterkit.core.jid import Jid
from rosterkit.core.state import Account
from rosterkit.errors import STREAM_SYSTEM_SHUTDOWN
from rosterkit.net.clock import MOST_TIMERS
from rosterkit.net.control.call import Answer, Call
from rosterkit.net.control.refusal import conflict, missing, wrong
from rosterkit.net.control.seeds import account_jid, read_seed
from rosterkit.net.control.site import Routes
from rosterkit.net.hub import Hub
from rosterkit.net.network import Network

__all__ = ["Networks"]

_DROPPED = STREAM_SYSTEM_SHUTDOWN.saying("The network was dropped.")
#: The network of the configuration cannot be replaced.
_MAIN = "main"


class Networks:
    """The networks of a process, for all calls.

    ``listen`` opens a port for one network and gives what the ready line would say of it; ``unlisten`` closes it.
    """

    def __init__(
        self,
        hub: Hub,
        reactor: IReactorTime,
        listen: Callable[[Network], Deferred[dict[str, Any]]],
        unlisten: Callable[[Network], None],
    ) -> None:
        self.hub = hub
        self._reactor = reactor
        self._listen = listen
        self._unlisten = unlisten
        self._numbers = itertools.count(1)
        self._ports: dict[Network, dict[str, Any]] = {}

    def route(self, routes: Routes) -> None:
        """Answer these calls."""
        routes.add("GET", "/v1/networks", self._list)
        routes.add("POST", "/v1/networks", self._make)
        routes.add("PUT", "/v1/networks/{network}", self._put)
        routes.add("GET", "/v1/networks/{network}", lambda call: Answer(200, self.json(self.find(call))))
        routes.add("DELETE", "/v1/networks/{network}", self._drop)
        routes.add("POST", "/v1/networks/{network}/reset", self._reset, changes=False)  # it is a beginning
        routes.add("GET", "/v1/networks/{network}/clock", lambda call: Answer(200, _clock(self.find(call))))
        routes.add("POST", "/v1/networks/{network}/clock", self._forward)

    # For the other calls

    def find(self, call: Call) -> Network:
        """The network that the path names."""
        name = call.path["network"]
        network = self.hub.networks.get(name)
        if network is None:
            raise missing("network", f"{name!r:.80} is not there", "one of GET /v1/networks")
        return network

    def address(self, network: Network, call: Call, key: str = "account") -> Jid:
        """The bare JID that the path names."""
        return account_jid(call.path[key], network.seed.domains[0], key)

    def account(self, call: Call) -> tuple[Network, Account]:
        """The network and the account that the path names."""
        network = self.find(call)
        address = self.address(network, call)
        account = network.account(address)
        if account is None:
            raise missing(
                "account", f"{address.bare} is not there", f"one of GET /v1/networks/{network.name}/accounts"
            )
        return network, account

    def json(self, network: Network) -> dict[str, Any]:
        """A network as it is now."""
        stage = network.stage
        return {
            "name": network.name,
            "domains": list(network.seed.domains),
            "remote": list(stage.domains) if stage is not None else [],
            "accounts": [
                bare for bare, account in network.world.accounts.items() if account.credentials or account.temporary
            ],
            "contacts": list(stage.contacts) if stage is not None else [],
            "sessions": sum(len(account.sessions) for account in network.world.accounts.values()),
            "cursor": network.journal.cursor if network.journal is not None else 0,
            "clock": _clock(network),
            "c2s": self._ports.get(network),
        }

    # The calls

    def _list(self, call: Call) -> Answer:
        call.only(())
        return Answer(200, {"networks": [self.json(network) for network in self.hub.networks.values()]})

    async def _make(self, call: Call) -> Answer:
        names = (f"n{number}.test" for number in self._numbers)
        name = next(name for name in names if name not in self.hub.networks and self.hub.holder(name) is None)
        return Answer(201, await self._add(name, call.body))

    async def _put(self, call: Call) -> Answer:
        name = call.path["network"]
        if name == _MAIN or not 0 < len(name) <= 255 or not name.isprintable():
            raise conflict("network", f"{name!r:.80} is no name to be given", "another name")
        replaced = name in self.hub.networks
        return Answer(200 if replaced else 201, await self._add(name, call.body))

    async def _add(self, name: str, body: Any) -> dict[str, Any]:
        seed = read_seed(body if body is not None else {}, name)
        seed = replace(seed, settings=seed.settings._replace(limits=self.hub.limits))
        older = self.hub.networks.get(name)
        if not seed.own_port:
            for domain in (*seed.domains, *seed.components):
                holder = self.hub.holder(domain)
                if holder is not None and holder is not older:
                    raise conflict(
                        "domains", f"{domain} belongs to the network {holder.name}", "own_port, or another"
                    )
        network = Network(seed, self._reactor)  # which may refuse the seed: then the older one stays
        port = await self._listen(network) if seed.own_port else None
        if older is not None:
            self._remove(older)
        self.hub.add(network)
        if port is not None:
            self._ports[network] = port
        return self.json(network)

    def _drop(self, call: Call) -> Answer:
        network = self.find(call)
        if network.name == _MAIN:
            raise conflict("network", "main is the network of the configuration", "another network, or a reset")
        self._remove(network)
        return Answer(204, None)

    def _remove(self, network: Network) -> None:
        self.hub.remove(network)
        network.end(_DROPPED)
        network.close()
        if self._ports.pop(network, None) is not None:
            self._unlisten(network)

    def _reset(self, call: Call) -> Answer:
        network = self.find(call)
        if network.durable:
            raise conflict("network", "is kept in the database of --db, which has no seed", "a network in memory")
        network.reset()
        return Answer(200, self.json(network))

    def _forward(self, call: Call) -> Answer:
        network = self.find(call)
        found = call.fields("forward")
        found.needed("forward", f"seconds from 0 to {LONGEST}")
        seconds = found.seconds("forward", 0) or 0
        if network.clock.offset + seconds > LONGEST:
            raise wrong("forward", f"leads beyond {LONGEST} s", "fewer seconds, or a reset")
        network.note("control", f"The clock is moved forward by {seconds:g} s.")
        network.settle()
        if not network.clock.forward(seconds, network.settle):
            raise conflict(
                "forward", f"has led to {MOST_TIMERS} things that were due, and stops there", "smaller steps"
            )
        return Answer(200, _clock(network))


def _clock(network: Network) -> dict[str, float]:
    return {"now": round(network.clock.seconds(), 6), "offset": round(network.clock.offset, 6)}
