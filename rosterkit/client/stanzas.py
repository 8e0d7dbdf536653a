"""The stanzas of one account's streams: who sent them, what they are for, and what is answered.

Reads Twisted's elements, or lxml's where the stream hands them out before Twisted sees them.

Tests: ``tests/client/test_roster_client.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.words.protocols.jabber.jid import JID
from twisted.words.xish import domish

from rosterkit.core import jid, markup, replies
from rosterkit.core.replica import Pushed, read_push
from rosterkit.core.roster import NAMESPACE
from rosterkit.core.stanza import Element
from rosterkit.errors import SERVICE_UNAVAILABLE, StanzaError
from rosterkit.xmpp.elements import View, child_named
from rosterkit.xmpp.jids import is_one_of, twisted_jid
from rosterkit.xmpp.requests import Requests

__all__ = ["Stanzas"]

_IQ, _PRESENCE = "{jabber:client}iq", "{jabber:client}presence"
_QUERY = f"{{{NAMESPACE}}}query"
_VERSIONING = ("urn:xmpp:features:rosterver", "ver")
_PRE_APPROVAL = ("urn:xmpp:features:pre-approval", "sub")


class Stanzas:
    """``handler`` is asked for its stream; ``pushed`` gets each good push, ``present`` each presence stanza."""

    def __init__(
        self,
        handler: Any,
        requests: Requests,
        pushed: Callable[[Pushed], None],
        present: Callable[[Element], None],
        answer_strangers: bool,
        accept_full_jid: bool,
    ) -> None:
        self._handler = handler
        self._requests = requests
        self._pushed = pushed
        self._present = present
        self._answer_strangers = answer_strangers
        self._accept_full_jid = accept_full_jid
        self._account: str | None = None
        self._senders: frozenset[str | None] = frozenset()
        self._ready = False
        self._deafen: Callable[[], None] | None = None

    @property
    def account(self) -> JID | None:
        """The bare JID of the last login."""
        return twisted_jid(self._account) if self._account is not None else None

    @property
    def connected(self) -> bool:
        """Whether a stream is ready."""
        return self._ready

    @property
    def offers_versioning(self) -> bool:
        """Whether the server of this stream knows roster versions (RFC 6121 §2.6.1)."""
        return self._offers(_VERSIONING)

    @property
    def offers_pre_approval(self) -> bool:
        """Whether the server of this stream takes pre-approvals (RFC 6121 §3.4.1)."""
        return self._offers(_PRE_APPROVAL)

    def listen(self) -> None:
        """A stream begins: see its stanzas."""
        stream = self._handler.xmlstream
        taps = getattr(stream, "taps", None)
        if taps is not None:
            taps.append(self._take)
            self._deafen = lambda: taps.remove(self._take)
        else:
            stream.addObserver("/iq", self._take_domish, 1)
            stream.addObserver("/presence", self._take_domish, 1)
            self._deafen = lambda: self._stop_observing(stream)

    def ready(self) -> str:
        """The stream is bound; gives the account's bare JID.  Requests are sent from now on."""
        stream = self._handler.xmlstream
        address = getattr(stream.authenticator, "jid", None) or self._handler.parent.jid
        full = jid.parse(address.full())
        self._account = full.bare
        self._senders = frozenset({None, full.bare, full.full} if self._accept_full_jid else {None, full.bare})
        self._ready = True
        self._requests.opened(stream.send, full.bare, full.full)
        return full.bare

    def lost(self) -> None:
        """The stream is gone, for us at least; what was asked over it is for :meth:`Requests.lost`."""
        self._ready = False
        deafen, self._deafen = self._deafen, None
        if deafen is not None:
            deafen()

    def write(self, xml: str) -> None:
        """Send markup; ConnectionError where there is no stream."""
        if not self._ready:
            raise ConnectionError("There is no stream to send this over; wait until it is back.")
        self._handler.xmlstream.send(xml)

    def _stop_observing(self, stream: Any) -> None:
        stream.removeObserver("/iq", self._take_domish)
        stream.removeObserver("/presence", self._take_domish)

    def _offers(self, feature: tuple[str, str]) -> bool:
        return self._ready and feature in self._handler.xmlstream.features

    def _take_domish(self, element: domish.Element) -> None:
        if not getattr(element, "handled", False) and self._take(View(element)):
            element.handled = True  # type: ignore[attr-defined]  # by which Twisted knows what is taken

    def _take(self, element: Element) -> bool:
        """Whether the stanza was for us alone."""
        if not self._ready:
            return False
        tag = element.tag
        if tag == _PRESENCE:
            self._present(element)
            return False
        if tag != _IQ:
            return False
        kind = element.get("type")
        if kind in ("result", "error"):
            return self._requests.answered(element)
        query = child_named(element, _QUERY) if kind == "set" else None
        if query is not None:
            self._push(element, query)
        return query is not None

    def _push(self, iq: Element, query: Element) -> None:
        """Take a push over and answer it; one from anybody else changes nothing (RFC 6121 §2.1.6)."""
        if not is_one_of(iq.get("from"), self._senders):
            if self._answer_strangers:
                self._reply(iq, SERVICE_UNAVAILABLE)
            return
        pushed = read_push(query)
        if isinstance(pushed, StanzaError):
            self._reply(iq, pushed)
            return
        self._pushed(pushed)
        self._reply(iq, None)

    def _reply(self, iq: Element, error: StanzaError | None) -> None:
        """Answer a push; one without an id cannot be, and after a listener has ended the stream none is."""
        id_, sender = iq.get("id"), iq.get("from")
        if id_ is None or not self._ready:
            return
        body = replies.error_body(error).decode() if error is not None else ""
        self.write(markup.element("iq", body, type="error" if error is not None else "result", id=id_, to=sender))
