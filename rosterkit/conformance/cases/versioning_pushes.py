"""Pushes and the version that each carries, or does not (RFC 6121 §2.1.1, §2.6).

Tests: ``tests/conformance/test_cases_versioning.py``, ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from rosterkit.conformance.case import Case
from rosterkit.conformance.cases.changes import put
from rosterkit.conformance.cases.versioning_sessions import (
    AFTER,
    SECOND,
    THIRD,
    Standing,
    away,
    back,
    came,
    ended,
    newcomer,
    session,
    standing,
    unknown,
    unseen,
)
from rosterkit.conformance.evidence import Evidence
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Ask, Do, Fence, Script, Strike, online, pushed
from rosterkit.conformance.stanzas import item
from rosterkit.conformance.verdicts import Finding, Level, Oracle, failed, passed

__all__ = ["CASES"]

_PUSH = "push"
#: The next push has no version.
_MISSING = Strike("missing-ver", {"next": 1, "on": "push"})


def _live_push(scene: Scene) -> Script:
    yield from online()
    yield Do(put(scene, newcomer(scene)), _PUSH)
    yield Fence()
    yield from away()
    yield from back()


def _last(evidence: Evidence) -> Finding:
    request = session(evidence, SECOND).request
    place = standing(evidence, request)
    if place is Standing.UNKNOWN:
        return unknown(request)
    if place is Standing.EARLIER:
        words = "The client presents the version of before the last push, so it is sent again what it has."
        return failed(Level.SHOULD, words, Oracle.WIRE, request.number)
    return passed("The client presents the version of the last push.", Oracle.WIRE, request.number)


def _without_version(scene: Scene) -> Script:
    yield from online()
    yield _MISSING
    yield Do(put(scene, newcomer(scene)), _PUSH)
    yield Fence()
    yield Ask(AFTER, (scene.newcomer,))


def _taken_without_version(evidence: Evidence) -> Finding:
    belief = evidence.belief(AFTER)
    took = evidence.took(belief, _PUSH)
    if took is None:
        return unseen()
    if took:
        return passed("The client believes the push.", belief.where)
    return failed(Level.MUST, "The client does not believe a push without a version.", belief.where)


def _version_missing(scene: Scene) -> Script:
    """What the client does with versions is seen in the first two sessions, what it makes of none in the third."""
    yield from online()
    yield from away()
    yield from back()
    yield _MISSING
    yield Do(put(scene, newcomer(scene)), _PUSH)
    yield Fence()
    yield from away()
    yield from came(THIRD)


def _not_made_up(evidence: Evidence) -> Finding:
    second, third = session(evidence, SECOND).request, session(evidence, THIRD).request
    if standing(evidence, second) is Standing.UNKNOWN:
        return unknown(second)
    if standing(evidence, third) is Standing.UNKNOWN:
        words = f"After a push without a version the client presents {third.ver!r}, which it was never given."
        return failed(Level.MUST, words, Oracle.WIRE, third.number)
    presents = "the version of before the push" if third.ver else "no version"
    return passed(f"The client presents {presents}.", Oracle.WIRE, third.number)


def _spoofed_push(scene: Scene) -> Script:
    yield from online()
    lie = item(scene.newcomer, name="Mallory", subscription="both")
    yield from pushed(_PUSH, lie, scene.stranger, scene.token("spoofed"))
    yield from away()
    yield from back()


def _half_a_push(scene: Scene) -> Script:
    """Its version is in the first half: the name is long."""
    yield from online()
    yield Strike("cut", {"next": 1})
    yield Do(put(scene, replace(newcomer(scene), name="Long" * 80)), _PUSH)
    yield from ended()
    yield from back()


def _not_adopted(evidence: Evidence, whose: str) -> Finding:
    """The version of the push under the mark must not be presented."""
    request, push = session(evidence, SECOND).request, evidence.said(_PUSH)
    if push is not None and request.ver == push.ver:
        words = f"The client presents {request.ver!r}, the version of {whose}."
        return failed(Level.MUST, words, Oracle.WIRE, request.number)
    if standing(evidence, request) is Standing.UNKNOWN:
        return unknown(request)
    return passed("The client presents a version of its own server's, of before.", Oracle.WIRE, request.number)


CASES = (
    Case(
        "rfc6121/2.1.1/push-without-ver",
        Level.MUST,
        "A push counts whether or not it has a version.",
        "With a server that leaves versions out of its pushes, the list stands still until the next login.",
        "Somebody else adds a contact, and the push of it has no version.",
        "The new contact is in the list.",
        _without_version,
        _taken_without_version,
        aliases=("xep0237/push-without-ver",),
    ),
    Case(
        "rfc6121/2.1.1/ver-not-made-up",
        Level.MUST,
        "Only the server makes versions: where a push has none, the client makes none up.",
        "The server may know the version that was made up as another one, and then changes are missed for good.",
        "A push has no version, and the client logs in again.",
        "A version that the server gave before, or none.",
        _version_missing,
        _not_made_up,
        aliases=("xep0237/ver-not-made-up",),
    ),
    Case(
        "rfc6121/2.6.2/push-ver-kept",
        Level.SHOULD,
        "The version of the last push is the one that is presented next.",
        "At each login the client is sent again what it has.",
        "A push comes with a version, and the client logs in again.",
        "The version of that push in the next request.",
        _live_push,
        _last,
        aliases=("xep0237/push-ver-kept",),
    ),
    Case(
        "rfc6121/2.6.2/spoofed-ver",
        Level.MUST,
        "The version of a push that comes from somebody else is not adopted.",
        "A stranger can make the client present a version under which changes are missed for good.",
        "A stranger sends a push with a version, and the client logs in again.",
        "A version of the server's own in the next request.",
        _spoofed_push,
        partial(_not_adopted, whose="a push that a stranger has sent"),
        aliases=("xep0237/spoofed-ver",),
    ),
    Case(
        "rfc6121/2.6.2/half-push",
        Level.MUST,
        "The version of a push counts when the push is there to its end.",
        "What the push said is missing for good: the server thinks that the client has it.",
        "The connection breaks off in the middle of a push, behind its version, and the client logs in again.",
        "The version of before that push in the next request.",
        _half_a_push,
        partial(_not_adopted, whose="a push of which only one half has come"),
        aliases=("xep0237/half-push",),
    ),
)
