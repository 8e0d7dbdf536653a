"""How a server answers requests and what its errors are, looked at in every play (RFC 6120 §8.2.3, §8.3.2, §11.3).

Whether something is not answered can be told only where a fence stands behind it and the line was still open then.

Tests: ``tests/conformance/test_server_checks.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.server.case import broken, kept
from rosterkit.conformance.server.evidence import Evidence, is_any_answer, is_stanza
from rosterkit.conformance.server.steps import COMPONENT
from rosterkit.conformance.verdicts import Finding, Level
from rosterkit.wire.names import CLIENT, STANZA_ERRORS

__all__ = ["ERROR_TYPES", "answers", "answers_once", "errors_have_a_condition", "received", "well_formed"]

#: How the note of a line's end begins where the server has sent what is no XML, or what XMPP leaves out of it.
_NO_XMPP = "What the server sends is no XMPP"
#: The types of errors (RFC 6120 §8.3.2).
ERROR_TYPES = ("auth", "cancel", "continue", "modify", "wait")
#: Those of RFC 6120 §8.3.3, and one of RFC 3920.
_CONDITIONS = frozenset(
    {
        "bad-request",
        "conflict",
        "feature-not-implemented",
        "forbidden",
        "gone",
        "internal-server-error",
        "item-not-found",
        "jid-malformed",
        "not-acceptable",
        "not-allowed",
        "not-authorized",
        "payment-required",
        "policy-violation",
        "recipient-unavailable",
        "redirect",
        "registration-required",
        "remote-server-not-found",
        "remote-server-timeout",
        "resource-constraint",
        "service-unavailable",
        "subscription-required",
        "undefined-condition",
        "unexpected-request",
    }
)


def _bound(evidence: Evidence) -> dict[str | None, tuple[int, str]]:
    """From which entry on each line was bound, and to what: a full JID, or the component's domain."""
    notes = (seen for seen in evidence.steps("entered") if seen.step["entered"])
    return {seen.session: (seen.number, seen.step["entered"]) for seen in notes}


def received(evidence: Evidence) -> Iterator[tuple[Seen, str]]:
    """Each stanza that came on a bound line, with the JID of the line."""
    lines = _bound(evidence)
    for seen in evidence.seen:
        since, jid = lines.get(seen.session, (0, ""))
        if jid and seen.direction == "in" and seen.number > since and is_stanza(seen):
            yield seen, jid


# Requests


def answers(evidence: Evidence) -> Finding | None:
    """Each request for which the server answers itself has an answer at the end."""
    asked = [request for request in _requests(evidence) if _was_fenced(evidence, request)]
    answered = _answered(evidence)
    wanted: Counter[tuple[str | None, str | None]] = Counter()
    for request in asked:
        key = (request.session, request.id)
        wanted[key] += 1
        if answered[key] < wanted[key]:
            where = f" to {request.to}" if request.to is not None else ""
            return broken(Level.MUST, f"The server does not answer a {request.type}{where}.", request)
    return kept("The server answers each request.") if asked else None


def answers_once(evidence: Evidence) -> Finding | None:
    """No request for which the server answers itself has two answers."""
    wanted = Counter((request.session, request.id) for request in _requests(evidence))
    answered: Counter[tuple[str | None, str | None]] = Counter()
    for seen, _ in received(evidence):
        key = (seen.session, seen.id)
        if not is_any_answer(seen) or not wanted[key]:
            continue
        answered[key] += 1
        if answered[key] > wanted[key]:
            return broken(Level.MUST, f"The server answers the request {seen.id!r} twice.", seen)
    return kept("The server answers no request twice.") if answered else None


def _requests(evidence: Evidence) -> Iterator[Seen]:
    """The requests on bound lines, to where nobody but the server answers and in nobody else's name."""
    lines = _bound(evidence)
    for seen in evidence.seen:
        since, jid = lines.get(seen.session, (0, ""))
        if (
            jid
            and seen.number > since
            and _is_request(seen)
            and _is_for_server(evidence, seen)
            and _is_own(seen, jid)
        ):
            yield seen


def _is_request(seen: Seen) -> bool:
    return seen.direction == "out" and seen.name == "iq" and seen.type in ("get", "set") and bool(seen.id)


def _is_for_server(evidence: Evidence, request: Seen) -> bool:
    """Whether it is for the domain or a bare JID there, or has no address."""
    if request.to is None:
        return request.session != COMPONENT
    bare, slash, _ = request.to.lower().partition("/")
    return not slash and bare.rpartition("@")[2] == evidence.people.domain.lower()


def _is_own(request: Seen, jid: str) -> bool:
    if request.session == COMPONENT:
        return (request.sender or "").partition("/")[0].rpartition("@")[2] == jid
    return request.sender in (None, jid, jid.partition("/")[0])


def _was_fenced(evidence: Evidence, request: Seen) -> bool:
    """Whether the line was open when the server had done everything."""
    ends = (
        seen.number for key in ("over", "left") for seen in evidence.steps(key) if seen.session == request.session
    )
    end = min((number for number in ends if number > request.number), default=None)
    fences = (seen.number for seen in evidence.steps("fence") if seen.step["fence"] == "answered")
    fence = min((number for number in fences if number > request.number), default=None)
    return fence is not None and (end is None or fence < end)


def _answered(evidence: Evidence) -> Counter[tuple[str | None, str | None]]:
    return Counter((seen.session, seen.id) for seen, _ in received(evidence) if is_any_answer(seen))


# Errors


def errors_have_a_condition(evidence: Evidence) -> Finding | None:
    """An error has one ``<error/>``, of a type that there is, with one defined condition."""
    said = {(seen.name, seen.id) for seen in evidence.seen if seen.direction == "out" and seen.type == "error"}
    errors = [seen for seen, _ in received(evidence) if seen.type == "error" and (seen.name, seen.id) not in said]
    for seen in errors:
        wrong = _wrong_with(seen)
        if wrong is not None:
            return broken(Level.MUST, f"The server sends an error {wrong}.", seen)
    return kept("Each error of the server has one condition.") if errors else None


def _wrong_with(seen: Seen) -> str | None:
    errors = seen.element.findall(f"{{{CLIENT}}}error") if seen.element is not None else []
    if len(errors) != 1:
        return f"with {len(errors)} elements <error/>"
    if errors[0].get("type") not in ERROR_TYPES:
        return f"of the type {errors[0].get('type')!r}"
    names = [str(child.tag).rpartition("}") for child in errors[0]]
    conditions = [name for space, _, name in names if space == f"{{{STANZA_ERRORS}" and name != "text"]
    if len(conditions) != 1:
        return f"with {len(conditions)} conditions"
    return None if conditions[0] in _CONDITIONS else f"with the condition {conditions[0]}, which is not defined"


# Streams


def well_formed(evidence: Evidence) -> Finding | None:
    """All that the server says is XML, and such as XMPP allows."""
    for seen in evidence.steps("over"):
        if str(seen.step["over"]).startswith(_NO_XMPP):
            return broken(Level.MUST, str(seen.step["over"]), seen)
    return kept("All that the server says is well-formed.") if _bound(evidence) else None
