"""What changed while the client was away, and comes as pushes after an empty result (RFC 6121 §2.6.3).

Tests: ``tests/conformance/test_cases_versioning.py``, ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from rosterkit.conformance.case import Case
from rosterkit.conformance.cases.changes import put, removed
from rosterkit.conformance.cases.versioning_sessions import (
    AFTER,
    SECOND,
    THIRD,
    UNVERSIONED,
    Standing,
    Wanted,
    away,
    back,
    believed,
    came,
    changes_of,
    ended,
    newcomer,
    requests,
    session,
    standing,
    unknown,
)
from rosterkit.conformance.evidence import Evidence, is_roster_get
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Ask, Await, Break, Do, Fence, LogIn, Remember, Script, Strike, online
from rosterkit.conformance.verdicts import Finding, Level, failed, unsupported
from rosterkit.core.commands import Command
from rosterkit.core.roster import Item

__all__ = ["CASES"]

#: Seconds after which a push comes that is not to come: the connection is cut long before.
_NEVER = 3600.0


def _idol(scene: Scene, name: str) -> Item:
    """An entry of the roster under another name."""
    known = next(entry for entry in scene.roster if entry.jid == scene.idol)
    return replace(known, name=f"{known.name} {name}", memo=None)


def _changed(scene: Scene) -> Wanted:
    return changes_of(_idol(scene, "II"), newcomer(scene))


def _without_idol(scene: Scene) -> Wanted:
    return changes_of(without=(scene.idol,))


def _changing(scene: Scene) -> tuple[Command, ...]:
    return put(scene, _idol(scene, "II")), put(scene, newcomer(scene))


def _removing(scene: Scene) -> tuple[Command, ...]:
    return (removed(scene, scene.idol),)


def _while_away(
    scene: Scene, changes: Callable[[Scene], tuple[Command, ...]], wanted: Callable[[Scene], Wanted]
) -> Script:
    yield from online()
    yield from away(*changes(scene))
    yield from back()
    yield Ask(AFTER, wanted(scene).about)


def _caught_up(evidence: Evidence, wanted: Callable[[Scene], Wanted], words: str) -> Finding:
    now = session(evidence, SECOND)
    if now.is_whole:
        return unknown(now.request)
    return believed(evidence, wanted(evidence.scene), now.reached, words)


def _three_times(scene: Scene) -> Script:
    """Another resource changes one entry, once while the client is there and twice while it is not."""
    yield from online()
    yield Do(put(scene, _idol(scene, "II")), "change 0")
    yield Fence()
    yield from away(put(scene, _idol(scene, "III")), put(scene, _idol(scene, "IV")))
    yield from back()
    yield Ask(AFTER, (scene.idol,))


def _fourth(scene: Scene) -> Wanted:
    return changes_of(_idol(scene, "IV"))


def _cut_between(scene: Scene) -> Script:
    """The first push is told from the second by a pause that takes no time; the second is late for ever."""
    yield from online()
    yield Strike("pause", {"next": 1, "seconds": 0})
    yield Strike("delay", {"next": 1, "seconds": _NEVER})
    yield from away(*_changing(scene))
    yield from back()
    yield Break("cut")
    yield from ended()
    yield from came(THIRD)
    yield Ask(AFTER, _changed(scene).about)


def _all_in_the_end(evidence: Evidence) -> Finding:
    second, third = session(evidence, SECOND), session(evidence, THIRD)
    for request in (second.request, third.request):
        if standing(evidence, request) is Standing.UNKNOWN:
            return unknown(request)
    words = "After the next login the client has both changes."
    return believed(evidence, _changed(evidence.scene), third.reached, words)


def _lost(scene: Scene) -> Script:
    yield from online()
    yield Strike("drop", {"next": 1})
    yield Do(put(scene, newcomer(scene)), "push")
    yield Fence()
    yield Break("cut")
    yield from ended()
    login = yield LogIn()
    yield Remember({"mark": SECOND})
    yield Await(is_roster_get, login.number)
    yield Fence()
    yield Ask(AFTER, (scene.newcomer,))


def _brought(evidence: Evidence) -> Finding:
    if not requests(evidence, SECOND):
        words = "The client has logged in again after its connection broke off, and does not ask for its roster."
        return failed(Level.SHOULD, words)
    now = session(evidence, SECOND)
    place = standing(evidence, now.request)
    if place is Standing.NONE:
        return unsupported(UNVERSIONED)
    if place is Standing.UNKNOWN:
        return unknown(now.request)
    words = "The client asks for what is new, and has what it missed."
    return believed(evidence, changes_of(newcomer(evidence.scene)), now.reached, words)


CASES = (
    Case(
        "rfc6121/2.6.3/interim-pushes",
        Level.MUST,
        "Every push that follows an empty result counts: together they are what was missed.",
        "What is changed on another device is never seen on this one.",
        "While the client is away a contact is changed and one added; both come as pushes after an empty result.",
        "Both changes in the list.",
        partial(_while_away, changes=_changing, wanted=_changed),
        partial(_caught_up, wanted=_changed, words="After the empty result the client believes both pushes."),
        aliases=("xep0237/interim-pushes",),
    ),
    Case(
        "rfc6121/2.6.3/interim-removal",
        Level.MUST,
        "A removal that follows an empty result removes what is stored.",
        "Contacts that were removed on another device stay in the list for ever.",
        "While the client is away a contact is removed; that comes as a push after an empty result.",
        "The contact is gone.",
        partial(_while_away, changes=_removing, wanted=_without_idol),
        partial(_caught_up, wanted=_without_idol, words="After the empty result the client believes the removal."),
        aliases=("xep0237/interim-removal",),
    ),
    Case(
        "rfc6121/2.6.3/other-resource",
        Level.MUST,
        "What comes last about an entry is so, whatever was pushed of it before.",
        "The list shows names that were given up long ago.",
        "Another resource changes a contact three times, once while the client is there and twice while it is away.",
        "The contact as it was left.",
        _three_times,
        partial(_caught_up, wanted=_fourth, words="The client has the contact as it was left."),
        aliases=("xep0237/other-resource",),
    ),
    Case(
        "rfc6121/2.6.3/interim-cut",
        Level.MUST,
        "A client that is cut off while it is told what it missed presents the version of what it has stored.",
        "What came before the cut is lost: the server thinks that the client has it.",
        "Two contacts have changed; the connection breaks off behind the first push, and the client logs in again.",
        "Both changes in the list after that.",
        _cut_between,
        _all_in_the_end,
        aliases=("xep0237/interim-cut",),
    ),
    Case(
        "rfc6121/2.6.3/lost-push",
        Level.MUST,
        "After a connection that broke off the roster is asked for again, and what was missed comes with the answer.",
        "A change that came at a bad moment is never seen.",
        "A push is lost with the connection, and the client logs in again.",
        "The contact that it was about is in the list.",
        _lost,
        _brought,
        aliases=("xep0237/lost-push",),
    ),
)
