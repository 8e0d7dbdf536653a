"""IQ requests over a stream that comes and goes: each is answered, times out or fails, and none waits for ever.

An answer is matched by its id, which nobody can guess, *and* its sender.  While there is no stream requests wait in
their order, as many as are allowed; their time-outs run.

Tests: ``tests/xmpp/test_iq_requests.py``.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Literal

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.words.protocols.jabber.error import StanzaError

from rosterkit.core.stanza import Element
from rosterkit.errors import RosterkitError
from rosterkit.xmpp.elements import child_named, text_of
from rosterkit.xmpp.jids import is_one_of

__all__ = ["Requests", "TooManyWaitingError"]

_STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
_TEXT = f"{{{_STANZAS}}}text"


class TooManyWaitingError(RosterkitError, ConnectionError):
    """No stream, and as many requests wait for one as may; the text says how many."""


class _Request:
    """One request that has not been answered."""

    __slots__ = ("call", "deferred", "sent", "xml")

    def __init__(self, xml: str, deferred: Deferred[Element], call: IDelayedCall) -> None:
        self.xml = xml
        self.deferred = deferred
        self.call = call
        self.sent = False


class Requests:
    """The requests of one account.

    ``most_waiting`` bounds those that wait for a stream.  ``lenient`` also takes answers from the account's own full
    JID, as servers of RFC 3921's time sent them.
    """

    def __init__(self, clock: IReactorTime, most_waiting: int, lenient: bool = False) -> None:
        self._clock = clock
        self._most_waiting = most_waiting
        self._lenient = lenient
        self._write: Callable[[str], object] | None = None
        self._senders: frozenset[str | None] = frozenset()
        self._open: dict[str, _Request] = {}
        self._account: str | None = None

    @property
    def connected(self) -> bool:
        """Whether there is a stream to send over."""
        return self._write is not None

    def send(
        self, kind: Literal["get", "set"], payload: str, timeout: float, *, now_only: bool = False
    ) -> Deferred[Element]:
        """Send ``payload`` (markup) to the own account; fires with the result stanza.

        Fails with Twisted's StanzaError for an error, ``TimeoutError`` after ``timeout`` seconds, ``ConnectionError``
        when the stream ends first; where there is none, at once if ``now_only``, and with
        :class:`TooManyWaitingError` if too many wait.
        """
        if self._write is None:
            refused = self._refusal(now_only)
            if refused is not None:
                failed: Deferred[Element] = Deferred()
                failed.errback(refused)
                return failed
        id_ = secrets.token_hex(12)
        xml = f"<iq type='{kind}' id='{id_}'>{payload}</iq>"
        deferred: Deferred[Element] = Deferred(lambda _: self._forget(id_))
        call = self._clock.callLater(timeout, self._time_out, id_, timeout)
        request = self._open[id_] = _Request(xml, deferred, call)
        if self._write is not None:
            request.sent = True
            self._write(xml)
        return deferred

    def opened(self, write: Callable[[str], object], account: str, full: str) -> None:
        """A stream of ``account`` is ready: from now on ``write`` sends.  What waits is sent by :meth:`release`.

        What waits for a stream of another account fails with ``ConnectionError``.
        """
        if self._account not in (None, account):
            for request in [self._take(id_) for id_ in list(self._open)]:
                request.deferred.errback(
                    ConnectionError(f"The stream is {account}'s now; this was another account's.")
                )
        self._account = account
        self._write = write
        self._senders = frozenset({None, account, full} if self._lenient else {None, account})

    def release(self) -> None:
        """Send what waited for a stream, in its order."""
        for id_, request in list(self._open.items()):
            if self._write is not None and not request.sent and id_ in self._open:
                request.sent = True
                self._write(request.xml)

    def closed(self) -> None:
        """The stream is gone: nothing more is sent over it.  :meth:`lost` follows."""
        self._write = None

    def lost(self) -> None:
        """The stream is gone: what was sent over it fails with ``ConnectionError``, what was not waits on."""
        self._write = None
        for request in [self._take(id_) for id_, request in list(self._open.items()) if request.sent]:
            if not request.deferred.called:  # one that failed may have cancelled another
                request.deferred.errback(
                    ConnectionError("The stream ended before the server had answered; whether it acted is not known.")
                )

    def answered(self, stanza: Element) -> bool:
        """Whether ``stanza``, an iq of type result or error, answers a request of ours; then that one fires."""
        request = self._open.get(stanza.get("id") or "")
        if request is None or not request.sent or not is_one_of(stanza.get("from"), self._senders):
            return False
        self._take(stanza.get("id") or "")
        if stanza.get("type") == "error":
            request.deferred.errback(_error(stanza))
        else:
            request.deferred.callback(stanza)
        return True

    def _refusal(self, now_only: bool) -> Exception | None:
        if now_only:
            return ConnectionError("There is no stream; wait until it is back.")
        if len(self._open) >= self._most_waiting:
            return TooManyWaitingError(
                f"There is no stream, and {self._most_waiting} requests wait for one already; try again later."
            )
        return None

    def _time_out(self, id_: str, timeout: float) -> None:
        request = self._open.pop(id_)
        why = "the server has not answered" if request.sent else "there was no stream to send it over"
        request.deferred.errback(TimeoutError(f"After {timeout:g} s {why}."))

    def _take(self, id_: str) -> _Request:
        request = self._open.pop(id_)
        request.call.cancel()
        return request

    def _forget(self, id_: str) -> None:
        """Somebody cancelled the Deferred."""
        if id_ in self._open:
            self._take(id_)


def _error(stanza: Element) -> StanzaError:
    """The stanza error in ``stanza``; ``undefined-condition`` where it says none."""
    namespace = stanza.tag.partition("}")[0].removeprefix("{")
    said = child_named(stanza, f"{{{namespace}}}error")
    if said is None:
        return StanzaError("undefined-condition", text="The error stanza says no reason.")
    names = [child.tag for child in said if child.tag.startswith(f"{{{_STANZAS}}}") and child.tag != _TEXT]
    condition = names[0].partition("}")[2] if names else "undefined-condition"
    return StanzaError(condition, said.get("type"), text=text_of(said, _TEXT))
