"""The connecting side of an external component: header, handshake, then stanzas (XEP-0114).

Wokkel's own component would install a reactor when it is imported; this one is Twisted's authenticator on our stream.

Tests: ``tests/xmpp/test_component_login.py``, ``tests/peer/test_peer_connecting.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.python.failure import Failure
from twisted.words.protocols.jabber.component import ConnectComponentAuthenticator
from twisted.words.protocols.jabber.xmlstream import INIT_FAILED_EVENT
from twisted.words.xish import domish

from rosterkit.core import markup
from rosterkit.errors import RosterkitError
from rosterkit.wire.names import COMPONENT, STREAM

__all__ = ["ComponentAuthenticator", "ComponentError"]


class ComponentError(RosterkitError):
    """What answers is no port for components; the text says what it is instead."""


class ComponentAuthenticator(ConnectComponentAuthenticator):
    """Brings one connection of ``domain`` from its first byte to the end of the handshake.

    ``watch`` is shown the server's header.  At the end STREAM_AUTHD_EVENT is dispatched, or INIT_FAILED_EVENT with a
    :class:`ComponentError`.  A server that refuses says so in a stream error.
    """

    xmlstream: Any  # a ClientXmlStream, whose base says of its id that it is None

    def __init__(self, domain: str, secret: str) -> None:
        super().__init__(domain, secret)
        self.watch: Callable[[bytes], object] = lambda _header: None

    def streamStarted(self, rootElement: domish.Element) -> None:
        """The server's header has come; its id is what the handshake is made of."""
        stream = self.xmlstream
        stream_id: str | None = rootElement.getAttribute("id")
        stream.sid = stream_id
        self.watch(_written(rootElement))
        if (rootElement.uri, rootElement.name, rootElement.defaultUri) != (STREAM, "stream", COMPONENT):
            self._fail("What answers there is no port for components: its stream has another namespace.")
        elif stream_id:  # without one there is no handshake: a stream error follows, as from Prosody
            self.initializeStream()

    def _fail(self, text: str) -> None:
        self.xmlstream.dispatch(Failure(ComponentError(text)), INIT_FAILED_EVENT)


def _written(header: domish.Element) -> bytes:
    shown = {name: header.getAttribute(name) for name in ("id", "from")}
    return f"<stream:stream{markup.attributes(xmlns=header.defaultUri, **shown)}>".encode()
