"""Mutants that show and change rosters for others than their accounts (RFC 6121 §2.1.3, §2.1.5).

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from typing import Any

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.core import requests, roster, roster_iq
from rosterkit.core.roster import Item
from rosterkit.core.stanza import Iq
from rosterkit.wire import encode

__all__ = ["MUTANTS"]

_GET = ("get", roster_iq.QUERY)
_SET = ("set", roster_iq.QUERY)


def _refusing_address(type_: str) -> Any:
    """A request of this type that names the account is taken for one about somebody else."""

    def change(original: Any) -> Any:
        def own(account: Any, to: Any, key: Any) -> Any:
            return None if to is not None and key == (type_, roster_iq.QUERY) else original(account, to, key)

        return own

    return change


def _shows(condition: Any) -> Any:
    """Whoever asks for somebody else's roster is given it, where ``condition`` takes the request."""

    def change(original: Any) -> Any:
        def answer(world: Any, iq: Any, to: Any) -> Any:
            if (iq.type, iq.child.tag) != _GET or not condition(world, iq, to):
                return original(world, iq, to)
            account = world.accounts.get(to.bare)
            items = b"".join(map(encode.item, account.roster.items.values())) if account else b""
            return b"<query xmlns='%b'>%b</query>" % (roster.NAMESPACE.encode(), items)

        return answer

    return change


def _is_neighbour(world: Any, iq: Any, to: Any) -> bool:
    return iq.sender.domain in world.domains and to.bare in world.accounts


def _is_nobody(world: Any, _iq: Any, to: Any) -> bool:
    return to.bare not in world.accounts


def _is_from_elsewhere(world: Any, iq: Any, _to: Any) -> bool:
    return iq.sender.domain not in world.domains


def _does(condition: Any) -> Any:
    """A set for somebody else is done in the roster that it is for, where ``condition`` takes the request."""

    def change(original: Any) -> Any:
        def answer(world: Any, iq: Iq, to: Any) -> Any:
            assert iq.child is not None
            if (iq.type, iq.child.tag) != _SET or not condition(world, iq, to):
                return original(world, iq, to)
            account = world.accounts.get(to.bare)
            wanted = roster.read_set(iq.child, to.bare, world.settings.limits)
            if account is not None and isinstance(wanted, roster.RosterSet):
                world.put_item(account, Item(wanted.jid, wanted.name, wanted.groups))
            return b""

        return answer

    return change


MUTANTS: tuple[Mutant, ...] = (
    mutant(
        "get-for-account-refused",
        "2.1.3",
        "A request for the roster must not have a to.",
        Patch(requests, "_own", _refusing_address("get")),
    ),
    mutant(
        "roster-for-neighbours",
        "2.1.3",
        "An account is given the roster of another one.",
        Patch(requests, "answer", _shows(_is_neighbour)),
    ),
    mutant(
        "roster-of-nobody",
        "2.1.3",
        "An account that does not exist has an empty roster.",
        Patch(requests, "answer", _shows(_is_nobody)),
    ),
    mutant(
        "roster-for-elsewhere",
        "2.1.3",
        "Somebody of another server is given a roster.",
        Patch(requests, "answer", _shows(_is_from_elsewhere)),
    ),
    mutant(
        "set-for-neighbours",
        "2.1.5",
        "An account changes the roster of another one.",
        Patch(requests, "answer", _does(_is_neighbour)),
    ),
    mutant(
        "set-for-nobody",
        "2.1.5",
        "A set for an account that does not exist is answered as if it had been done.",
        Patch(requests, "answer", _does(_is_nobody)),
    ),
    mutant(
        "set-from-elsewhere",
        "2.1.5",
        "Somebody of another server changes a roster.",
        Patch(requests, "answer", _does(_is_from_elsewhere)),
    ),
    mutant(
        "set-for-account-refused",
        "2.1.5",
        "A set must not have a to.",
        Patch(requests, "_own", _refusing_address("set")),
    ),
)
