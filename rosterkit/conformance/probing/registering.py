"""Accounts made for a run by in-band registration (XEP-0077), and removed after it.

Tests: ``tests/conformance/test_registering.py``.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from twisted.internet.defer import inlineCallbacks
from twisted.internet.interfaces import IReactorTime

from rosterkit.conformance.evidence import is_answer
from rosterkit.conformance.probing.alone import played_alone
from rosterkit.conformance.probing.lines import Account, Lines, Phase, ProbeError
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Await, Enter, Say, Script
from rosterkit.core import markup

__all__ = ["Registrar"]

_REGISTER = "jabber:iq:register"
_REFUSED = (
    "--register: {domain} makes no accounts: {how} Allow in-band registration (XEP-0077) in its configuration, or "
    "name accounts with --account."
)


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
        refused = yield self._ask(account, Phase.SECURED, query, sent=lambda: self.made.append(account))
        if refused is not None:
            self.made.remove(account)
            raise ProbeError(_REFUSED.format(domain=self._domain, how=refused))
        return account

    @inlineCallbacks
    def remove(self, account: Account) -> Any:
        """Remove an account; True where the server says that it has."""
        query = markup.element("query", "<remove/>", xmlns=_REGISTER)
        try:
            refused = yield self._ask(account, Phase.BOUND, query)
        except ProbeError:
            return False
        if refused is None:
            self.made.remove(account)
        return refused is None

    @inlineCallbacks
    def _ask(self, account: Account, upto: Phase, query: str, sent: Callable[[], object] = lambda: None) -> Any:
        """Ask on a line of its own; None where the server does it, else how it refuses.

        ``sent`` is called when the request leaves.  Fails with ProbeError where the line cannot be had, and where no
        answer comes.
        """

        def script(people: People) -> Script:
            yield Enter("registrar", people.me, upto)
            sent()
            yield Say("registrar", stanzas.iq("set", "asked", query), "asked")
            yield Await("registrar", is_answer("asked"))

        evidence = yield played_alone(script, account, self._lines, self._clock, self._patience)
        answer, ended = evidence.answer("asked"), evidence.ended()
        if answer is not None:
            return None if answer.type == "result" else f"it answers {answer.condition or answer.type}."
        if ended is not None:
            return ended.step["over"]
        raise ProbeError(
            f"{self._domain} did not answer a request about the account {account.local} within {self._patience:g} s."
        )
