"""A client's way into a server: header, STARTTLS, SASL, bind, as far as is wanted (RFC 6120 §4 to §7).

Tests: ``tests/wire/test_entering.py``.
"""

from __future__ import annotations

from typing import NamedTuple

from lxml.etree import _Element

from rosterkit.core import jid as jids
from rosterkit.core import markup
from rosterkit.errors import JidError
from rosterkit.wire import decode, names
from rosterkit.wire.conditions import condition_in, said_of, shown
from rosterkit.wire.initiating import Failed, InitiatingStream, Output, Phase, StartTls, Write
from rosterkit.wire.reader import Opened
from rosterkit.wire.sasl_client import Attempt, LoginError, choose

__all__ = ["Account", "Entering", "Phase"]

_FEATURES = f"{{{names.STREAM}}}features"
_STARTTLS, _PROCEED, _NO_TLS = (f"{{{names.TLS}}}{name}" for name in ("starttls", "proceed", "failure"))
_CHALLENGE, _SUCCESS, _FAILURE = (f"{{{names.SASL}}}{name}" for name in ("challenge", "success", "failure"))
_MECHANISMS = f"{{{names.SASL}}}mechanisms/{{{names.SASL}}}mechanism"
_BIND, _SESSION, _IQ = f"{{{names.BIND}}}bind", f"{{{names.SESSION}}}session", f"{{{names.CLIENT}}}iq"
_OPTIONAL = f"{{{names.SESSION}}}optional"
_BOUND = f"{_BIND}/{{{names.BIND}}}jid"
_UNKNOWN_HOSTS = ("host-unknown", "host-gone")
_BIND_ID, _SESSION_ID = "enter-bind", "enter-session"


class Account(NamedTuple):
    """Who logs in; ``local`` and ``domain`` are prepared."""

    local: str
    domain: str
    password: str

    @property
    def bare(self) -> str:
        """The bare JID."""
        return f"{self.local}@{self.domain}"

    def __repr__(self) -> str:
        return f"<Account {self.bare}>"


class Entering(InitiatingStream):
    """One client's way to the phase ``upto``.

    With ``secured`` the connection is protected from the first byte on; else ``starttls`` says that it has to be
    before the login.  ``mechanism`` is the only one that is taken; without it the best that is offered is.  PLAIN is
    taken without TLS only with ``allow_plaintext_password``.  Without ``resource`` the server makes one up.
    """

    namespace = names.CLIENT
    options = "--transport and --port"

    def __init__(
        self,
        account: Account,
        upto: Phase,
        *,
        resource: str | None = None,
        framed: bool = False,
        secured: bool = False,
        starttls: bool = True,
        mechanism: str | None = None,
        allow_plaintext_password: bool = False,
    ) -> None:
        super().__init__(account.domain, upto, framed)
        self._account = account
        self._resource = resource
        self._secured = secured
        self._starttls = starttls
        self._mechanism = mechanism
        self._allow_plaintext_password = allow_plaintext_password
        self._attempt: Attempt | None = None
        self._authenticated = False
        self._jid: str | None = None
        self._features = b""
        self._needs_session = False

    def secured(self) -> list[Output]:
        """The TLS handshake is done: a new stream begins.  What came before it without protection is forgotten."""
        self._secured = self._listening = True
        return self._begin()

    def _opened(self, header: Opened) -> list[Output]:
        if not header.is_xmpp_1:
            return [self._fail("The server's stream header has no version 1.0: it speaks something older than XMPP.")]
        self.awaited = "its stream features"
        self._next = self._offered
        return []

    def _refused(self, condition: str, text: str) -> Failed:
        said = said_of(condition, text)
        if condition in _UNKNOWN_HOSTS:
            return Failed(f"The server does not serve {self._domain}: {said}. Check --domain.")
        return Failed(f"The server has ended the stream with the error {said} before {self.awaited} came.")

    def _followed(self, element: _Element) -> None:
        if element.tag == _SUCCESS and not self._authenticated:  # somebody goes on by hand; a new stream begins
            self._restart()

    # Features, TLS

    def _offered(self, features: _Element) -> list[Output]:
        if features.tag != _FEATURES:
            return []
        self._features = decode.xml(features)
        self.phase = self._reached
        if self._authenticated:
            self._read_on()
        if self.phase >= self._upto:
            return self._arrive(None, self._features)
        if self._authenticated:
            return self._bind(features)
        return self._log_in(features) if self.phase is Phase.SECURED else self._start_tls(features)

    @property
    def _reached(self) -> Phase:
        if self._authenticated:
            return Phase.AUTHENTICATED
        return Phase.SECURED if self._secured or not self._starttls else Phase.OPENED

    def _start_tls(self, features: _Element) -> list[Output]:
        if features.find(_STARTTLS) is None:
            return [
                self._fail(
                    "The server offers no STARTTLS. Say with --transport how it is reached: tls where TLS comes "
                    "first, plain where there is none."
                )
            ]
        self.awaited = "its answer to STARTTLS"
        self._next = self._tls_answered
        return [Write(markup.element("starttls", xmlns=names.TLS).encode())]

    def _tls_answered(self, element: _Element) -> list[Output]:
        if element.tag == _NO_TLS:
            return [self._fail("The server offers STARTTLS and then cannot do it. Look into its log.")]
        if element.tag != _PROCEED:
            return []
        self._listening = False  # whatever stands behind came before the keys did; nobody knows who wrote it
        self.awaited = "the end of the TLS handshake"
        return [StartTls()]

    # SASL

    def _log_in(self, features: _Element) -> list[Output]:
        offered = [(mechanism.text or "").strip() for mechanism in features.findall(_MECHANISMS)]
        if not offered:
            advice = " before TLS. Use --transport starttls." if features.find(_STARTTLS) is not None else "."
            return [self._fail(f"The server offers no way to log in{advice}")]
        try:
            mechanism = self._choose(offered)
        except LoginError as error:
            return [self._fail(str(error))]
        try:
            self._attempt = Attempt(mechanism, self._account.local, self._account.password)
            message = self._attempt.initial()
        except LoginError as error:
            return [self._fail(f"{self._account.bare} cannot log in: {error} Check --account.", about_account=True)]
        self.awaited = "its answer to the login"
        self._next = self._login_answered
        return [Write(markup.element("auth", message, xmlns=names.SASL, mechanism=mechanism).encode())]

    def _choose(self, offered: list[str]) -> str:
        if self._mechanism is not None and self._mechanism not in offered:
            said = shown(", ".join(offered)) or "nothing"
            raise LoginError(f"The server does not offer {self._mechanism} for logging in, but {said}.")
        known = offered if self._mechanism is None else [self._mechanism]
        return choose(known, self._secured, self._allow_plaintext_password)

    def _login_answered(self, element: _Element) -> list[Output]:
        assert self._attempt is not None
        if element.tag == _FAILURE:
            return [self._login_refused(element)]
        try:
            if element.tag == _CHALLENGE:
                return [_response(self._attempt.respond((element.text or "").strip()))]
            if element.tag != _SUCCESS:
                return []
            self._attempt.finish((element.text or "").strip())
        except LoginError as error:
            return [self._fail(str(error))]
        self._authenticated = True
        return self._begin()

    def _login_refused(self, failure: _Element) -> Failed:
        condition, text = condition_in(failure, names.SASL)
        advice = " Check its name and its password in --account." if condition == "not-authorized" else ""
        said = said_of(condition, text)
        return self._fail(
            f"The server refuses the login of {self._account.bare}: {said}.{advice}", about_account=True
        )

    # Binding

    def _bind(self, features: _Element) -> list[Output]:
        if features.find(_BIND) is None:
            return [self._fail("The server lets no resource be bound after the login; it breaks RFC 6120 7.2.")]
        session = features.find(_SESSION)
        self._needs_session = session is not None and session.find(_OPTIONAL) is None
        wish = markup.element("resource", markup.text(self._resource)) if self._resource else ""
        self.awaited = "its answer to bind"
        self._next = self._bind_answered
        return [_request(_BIND_ID, markup.element("bind", wish, xmlns=names.BIND))]

    def _bind_answered(self, element: _Element) -> list[Output]:
        if element.tag != _IQ or element.get("id") != _BIND_ID:
            return []
        if element.get("type") != "result":
            return [self._request_refused("<bind/>", element)]
        try:
            full = jids.parse(element.findtext(_BOUND) or "")
        except JidError as error:
            return [self._fail(f"The server has bound a full JID that is none: {shown(str(error))}")]
        if full.bare != self._account.bare or not full.resource:
            said = f"The server has bound {shown(full.full)}, which is no resource of {self._account.bare}."
            return [self._fail(said, about_account=True)]
        self._jid = full.full
        return self._begin_session() if self._needs_session else self._ready()

    def _begin_session(self) -> list[Output]:
        """RFC 3921 §3, only where the server demands it."""
        self.awaited = "its answer to the session request"
        self._next = self._session_answered
        return [_request(_SESSION_ID, markup.element("session", xmlns=names.SESSION))]

    def _session_answered(self, element: _Element) -> list[Output]:
        if element.tag != _IQ or element.get("id") != _SESSION_ID:
            return []
        return self._ready() if element.get("type") == "result" else [self._request_refused("<session/>", element)]

    def _ready(self) -> list[Output]:
        self.phase = Phase.BOUND
        return self._arrive(self._jid, self._features)

    def _request_refused(self, what: str, answer: _Element) -> Failed:
        error = answer.find(f"{{{names.CLIENT}}}error")
        said = said_of(*condition_in(answer if error is None else error, names.STANZA_ERRORS))
        return self._fail(f"The server refuses {what} of {self._account.bare}: {said}.", about_account=True)


def _request(id_: str, payload: str) -> Write:
    return Write(markup.element("iq", payload, type="set", id=id_).encode())


def _response(message: str) -> Write:
    return Write(markup.element("response", message, xmlns=names.SASL).encode())
