"""Mutants that stamp, push and deliver subscription stanzas wrongly (RFC 6121 §3.1.5 to §3.3.3).

Tests: ``tests/conformance/test_server_subscriptions.py``, ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Callable

from rosterkit.conformance.server.mutant import Mutant, mutant
from rosterkit.conformance.server.mutants.subscriptions_ways import (
    Coming,
    Going,
    available,
    changed,
    inbound,
    outbound,
    pushing,
    routing,
    sending,
)
from rosterkit.core.effects import Push
from rosterkit.core.stanza import Stanza
from rosterkit.core.state import Session
from rosterkit.core.subscription import State

__all__ = ["MUTANTS"]


# On the way out


def _unstamped(going: Going) -> None:
    def route(made: Stanza, _: str) -> Stanza:
        return changed(made, sender=going.session.jid) if made.type == going.stanza.type else made

    with routing(going.world, route):
        going.rule()


def _pushes_to_cause(going: Going) -> None:
    with pushing(going.world, lambda session: session is going.session):
        going.rule()


def _pushing(receives: Callable[[Session], bool]) -> Callable[[Going | Coming], None]:
    def done(now: Going | Coming) -> None:
        with pushing(now.world, receives):
            now.rule()

    return done


def _hides_silently(now: Going | Coming) -> None:
    """No push where nothing is left but a request that waits."""
    left = (State.TO_IN, State.NONE_OUT_IN)
    with pushing(now.world, lambda session: now.before not in left and session.interested):
        now.rule()


# When a notice comes


def _tells_available(coming: Coming) -> None:
    with sending(coming.world, lambda link, made: None if link.presence is None else made):
        coming.rule()


def _tells_one(coming: Coming) -> None:
    others = coming.account.interested[1:]
    with sending(coming.world, lambda link, made: None if link in others and made.type == "unsubscribe" else made):
        coming.rule()


def _pushes_first(coming: Coming) -> None:
    effects = coming.world._effects
    count = len(effects)
    coming.rule()
    effects[count:] = sorted(effects[count:], key=lambda effect: not isinstance(effect, Push))


def _unless_offline(coming: Coming) -> None:
    if coming.account.sessions or coming.before.pending_in:
        coming.rule()


def _unstamped_mutant(name: str, section: str, type_: str) -> Mutant:
    return mutant(name, section, f"It sends {type_} from the full JID.", outbound(type_, _unstamped))


MUTANTS: tuple[Mutant, ...] = (
    _unstamped_mutant("asks-from-resource", "3.1.2", "subscribe"),
    _unstamped_mutant("approves-from-resource", "3.1.5", "subscribed"),
    _unstamped_mutant("cancels-from-resource", "3.2.2", "unsubscribed"),
    _unstamped_mutant("leaves-from-resource", "3.3.2", "unsubscribe"),
    mutant(
        "pushes-requests-to-who-asks",
        "3.1.2",
        "That the user has asked is pushed to the resource that has, and to no other.",
        outbound("subscribe", _pushes_to_cause),
    ),
    mutant(
        "pushes-no-approvals",
        "3.1.5",
        "An approval is not pushed.",
        outbound("subscribed", _pushing(lambda _: False)),
    ),
    mutant(
        "pushes-ends-to-available",
        "3.2.2",
        "The end of a subscription is pushed to available resources only.",
        outbound("unsubscribed", _pushing(available)),
    ),
    mutant(
        "pushes-leaving-to-who-leaves",
        "3.3.2",
        "The end of the user's own subscription is pushed to the resource that has ended it, and to no other.",
        outbound("unsubscribe", _pushes_to_cause),
    ),
    mutant(
        "pushes-ends-to-all",
        "3.3.2",
        "The end of the user's own subscription is pushed to resources that do not know the roster, too.",
        outbound("unsubscribe", _pushing(lambda _: True)),
    ),
    mutant(
        "leaves-silently-while-asked",
        "3.3.2",
        "The end of the user's own subscription is not pushed while a request of the contact waits.",
        outbound("unsubscribe", _hides_silently),
    ),
    mutant(
        "ends-silently-while-asked",
        "3.2.3",
        "When a contact whose request waits ends the user's subscription, nothing is pushed.",
        inbound("unsubscribed", _hides_silently),
    ),
    mutant(
        "tells-approvals-to-available",
        "3.1.6",
        "An approval that comes is delivered to available resources only.",
        inbound("subscribed", _tells_available),
    ),
    mutant(
        "pushes-to-available-when-ended",
        "3.2.3",
        "When a contact ends the user's subscription, available resources only are pushed it.",
        inbound("unsubscribed", _pushing(available)),
    ),
    mutant(
        "tells-one-who-leaves",
        "3.3.3",
        "When a contact unsubscribes, one resource only is told.",
        inbound("unsubscribe", _tells_one),
    ),
    mutant(
        "pushes-before-approvals",
        "3.1.6",
        "An approval is pushed before it is delivered.",
        inbound("subscribed", _pushes_first),
    ),
    mutant(
        "pushes-before-cancellations",
        "3.2.3",
        "A cancellation is pushed before it is delivered.",
        inbound("unsubscribed", _pushes_first),
    ),
    mutant(
        "pushes-before-leaving",
        "3.3.3",
        "The end of a contact's subscription is pushed before it is delivered.",
        inbound("unsubscribe", _pushes_first),
    ),
    mutant(
        "forgets-approvals-offline",
        "3.1.6",
        "An approval for a user who is offline is lost.",
        inbound("subscribed", _unless_offline),
    ),
    mutant(
        "forgets-cancellations-offline",
        "3.2.3",
        "A cancellation for a user who is offline is lost.",
        inbound("unsubscribed", _unless_offline),
    ),
    mutant(
        "forgets-leaving-offline",
        "3.3.3",
        "The end of a contact's subscription is lost while the user is offline.",
        inbound("unsubscribe", _unless_offline),
    ),
)
