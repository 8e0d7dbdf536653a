"""The judges of the cases about abused streams.

Tests: ``tests/conformance/test_cases_streams.py``.
"""

from __future__ import annotations

from collections.abc import Sequence

from rosterkit.conformance.evidence import Evidence, Seen
from rosterkit.conformance.verdicts import Finding, Level, Oracle, failed, inconclusive, info, passed

__all__ = [
    "both_believed",
    "forgeries_refused",
    "goes_on",
    "half_not_believed",
    "malformed_survived",
    "not_answered",
    "refuses_unknown",
    "roster_kept_private",
    "roster_there",
    "spelled_right",
    "taken",
]


def _unseen(what: str) -> Finding:
    return inconclusive(f"Whether the client believes {what} cannot be seen: it would have to tell its roster.")


def taken(level: Level, mark: str, what: str, evidence: Evidence) -> Finding:
    """The push under the mark is believed."""
    belief = evidence.belief("after")
    took = evidence.took(belief, mark)
    if took is None:
        return _unseen(f"the push {what}")
    if took:
        return passed(f"The client believes the push {what}.", belief.where)
    return failed(level, f"The client does not believe the push {what}, or not all of it.", belief.where)


def half_not_believed(evidence: Evidence) -> Finding:
    """What was cut off is not there in the next session, and is asked for (RFC 6121 §2.6)."""
    half, second = evidence.said("half"), evidence.asked_for_roster()[1]
    if half is not None and half.ver is not None and second.ver == half.ver:
        words = "The client asks with the version of a push of which only one half had come, so it is sent no more."
        return failed(Level.MUST, words, Oracle.WIRE, second.number)
    return taken(Level.MUST, "half", "of which only one half had come at first", evidence)


def spelled_right(mark: str, evidence: Evidence) -> Finding:
    """The name in the push under the mark is as it was sent; a version does not tell that."""
    if evidence.belief("after").oracle is Oracle.VER:
        return _unseen("the name in the push")
    return taken(Level.MUST, mark, "whose characters came byte by byte", evidence)


def both_believed(evidence: Evidence) -> Finding:
    """Both pushes under one id are believed; a version tells of the last one only."""
    belief = evidence.belief("after")
    took = {mark: evidence.took(belief, mark) for mark in ("first", "second")}
    if belief.where is Oracle.VER:
        took.pop("first")
    missing = next((mark for mark, believed in took.items() if believed is False), None)
    if missing is not None:
        return failed(
            Level.SHOULD, f"The client does not believe the {missing} push of two with one id.", belief.where
        )
    if None in took.values():
        return _unseen("two pushes with one id")
    if len(evidence.answers("first")) == 1:
        return failed(Level.SHOULD, "The client answers one of two pushes with one id, and not the other.")
    return passed("The client believes two pushes with one id.", belief.where)


def forgeries_refused(
    level: Level, what: str, evidence: Evidence, marks: Sequence[str] = ("early", "late")
) -> Finding:
    """Nothing is believed of the rosters under the marks, and the true one is there."""
    belief = evidence.belief("after")
    took = [evidence.took(belief, mark) for mark in marks]
    if any(took):
        return failed(level, f"The client believes {what}.", belief.where)
    if belief.whole and not belief.knows(evidence.scene.friend):
        return failed(level, f"After {what} the client has none any more.", belief.where)
    if None in took or (belief.oracle is Oracle.VER and belief.ver not in _true_versions(evidence)):
        return _unseen(what)
    return passed(f"The client has the true roster, and believes nothing of {what}.", belief.where)


def _true_versions(evidence: Evidence) -> set[str | None]:
    """Those of rosters that no script has made: who presents one would present that of a forged roster too."""
    return {seen.ver for seen in evidence.seen if seen.direction == "out" and seen.type == "result" and _true(seen)}


def _true(seen: Seen) -> bool:
    return seen.entry.fault is None and seen.query is not None


def roster_there(evidence: Evidence) -> Finding:
    """The true roster has come, though a stranger has refused it."""
    belief = evidence.belief("after")
    known = belief.knows(evidence.scene.friend)
    if known is None:
        return inconclusive("Whether the client has its roster cannot be seen: it would have to tell it.")
    if known:
        return passed("The client has its roster.", belief.where)
    return failed(Level.MUST, "A stranger's error has cost the client its roster.", belief.where)


def not_answered(evidence: Evidence) -> Finding:
    """No result and no error comes back for a result or an error (§8.2.3, §8.3.1)."""
    for mark in [seen.step["mark"] for seen in evidence.steps("mark")]:
        said = evidence.said(mark)
        answer = next((seen for seen in evidence.meanwhile(mark) if said is not None and _answers(seen, said)), None)
        if answer is not None:
            words = f"The client answers what was sent as {mark!r} with {answer.name} of type {answer.type}."
            return failed(Level.MUST, words, Oracle.WIRE, answer.number)
    return passed("The client answers none of them.")


def _answers(seen: Seen, said: Seen) -> bool:
    if said.name == "iq":
        return seen.name == "iq" and seen.type in ("result", "error") and seen.id == said.id
    return seen.name in ("presence", "message") and seen.type == "error" and seen.to == said.sender


def refuses_unknown(evidence: Evidence) -> Finding:
    """An error comes for each request, and it is service-unavailable (§8.4)."""
    conditions: list[Seen] = []
    for mark in ("get", "set"):
        answer = next(iter(evidence.answers(mark)), None)
        if answer is None:
            return failed(Level.MUST, f"The client does not answer the {mark} at all.")
        if answer.type == "result":
            words = f"The client answers the {mark} with a result, as if it had known what was asked."
            return failed(Level.MUST, words, Oracle.WIRE, answer.number)
        conditions.append(answer)
    other = next((answer for answer in conditions if answer.condition != "service-unavailable"), None)
    if other is not None:
        words = f"The client refuses the request with {other.condition or 'an error without a condition'}."
        return failed(Level.SHOULD, words, Oracle.WIRE, other.number)
    return passed("The client refuses both with service-unavailable.")


def roster_kept_private(evidence: Evidence) -> Finding:
    """Nothing of the roster goes to somebody who asks the client for it."""
    answer = next(iter(evidence.answers("get")), None)
    if answer is None:
        return passed("The client does not answer.")
    if answer.items:
        return failed(Level.MUST, "The client gives its roster to a stranger.", Oracle.WIRE, answer.number)
    if answer.type == "result":
        return info("The client answers a stranger's request for its roster with an empty result.")
    return passed(f"The client refuses the request with {answer.condition or 'an error'}.")


def malformed_survived(evidence: Evidence) -> Finding:
    """How the client answers each of them."""
    marks = [seen.step["mark"] for seen in evidence.steps("mark")]
    return info(" ".join(f"An iq with {mark} {_how(evidence.answers(mark))}." for mark in marks))


def _how(answers: Sequence[Seen]) -> str:
    if not answers:
        return "is not answered"
    if answers[0].type == "result":
        return "is answered with a result"
    return f"is refused with {answers[0].condition or 'an error'}"


def goes_on(evidence: Evidence) -> Finding:
    """The client is there, and answers its server."""
    if not any(seen.step["fence"] == "answered" for seen in evidence.steps("fence")):
        return inconclusive("The client answers no pings, so nobody knows whether it goes on.")
    return passed("The client goes on.")
