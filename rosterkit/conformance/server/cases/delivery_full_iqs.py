"""Requests and answers to a full JID whose resource is there: who may ask it, and what it gets (RFC 6121 §8.5.3.1).

Tests: ``tests/conformance/test_server_cases.py``.
"""

from __future__ import annotations

from functools import partial

from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, case_under
from rosterkit.conformance.server.cases.delivery_judging import arrived, keeps, kept_off, refused
from rosterkit.conformance.server.cases.delivery_steps import UNKNOWN, asked_by_remote, phone, resources
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Mute, Script, online, told
from rosterkit.conformance.verdicts import Level

__all__ = ["CASES"]

_ANSWER = "<secret xmlns='urn:example:nobody-knows-this'>yes</secret>"


# Scripts


def _asked_by_seer(people: People) -> Script:
    """A contact elsewhere that has had the resource's presence asks it; it answers by hand."""
    jids = yield from resources(people, 1, 0)
    yield Mute("me-2")
    yield from told("me-2", stanzas.presence(to=phone(people)))
    yield from asked_by_remote(people, "get", jids[1], "event")
    yield from told("me-2", stanzas.iq("result", "event", _ANSWER, to=phone(people)), "answer")


def _asked_by_local_seer(people: People) -> Script:
    me = yield from online("me", people.me, roster=False)
    contact = yield from online("contact", people.contact, roster=False)
    yield from told("me", stanzas.presence(to=contact.jid))
    yield from told("contact", stanzas.iq("get", "event", UNKNOWN, to=me.jid), "event")


def _asked_by_stranger(people: People) -> Script:
    me = yield from online("me", people.me, roster=False)
    yield from online("contact", people.contact, roster=False)
    yield from told("contact", stanzas.iq("get", "event", UNKNOWN, to=me.jid), "event")


def _asked_by_itself(people: People) -> Script:
    jids = yield from resources(people, 1, 0)
    yield Mute("me-2")
    yield from told("me", stanzas.iq("get", "event", UNKNOWN, to=jids[1]), "event")
    yield from told("me-2", stanzas.iq("result", "event", _ANSWER, to=jids[0]), "answer")


def _answered_from_elsewhere(people: People) -> Script:
    """An answer is delivered, whether anybody has asked or not: the server keeps no book of requests."""
    jids = yield from resources(people, 1, 0)
    yield from asked_by_remote(people, "result", jids[1], "result")
    error = "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
    yield from asked_by_remote(people, "error", jids[1], "error", error)


# Cases


_case = partial(case_under, "rfc6121/8.5.3.1/")

_ANSWERED = partial(arrived, mark="answer", line=COMPONENT)

CASES: tuple[ServerCase, ...] = (
    _case(
        "iq-from-elsewhere",
        "A request to a resource comes to it, where whoever asks has had its presence.",
        "Whatever two clients do with each other does not work: files, calls, what the other can do.",
        "A resource sends its presence to a contact of another server, which then asks its full JID something.",
        "The request at the resource.",
        _asked_by_seer,
        keeps("The request came to the resource.", partial(arrived, mark="event", line="me-2")),
        component=True,
    ),
    _case(
        "iq-answered",
        "What a resource answers comes to whoever has asked it.",
        "Whoever asks a client something waits for ever.",
        "A contact of another server, which has the presence of a resource, asks it, and the resource answers.",
        "The result at the contact's server, with the id of the request.",
        _asked_by_seer,
        keeps("The answer came.", partial(arrived, mark="event", line="me-2"), _ANSWERED),
        component=True,
    ),
    _case(
        "iq-from-local",
        "A request of an account of the same server to a resource comes to it, where the asker has its presence.",
        "Two users of one server cannot send each other files or call each other.",
        "A resource sends its presence to a resource of another account of the server, which then asks it something.",
        "The request at the resource.",
        _asked_by_local_seer,
        keeps("The request came to the resource.", partial(arrived, mark="event", line="me")),
        accounts=2,
    ),
    _case(
        "iq-from-stranger",
        "A request to a resource is refused as if that were not there, where the asker may not see its presence.",
        "Anybody who guesses the name of a resource finds out when the user is online, and with what client.",
        "An account asks a resource of another account, to whose presence it has no right, something.",
        "An error, service-unavailable, and nothing at the resource.",
        _asked_by_stranger,
        keeps(
            "The request was refused, and did not come to the resource.",
            partial(kept_off, mark="event", lines=("me",), level=Level.SHOULD),
            partial(refused, mark="event", level=Level.SHOULD),
        ),
        Level.SHOULD,
        accounts=2,
    ),
    _case(
        "iq-between-own",
        "A request of one resource of an account to another comes to it, and the answer comes back.",
        "The user's devices cannot talk to each other.",
        "One of two resources of an account asks the other something, which answers.",
        "The request at the second resource, and its answer at the first.",
        _asked_by_itself,
        keeps(
            "The request came, and its answer came back.",
            partial(arrived, mark="event", line="me-2"),
            partial(arrived, mark="answer", line="me"),
        ),
    ),
    _case(
        "iq-answers",
        "An iq of type result or error to a resource comes to it, whoever has sent it.",
        "Users wait for ever for what they have asked contacts and services.",
        "A contact of another server sends a result and an error to the full JID of a resource.",
        "Both at the resource.",
        _answered_from_elsewhere,
        keeps(
            "Both came to the resource.",
            *(partial(arrived, mark=mark, line="me-2") for mark in ("result", "error")),
        ),
        component=True,
    ),
)
