"""Names and groups, whatever stands in them (RFC 6121 §2.1.2.4, §2.1.2.6).

A client that is made to edit a contact sends its name and groups from what it knows, so its sets tell as much as its
report does.

Tests: ``tests/conformance/test_cases_syntax.py``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import partial

from rosterkit.conformance.beliefs import Belief
from rosterkit.conformance.case import Case
from rosterkit.conformance.cases.syntax_judging import (
    about_friend,
    answered,
    edits_of,
    one_push,
    shown,
    unseen,
)
from rosterkit.conformance.evidence import Evidence, groups_of
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.stanzas import item
from rosterkit.conformance.verdicts import Finding, Level, Oracle, failed, info, passed, worst

__all__ = ["CASES"]

#: Markup and its remains, quotes, an end of line, a tab, a turn of the direction, and what needs two code units.
_HOSTILE_NAME = "<b id='1'>&amp;&#33;\"]]>\n\tlast \u202eline \U0001f98a</b>"
#: What some clients take for the border between a group and the groups in it is part of a name like any other.
_HOSTILE_GROUPS = ("Over::Under", "A/B\\C", "1, 2; 3", "<i>&lt;\"'", "\U0001f98a")
_LONG_NAME = "long " * 13_107 + "!"


# Names


def _named(scene: Scene, name: str) -> str:
    return item(scene.newcomer, (scene.groups[2],), name=name, subscription="to")


def _keeps_name(evidence: Evidence) -> Finding:
    """In what it sends and in what it tells: both count."""
    belief, newcomer = evidence.sight(), evidence.scene.newcomer
    found = _passed_over(evidence) + [
        _same_name(edit.item.get("name", ""), "sends", Oracle.EDIT, edit.number)
        for edit in edits_of(evidence, newcomer)
        if edit.item.get("name")
    ]
    if belief.whole and belief.knows(newcomer):
        found.append(_same_name(belief.get(newcomer, "name") or "", "tells", belief.where))
    return worst(found) or unseen("The name that the client keeps", editing=True)


def _same_name(name: str, verb: str, oracle: Oracle, *entries: int) -> Finding:
    if name == _HOSTILE_NAME:
        return passed(f"The client {verb} the name as it came.", oracle, *entries)
    if _visible(name) == _visible(_HOSTILE_NAME):
        return info(f"The client {verb} all of the name but characters that cannot be seen.", oracle, *entries)
    return failed(Level.SHOULD, f"The client {verb} another name: {shown(name)}.", oracle, *entries)


def _visible(name: str) -> str:
    return "".join(one for one in name if unicodedata.category(one) not in ("Cc", "Cf") and not one.isspace())


def _without_name(scene: Scene) -> str:
    return item(scene.friend, scene.groups[:2], name="", subscription="both")


def _what_of_empty_name(evidence: Evidence) -> Finding:
    """An empty name may be a name or none."""
    belief, friend = evidence.sight(), evidence.scene.friend
    known, name = belief.knows(friend), belief.get(friend, "name")
    if belief.oracle is None or known is None:
        return info(f"The client {answered(evidence)} and lives on; the name that it keeps cannot be seen.")
    if not known:
        return info("The client does not have the entry any more.", belief.where)
    if not name:
        return info("The client has the entry without a name.", belief.where)
    return info(f"The client has the entry with the name {shown(name)}.", belief.where)


def _keeps_entry(evidence: Evidence) -> Finding:
    belief, newcomer = evidence.sight(), evidence.scene.newcomer
    known = belief.knows(newcomer)
    if known is None:
        return unseen("Whether the client keeps the entry", editing=True)
    if not known:
        words = f"The client {answered(evidence)}, and it does not have the entry."
        return failed(Level.SHOULD, words, belief.where)
    length = len(belief.get(newcomer, "name") or "")
    return passed(f"The client has the entry, with a name of {length} characters.", belief.where)


# Groups


def _grouped(scene: Scene, groups: tuple[str, ...]) -> str:
    return item(scene.newcomer, groups, name="Timon", subscription="to")


def _told_groups(belief: Belief, jid: str) -> tuple[str, ...]:
    return tuple(belief.entries[jid].get("groups", ()))


def _passed_over(evidence: Evidence) -> list[Finding]:
    belief = evidence.sight()
    if belief.whole and not belief.knows(evidence.scene.newcomer):
        return [failed(Level.SHOULD, "The client has passed over the entry.", belief.where)]
    return []


def _lists_of_groups(evidence: Evidence) -> Iterator[tuple[tuple[str, ...], Oracle, tuple[int, ...]]]:
    """Each list of the contact's groups that is to be seen, in what the client sends and in what it tells."""
    belief, newcomer = evidence.sight(), evidence.scene.newcomer
    for edit in edits_of(evidence, newcomer):
        yield groups_of(edit.item), Oracle.EDIT, (edit.number,)
    if belief.whole and belief.knows(newcomer):
        yield _told_groups(belief, newcomer), belief.where, ()


def _twice(scene: Scene) -> str:
    return _grouped(scene, (scene.groups[2], scene.groups[3], scene.groups[2]))


def _each_once(evidence: Evidence) -> Finding:
    found = _passed_over(evidence)
    for groups, oracle, entries in _lists_of_groups(evidence):
        if len(set(groups)) < len(groups):
            found.append(failed(Level.SHOULD, f"The client has a group twice: {shown(groups)}.", oracle, *entries))
        elif evidence.scene.groups[2] in groups:
            found.append(passed("The client has each group once.", oracle, *entries))
    return worst(found) or unseen("What the client makes of a group that comes twice", editing=True)


def _with_empty(scene: Scene) -> str:
    return item(scene.newcomer, (scene.groups[2],), "<group/>", name="Timon", subscription="to")


def _none_empty(evidence: Evidence) -> Finding:
    """To keep it is the client's own affair; to send it back is what servers refuse (§2.3.3)."""
    found = _passed_over(evidence)
    for groups, oracle, entries in _lists_of_groups(evidence):
        if "" in groups and oracle is Oracle.EDIT:
            words = "The client sends a group without a name back, so its server refuses the edit."
            found.append(failed(Level.SHOULD, words, oracle, *entries))
        elif "" in groups:
            found.append(info("The client tells of a group without a name.", oracle))
        elif evidence.scene.groups[2] in groups:
            found.append(passed("The client has the groups that have a name, and no other.", oracle, *entries))
    return worst(found) or unseen("What the client makes of a group without a name", editing=True)


def _hostile_groups(scene: Scene) -> str:
    return _grouped(scene, _HOSTILE_GROUPS)


def _keeps_groups(evidence: Evidence) -> Finding:
    found = _passed_over(evidence)
    for groups, oracle, entries in _lists_of_groups(evidence):
        lost = [group for group in _HOSTILE_GROUPS if group not in groups]
        if not lost:
            found.append(passed("The client has every group as it came.", oracle, *entries))
        elif oracle is not Oracle.EDIT or len(groups) > 1:
            found.append(failed(Level.SHOULD, f"The client does not have the group {lost[0]!r}.", oracle, *entries))
    return worst(found) or unseen("What the client makes of groups with odd names", editing=True)


CASES = (
    Case(
        "rfc6121/2.1.2.4/hostile-name",
        Level.SHOULD,
        "A name is text: it is kept and sent back as it came, whatever characters are in it.",
        "A contact's name is garbled by the next edit, or the edit breaks the connection.",
        "A push comes with markup, line ends and an emoji in the name, and the client is made to edit the contact.",
        "What the client sends and tells has that very name.",
        partial(one_push, items=partial(_named, name=_HOSTILE_NAME), edit=True),
        _keeps_name,
    ),
    Case(
        "rfc6121/2.1.2.4/empty-name",
        Level.MAY,
        "An empty name, which may mean that there is none, does a client no lasting harm.",
        "One contact without a name ends the client at every login.",
        "A push comes for a contact in the roster with name=''.",
        "The client lives on; the report says what it calls the contact.",
        partial(one_push, items=_without_name, about=about_friend),
        _what_of_empty_name,
    ),
    Case(
        "rfc6121/2.1.2.4/long-name",
        Level.SHOULD,
        "An entry counts however long its name is.",
        "One contact with a long name cannot be reached, or ends the client.",
        "A push comes with a name of 64 KiB.",
        "The entry is in the roster, under whatever part of the name.",
        partial(one_push, items=partial(_named, name=_LONG_NAME)),
        _keeps_entry,
    ),
    Case(
        "rfc6121/2.1.2.6/duplicate-groups",
        Level.SHOULD,
        "The groups of an entry are a set: one that comes twice is there once, and is sent once.",
        "The contact cannot be edited any more, since servers refuse a set with the same group twice.",
        "A push comes with a group twice, and the client is made to edit the contact.",
        "What the client sends and tells has each group once.",
        partial(one_push, items=_twice, edit=True),
        _each_once,
    ),
    Case(
        "rfc6121/2.1.2.6/empty-group",
        Level.SHOULD,
        "A group without a name is never sent back.",
        "A contact that one bad client has put into a nameless group cannot be edited any more.",
        "A push comes with an empty group beside a real one, and the client is made to edit the contact.",
        "What the client sends has the real groups only.",
        partial(one_push, items=_with_empty, edit=True),
        _none_empty,
    ),
    Case(
        "rfc6121/2.1.2.6/hostile-groups",
        Level.SHOULD,
        "The name of a group is text: nothing in it is a border or markup.",
        "Groups are torn apart or lost by the next edit, on all of the user's devices.",
        "A push comes with separators and markup in its groups, and the client is made to edit the contact.",
        "What the client sends and tells has those very groups.",
        partial(one_push, items=_hostile_groups, edit=True),
        _keeps_groups,
    ),
)
