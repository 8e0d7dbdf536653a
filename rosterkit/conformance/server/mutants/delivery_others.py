"""Mutants of delivery: presence and iqs to accounts and resources, and who may ask a resource.

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.conformance.server.mutants.arriving import Arriving, Wrong, iqs, presences
from rosterkit.core import delivery, replies
from rosterkit.core.jid import Jid
from rosterkit.core.stanza import Iq, Stanza
from rosterkit.core.state import Session
from rosterkit.core.world import World
from rosterkit.errors import SERVICE_UNAVAILABLE

__all__ = ["MUTANTS"]

_Real: TypeAlias = Callable[..., Any]
_REQUESTS, _ANSWERS = ("get", "set"), ("result", "error")


# Presence


def _not_to_negative(arriving: Arriving) -> bool:
    if arriving.to.resource or arriving.stanza.type:
        return False
    willing = [one for one in arriving.available if one.presence is not None and one.presence.priority >= 0]
    return arriving.hand(willing)


def _unavailable_lost(arriving: Arriving) -> bool:
    return not arriving.to.resource and arriving.stanza.type == "unavailable" and arriving.is_from_elsewhere


def _readdressed(arriving: Arriving) -> bool:
    return not arriving.to.resource and arriving.hand_anew(arriving.available)


def _to_every_resource(arriving: Arriving) -> bool:
    return arriving.session is not None and arriving.hand(arriving.available)


def _goes_on(arriving: Arriving) -> bool:
    if arriving.is_absent:
        arriving.right(arriving.to.without_resource())
    return arriving.is_absent


def _refused_for_nobody(arriving: Arriving) -> bool:
    return arriving.account is None and arriving.refuse()


def _refused_while_offline(arriving: Arriving) -> bool:
    return arriving.is_offline and arriving.refuse()


# Iqs


def _passed_on(kind: str) -> Wrong:
    """Iqs of one type for the account go to its resources."""
    return lambda arriving: (
        not arriving.to.resource and arriving.stanza.type == kind and arriving.hand(arriving.available)
    )


def _answered_by_resource(arriving: Arriving) -> bool:
    """The answer for an account comes from the full JID of a resource."""
    sender = arriving.stanza.sender
    if arriving.to.resource or arriving.stanza.type not in _REQUESTS or not arriving.available or sender is None:
        return False
    answer = replies.error(arriving.stanza, SERVICE_UNAVAILABLE)
    answer.sender = arriving.available[0].jid
    arriving.world.route(answer, sender.full)
    return True


def _elsewhere_may_not_ask(arriving: Arriving) -> bool:
    asked = arriving.session is not None and arriving.stanza.type in _REQUESTS
    return asked and arriving.is_from_elsewhere and arriving.refuse()


def _lost(kinds: tuple[str, ...], where: Wrong) -> Wrong:
    """Iqs of these types are dropped where ``where`` says."""
    return lambda arriving: arriving.stanza.type in kinds and where(arriving)


def _absent_answered(arriving: Arriving) -> bool:
    """An answer to a resource that is not there is answered."""
    sender = arriving.stanza.sender
    if not arriving.is_absent or arriving.stanza.type not in _ANSWERS or sender is None:
        return False
    arriving.world.route(replies.error(arriving.stanza, SERVICE_UNAVAILABLE), sender.full)
    return True


def _lost_on_the_way(real: _Real) -> _Real:
    """What a client answers to another domain does not get there."""

    def wrong(world: World, stanza: Stanza, address: str) -> None:
        answer = isinstance(stanza, Iq) and stanza.type == "result"
        if not (answer and stanza.sender is not None and stanza.sender.resource):
            real(world, stanza, address)

    return wrong


def _not_after_directed(real: _Real) -> _Real:
    def wrong(world: World, sender: Jid | None, session: Session) -> bool:
        directed = sender is not None and sender.domain in world.domains and session.has_directed(sender)
        return not directed and bool(real(world, sender, session))

    return wrong


def _not_own(real: _Real) -> _Real:
    def wrong(world: World, sender: Jid | None, session: Session) -> bool:
        own = sender is not None and sender.bare == session.account.jid.bare
        return not own and bool(real(world, sender, session))

    return wrong


def _anybody(_real: _Real) -> _Real:
    return lambda _world, _sender, _session: True


def _mutant(name: str, case: str, breaks: str, patch: Patch) -> Mutant:
    section, _, _ = case.rpartition("/")
    return mutant(name, section, breaks, patch, caught_in=(f"rfc6121/{case}",))


MUTANTS: tuple[Mutant, ...] = (
    _mutant(
        "presence-not-to-negative",
        "8.5.2.1.2/available",
        "A resource with a negative priority does not get available presence that is sent to the account.",
        presences(_not_to_negative),
    ),
    _mutant(
        "unavailable-lost",
        "8.5.2.1.2/unavailable",
        "Unavailable presence from elsewhere to an account comes to nobody.",
        presences(_unavailable_lost),
    ),
    _mutant(
        "presence-readdressed",
        "8.5.2.1.2/to-kept",
        "Presence to an account is addressed to the full JID of who gets it.",
        presences(_readdressed),
    ),
    _mutant(
        "get-passed-on",
        "8.5.2.1.3/get",
        "A get to an account goes to its resources.",
        iqs(_passed_on("get")),
    ),
    _mutant(
        "set-passed-on",
        "8.5.2.1.3/set",
        "A set to an account goes to its resources.",
        iqs(_passed_on("set")),
    ),
    _mutant(
        "answered-by-resource",
        "8.5.2.1.3/answered-for-account",
        "What the server answers for an account comes from the full JID of a resource.",
        iqs(_answered_by_resource),
    ),
    _mutant(
        "result-passed-on",
        "8.5.2.1.3/result",
        "A result to an account goes to its resources.",
        iqs(_passed_on("result")),
    ),
    _mutant(
        "presence-to-every-resource",
        "8.5.3.1/presence",
        "Presence to one resource comes to every resource.",
        presences(_to_every_resource),
    ),
    _mutant(
        "elsewhere-may-not-ask",
        "8.5.3.1/iq-from-elsewhere",
        "Nobody from another server can ask a resource anything.",
        iqs(_elsewhere_may_not_ask),
    ),
    _mutant(
        "answer-lost-on-the-way",
        "8.5.3.1/iq-answered",
        "What a resource answers to a contact of another server gets lost.",
        Patch(delivery, "deliver", _lost_on_the_way),
    ),
    _mutant(
        "directed-may-not-ask",
        "8.5.3.1/iq-from-local",
        "Who has had directed presence from a resource may not ask it anything.",
        Patch(delivery, "_may_ask", _not_after_directed),
    ),
    _mutant(
        "strangers-may-ask",
        "8.5.3.1/iq-from-stranger",
        "Anybody may ask a resource anything.",
        Patch(delivery, "_may_ask", _anybody),
    ),
    _mutant(
        "own-may-not-ask",
        "8.5.3.1/iq-between-own",
        "A resource may not ask another one of its account anything.",
        Patch(delivery, "_may_ask", _not_own),
    ),
    _mutant(
        "answers-lost",
        "8.5.3.1/iq-answers",
        "Results and errors for resources are dropped.",
        iqs(_lost(_ANSWERS, lambda arriving: arriving.session is not None)),
    ),
    _mutant(
        "presence-goes-on",
        "8.5.3.2.2/ignored",
        "Presence to a resource that is not there goes on to the account.",
        presences(_goes_on),
    ),
    _mutant(
        "request-to-absent-lost",
        "8.5.3.2.3/refused",
        "A request to a resource that is not there is not answered.",
        iqs(_lost(_REQUESTS, lambda arriving: arriving.is_absent)),
    ),
    _mutant(
        "answer-to-absent-answered",
        "8.5.3.2.3/answers-ignored",
        "A result or an error to a resource that is not there is answered with an error.",
        iqs(_absent_answered),
    ),
    _mutant(
        "presence-to-nobody-refused",
        "8.5.1/presence",
        "Presence for an account that does not exist is answered with an error.",
        presences(_refused_for_nobody),
    ),
    _mutant(
        "request-to-nobody-lost",
        "8.5.1/iq",
        "A request to an account that does not exist is not answered.",
        iqs(_lost(_REQUESTS, lambda arriving: arriving.account is None and bool(arriving.to.local))),
    ),
    _mutant(
        "offline-presence-refused",
        "8.5.2.2.2/presence",
        "Presence for an account that is offline is answered with an error.",
        presences(_refused_while_offline),
    ),
    _mutant(
        "offline-request-lost",
        "8.5.2.2.3/iq",
        "A request to an account that is offline is not answered.",
        iqs(_lost(_REQUESTS, lambda arriving: arriving.is_offline and not arriving.to.resource)),
    ),
)
