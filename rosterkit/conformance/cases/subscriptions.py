"""What a client sends when its user decides about a contact by himself (RFC 6121 §3.1.1, §3.2.1, §3.3.1, §3.4.1).

Tests: ``tests/conformance/test_cases_subscriptions.py``, ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from rosterkit.conformance.case import Case
from rosterkit.conformance.cases.subscriptions_moves import (
    Who,
    carried_out,
    deeds,
    identified,
    newcomer,
    order_number,
    present,
)
from rosterkit.conformance.evidence import Evidence, is_roster_set
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Fence, Remember, Script, Stuck, obeyed
from rosterkit.conformance.verdicts import Finding, Level, Oracle, failed, passed, unsupported
from rosterkit.core.roster import Item
from rosterkit.core.world import Settings

__all__ = ["CASES"]


def _with_pending(scene: Scene) -> tuple[Item, ...]:
    return *scene.roster, Item(scene.newcomer, scene.name_of(scene.newcomer), ask=True)


def _with_pre_approved(scene: Scene) -> tuple[Item, ...]:
    return *scene.roster, Item(scene.newcomer, scene.name_of(scene.newcomer), approved=True)


# Scripts


def _ordered(scene: Scene, do: str, who: Who) -> Script:
    yield from present()
    yield from obeyed(do, jid=who(scene))


def _order_for_resource(scene: Scene) -> Script:
    yield from present()
    yield from obeyed("subscribe", jid=f"{scene.newcomer}/{scene.token('resource')}")


def _unasked(scene: Scene) -> Script:
    """A client may well say that it cannot do this."""
    yield from present()
    try:
        yield from obeyed("approve", jid=scene.other)
    except Stuck as stuck:
        yield Remember({"unwilling": str(stuck)})
        yield Fence()


# Judges


def _bare(evidence: Evidence) -> Finding:
    asked = [seen for seen in deeds(evidence, evidence.scene.newcomer) if seen.type == "subscribe"]
    if not asked:
        return unsupported("The client does not ask somebody who is named with a resource.")
    full = next((seen for seen in asked if seen.to != evidence.scene.newcomer), None)
    if full is not None:
        return failed(Level.MUST, f"The client asks {full.to}, which is one resource.", Oracle.WIRE, full.number)
    return passed("The client asks the bare JID.", Oracle.WIRE, asked[0].number)


def _nothing_offered(evidence: Evidence) -> Finding:
    number = order_number(evidence, "approve")
    unwilling = next(evidence.steps("unwilling"), None)
    if number is None and unwilling is not None:
        return unsupported(unwilling.step["unwilling"])
    sent = next((seen for seen in deeds(evidence, evidence.scene.other, number) if seen.type == "subscribed"), None)
    if sent is not None:
        words = "The client approves somebody who has not asked, on a server that does not offer that."
        return failed(Level.MUST, words, Oracle.WIRE, sent.number)
    if unwilling is not None and not any(seen.step["reply"]["error"] for seen in evidence.steps("reply")):
        return unsupported(unwilling.step["unwilling"])
    return passed("The client approves nobody who has not asked.")


def _offered(evidence: Evidence) -> Finding:
    number = order_number(evidence, "approve")
    sets = evidence.received(is_roster_set, number) if number is not None else []
    marked = next((one for one in sets if any(item.get("approved") is not None for item in one.items)), None)
    if marked is not None:
        return failed(
            Level.MUST, "The client puts 'approved' into an edit of its roster.", Oracle.WIRE, marked.number
        )
    unwilling = next(evidence.steps("unwilling"), None)
    if unwilling is not None:
        return unsupported(unwilling.step["unwilling"])
    if not any(seen.type == "subscribed" for seen in deeds(evidence, evidence.scene.other, number)):
        return unsupported("The client approves nobody beforehand, though the server offers it.")
    return carried_out(evidence, "approve", "subscribed", lambda scene: scene.other)


def _decision(
    id_: str,
    do: str,
    type_: str,
    who: Who,
    rule: str,
    consequence: str,
    done: str,
    roster: Callable[[Scene], tuple[Item, ...]] | None = None,
) -> Case:
    """The user decides about a contact by himself."""
    return Case(
        f"rfc6121/{id_}",
        Level.MUST,
        rule,
        consequence,
        done,
        f"One presence of type {type_!r} to the contact's bare JID, and nothing else.",
        partial(_ordered, do=do, who=who),
        partial(carried_out, do=do, type_=type_, who=who),
        roster=roster or (lambda scene: scene.roster),
    )


CASES = (
    _decision(
        "3.1.1/subscribe",
        "subscribe",
        "subscribe",
        newcomer,
        "A contact's presence is asked for with a presence stanza of type 'subscribe'.",
        "The user asks, and nobody is asked.",
        "The client is told to ask somebody who is not in the roster.",
    ),
    Case(
        "rfc6121/3.1.1/subscribe-to-bare",
        Level.MUST,
        "A request goes to a bare JID, also where the user has named a resource.",
        "The user is let in to one device of his contact, or to none.",
        "The client is told to ask somebody by a full JID.",
        "A presence of type 'subscribe' to the bare JID.",
        _order_for_resource,
        _bare,
    ),
    Case(
        "rfc6121/3.1.1/subscribe-has-id",
        Level.SHOULD,
        "A request has an id.",
        "An error that comes back cannot be told from others, so the user never learns of it.",
        "The client is told to ask somebody who is not in the roster.",
        "A presence of type 'subscribe' with an id.",
        partial(_ordered, do="subscribe", who=newcomer),
        partial(identified, type_="subscribe"),
    ),
    _decision(
        "3.2.1/cancel",
        "deny",
        "unsubscribed",
        lambda scene: scene.fan,
        "A subscription that was granted is ended with a presence stanza of type 'unsubscribed'.",
        "The user shuts somebody out who goes on to see him.",
        "The client is told not to let a contact with the subscription from see the user any more.",
    ),
    _decision(
        "3.2.1/cancel-pre-approval",
        "deny",
        "unsubscribed",
        newcomer,
        "An approval that was given beforehand is taken back with a presence stanza of type 'unsubscribed'.",
        "Somebody gets in later though the user has thought better of it.",
        "The client is told not to let a contact see the user whose entry is marked as approved.",
        _with_pre_approved,
    ),
    _decision(
        "3.3.1/unsubscribe",
        "unsubscribe",
        "unsubscribe",
        lambda scene: scene.idol,
        "The account's own subscription is ended with a presence stanza of type 'unsubscribe'.",
        "The user gives a contact up and goes on to be told of its presence.",
        "The client is told that the user does not want the presence of a contact with the subscription to.",
    ),
    _decision(
        "3.3.1/withdraw-own-request",
        "unsubscribe",
        "unsubscribe",
        newcomer,
        "A request that nobody has answered is taken back with a presence stanza of type 'unsubscribe'.",
        "The user cannot take a request back, and is let in against his will.",
        "The client is told that the user does not want the presence of a contact whom he has asked.",
        _with_pending,
    ),
    Case(
        "rfc6121/3.4.1/not-offered",
        Level.MUST,
        "Nobody is approved beforehand where the server does not offer that.",
        "The user believes to have let somebody in, and the server has thrown it away.",
        "The server does not offer pre-approval, and the client is told to approve somebody who has not asked.",
        "No presence of type 'subscribed'.",
        _unasked,
        _nothing_offered,
        settings=Settings(pre_approval=False),
    ),
    Case(
        "rfc6121/3.4.1/offered",
        Level.MUST,
        "Whoever is approved beforehand is so by presence of type 'subscribed', and by no edit of the roster.",
        "The user believes to have let somebody in, and the server knows nothing of it.",
        "The server offers pre-approval, and the client is told to approve somebody who has not asked.",
        "One presence of type 'subscribed' to the bare JID; a client need not be able to do so.",
        _unasked,
        _offered,
    ),
)
