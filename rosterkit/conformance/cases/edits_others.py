"""Edits of other resources, as pushes bring them to the client (RFC 6121 §2.3.2, §2.4.2, §2.5.2).

Tests: ``tests/conformance/test_cases_edits.py``, ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from rosterkit.conformance.case import Case
from rosterkit.conformance.cases.edits_steps import (
    asked,
    believed_push,
    newcomer,
    put,
    remains,
    removed,
    renamed,
    shown,
    told,
)
from rosterkit.conformance.evidence import Evidence
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Script, online, pushed
from rosterkit.conformance.stanzas import entry, item
from rosterkit.conformance.verdicts import Finding, Level, Oracle, Verdict, failed
from rosterkit.core.roster import Item

__all__ = ["CASES"]

_OTHERS = "others"
#: How many pushes come at once.
_MANY = 50


# Entries


def _cleared(scene: Scene) -> Item:
    """The friend without a name, and in no group."""
    return Item(scene.friend, subscription=scene.roster[0].subscription)


def _back(scene: Scene) -> Item:
    """The friend as it is added again."""
    return Item(scene.friend, f"{scene.roster[0].name} II", (scene.groups[3],))


def _crowd(scene: Scene) -> list[Item]:
    return [Item(f"{n:02}.{scene.newcomer}", f"Number {n}", (scene.groups[2],)) for n in range(_MANY)]


# Scripts


def _others_put(scene: Scene, wanted: Callable[[Scene], Item]) -> Script:
    yield from online()
    yield put(scene, wanted(scene), _OTHERS)
    yield from asked(wanted(scene).jid)


def _others_remove(scene: Scene) -> Script:
    yield from online()
    yield removed(scene, scene.friend, _OTHERS)
    yield from asked(scene.friend)


def _others_remove_and_add(scene: Scene) -> Script:
    yield from online()
    yield removed(scene, scene.friend, "removed")
    yield put(scene, _back(scene), _OTHERS)
    yield from asked(scene.friend)


def _remove_unknown(scene: Scene) -> Script:
    yield from online()
    yield from pushed(_OTHERS, item(scene.other, subscription="remove"), ver=scene.token("others"))
    yield from asked(scene.other)


def _push_same(scene: Scene) -> Script:
    yield from online()
    yield from pushed(_OTHERS, entry(scene.roster[0]), ver=scene.token("others"))
    yield from asked(scene.friend)


def _push_many(scene: Scene) -> Script:
    yield from online()
    crowd = _crowd(scene)
    for one in crowd:
        yield put(scene, one, one.jid)
    yield from asked(crowd[0].jid, crowd[_MANY // 2].jid, crowd[-1].jid)


# Judges


def _is_clear(evidence: Evidence) -> Finding:
    belief, friend = evidence.sight(), evidence.scene.roster[0]
    left = remains(belief, friend)
    clear = evidence.took(belief, _OTHERS) if belief.oracle is Oracle.REPORT else None if left is None else not left
    wrong = f"The push had neither a name nor groups. {shown(belief, friend.jid)}"
    return told(Level.MUST, belief, clear, "The client has the contact without a name and without groups.", wrong)


def _gone(evidence: Evidence) -> Finding:
    belief = evidence.sight()
    left = remains(belief, evidence.scene.roster[0])
    gone = None if left is None else not left
    right, wrong = "The client does not have the contact any more.", "The client still has the contact."
    return told(Level.MUST, belief, gone, right, wrong)


def _nobody_new(evidence: Evidence) -> Finding:
    belief = evidence.sight()
    known = belief.knows(evidence.scene.other) if belief.oracle is Oracle.REPORT else None  # an edit shows no name
    right = "The client survives the push, and its roster is as before."
    wrong = "The client has a contact now of whom nothing but a removal was ever pushed."
    return told(Level.MUST, belief, None if known is None else not known, right, wrong)


def _same(evidence: Evidence) -> Finding:
    right = "The client answers the push with a result, and has the contact as before."
    found = believed_push(evidence, _OTHERS, right, "A push that said nothing new has changed the contact.")
    answer = next(iter(evidence.answers(_OTHERS)), None)
    if found.verdict is Verdict.FAIL or (answer is not None and answer.type == "result"):
        return found
    how = f"answers a push that says nothing new with {answer.condition or 'an error'}" if answer is not None else ""
    return failed(Level.SHOULD, f"The client {how or 'does not answer a push that says nothing new'}.")


def _all(evidence: Evidence) -> Finding:
    belief = evidence.sight()
    took = {one.jid: evidence.took(belief, one.jid) for one in _crowd(evidence.scene)}
    seen = [bare for bare, is_there in took.items() if is_there is not None]
    missing = [bare for bare in seen if not took[bare]]
    right = f"The client has the contacts that were pushed: {len(seen)} of {_MANY} were looked at."
    wrong = (
        f"Of {len(seen)} contacts that were pushed the client does not have {len(missing)}: {', '.join(missing[:3])}."
    )
    return told(Level.MUST, belief, not missing if seen else None, right, wrong)


CASES = (
    Case(
        "rfc6121/2.3.2/other-resources-add",
        Level.MUST,
        "A contact that another resource has added is in the client's roster.",
        "Who was added on the telephone is missing on the desktop.",
        "Another resource adds a contact, and the server pushes it.",
        "The contact as it was pushed.",
        partial(_others_put, wanted=newcomer),
        partial(
            believed_push,
            mark=_OTHERS,
            right="The client has the contact that another resource has added.",
            wrong="The client does not have the contact that another resource has added.",
            version=True,
        ),
    ),
    Case(
        "rfc6121/2.3.2/many-pushes",
        Level.MUST,
        "However many pushes come at once, each of them counts.",
        "After an import of contacts a part of them is missing.",
        f"Another resource adds {_MANY} contacts, and the server pushes them at once.",
        "All of them.",
        _push_many,
        _all,
    ),
    Case(
        "rfc6121/2.4.2/others-rename",
        Level.MUST,
        "A contact that another resource has renamed has its new name in the client's roster.",
        "The devices of one user show different names for one person.",
        "Another resource renames a contact, and the server pushes it.",
        "The contact with its new name.",
        partial(_others_put, wanted=renamed),
        partial(
            believed_push,
            mark=_OTHERS,
            right="The client has the contact with its new name.",
            wrong="Another resource has renamed a contact.",
        ),
    ),
    Case(
        "rfc6121/2.4.2/others-clear",
        Level.MUST,
        "A push without a name and without groups takes both from the contact.",
        "A name or a group that the user has deleted elsewhere stays, and comes back with the next edit here.",
        "Another resource takes name and groups from a contact, and the server pushes it.",
        "The contact without a name and without groups.",
        partial(_others_put, wanted=_cleared),
        _is_clear,
    ),
    Case(
        "rfc6121/2.4.2/push-same",
        Level.MUST,
        "A push that says what is known already changes nothing, and is answered like any other.",
        "A server that makes sure once too often drops the client, or the contact is there twice.",
        "A contact is pushed as it is.",
        "A result, and the contact as before.",
        _push_same,
        _same,
    ),
    Case(
        "rfc6121/2.5.2/others-remove",
        Level.MUST,
        "A contact that another resource has removed is not in the client's roster any more.",
        "People whom the user has removed stay in the list of every other device.",
        "Another resource removes a contact, and the server pushes it.",
        "The roster without the contact.",
        _others_remove,
        _gone,
    ),
    Case(
        "rfc6121/2.5.2/remove-unknown",
        Level.MUST,
        "A removal of somebody who is not in the roster adds nobody and does no harm.",
        "The client crashes when two devices remove one contact, or shows a contact that nobody has added.",
        "A removal is pushed of somebody who is not in the roster.",
        "The roster as before.",
        _remove_unknown,
        _nobody_new,
    ),
    Case(
        "rfc6121/2.5.2/re-added",
        Level.MUST,
        "A contact that was removed and added again has what was pushed last, and nothing of before.",
        "Old names and groups come back from the dead.",
        "Another resource removes a contact and adds it again, with another name and another group.",
        "The contact as it was added.",
        _others_remove_and_add,
        partial(
            believed_push,
            mark=_OTHERS,
            right="The client has the contact as it was added again.",
            wrong="The contact was removed and added again.",
        ),
    ),
)
