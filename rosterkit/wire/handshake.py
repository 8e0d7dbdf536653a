"""The accepting side of an external component's stream: header, handshake, then stanzas (XEP-0114).

Tests: ``tests/wire/test_handshake.py``.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Protocol

from lxml.etree import _Element

from rosterkit.core.stanza import Iq, Message, Presence
from rosterkit.errors import (
    STREAM_HOST_UNKNOWN,
    STREAM_IMPROPER_ADDRESSING,
    STREAM_INVALID_FROM,
    STREAM_NOT_AUTHORIZED,
    StreamError,
)
from rosterkit.wire import names
from rosterkit.wire.features import Settings
from rosterkit.wire.reader import Opened
from rosterkit.wire.stream import End, Output, ServerStream, Write, address

__all__ = ["ComponentHost", "ComponentStream", "End", "Write"]

_HANDSHAKE = f"{{{names.COMPONENT}}}handshake"


class ComponentHost(Protocol):
    """Whom a component's stream asks."""

    settings: Settings

    def secret(self, domain: str) -> str | None:
        """The shared secret of the prepared ``domain``, or None where no such component is expected."""

    def attach(self, domain: str) -> StreamError | None:
        """Let the component answer for ``domain``; the error where it cannot, such as ``conflict``."""

    def new_id(self) -> str:
        """An unguessable stream id."""


class ComponentStream(ServerStream):
    """One component's stream, ready after its handshake.

    Every stanza that it gives has a ``to`` and comes from the component's own domain.  A ``to`` that is not a JID
    stands in its ``fault``.
    """

    namespace = names.COMPONENT

    def __init__(self, host: ComponentHost) -> None:
        super().__init__(host.settings, host.new_id)
        self._host = host

    def _opened(self, header: Opened) -> list[Output]:
        to = address(header.attributes.get("to"))
        if to is None or to.full != to.domain or self._host.secret(to.domain) is None:
            return self._end(STREAM_HOST_UNKNOWN.saying("No component is expected for the header's 'to'."))
        self.domain = to.domain
        return [Write(self._header())]

    def _element(self, element: _Element) -> list[Output]:
        if element.tag == _HANDSHAKE:
            return self._shake(element.text or "")
        if self._stanza(element) is None:
            return self._foreign(element)
        return self._end(STREAM_NOT_AUTHORIZED.saying("The handshake comes before any stanza."))

    def _shake(self, digest: str) -> list[Output]:
        assert self.domain is not None
        secret = self._host.secret(self.domain)
        if secret is None or not hmac.compare_digest(digest.strip().encode(), _expected(self._id, secret)):
            return self._end(STREAM_NOT_AUTHORIZED.saying("The handshake does not match the secret."))
        error = self._host.attach(self.domain)
        if error is not None:
            return self._end(error)
        self.ready = True
        return [Write(b"<handshake/>")]

    def _objection(self, element: _Element, stanza: Iq | Presence | Message) -> StreamError | None:
        if stanza.sender is None or element.get("to") is None:
            return STREAM_IMPROPER_ADDRESSING.saying("A component's stanzas need a 'to' and a 'from'.")
        if stanza.sender.domain != self.domain:
            return STREAM_INVALID_FROM.saying(f"This component speaks for {self.domain} only.")
        return None


def _expected(stream_id: str, secret: str) -> bytes:
    """XEP-0114 §3: the SHA-1 of the id and the secret, in lower-case hexadecimal."""
    return hashlib.sha1((stream_id + secret).encode()).hexdigest().encode()
