"""Mutants that let the wrong people in, or not the right ones, or say too much (RFC 6120 §6).

Tests: ``tests/conformance/test_server_logins.py``, ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Generator
from typing import Any, TypeAlias

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.core.jid import Jid
from rosterkit.wire import sasl
from rosterkit.wire.login import Login
from rosterkit.wire.sasl import Challenge, Exchange, Failure, Step, Success

__all__ = ["MUTANTS"]

_Function: TypeAlias = Callable[..., Any]
_NOT_AUTHORIZED, _MALFORMED = Failure("not-authorized"), Failure("malformed-request")
_NO_PROOF = b64encode(b"v=" + b64encode(b"no proof of anything"))


def _mutant(name: str, section: str, breaks: str, *patches: Patch) -> Mutant:
    return mutant(name, section, breaks, *patches, caught_in=(f"rfc6120/{section}",))


# What is told


def _told(tell: Callable[[Login, Step], Step]) -> Patch:
    """What ``tell`` makes of a step is told in its place."""

    def change(original: _Function) -> _Function:
        return lambda self, step: original(self, tell(self, step))

    return Patch(Login, "_noted", change)


def _instead_of(condition: str, other: Failure) -> Patch:
    """Another failure in the place of one."""
    return _told(lambda _, step: other if isinstance(step, Failure) and step.condition == condition else step)


def _is_unknown(login: Login) -> bool:
    """Whether the attempt is made under a name that nobody has."""
    return login._account is not None and login._host.credentials(login._account) is None


def _tells_who_is_there(login: Login, step: Step) -> Step:
    return Failure("account-disabled") if isinstance(step, Failure) and _is_unknown(login) else step


def _fails_early(login: Login, step: Step) -> Step:
    return _NOT_AUTHORIZED if isinstance(step, Challenge) and step.data and _is_unknown(login) else step


def _one_try(original: _Function) -> _Function:
    def noted(self: Login, step: Step) -> Step:
        if isinstance(step, Failure):
            self._failures = self._host.settings.limits.login_tries
        told: Step = original(self, step)
        return told

    return noted


# What is believed


def _any_password(_original: _Function) -> _Function:
    return lambda _password, _credentials: True


def _any_mechanism(original: _Function) -> _Function:
    return lambda mechanism, *rest: original(mechanism, *rest) or original("PLAIN", *rest)


def _any_base64(original: _Function) -> _Function:
    return lambda text: original(re.sub("[^A-Za-z0-9+/=]", "", text) if text else text)


def _anybody(_original: _Function) -> _Function:
    return lambda _account, _authzid: True


# What is not


def _nobody(_original: _Function) -> _Function:
    return lambda _account, authzid: not authzid


def _no_capitals(original: _Function) -> _Function:
    def account(name: str, domain: str) -> Jid | None:
        return original(name, domain) if name == name.lower() else None

    return account


def _all_at_once(original: _Function) -> _Function:
    return lambda self, initial: original(self, initial) if initial else _MALFORMED


def _proves_nothing(original: _Function) -> _Function:
    def respond(self: Exchange, text: str | None) -> Step:
        step: Step = original(self, text)
        return step._replace(data=_NO_PROOF) if isinstance(step, Success) and step.data else step

    return respond


def _refuses_plain(_original: _Function) -> _Function:
    def plain(_domain: str, _lookup: Any) -> Generator[bytes, str, Failure]:
        yield b""
        return _NOT_AUTHORIZED

    return plain


MUTANTS: tuple[Mutant, ...] = (
    _mutant("any-password", "6.5.10", "It takes any password.", Patch(sasl, "matches", _any_password)),
    _mutant(
        "tells-who-is-there",
        "6.5.10",
        "It fails with another condition where there is no such account.",
        _told(_tells_who_is_there),
    ),
    _mutant(
        "fails-early", "6.5.10", "It fails one step earlier where there is no such account.", _told(_fails_early)
    ),
    _mutant(
        "any-mechanism", "6.5.7", "It takes what it does not know for PLAIN.", Patch(sasl, "_begin", _any_mechanism)
    ),
    _mutant("aborts-unheard", "6.4.4", "It does not know what aborting is.", _instead_of("aborted", _MALFORMED)),
    _mutant("any-base64", "6.5.5", "It skips what is no base64.", Patch(sasl, "_decoded", _any_base64)),
    _mutant(
        "blames-the-password",
        "6.5.8",
        "It calls a message that it cannot read a wrong password.",
        _instead_of("malformed-request", _NOT_AUTHORIZED),
    ),
    _mutant(
        "acts-as-anybody", "6.3.8", "It does not look whom one wants to act as.", Patch(sasl, "_may_act_as", _anybody)
    ),
    _mutant(
        "acts-as-nobody", "6.3.8", "It refuses whoever wants to act as anybody.", Patch(sasl, "_may_act_as", _nobody)
    ),
    _mutant("no-capitals", "6.3.7", "It knows names in small letters only.", Patch(sasl, "_account", _no_capitals)),
    _mutant("all-at-once", "6.4.2", "It wants the first message at once.", Patch(Exchange, "start", _all_at_once)),
    _mutant("one-try", "6.4.5", "It ends the stream with the first failure.", Patch(Login, "_noted", _one_try)),
    _mutant("proves-nothing", "6.4.6", "Its signature proves nothing.", Patch(Exchange, "respond", _proves_nothing)),
    _mutant("refuses-plain", "13.8.1", "It offers PLAIN and refuses it.", Patch(sasl, "_plain", _refuses_plain)),
)
