"""Mutants that give too much away with an approval, too little, or at the wrong time (RFC 6121 §3.1.5, §3.1.6, §3.4).

Tests: ``tests/conformance/test_server_approvals.py``, ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.conformance.server.mutants.subscriptions_ways import (
    Coming,
    Deciding,
    Going,
    Rule,
    Settling,
    decided,
    inbound,
    is_local,
    outbound,
    pushing,
    routing,
    settled,
)
from rosterkit.core import presence, requests, roster_iq, subscription
from rosterkit.core.roster import Item, Roster
from rosterkit.core.stanza import Iq, Stanza
from rosterkit.core.state import Account, Session
from rosterkit.core.subscription import Action, Event, State, Step
from rosterkit.core.world import World

__all__ = ["MUTANTS"]


# Approvals of requests


def _shows_one(going: Going) -> None:
    def route(made: Stanza, to: str) -> Stanza | None:
        other = made.type == "" and made.sender is not going.session.jid
        return None if other and not is_local(going.world, to) else made

    with routing(going.world, route):
        going.rule()


def _hides_at_home(going: Going) -> None:
    with routing(going.world, lambda made, to: None if made.type == "" and is_local(going.world, to) else made):
        going.rule()


def _shows_unasked(going: Going) -> None:
    going.rule()
    if not going.before.pending_in and not going.before.seen:
        presence.show(going.world, going.account, going.contact)


def _believes_listed(now: Deciding) -> Step:
    if (now.event, now.state) == (Event.IN_SUBSCRIBED, State.NONE) and now.contact in now.account.roster.items:
        return now.outcome._replace(action=Action.DELIVER, state=State.TO)
    return now.outcome


# Approvals beforehand


def _approved(account: Account, contact: str) -> bool:
    item = account.roster.items.get(contact)
    return item is not None and item.approved


def _marks_in_silence(going: Going) -> None:
    with pushing(going.world, lambda session: going.before.pending_in and session.interested):
        going.rule()


def _routes_marks(now: Deciding) -> Step:
    if now.event is Event.OUT_SUBSCRIBED and now.outcome.approved:
        return now.outcome._replace(action=Action.ROUTE)
    return now.outcome


def _lists_unmarked(rule: Rule) -> Rule:
    def get(world: World, session: Session, iq: Iq) -> None:
        true = session.account.roster
        session.account.roster = _unmarked(true)
        try:
            rule(world, session, iq)
        finally:
            session.account.roster = true

    return get


def _unmarked(roster: Roster) -> Roster:
    items = {contact: replace(item, approved=False, memo=None) for contact, item in roster.items.items()}
    return replace(roster, items=items, memo={})


def _makes_anew(settling: Settling) -> None:
    known = settling.roster.items.get(settling.contact)
    if settling.outcome.approved and known is not None and not known.approved:
        settling.world.put_item(settling.account, Item(settling.contact, approved=True), settling.roster)
    else:
        settling.rule(settling.contact)


def _asks_all_the_same(now: Deciding) -> Step:
    if now.event is Event.IN_SUBSCRIBE and _approved(now.account, now.contact):
        return subscription.step(now.state, now.event)._replace(approved=True)
    return now.outcome


def _when_approved(wrong: Callable[[Coming], None]) -> Patch:
    """A request is done wrong by whom the user has approved beforehand, and who has not asked yet."""

    def done(coming: Coming) -> None:
        if _approved(coming.account, coming.contact) and not coming.before.seen:
            wrong(coming)
        else:
            coming.rule()

    return inbound("subscribe", done)


def _asks_too(coming: Coming) -> None:
    coming.rule()
    for session in coming.account.available:
        coming.world.send(session, coming.stanza, coming.account.jid.bare)


def _lets_in_unseen(coming: Coming) -> None:
    with pushing(coming.world, lambda _: False):
        coming.rule()


def _lets_in_and_hides(coming: Coming) -> None:
    with routing(coming.world, lambda made, _: None if made.type == "" else made):
        coming.rule()


def _keeps_marks(now: Deciding) -> Step:
    if now.event is Event.OUT_UNSUBSCRIBED:
        return now.outcome._replace(approved=_approved(now.account, now.contact))
    return now.outcome


def _keeps_promises(now: Deciding) -> Step:
    """Who has ever been approved is kept in the world, so that each play begins with nobody."""
    promised: set[tuple[str, str]] = vars(now.world).setdefault("promised", set())
    who = now.account.jid.bare, now.contact
    if now.event is Event.OUT_SUBSCRIBED and now.outcome.approved:
        promised.add(who)
    if now.event is Event.IN_SUBSCRIBE and who in promised:
        return subscription.step(now.state, now.event, approved=True)
    return now.outcome


MUTANTS: tuple[Mutant, ...] = (
    mutant(
        "shows-one-resource",
        "3.1.5",
        "After an approval only the presence of the resource that sent it goes to another server.",
        outbound("subscribed", _shows_one),
    ),
    mutant(
        "hides-at-home",
        "3.1.5",
        "After an approval no presence goes to a contact of the same server.",
        outbound("subscribed", _hides_at_home),
    ),
    mutant(
        "shows-itself-unasked",
        "3.1.5",
        "An approval for somebody who has not asked sends the user's presence.",
        outbound("subscribed", _shows_unasked),
    ),
    mutant(
        "believes-who-is-listed",
        "3.1.6",
        "An approval from somebody in the roster is believed, whether it was asked for or not.",
        decided(_believes_listed),
    ),
    mutant(
        "marks-in-silence",
        "3.4.2",
        "An approval beforehand is not pushed.",
        outbound("subscribed", _marks_in_silence),
    ),
    mutant("routes-marks", "3.4.2", "An approval beforehand is routed to the contact.", decided(_routes_marks)),
    mutant(
        "lists-unmarked",
        "3.4.2",
        "The roster that a resource gets does not show approvals beforehand.",
        Patch(requests.OWN, ("get", roster_iq.QUERY), _lists_unmarked),
    ),
    mutant(
        "makes-marked-entries-anew",
        "3.4.2",
        "An approval beforehand takes the name and the groups from an entry.",
        settled(_makes_anew),
    ),
    mutant(
        "asks-in-spite-of-approval",
        "3.4.2",
        "A request from whom the user has approved waits for the user.",
        decided(_asks_all_the_same),
    ),
    mutant(
        "asks-after-the-answer",
        "3.4.2",
        "A request that the server has answered by an approval is delivered too.",
        _when_approved(_asks_too),
    ),
    mutant(
        "lets-in-unseen",
        "3.4.2",
        "A subscription that comes of an approval beforehand is not pushed.",
        _when_approved(_lets_in_unseen),
    ),
    mutant(
        "lets-in-and-hides",
        "3.4.2",
        "After an answer by an approval beforehand no presence goes to the contact.",
        _when_approved(_lets_in_and_hides),
    ),
    mutant("keeps-marks", "3.4.2", "An approval beforehand cannot be taken back.", decided(_keeps_marks)),
    mutant(
        "keeps-promises",
        "3.4.2",
        "An approval beforehand that was taken back is not shown any more, and still holds.",
        decided(_keeps_promises),
    ),
)
