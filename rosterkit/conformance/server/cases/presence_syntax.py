"""Presence whose content is odd, wrong, or an error (RFC 6121 §4.7).

Tests: ``tests/conformance/test_server_presence.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, broken, kept, shown
from rosterkit.conformance.server.cases.content_judging import language, lost
from rosterkit.conformance.server.cases.presence_judging import begun, heard, kind, reached, reached_whole
from rosterkit.conformance.server.cases.presence_steps import INITIAL, entered, from_remote
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.judging import absent, condition_of, first, present, shown_of
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Script, fetched, told
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]

_LANGUAGES = "<status>In the orchard</status><status xml:lang='it'>Nel frutteto</status>"
_UNREACHABLE = stanzas.error("remote-server-not-found")
#: By its name in a sentence, what stands in presence that nobody should send.
_SHOWS = {"a show of 'sleeping'": "<show>sleeping</show>", "two shows": "<show>away</show><show>dnd</show>"}
_PRIORITIES = {
    "the priority 200": "<priority>200</priority>",
    "the priority 'high'": "<priority>high</priority>",
    "two priorities": "<priority>1</priority><priority>2</priority>",
}


def _say(xml: str, people: People) -> Script:
    """The user is available, and then says ``xml``."""
    yield from entered(people, {people.remote: "F"}, presence=INITIAL)
    yield from told("me", xml, "wrong")


# Types


def _judge_type(evidence: Evidence) -> Finding:
    errors = evidence.presences("me", "wrong", "error")
    sent = heard(evidence, evidence.people.remote, "wrong", "*", evidence.people.me)

    def findings() -> Iterator[Finding | None]:
        types = ", ".join(kind(one.type) for one in sent)
        yield absent(sent, f"It was sent to the contact as {types}.", Level.SHOULD)
        yield present(errors, "It was not answered with an error.", Level.SHOULD)
        if errors[0].condition != "bad-request":
            yield broken(Level.SHOULD, f"It was answered with {condition_of(errors[0])}.", *errors)

    return first(findings(), "It was answered with bad-request.", *errors)


# Children that are wrong


def _wrong(children: dict[str, str], people: People) -> Script:
    yield from entered(people, {people.remote: "F"}, presence=INITIAL)
    for number, wrong in enumerate(children.values()):
        yield from told("me", stanzas.presence(children=wrong, id_=f"wrong-{number}"), f"wrong-{number}")


def _judge_wrong(children: dict[str, str], evidence: Evidence) -> Finding:
    words = [
        f"{what} {_fate(evidence, f'wrong-{number}', xml)}" for number, (what, xml) in enumerate(children.items())
    ]
    return shown(f"Presence with {', with '.join(words)}.")


def _fate(evidence: Evidence, mark: str, xml: str) -> str:
    """What became of presence, in words."""
    errors = evidence.presences("me", mark, "error")
    if errors:
        return f"is refused ({condition_of(errors[0])})"
    sent = heard(evidence, evidence.people.remote, mark, None, evidence.people.me)
    if not sent:
        return "is ignored"
    return "is sent on without some of it" if lost(sent[0], xml) else "is sent on as it is"


# Languages


def _judge_languages(evidence: Evidence) -> Finding:
    found = reached_whole(evidence, evidence.people.remote, "wrong", _LANGUAGES)
    return first(found, "Both came.")


def _judge_language(evidence: Evidence) -> Finding:
    remote = evidence.people.remote
    seen = heard(evidence, remote, "wrong", None, evidence.people.me)

    def findings() -> Iterator[Finding | None]:
        yield from reached(evidence, "wrong", (remote,))
        for one in seen:
            if language(one) != "it":
                yield broken(Level.MUST, f"It came with the language {language(one)!r}, not with 'it'.", one)

    return first(findings(), "It came with its language.", *seen)


# Errors


def _error(people: People) -> Script:
    yield from entered(people, {people.remote: "B"}, presence=INITIAL)
    yield from from_remote(people.remote, people.me, "error", "error", _UNREACHABLE)
    yield from fetched("me", "after")


def _judge_unanswered(evidence: Evidence) -> Finding:
    sent = evidence.presences(COMPONENT, "error", "error")
    return first([absent(sent, "The error was answered with an error.")], "Nothing answered the error.")


def _judge_subscription(evidence: Evidence) -> Finding:
    state, _ = shown_of(evidence.held("after", evidence.people.remote))
    if state != "both":
        return broken(Level.MUST, f"The subscription is {state} since the error came.", *evidence.answers("after"))
    return kept("The subscription is both, as before.")


def _of_content(
    name: str, rule: str, consequence: str, children: dict[str, str], done: str
) -> ServerCase:  # fmt: skip
    return ServerCase(
        f"rfc6121/4.7.2.{name}",
        Level.MAY,
        rule,
        consequence,
        done,
        "An error, or presence at a subscriber, or silence; the RFC leaves it open.",
        partial(_wrong, children),
        partial(begun, partial(_judge_wrong, children)),
        component=True,
    )


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6121/4.7.1/bad-request",
        Level.SHOULD,
        "Presence of a type that does not exist is answered with bad-request, and sent to nobody.",
        "A client with a mistake goes on making it, and contacts get what they cannot read.",
        "The user, who has a subscriber at the component, sends presence of the type 'asleep'.",
        "The error bad-request, and nothing at the component.",
        partial(_say, stanzas.presence("asleep", id_="wrong")),
        partial(begun, _judge_type),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.7.1/error-unanswered",
        Level.MUST,
        "Presence of type error is never answered with an error.",
        "Two servers answer each other for ever.",
        "Presence of type error comes from a contact at the component.",
        "No error at the component.",
        _error,
        partial(begun, _judge_unanswered),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.7.1/error-changes-nothing",
        Level.MUST,
        "Presence of type error changes no subscription.",
        "One failure of a network ends friendships.",
        "Presence of type error comes from a contact at the component in Both.",
        "The subscription both in the roster.",
        _error,
        partial(begun, _judge_subscription),
        component=True,
    ),
    _of_content(
        "1/wrong-show",
        "A server can refuse presence whose show is unknown, or that has two.",
        "Contacts get what their clients cannot show.",
        _SHOWS,
        "The user sends presence with an unknown show, and with two.",
    ),
    _of_content(
        "3/wrong-priority",
        "A server can refuse presence whose priority is no number from -128 to 127, or that has two.",
        "Nobody knows which device a message goes to.",
        _PRIORITIES,
        "The user sends presence with a priority that is too large, with one that is no number, and with two.",
    ),
    ServerCase(
        "rfc6121/4.7.2.2/languages",
        Level.MUST,
        "Presence with the same status in several languages is sent on with all of them.",
        "Friends read what the user is doing in a language that they do not know.",
        "The user sends presence with two statuses, one of them in Italian.",
        "Both for a subscriber at the component, as they were sent.",
        partial(_say, stanzas.presence(children=_LANGUAGES)),
        partial(begun, _judge_languages),
        component=True,
    ),
    ServerCase(
        "rfc6121/4.7.2.2/language-of-all",
        Level.MUST,
        "The language that presence as a whole has stays with it.",
        "A status is read out, or translated, from the wrong language.",
        "The user sends presence that is in Italian as a whole.",
        "The same language at a subscriber at the component.",
        partial(_say, "<presence xml:lang='it'><status>Nel frutteto</status></presence>"),
        partial(begun, _judge_language),
        component=True,
    ),
)
