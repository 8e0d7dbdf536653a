"""Mutants that read presence wrongly (RFC 6121 §4.7).

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.conformance.server.mutants.sending import Change, adding
from rosterkit.core import presence
from rosterkit.core.jid import Jid
from rosterkit.core.stanza import Presence
from rosterkit.core.world import World
from rosterkit.wire import decode

__all__ = ["MUTANTS"]

_STATUS = re.compile(rb"<status.*?</status>", re.DOTALL)


def _reading(read: Callable[[Presence], Presence]) -> Change:
    """Presence is read as ``read`` makes it of what it is."""
    return lambda rule: lambda *given: read(rule(*given))


def _forgiving(value: Presence) -> Presence:
    return replace(value, type="", fault=None) if value.fault is not None else value


def _one_status(value: Presence) -> Presence:
    first = _STATUS.search(value.body)
    if first is None:
        return value
    return replace(value, body=value.body[: first.end()] + _STATUS.sub(b"", value.body[first.end() :]))


def _without_language(value: Presence) -> Presence:
    return replace(value, lang=None)


def _answer_error(world: World, stanza: Presence, to: Jid) -> None:
    elsewhere = stanza.sender is not None and stanza.sender.domain not in world.domains  # here it would never end
    if stanza.type == "error" and stanza.sender is not None and elsewhere:
        world.route(Presence("error", sender=to, body=stanza.body), stanza.sender.full)


def _end_subscription(world: World, stanza: Presence, to: Jid) -> None:
    account, sender = world.accounts.get(to.bare), stanza.sender
    item = account.roster.items.get(sender.bare) if account is not None and sender is not None else None
    if account is not None and item is not None and stanza.type == "error":
        world.put_item(account, replace(item, subscription="none", memo=None))


def _patch(change: Any) -> Patch:
    return Patch(decode._KINDS, "presence", change)


MUTANTS: tuple[Mutant, ...] = (
    mutant(
        "type-forgiven", "4.7.1", "Presence of an unknown type is available presence.", _patch(_reading(_forgiving))
    ),
    mutant(
        "error-answered",
        "4.7.1",
        "Presence of type error is answered with an error.",
        Patch(presence, "deliver", adding(_answer_error)),
    ),
    mutant(
        "error-ends-subscription",
        "4.7.1",
        "Presence of type error ends the subscription.",
        Patch(presence, "deliver", adding(_end_subscription)),
    ),
    mutant("status-once", "4.7.2.2", "Presence has one status at most.", _patch(_reading(_one_status))),
    mutant("language-lost", "4.7.2.2", "Presence has no language.", _patch(_reading(_without_language))),
)
