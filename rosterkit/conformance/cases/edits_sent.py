"""What a client sends when its user edits the roster (RFC 6121 §2.3.1, §2.4.1, §2.5.1).

Tests: ``tests/conformance/test_cases_edits.py``, ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial

from rosterkit.conformance.case import Case
from rosterkit.conformance.cases.edits_steps import (
    edited,
    item_about,
    listed,
    newcomer,
    ordered,
    put,
    renamed,
    sets,
    short,
    values,
    values_of,
)
from rosterkit.conformance.evidence import Evidence
from rosterkit.conformance.orders import Order
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Fence, Give, Remember, Script, Stuck, obeyed, online
from rosterkit.conformance.verdicts import Finding, Level, Oracle, Verdict, failed, passed
from rosterkit.core.roster import Item

__all__ = ["CASES"]

_FULL, _OTHERS = "full", "others"

#: The name and the groups that an item should have, as far as the case says.
_Wanted = Callable[[Evidence], tuple[str, Iterable[str]]]


# Scripts


def _adds(scene: Scene) -> Script:
    yield from online()
    yield from edited(scene, "set", **values(newcomer(scene)))


def _adds_full_jid(scene: Scene) -> Script:
    yield from online()
    yield from obeyed("set", jid=scene.other, name=scene.name_of(scene.other), groups=[])
    yield Remember({"mark": _FULL})
    full = {**values(newcomer(scene)), "jid": f"{scene.newcomer}/balcony"}
    with suppress(Stuck):  # it may refuse to do so
        yield Give(Order("set", full))
    yield Fence()


def _renames(scene: Scene) -> Script:
    yield from online()
    yield from edited(scene, "rename", jid=scene.friend, name=renamed(scene).name)


def _regroups(scene: Scene) -> Script:
    yield from online()
    yield from edited(scene, "regroup", jid=scene.friend, group=scene.groups[2])


def _renames_after_push(scene: Scene) -> Script:
    yield from online()
    yield put(scene, _regrouped(scene), _OTHERS)
    yield Fence()
    yield from edited(scene, "rename", jid=scene.friend, name=renamed(scene).name)


def _removes(scene: Scene) -> Script:
    yield from online()
    yield from edited(scene, "remove", jid=scene.friend)


def _regrouped(scene: Scene) -> Item:
    """The friend in other groups than at first."""
    return Item(scene.friend, scene.name_of(scene.friend), tuple(scene.groups[2:4]), "both")


# Judges


def _one_item(evidence: Evidence) -> Finding:
    contact = ordered(evidence)["jid"]
    for seen in sets(evidence):
        if len(seen.items) != 1:
            words = f"The roster set holds {len(seen.items)} items."
            return failed(Level.MUST, words, Oracle.WIRE, seen.number)
    if item_about(evidence, contact) is None:
        return failed(Level.MUST, f"No roster set is about {contact}.", Oracle.WIRE, sets(evidence)[0].number)
    return passed("The roster set holds one item, for the contact.", Oracle.WIRE, sets(evidence)[0].number)


def _to_own_account(evidence: Evidence) -> Finding:
    for seen in sets(evidence):
        if seen.to is not None and seen.to.lower() != evidence.scene.me:
            return failed(Level.SHOULD, f"The roster set goes to {short(seen.to)}.", Oracle.WIRE, seen.number)
    return passed("The roster set goes to the account itself.")


def _bare(evidence: Evidence) -> Finding:
    addresses = {item.get("jid") or "": seen.number for seen in sets(evidence, _FULL) for item in seen.items}
    full = next((address for address in addresses if "/" in address), None)
    if full is not None:
        return failed(Level.SHOULD, f"The roster set is about {short(full)}.", Oracle.WIRE, addresses[full])
    return passed("The roster set is about the bare JID." if addresses else "The client sends no roster set.")


def _carries(evidence: Evidence, level: Level, wanted: _Wanted) -> Finding:
    """The last item about the contact has just this name and these groups."""
    name, groups = wanted(evidence)
    item = item_about(evidence, ordered(evidence)["jid"])
    if item is None:
        return failed(level, "No roster set is about the contact.", Oracle.WIRE, sets(evidence)[-1].number)
    sent_name, sent_groups = values_of(item)
    wrong = []
    if sent_name != name:
        wrong.append(f"{f'the name {short(sent_name)}' if sent_name else 'no name'} instead of {name!r}")
    if sent_groups != frozenset(groups):
        wrong.append(f"{listed(sent_groups)} instead of {listed(groups)}")
    if wrong:
        words = f"The roster set gives the contact {' and '.join(wrong)}."
        return failed(level, words, Oracle.WIRE, sets(evidence)[-1].number)
    return passed(f"The roster set has the name {name!r} and {listed(groups)}.")


def _removal(evidence: Evidence) -> Finding:
    one_item = _one_item(evidence)
    if one_item.verdict is not Verdict.PASS:
        return one_item
    item = item_about(evidence, ordered(evidence)["jid"])
    subscription = item.get("subscription") if item is not None else None
    if subscription != "remove":
        said = f"the subscription {short(subscription)}" if subscription is not None else "no subscription"
        words = f"The roster set for the removal has {said}, so the contact stays."
        return failed(Level.MUST, words, Oracle.WIRE, sets(evidence)[-1].number)
    return passed("The roster set names the contact and says 'remove'.")


def _as_ordered(evidence: Evidence) -> tuple[str, Iterable[str]]:
    return ordered(evidence)["name"], ordered(evidence)["groups"]


def _new_name_old_groups(evidence: Evidence) -> tuple[str, Iterable[str]]:
    return ordered(evidence)["name"], evidence.scene.roster[0].groups


def _old_name_new_group(evidence: Evidence) -> tuple[str, Iterable[str]]:
    friend = evidence.scene.roster[0]
    return friend.name or "", (*friend.groups, ordered(evidence)["group"])


def _new_name_pushed_groups(evidence: Evidence) -> tuple[str, Iterable[str]]:
    return ordered(evidence)["name"], _regrouped(evidence.scene).groups


CASES = (
    Case(
        "rfc6121/2.3.1/adds-one-item",
        Level.MUST,
        "A roster set that adds a contact holds one item, the contact's (2.1.5).",
        "The server refuses what the user wants, and nobody is added.",
        "The client is made to add a contact.",
        "A roster set with one item, which has the contact's JID.",
        _adds,
        _one_item,
    ),
    Case(
        "rfc6121/2.3.1/adds-with-name-and-groups",
        Level.SHOULD,
        "A contact is added with the name and the groups that the user gives it.",
        "The name and the groups that the user has typed are lost.",
        "The client is made to add a contact with a name and two groups.",
        "A roster set with that name and those groups.",
        _adds,
        partial(_carries, level=Level.SHOULD, wanted=_as_ordered),
    ),
    Case(
        "rfc6121/2.3.1/set-to-own-server",
        Level.SHOULD,
        "A roster set goes to the account itself: to no address, or to its own bare JID.",
        "Whoever gets it cannot change this user's list, so that nothing is ever saved.",
        "The client is made to add a contact.",
        "A roster set without to, or to the account's bare JID.",
        _adds,
        _to_own_account,
    ),
    Case(
        "rfc6121/2.3.1/full-jid-cut",
        Level.SHOULD,
        "An entry of a roster is a bare JID, also where the user has named a resource (2.1.2.3).",
        "The list fills with several entries for one person, or the server refuses the contact.",
        "The client is made to add a full JID.",
        "A roster set for the bare JID, or none.",
        _adds_full_jid,
        _bare,
    ),
    Case(
        "rfc6121/2.4.1/rename-keeps-groups",
        Level.MUST,
        "A new name is sent with all the groups, because a roster set replaces the whole entry.",
        "Whoever renames a contact throws it out of all its groups, on every device.",
        "The client is made to rename a contact that is in two groups.",
        "A roster set with the new name and the two groups.",
        _renames,
        partial(_carries, level=Level.MUST, wanted=_new_name_old_groups),
    ),
    Case(
        "rfc6121/2.4.1/regroup-keeps-name",
        Level.MUST,
        "A new group is sent with the name and the other groups, because a roster set replaces the whole entry.",
        "Whoever puts a contact into a group takes its name away, or its other groups, on every device.",
        "The client is made to put a contact that has a name and two groups into a third.",
        "A roster set with the name and the three groups.",
        _regroups,
        partial(_carries, level=Level.MUST, wanted=_old_name_new_group),
    ),
    Case(
        "rfc6121/2.4.1/edit-after-push",
        Level.MUST,
        "An edit begins with what was pushed last, and not with what the roster was at login.",
        "A change on one device undoes what was changed on another one a minute before.",
        "Another resource moves a contact into two other groups, and then the client is made to rename it.",
        "A roster set with the new name and the groups that were pushed.",
        _renames_after_push,
        partial(_carries, level=Level.MUST, wanted=_new_name_pushed_groups),
    ),
    Case(
        "rfc6121/2.5.1/remove-names-contact",
        Level.MUST,
        "A contact is removed by a roster set with one item, which has its JID and the subscription 'remove'.",
        "The contact that the user has removed is back at the next login.",
        "The client is made to remove a contact.",
        "A roster set with one item that has the contact's JID and says 'remove'.",
        _removes,
        _removal,
    ),
)
