"""What a client sends by itself, looked at in every play: its streams, requests, roster sets and presence.

Tests: ``tests/conformance/test_checks.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from lxml.etree import _Element

from rosterkit.conformance.evidence import Evidence, Seen, groups_of, is_answer, is_roster_set
from rosterkit.conformance.verdicts import Finding, Level, Oracle, failed, passed
from rosterkit.core import jid
from rosterkit.core.ext.bind import BIND
from rosterkit.core.stanza import IQ_TYPES, PRESENCE_TYPES, SHOWS
from rosterkit.errors import JidError
from rosterkit.wire.names import CLIENT

__all__ = [
    "has_ids",
    "has_one_payload",
    "ids_not_reused",
    "nothing_before_bind",
    "one_item",
    "only_stanzas",
    "sends_no_probe",
    "set_has_no_state",
    "set_has_no_subscription",
    "set_has_right_groups",
    "true_sender",
    "valid_presence",
    "well_formed",
]

_ENDED = re.compile(rb"<stream:error><([a-z-]+)[ />]")
#: The stream errors that say that what came was no XML, or XML that XMPP does not allow.
_BROKEN = (
    "not-well-formed",
    "restricted-xml",
    "invalid-xml",
    "bad-format",
    "bad-namespace-prefix",
    "unsupported-encoding",
)
_STANZAS = ("iq", "presence", "message")
_BYTE = re.compile(r"[ \t\r\n]*[+-]?0*[0-9]{1,3}[ \t\r\n]*")


# Streams


def nothing_before_bind(evidence: Evidence) -> Finding | None:
    """Before a resource is bound nothing is sent but the request for it (RFC 6120 §7.1)."""
    bound: set[str | None] = set()
    for seen in evidence.seen:
        if "login" in seen.step:
            bound.add(seen.session)
        elif seen.direction == "in" and seen.session not in bound and seen.name in _STANZAS and not _binds(seen):
            words = f"The client sends {_a(seen)} before it has bound a resource."
            return failed(Level.MUST, words, Oracle.WIRE, seen.number)
    return passed("The client sends nothing before it has bound a resource.") if bound else None


def _binds(seen: Seen) -> bool:
    return seen.payload is not None and seen.payload.tag == BIND


def well_formed(evidence: Evidence) -> Finding | None:
    """What is sent is XML, without what XMPP leaves out of it (RFC 6120 §11)."""
    return _ended_by(evidence, _BROKEN, "The client sends what is no XML, or XML that XMPP does not allow")


def only_stanzas(evidence: Evidence) -> Finding | None:
    """On a ready stream there are stanzas, and nothing that was not agreed on (RFC 6120 §4.9.3.24)."""
    return _ended_by(
        evidence, ("unsupported-stanza-type",), "The client sends what is no stanza, and was not offered"
    )


def _ended_by(evidence: Evidence, conditions: tuple[str, ...], words: str) -> Finding | None:
    for seen in evidence.seen:
        found = _ENDED.search(seen.entry.data) if seen.direction == "out" and seen.kind == "stream" else None
        if found is not None and found[1].decode() in conditions:
            return failed(Level.MUST, f"{words} ({found[1].decode()}).", Oracle.WIRE, seen.number)
    return passed("No stream has ended over what the client had sent.") if evidence.logins() else None


def true_sender(evidence: Evidence) -> Finding | None:
    """A ``from`` that a client sends is its own (RFC 6120 §8.1.2.1)."""
    full = {seen.session: seen.step["login"] for seen in evidence.logins()}
    for seen in _sent(evidence):
        own = full.get(seen.session)
        if seen.sender is not None and own is not None and _prepared(seen.sender) not in (own, own.partition("/")[0]):
            words = f"The client sends {_a(seen)} from {seen.sender!r}, which is not its address."
            return failed(Level.MUST, words, Oracle.WIRE, seen.number)
    return passed("The client sends nothing in another's name.") if full else None


def _prepared(address: str) -> str:
    try:
        return jid.parse(address).full
    except JidError:
        return ""


# Requests


def has_ids(evidence: Evidence) -> Finding | None:
    """Every iq has an id (RFC 6120 §8.1.3)."""
    return _each_iq(evidence, lambda seen: bool(seen.id), "without an id", "Every iq of the client has an id.")


def has_one_payload(evidence: Evidence) -> Finding | None:
    """An iq has one of four types, and a request one payload (RFC 6120 §8.2.3)."""

    def right(seen: Seen) -> bool:
        payloads = len(seen.element) if seen.element is not None else 0
        return seen.type in IQ_TYPES and (payloads == 1 or seen.type not in ("get", "set"))

    return _each_iq(evidence, right, "of no known type, or not with one payload", "Every iq is made as it has to be.")


def _each_iq(evidence: Evidence, right: Callable[[Seen], bool], wrong: str, words: str) -> Finding | None:
    sent = [seen for seen in _sent(evidence) if seen.name == "iq"]
    other = next((seen for seen in sent if not right(seen)), None)
    if other is not None:
        return failed(Level.MUST, f"The client sends an iq {wrong}.", Oracle.WIRE, other.number)
    return passed(words) if sent else None


def ids_not_reused(evidence: Evidence) -> Finding | None:
    """Two requests to one address that wait for an answer at the same time have different ids (RFC 6120 §8.1.3)."""
    waiting: dict[tuple[str | None, str | None, str | None], Seen] = {}
    for seen in _sent(evidence):
        if seen.name != "iq" or seen.type not in ("get", "set") or seen.id is None:
            continue
        key = seen.session, seen.to, seen.id
        if key in waiting and not _was_answered(evidence, waiting[key], seen.number):
            words = f"The client has two requests with the id {seen.id!r} under way."
            return failed(Level.SHOULD, words, Oracle.WIRE, seen.number)
        waiting[key] = seen
    return passed("No two requests of the client that wait for an answer have one id.") if waiting else None


def _was_answered(evidence: Evidence, request: Seen, before: int) -> bool:
    match = is_answer(request.id)
    return any(
        seen.direction == "out" and seen.session == request.session and seen.number < before and match(seen)
        for seen in evidence.after(request.number)
    )


# Roster sets


def one_item(evidence: Evidence) -> Finding | None:
    """A roster set holds one item (RFC 6121 §2.1.5)."""
    sets = evidence.received(is_roster_set)
    wrong = next((seen for seen in sets if len(seen.items) != 1), None)
    if wrong is not None:
        words = f"The client sends a roster set with {len(wrong.items) or 'no'} items."
        return failed(Level.MUST, words, Oracle.WIRE, wrong.number)
    return passed("Every roster set of the client holds one item.") if sets else None


def set_has_no_state(evidence: Evidence) -> Finding | None:
    """``ask`` and ``approved`` are for the server to say (RFC 6121 §2.1.2.1, §2.1.2.2)."""
    names = ("ask", "approved")
    return _each_item(
        evidence,
        Level.MUST,
        lambda item: next((name for name in names if item.get(name) is not None), None),
        "No roster set of the client holds ask or approved.",
    )


def set_has_no_subscription(evidence: Evidence) -> Finding | None:
    """A set says of the subscription only that the entry is to go (RFC 6121 §2.1.2.5)."""

    def wrong(item: _Element) -> str | None:
        value = item.get("subscription")
        return None if value in (None, "remove") else f"subscription={value!r}"

    return _each_item(evidence, Level.SHOULD, wrong, "No roster set of the client tells the server a subscription.")


def set_has_right_groups(evidence: Evidence) -> Finding | None:
    """A group in a set has a name, and comes once (RFC 6121 §2.3.3)."""

    def wrong(item: _Element) -> str | None:
        groups = groups_of(item)
        if not all(groups):
            return "a group without a name"
        return "a group twice" if len(set(groups)) < len(groups) else None

    return _each_item(
        evidence, Level.SHOULD, wrong, "Every group in the client's roster sets has a name, and comes once."
    )


def _each_item(
    evidence: Evidence, level: Level, wrong: Callable[[_Element], str | None], words: str
) -> Finding | None:
    sets = evidence.received(is_roster_set)
    for seen in sets:
        for item in seen.items:
            what = wrong(item)
            if what is not None:
                return failed(level, f"The client sends a roster set with {what}.", Oracle.WIRE, seen.number)
    return passed(words) if sets else None


# Presence


def sends_no_probe(evidence: Evidence) -> Finding | None:
    """Probes are for servers (RFC 6121 §4.3)."""
    sent = [seen for seen in _sent(evidence) if seen.name == "presence"]
    probe = next((seen for seen in sent if seen.type == "probe"), None)
    if probe is not None:
        return failed(Level.SHOULD, f"The client sends a probe to {probe.to}.", Oracle.WIRE, probe.number)
    return passed("The client sends no probes.") if sent else None


def valid_presence(evidence: Evidence) -> Finding | None:
    """Type, show and priority of presence have the values that there are (RFC 6121 §4.7)."""
    sent = [seen for seen in _sent(evidence) if seen.name == "presence"]
    for seen in sent:
        wrong = _wrong_presence(seen)
        if wrong is not None:
            return failed(Level.MUST, f"The client sends presence with {wrong}.", Oracle.WIRE, seen.number)
    return passed("The presence that the client sends has no unknown type, show or priority.") if sent else None


def _wrong_presence(seen: Seen) -> str | None:
    if seen.type is not None and seen.type not in PRESENCE_TYPES:
        return f"the type {seen.type!r}"
    for child in seen.element if seen.element is not None else ():
        text = child.text or ""
        if child.tag == f"{{{CLIENT}}}show" and text.strip() not in SHOWS:
            return f"the show {text!r}"
        if child.tag == f"{{{CLIENT}}}priority" and not _is_priority(text):
            return f"the priority {text!r}"
    return None


def _is_priority(text: str) -> bool:
    return _BYTE.fullmatch(text) is not None and -128 <= int(text) <= 127


def _sent(evidence: Evidence) -> Iterator[Seen]:
    return (seen for seen in evidence.seen if seen.direction == "in" and seen.name in _STANZAS)


def _a(seen: Seen) -> str:
    return "an iq" if seen.name == "iq" else "presence" if seen.name == "presence" else "a message"
