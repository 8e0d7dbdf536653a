"""Pushes and who they come from (RFC 6121 §2.1.6).

Tests: ``tests/conformance/test_catalogue.py``, ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from rosterkit.conformance.case import Case
from rosterkit.conformance.evidence import Evidence
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Ask, Script, online, pushed
from rosterkit.conformance.stanzas import FULL, item
from rosterkit.conformance.verdicts import Finding, Level, Oracle, failed, inconclusive, passed

__all__ = ["CASES"]

_LIE = "spoofed"


def _spoofed(scene: Scene, sender: Callable[[Scene], str]) -> Script:
    yield from online()
    lie = item(scene.newcomer, [scene.groups[2]], name="Mallory", subscription="both")
    yield from pushed(_LIE, lie, sender(scene), scene.token("spoofed"))
    yield Ask("after", (scene.newcomer,))


def _refused(evidence: Evidence, whose: str) -> Finding:
    """Neither a result nor the entry may come of it."""
    belief = evidence.belief("after")
    took = evidence.took(belief, _LIE)
    answers = evidence.answers(_LIE)
    if took:
        return failed(Level.MUST, f"The client believes what {whose} has pushed.", belief.where)
    result = next((answer for answer in answers if answer.type == "result"), None)
    if result is not None:
        return failed(Level.MUST, f"The client answers a push of {whose} with a result.", Oracle.WIRE, result.number)
    if took is None:
        return inconclusive("What the client believes cannot be seen, and the wire alone does not tell.")
    answered = f"with {answers[0].condition}" if answers else "with silence"
    return passed(f"The client meets the push {answered}, and its roster is as before.", belief.where)


def _spoof(name: str, sender: Callable[[Scene], str], whose: str, consequence: str) -> Case:
    return Case(
        f"rfc6121/2.1.6/{name}",
        Level.MUST,
        f"A push from {whose} changes nothing.",
        consequence,
        f"A push comes from {whose} and says that somebody new is in the roster.",
        "No answer or an error, and the roster as before.",
        partial(_spoofed, sender=sender),
        partial(_refused, whose=whose),
    )


CASES = (
    _spoof(
        "spoofed-stranger",
        lambda scene: scene.stranger,
        "a stranger",
        "Anybody who can send the client a stanza can put contacts into its user's list.",
    ),
    _spoof(
        "spoofed-own-full-jid",
        lambda scene: FULL,
        "the client's own full JID",
        "Whoever gets in as the same user can rewrite the list from any device, without the server.",
    ),
)
