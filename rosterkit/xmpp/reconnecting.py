"""A connection that is followed by another one: an attempt, a pause or a stream, one at a time.

Twisted's ClientService is not used: it counts a connection as good when TCP is there, and here only one that the
server has taken is.

Tests: ``tests/client/test_reconnecting.py``, ``tests/peer/test_peer_connecting.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from twisted.application.service import Service
from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IDelayedCall, IProtocolFactory, IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.words.protocols.jabber.xmlstream import Authenticator
from twisted.words.xish.xmlstream import STREAM_ERROR_EVENT

from rosterkit.xmpp.handlers import StreamManager
from rosterkit.xmpp.streams import DEFAULT_LIMIT, ClientXmlStream, StreamFactory

__all__ = ["Connect", "Reconnecting"]

#: Makes an attempt to connect; fires with the protocol.
Connect: TypeAlias = Callable[[IProtocolFactory], Deferred[Any]]

_log = Logger()


class Reconnecting(StreamManager, Service):  # type: ignore[misc]  # Wokkel has no types
    """A Wokkel stream manager and a Twisted service, of which ``connect`` makes each attempt.

    What comes after each end is for :meth:`_ended` to say.  ``backoff`` gives the seconds to wait after so many
    failures in a row, 0 for the first; the end of a stream that has lasted ``steady`` seconds is the first again.
    ``patience`` (seconds) bounds the login (or a component's handshake), ``limit`` (bytes) a stanza.
    """

    def __init__(
        self,
        authenticator: Callable[[], Authenticator],
        connect: Connect,
        *,
        backoff: Callable[[int], float],
        steady: float,
        patience: float,
        limit: int = DEFAULT_LIMIT,
        reactor: IReactorTime,
    ) -> None:
        factory: Any = StreamFactory(authenticator, reactor, limit)
        StreamManager.__init__(self, factory, reactor)
        factory.addBootstrap(STREAM_ERROR_EVENT, self._stream_error)
        self._connect = connect
        self._backoff = backoff
        self._steady = steady
        self._patience = patience
        self._failures = 0  # in a row
        self._since: float | None = None  # when the server has taken this stream
        self._why: BaseException | None = None  # this stream ends, where we know better than its transport
        self._deadline: IDelayedCall | None = None
        # At most one of these three is there: an attempt, the pause before the next, a stream (self.xmlstream).
        self._connecting: Deferred[Any] | None = None
        self._retry: IDelayedCall | None = None
        self._stopping: list[Deferred[None]] = []

    def startService(self) -> None:
        """Connect.  A no-op where that is done already, and until a :meth:`stopService` has fired."""
        if not self.running and not self._stopping:
            Service.startService(self)
            self._failures = 0
            self._try()

    def stopService(self) -> Deferred[None]:
        """End the stream and make no other; fires when the connection is gone, after 5 seconds at most.

        Again is a no-op that fires together with the first.
        """
        stopped: Deferred[None] = Deferred()
        busy = self.xmlstream is not None or self._connecting is not None
        if busy:
            self._stopping.append(stopped)  # first, so that whoever hears of it cannot start again before the end
        if self.running:
            self._halt()
        if not busy:
            self._let_go()
            return succeed(None)
        if len(self._stopping) == 1:
            self._leave()
        return stopped

    # What a kind of connection adds

    def _ended(self, why: BaseException | None, admitted: bool) -> None:
        """A connection has ended, or has not come about: :meth:`_try_after` a :meth:`_pause`, or :meth:`_halt`.

        ``admitted`` says that the server had taken it.
        """
        raise NotImplementedError

    def _halt(self) -> None:
        """Make no more attempts."""
        Service.stopService(self)
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None

    def _leave(self) -> None:
        """Give up the attempt or the stream that there is."""
        if self.xmlstream is not None:
            self.xmlstream.close()
        elif self._connecting is not None:
            self._connecting.cancel()

    def _admitted(self, stream: ClientXmlStream) -> None:
        """The server has taken the stream; the handlers begin."""
        try:
            super()._authd(stream)
        except Exception:  # noqa: BLE001  # a handler's error is not the connection's
            _log.failure("A handler failed at the start of a stream.")

    def _let_go(self) -> None:
        """There is no connection, and none will be made."""

    # Attempts

    def _pause(self) -> float:
        """Seconds to wait after one more failure."""
        self._failures += 1
        return self._backoff(self._failures - 1)

    def _try_after(self, seconds: float) -> None:
        self._retry = self._reactor.callLater(seconds, self._try)

    def _try(self) -> None:
        self._retry = None
        connecting = self._connecting = self._connect(self.factory)
        connecting.addCallbacks(self._reached, self._not_reached)

    def _reached(self, _stream: object) -> None:
        self._connecting = None

    def _not_reached(self, failure: Failure) -> None:
        self._connecting = None
        self._over(failure.value, admitted=False)

    def _over(self, why: BaseException | None, admitted: bool) -> None:
        """A connection has ended, or has not come about."""
        if self.running:
            self._ended(why, admitted)
            return
        self._let_go()
        stopping, self._stopping = self._stopping, []
        for stopped in stopping:
            stopped.callback(None)

    # What the stream tells

    def _connected(self, xs: ClientXmlStream) -> None:
        self._why = None
        self._deadline = self._reactor.callLater(self._patience, self._too_late, xs)
        super()._connected(xs)

    def _too_late(self, stream: ClientXmlStream) -> None:
        self._why = TimeoutError(f"the login was not done after {self._patience:g} s.")
        stream.transport.abortConnection()

    def _authd(self, xs: ClientXmlStream) -> None:
        self._cancel_deadline()
        if self.running:  # else it was told to leave in the meantime
            self._since = self._reactor.seconds()
            self._admitted(xs)

    def initializationFailed(self, reason: Failure) -> None:
        """The login has failed; the stream is ended, and what comes next is decided when it is gone."""
        if self.xmlstream is not None:
            self._why = self._why or reason.value
            self.xmlstream.hang_up()

    def _stream_error(self, failure: Failure) -> None:
        self._why = self._why or failure.value

    def _disconnected(self, reason: Failure) -> None:
        self._cancel_deadline()
        since, self._since = self._since, None
        if since is not None and self._reactor.seconds() - since >= self._steady:
            self._failures = 0
        try:
            super()._disconnected(reason)
        except Exception:  # noqa: BLE001  # a handler's error must not keep the connection from coming back
            _log.failure("A handler failed at the end of a stream.")
        self._over(self._why or reason.value, admitted=since is not None)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        self._deadline = None
