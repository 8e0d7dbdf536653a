"""Accounts made for a run by in-band registration (XEP-0077), and removed after it.

Tests: ``tests/conformance/test_registering.py``.
"""

from __future__ import annotations

import secrets
from typing import Any

from twisted.internet.defer import Deferred, TimeoutError, inlineCallbacks
from twisted.internet.interfaces import IReactorTime

from rosterkit.conformance.evidence import Seen, is_answer
from rosterkit.conformance.probing.lines import Line, Lines, ProbeError
from rosterkit.conformance.server import stanzas
from rosterkit.core import markup
from rosterkit.core.journal import Entry
from rosterkit.wire.entering import Account, Phase

__all__ = ["Registrar"]

_REGISTER = "jabber:iq:register"
_REFUSED = (
    "--register: {domain} makes no accounts: {how} Allow in-band registration (XEP-0077) in its configuration, or "
    "name accounts with --account."
)


class _EndedError(ProbeError):
    """The server ended the connection instead of answering; the text is what it said."""


class Registrar:
    """Makes accounts at ``domain`` and removes them; each step has ``patience`` seconds."""

    def __init__(self, lines: Lines, domain: str, clock: IReactorTime, patience: float) -> None:
        self.made: list[Account] = []
        self._lines = lines
        self._domain = domain
        self._clock = clock
        self._patience = patience

    @inlineCallbacks
    def make(self) -> Any:
        """A new account with a name and a password that nobody can guess; fails with ProbeError with a sentence."""
        account = Account(f"rosterkit-{secrets.token_hex(4)}", self._domain, secrets.token_hex(12))
        fields = markup.element("username", account.local) + markup.element("password", account.password)
        query = markup.element("query", fields, xmlns=_REGISTER)
        try:
            answer = yield self._ask(account, Phase.SECURED, stanzas.iq("set", "register", query))
        except _EndedError as error:
            raise ProbeError(_REFUSED.format(domain=self._domain, how=str(error))) from error
        if answer.type != "result":
            how = f"it answers {answer.condition or answer.type}."
            raise ProbeError(_REFUSED.format(domain=self._domain, how=how))
        self.made.append(account)
        return account

    @inlineCallbacks
    def remove(self, account: Account) -> Any:
        """Remove an account; True where the server says that it has."""
        query = markup.element("query", "<remove/>", xmlns=_REGISTER)
        try:
            answer = yield self._ask(account, Phase.BOUND, stanzas.iq("set", "remove", query))
        except ProbeError:
            return False
        if answer.type != "result":
            return False
        self.made.remove(account)
        return True

    @inlineCallbacks
    def _ask(self, account: Account, upto: Phase, iq: str) -> Any:
        """The answer to one iq on a line of its own."""
        listener = _Answer(Seen(Entry(0, 0.0, None, None, None, "out", "iq", iq.encode())).id or "")
        line = yield self._lines.enter("registrar", account, upto, listener)
        try:
            line.send(iq.encode())
            self._lines.pump()
            return (yield listener.answer.addTimeout(self._patience, self._clock))
        except TimeoutError as error:
            raise ProbeError(
                f"{self._domain} did not answer a request about the account {account.local} within "
                f"{self._patience:g} s."
            ) from error
        finally:
            if line.is_open:
                line.cut()


class _Answer:
    """Waits for the answer to one iq."""

    def __init__(self, id_: str) -> None:
        self.answer: Deferred[Seen] = Deferred()
        self._match = is_answer(id_)

    def came(self, _line: Line, data: bytes, kind: str) -> None:
        seen = Seen(Entry(0, 0.0, None, None, None, "in", kind, data))
        if kind == "iq" and self._match(seen) and not self.answer.called:
            self.answer.callback(seen)

    def said(self, _line: Line, _data: bytes, _kind: str) -> None:
        """Nobody listens to that."""

    def over(self, _line: Line, text: str) -> None:
        if not self.answer.called:
            self.answer.errback(_EndedError(text))
