"""Logging in on one stream: SASL elements in, steps out, any number of attempts up to a bound (RFC 6120 §6.4).

Tests: ``tests/wire/test_negotiate.py``.
"""

from __future__ import annotations

from typing import Protocol

from lxml.etree import _Element

from rosterkit.core import markup
from rosterkit.core.credentials import Credentials
from rosterkit.core.jid import Jid
from rosterkit.wire.features import Settings
from rosterkit.wire.names import SASL
from rosterkit.wire.sasl import ABORTED, OUT_OF_PLACE, Challenge, Exchange, Failure, Step, Success

__all__ = ["Login", "LoginHost", "xml"]

_ENCRYPTION_REQUIRED = Failure("encryption-required", "Start TLS first.")


class LoginHost(Protocol):
    """Whom a login asks."""

    settings: Settings

    def credentials(self, account: Jid) -> Credentials | None:
        """What proves the password of ``account``, or None where there is no such account."""

    def guest(self, domain: str) -> Jid:
        """The account at ``domain``, one that nobody has had, of somebody who logs in anonymously."""

    def login_fault(self, step: Step, account: Jid | None) -> Step:
        """What is told instead of ``step``: itself, but for a fault.  ``account`` is None while nobody knows it."""

    def new_id(self) -> str:
        """An unguessable id, of printable ASCII without a comma."""


class Login:
    """The attempts of one stream to log in at ``domain``; ``permitted`` is False where TLS must come first.

    ``exhausted`` says that as many attempts have failed as the host's settings allow.  Answers to elements that
    belong to no attempt, such as the ``<abort/>`` that some clients send after a failure, do not count.
    """

    def __init__(self, host: LoginHost, domain: str, permitted: bool) -> None:
        self._host = host
        self._domain = domain
        self._permitted = permitted
        self._failures = 0
        self._exchange: Exchange | None = None
        self._account: Jid | None = None  # whom the exchange is about

    @property
    def exhausted(self) -> bool:
        """Whether there is no further attempt."""
        return self._failures >= self._host.settings.limits.login_tries

    def receive(self, element: _Element) -> Step | None:
        """Take an element of the SASL namespace; None where a client has no business with it."""
        if element.tag == f"{{{SASL}}}auth":
            return self._told(self._begin(element))
        if element.tag == f"{{{SASL}}}response":
            return self._told(self._exchange.respond(element.text)) if self._exchange is not None else OUT_OF_PLACE
        if element.tag == f"{{{SASL}}}abort":
            return self._noted(ABORTED)
        return None

    def _begin(self, auth: _Element) -> Step:
        if self._exchange is not None:  # whoever begins anew gives up what was under way
            self._failures += 1
        self._account = None
        guest = self._guest if self._host.settings.anonymous else None
        mechanism = auth.get("mechanism", "")
        offered = mechanism if mechanism not in self._host.settings.without else ""
        self._exchange = Exchange(offered, self._domain, self._credentials, self._host.new_id(), guest)
        return self._exchange.start(auth.text) if self._permitted else _ENCRYPTION_REQUIRED

    def _credentials(self, account: Jid) -> Credentials | None:
        self._account = account
        return self._host.credentials(account)

    def _guest(self) -> Jid:
        self._account = self._host.guest(self._domain)
        return self._account

    def _told(self, step: Step) -> Step:
        return self._noted(self._host.login_fault(step, self._account))

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
