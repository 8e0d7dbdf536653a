"""Resources: which one is bound, and what becomes of two who want the same (RFC 6120 §7, RFC 3921 §3).

Tests: ``tests/conformance/test_server_logins.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import Judge, ServerCase, broken, kept, shown
from rosterkit.conformance.server.cases.streams_seen import (
    bound_jid,
    condition_of,
    error,
    features,
    goes_on,
    last_words,
)
from rosterkit.conformance.server.cases.streams_steps import bind, bound, raw
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Enter, MayEnd, Remember, Script, asked
from rosterkit.conformance.verdicts import Finding, Level, unsupported
from rosterkit.core import markup
from rosterkit.wire.entering import Phase
from rosterkit.wire.names import BIND, SESSION

__all__ = ["CASES"]

#: The most bytes of a resource.
_LONGEST = 1023
_SESSION = f"{{{SESSION}}}session"


# Scripts


def _logged_in(people: People) -> Script:
    yield Enter("raw", people.me, Phase.AUTHENTICATED)


def _bind_by_hand(people: People, resource: str | None, lines: Sequence[str] = ("raw",)) -> Script:
    """Each line asks for the same, or for nothing, under a mark of its own."""
    for line in lines:
        yield from raw(line, people.me, Phase.AUTHENTICATED)
        yield from bound(line, f"bind-{line}", resource)


def _wish(people: People) -> Script:
    wish = people.token("balcony")
    yield Remember({"wish": wish})
    yield Enter("me", people.me, resource=wish)


def _bind_again(people: People) -> Script:
    yield Enter("me", people.me)
    yield MayEnd("me")
    yield from asked("me", bind("again", people.token("other")), "again")


def _ask_for_session(people: People) -> Script:
    yield Enter("me", people.me)
    yield from asked("me", stanzas.iq("set", "session", markup.element("session", xmlns=SESSION)), "session")


# Judges


def _offered(evidence: Evidence) -> Finding:
    offers = features(evidence, "raw")[-1:]
    if not evidence.has_feature("raw", f"{{{BIND}}}bind"):
        return broken(Level.MUST, "Behind the login the server does not offer to bind a resource.", *offers)
    return kept("Behind the login the server offers to bind a resource.", *offers)


def _no_resource(evidence: Evidence, line: str) -> Finding | None:
    """What is wrong with a resource that the server had to make up."""
    answer, me = evidence.answer(f"bind-{line}"), evidence.people.me
    if answer is None:
        return broken(Level.MUST, f"The request to bind got no answer. {last_words(evidence, line)}")
    if answer.type != "result":
        return broken(Level.MUST, f"The server makes no resource up: {answer.condition}.", answer)
    bare, _, resource = bound_jid(answer).partition("/")
    if bare.lower() != me or not resource:
        return broken(Level.MUST, f"Bound is {bound_jid(answer) or 'nothing'}, no resource of {me}.", answer)
    return None


def _made_up(evidence: Evidence) -> Finding:
    answer = evidence.answer("bind-raw")
    found = bound_jid(answer)
    return _no_resource(evidence, "raw") or kept(f"The server has made up {found}.", *([answer] if answer else []))


def _made_up_twice(evidence: Evidence) -> Finding:
    wrong = _no_resource(evidence, "raw") or _no_resource(evidence, "raw-2")
    if wrong is not None:
        return wrong
    one, other = (evidence.answer(f"bind-{line}") for line in ("raw", "raw-2"))
    seen = [answer for answer in (one, other) if answer is not None]
    if bound_jid(one) == bound_jid(other):
        return broken(Level.MUST, f"Two who have asked for nothing are both {bound_jid(one)}.", *seen)
    if not goes_on(evidence, "raw"):
        return broken(Level.MUST, f"The first had to go when the second came. {last_words(evidence, 'raw')}", *seen)
    return kept("Two who have asked for nothing have a resource each.", *seen)


def _as_wished(evidence: Evidence) -> Finding:
    found = evidence.jid("me").partition("/")[2]
    if found in [seen.step["wish"] for seen in evidence.steps("wish")]:
        return shown("The server gives the resource that was asked for.")
    return shown(f"The server gives another resource than was asked for: {found[:80]!r}.")


def _bad_wish(what: str) -> Judge:
    """Whatever cannot be granted is refused, or another resource is given (§7.7.2.1)."""

    def judge(evidence: Evidence) -> Finding:
        answer = evidence.answer("bind-raw")
        if answer is None:
            said = error(evidence, "raw", "bind-raw")
            how = f"The stream ends with {condition_of(said)}." if said is not None else last_words(evidence, "raw")
            return broken(Level.SHOULD, f"The request for {what} got no answer. {how}")
        if answer.type == "error":
            return kept(f"The request for {what} is refused with {answer.condition}.", answer)
        resource = bound_jid(answer).partition("/")[2]
        if not 0 < len(resource.encode()) <= _LONGEST:
            return broken(Level.MUST, f"Bound is a resource of {len(resource.encode())} bytes.", answer)
        return kept(f"The request for {what} has led to another resource.", answer)

    return judge


def _what_of_second(evidence: Evidence) -> Finding:
    answer = evidence.answer("again")
    if answer is None:
        said = error(evidence, "me", "again")
        how = f"The stream ends with {condition_of(said)}." if said is not None else last_words(evidence, "me")
        return shown(f"A second request to bind gets no answer. {how}")
    if answer.type == "error":
        return shown(f"A second request to bind is refused with {answer.condition}.", answer)
    return shown(f"A second request to bind is granted: {bound_jid(answer)[:200] or 'nothing'}.", answer)


def _session_begun(evidence: Evidence) -> Finding:
    if not evidence.has_feature("me", _SESSION):
        return unsupported("The server does not offer the session of RFC 3921.")
    answer = evidence.answer("session")
    if answer is None or answer.type != "result":
        how = "not answered" if answer is None else f"refused with {answer.condition}"
        return broken(Level.SHOULD, f"The session is offered, and the request for it is {how}.")
    return kept("The session that is offered begins.", answer)


# The cases


CASES: tuple[ServerCase, ...] = (
    ServerCase(
        "rfc6120/7.4/offered",
        Level.MUST,
        "Whoever has logged in is offered to bind a resource.",
        "Clients log in and do not find the way to anybody.",
        "A client logs in.",
        "Bind among the stream features.",
        _logged_in,
        _offered,
    ),
    ServerCase(
        "rfc6120/7.6.1/made-up",
        Level.MUST,
        "A client that names no resource gets one that the server makes up.",
        "Clients that leave the choice to the server get no further.",
        "A client binds without naming a resource.",
        "A full JID of its account.",
        partial(_bind_by_hand, resource=None),
        _made_up,
    ),
    ServerCase(
        "rfc6120/7.6.1/made-up-twice",
        Level.MUST,
        "A resource that the server makes up is not one that somebody has.",
        "Two of a person's clients throw each other out for ever.",
        "Two clients of an account bind without naming a resource.",
        "Two resources, and both go on.",
        partial(_bind_by_hand, resource=None, lines=("raw", "raw-2")),
        _made_up_twice,
    ),
    ServerCase(
        "rfc6120/7.7.1/as-wished",
        Level.MAY,
        "A resource that a client asks for is given, or another.",
        "A client that does not read the answer takes itself for somebody else.",
        "A client asks for a resource.",
        "A resource; the report says whether it is that one.",
        _wish,
        _as_wished,
    ),
    ServerCase(
        "rfc6120/7.7.2.1/empty",
        Level.MUST,
        "A request for an empty resource is refused, or leads to a resource that is none such.",
        "A client is bound to an address at which it can never be reached.",
        "A client asks for a resource without a name.",
        "An error, or a resource that the server makes up.",
        partial(_bind_by_hand, resource=""),
        _bad_wish("an empty resource"),
    ),
    ServerCase(
        "rfc6120/7.7.2.1/too-long",
        Level.MUST,
        "A request for a resource that is too long is refused, or leads to a shorter one.",
        "A client is bound to an address that no other server takes.",
        f"A client asks for a resource of {_LONGEST + 1} bytes.",
        "An error, or a shorter resource.",
        partial(_bind_by_hand, resource="x" * (_LONGEST + 1)),
        _bad_wish("a resource that is too long"),
    ),
    ServerCase(
        "rfc6120/7.6.2.2/again",
        Level.MAY,
        "A client that has bound a resource and asks for another is answered.",
        "A client waits for a second resource that it does not get.",
        "A client that has bound a resource binds again.",
        "An error, or another resource; the report says which.",
        _bind_again,
        _what_of_second,
    ),
    ServerCase(
        "rfc3921/3/session",
        Level.SHOULD,
        "Where the session of the older RFC is offered, the request for it is answered with a result.",
        "Clients of that time log in and wait.",
        "A client asks for a session.",
        "An empty result.",
        _ask_for_session,
        _session_begun,
    ),
)
