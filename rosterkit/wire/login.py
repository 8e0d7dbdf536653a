"""Logging in on one stream: SASL elements in, steps out, any number of attempts up to a bound (RFC 6120 §6.4).

Tests: ``tests/wire/test_negotiate.py``.
"""

from __future__ import annotations

from collections.abc import Callable

from lxml.etree import _Element

from rosterkit.core import markup
from rosterkit.wire.names import SASL
from rosterkit.wire.sasl import ABORTED, OUT_OF_PLACE, Challenge, Exchange, Failure, Lookup, Step, Success

__all__ = ["Login", "xml"]

_ENCRYPTION_REQUIRED = Failure("encryption-required", "Start TLS first.")


class Login:
    """The attempts of one stream to log in at ``domain``; ``permitted`` is False where TLS must come first.

    ``exhausted`` says that ``tries`` attempts have failed.  Answers to elements that belong to no attempt, such as
    the ``<abort/>`` that some clients send after a failure, do not count.
    """

    def __init__(self, domain: str, lookup: Lookup, new_id: Callable[[], str], tries: int, permitted: bool) -> None:
        self._domain = domain
        self._lookup = lookup
        self._new_id = new_id
        self._tries = tries
        self._permitted = permitted
        self._failures = 0
        self._exchange: Exchange | None = None

    @property
    def exhausted(self) -> bool:
        """Whether there is no further attempt."""
        return self._failures >= self._tries

    def receive(self, element: _Element) -> Step | None:
        """Take an element of the SASL namespace; None where a client has no business with it."""
        if element.tag == f"{{{SASL}}}auth":
            return self._noted(self._begin(element))
        if element.tag == f"{{{SASL}}}response":
            return self._noted(self._exchange.respond(element.text) if self._exchange is not None else OUT_OF_PLACE)
        if element.tag == f"{{{SASL}}}abort":
            return self._noted(ABORTED)
        return None

    def _begin(self, auth: _Element) -> Step:
        if self._exchange is not None:  # whoever begins anew gives up what was under way
            self._failures += 1
        self._exchange = Exchange(auth.get("mechanism", ""), self._domain, self._lookup, self._new_id())
        return self._exchange.start(auth.text) if self._permitted else _ENCRYPTION_REQUIRED

    def _noted(self, step: Step) -> Step:
        if not isinstance(step, Challenge) and self._exchange is not None:
            self._exchange = None
            self._failures += isinstance(step, Failure)
        return step


def xml(step: Step) -> bytes:
    """The element that tells the client of ``step``."""
    if isinstance(step, Failure):
        text = markup.element("text", markup.text(step.text), xml_lang="en") if step.text else ""
        return markup.element("failure", markup.element(step.condition) + text, xmlns=SASL).encode()
    name = "success" if isinstance(step, Success) else "challenge"
    return markup.element(name, step.data.decode(), xmlns=SASL).encode()
