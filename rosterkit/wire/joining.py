"""A component's way into a server: header, handshake (XEP-0114), the initiating side.

Tests: ``tests/wire/test_joining.py``.
"""

from __future__ import annotations

import hashlib

from lxml.etree import _Element

from rosterkit.core import markup
from rosterkit.wire import names
from rosterkit.wire.conditions import said_of
from rosterkit.wire.initiating import (
    Arrived,
    Came,
    Failed,
    InitiatingStream,
    Output,
    Over,
    Phase,
    StartTls,
    Write,
)
from rosterkit.wire.reader import Opened

__all__ = ["Arrived", "Came", "Failed", "Joining", "Output", "Over", "Phase", "StartTls", "Write"]

_HANDSHAKE = f"{{{names.COMPONENT}}}handshake"
#: What each stream error means here, and what to do.
_REASONS = {
    "not-authorized": (
        "The server refuses the secret of the component {domain}: {said}. Check --component and --secret-file."
    ),
    "host-unknown": "The server expects no component {domain}: {said}. Check --component, and the server's settings.",
    "conflict": (
        "The component {domain} is taken: {said}. End the other component that answers for it, or let the server "
        "expect one of another name and say that with --component."
    ),
}


class Joining(InitiatingStream):
    """One component's way to a stream that stanzas pass; what it arrives at is BOUND, with ``domain`` as its JID."""

    namespace = names.COMPONENT
    options = "--component-connect"

    def __init__(self, domain: str, secret: str) -> None:
        super().__init__(domain, Phase.BOUND)
        self._secret = secret

    def _opened(self, header: Opened) -> list[Output]:
        stream_id = header.attributes.get("id", "")
        if not stream_id:  # an error may follow that says why
            self.awaited = "a stream header with an id, from which the handshake is made (XEP-0114),"
            return []
        self.phase = Phase.OPENED
        self.awaited = "its answer to the handshake"
        self._next = self._answered
        digest = hashlib.sha1((stream_id + self._secret).encode("utf-8", "surrogatepass")).hexdigest()
        return [Write(markup.element("handshake", digest).encode())]

    def _refused(self, condition: str, text: str) -> Failed:
        sentence = _REASONS.get(
            condition, f"The server has ended the stream with the error {{said}} before {self.awaited} came."
        )
        return Failed(sentence.format(domain=self._domain, said=said_of(condition, text)))

    def _answered(self, element: _Element) -> list[Output]:
        if element.tag != _HANDSHAKE:
            return []
        self._read_on()
        self.phase = Phase.BOUND
        return self._arrive(self._domain)
