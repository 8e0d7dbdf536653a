"""Mutants of delivery: messages to resources that are not there, and to accounts that are offline or do not exist.

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.conformance.server.mutants.arriving import Arriving, Wrong, messages
from rosterkit.core import delivery, replies
from rosterkit.errors import ITEM_NOT_FOUND, SERVICE_UNAVAILABLE

__all__ = ["MUTANTS"]


# A resource that is not there


def _goes_nowhere(arriving: Arriving) -> bool:
    return arriving.is_absent and arriving.stanza.type == "chat" and arriving.refuse()


def _goes_to_negative(arriving: Arriving) -> bool:
    if not arriving.is_absent or arriving.stanza.type != "chat" or delivery._receivers(arriving.account, "chat"):
        return False
    return arriving.hand(arriving.available)


def _goes_on(kind: str) -> Wrong:
    """Messages of one kind go on to the account, as chat messages do."""
    return lambda arriving: (
        arriving.is_absent
        and arriving.stanza.type == kind
        and arriving.hand(delivery._receivers(arriving.account, "chat"))
    )


# Nobody there


def _named(arriving: Arriving) -> bool:
    return arriving.account is None and arriving.refuse(ITEM_NOT_FOUND)


def _offline_lost(kind: str) -> Wrong:
    return lambda arriving: arriving.is_offline and arriving.stanza.type == kind


def _offline_answered(kind: str) -> Wrong:
    """Errors too, which are answered by nothing else."""

    def wrong(arriving: Arriving) -> bool:
        sender = arriving.stanza.sender
        if not arriving.is_offline or arriving.stanza.type != kind or sender is None:
            return False
        arriving.world.route(replies.error(arriving.stanza, SERVICE_UNAVAILABLE), sender.full)
        return True

    return wrong


def _mutant(name: str, case: str, breaks: str, patch: Patch) -> Mutant:
    section, _, _ = case.rpartition("/")
    return mutant(name, section, breaks, patch, caught_in=(f"rfc6121/{case}",))


MUTANTS: tuple[Mutant, ...] = (
    _mutant(
        "chat-goes-nowhere",
        "8.5.3.2.1/chat",
        "A chat message to a resource that is not there is refused, though there are others.",
        messages(_goes_nowhere),
    ),
    _mutant(
        "chat-goes-on-to-negative",
        "8.5.3.2.1/chat-only-negative",
        "A chat message to a resource that is not there goes on to one with a negative priority.",
        messages(_goes_to_negative),
    ),
    *(
        _mutant(
            f"{kind}-goes-on",
            f"8.5.3.2.1/{kind}",
            f"A message of type {kind} to a resource that is not there goes on to the account.",
            messages(_goes_on(kind)),
        )
        for kind in ("normal", "groupchat", "headline", "error")
    ),
    _mutant(
        "nobody-named",
        "8.5.1/message",
        "Who writes to an account that does not exist is told so.",
        messages(_named),
    ),
    _mutant(
        "offline-chat-lost",
        "8.5.2.2.1/chat",
        "A chat message to an account that is offline is lost without a word.",
        messages(_offline_lost("chat")),
    ),
    _mutant(
        "offline-normal-lost",
        "8.5.2.2.1/normal",
        "A message without a type to an account that is offline is lost without a word.",
        messages(_offline_lost("normal")),
    ),
    _mutant(
        "offline-groupchat-lost",
        "8.5.2.2.1/groupchat",
        "A groupchat message to an account that is offline is dropped without an error.",
        messages(_offline_lost("groupchat")),
    ),
    _mutant(
        "offline-headline-refused",
        "8.5.2.2.1/headline",
        "A headline to an account that is offline is answered with an error.",
        messages(_offline_answered("headline")),
    ),
    _mutant(
        "offline-error-answered",
        "8.5.2.2.1/error",
        "An error message to an account that is offline is answered with an error.",
        messages(_offline_answered("error")),
    ),
)
