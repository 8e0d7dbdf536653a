"""Mutants that begin and end streams wrongly: headers, offers, TLS, what comes too early (RFC 6120 §4 to §7).

Tests: ``tests/conformance/test_server_streams.py``, ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from lxml.etree import _Element

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.core import markup
from rosterkit.core.ext.bind import BIND
from rosterkit.core.stanza import Iq, Stanza
from rosterkit.errors import STREAM_UNSUPPORTED_VERSION, StreamError
from rosterkit.wire import encode, features
from rosterkit.wire.features import Settings
from rosterkit.wire.names import CLIENT, SASL, STREAM, TLS
from rosterkit.wire.negotiate import ClientStream
from rosterkit.wire.reader import Closed, Event, Opened
from rosterkit.wire.stream import End, Output, ServerStream

__all__ = ["MUTANTS"]

_Function: TypeAlias = Callable[..., Any]
_BEGIN, _END = b"<stream:features>", b"</stream:features>"
_PLAIN = markup.element("mechanisms", markup.element("mechanism", "PLAIN"), xmlns=SASL).encode()
_STARTTLS = markup.element("starttls", xmlns=TLS).encode()


def _mutant(name: str, section: str, breaks: str, *patches: Patch) -> Mutant:
    return mutant(name, section, breaks, *patches, caught_in=(f"rfc6120/{section}",))


# The server's header


def _header(pattern: bytes, instead: bytes = b"") -> Patch:
    """The server's stream header with something else in the place of ``pattern``; the declaration stays."""

    def change(original: _Function) -> _Function:
        def stream_header(*values: Any) -> bytes:
            declaration, end, root = original(*values).partition(b"?>")
            return b"".join((declaration, end, re.sub(pattern, instead, root)))

        return stream_header

    return Patch(encode, "stream_header", change)


def _knows_only_1_0(original: _Function) -> _Function:
    def refusal(self: ClientStream, header: Opened) -> StreamError | None:
        newer = header.attributes.get("version") != "1.0"
        return STREAM_UNSUPPORTED_VERSION if newer else original(self, header)

    return refusal


# What is offered


def _nothing(_original: _Function) -> _Function:
    return lambda *_settings: b""


def _login_again(original: _Function) -> _Function:
    def after_login(settings: Settings) -> bytes:
        return bytes(original(settings)).replace(_END, _PLAIN + _END)

    return after_login


def _starttls_again(original: _Function) -> _Function:
    def before_login(settings: Settings, secured: bool) -> bytes:
        offer = bytes(original(settings, secured))
        return offer.replace(_BEGIN, _BEGIN + _STARTTLS) if secured else offer

    return before_login


def _login_beside_tls(original: _Function) -> _Function:
    def before_login(settings: Settings, secured: bool) -> bytes:
        offer = bytes(original(settings, secured))
        return offer if secured else offer.replace(_END, _PLAIN + _END)

    return before_login


# Headers that are refused


def _serves_all(original: _Function) -> _Function:
    return lambda self, domain: original(self, domain) or True


def _error_alone(original: _Function) -> _Function:
    def last_words(self: ServerStream, words: bytes) -> bytes:
        self._header_sent = True
        return bytes(original(self, words))

    return last_words


def _as_it_was_called(original: _Function) -> _Function:
    def refusal(self: ClientStream, header: Opened) -> StreamError | None:
        error: StreamError | None = original(self, header)
        if error is not None and self.domain is None:
            self.domain = header.attributes.get("to")
        return error

    return refusal


def _takes(**values: str) -> Patch:
    """Whatever the client's header has there, it is taken for ``values``."""

    def change(original: _Function) -> _Function:
        return lambda self, header: original(self, header._replace(**values))

    return Patch(ServerStream, "_begun", change)


# What comes before its time, and the end


def _silent_before_login(original: _Function) -> _Function:
    def element(self: ClientStream, element: _Element) -> list[Output]:
        early = self.account is None and self._stanza(element) is not None
        return [] if early else original(self, element)

    return element


def _binds_by_itself(original: _Function) -> _Function:
    def before_bind(self: ClientStream, element: _Element) -> list[Output]:
        stanza = self._stanza(element)
        if stanza is None or (isinstance(stanza, Iq) and stanza.child is not None and stanza.child.tag == BIND):
            outputs: list[Output] = original(self, element)
            return outputs
        assert self.account is not None
        self._host.bind(self.account, None)
        self.ready = True
        return [stanza]

    return before_bind


def _deaf_to_the_end(original: _Function) -> _Function:
    def closed(self: ServerStream, event: Event) -> list[Output]:
        return [] if isinstance(event, Closed) else original(self, event)

    return closed


def _drops_the_last(original: _Function) -> _Function:
    def stanzas(self: ServerStream, events: Iterable[Event]) -> list[Output]:
        outputs: list[Output] = original(self, events)
        ends = any(isinstance(output, End) for output in outputs)
        return [output for output in outputs if not (ends and isinstance(output, Stanza))]

    return stanzas


MUTANTS: tuple[Mutant, ...] = (
    _mutant("header-of-nobody", "4.7.1", "Its header has no from.", _header(b" from='[^']*'")),
    _mutant("header-to-nobody", "4.7.2", "Its header is to nobody.", _header(b" to='[^']*'")),
    _mutant("one-stream-id", "4.7.3", "Every stream has the same id.", _header(b" id='[^']*'", b" id='s1'")),
    _mutant("header-without-lang", "4.7.4", "Its header has no xml:lang.", _header(b" xml:lang='[^']*'")),
    _mutant("header-without-version", "4.7.5", "Its header has no version.", _header(b" version='[^']*'")),
    _mutant(
        "only-version-1-0",
        "4.7.5",
        "It refuses clients of a newer version.",
        Patch(ClientStream, "_refusal", _knows_only_1_0),
    ),
    _mutant(
        "stanzas-of-servers",
        "4.8.2",
        "The stanzas of its stream are in the namespace of servers.",
        _header(b"xmlns='jabber:client'", b"xmlns='jabber:server'"),
    ),
    _mutant("offers-nothing", "4.3.2", "It sends no stream features.", Patch(features, "before_login", _nothing)),
    _mutant(
        "offers-once",
        "4.3.4",
        "It sends no stream features behind a login.",
        Patch(features, "after_login", _nothing),
    ),
    _mutant(
        "login-offered-again",
        "6.4.6",
        "It offers to log in to whoever has logged in.",
        Patch(features, "after_login", _login_again),
    ),
    _mutant(
        "serves-all", "4.9.3.6", "It takes streams for every domain.", Patch(ClientStream, "_serves", _serves_all)
    ),
    _mutant(
        "error-without-header",
        "4.9.1.2",
        "It sends an early error without a header.",
        Patch(ServerStream, "_last_words", _error_alone),
    ),
    _mutant(
        "named-as-it-was-called",
        "4.9.1.3",
        "It calls itself in its header what the client has called it, whatever that is.",
        Patch(ClientStream, "_refusal", _as_it_was_called),
    ),
    _mutant("any-root", "4.8.1", "It takes any root for a stream.", _takes(tag=f"{{{STREAM}}}stream")),
    _mutant("any-content", "4.9.3.10", "It takes a stream of any stanzas.", _takes(default_namespace=CLIENT)),
    _mutant(
        "silent-before-login",
        "4.9.3.12",
        "It passes over stanzas that come before a login.",
        Patch(ClientStream, "_element", _silent_before_login),
    ),
    _mutant(
        "binds-by-itself",
        "7.1",
        "It binds a resource by itself and delivers what came before.",
        Patch(ClientStream, "_before_bind", _binds_by_itself),
    ),
    _mutant(
        "deaf-to-the-end",
        "4.4",
        "It does not hear the end of a stream.",
        Patch(ServerStream, "_closed", _deaf_to_the_end),
    ),
    _mutant(
        "drops-the-last",
        "4.4",
        "It drops what comes in one packet with the end of a stream.",
        Patch(ServerStream, "_stanzas", _drops_the_last),
    ),
    _mutant(
        "login-beside-tls",
        "5.3.1",
        "It offers to log in beside the TLS that it requires.",
        Patch(features, "before_login", _login_beside_tls),
    ),
    _mutant(
        "starttls-again", "5.4.3.3", "It offers STARTTLS under TLS.", Patch(features, "before_login", _starttls_again)
    ),
)
