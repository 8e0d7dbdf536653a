"""The peer's one network: its contacts at home in the component's domain, everybody else behind an uplink.

Tests: ``tests/peer/test_peer_service.py``.
"""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime

from rosterkit.core.stage import Stage
from rosterkit.core.stanza import Stanza
from rosterkit.core.state import Uplink
from rosterkit.core.wings import Wings
from rosterkit.net.network import Network
from rosterkit.net.seed import Seed
from rosterkit.peer.link import ServerLink

__all__ = ["PeerNetwork"]


class PeerNetwork(Network):
    """The network of ``seed``, which has one domain, joined to a server by ``link``.

    Contacts begin when the server has first taken the component, so that whatever they say is heard.  Where the
    domain is ``shared`` with other processes, each waits besides until the server brings something for it.
    """

    def __init__(self, seed: Seed, link: ServerLink, reactor: IReactorTime, shared: bool = False) -> None:
        self.link = link
        self.uplink = Uplink(up=False)
        self.wings: Wings | None = None
        self._shared = shared
        self._begun = False
        link.network = self
        super().__init__(seed, reactor)

    # What the link tells

    def server_came(self) -> None:
        """The server has taken the component, at first or again: it learns what it may have forgotten."""
        self.open(self.uplink)
        if self.stage is not None and not self._begun:
            self._begin(self.stage)
        self.settle()

    def server_went(self) -> None:
        """The connection is gone: whatever is for elsewhere has no way until it is back."""
        self.lose(self.uplink)
        self.end_turn()

    def hear(self, stanza: Stanza) -> None:
        """The server has brought a stanza."""
        if self.wings is not None and stanza.to is not None and self.wings.cue(stanza.to, self.clock.seconds()):
            self.note("contact", f"{stanza.to.bare} is played here.", account=stanza.to.bare)
            self.play()
            self.settle()  # it is there before it is told what was brought
        self.receive(self.uplink, stanza)

    # As a whole

    def farewell(self) -> None:
        """Let every contact go offline, as when a server shuts down: those who see one are told."""
        for account in self.world.accounts.values():
            for session in list(account.sessions.values()):
                self.lose(session)
        self.end_turn()

    def _sow(self) -> None:
        self._begun = False
        self.wings = None
        self.uplink = self.world.uplink = Uplink(up=self.link.is_up)
        self.uplink.peer = self.link
        if self.link.label:
            self.connections[self.link.label] = self.link  # a reset does not touch it
        else:
            self.attach(self.link)
        super()._sow()

    def _begin(self, stage: Stage) -> None:
        if not self.link.is_up:
            return
        self._begun = True
        if not self._shared:
            super()._begin(stage)
            return
        self.wings = Wings(stage)
        for contact in self.seed.contacts:
            self.wings.put(contact.jid, contact.script, contact.roster)
