"""What a stream writes, read as strictly as any client may: one document after another, by expat.

Tests: ``tests/bench/fuzz/test_fuzz_xml_check.py``.
"""

from __future__ import annotations

from bench.fuzz.case import WrongError
from bench.fuzz.xml_check import Document, Tree

__all__ = ["Answers"]

#: After these the server's side of the stream begins anew too (RFC 6120 §4.3.3).
_RESTARTS = ("{urn:ietf:params:xml:ns:xmpp-sasl}success", "{urn:ietf:params:xml:ns:xmpp-tls}proceed")


class Answers:
    """One connection's answers; ``closed`` says that the server has ended its stream."""

    def __init__(self) -> None:
        self.closed = False
        self._document = Document()

    def read(self, data: bytes) -> list[Tree]:
        """The elements that ``data`` completes.  Raises where they are no stream, or go on after its end."""
        if data and self.closed:
            raise WrongError(f"Something was sent after the end of the stream: {data!r:.200}")
        found: list[Tree] = []
        for part in _documents(data):
            if found and found[-1][0] in _RESTARTS:
                self._document = Document()
            found += self._read(part)
        if found and found[-1][0] in _RESTARTS:
            self._document = Document()
        return found

    def _read(self, data: bytes) -> list[Tree]:
        document = self._document
        document.feed(data)
        if document.error is not None:
            raise WrongError(f"What was sent is not well-formed: {document.error}: {data!r:.300}")
        self.closed = document.closed
        return document.take()


def _documents(data: bytes) -> list[bytes]:
    """Cut where a document begins, which only the server's own declaration can say: text cannot hold it."""
    first, *more = data.split(b"<?xml version='1.0'?>")
    return [first, *(b"<?xml version='1.0'?>" + part for part in more)]
