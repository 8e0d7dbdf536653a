"""The hub: every network of the process, by name and by domain.

Tests: ``tests/net/test_hub.py``.
"""

from __future__ import annotations

from rosterkit.core.limits import Limits
from rosterkit.net.network import Network

__all__ = ["Hub"]

_DEFAULT = Limits()


class Hub:
    """All the networks of a process; nothing crosses from one to another.

    A domain belongs to one network, except where a network has a port of its own and is found by that.  ``limits``
    are those of every network that is made later.
    """

    def __init__(self, limits: Limits = _DEFAULT) -> None:
        self.limits = limits
        self.networks: dict[str, Network] = {}
        self._by_domain: dict[str, Network] = {}

    def add(self, network: Network) -> None:
        """Let clients and components find ``network``, which has a name and domains that no other has."""
        self.networks[network.name] = network
        if not network.own_port:
            for domain in network.claims:
                self._by_domain[domain] = network

    def remove(self, network: Network) -> None:
        """Let nobody find it any more."""
        del self.networks[network.name]
        for domain in network.claims:
            if self._by_domain.get(domain) is network:
                del self._by_domain[domain]

    def serving(self, domain: str) -> Network | None:
        """The network of a local domain, for clients of the common ports."""
        network = self._by_domain.get(domain)
        return network if network is not None and domain in network.world.domains else None

    def expecting(self, domain: str) -> Network | None:
        """The network that a component for ``domain`` may join."""
        network = self._by_domain.get(domain)
        return network if network is not None and domain in network.world.expected else None

    def holder(self, domain: str) -> Network | None:
        """The network that has taken ``domain``, as its own or as somebody else's in it."""
        return self._by_domain.get(domain)
