"""The server's side of a client stream, from the first byte to a bound resource and on (RFC 6120 §4 to §7).

The phases: TLS unless it is there or plaintext is allowed, then SASL, then a resource, each on its own offer; after
that stanzas pass.  :class:`ClientStream` decides nothing about accounts: it asks its :class:`Host`.

Tests: ``tests/wire/test_negotiate.py``.
"""

from __future__ import annotations

from typing import Protocol

from lxml.etree import _Element

from rosterkit.core import jid, markup, replies
from rosterkit.core.ext import registration
from rosterkit.core.ext.bind import BIND
from rosterkit.core.jid import Jid
from rosterkit.core.stanza import Element, Iq
from rosterkit.errors import (
    BAD_REQUEST,
    STREAM_HOST_UNKNOWN,
    STREAM_NOT_AUTHORIZED,
    STREAM_POLICY_VIOLATION,
    STREAM_UNSUPPORTED_VERSION,
    JidError,
    StanzaError,
    StreamError,
)
from rosterkit.wire import encode, features, login, names
from rosterkit.wire.features import Settings
from rosterkit.wire.login import Login, LoginHost
from rosterkit.wire.reader import Opened
from rosterkit.wire.sasl import Success
from rosterkit.wire.stream import End, Output, ServerStream, StartTls, VisitorIq, Write, address

__all__ = ["ClientStream", "End", "Host", "Output", "Settings", "StartTls", "VisitorIq", "Write"]

_STARTTLS = f"{{{names.TLS}}}starttls"
_SASL = f"{{{names.SASL}}}"
_RESOURCE = f"{{{names.BIND}}}resource"
_PROCEED = markup.element("proceed", xmlns=names.TLS).encode()
_TLS_FAILURE = markup.element("failure", xmlns=names.TLS).encode()


class Host(LoginHost, Protocol):
    """Whom a client stream asks.  Its ``settings`` may change when it has been told the domain, and then no more."""

    def serves(self, domain: str) -> bool:
        """Whether the prepared ``domain`` is one of ours."""

    def bind(self, account: Jid, resource: str | None) -> Jid | StanzaError:
        """Open the session, under the wished (prepared) resource or one made up; its full JID, or why not."""


class ClientStream(ServerStream):
    """One client's streams on one connection; ``secured`` says that TLS is there from the first byte on.

    ``account`` is set after a login, ``jid`` after bind.
    """

    namespace = names.CLIENT

    def __init__(self, host: Host, secured: bool) -> None:
        super().__init__(host.settings, host.new_id)
        self.account: Jid | None = None
        self.jid: Jid | None = None
        self._host = host
        self._secured = secured
        self._login: Login | None = None

    def tls_started(self) -> None:
        """TLS protects the connection from here on: the client begins a new stream (§5.4.3.3)."""
        self._secured = True
        self._listening = not self._ended
        self._restart()

    # Headers and features

    def _opened(self, header: Opened) -> list[Output]:
        error = self._refusal(header)
        if error is not None:
            return self._end(error)
        settings = self._host.settings
        if self.account is not None:
            return [Write(self._header() + features.after_login(settings))]
        assert self.domain is not None
        self._login = Login(self._host, self.domain, self._login_permitted)
        return [Write(self._header() + features.before_login(settings, self._secured))]

    def _refusal(self, header: Opened) -> StreamError | None:
        to = address(header.attributes.get("to"))
        if to is None or to.full != to.domain or not self._serves(to.domain):
            return STREAM_HOST_UNKNOWN.saying(
                "The header's 'to' is not a domain that this stream is for."
            )  # §4.9.3.6
        self.domain = to.domain
        if not header.is_xmpp_1:
            return STREAM_UNSUPPORTED_VERSION.saying("XMPP 1.0 or later is needed.")  # §4.9.3.25
        return None

    def _serves(self, domain: str) -> bool:
        """Whether the stream may be for ``domain``; a restarted one only for the same as before."""
        return domain == self.domain if self.domain is not None else self._host.serves(domain)

    @property
    def _login_permitted(self) -> bool:
        return self._secured or self._host.settings.allow_plaintext

    # TLS and SASL

    def _element(self, element: _Element) -> list[Output]:
        if self.account is not None:
            return self._before_bind(element)
        if element.tag == _STARTTLS:
            return self._start_tls()
        if element.tag.startswith(_SASL):
            return self._log_in(element)
        stanza = self._stanza(element)
        if stanza is None:
            return self._foreign(element)
        if isinstance(stanza, Iq) and self.domain is not None and self._is_registration(stanza):
            return [VisitorIq(stanza, self.domain)]
        return self._end(STREAM_NOT_AUTHORIZED.saying("Log in before anything else."))  # §4.9.3.12

    def _start_tls(self) -> list[Output]:
        if self._secured or not self._host.settings.starttls:  # §5.4.2.2
            return [Write(_TLS_FAILURE), *self._end(None)]
        # Whatever stands behind came before the keys did; nobody knows who wrote it, so nobody reads it.
        self._listening = False
        return [Write(_PROCEED), StartTls()]

    def _log_in(self, element: _Element) -> list[Output]:
        assert self._login is not None
        step = self._login.receive(element)
        if step is None:
            return self._foreign(element)
        outputs: list[Output] = [Write(login.xml(step))]
        if isinstance(step, Success):
            self.account = step.account
            self._restart()
            self._skip_space = True
        elif self._login.exhausted:
            outputs += self._end(STREAM_POLICY_VIOLATION.saying("Too many attempts to log in have failed."))  # §6.4.5
        return outputs

    def _is_registration(self, iq: Iq) -> bool:
        wanted = iq.child is not None and iq.child.tag == registration.QUERY
        return wanted and self._host.settings.registration and self._login_permitted

    # Binding

    def _before_bind(self, element: _Element) -> list[Output]:
        stanza = self._stanza(element)
        if stanza is None:
            return self._foreign(element)
        if not isinstance(stanza, Iq) or stanza.child is None or stanza.child.tag != BIND:
            return self._end(STREAM_NOT_AUTHORIZED.saying("Bind a resource first."))  # §7.1
        bound = self._bound(stanza, stanza.child)
        if isinstance(bound, StanzaError):
            return [Write(encode.stanza(replies.error(stanza, bound), None))]
        self.jid = bound
        self.ready = True
        jid_element = markup.element("jid", markup.text(bound.full))
        body = markup.element("bind", jid_element, xmlns=names.BIND).encode()
        return [Write(encode.stanza(replies.result(stanza, body), None))]

    def _bound(self, iq: Iq, request: Element) -> Jid | StanzaError:
        if iq.fault is not None:
            return iq.fault
        if iq.type != "set":
            return BAD_REQUEST.saying("Binding is an iq of type set.")
        assert self.account is not None
        return self._host.bind(self.account, _wished(request))


def _wished(request: Element) -> str | None:
    """The resource that the client would like, prepared; None where it has no wish or one that cannot be granted."""
    wish = next((child.text for child in request if child.tag == _RESOURCE), None)
    try:
        return jid.prepare_resource(wish) if wish else None
    except JidError:
        return None  # §7.7.2.1: the server may choose another
