"""How a client answers what it is sent, looked at in every play (RFC 6120 §8.2.3, RFC 6121 §2.1.6).

Whether something is not answered can be told only where a fence stands behind it: what was in flight when a
connection ended, or the play, says nothing.

Tests: ``tests/conformance/test_checks.py``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from rosterkit.conformance.evidence import Evidence, Seen, groups_of
from rosterkit.conformance.scene import STRANGERS
from rosterkit.conformance.verdicts import Finding, Level, Oracle, failed, passed
from rosterkit.core import jid
from rosterkit.errors import JidError

__all__ = ["answers_once", "answers_pushes", "answers_requests", "answers_what_was_asked"]

_SUBSCRIPTIONS = (None, "none", "to", "from", "both", "remove")
_ATTRIBUTES = {"jid", "name", "subscription", "ask", "approved"}
#: The most characters of a name or group in a push that every client can be expected to take.
_LONGEST = 1023


def answers_requests(evidence: Evidence) -> Finding | None:
    """Every get and set is answered (RFC 6120 §8.2.3); pushes, and what a stranger asks, are something else."""
    sent = _sent_answers(evidence)
    asked = [request for request in _fenced(evidence) if _wants_answer(request)]
    missing = next((request for request in asked if not _answers(sent, request)), None)
    if missing is not None:
        words = f"The client does not answer a {missing.type} of {_namespace(missing)}."
        return failed(Level.MUST, words, Oracle.WIRE, missing.number)
    return passed("The client answers every request.") if asked else None


def answers_pushes(evidence: Evidence) -> Finding | None:
    """Every push that a correct server could have sent is answered with a result (RFC 6121 §2.1.6)."""
    sent = _sent_answers(evidence)
    pushes = [request for request in _fenced(evidence) if _is_plain_push(evidence, request)]
    for push in pushes:
        answers = _answers(sent, push)
        if not answers:
            return failed(Level.SHOULD, "The client does not answer a push.", Oracle.WIRE, push.number)
        if all(answer.type == "error" for answer in answers):
            words = f"The client answers a push of its own server with {answers[0].condition or 'an error'}."
            return failed(Level.SHOULD, words, Oracle.WIRE, answers[0].number)
    return passed("The client answers every push with a result.") if pushes else None


def answers_once(evidence: Evidence) -> Finding | None:
    """No request gets more than one answer (RFC 6120 §8.2.3)."""
    asked = Counter((request.session, request.id) for request in _requests(evidence))
    answered: Counter[tuple[str | None, str | None]] = Counter()
    for answer in _sent_answers(evidence):
        answered[answer.session, answer.id] += 1
        if answered[answer.session, answer.id] > asked[answer.session, answer.id] > 0:
            return failed(Level.MUST, "The client answers a request twice.", Oracle.WIRE, answer.number)
    return passed("The client answers no request twice.") if answered else None


def answers_what_was_asked(evidence: Evidence) -> Finding | None:
    """A result or an error has the id of a request (RFC 6120 §8.2.3); what has no type that there is may be one."""
    asked = {
        seen.id
        for seen in evidence.seen
        if seen.direction == "out" and seen.name == "iq" and seen.type not in ("result", "error")
    }
    answers = [answer for answer in _sent_answers(evidence) if answer.id is not None]
    other = next((answer for answer in answers if answer.id not in asked), None)
    if other is not None:
        words = f"The client sends an iq of type {other.type} with the id {other.id!r}, which no request had."
        return failed(Level.MUST, words, Oracle.WIRE, other.number)
    return passed("Each answer of the client has the id of a request.") if answers else None


# Requests and answers


def _requests(evidence: Evidence) -> Iterator[Seen]:
    """The requests that were written to the client, or the beginning of them."""
    return (
        seen
        for seen in evidence.seen
        if seen.direction == "out" and seen.name == "iq" and seen.type in ("get", "set") and not seen.entry.withheld
    )


def _fenced(evidence: Evidence) -> list[Seen]:
    """Those behind which the client has passed a fence, or should have."""
    fences = (seen for seen in evidence.steps("fence") if seen.step["fence"] != "gone")
    last = {seen.session: seen.number for seen in fences}
    return [seen for seen in _requests(evidence) if seen.id is not None and seen.number < last.get(seen.session, 0)]


def _sent_answers(evidence: Evidence) -> list[Seen]:
    return evidence.received(lambda seen: seen.name == "iq" and seen.type in ("result", "error"))


def _answers(sent: Sequence[Seen], request: Seen) -> list[Seen]:
    return [
        answer
        for answer in sent
        if answer.session == request.session and answer.id == request.id and answer.number > request.number
    ]


def _wants_answer(request: Seen) -> bool:
    """Whether it has one payload, is no push, and does not come from somebody to whom silence is a right answer."""
    push = request.type == "set" and request.query is not None
    domain = (request.sender or "").partition("/")[0].rpartition("@")[2]
    return request.element is not None and len(request.element) == 1 and not push and domain != STRANGERS


def _is_plain_push(evidence: Evidence, request: Seen) -> bool:
    """Whether it comes from the account itself, and has nothing in it that a client may refuse."""
    query, account = request.query, _account(evidence, request.session)
    if request.type != "set" or query is None or request.sender not in (None, account) or len(query) != 1:
        return False
    item, address = query[0], query[0].get("jid") or ""
    groups = groups_of(item)
    return (
        len(request.items) == 1
        and set(item.keys()) <= _ATTRIBUTES
        and _is_bare(address)
        and address != account
        and item.get("subscription") in _SUBSCRIPTIONS
        and item.get("ask") in (None, "subscribe")
        and len(item) == len(groups) == len(set(groups))
        and all(0 < len(group) <= _LONGEST for group in groups)
        and len(item.get("name") or "") <= _LONGEST
    )


def _account(evidence: Evidence, session: str | None) -> str | None:
    login = next((seen for seen in evidence.logins() if seen.session == session), None)
    return login.step["login"].partition("/")[0] if login is not None else None


def _is_bare(address: str) -> bool:
    try:
        return jid.parse(address).bare == address
    except JidError:
        return False


def _namespace(request: Seen) -> str:
    tag = str(request.payload.tag) if request.payload is not None else ""
    return tag.rpartition("}")[0].removeprefix("{") or "no namespace"
