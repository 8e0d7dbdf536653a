"""Mutants of delivery: messages to accounts and resources come where they should not, or do not where they should.

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.conformance.server.mutants.arriving import Arriving, Wrong, messages
from rosterkit.core import delivery
from rosterkit.core.state import Account, Session

__all__ = ["MUTANTS"]

_Real: TypeAlias = Callable[..., Any]
_Receivers: TypeAlias = Callable[[Account, _Real], list[Session]]


# Whom a message to the account reaches


def _reaching(kind: str, receivers: _Receivers) -> Patch:
    """Messages of one kind reach others."""

    def change(real: _Real) -> _Real:
        def wrong(account: Account | None, type_: str) -> Any:
            if account is None or type_ != kind:
                return real(account, type_)
            return receivers(account, real)

        return wrong

    return Patch(delivery, "_receivers", change)


def _nobody(_account: Account, _real: _Real) -> list[Session]:
    return []


def _as_chat(account: Account, real: _Real) -> list[Session]:
    return list(real(account, "chat"))


def _or_negative(kind: str) -> _Receivers:
    return lambda account, real: real(account, kind) or account.available


def _with_negative(real: _Real) -> _Real:
    def wrong(account: Account | None, type_: str) -> Any:
        found = real(account, type_)
        return account.available if account is not None and found else found

    return wrong


def _readdressed(arriving: Arriving) -> bool:
    """What is for the account is addressed to who gets it."""
    found = delivery._receivers(arriving.account, arriving.stanza.type)
    return not arriving.to.resource and arriving.hand_anew(found)


# A resource that is there


def _full_is_bare(arriving: Arriving) -> bool:
    if arriving.session is None or arriving.stanza.type in ("groupchat", "error"):
        return False
    arriving.right(arriving.to.without_resource())
    return True


def _copied(arriving: Arriving) -> bool:
    if arriving.session is not None and arriving.stanza.type == "chat":
        arriving.hand([session for session in arriving.available if session is not arriving.session])
    return False


def _full_refused(kind: str) -> Wrong:
    return lambda arriving: arriving.session is not None and arriving.stanza.type == kind and arriving.refuse()


def _negative_hidden(arriving: Arriving) -> bool:
    session = arriving.session
    return (
        session is not None and session.presence is not None and session.presence.priority < 0 and arriving.refuse()
    )


def _connected_hidden(arriving: Arriving) -> bool:
    return arriving.session is not None and arriving.session.presence is None and arriving.refuse()


def _full_readdressed(arriving: Arriving) -> bool:
    return arriving.session is not None and arriving.hand([arriving.session], arriving.to.bare)


def _mutant(name: str, case: str, breaks: str, patch: Patch) -> Mutant:
    section, _, _ = case.rpartition("/")
    return mutant(name, section, breaks, patch, caught_in=(f"rfc6121/{case}",))


MUTANTS: tuple[Mutant, ...] = (
    _mutant(
        "chat-reaches-nobody",
        "8.5.2.1.1/chat",
        "A chat message to an account comes to no resource of it.",
        _reaching("chat", _nobody),
    ),
    _mutant(
        "normal-reaches-nobody",
        "8.5.2.1.1/normal",
        "A message without a type to an account comes to no resource of it.",
        _reaching("normal", _nobody),
    ),
    _mutant(
        "headline-to-one",
        "8.5.2.1.1/headline",
        "A headline comes to the resource with the highest priority only.",
        _reaching("headline", _as_chat),
    ),
    _mutant(
        "negative-too",
        "8.5.2.1.1/negative-priority",
        "Beside others, a resource with a negative priority gets the messages to the account too.",
        Patch(delivery, "_receivers", _with_negative),
    ),
    _mutant(
        "groupchat-as-chat",
        "8.5.2.1.1/groupchat",
        "A groupchat message to an account is delivered as a chat message is.",
        _reaching("groupchat", _as_chat),
    ),
    _mutant(
        "error-as-chat",
        "8.5.2.1.1/error",
        "An error message to an account is delivered as a chat message is.",
        _reaching("error", _as_chat),
    ),
    _mutant(
        "message-readdressed",
        "8.5.2.1.1/to-kept",
        "A message to the account is addressed to the full JID of who gets it.",
        messages(_readdressed),
    ),
    _mutant(
        "negative-if-need-be",
        "8.5.2.1.1/only-negative",
        "A resource with a negative priority gets chat messages where there is no other.",
        _reaching("chat", _or_negative("chat")),
    ),
    _mutant(
        "headline-negative-if-need-be",
        "8.5.2.1.1/only-negative-headline",
        "A resource with a negative priority gets headlines where there is no other.",
        _reaching("headline", _or_negative("headline")),
    ),
    _mutant(
        "full-as-bare",
        "8.5.3.1/message",
        "A message to a resource goes to the one with the highest priority.",
        messages(_full_is_bare),
    ),
    _mutant(
        "copied-to-all",
        "8.5.3.1/only-there",
        "A chat message to a resource comes to the others too, which have not asked for copies.",
        messages(_copied),
    ),
    _mutant(
        "groupchat-refused",
        "8.5.3.1/groupchat",
        "A groupchat message to a resource is refused.",
        messages(_full_refused("groupchat")),
    ),
    _mutant(
        "error-lost",
        "8.5.3.1/error",
        "An error message to a resource is dropped.",
        messages(_full_refused("error")),
    ),
    _mutant(
        "negative-hidden",
        "8.5.3.1/negative-priority",
        "A resource with a negative priority cannot be written to by its full JID.",
        messages(_negative_hidden),
    ),
    _mutant(
        "connected-hidden",
        "8.5.3.1/not-available",
        "A resource that has sent no presence cannot be written to.",
        messages(_connected_hidden),
    ),
    _mutant(
        "full-readdressed",
        "8.5.3.1/to-kept",
        "A message to a resource is addressed to the account when it gets it.",
        messages(_full_readdressed),
    ),
)
