"""Client: one account's connection, which comes back by itself.

It is a Wokkel stream manager and a Twisted service: handlers can be added to it, it can be put under an application.
There is one connection at a time.  One that fails is tried again, after about 1 second at first and about 60 at most;
what cannot get better by itself ends the trying with a sentence.  Twisted's ClientService is not used: it counts a
connection as good when TCP is there, and here only a login is.

Tests: ``tests/client/test_connecting.py``, ``tests/client/test_reconnecting.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Any

from twisted.application.internet import backoffPolicy
from twisted.application.service import Service
from twisted.internet.defer import Deferred, fail, succeed
from twisted.internet.interfaces import IDelayedCall, IProtocolFactory
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.words.protocols.jabber.jid import JID
from twisted.words.xish.xmlstream import STREAM_ERROR_EVENT

from rosterkit.client.outcomes import hopeless, sentence
from rosterkit.errors import RosterkitError
from rosterkit.xmpp.handlers import FallbackHandler, StreamManager
from rosterkit.xmpp.jids import twisted_jid
from rosterkit.xmpp.login import ClientAuthenticator, Login
from rosterkit.xmpp.reaching import Route
from rosterkit.xmpp.streams import ClientXmlStream, StreamFactory

__all__ = ["LOGIN_TIMEOUT", "Client"]

#: Seconds from a connection to a resource that is bound.
LOGIN_TIMEOUT = 30.0
#: Seconds that a login must have lasted for its end to count as the first failure.
STEADY = 60.0

_AVAILABLE, _UNAVAILABLE = "<presence/>", "<presence type='unavailable'/>"
_log = Logger()


class Client(StreamManager, Service):  # type: ignore[misc]  # Wokkel has no types
    """One account's connection.  ``await client`` gives the client when it is online.

    ``jid`` is Twisted's, full after a login.  ``roster`` is the RosterClient, or None.  ``failure`` is why the last
    connection ended or could not be made, None while that does not matter any more.
    """

    def __init__(
        self,
        login: Login,
        route: Route,
        roster: Any = None,
        handlers: Iterable[Any] = (),
        *,
        presence: bool = True,
        login_timeout: float = LOGIN_TIMEOUT,
        backoff: Callable[[int], float] | None = None,
        stopped: Callable[[], None] | None = None,
        reactor: Any,
    ) -> None:
        factory: Any = StreamFactory(lambda: ClientAuthenticator(login), reactor)
        StreamManager.__init__(self, factory, reactor)
        factory.addBootstrap(STREAM_ERROR_EVENT, self._stream_error)
        self.jid: JID = twisted_jid(login.account.full)
        self.roster = roster
        self.failure: BaseException | None = None
        self._account = login.account
        self._route = route
        self._presence = presence
        self._login_timeout = login_timeout
        self._backoff = backoff or backoffPolicy()
        self._stopped = stopped
        self._failures = 0  # in a row
        self._since = 0.0  # the time of the last login
        self._final: Exception | None = ConnectionError("The client has not been started.")
        self._logged_in = self._online = False
        self._why: BaseException | None = None  # this connection ends, where we know better than its transport
        self._deadline: IDelayedCall | None = None
        # At most one of these three is there: an attempt, the wait for the next, a stream (self.xmlstream).
        self._connecting: Deferred[Any] | None = None
        self._retry: IDelayedCall | None = None
        self._awaiting: list[Deferred[Client]] = []
        self._stopping: list[Deferred[None]] = []
        if roster is not None:
            roster.on_initial_roster_received.connect(self._ready)
            roster.on_fetch_failed.connect(self._ready_without_roster)
            roster.setHandlerParent(self)
        for handler in (*handlers, FallbackHandler()):  # every request has an answer (RFC 6120 §8.2.3)
            handler.setHandlerParent(self)

    def __await__(self) -> Generator[Deferred[Client], None, Client]:
        """The client, once it is online; raises what :meth:`online` fails with."""
        waiting: Generator[Deferred[Client], None, Client] = self.online().__await__()
        return waiting

    def __repr__(self) -> str:
        state = "online" if self._online else "offline" if self.running else "stopped"
        return f"<Client {self._account.bare}: {state}>"

    def online(self) -> Deferred[Client]:
        """Fires with the client when it is logged in and the roster has come; at once where that is so.

        Network failures are waited out, also before the first login.  Fails with
        :class:`~rosterkit.wire.sasl_client.LoginError` or :class:`~rosterkit.xmpp.certificates.TlsError` when there
        is no use in trying, and with ``ConnectionError`` when the client is disconnected.  A server that does not
        give the roster is no failure: the roster's ``on_fetch_failed`` tells.  Cancelling it ends the wait only.
        Under asyncio, await ``client.online().asFuture(loop)``.
        """
        if self._online:
            return succeed(self)
        if not self.running:
            return fail(self._final or ConnectionError("The client has been disconnected."))
        waiting: Deferred[Client] = Deferred(self._awaiting.remove)
        self._awaiting.append(waiting)
        return waiting

    def startService(self) -> None:
        """Connect.  A no-op where that is done already, and until a :meth:`disconnect` has fired.

        :func:`~rosterkit.client.connecting.connect` has called it.
        """
        if not self.running and not self._stopping:
            Service.startService(self)
            self._final = None
            self._failures = 0
            self._try()

    def stopService(self) -> Deferred[None]:
        """The same as :meth:`disconnect`."""
        return self.disconnect()

    def disconnect(self) -> Deferred[None]:
        """Say goodbye and close; fires when the connection is gone, after 5 seconds at most.

        No connection is made after that, until :meth:`startService`.  Whoever waits for the client gets
        ``ConnectionError``.  Again is a no-op that fires together with the first.
        """
        stopped: Deferred[None] = Deferred()
        busy = self.xmlstream is not None or self._connecting is not None
        if busy:
            self._stopping.append(stopped)  # first, so that whoever hears of it cannot start again before the end
        if self.running:
            self._stop(ConnectionError("The client was disconnected before it was online."))
        if not busy:
            self._let_go()
            return succeed(None)
        if len(self._stopping) == 1:
            self._leave()
        return stopped

    # Attempts

    def _try(self) -> None:
        self._retry = None
        factory: IProtocolFactory = self.factory
        connecting = self._connecting = self._route.connect(factory)
        connecting.addCallbacks(self._reached, self._not_reached)

    def _reached(self, _stream: object) -> None:
        self._connecting = None

    def _not_reached(self, failure: Failure) -> None:
        self._connecting = None
        self._over(failure.value, logged_in=False)

    def _over(self, why: BaseException | None, logged_in: bool) -> None:
        """A connection has ended, or has not come about; do what comes next."""
        if not self.running:
            self._let_go()
            stopping, self._stopping = self._stopping, []
            for stopped in stopping:
                stopped.callback(None)
            return
        final = hopeless(why, self._account, logged_in)
        self.failure = final or why
        if final is not None:
            _log.error("{account} stays offline. {why}", account=self._account.bare, why=final)
            self._let_go()
            self._stop(final)
            return
        delay = self._backoff(self._failures)
        self._failures += 1
        _log.warn(
            "{account} is offline, next attempt at {route} in {delay:.1f} s. The reason: {why}",
            account=self._account.bare,
            route=self._route,
            delay=delay,
            why=sentence(why),
        )
        self._retry = self._reactor.callLater(delay, self._try)

    def _let_go(self) -> None:
        """There is no connection and none will be made: what is held for the client alone is closed."""
        if self._stopped is None:
            return
        try:
            self._stopped()
        except RosterkitError as error:
            _log.warn("{why}", why=error)

    def _stop(self, why: Exception) -> None:
        """Make no more attempts; whoever waits fails with ``why``."""
        Service.stopService(self)
        self._final = why
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        awaiting, self._awaiting = self._awaiting, []
        for waiting in awaiting:
            waiting.errback(why)

    def _leave(self) -> None:
        """Give up the attempt or the stream that there is."""
        stream: Any = self.xmlstream
        if stream is None:
            assert self._connecting is not None
            self._connecting.cancel()
            return
        if self._online and self._presence:
            stream.send(_UNAVAILABLE)
        self._logged_in = self._online = False
        stream.close()

    # What the stream tells

    def _connected(self, xs: ClientXmlStream) -> None:
        self._why = None
        self._deadline = self._reactor.callLater(self._login_timeout, self._too_late, xs)
        super()._connected(xs)

    def _too_late(self, stream: ClientXmlStream) -> None:
        self._why = TimeoutError(f"The login was not done after {self._login_timeout:g} s.")
        stream.transport.abortConnection()

    def _authd(self, xs: ClientXmlStream) -> None:
        """Logged in: the roster first, as the first of the handlers."""
        self._cancel_deadline()
        if not self.running:  # it was told to leave in the meantime
            return
        self.jid = xs.authenticator.jid
        self._logged_in = True
        self._since = self._reactor.seconds()
        self.failure = None
        _log.info("{jid} is logged in.", jid=self.jid.full())
        try:
            super()._authd(xs)
        except Exception:  # noqa: BLE001  # a handler's error must not keep the client from being online
            _log.failure("A handler failed at the start of the stream of {jid}.", jid=self.jid.full())
        if self.roster is None:
            self._ready()

    def _ready_without_roster(self, _error: object) -> None:
        self._ready()

    def _ready(self) -> None:
        """The roster is there: contacts may show up now (RFC 6121 §2.2)."""
        if not self._logged_in or self._online:
            return
        self._online = True
        if self._presence:
            self.xmlstream.send(_AVAILABLE)
        awaiting, self._awaiting = self._awaiting, []
        for waiting in awaiting:
            waiting.callback(self)

    def initializationFailed(self, reason: Failure) -> None:
        """The login has failed; the stream is ended, and what comes next is decided when it is gone."""
        if self.xmlstream is not None:
            self._why = self._why or reason.value
            self.xmlstream.hang_up()

    def _stream_error(self, failure: Failure) -> None:
        self._why = self._why or failure.value

    def _disconnected(self, reason: Failure) -> None:
        self._cancel_deadline()
        logged_in, self._logged_in, self._online = self._logged_in, False, False
        if logged_in and self._reactor.seconds() - self._since >= STEADY:
            self._failures = 0
        try:
            super()._disconnected(reason)
        except Exception:  # noqa: BLE001  # a handler's error must not keep the client from coming back
            _log.failure("A handler failed at the end of the stream of {jid}.", jid=self.jid.full())
        self._over(self._why or reason.value, logged_in)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None and self._deadline.active():
            self._deadline.cancel()
        self._deadline = None
