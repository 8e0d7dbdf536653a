"""What others decide: notices come and tell, pushes say how it stands from then on (RFC 6121 §3.1.6, §3.2.3, §3.3.3).

Tests: ``tests/conformance/test_cases_subscriptions.py``, ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from rosterkit.conformance.beliefs import UNKNOWN
from rosterkit.conformance.case import Case
from rosterkit.conformance.cases.subscriptions_moves import (
    Who,
    comes,
    kept_out,
    left_alone,
    newcomer,
    noticed,
    present,
    put,
    unseen,
)
from rosterkit.conformance.evidence import Evidence, Seen, is_roster_set
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Ask, Script, pushed
from rosterkit.conformance.stanzas import item
from rosterkit.conformance.verdicts import Finding, Level, Oracle, Verdict, failed, inconclusive, passed
from rosterkit.core.roster import Item

__all__ = ["CASES"]


def _asked_out(scene: Scene) -> Item:
    """The newcomer, whom the account has asked."""
    return Item(scene.newcomer, scene.name_of(scene.newcomer), (scene.groups[2],), ask=True)


def _waiting(scene: Scene) -> tuple[Item, ...]:
    return *scene.roster, _asked_out(scene)


# Scripts: a notice, a push, and what is believed then


def _changed(scene: Scene, notice: str | None, becomes: Callable[[Scene], Item]) -> Script:
    contact = becomes(scene)
    yield from present()
    if notice is not None:
        yield from comes(scene, notice, contact.jid)
    yield from put(scene, contact)
    yield Ask("after", (contact.jid,))


def _approved(scene: Scene) -> Item:
    return replace(_asked_out(scene), subscription="to", ask=False, memo=None)


def _refused(scene: Scene) -> Item:
    return replace(_asked_out(scene), ask=False, memo=None)


def _pending(scene: Scene) -> Item:
    return Item(scene.other, scene.name_of(scene.other), ask=True)


def _pre_approved(scene: Scene) -> Item:
    return Item(scene.other, scene.name_of(scene.other), approved=True)


def _friend_cancels(scene: Scene) -> Item:
    return replace(scene.roster[0], subscription="from", memo=None)


def _fan_leaves(scene: Scene) -> Item:
    return replace(scene.roster[2], subscription="none", memo=None)


def _contradicted(scene: Scene) -> Script:
    yield from present()
    yield from comes(scene, "subscribed", scene.newcomer)
    entry = item(
        scene.newcomer, [scene.groups[2]], name=scene.name_of(scene.newcomer), subscription="none", ask="subscribe"
    )
    yield from pushed("push", entry, ver=scene.token("ver"))
    yield Ask("after", (scene.newcomer,))


def _out_of_the_blue(scene: Scene) -> Script:
    yield from noticed(scene, "subscribed", lambda scene: scene.stranger)
    yield Ask("after", (scene.stranger,))


# Judges


def _stands(evidence: Evidence, who: Who, subscription: str, level: Level = Level.MUST) -> Finding:
    """Whether the client believes of a contact of its roster what the push said."""
    belief, contact = evidence.belief("after"), who(evidence.scene)
    pushes = [one for seen in evidence.seen if _is_push(seen) for one in seen.items if one.get("jid") == contact]
    if pushes and pushes[-1].get("subscription") != subscription:
        return inconclusive(f"Something that the client did has led to another push about {contact}.")
    if belief.knows(contact) is False:
        return failed(level, f"The entry of {contact} is gone from the client's roster.", belief.where)
    told = belief.get(contact, "subscription")
    if told is UNKNOWN:
        return unseen(f"What the client believes of {contact}")
    if told != subscription:
        words = f"The push says subscription {subscription!r} for {contact}, and the client tells {told!r}."
        return failed(level, words, belief.where)
    return passed(f"The client tells subscription {told!r} for {contact}, as the push says.", belief.where)


def _waits_for_answer(evidence: Evidence, who: Who, subscription: str, waits: bool, level: Level) -> Finding:
    """The same, and whether the account's own request is under way, which is a SHOULD."""
    found = _stands(evidence, who, subscription, level)
    if found.verdict is not Verdict.PASS:
        return found
    belief, contact = evidence.belief("after"), who(evidence.scene)
    told = belief.get(contact, "ask") == "subscribe"
    words = f"The client tells {'a' if told else 'no'} request to {contact} as under way."
    return passed(words, belief.where) if told is waits else failed(Level.SHOULD, words, belief.where)


def _is_push(seen: Seen) -> bool:
    return seen.direction == "out" and seen.kind == "push" and not seen.entry.withheld


def _left(evidence: Evidence) -> Finding:
    """Nor may the client throw out who has left; what it sends for an order it does not send by itself."""
    ordered = next((seen.number for seen in evidence.steps("order")), None)
    sets = evidence.received(is_roster_set, evidence.mark("unsubscribe"))
    sets = [one for one in sets if ordered is None or one.number < ordered]
    removal = next((one for one in sets for part in one.items if part.get("subscription") == "remove"), None)
    if removal is not None:
        words = "The client removes the contact from the roster by itself."
        return failed(Level.SHOULD, words, Oracle.WIRE, removal.number)
    return _stands(evidence, lambda scene: scene.fan, "none")


def _quiet(evidence: Evidence, type_: str) -> Finding:
    return left_alone(evidence, evidence.scene.stranger, evidence.mark(type_))


def _not_again(evidence: Evidence) -> Finding:
    return left_alone(evidence, evidence.scene.newcomer, evidence.mark("unsubscribed"), ("subscribe",))


def _unanswered(section: str, type_: str, consequence: str) -> Case:
    return Case(
        f"rfc6121/{section}/not-answered",
        Level.SHOULD,
        f"The notice {type_!r} asks for no answer, least of all from somebody who has no subscription.",
        consequence,
        f"A stranger sends {type_!r}, which ends nothing.",
        "No subscription stanza to the stranger.",
        partial(noticed, type_=type_, who=lambda scene: scene.stranger),
        partial(_quiet, type_=type_),
    )


CASES = (
    Case(
        "rfc6121/3.1.2/ask-shown",
        Level.SHOULD,
        "A push with the mark ask says that the account's own request is under way.",
        "The user cannot tell whether he has asked, and asks again and again.",
        "A push brings a contact with ask='subscribe', as after a request from another device.",
        "The contact is told as one whose answer is awaited.",
        partial(_changed, notice=None, becomes=_pending),
        partial(
            _waits_for_answer, who=lambda scene: scene.other, subscription="none", waits=True, level=Level.SHOULD
        ),
    ),
    Case(
        "rfc6121/3.1.6/approved",
        Level.MUST,
        "When a request is granted, the push that says so is believed.",
        "The user has been let in and sees his contact as offline for good.",
        "A contact who has been asked sends 'subscribed', and the push says subscription='to' without ask.",
        "The contact with the subscription to, and no request under way.",
        partial(_changed, notice="subscribed", becomes=_approved),
        partial(_waits_for_answer, who=newcomer, subscription="to", waits=False, level=Level.MUST),
        roster=_waiting,
    ),
    Case(
        "rfc6121/3.1.6/state-from-push",
        Level.MUST,
        "How a subscription stands is what the last push says, whatever a notice before it has said.",
        "The client shows a subscription that the server does not have.",
        "A contact who has been asked sends 'subscribed', and a push says that the request is still under way.",
        "The contact with the subscription none.",
        _contradicted,
        partial(_stands, who=newcomer, subscription="none"),
        roster=_waiting,
    ),
    Case(
        "rfc6121/3.1.6/approved-out-of-the-blue",
        Level.SHOULD,
        "An approval that nobody has asked for puts nobody into the roster.",
        "A stranger gets into the user's contact list by saying that he is welcome.",
        "A stranger who was never asked sends 'subscribed', and there is no push.",
        "A roster without the stranger.",
        _out_of_the_blue,
        kept_out,
    ),
    Case(
        "rfc6121/3.2.3/refused",
        Level.MUST,
        "When a request is refused, the entry stays, and no request is under way any more.",
        "A contact vanishes for having said no, or is waited for for ever.",
        "A contact who has been asked sends 'unsubscribed', and the push comes without ask.",
        "The contact with the subscription none, and no request under way.",
        partial(_changed, notice="unsubscribed", becomes=_refused),
        partial(_waits_for_answer, who=newcomer, subscription="none", waits=False, level=Level.MUST),
        roster=_waiting,
    ),
    Case(
        "rfc6121/3.2.3/not-asked-again",
        Level.SHOULD,
        "Whoever has refused is not asked again unless the user says so.",
        "The client pesters people who have said no, and both ends may loop.",
        "A contact who has been asked sends 'unsubscribed', and the push comes without ask.",
        "No presence of type 'subscribe' to the contact.",
        partial(_changed, notice="unsubscribed", becomes=_refused),
        _not_again,
        roster=_waiting,
    ),
    Case(
        "rfc6121/3.2.3/cancelled-by-contact",
        Level.MUST,
        "When a contact ends the account's subscription, the push that says so is believed.",
        "The user believes to see a contact who has shut him out.",
        "A contact with the subscription both sends 'unsubscribed', and the push says from.",
        "The contact with the subscription from.",
        partial(_changed, notice="unsubscribed", becomes=_friend_cancels),
        partial(_stands, who=lambda scene: scene.friend, subscription="from"),
    ),
    _unanswered("3.2.3", "unsubscribed", "Any stranger can make the client answer, and two such clients never stop."),
    Case(
        "rfc6121/3.3.3/unsubscribed-by-contact",
        Level.MUST,
        "When a contact gives its subscription up, the push that says so is believed, and the entry stays.",
        "The user believes to be seen by somebody who has left, or loses the contact.",
        "A contact with the subscription from sends 'unsubscribe', and the push says none.",
        "The contact with the subscription none.",
        partial(_changed, notice="unsubscribe", becomes=_fan_leaves),
        _left,
    ),
    _unanswered("3.3.3", "unsubscribe", "Any stranger learns from the answer that the user is online."),
    Case(
        "rfc6121/3.4.2/approved-mark",
        Level.MUST,
        "The mark approved is a promise for a request to come, and no subscription.",
        "The user believes to be seen by somebody who has never asked.",
        "A push brings a contact with approved='true' and the subscription none.",
        "The contact with the subscription none.",
        partial(_changed, notice=None, becomes=_pre_approved),
        partial(_stands, who=lambda scene: scene.other, subscription="none"),
    ),
)
