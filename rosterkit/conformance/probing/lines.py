"""What a line to a server under test is, whatever carries it, and who hears what passes on it.

Tests: ``tests/conformance/test_probe_lines.py``, ``tests/conformance/test_memory_lines.py``.
"""

from __future__ import annotations

from typing import Any, Protocol

from twisted.internet.defer import Deferred

from rosterkit.errors import RosterkitError
from rosterkit.wire.entering import Account, Phase

__all__ = ["Account", "Line", "Lines", "Listener", "Phase", "ProbeError"]


class ProbeError(RosterkitError):
    """A line that cannot be had; the text says why and what to do next.

    ``about_account`` says that the line of another account might be had: the server as a whole does answer.
    """

    def __init__(self, text: str, about_account: bool = False) -> None:
        super().__init__(text)
        self.about_account = about_account


class Line(Protocol):
    """A client's or a component's connection that has got as far as was wanted.

    ``label`` is its name in the run, ``phase`` how far it has come by itself.  ``jid`` is the full JID from bind on,
    of a component its domain.  ``features`` is the last offer of the server, one element, ``b""`` where there was
    none.  ``is_open`` says that what is sent leaves.
    """

    label: str
    jid: str | None
    phase: Phase
    features: bytes
    is_open: bool

    def send(self, data: bytes) -> None:
        """Send bytes as they are; nothing where the line is not open.

        They become one text frame on a WebSocket, a stanza with its namespace, ``</stream:stream>`` as ``<close/>``.
        """

    def close(self) -> Deferred[None]:
        """End the stream politely; fires when the connection is gone, which is cut after five seconds.

        What the server says until then is heard.
        """

    def cut(self) -> None:
        """Break the connection off without a word; nothing is heard any more but that it is over."""


class Listener(Protocol):
    """Whoever keeps what passes on lines.  It hears in the order of the wire, from the first byte of a line on."""

    def came(self, line: Line, data: bytes, kind: str) -> None:
        """The server has said ``data``, one element as the journal writes it, or the begin or end of a stream.

        ``kind`` is iq, presence, message or stream.  Of a login the secrets are struck out.
        """

    def said(self, line: Line, data: bytes, kind: str) -> None:
        """The line has said ``data`` by itself, on its way in or at the end; secrets are struck out."""

    def over(self, line: Line, text: str) -> None:
        """The stream or the connection has ended, in the way of ``text``; once, for each line that was had."""


class Lines(Protocol):
    """How a server is reached.

    Where ``is_settled``, nothing is under way any more when :meth:`pump` returns, and what ``enter``, ``join`` and
    ``close`` give has fired already.
    """

    @property
    def is_spread(self) -> bool:
        """Whether lines may be at different nodes of the server, between which things are under way."""

    @property
    def is_settled(self) -> bool:
        """Whether nothing needs time here."""

    def pump(self) -> None:
        """Let happen what can without waiting; nothing on a network."""

    def enter(
        self,
        label: str,
        account: Account,
        upto: Phase,
        listener: Listener,
        resource: str | None = None,
        **more: Any,
    ) -> Deferred[Line]:
        """A client's line that has got as far as ``upto``; fails with :class:`ProbeError`.

        ``more`` is as for :class:`~rosterkit.wire.entering.Entering`.  Cancelling it cuts the connection.
        """

    def join(self, label: str, listener: Listener) -> Deferred[Line]:
        """The component's line, ready for stanzas; fails with :class:`ProbeError`."""
