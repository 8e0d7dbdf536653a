"""What pushes say of subscriptions: approved, ask and subscription (RFC 6121 §2.1.2.1, §2.1.2.2, §2.1.2.5).

Tests: ``tests/conformance/test_cases_syntax.py``.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from rosterkit.conformance.beliefs import UNKNOWN, Belief
from rosterkit.conformance.case import Case
from rosterkit.conformance.cases.syntax_judging import (
    AFTER,
    PUSH,
    about_friend,
    harm,
    one_push,
    shown,
    unseen,
)
from rosterkit.conformance.evidence import Evidence
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Ask, Script, online, pushed
from rosterkit.conformance.stanzas import item
from rosterkit.conformance.verdicts import Finding, Level, failed, info, passed, unsupported

__all__ = ["CASES"]

_UNHEARD_OF, _SOMETIMES = "whatever", "sometimes"


# approved


def _both_spellings(scene: Scene) -> Script:
    yield from online()
    first = item(scene.newcomer, name="Truman", subscription="none", approved="true")
    yield from pushed("push-true", first, ver=scene.token("first"))
    second = item(scene.other, name="Una", subscription="none", approved="1")
    yield from pushed(PUSH, second, ver=scene.token("second"))
    yield Ask(AFTER, (scene.newcomer, scene.other))


def _approved(belief: Belief, jid: str) -> bool:
    return belief.get(jid, "approved") is True


def _reads_one(evidence: Evidence) -> Finding:
    """``true`` shows whether the client knows pre-approvals at all."""
    belief, scene = evidence.sight(), evidence.scene
    if not belief.whole:
        return unseen("Whether the client takes the entry for approved")
    if _approved(belief, scene.other):
        return passed("The client takes approved='1' for true.", belief.where)
    if _approved(belief, scene.newcomer):
        return failed(Level.SHOULD, "The client takes approved='true' for true, and approved='1' not.", belief.where)
    return unsupported("The client tells of no approval, not even where approved='true' was pushed.")


# ask


def _with_unknown_ask(scene: Scene) -> str:
    return item(scene.newcomer, name="Quentin", subscription="none", ask=_UNHEARD_OF)


def _not_pending(evidence: Evidence) -> Finding:
    belief, newcomer = evidence.sight(), evidence.scene.newcomer
    known = belief.knows(newcomer)
    ask: Any = belief.get(newcomer, "ask")
    if known is False:
        return failed(Level.SHOULD, "The client has passed over the whole entry.", belief.where)
    if not known or ask is UNKNOWN:
        return unseen("Whether the client waits for an answer of the contact")
    if ask == "subscribe":
        return failed(Level.SHOULD, "The client believes that a request is on its way to the contact.", belief.where)
    if ask == _UNHEARD_OF:
        return info("The client hands the value on as it came.", belief.where)
    return passed("The client knows of no request to the contact.", belief.where)


# subscription


def _friend_again(scene: Scene, subscription: str | None) -> str:
    """The friend's entry once more, with another subscription."""
    return item(scene.friend, scene.groups[:2], name=scene.name_of(scene.friend), subscription=subscription)


def _none_where_absent(evidence: Evidence) -> Finding:
    belief, scene = evidence.sight(), evidence.scene
    if belief.knows(scene.friend) is False:
        return failed(Level.SHOULD, "The client does not have the entry any more.", belief.where)
    state = belief.get(scene.friend, "subscription")
    if state is UNKNOWN and belief.get(scene.idol, "subscription") is UNKNOWN:
        return unseen("What the client takes the subscription for")
    if state is UNKNOWN or state == "none":
        return passed("The client takes the subscription for none.", belief.where)
    return failed(Level.SHOULD, f"The client takes the subscription for {shown(state)}.", belief.where)


def _ignores_value(evidence: Evidence) -> Finding:
    """It may take the rest of the item or pass over all of it; the entry stays, without that value."""
    belief, friend = evidence.sight(), evidence.scene.friend
    harmed = harm(evidence, belief)
    if harmed is not None:
        return failed(Level.MUST, harmed, belief.where)
    state = belief.get(friend, "subscription")
    if state == _SOMETIMES:
        return failed(Level.MUST, "The client shows the value as the subscription of the entry.", belief.where)
    if not belief.whole or state is UNKNOWN:
        return unseen("What the client takes the subscription for")
    return passed(f"The client keeps the entry, and takes its subscription for {shown(state)}.", belief.where)


CASES = (
    Case(
        "rfc6121/2.1.2.1/approved-as-one",
        Level.SHOULD,
        "approved is a boolean of XML Schema, so '1' is as true as 'true'.",
        "The user is asked again about somebody who has been approved long ago.",
        "Two pushes come for contacts that are approved beforehand: with approved='true' and with approved='1'.",
        "Both contacts are approved.",
        _both_spellings,
        _reads_one,
    ),
    Case(
        "rfc6121/2.1.2.2/unknown-ask",
        Level.SHOULD,
        "Only ask='subscribe' says that a request is on its way.",
        "The user waits for an answer of somebody who has never been asked.",
        "A push comes with an ask that nobody knows.",
        "The entry is in the roster, and no request is on its way.",
        partial(one_push, items=_with_unknown_ask),
        _not_pending,
    ),
    Case(
        "rfc6121/2.1.2.5/missing-subscription",
        Level.SHOULD,
        "A push without a subscription says that it is none.",
        "The user believes to see, and to be seen by, somebody who has ended it.",
        "A push comes for a contact with a subscription both, and its item has no subscription any more.",
        "The entry stays, and its subscription is none.",
        partial(one_push, items=partial(_friend_again, subscription=None), about=about_friend),
        _none_where_absent,
    ),
    Case(
        "rfc6121/2.1.2.5/unknown-in-push",
        Level.MUST,
        "A value of subscription in a push that is none of the five counts for nothing.",
        "A contact vanishes from the list, or stands there in a state that does not exist.",
        "A push comes for a contact in the roster with subscription='sometimes'.",
        "The entry stays, with one of the subscriptions that there are.",
        partial(one_push, items=partial(_friend_again, subscription=_SOMETIMES), about=about_friend),
        _ignores_value,
    ),
)
