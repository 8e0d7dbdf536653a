"""Mutants that send requests wrongly, and that get confused when two do something at once (RFC 6121 §3.1, §3.1.2).

Tests: ``tests/conformance/test_server_subscriptions.py``, ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.conformance.server.mutants.subscriptions_ways import (
    Deciding,
    Going,
    Rule,
    Settling,
    changed,
    decided,
    is_local,
    outbound,
    routing,
    settled,
)
from rosterkit.core import jid, presence, subscribing
from rosterkit.core import outbound as going_out
from rosterkit.core.roster import Item
from rosterkit.core.stanza import Presence, Stanza
from rosterkit.core.state import Account, Session
from rosterkit.core.subscription import Action, Event, State, Step
from rosterkit.core.world import World

__all__ = ["MUTANTS"]


# Requests that are not what they were


def _asking(wrong: Callable[[Going, Stanza], Stanza]) -> Patch:
    """``wrong`` makes what is routed out of what should be."""

    def done(going: Going) -> None:
        with routing(going.world, lambda made, _: wrong(going, made)):
            going.rule()

    return outbound("subscribe", done)


def _to_resource(going: Going, made: Stanza) -> Stanza:
    return changed(made, to=going.stanza.to)


def _without_children(going: Going, made: Stanza) -> Stanza:
    return made if is_local(going.world, going.contact) else changed(made, body=b"")


def _handing(wrong: Callable[[World, Presence], Presence]) -> Patch:
    """``wrong`` makes what is delivered of the request of another account of the server."""

    def change(rule: Rule) -> Rule:
        def hand_over(world: World, account: Account, stanza: Presence) -> None:
            local = stanza.sender is not None and is_local(world, stanza.sender.bare)
            rule(world, account, wrong(world, stanza) if local and stanza.type == "subscribe" else stanza)

        return hand_over

    return Patch(subscribing, "_hand_over", change)


def _from_resource(world: World, stanza: Presence) -> Presence:
    assert stanza.sender is not None
    asking = world.accounts[stanza.sender.bare].available
    return replace(stanza, sender=asking[0].jid if asking else stanza.sender)


# Requests to nobody


def _broadcasts(rule: Rule) -> Rule:
    def done(world: World, session: Session, stanza: Presence) -> None:
        if stanza.to is None and stanza.type == "subscribe":
            presence._broadcast(world, session.account, stanza)
        else:
            rule(world, session, stanza)

    return done


def _lists_itself(going: Going) -> None:
    if going.contact == going.account.jid.bare:
        going.world.put_item(going.account, Item(going.contact, ask=True))
    else:
        going.rule()


def _guesses(rule: Rule) -> Rule:
    def done(world: World, session: Session, stanza: Stanza) -> None:
        if stanza.fault is not None and isinstance(stanza, Presence) and stanza.type == "subscribe":
            stanza.fault, stanza.to = None, jid.parse(session.jid.domain)
        rule(world, session, stanza)

    return done


def _unescapes(settling: Settling) -> None:
    settling.rule(settling.contact.replace(r"\27", "'"))


# Two at once


def _takes_requests_for_answers(now: Deciding) -> Step:
    if (now.event, now.state) == (Event.IN_SUBSCRIBE, State.NONE_OUT):
        return now.outcome._replace(action=Action.REPLY, state=State.FROM_OUT)
    return now.outcome


def _drops_theirs(now: Deciding) -> Step:
    answered = (now.event, now.state) == (Event.IN_SUBSCRIBED, State.NONE_OUT_IN)
    return now.outcome._replace(state=State.TO) if answered else now.outcome


def _drops_own(now: Deciding) -> Step:
    answers = (now.event, now.state) == (Event.OUT_SUBSCRIBED, State.NONE_OUT_IN)
    return now.outcome._replace(state=State.FROM) if answers else now.outcome


def _withdraws_in_silence(going: Going) -> None:
    with routing(going.world, lambda made, _: None if going.before.ask and made.type == "unsubscribe" else made):
        going.rule()


MUTANTS: tuple[Mutant, ...] = (
    mutant("asks-resources", "3.1.2", "It routes a request to the resource that was named.", _asking(_to_resource)),
    mutant(
        "asks-local-from-resource",
        "3.1.2",
        "Within the server a request comes from a resource of who asks.",
        _handing(_from_resource),
    ),
    mutant("unescapes-contacts", "3.1.2", "It unescapes the address of a contact.", settled(_unescapes)),
    mutant(
        "asks-without-children",
        "3.1.2",
        "A request goes to another server without its children.",
        _asking(_without_children),
    ),
    mutant(
        "asks-local-without-children",
        "3.1.2",
        "Within the server a request comes without its children.",
        _handing(lambda _, stanza: replace(stanza, body=b"")),
    ),
    mutant(
        "asks-without-id",
        "3.1.2",
        "A request goes out without its id.",
        _asking(lambda _, made: changed(made, id=None)),
    ),
    mutant(
        "asks-without-language",
        "3.1.2",
        "A request goes out without its language.",
        _asking(lambda _, made: changed(made, lang=None)),
    ),
    mutant(
        "asks-everybody",
        "3.1.2",
        "A request without an address goes to everybody who sees the user.",
        Patch(going_out, "_presence", _broadcasts),
    ),
    mutant(
        "lists-itself",
        "3.1.2",
        "An account that asks for its own presence is listed.",
        outbound("subscribe", _lists_itself),
    ),
    mutant(
        "guesses-addresses",
        "3.1.2",
        "It takes a malformed address for the server's own.",
        Patch(going_out, "from_client", _guesses),
    ),
    mutant(
        "takes-requests-for-answers",
        "3.1",
        "Whoever has asked has approved the request of the other.",
        decided(_takes_requests_for_answers),
    ),
    mutant(
        "drops-their-request",
        "3.1",
        "An approval that comes answers the contact's request too.",
        decided(_drops_theirs),
    ),
    mutant(
        "drops-own-request",
        "3.1",
        "An approval that goes out takes back the user's own request.",
        decided(_drops_own),
    ),
    mutant(
        "withdraws-in-silence",
        "3.3.2",
        "A request that is withdrawn goes on waiting at the other end.",
        outbound("unsubscribe", _withdraws_in_silence),
    ),
)
