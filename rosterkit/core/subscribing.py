"""Subscription stanzas on their way out and in, and what removing an entry undoes (RFC 6121 §3).

:mod:`rosterkit.core.subscription` decides what happens; here it is done: kept requests, routing, pushes, presence.

Tests: ``tests/core/test_subscribing.py``.
"""

from __future__ import annotations

from dataclasses import replace

from rosterkit.core import presence, room
from rosterkit.core.jid import Jid
from rosterkit.core.roster import Item, Kept, Roster
from rosterkit.core.stanza import Presence
from rosterkit.core.state import Account, Session
from rosterkit.core.subscription import Action, Event, State, Step, step
from rosterkit.core.world import World

__all__ = ["inbound", "outbound", "sever"]

_OUT = {event.value.removeprefix("out "): event for event in Event if event.name.startswith("OUT")}
_IN = {event.value.removeprefix("in "): event for event in Event if event.name.startswith("IN")}


def outbound(world: World, session: Session, stanza: Presence) -> None:
    """A client's subscription stanza: stamped with bare JIDs, decided, sent on, pushed (§3.1.2, §3.2.1, §3.3.1).

    To oneself it does nothing.  A contact whose domain nobody answers for gets no stanza, and the client an error;
    the roster changes all the same (§3.1.2).
    """
    assert stanza.to is not None
    account, contact = session.account, stanza.to.without_resource()
    if contact.bare == account.jid.bare:
        return
    before = account.roster.state(contact.bare)
    outcome = _decide(world, account, contact.bare, before, _OUT[stanza.type])
    refusal = room.for_entry(account.roster, contact.bare, world.settings.limits) if _makes(outcome) else None
    if refusal is not None:
        world.reply(session, stanza, refusal)
        return
    if before.seen and not outcome.state.seen:
        presence.withdraw(world, account, contact.bare)  # §3.2.2: unavailable goes before unsubscribed
    _settle(world, account, contact.bare, account.roster, outcome)
    if outcome.action is not Action.ROUTE:
        return
    problem = world.unreachable(contact.domain)
    if problem is not None:
        world.reply(session, stanza, problem)
        return
    world.route(Presence(stanza.type, stanza.id, contact, account.jid, stanza.lang, stanza.body), contact.bare)
    if outcome.state.seen and not before.seen:
        presence.show(world, account, contact.bare)  # §3.1.5: the new subscriber sees who is there


def inbound(world: World, stanza: Presence, to: Jid) -> None:
    """A subscription stanza that arrives for a local account; a missing account stays silent (§3.1.3, §8.5.1)."""
    account = world.accounts.get(to.bare)
    if account is None or stanza.sender is None or stanza.sender.bare == to.bare:
        return
    if to.resource and to.resource not in account.sessions and stanza.type != "subscribe":
        return  # §8.5.3.2.2
    contact = stanza.sender.without_resource()
    event = _IN[stanza.type]
    before = account.roster.state(contact.bare)
    outcome = _decide(world, account, contact.bare, before, event)
    roster = account.roster
    if event is Event.IN_SUBSCRIBE and outcome.state.pending_in:
        refusal = room.for_request(roster, contact.bare, len(stanza.body), world.settings.limits)
        if refusal is not None:  # nobody sees a request that could not be answered later
            world.bounce(replace(stanza, to=account.jid, sender=contact), refusal)
            return
        kept = Kept(stanza.body, stanza.id, stanza.lang)  # whole, and the newest wins
        roster = roster.with_request(contact.bare, kept)
    if outcome.action is Action.DELIVER:
        _hand_over(world, account, Presence(stanza.type, stanza.id, account.jid, contact, stanza.lang, stanza.body))
    _settle(world, account, contact.bare, roster, outcome)
    if outcome.action is Action.REPLY:
        world.route(Presence("subscribed", to=contact, sender=account.jid), contact.bare)
        presence.show(world, account, contact.bare)
    elif before.seen and not outcome.state.seen:
        presence.withdraw(world, account, contact.bare)  # §3.3.3


def sever(world: World, account: Account, contact: str, state: State) -> None:
    """Tell ``contact`` what the removal of the entry ends, in whichever direction something stood (§2.5.2)."""
    if state.sees or state.ask:
        world.route(Presence("unsubscribe", sender=account.jid), contact)
    if state.seen:
        presence.withdraw(world, account, contact)
    if state.seen or state.pending_in:
        world.route(Presence("unsubscribed", sender=account.jid), contact)


def _decide(world: World, account: Account, contact: str, state: State, event: Event) -> Step:
    item = account.roster.items.get(contact)
    approved = item is not None and item.approved
    if event is Event.IN_SUBSCRIBE and account.grants and not (state.seen or state.pending_in):
        approved = True
    return step(state, event, approved, world.settings.pre_approval)


def _makes(outcome: Step) -> bool:
    """Whether an entry has to be there afterwards."""
    return outcome.approved or outcome.state not in (State.NONE, State.NONE_IN)


def _settle(world: World, account: Account, contact: str, roster: Roster, outcome: Step) -> None:
    """Bring the roster to the outcome: item, kept request, one push if anything shows (§3.1.2, §3.1.6)."""
    item = roster.items.get(contact)
    state, approved = outcome.state, outcome.approved
    if not state.pending_in:
        roster = roster.without_request(contact)
    wanted = replace(
        item or Item(contact), subscription=state.subscription, ask=state.ask, approved=approved, memo=None
    )
    # Pending In alone never makes an entry visible (§3.1.3).
    shows = item is not None or _makes(outcome)
    if shows and wanted != item:
        world.put_item(account, wanted, roster)
    elif roster is not account.roster:
        world.set_roster(account, contact, roster)


def _hand_over(world: World, account: Account, stanza: Presence) -> None:
    """A request goes to available resources, a notice to interested ones too (§3.1.3, §3.1.6)."""
    for session in account.sessions.values():
        if session.presence is not None or (session.interested and stanza.type != "subscribe"):
            world.send(session, stanza, account.jid.bare)
