"""Accounts made for a run by in-band registration (XEP-0077), and removed after it.

Tests: ``tests/conformance/test_registering.py``.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
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
    """Makes accounts at ``domain`` and removes them; each step has ``patience`` seconds.

    ``made`` are those that there may be: of one that was asked for without an answer nobody knows.
    """

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
        asking = stanzas.iq("set", "register", query)
        try:
            answer = yield self._ask(account, Phase.SECURED, asking, sent=lambda: self.made.append(account))
        except _EndedError as error:
            self._is_not_made(account)
            raise ProbeError(_REFUSED.format(domain=self._domain, how=str(error))) from error
        if answer.type != "result":
            self._is_not_made(account)
            how = f"it answers {answer.condition or answer.type}."
            raise ProbeError(_REFUSED.format(domain=self._domain, how=how))
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

    def _is_not_made(self, account: Account) -> None:
        """The server has said so."""
        self.made = [one for one in self.made if one != account]

    @inlineCallbacks
    def _ask(self, account: Account, upto: Phase, iq: str, sent: Callable[[], object] = lambda: None) -> Any:
        """The answer to one iq on a line of its own; ``sent`` is called when it leaves."""
        listener = _Answer(Seen(Entry(0, 0.0, None, None, None, "out", "iq", iq.encode())).id or "")
        line = yield self._lines.enter("registrar", account, upto, listener)
        try:
            sent()
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
