"""The one door to Wokkel, or to Tx-XMPP where Wokkel is not installed: what handlers are made of.

Nothing else in rosterkit imports either of them, and importing this installs no reactor.  A handler made here also
works in a stream manager of the other library, and in that of :mod:`twisted.words.protocols.jabber.xmlstream`.

Tests: ``tests/client/test_managers.py``.
"""

from __future__ import annotations

try:
    from wokkel.generic import FallbackHandler
    from wokkel.subprotocols import StreamManager, XMPPHandler
except ImportError:
    from tx_xmpp.generic import FallbackHandler
    from tx_xmpp.subprotocols import StreamManager, XMPPHandler

__all__ = ["FallbackHandler", "StreamManager", "XMPPHandler"]
