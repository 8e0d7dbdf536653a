"""Probes that come from another server: who is told what (RFC 6121 §4.3.2).

Tests: ``tests/conformance/test_server_presence.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, broken, shown
from rosterkit.conformance.server.cases.content_judging import lost
from rosterkit.conformance.server.cases.presence_judging import begun, heard, kind, reached, spared
from rosterkit.conformance.server.cases.presence_steps import (
    BUSY,
    INITIAL,
    befriended,
    comes,
    entered,
    probes,
)
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import first, present
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Script, told
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]

_SECRET = "<status>For you alone</status>"


def _answers(evidence: Evidence, mark: str = "probe") -> list[Seen]:
    """What the user's server has sent to the contact that has probed."""
    return heard(evidence, evidence.people.remote, mark, "*", evidence.people.me)


# Somebody is available


def _two(people: People) -> Script:
    yield from comes(people, "me")
    yield from comes(people, "me-2")
    yield from befriended(people, {people.remote: "F"})
    yield from probes(people.remote, people.me)


def _judge_two(evidence: Evidence) -> Finding:
    remote = (evidence.people.remote,)
    found = (*reached(evidence, "probe", remote), *reached(evidence, "probe", remote, line="me-2"))
    return first(found, "Both resources were told, each from its full JID.", *_answers(evidence))


def _changed(people: People) -> Script:
    yield from entered(people, {people.remote: "F"}, presence=INITIAL)
    yield from told("me", stanzas.presence(children=BUSY), "change")
    yield from probes(people.remote, people.me)


def _judge_last(evidence: Evidence) -> Finding:
    remote = evidence.people.remote

    def findings() -> Iterator[Finding | None]:
        yield from reached(evidence, "probe", (remote,))
        for one in heard(evidence, remote, "probe", None, evidence.jid("me")):
            if names := lost(one, BUSY):
                yield broken(Level.MUST, f"The answer lacks {', '.join(names)} of the last presence.", one)

    return first(findings(), "The answer is the last presence.", *_answers(evidence))


def _directed(people: People) -> Script:
    yield from entered(people, {people.remote: "F"}, presence=INITIAL)
    yield from told("me", stanzas.presence(to=people.other_remote, children=_SECRET), "directed")
    yield from probes(people.remote, people.me)


def _judge_directed(evidence: Evidence) -> Finding:
    remote = evidence.people.remote

    def findings() -> Iterator[Finding | None]:
        yield from reached(evidence, "probe", (remote,))
        for one in _answers(evidence):
            if not lost(one, _SECRET):
                yield broken(Level.MUST, "The answer is what the user has told somebody else alone.", one)

    return first(findings(), "The answer is what was told to everybody.", *_answers(evidence))


# Nobody is


def _unavailable(people: People) -> Script:
    yield from entered(people, {people.remote: "F"})
    yield from probes(people.remote, people.me)


def _judge_unavailable(evidence: Evidence) -> Finding:
    answers = _answers(evidence)

    def findings() -> Iterator[Finding | None]:
        for one in answers:
            if one.type != "unavailable":
                yield broken(Level.MUST, f"A subscriber whose contact is not there was told {kind(one.type)}.", one)
        yield present(answers, "The probe was not answered.", Level.SHOULD)

    return first(findings(), "The probe was answered with unavailable presence.", *answers)


def _gone(people: People) -> Script:
    yield from entered(people, {people.remote: "F"}, presence=INITIAL)
    yield from told("me", stanzas.presence("unavailable", children="<status>Good night</status>"), "goes")
    yield from probes(people.remote, people.me)


def _judge_gone(evidence: Evidence) -> Finding:
    answers = [one for one in _answers(evidence) if one.type == "unavailable"]
    if not answers:
        return shown("No unavailable presence came.")
    children = list(answers[0].element) if answers[0].element is not None else []
    names = ", ".join(str(child.tag).rpartition("}")[2] for child in children) or "nothing"
    return shown(f"The unavailable presence from {answers[0].sender} has {names} in it.", *answers)


# Probes that are for no client


def _both(people: People) -> Script:
    yield from entered(people, {people.remote: "F"}, presence=INITIAL)
    yield from probes(people.remote, people.me)
    yield from probes(people.other_remote, people.me, "stranger")


def _judge_delivered(evidence: Evidence) -> Finding:
    found = (
        finding
        for mark in ("probe", "stranger")
        for sender in (evidence.people.remote, evidence.people.other_remote)
        for finding in spared(evidence, mark, ("me",), ("probe",), sender)
    )
    return first(found, "No probe came to the client.")


# Full JIDs, and probes of clients


def _full(people: People) -> Script:
    full = yield from entered(people, {people.remote: "F"}, presence=INITIAL)
    yield from probes(people.remote, full)


def _judge_full(evidence: Evidence) -> Finding:
    answers = _answers(evidence)
    if not answers:
        return shown("The probe of the full JID was not answered.")
    return shown(f"The probe of the full JID was answered with {kind(answers[0].type)}.", *answers)


def _by_client(people: People) -> Script:
    yield from entered(people, local="B", presence=INITIAL)
    yield from told("me", stanzas.presence("probe", people.contact, id_="probe"), "probe")
    yield from told("me", stanzas.presence("probe", people.me, id_="itself"), "itself")


def _judge_by_client(evidence: Evidence) -> Finding:
    said = []
    for mark, whom in (("probe", "a contact"), ("itself", "itself")):
        answers = heard(evidence, "me", mark)
        told_ = " and ".join(dict.fromkeys(kind(one.type) for one in answers)) or "nothing"
        said.append(f"A client that probes {whom} gets {told_}.")
    return shown(" ".join(said), *heard(evidence, "me", "probe"), *heard(evidence, "me", "itself"))


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/4.3.2/every-resource",
        Level.MUST,
        "A subscriber's probe is answered with the presence of every available resource, each from its full JID.",
        "A friend on another server sees one of the user's devices and not the others.",
        "A contact at the component in From probes the bare JID of a user with two available resources.",
        "The presence of both at the component.",
        _two,
        partial(begun, _judge_two),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.3.2/last-presence",
        Level.MUST,
        "A probe is answered with the whole of the last presence that the resource has broadcast.",
        "Whoever logs in sees what the user was doing before, or not what it is doing.",
        "The user becomes available, changes its presence, and a contact in From at the component probes.",
        "The second presence, with its show, its status and an element that nobody knows.",
        _changed,
        partial(begun, _judge_last),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.3.2/not-directed",
        Level.MUST,
        "Presence that was for one address only is never the answer to a probe.",
        "What the user has told one person alone comes to everybody who logs in.",
        "The user is available and sends other presence to a stranger alone; then a contact in From probes.",
        "The presence that was broadcast.",
        _directed,
        partial(begun, _judge_directed),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.3.2/nobody-there",
        Level.SHOULD,
        "The probe of a subscriber is answered with unavailable presence where no resource is available.",
        "A friend's server never learns that the user is offline, or takes the subscription for lost.",
        "A contact in From at the component probes a user whose only resource has sent no presence.",
        "Unavailable presence; available presence, unsubscribed or an error would be wrong.",
        _unavailable,
        partial(begun, _judge_unavailable),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.3.2/last-unavailable",
        Level.MAY,
        "Unavailable presence that answers a probe can tell when the user has gone, and what it has said.",
        "Clients cannot show since when a friend is offline.",
        "The user says good night and is unavailable, and a contact in From at the component probes.",
        "Unavailable presence, and what is in it; the RFC leaves it open.",
        _gone,
        partial(begun, _judge_gone),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.3.2/full-jid",
        Level.MAY,
        "A subscriber can probe one resource of the user.",
        "A server that wants to know whether one device is still there asks in vain.",
        "A contact in From at the component probes the full JID of the user.",
        "Presence of that resource; the RFC leaves it open.",
        _full,
        partial(begun, _judge_full),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.3.2/never-delivered",
        Level.MUST,
        "A probe of the bare JID is answered by the server, and comes to no client.",
        "Clients answer strangers, or show a kind of presence that they do not know.",
        "A contact in From and a stranger at the component probe a user who is available.",
        "No probe at the user's client.",
        _both,
        partial(begun, _judge_delivered),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.3/by-client",
        Level.MAY,
        "A client that probes by itself, which it should not, is answered by its server.",
        "Old clients that probe get no answer, or are cut off.",
        "The user's client probes a contact of the same server in Both, and its own account.",
        "What it may see; the RFC leaves it open.",
        _by_client,
        partial(begun, _judge_by_client),
        accounts=2,
    ),
)
