"""A login, step by step: TLS, SASL, a resource (RFC 6120 §4.3, §5, §6, §7).

Each step is one of Twisted's initializers.  None of them can wait for ever: a stream that ends fails them all, and
that it ends is for whoever owns the connection to see to.  Every failure is a sentence.

Tests: ``tests/xmpp/test_login.py``, ``tests/client/test_connecting.py``, ``tests/client/test_lying_servers.py``.
"""

from __future__ import annotations

import secrets
from collections.abc import Coroutine
from typing import Any, Literal, NamedTuple, TypeAlias

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.interfaces import IOpenSSLClientConnectionCreator
from twisted.python.failure import Failure
from twisted.words.protocols.jabber import xmlstream
from twisted.words.protocols.jabber.xmlstream import INIT_FAILED_EVENT, STREAM_END_EVENT
from twisted.words.xish import domish

from rosterkit.core import jid
from rosterkit.core.jid import Jid
from rosterkit.errors import JidError
from rosterkit.wire.conditions import said_of
from rosterkit.wire.names import BIND, CLIENT, SASL, SESSION, STANZA_ERRORS, STREAM, TLS
from rosterkit.wire.sasl_client import Attempt, LoginError, choose
from rosterkit.xmpp.certificates import TlsError
from rosterkit.xmpp.jids import twisted_jid
from rosterkit.xmpp.streams import ClientXmlStream

__all__ = ["ClientAuthenticator", "Login", "LoginError", "TlsMode"]

#: Whether STARTTLS must be offered, is used where it is offered, or is not used.
TlsMode: TypeAlias = Literal["required", "optional", "never"]

_FEATURES = f"/features[@xmlns='{STREAM}']"
# Conditions that the server may have got over when it is asked again.
_PASSING_SASL = {"temporary-auth-failure", "aborted"}
_PASSING_BIND = {"conflict", "resource-constraint", "internal-server-error"}


class Login(NamedTuple):
    """Who logs in, and how.

    ``account`` may carry the wished resource.  ``context`` is for STARTTLS, None only where ``tls`` is never or
    ``direct_tls`` says that the connection is protected from the first byte on.
    """

    account: Jid
    password: str
    tls: TlsMode = "required"
    context: IOpenSSLClientConnectionCreator | None = None
    direct_tls: bool = False
    allow_plaintext_password: bool = False

    def __repr__(self) -> str:
        return f"<Login of {self.account.bare}>"


class ClientAuthenticator(xmlstream.ConnectAuthenticator):
    """Brings one connection from its first byte to a bound resource.

    ``jid`` is the account's, and from bind on the full one that the server gave.  ``secured`` says that TLS is on.
    At the end STREAM_AUTHD_EVENT is dispatched, or INIT_FAILED_EVENT with a :class:`LoginError`, a
    :class:`~rosterkit.xmpp.certificates.TlsError` or the reason for which the stream ended.
    """

    namespace = CLIENT
    xmlstream: ClientXmlStream

    def __init__(self, login: Login) -> None:
        super().__init__(login.account.domain)
        self.login = login
        self.jid = twisted_jid(login.account.full)
        self.secured = login.direct_tls

    def associateWithStream(self, xmlstream: ClientXmlStream) -> None:
        """The stream exists; the steps are put on it."""
        super().associateWithStream(xmlstream)
        steps = (_start_tls, _authenticate, _bind, _begin_session)
        xmlstream.initializers = [_Step(step, self) for step in steps]

    def connectionMade(self) -> None:
        """The connection is there: our header goes first."""
        self.xmlstream.namespace = self.namespace
        self.xmlstream.otherEntity = twisted_jid(self.login.account.domain)
        self.xmlstream.sendHeader()

    def streamStarted(self, rootElement: domish.Element) -> None:
        """The server's header has come; what it says it is called counts for nothing, its certificate does."""
        xmlstream.Authenticator.streamStarted(self, rootElement)
        stream = self.xmlstream
        stream.sid = rootElement.getAttribute("id")
        if (rootElement.uri, rootElement.name, rootElement.defaultUri) != (STREAM, "stream", CLIENT):
            self._fail("What answers there is no XMPP server for clients: its stream has another namespace.")
        elif stream.version < (1, 0):
            self._fail("The server does not speak XMPP 1.0, only something older.")
        else:
            stream.addOnetimeObserver(_FEATURES, self._offered)

    def _offered(self, features: domish.Element) -> None:
        self.xmlstream.features = {(feature.uri, feature.name): feature for feature in features.elements()}
        self.initializeStream()

    def _fail(self, text: str) -> None:
        self.xmlstream.dispatch(Failure(LoginError(text)), INIT_FAILED_EVENT)


class _Step:
    """One of Twisted's initializers, made of a coroutine function."""

    def __init__(self, step: Any, authenticator: ClientAuthenticator) -> None:
        self._step = step
        self._authenticator = authenticator

    def initialize(self) -> Deferred[Any]:
        """Fires when the step is done, with ``Reset`` where a new stream begins."""
        stream = self._authenticator.xmlstream
        doing: Coroutine[Any, Any, Any] = self._step(stream, self._authenticator)
        return ensureDeferred(doing)


async def _start_tls(stream: ClientXmlStream, authenticator: ClientAuthenticator) -> object:
    """RFC 6120 §5.  Whatever follows ``<proceed/>`` without protection is dropped with the old stream."""
    login = authenticator.login
    offer = stream.features.get((TLS, "starttls"))
    if authenticator.secured:
        return None
    if login.tls == "never" or offer is None:
        _do_without_tls(login, offer)
        return None
    stream.send(domish.Element((TLS, "starttls")))
    answer = await _next(stream, *_named(TLS, "proceed", "failure"))
    if answer.name == "failure":
        raise TlsError("The server offers STARTTLS and then cannot do it. Look into its log.")
    stream.transport.startTLS(login.context)
    authenticator.secured = True
    return _restart(stream)


def _do_without_tls(login: Login, offer: domish.Element | None) -> None:
    if offer is None and login.tls == "required":
        raise TlsError(
            "The server offers no STARTTLS. Look for its port with direct TLS (direct_tls=True), or do without "
            "protection with tls='optional'."
        )
    if offer is not None and any(child.name == "required" for child in offer.elements()):
        raise TlsError("The server requires TLS, and tls='never' forbids it.")


async def _authenticate(stream: ClientXmlStream, authenticator: ClientAuthenticator) -> object:
    """RFC 6120 §6."""
    login = authenticator.login
    offer = stream.features.get((SASL, "mechanisms"))
    if offer is None:
        raise LoginError("The server offers no way to log in (no SASL mechanisms).")
    offered = [str(child) for child in offer.elements() if child.name == "mechanism"]
    mechanism = choose(offered, authenticator.secured, login.allow_plaintext_password)
    attempt = Attempt(mechanism, login.account.local, login.password)
    auth = domish.Element((SASL, "auth"), attribs={"mechanism": mechanism})
    auth.addContent(attempt.initial())
    stream.send(auth)
    while (answer := await _next(stream, *_named(SASL, "challenge", "success", "failure"))).name == "challenge":
        response = domish.Element((SASL, "response"))
        response.addContent(attempt.respond(str(answer)))
        stream.send(response)
    if answer.name == "failure":
        raise _refusal(login, answer)
    attempt.finish(str(answer))
    return _restart(stream)


async def _bind(stream: ClientXmlStream, authenticator: ClientAuthenticator) -> None:
    """RFC 6120 §7.  The server may give another resource than the wished one."""
    if (BIND, "bind") not in stream.features:
        raise LoginError("The server does not let a resource be bound after the login; it breaks RFC 6120.")
    bind = domish.Element((BIND, "bind"))
    wished = authenticator.login.account.resource
    if wished:
        bind.addElement("resource", content=wished)
    result = await _request(stream, bind)
    texts = [str(given) for bound in result.elements(BIND, "bind") for given in bound.elements(BIND, "jid")]
    try:
        full = jid.parse(texts[0] if texts else "")
    except JidError as error:
        raise LoginError(f"The server gave a full JID that is none: {error}") from error
    if full.bare != authenticator.login.account.bare:
        raise LoginError(f"The server bound {full.bare}, which is another account than the one that logged in.")
    authenticator.jid = stream.thisEntity = twisted_jid(full.full)


async def _begin_session(stream: ClientXmlStream, _authenticator: ClientAuthenticator) -> None:
    """RFC 3921 §3: only where the server demands it."""
    offer = stream.features.get((SESSION, "session"))
    if offer is not None and not any(child.name == "optional" for child in offer.elements()):
        await _request(stream, domish.Element((SESSION, "session")))


async def _request(stream: ClientXmlStream, payload: domish.Element) -> domish.Element:
    """The result of an iq set to the server."""
    id_ = secrets.token_hex(8)
    iq = domish.Element((CLIENT, "iq"), attribs={"type": "set", "id": id_})
    iq.addChild(payload)
    stream.send(iq)
    answer = await _next(stream, f"/iq[@id='{id_}']")
    if answer.getAttribute("type") == "result":
        return answer
    errors = list(answer.elements(CLIENT, "error"))
    condition, text = _condition(errors[0] if errors else answer, STANZA_ERRORS)
    temporary = condition in _PASSING_BIND or any(error.getAttribute("type") == "wait" for error in errors)
    raise LoginError(f"The server refuses <{payload.name}/>: {said_of(condition, text)}.", condition, temporary)


def _refusal(login: Login, failure: domish.Element) -> LoginError:
    condition, text = _condition(failure, SASL)
    advice = " Check the JID and the password." if condition == "not-authorized" else ""
    sentence = f"The server refuses the login of {login.account.bare}: {said_of(condition, text)}.{advice}"
    return LoginError(sentence, condition, condition in _PASSING_SASL)


def _condition(element: domish.Element, namespace: str) -> tuple[str, str]:
    """The condition among the children, ``undefined-condition`` where there is none, and the text."""
    children = [child for child in element.elements() if child.uri == namespace]
    names = [str(child.name) for child in children if child.name != "text"]
    texts = [str(child) for child in children if child.name == "text"]
    return names[0] if names else "undefined-condition", texts[0] if texts else ""


def _restart(stream: ClientXmlStream) -> object:
    """Begin a new stream on the same connection (§4.3.3)."""
    stream.reset()
    stream.sendHeader()
    return xmlstream.Reset


def _named(namespace: str, *names: str) -> list[str]:
    return [f"/{name}[@xmlns='{namespace}']" for name in names]


def _next(stream: ClientXmlStream, *queries: str) -> Deferred[domish.Element]:
    """The next element that one of the XPaths matches; fails with the reason when the stream ends first."""
    answered: Deferred[domish.Element] = Deferred()
    events = (*queries, STREAM_END_EVENT)

    def take(what: domish.Element | Failure) -> None:
        for event in events:
            stream.removeObserver(event, take)
        if answered.called:
            return
        if isinstance(what, Failure):
            answered.errback(what)
        else:
            answered.callback(what)

    for event in events:
        stream.addObserver(event, take)
    return answered
