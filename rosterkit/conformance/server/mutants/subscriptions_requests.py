"""Mutants that ask the wrong resources, and that lose requests or keep them for good (RFC 6121 §3.1.3).

Tests: ``tests/conformance/test_server_subscriptions_requests.py``, ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from dataclasses import replace

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.conformance.server.mutants.subscriptions_ways import (
    Coming,
    Deciding,
    Going,
    Rule,
    Settling,
    changed,
    decided,
    inbound,
    outbound,
    sending,
    settled,
)
from rosterkit.core import jid, presence, requests, roster_iq, subscribing
from rosterkit.core.jid import Jid
from rosterkit.core.roster import Item, Kept, Roster
from rosterkit.core.stanza import Iq, Presence
from rosterkit.core.state import Account, Session
from rosterkit.core.subscription import Action, Event, State, Step
from rosterkit.core.world import World

__all__ = ["MUTANTS"]


# Who is asked


def _asks_willing(coming: Coming) -> None:
    """As if a request were a message."""
    available = coming.account.available
    unwilling = [one for one in available if one.presence is not None and one.presence.priority < 0]
    with sending(coming.world, lambda link, made: None if link in unwilling else made):
        coming.rule()


def _asks_interested(rule: Rule) -> Rule:
    def hand_over(world: World, account: Account, stanza: Presence) -> None:
        rule(world, account, stanza)
        for session in account.interested:
            if session.presence is None and stanza.type == "subscribe":
                world.send(session, stanza, account.jid.bare)

    return hand_over


def _asks_named(coming: Coming) -> None:
    named = coming.stanza.to.resource if coming.stanza.to is not None else ""
    others = [one for one in coming.account.available if named and one.jid.resource != named]
    with sending(coming.world, lambda link, made: None if link in others else made):
        coming.rule()


def _names_resource(coming: Coming) -> None:
    with sending(coming.world, lambda _, made: changed(made, sender=coming.sender)):
        coming.rule()


def _lists_who_asks(settling: Settling) -> None:
    settling.rule(settling.contact)
    if settling.outcome.state is State.NONE_IN and settling.contact not in settling.account.roster.items:
        settling.world.put_item(settling.account, Item(settling.contact))


def _hides_who_asks(rule: Rule) -> Rule:
    def get(world: World, session: Session, iq: Iq) -> None:
        true = session.account.roster
        seen = {who: item for who, item in true.items.items() if true.state(who) is not State.NONE_IN}
        session.account.roster = replace(true, items=seen, memo={})
        try:
            rule(world, session, iq)
        finally:
            session.account.roster = true

    return get


# What is answered by itself


def _approves_listed(now: Deciding) -> Step:
    if (now.event, now.state) == (Event.IN_SUBSCRIBE, State.NONE) and now.contact in now.account.roster.items:
        return now.outcome._replace(action=Action.REPLY, state=State.FROM)
    return now.outcome


def _shows_itself(coming: Coming) -> None:
    coming.rule()
    if not coming.before.seen:
        presence.show(coming.world, coming.account, coming.contact)


def _approves_for_nobody(rule: Rule) -> Rule:
    def done(world: World, stanza: Presence, to: Jid) -> None:
        rule(world, stanza, to)
        if to.bare not in world.accounts and stanza.type == "subscribe" and stanza.sender is not None:
            answer = Presence("subscribed", to=stanza.sender, sender=to.without_resource())
            world.route(answer, stanza.sender.bare)

    return done


def _replies_online(coming: Coming) -> None:
    if coming.account.sessions or not coming.before.seen:
        coming.rule()


# What waits


def _keeps_address(rule: Rule) -> Rule:
    return lambda roster, contact, request: rule(roster, contact, request._replace(body=b""))


def _delivers_once(rule: Rule) -> Rule:
    def done(world: World, session: Session, stanza: Presence) -> None:
        initial, account = session.presence is None, session.account
        rule(world, session, stanza)
        for asker in list(account.roster.requests) if initial else ():
            world.set_roster(account, asker, account.roster.without_request(asker))

    return done


def _keeps_for_offline(coming: Coming) -> None:
    if coming.account.available or not coming.account.sessions:
        coming.rule()


def _keeps_each(coming: Coming) -> None:
    """As if each had come from another resource."""
    coming.rule()
    account = coming.account
    if coming.before.pending_in and not account.sessions:
        number = len(account.roster.requests)
        again = account.roster.with_request(f"{coming.contact}/{number}", Kept(coming.stanza.body))
        coming.world.set_roster(account, coming.contact, again)


def _answered(world: World, account: Account) -> dict[str, Kept]:
    """The requests that were answered; kept in the world, so that each play begins with none."""
    everybody: dict[str, dict[str, Kept]] = vars(world).setdefault("answered", {})
    return everybody.setdefault(account.jid.bare, {})


def _keeps_answered(going: Going) -> None:
    kept = going.account.roster.requests.get(going.contact)
    going.rule()
    if kept is not None:
        _answered(going.world, going.account)[going.contact] = kept


def _delivers_answered(rule: Rule) -> Rule:
    def done(world: World, session: Session, stanza: Presence) -> None:
        initial, account = session.presence is None, session.account
        rule(world, session, stanza)
        for asker, kept in _answered(world, account).items() if initial else ():
            asked = Presence("subscribe", kept.id, sender=jid.parse(asker), body=kept.body)
            world.send(session, asked, account.jid.bare)

    return done


def _withdraws_online(coming: Coming) -> None:
    if coming.account.sessions or not coming.before.pending_in:
        coming.rule()


MUTANTS: tuple[Mutant, ...] = (
    mutant(
        "asks-willing-resources",
        "3.1.3",
        "A request is delivered to resources of non-negative priority only.",
        inbound("subscribe", _asks_willing),
    ),
    mutant(
        "asks-interested-resources",
        "3.1.3",
        "A request is delivered to resources that are not available and have asked for the roster.",
        Patch(subscribing, "_hand_over", _asks_interested),
    ),
    mutant(
        "asks-named-resource",
        "3.1.3",
        "A request for one resource is delivered to that alone.",
        inbound("subscribe", _asks_named),
    ),
    mutant(
        "asked-by-resource",
        "3.1.3",
        "A request that comes from a resource is delivered as one of it.",
        inbound("subscribe", _names_resource),
    ),
    mutant("lists-who-asks", "3.1.3", "Who asks comes into the roster.", settled(_lists_who_asks)),
    mutant(
        "hides-who-asks",
        "3.1.3",
        "Who stands in the roster and asks is not in what a resource gets.",
        Patch(requests.OWN, ("get", roster_iq.QUERY), _hides_who_asks),
    ),
    mutant("approves-who-is-listed", "3.1.3", "It approves who stands in the roster.", decided(_approves_listed)),
    mutant(
        "shows-itself-to-who-asks",
        "3.1.3",
        "Who asks gets the user's presence at once.",
        inbound("subscribe", _shows_itself),
    ),
    mutant(
        "approves-for-nobody",
        "3.1.3",
        "It approves in the name of accounts that do not exist.",
        Patch(subscribing, "inbound", _approves_for_nobody),
    ),
    mutant(
        "replies-only-online",
        "3.1.3",
        "It answers who is subscribed already only while the user is online.",
        inbound("subscribe", _replies_online),
    ),
    mutant(
        "keeps-addresses-only",
        "3.1.3",
        "Of a request that waits only the address is kept.",
        Patch(Roster, "with_request", _keeps_address),
    ),
    mutant(
        "delivers-once",
        "3.1.3",
        "A request that has been delivered at a login is not delivered again.",
        Patch(presence, "available", _delivers_once),
    ),
    mutant(
        "keeps-for-offline-only",
        "3.1.3",
        "A request is lost while resources are connected and none is available.",
        inbound("subscribe", _keeps_for_offline),
    ),
    mutant(
        "keeps-each-request",
        "3.1.3",
        "Each request of one contact waits by itself.",
        inbound("subscribe", _keeps_each),
    ),
    mutant(
        "keeps-answered-requests",
        "3.1.3",
        "A request that is approved is delivered again at the next login.",
        outbound("subscribed", _keeps_answered),
        Patch(presence, "available", _delivers_answered),
    ),
    mutant(
        "withdraws-only-online",
        "3.1.3",
        "A request cannot be withdrawn while the user is offline.",
        inbound("unsubscribe", _withdraws_online),
    ),
)
