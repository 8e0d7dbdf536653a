"""Client: one account's connection, which comes back by itself.

It is a Wokkel stream manager and a Twisted service: handlers can be added to it, it can be put under an application.
There is one connection at a time.  One that fails is tried again, after about 1 second at first and about 60 at most;
what cannot get better by itself ends the trying with a sentence.

Tests: ``tests/client/test_connecting.py``, ``tests/client/test_reconnecting.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from typing import Any

from twisted.application.internet import backoffPolicy
from twisted.internet.defer import Deferred, fail, succeed
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.words.protocols.jabber.jid import JID

from rosterkit.client.outcomes import hopeless
from rosterkit.errors import RosterkitError
from rosterkit.xmpp.endings import sentence
from rosterkit.xmpp.handlers import FallbackHandler
from rosterkit.xmpp.jids import twisted_jid
from rosterkit.xmpp.login import ClientAuthenticator, Login
from rosterkit.xmpp.reaching import Route
from rosterkit.xmpp.reconnecting import Reconnecting
from rosterkit.xmpp.streams import ClientXmlStream

__all__ = ["LOGIN_TIMEOUT", "Client"]

#: Seconds from a connection to a resource that is bound.
LOGIN_TIMEOUT = 30.0
#: Seconds that a login must have lasted for its end to count as the first failure.
STEADY = 60.0

_AVAILABLE, _UNAVAILABLE = "<presence/>", "<presence type='unavailable'/>"
_log = Logger()


class Client(Reconnecting):
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
        super().__init__(
            lambda: ClientAuthenticator(login),
            route.connect,
            backoff=backoff or backoffPolicy(),
            steady=STEADY,
            patience=login_timeout,
            reactor=reactor,
        )
        self.jid: JID = twisted_jid(login.account.full)
        self.roster = roster
        self.failure: BaseException | None = None
        self._account = login.account
        self._route = route
        self._presence = presence
        self._stopped = stopped
        self._final: Exception = ConnectionError("The client has not been started.")
        self._online = False
        self._awaiting: list[Deferred[Client]] = []
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
            return fail(self._final)
        waiting: Deferred[Client] = Deferred(self._awaiting.remove)
        self._awaiting.append(waiting)
        return waiting

    def disconnect(self) -> Deferred[None]:
        """Say goodbye and close; fires when the connection is gone, after 5 seconds at most.

        No connection is made after that, until :meth:`startService`.  Whoever waits for the client gets
        ``ConnectionError``.  Again is a no-op that fires together with the first.
        """
        return self.stopService()

    # What comes after an end

    def _ended(self, why: BaseException | None, admitted: bool) -> None:
        final = hopeless(why, self._account, admitted)
        self.failure = final or why
        if final is not None:
            _log.error("{account} stays offline. {why}", account=self._account.bare, why=final)
            self._let_go()
            self._halt(final)
            return
        delay = self._pause()
        _log.warn(
            "{account} is offline, next attempt at {route} in {delay:.1f} s. The reason: {why}",
            account=self._account.bare,
            route=self._route,
            delay=delay,
            why=sentence(why),
        )
        self._try_after(delay)

    def _let_go(self) -> None:
        """There is no connection and none will be made: what is held for the client alone is closed."""
        if self._stopped is None:
            return
        try:
            self._stopped()
        except RosterkitError as error:
            _log.warn("{why}", why=error)

    def _halt(self, why: Exception | None = None) -> None:
        """Make no more attempts; whoever waits fails with ``why``."""
        super()._halt()
        self._final = why or ConnectionError("The client was disconnected before it was online.")
        awaiting, self._awaiting = self._awaiting, []
        for waiting in awaiting:
            waiting.errback(self._final)

    def _leave(self) -> None:
        if self._online and self._presence:
            self.xmlstream.send(_UNAVAILABLE)
        self._since, self._online = None, False
        super()._leave()

    # What the stream tells

    def _admitted(self, stream: ClientXmlStream) -> None:
        """Logged in: the roster first, as the first of the handlers."""
        self.jid = stream.authenticator.jid
        self.failure = None
        _log.info("{jid} is logged in.", jid=self.jid.full())
        super()._admitted(stream)
        if self.roster is None:
            self._ready()

    def _ready_without_roster(self, _error: object) -> None:
        self._ready()

    def _ready(self) -> None:
        """The roster is there: contacts may show up now (RFC 6121 §2.2)."""
        if self._since is None or self._online:
            return
        self._online = True
        if self._presence:
            self.xmlstream.send(_AVAILABLE)
        awaiting, self._awaiting = self._awaiting, []
        for waiting in awaiting:
            waiting.callback(self)

    def _disconnected(self, reason: Failure) -> None:
        self._online = False
        super()._disconnected(reason)
