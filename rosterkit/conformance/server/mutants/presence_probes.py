"""Mutants that answer probes wrongly (RFC 6121 §4.3.2).

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.conformance.server.mutants.sending import Change, adding, sees
from rosterkit.core import presence
from rosterkit.core.jid import Jid
from rosterkit.core.stanza import Presence
from rosterkit.core.state import Account, Session
from rosterkit.core.world import World

__all__ = ["MUTANTS"]

_Answer: TypeAlias = Callable[[Account | None, Jid, Jid, list[Presence]], list[Presence]]


def _answering(answer: _Answer) -> Change:
    """What a probe is told is what ``answer`` makes of the account, the prober, the address and the right answer."""

    def change(rule: Any) -> Any:
        def wrong(world: World, prober: Jid, to: Jid, probe_id: str | None = None) -> list[Presence]:
            return answer(world.accounts.get(to.bare), prober, to, rule(world, prober, to, probe_id))

        return wrong

    return change


def _mutant(name: str, breaks: str, answer: _Answer) -> Mutant:
    return mutant(name, "4.3.2", breaks, Patch(presence, "_answers", _answering(answer)))


def _telling(
    may: Callable[[Account, str], bool],
) -> _Answer:
    """Who ``may`` is told every resource."""

    def answer(account: Account | None, prober: Jid, to: Jid, right: list[Presence]) -> list[Presence]:
        if account is None or to.resource or not may(account, prober.bare):
            return right
        return [session.presence for session in account.available if session.presence is not None]

    return answer


def _first(_account: Account | None, _prober: Jid, _to: Jid, right: list[Presence]) -> list[Presence]:
    return right[:1]


def _empty(_account: Account | None, _prober: Jid, _to: Jid, right: list[Presence]) -> list[Presence]:
    return [replace(one, body=b"", memo=None) for one in right]


def _silent_offline(_account: Account | None, _prober: Jid, _to: Jid, right: list[Presence]) -> list[Presence]:
    return [one for one in right if one.type != "unavailable"]


def _unsubscribed_offline(_account: Account | None, _prober: Jid, to: Jid, right: list[Presence]) -> list[Presence]:
    gone = Presence("unsubscribed", sender=to.without_resource())
    return [gone if one.type == "unavailable" else one for one in right]


def _silent(exists: bool) -> _Answer:
    """Nobody is told unsubscribed by an account that exists, or by one that does not."""
    return lambda account, _prober, _to, right: (
        [one for one in right if one.type != "unsubscribed"] if exists is (account is not None) else right
    )


def _resource_to_strangers(account: Account | None, _prober: Jid, to: Jid, right: list[Presence]) -> list[Presence]:
    session = account.sessions.get(to.resource) if account is not None else None
    return [Presence(sender=to)] if session is not None and session.presence is not None else right


def _is_stranger(account: Account, prober: str) -> bool:
    return prober not in account.roster.items and prober not in account.roster.requests


def _was_known(account: Account, prober: str) -> bool:
    item = account.roster.items.get(prober)
    return item is not None and item.subscription == "none" and not item.ask


def _deliver(world: World, stanza: Presence, to: Jid) -> None:
    account = world.accounts.get(to.bare)
    for session in account.available if account is not None else ():
        world.send(session, stanza, to.full)


def _unapprove(world: World, stanza: Presence, to: Jid) -> None:
    account, sender = world.accounts.get(to.bare), stanza.sender
    item = account.roster.items.get(sender.bare) if account is not None and sender is not None else None
    if account is not None and item is not None and not sees(account, item.jid):
        world.put_item(account, replace(item, approved=False, memo=None))


def _replace_presence(world: World, session: Session, stanza: Presence) -> None:
    if session.presence is not None and not stanza.type:
        world.undo.put(session, "presence", stanza)


MUTANTS: tuple[Mutant, ...] = (
    _mutant("probe-one-resource", "A subscriber is told one resource only.", _first),
    _mutant("probe-empty", "A subscriber is told that somebody is there, and no more.", _empty),
    mutant(
        "probe-tells-directed",
        "4.3.2",
        "A subscriber is told what was for somebody else alone.",
        Patch(presence, "directed", adding(_replace_presence)),
    ),
    _mutant("probe-silent-offline", "A probe of somebody who is not there is not answered.", _silent_offline),
    _mutant("probe-denies-offline", "Whoever is not there denies every subscription.", _unsubscribed_offline),
    mutant(
        "probe-delivered",
        "4.3.2",
        "A probe is delivered to clients too.",
        Patch(presence, "answer_probe", adding(_deliver)),
    ),
    _mutant("probe-tells-strangers", "Strangers are told every resource.", _telling(_is_stranger)),
    _mutant("probe-strangers-silent", "A stranger's probe is not answered.", _silent(True)),
    _mutant("probe-missing-silent", "A probe of an account that does not exist is not answered.", _silent(False)),
    _mutant("probe-resource-to-strangers", "A stranger is told whether a resource is there.", _resource_to_strangers),
    _mutant(
        "probe-tells-seen",
        "Whom the user sees is told every resource.",
        _telling(lambda account, prober: account.roster.state(prober).sees),
    ),
    _mutant(
        "probe-tells-askers",
        "Whoever has asked is told every resource.",
        _telling(lambda account, prober: prober in account.roster.requests),
    ),
    _mutant(
        "probe-entry-is-enough", "Whose subscription was cancelled is told every resource.", _telling(_was_known)
    ),
    mutant(
        "probe-unapproves",
        "4.3.2",
        "A probe takes a pre-approval away.",
        Patch(presence, "answer_probe", adding(_unapprove)),
    ),
)
