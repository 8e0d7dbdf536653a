"""The client's own edits, as they come back to it in pushes (RFC 6121 §2.3.2, §2.4.2).

Tests: ``tests/conformance/test_cases_edits.py``, ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from functools import partial

from rosterkit.conformance.case import Case
from rosterkit.conformance.cases.edits_steps import (
    ORDER,
    SETTLED,
    asked,
    believed,
    believed_push,
    edited,
    held,
    newcomer,
    ordered,
    renamed,
    values,
)
from rosterkit.conformance.evidence import Evidence
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Say, Script, online, pushed
from rosterkit.conformance.stanzas import entry, push, result
from rosterkit.conformance.verdicts import Finding, Level, inconclusive

__all__ = ["CASES"]

_OWN, _OTHERS, _RESULT = "own", "others", "result"
_NEW_NAME = "The client has the contact with the name that was pushed last."


# Scripts


def _push_then_result(scene: Scene) -> Script:
    yield from online()
    yield from edited(scene, "set", **values(newcomer(scene)))
    yield from asked(scene.newcomer)


def _result_then_push(scene: Scene) -> Script:
    yield from online()
    sent = yield from held(scene, "set", **values(newcomer(scene)))
    yield Say(result(sent.id), _RESULT)
    yield Say(push(entry(newcomer(scene)), "push-own", ver=scene.token("own")), _OWN)
    yield from asked(scene.newcomer)


def _overtaken(scene: Scene) -> Script:
    yield from online()
    sent = yield from held(scene, "set", **values(renamed(scene, "II")))
    yield from pushed(_OTHERS, entry(renamed(scene, "III")), ver=scene.token("others"))
    yield Say(result(sent.id), _RESULT)
    yield Say(push(entry(renamed(scene, "II")), "push-own", ver=scene.token("own")), _OWN)
    yield from asked(scene.friend)


def _edit_during_edit(scene: Scene) -> Script:
    yield from online()
    sent = yield from held(scene, "set", **values(renamed(scene, "II")))
    yield Say(push(entry(renamed(scene, "II")), "push-own", ver=scene.token("own")), _OWN)
    yield Say(push(entry(renamed(scene, "III")), "push-others", ver=scene.token("others")), _OTHERS)
    yield Say(result(sent.id), _RESULT)
    yield from asked(scene.friend)


# Judges


def _believes_own(evidence: Evidence) -> Finding:
    contact = ordered(evidence)["jid"]
    pushes = [seen for seen in evidence.pushes(ORDER, SETTLED) if seen.items[0].get("jid") == contact]
    if not pushes:
        return inconclusive("The server has not taken what the client has sent, and so there was no push.")
    right = "The client has the contact that it has added."
    wrong = "The client has added a contact, and does not have it as the push says."
    return believed(Level.MUST, evidence, pushes[-1], right, wrong, version=True)


CASES = (
    Case(
        "rfc6121/2.3.2/push-then-result",
        Level.MUST,
        "A contact that the client has added is in its roster when the push has come before the result.",
        "The contact that the user has just added is not to be seen until the next login.",
        "The client is made to add a contact, and the server sends the push and then the result.",
        "The contact as it was pushed.",
        _push_then_result,
        _believes_own,
    ),
    Case(
        "rfc6121/2.3.2/result-then-push",
        Level.MUST,
        "A contact that the client has added is in its roster when the push has come after the result.",
        "With some servers the contact that the user has just added is not to be seen until the next login.",
        "The client is made to add a contact, and the tester sends the result and then the push.",
        "The contact as it was pushed.",
        _result_then_push,
        partial(
            believed_push,
            mark=_OWN,
            right="The client has the contact that it has added.",
            wrong="The client has added a contact, and does not have it as the push after the result says.",
            version=True,
        ),
    ),
    Case(
        "rfc6121/2.4.2/overtaken",
        Level.MUST,
        "A push of somebody else's edit does not make the client miss that of its own.",
        "Two devices that rename a contact at the same time show different names from then on.",
        "Before the answer to the client's edit another resource's is pushed; then come the result and its own push.",
        "The contact as it was pushed last, which is as the client wanted it.",
        _overtaken,
        partial(
            believed_push, mark=_OWN, right=_NEW_NAME, wrong="The client's own edit was pushed after somebody else's."
        ),
    ),
    Case(
        "rfc6121/2.4.2/edit-during-edit",
        Level.MUST,
        "The result of an edit says that it was done, and not that nothing was pushed since.",
        "A device that was too late shows its own wish for ever, and not what the server has.",
        "The client's own edit is pushed, then another resource's of the same contact, and then comes the result.",
        "The contact as it was pushed last, which is as the other resource wanted it.",
        _edit_during_edit,
        partial(
            believed_push,
            mark=_OTHERS,
            right=_NEW_NAME,
            wrong="Somebody else's edit was pushed after the client's own.",
        ),
    ),
)
