"""The connection of the component to its server: one at a time, and always another one after it.

Until the server has taken the component once, somebody may be waiting who can still change the command: what cannot
come right by itself ends the trying.  From then on nothing does, as every server restarts some day.

Tests: ``tests/peer/test_peer_connecting.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.application.service import Service
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IProtocolFactory, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.words.xish.xmlstream import STREAM_ERROR_EVENT

from rosterkit.errors import NotTakenError
from rosterkit.peer.backoff import Backoff
from rosterkit.peer.outcomes import refusal, sentence
from rosterkit.xmpp.component import ComponentAuthenticator, ComponentLogin
from rosterkit.xmpp.handlers import StreamManager
from rosterkit.xmpp.streams import ClientXmlStream, StreamFactory

__all__ = ["PATIENCE", "ComponentConnection"]

#: Seconds from a connection to the end of its handshake.
PATIENCE = 10.0

_log = Logger()


class ComponentConnection(StreamManager, Service):  # type: ignore[misc]  # Wokkel has no types
    """A component's connection: a Wokkel stream manager and a Twisted service.

    ``connect`` makes an attempt, of which ``place`` is what sentences call it.  ``taken`` fires when the server has
    taken the component for the first time; it fails with :class:`NotTakenError` where it never will, or has not after
    ``wait`` seconds, and stays silent where the service is stopped before.  ``told`` hears each change as a sentence.
    """

    def __init__(
        self,
        login: ComponentLogin,
        place: str,
        connect: Callable[[IProtocolFactory], Deferred[Any]],
        *,
        wait: float,
        limit: int,
        backoff: Backoff,
        told: Callable[[str], object],
        reactor: IReactorTime,
    ) -> None:
        factory: Any = StreamFactory(lambda: ComponentAuthenticator(login), reactor, limit)
        StreamManager.__init__(self, factory, reactor)
        factory.addBootstrap(STREAM_ERROR_EVENT, self._stream_error)
        self.taken: Deferred[None] = Deferred()
        self._domain = login.domain
        self._place = place
        self._connect = connect
        self._wait = wait
        self._until = 0.0
        self._backoff = backoff
        self._told = told
        self._since: float | None = None  # when the server has taken this stream
        self._why: BaseException | None = None  # this stream ends, where we know better than its transport
        self._late: IDelayedCall | None = None
        # At most one of these three is there: an attempt, the pause before the next, a stream (self.xmlstream).
        self._connecting: Deferred[Any] | None = None
        self._retry: IDelayedCall | None = None
        self._stopped: Deferred[None] | None = None

    def startService(self) -> None:
        """Make the first attempt."""
        Service.startService(self)
        self._until = self._reactor.seconds() + self._wait
        self._try()

    def stopService(self) -> Deferred[None]:
        """End the stream and make no other; fires when the connection is gone, after 5 seconds at most."""
        Service.stopService(self)
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        stream: Any = self.xmlstream
        if stream is None and self._connecting is None:
            return succeed(None)
        if self._stopped is not None:
            return self._stopped
        stopped = self._stopped = Deferred()
        if stream is not None:
            stream.close()
        elif self._connecting is not None:
            self._connecting.cancel()
        return stopped

    # Attempts

    def _try(self) -> None:
        self._retry = None
        connecting = self._connecting = self._connect(self.factory)
        connecting.addCallbacks(self._reached, self._not_reached)

    def _reached(self, _stream: object) -> None:
        self._connecting = None

    def _not_reached(self, failure: Failure) -> None:
        self._connecting = None
        self._over(failure.value)

    def _over(self, why: BaseException | None) -> None:
        """A stream has ended, or has not come about; do what comes next."""
        if not self.running:
            stopped, self._stopped = self._stopped, None
            if stopped is not None:
                stopped.callback(None)
            return
        pause = self._backoff.next()
        if not self.taken.called:
            left = self._until - self._reactor.seconds()
            final = refusal(why, self._place, self._domain) or (self._too_long(why) if left <= 0 else None)
            if final is not None:
                Service.stopService(self)
                self.taken.errback(final)
                return
            pause = min(pause, left)
        text = f"{self._domain} is not connected to {self._place}: {sentence(why)}. Next attempt in {pause:.1f} s."
        _log.warn("{text}", text=text)
        self._told(text)
        self._retry = self._reactor.callLater(pause, self._try)

    def _too_long(self, why: BaseException | None) -> NotTakenError:
        after = f" for {self._wait:g} s" if self._wait else ""
        return NotTakenError(
            f"{self._place} has not taken the component {self._domain}{after}: {sentence(why)}. Start the server, "
            "change --component-connect, or give it more time with --wait SECONDS."
        )

    # What the stream tells

    def _connected(self, xs: ClientXmlStream) -> None:
        self._why = None
        self._late = self._reactor.callLater(PATIENCE, self._too_late, xs)
        super()._connected(xs)

    def _too_late(self, stream: ClientXmlStream) -> None:
        self._why = TimeoutError(f"there was no end of the handshake after {PATIENCE:g} s")
        stream.transport.abortConnection()

    def _authd(self, xs: ClientXmlStream) -> None:
        """The server has taken the component."""
        self._cancel_late()
        if not self.running:  # it was told to leave in the meantime
            return
        self._since = self._reactor.seconds()
        text = f"{self._domain} is connected to {self._place}."
        _log.info("{text}", text=text)
        self._told(text)
        super()._authd(xs)
        if not self.taken.called:
            self.taken.callback(None)

    def initializationFailed(self, reason: Failure) -> None:
        """There is no handshake with what answers."""
        self._why = self._why or reason.value
        if self.xmlstream is not None:
            self.xmlstream.hang_up()

    def _stream_error(self, failure: Failure) -> None:
        self._why = self._why or failure.value

    def _disconnected(self, reason: Failure) -> None:
        self._cancel_late()
        since, self._since = self._since, None
        if since is not None:
            self._backoff.lasted(self._reactor.seconds() - since)
        super()._disconnected(reason)
        self._over(self._why or reason.value)

    def _cancel_late(self) -> None:
        if self._late is not None and self._late.active():
            self._late.cancel()
        self._late = None
