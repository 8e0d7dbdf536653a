"""The component's one connection, shared by the plays that go on at once: each hears what is for its own people.

A server takes a domain from one component only.  The people of a play have JIDs of their own there, by which a stanza
finds its play; what is for nobody, such as a late answer to a play that is over, is let go.

Tests: ``tests/conformance/test_shared_component.py``.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.probing.lines import Line, Lines, Listener
from rosterkit.conformance.probing.privileged import RosterReader
from rosterkit.core.journal import Entry
from rosterkit.wire.entering import Phase

__all__ = ["Share", "SharedComponent"]


class Share:
    """A play's part of the connection; it is a :class:`~rosterkit.conformance.probing.lines.Line`."""

    def __init__(self, label: str, owner: SharedComponent, listener: Listener, addresses: Collection[str]) -> None:
        self.label = label
        self.phase = Phase.BOUND
        self.features = b""
        self.listener = listener
        self.addresses = addresses
        self.is_open = True
        self.jid = owner.domain
        self._owner = owner

    def send(self, data: bytes) -> None:
        """Send on the one connection."""
        self._owner.send(data)

    def close(self) -> Deferred[None]:
        """Hear nothing any more; the connection stays for the others."""
        self.is_open = False
        self._owner.leave(self)
        return succeed(None)

    def cut(self) -> None:
        """Not for a play to do: others share the connection."""
        self.close()


class SharedComponent:
    """Joins when the first play wants it, and again when the connection was lost; ``lines`` knows how."""

    def __init__(self, lines: Lines, domain: str | None) -> None:
        self.domain = domain
        #: Who reads rosters for the reports, where somebody does.
        self.reader: RosterReader | None = None
        self._lines = lines
        self._line: Line | None = None
        self._waiting: list[Deferred[None]] = []
        self._shares: list[Share] = []

    def join(self, label: str, listener: Listener, addresses: Collection[str]) -> Deferred[Share]:
        """A part of the connection for a play whose people have ``addresses``, bare JIDs there.

        It fails as :meth:`connect` does.
        """
        share = Share(label, self, listener, addresses)

        def joined(_: Any) -> Share:
            self._shares.append(share)
            return share

        return self.connect().addCallback(joined)

    def connect(self) -> Deferred[None]:
        """Fires when there is a connection; whoever comes while one is made waits for that one.

        Fails with :class:`~rosterkit.conformance.probing.lines.ProbeError` where none can be had.
        """
        if self._line is not None and self._line.is_open:
            return succeed(None)
        waiting: Deferred[None] = Deferred()
        self._waiting.append(waiting)
        if len(self._waiting) == 1:
            self._lines.join("component", self).addBoth(self._joined)
        return waiting

    def _joined(self, result: Line | Failure) -> None:
        waiting, self._waiting = self._waiting, []
        if not isinstance(result, Failure):
            self._line = result
        for one in waiting:
            if isinstance(result, Failure):
                one.errback(result)
            else:
                one.callback(None)

    def send(self, data: bytes) -> None:
        """Send on the connection, where there is one."""
        if self._line is not None and self._line.is_open:
            self._line.send(data)

    def leave(self, share: Share) -> None:
        """Nothing is handed to this play any more; again is a no-op."""
        if share in self._shares:
            self._shares.remove(share)

    def close(self) -> Deferred[None]:
        """End the connection."""
        line, self._line = self._line, None
        return line.close() if line is not None and line.is_open else succeed(None)

    # What the line says

    def came(self, _line: Line, data: bytes, kind: str) -> None:
        """Hand a stanza to the play that it is for."""
        if kind == "stream":
            return
        seen = Seen(Entry(0, 0.0, None, None, None, "in", kind, data))
        if self.reader is not None and self.reader.heard(seen):
            return
        to = (seen.to or "").partition("/")[0]
        share = next((one for one in self._shares if to in one.addresses), None)
        if share is not None:
            share.listener.came(share, data, kind)

    def said(self, _line: Line, _data: bytes, _kind: str) -> None:
        """The handshake is no part of any play."""

    def over(self, _line: Line, text: str) -> None:
        """Tell every play that has a part."""
        self._line = None
        if self.reader is not None:
            self.reader.forget()
        shares, self._shares = self._shares, []
        for share in shares:
            share.is_open = False
            share.listener.over(share, text)
