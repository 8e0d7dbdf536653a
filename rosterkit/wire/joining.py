"""A component's way into a server: header, handshake (XEP-0114), the initiating side.

Tests: ``tests/wire/test_joining.py``.
"""

from __future__ import annotations

import hashlib

from lxml.etree import _Element

from rosterkit.core import markup
from rosterkit.wire import names
from rosterkit.wire.conditions import said_of
from rosterkit.wire.initiating import Failed, InitiatingStream, Output, Phase, Write
from rosterkit.wire.reader import Opened

__all__ = ["Joining", "refused"]

_HANDSHAKE = f"{{{names.COMPONENT}}}handshake"
#: What each stream error means here, and what to do.
_REASONS = {
    "not-authorized": (
        "{server} refuses the secret of the component {domain}: {said}. Use the one of its configuration, in "
        "--component or --secret-file. ejabberd says the same of a domain that it does not expect."
    ),
    "host-unknown": (
        "{server} expects no component {domain}: {said}. Add it to the server's configuration, or change --component."
    ),
    "conflict": (
        "{server} says that the component {domain} is taken: {said}. End the other component, or change --component; "
        "it may also be a domain of the server itself."
    ),
}


def refused(server: str, domain: str, condition: str, text: str) -> str | None:
    """Why ``server`` does not take the component ``domain``, and what to change; None where it does not say."""
    reason = _REASONS.get(condition)
    return reason.format(server=server, domain=domain, said=said_of(condition, text)) if reason is not None else None


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
        said = (
            f"The server has ended the stream with the error {said_of(condition, text)} before {self.awaited} came."
        )
        return Failed(refused("The server", self._domain, condition, text) or said)

    def _answered(self, element: _Element) -> list[Output]:
        if element.tag != _HANDSHAKE:
            return []
        self._read_on()
        self.phase = Phase.BOUND
        return self._arrive(self._domain)
