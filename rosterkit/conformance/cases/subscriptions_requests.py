"""Requests of others: they wait for the user's word, and are what they are each time they come (RFC 6121 §3.1).

A client whose user has told it beforehand what to answer breaks no rule by answering; none has been told so here.

Tests: ``tests/conformance/test_cases_subscriptions.py``, ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from functools import partial

from rosterkit.conformance.case import Case
from rosterkit.conformance.cases.subscriptions_moves import (
    ANSWERS,
    Who,
    appears,
    available,
    comes,
    deeds,
    kept,
    kept_out,
    left_alone,
    newcomer,
    noticed,
    ordered_after_request,
    present,
    present_again,
    unseen,
    waits,
)
from rosterkit.conformance.evidence import Evidence
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Ask, Script
from rosterkit.conformance.verdicts import Finding, Level, Verdict, failed, info, passed
from rosterkit.core import markup
from rosterkit.core.roster import Item

__all__ = ["CASES"]

# Nobody answers but the user


def _stranger(scene: Scene) -> str:
    return scene.stranger


def _in_roster(scene: Scene) -> tuple[Item, ...]:
    return *scene.roster, Item(scene.newcomer, scene.name_of(scene.newcomer))


def _by_itself(evidence: Evidence, who: Who, types: tuple[str, ...]) -> Finding:
    return left_alone(evidence, who(evidence.scene), evidence.mark("subscribe"), types)


def _waiting_for_the_user(name: str, type_: str, rule: str, consequence: str) -> Case:
    return Case(
        f"rfc6121/3.1.4/{name}",
        Level.SHOULD,
        rule,
        consequence,
        "A stranger asks for the user's presence, and nobody tells the client what to answer.",
        f"No presence of type {type_!r} to the stranger.",
        partial(noticed, type_="subscribe", who=_stranger),
        partial(_by_itself, who=_stranger, types=(type_,)),
    )


# What the client makes of a request


def _asked(scene: Scene, who: Who) -> Script:
    yield from noticed(scene, "subscribe", who)
    yield Ask("after", (who(scene),))


def _known(evidence: Evidence, request: str, who: Who = newcomer) -> Finding:
    """Whether a request waits; once it is answered it need not."""
    asker = who(evidence.scene)
    answer = next((seen for seen in deeds(evidence, asker) if seen.type in ANSWERS), None)
    if answer is not None:
        return info(f"The client has answered {request} by itself, with {answer.type!r}, so it does not wait.")
    waiting = waits(evidence, asker)
    where = evidence.belief("after").where
    if waiting is None:
        return unseen(f"Whether {request} waits")
    if not waiting:
        return failed(Level.SHOULD, f"The client does not know of {request}, so its user cannot answer.", where)
    return passed(f"The client knows that {request} waits for an answer.", where)


def _decorated(scene: Scene) -> Script:
    children = (
        markup.element("nick", "Mallory", xmlns="http://jabber.org/protocol/nick")
        + markup.element("preauth", xmlns="urn:xmpp:pars:0", token=scene.token("preauth"))
        + markup.element("status", markup.text("<b>Let me in</b> & be my friend"))
        + markup.element("scroll", "<seal/>", xmlns="urn:example:verona")
    )
    yield kept(scene, scene.newcomer, children)
    yield from present()
    yield Ask("after", (scene.newcomer,))


def _asked_by_oneself(scene: Scene) -> Script:
    yield from present()
    yield Ask("before")
    yield from available()  # it may have had to log in again
    yield from comes(scene, "subscribe", scene.me)
    yield Ask("after")


def _self(evidence: Evidence) -> Finding:
    me, where = evidence.scene.me, evidence.belief("after").where
    found = left_alone(evidence, me, evidence.mark("subscribe"))
    before, after = appears(evidence, me, "before"), appears(evidence, me)
    if found.verdict is not Verdict.PASS:
        return found
    if after is None:
        return unseen("Whether the client's own account is in its roster")
    if before:
        return info("The client tells a roster with its own account in it, before any request of its own.", where)
    if after:
        return failed(Level.SHOULD, "The client tells a roster with its own account in it, by its request.", where)
    return passed("The client sends itself nothing, and is not in its roster.", where)


# A request that comes again, is withdrawn, is answered


def _again(scene: Scene) -> Script:
    yield kept(scene, scene.newcomer, id_=scene.token("request"))
    yield from present()
    yield from present_again()
    yield Ask("after", (scene.newcomer,))


def _not_by_coming_again(evidence: Evidence) -> Finding:
    return left_alone(evidence, evidence.scene.newcomer, evidence.mark("request"), ANSWERS)


def _still_one(evidence: Evidence) -> Finding:
    found = _known(evidence, "a request that came again")
    count = waits(evidence, evidence.scene.newcomer) or 0
    if found.verdict is not Verdict.PASS or count == 1:
        return found
    return info(f"The client tells {count} requests of the one contact who asks.", evidence.belief("after").where)


def _withdrawn(scene: Scene) -> Script:
    yield from present()
    yield from comes(scene, "subscribe", scene.newcomer)
    yield from comes(scene, "unsubscribe", scene.newcomer)
    yield Ask("after", (scene.newcomer,))


def _answered(scene: Scene) -> Script:
    yield from ordered_after_request(scene, scene.newcomer, "approve")
    yield Ask("after", (scene.newcomer,))


def _over(evidence: Evidence, how: str) -> Finding:
    waiting = waits(evidence, evidence.scene.newcomer)
    where = evidence.belief("after").where
    if waiting is None:
        return unseen("Whether the request waits")
    if waiting:
        return failed(Level.SHOULD, f"For the client a request still waits that was {how}.", where)
    return passed(f"The client does not count a request as waiting that was {how}.", where)


CASES = (
    Case(
        "rfc6121/3.1/self-request",
        Level.SHOULD,
        "A request from the account itself is not answered, and makes no contact of it.",
        "The user finds himself in his own list, or his client talks to itself.",
        "A request comes that has the account's own bare JID as its sender.",
        "No subscription stanza to the account itself, which is not in the roster.",
        _asked_by_oneself,
        _self,
    ),
    Case(
        "rfc6121/3.1.3/redelivered",
        Level.SHOULD,
        "A request is not answered by the client because it comes again.",
        "Whoever is not answered gets in by waiting.",
        "The server keeps a request and delivers it at each of two logins; nobody tells the client what to answer.",
        "No presence of type 'subscribed' or 'unsubscribed' to who has asked.",
        _again,
        _not_by_coming_again,
    ),
    Case(
        "rfc6121/3.1.3/still-waits",
        Level.SHOULD,
        "A request that comes again at a later login still waits for the user.",
        "A request that is not answered on the day it comes is lost.",
        "The server keeps a request and delivers it at each of two logins; nobody answers it.",
        "The request is among those that wait, once.",
        _again,
        _still_one,
    ),
    Case(
        "rfc6121/3.1.3/request-with-children",
        Level.SHOULD,
        "A request may carry a nickname, a status, a token and what is not known, and is still a request.",
        "People whose client sends a nickname along cannot reach the user.",
        "A kept request is delivered with four children, one of them of an unknown namespace.",
        "The client stays, and knows that the request waits.",
        _decorated,
        partial(_known, request="a request with children"),
    ),
    Case(
        "rfc6121/3.1.3/asker-not-in-roster",
        Level.SHOULD,
        "Asking puts nobody into the roster.",
        "Anybody gets into the user's contact list by asking for his presence.",
        "A stranger asks for the user's presence, and there is no push.",
        "A roster without the stranger.",
        partial(_asked, who=_stranger),
        kept_out,
    ),
    _waiting_for_the_user(
        "no-approval-by-itself",
        "subscribed",
        "A client does not approve a request unless its user has said so, now or beforehand.",
        "Any stranger can watch when the user is online, and from which devices.",
    ),
    _waiting_for_the_user(
        "no-refusal-by-itself",
        "unsubscribed",
        "A client does not refuse a request unless its user has said so, now or beforehand.",
        "Nobody new can reach the user, who never learns that they have tried.",
    ),
    _waiting_for_the_user(
        "no-request-back",
        "subscribe",
        "A client does not ask whoever asks for their presence in turn unless its user has said so.",
        "Any stranger gets into the user's contact list, and learns that the address is in use, by asking once.",
    ),
    Case(
        "rfc6121/3.1.4/entry-is-no-consent",
        Level.SHOULD,
        "Whoever stands in the roster without a subscription is approved by the user too, and not by that.",
        "A contact whom somebody else's program has put into the list sees the user's presence unasked.",
        "A contact of the roster with the subscription none asks for the user's presence.",
        "No presence of type 'subscribed' to the contact.",
        partial(noticed, type_="subscribe", who=newcomer),
        partial(_by_itself, who=newcomer, types=("subscribed",)),
        roster=_in_roster,
    ),
    Case(
        "rfc6121/3.1.4/request-shown",
        Level.SHOULD,
        "A request that nobody has answered is there for the user to answer.",
        "Nobody can become a contact of the user, who never hears of it.",
        "A contact who is not in the roster asks for the user's presence.",
        "The request is among those that wait.",
        partial(_asked, who=newcomer),
        partial(_known, request="the request"),
    ),
    Case(
        "rfc6121/3.1.4/answered-is-over",
        Level.SHOULD,
        "A request that the user has answered does not wait any more.",
        "The user is asked again and again about somebody whom he has approved.",
        "A contact asks, and the client is told to approve it.",
        "The request is not among those that wait.",
        _answered,
        partial(_over, how="answered"),
    ),
    Case(
        "rfc6121/3.3.3/withdrawn",
        Level.SHOULD,
        "A request that is taken back before an answer does not wait any more.",
        "The user approves somebody who does not want it any more, and is watched by a surprise.",
        "A contact asks, and then sends 'unsubscribe'.",
        "The request is not among those that wait.",
        _withdrawn,
        partial(_over, how="taken back"),
    ),
)
