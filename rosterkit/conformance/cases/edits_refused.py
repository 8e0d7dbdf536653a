"""Edits that the server refuses (RFC 6121 §2.3.3, §2.4.2, §2.5.3).

Tests: ``tests/conformance/test_cases_edits.py``, ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from typing import Any

from rosterkit.conformance.beliefs import UNKNOWN
from rosterkit.conformance.case import Case
from rosterkit.conformance.cases.edits_steps import (
    SETTLED,
    asked,
    edited,
    held,
    newcomer,
    ordered,
    remains,
    sets,
    shown,
    told,
    values,
    values_of,
)
from rosterkit.conformance.evidence import Evidence, Seen
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Fence, Say, Script, online
from rosterkit.conformance.stanzas import error
from rosterkit.conformance.verdicts import Finding, Level, Oracle, failed, inconclusive, passed
from rosterkit.core.limits import Limits
from rosterkit.core.roster import Item
from rosterkit.errors import NOT_ALLOWED

__all__ = ["CASES"]

_REFUSED = "refused"


# Scripts


def _with_long_name(entry: Item) -> dict[str, Any]:
    """What an order says of an entry, with a name that the server does not take."""
    name = entry.name or "x"
    return {**values(entry), "name": name * (Limits().name_bytes // len(name) + 1)}


def _adds(scene: Scene) -> Script:
    yield from online()
    yield from edited(scene, "set", **_with_long_name(newcomer(scene)))
    yield from asked(scene.newcomer)


def _adds_and_waits(scene: Scene) -> Script:
    yield from online()
    yield from edited(scene, "set", **_with_long_name(newcomer(scene)))
    yield Fence()


def _changes(scene: Scene) -> Script:
    yield from online()
    yield from edited(scene, "set", **_with_long_name(scene.roster[0]))
    yield from asked(scene.friend)


def _removes(scene: Scene) -> Script:
    yield from online()
    sent = yield from held(scene, "remove", jid=scene.friend)
    yield Say(error(sent.id, NOT_ALLOWED), _REFUSED)
    yield from asked(scene.friend)


# Judges


def _unrefused(evidence: Evidence) -> Finding | None:
    """What to say where the server has refused nothing; None where it has."""
    answer = evidence.result_of(sets(evidence)[0])
    if answer is not None and answer.type == "error":
        return None
    return inconclusive("The server has taken the edit: the client has not sent the name as it was told to.")


def _not_added(evidence: Evidence) -> Finding:
    order, belief = ordered(evidence), evidence.sight()
    there = remains(belief, Item(order["jid"], order["name"], tuple(order["groups"])))
    if there and any(
        one.get("jid") == order["jid"] for seen in evidence.seen if _is_push(seen) for one in seen.items
    ):
        return inconclusive(
            "The client has asked the contact for its presence too, so the server has an entry for it."
        )
    return _unrefused(evidence) or told(
        Level.SHOULD,
        belief,
        None if there is None else not there,
        "The client does not have the contact that the server has refused.",
        "The client has a contact that the server has refused.",
    )


def _is_push(seen: Seen) -> bool:
    return seen.direction == "out" and seen.type == "set" and not seen.entry.withheld


def _not_repeated(evidence: Evidence) -> Finding:
    first, *later = sets(evidence)
    same = [seen for seen in later if _content(seen) == _content(first)]
    if same:
        times = "once" if len(same) == 1 else f"{len(same)} times"
        words = f"The client has sent the refused set again, {times}."
        return _unrefused(evidence) or failed(Level.SHOULD, words, Oracle.WIRE, *(one.number for one in same))
    return _unrefused(evidence) or passed("The client does not send the refused set again.")


def _content(seen: Seen) -> list[Any]:
    return [(item.get("jid"), *values_of(item)) for item in seen.items]


def _not_changed(evidence: Evidence) -> Finding:
    belief, friend = evidence.sight(), evidence.scene.roster[0]
    name = belief.get(friend.jid, "name")
    same = None if name is UNKNOWN and not belief.whole else name == friend.name
    return _unrefused(evidence) or told(
        Level.SHOULD,
        belief,
        same,
        "The contact has its old name for the client.",
        f"The server has refused another name. {shown(belief, friend.jid)}",
    )


def _not_removed(evidence: Evidence) -> Finding:
    pushes = evidence.pushes(_REFUSED, SETTLED)
    if any(seen.items[0].get("subscription") == "remove" for seen in pushes):
        return inconclusive("The client has sent the removal again, and the server has taken it then.")
    belief = evidence.sight()
    return told(
        Level.SHOULD,
        belief,
        remains(belief, evidence.scene.roster[0]),
        "The client still has the contact that the server has not removed.",
        "The client does not have the contact any more that the server has not removed.",
    )


CASES = (
    Case(
        "rfc6121/2.3.3/add-refused",
        Level.SHOULD,
        "A contact that the server refuses to add is not in the client's roster.",
        "The user sees a contact that nobody has saved and that is gone after the next login.",
        "The client is made to add a contact with a name that is too long, and the server refuses it.",
        "The roster as before.",
        _adds,
        _not_added,
    ),
    Case(
        "rfc6121/2.3.3/refusal-is-not-repeated",
        Level.SHOULD,
        "What was refused as not acceptable is not sent again unchanged (RFC 6120 8.3.2).",
        "The client asks the server for ever, at the cost of its battery, and is thrown out for it.",
        "The client is made to add a contact with a name that is too long, and the server refuses it.",
        "No second set with the same content.",
        _adds_and_waits,
        _not_repeated,
    ),
    Case(
        "rfc6121/2.4.2/update-refused",
        Level.SHOULD,
        "A change that the server refuses leaves the entry as it was.",
        "The user sees a name that nobody has saved; other devices show the old one.",
        "The client is made to give a contact a name that is too long, and the server refuses it.",
        "The contact with its old name.",
        _changes,
        _not_changed,
    ),
    Case(
        "rfc6121/2.5.3/remove-refused",
        Level.SHOULD,
        "A contact that the server refuses to remove is still in the client's roster.",
        "A contact whom the user takes for removed goes on seeing the user's presence.",
        "The client is made to remove a contact, and the answer is not-allowed.",
        "The contact is still there.",
        _removes,
        _not_removed,
    ),
)
