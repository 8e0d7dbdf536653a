"""The connection of the component to its server: one at a time, and always another one after it.

Until the server has taken the component once, somebody may be waiting who can still change the command: what cannot
come right by itself ends the trying.  From then on nothing does, as every server restarts some day.

Tests: ``tests/peer/test_peer_connecting.py``.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger

from rosterkit.entries import Component
from rosterkit.errors import NotTakenError
from rosterkit.peer.outcomes import refusal
from rosterkit.xmpp.component import ComponentAuthenticator
from rosterkit.xmpp.endings import sentence
from rosterkit.xmpp.reconnecting import Connect, Reconnecting
from rosterkit.xmpp.streams import ClientXmlStream

__all__ = ["FIRST", "LONGEST", "PATIENCE", "STEADY", "ComponentConnection", "pause"]

#: Seconds from a connection to the end of its handshake.
PATIENCE = 10.0
#: Seconds before the first and the most before any later attempt.
FIRST, LONGEST = 0.2, 30.0
#: Seconds that a stream must have lasted for its end to count as the first failure.
STEADY = 30.0

_log = Logger()


def pause(failures: int, draw: Callable[[], float] = random.random) -> float:
    """Seconds to wait after so many failures in a row, 0 for the first; ``draw`` gives numbers of [0, 1).

    Each is twice as long as the one before, and a part of it, up to a half, is left out at random: many components
    that lost the same server do not all come back at once.
    """
    return min(LONGEST, FIRST * 2.0 ** min(failures, 16)) * (1 - draw() / 2)


class ComponentConnection(Reconnecting):
    """The connection of ``component``.

    ``connect`` makes an attempt, of which ``place`` is what sentences call it.  ``taken`` fires when the server has
    taken the component for the first time; it fails with :class:`NotTakenError` where it never will, or has not after
    ``wait`` seconds, and stays silent where the service is stopped before.  ``told`` hears each change as a sentence.
    """

    def __init__(
        self,
        component: Component,
        place: str,
        connect: Connect,
        *,
        wait: float,
        limit: int,
        backoff: Callable[[int], float],
        told: Callable[[str], object],
        reactor: IReactorTime,
    ) -> None:
        super().__init__(
            lambda: ComponentAuthenticator(*component),
            connect,
            backoff=backoff,
            steady=STEADY,
            patience=PATIENCE,
            limit=limit,
            reactor=reactor,
        )
        self.taken: Deferred[None] = Deferred()
        self._domain = component.domain
        self._place = place
        self._wait = wait
        self._until = 0.0
        self._told = told

    def startService(self) -> None:
        """Make the first attempt."""
        self._until = self._reactor.seconds() + self._wait
        super().startService()

    def _ended(self, why: BaseException | None, admitted: bool) -> None:  # noqa: ARG002  # it is `taken` that counts
        seconds = self._pause()
        if not self.taken.called:
            left = self._until - self._reactor.seconds()
            final = refusal(why, self._place, self._domain) or (self._too_long(why) if left <= 0 else None)
            if final is not None:
                self._halt()
                self.taken.errback(final)
                return
            seconds = min(seconds, left)
        text = f"{self._domain} is not connected to {self._place}: {sentence(why)}. Next attempt in {seconds:.1f} s."
        _log.warn("{text}", text=text)
        self._told(text)
        self._try_after(seconds)

    def _too_long(self, why: BaseException | None) -> NotTakenError:
        within = f" within {self._wait:g} s" if self._wait else ""
        return NotTakenError(
            f"{self._place} has not taken the component {self._domain}{within}: {sentence(why)}. Start the server, "
            "change --component-connect, or give it more time with --wait SECONDS."
        )

    def _admitted(self, stream: ClientXmlStream) -> None:
        text = f"{self._domain} is connected to {self._place}."
        _log.info("{text}", text=text)
        self._told(text)
        super()._admitted(stream)
        if not self.taken.called:
            self.taken.callback(None)
