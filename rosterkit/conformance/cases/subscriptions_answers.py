"""What a client answers to a request when its user has decided (RFC 6121 §3.1.4).

Tests: ``tests/conformance/test_cases_subscriptions.py``, ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from functools import partial

from rosterkit.conformance.case import Case
from rosterkit.conformance.cases.subscriptions_moves import (
    ANSWERS,
    Who,
    carried_out,
    deeds,
    identified,
    kept,
    newcomer,
    order_number,
    ordered_after_request,
    present,
)
from rosterkit.conformance.evidence import Evidence
from rosterkit.conformance.scene import CONTACTS, Scene
from rosterkit.conformance.script import Fence, Say, Script, obeyed
from rosterkit.conformance.stanzas import presence
from rosterkit.conformance.verdicts import Finding, Level, Oracle, failed, passed, unsupported

__all__ = ["CASES"]

#: A localpart that is right as it is: the escape stands for an apostrophe, which none may hold (XEP-0106).
_ODD = rf"jean\27luc%50@{CONTACTS}"


def _answered(scene: Scene, do: str, who: Who = newcomer) -> Script:
    yield from ordered_after_request(scene, who(scene), do, scene.token("request"))


def _asked_by_resource(scene: Scene) -> Script:
    yield from present()
    yield Say(presence(f"{scene.newcomer}/{scene.token('resource')}", "subscribe", to=scene.me), "request")
    yield Fence()
    yield from obeyed("approve", jid=scene.newcomer)


def _asked_by_two(scene: Scene) -> Script:
    yield kept(scene, scene.other)
    yield from ordered_after_request(scene, scene.newcomer, "approve")


def _own_id(evidence: Evidence) -> Finding:
    answers = [seen for seen in deeds(evidence, evidence.scene.newcomer) if seen.type in ANSWERS]
    asked = {
        seen.id
        for seen in evidence.seen
        if seen.direction == "out" and seen.type == "subscribe" and seen.sender == evidence.scene.newcomer
    }
    if not answers:
        return unsupported("The client does not answer the request.")
    same = next((seen for seen in answers if seen.id is not None and seen.id in asked), None)
    if same is not None:
        return failed(
            Level.MUST, f"The client answers with the request's own id, {same.id!r}.", Oracle.WIRE, same.number
        )
    return passed("The client's answer does not have the id of the request.", Oracle.WIRE, answers[0].number)


def _one_of_two(evidence: Evidence) -> Finding:
    other = evidence.scene.other
    sent = deeds(evidence, other, order_number(evidence, "approve"))
    wrong = next((seen for seen in sent if seen.type in ANSWERS), None)
    if wrong is not None:
        words = f"Told to approve {evidence.scene.newcomer}, the client sends {wrong.type!r} to {other} too."
        return failed(Level.MUST, words, Oracle.WIRE, wrong.number)
    return carried_out(evidence, "approve", "subscribed", newcomer)


def _answer(name: str, do: str, type_: str, who: Who, rule: str, consequence: str, done: str) -> Case:
    """A request comes at login, the user decides."""
    return Case(
        f"rfc6121/3.1.4/{name}",
        Level.MUST,
        rule,
        consequence,
        done,
        f"One presence of type {type_!r} to the bare JID of who has asked, and nothing else.",
        partial(_answered, do=do, who=who),
        partial(carried_out, do=do, type_=type_, who=who),
    )


CASES = (
    _answer(
        "approve",
        "approve",
        "subscribed",
        newcomer,
        "A request is granted with a presence stanza of type 'subscribed'.",
        "The user lets his contact in, and the contact waits for ever.",
        "A contact asks, and the client is told to approve it.",
    ),
    Case(
        "rfc6121/3.1.4/approve-has-id",
        Level.SHOULD,
        "The answer to a request has an id.",
        "An answer that does not arrive cannot be told from others.",
        "A contact asks, and the client is told to approve it.",
        "A presence of type 'subscribed' with an id.",
        partial(_answered, do="approve"),
        partial(identified, type_="subscribed"),
    ),
    Case(
        "rfc6121/3.1.4/id-not-mirrored",
        Level.MUST,
        "The answer to a request does not have the id of the request.",
        "Whoever has asked takes the answer for something of his own, as ids are the sender's.",
        "A contact asks with an id, and the client is told to approve it.",
        "An answer with another id, or with none.",
        partial(_answered, do="approve"),
        _own_id,
    ),
    _answer(
        "refuse",
        "deny",
        "unsubscribed",
        newcomer,
        "A request is refused with a presence stanza of type 'unsubscribed'.",
        "Whoever is refused is not told, and the request comes back at every login.",
        "A contact asks, and the client is told to refuse it.",
    ),
    Case(
        "rfc6121/3.1.4/request-from-full-jid",
        Level.SHOULD,
        "A request that comes from a resource is one of its bare JID, and is answered there.",
        "The user's answer gets lost when the contact has changed the device.",
        "A request comes from a full JID, and the client is told to approve the bare one.",
        "One presence of type 'subscribed' to the bare JID.",
        _asked_by_resource,
        partial(carried_out, do="approve", type_="subscribed", who=newcomer, level=Level.SHOULD),
    ),
    _answer(
        "odd-jid",
        "approve",
        "subscribed",
        lambda _: _ODD,
        "The answer to a request goes to the very address that has asked, whatever its characters.",
        "People with an apostrophe in their name cannot become contacts.",
        "A request comes from an address with an escaped character, and the client is told to approve it.",
    ),
    _answer(
        "request-from-service",
        "approve",
        "subscribed",
        lambda _: CONTACTS,
        "A domain without a localpart may ask and be approved, as gateways do.",
        "The user cannot be reached through a gateway to another network.",
        "A request comes from a bare domain, and the client is told to approve it.",
    ),
    Case(
        "rfc6121/3.1.4/two-requests",
        Level.MUST,
        "To approve one request approves no other.",
        "Somebody gets in on another one's ticket.",
        "Two contacts ask, and the client is told to approve one of them.",
        "One presence of type 'subscribed' to that contact, and nothing to the other.",
        _asked_by_two,
        _one_of_two,
    ),
)
