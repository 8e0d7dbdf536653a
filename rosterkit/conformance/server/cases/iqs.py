"""Requests with which something is wrong, and answers that nobody has asked for (RFC 6120 §8.2.3, §8.4).

Tests: ``tests/conformance/test_server_cases.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, broken, case_under, kept
from rosterkit.conformance.server.cases.delivery_judging import keeps, refused
from rosterkit.conformance.server.cases.delivery_steps import UNKNOWN
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Script, online, told
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]

_PING = "<ping xmlns='urn:xmpp:ping'/>"
_INFO = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
_BAD = ("bad-request",)


# Scripts


def _said(xml: Callable[[People], str], people: People) -> Script:
    yield from online("me", people.me, roster=False)
    yield from told("me", xml(people), "event")


def _answers_without_request(people: People) -> Script:
    yield from online("me", people.me, roster=False)
    for place, to in (("domain", people.domain), ("account", people.me), ("nowhere", None)):
        yield from told("me", stanzas.iq("result", place, to=to), place)
    error = "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
    yield from told("me", stanzas.iq("error", "error", error, to=people.domain), "error")


# Judges


def _without_id(evidence: Evidence) -> Finding:
    """What answers a request without an id has none either, or an empty one."""
    came = evidence.came("me", "event", lambda seen: _is_answer(seen) and not seen.id)
    if not came:
        return broken(Level.SHOULD, "The request without an id was not answered, and should be refused.")
    if came[0].type == "result":
        return broken(Level.SHOULD, "The request without an id was answered with a result.", came[0])
    if came[0].condition not in _BAD:
        words = f"The request without an id was refused with {came[0].condition or 'no condition'}."
        return broken(Level.SHOULD, words, came[0])
    return kept("The request without an id was refused with bad-request.", came[0])


def _refused_for_type(evidence: Evidence) -> Finding:
    """A type that there is not is no get or set, so its answer is looked for by id."""
    came = evidence.came("me", "event", lambda seen: _is_answer(seen) and seen.id == "event")
    if not came:
        return broken(Level.MUST, "The iq of an unknown type was not answered.")
    if came[0].type == "result":
        return broken(Level.MUST, "The iq of an unknown type was answered with a result.", came[0])
    if came[0].condition not in _BAD:
        words = f"The iq of an unknown type was refused with {came[0].condition or 'no condition'}."
        return broken(Level.SHOULD, words, came[0])
    return kept("The iq of an unknown type was refused with bad-request.", came[0])


def _not_answered(mark: str, evidence: Evidence) -> Finding | None:
    came = evidence.came("me", mark, lambda seen: _is_answer(seen) and seen.id == mark)
    words = f"An iq of type {'error' if mark == 'error' else 'result'} was answered."
    return broken(Level.MUST, words, *came) if came else None


def _is_answer(seen: Seen) -> bool:
    return seen.name == "iq" and seen.type in ("result", "error")


# Cases


_case = partial(case_under, "rfc6120/")


def _wrong(xml: Callable[[People], str]) -> Callable[[People], Script]:
    return partial(_said, xml)


#: Silence breaks a MUST; to take such a request for a good one is a lesser matter.
_REFUSED = partial(refused, mark="event", conditions=_BAD, accepted=Level.SHOULD)

CASES: tuple[ServerCase, ...] = (
    _case(
        "8.2.3/no-id",
        "A request without an id is refused.",
        "The client waits for an answer that it could not recognise.",
        "The account asks the server something, without an id.",
        "An error, bad-request.",
        _wrong(lambda people: f"<iq type='get' to='{people.domain}'>{_PING}</iq>"),
        _without_id,
        Level.SHOULD,
    ),
    _case(
        "8.2.3/no-payload",
        "A get without a payload is refused.",
        "The client waits for ever.",
        "The account sends the server a get with nothing in it.",
        "An error, bad-request.",
        _wrong(lambda people: stanzas.iq("get", "event", to=people.domain)),
        keeps("The request was refused.", _REFUSED),
    ),
    _case(
        "8.2.3/two-payloads",
        "A get with two payloads is refused.",
        "Client and server disagree about what was asked.",
        "The account sends the server a get with two payloads.",
        "An error, bad-request.",
        _wrong(lambda people: stanzas.iq("get", "event", f"{_PING}{_INFO}", to=people.domain)),
        keeps("The request was refused.", _REFUSED),
        Level.SHOULD,
    ),
    _case(
        "8.2.3/unknown-type",
        "An iq whose type nobody knows is refused.",
        "The client waits for ever.",
        "The account sends the server an iq of the type `fetch`.",
        "An error, bad-request.",
        _wrong(lambda people: stanzas.iq("fetch", "event", _PING, to=people.domain)),
        _refused_for_type,
    ),
    _case(
        "8.2.3/answers-not-answered",
        "Results and errors are not answered.",
        "Two programs answer each other for ever.",
        "The account sends its server results and an error that answer nothing.",
        "Silence.",
        _answers_without_request,
        keeps(
            "None of the four was answered.",
            *(partial(_not_answered, mark) for mark in ("domain", "account", "nowhere", "error")),
        ),
    ),
    _case(
        "8.4/unknown-payload",
        "A request to the server with a payload that it does not know is refused.",
        "Clients believe that the server has done what it does not know, or wait for ever.",
        "The account sends the server a get with a payload of an unknown namespace.",
        "An error, service-unavailable.",
        _wrong(lambda people: stanzas.iq("get", "event", UNKNOWN, to=people.domain)),
        keeps(
            "The request was refused.",
            partial(refused, mark="event", conditions=("service-unavailable", "feature-not-implemented")),
        ),
    ),
)
