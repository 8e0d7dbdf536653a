"""The JID of an item, as it should be and as it should not (RFC 6121 §2.1.2.3).

Tests: ``tests/conformance/test_cases_syntax.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from rosterkit.conformance.beliefs import Belief
from rosterkit.conformance.case import Case, Judge
from rosterkit.conformance.cases.syntax_judging import (
    about_friend,
    about_newcomer,
    answered,
    harm,
    one_push,
    shown,
    taken,
    unseen,
)
from rosterkit.conformance.evidence import Evidence
from rosterkit.conformance.scene import CONTACTS, Scene
from rosterkit.conformance.stanzas import item
from rosterkit.conformance.verdicts import Finding, Level, Oracle, failed, info, passed

__all__ = ["CASES"]

#: How somebody without an address, or with one that is none, may be listed all the same.
_NO_JIDS = ("", "None", "none", "null", "undefined")
_NOBODY, _RESOURCE = "Nobody At All", "balcony"
#: Every character is allowed in a localpart (RFC 6122 §A.5), and most mean something to somebody's shell or SQL.
_NASTY = f"a%20b+c=d{{e}}|!#$*;~`(f)[g]^h?,i@{CONTACTS}"


# One entry


def _shouted(scene: Scene) -> str:
    return item(scene.friend.upper(), scene.groups[:2], name="Renamed", subscription="both")


def _one_entry(evidence: Evidence) -> Finding:
    """The JID is compared as JIDs are, however the client spells it afterwards."""
    belief, friend = evidence.sight(), evidence.scene.friend
    spellings = [jid for jid in belief.entries if jid.lower() == friend]
    names = [belief.get(jid, "name") for jid in spellings]
    if len(spellings) > 1:
        return failed(Level.SHOULD, f"The client has two entries: {' and '.join(spellings)}.", belief.where)
    if belief.oracle is None or (not spellings and not belief.whole):
        return unseen("Whether the client has one entry or two", editing=True)
    if names == ["Renamed"]:
        return passed("The client has changed the entry that it had.", belief.where)
    if not belief.whole and not names[0]:
        return unseen("Whether the client has one entry or two", editing=True)
    return failed(Level.SHOULD, "The entry that the client had is not as it was pushed.", belief.where)


# Allowed


def _nasty(scene: Scene) -> str:
    return item(_NASTY, (scene.groups[2],), name="Yorick", subscription="to")


# Not allowed


def _with_resource(scene: Scene) -> str:
    return item(f"{scene.newcomer}/{_RESOURCE}", (scene.groups[2],), name="Rosencrantz", subscription="to")


def _what_of_resource(evidence: Evidence) -> Finding:
    """A server keeps bare JIDs; what a client makes of another is nowhere said."""
    belief, newcomer = evidence.sight(), evidence.scene.newcomer
    bare, full = belief.knows(newcomer), belief.knows(f"{newcomer}/{_RESOURCE}")
    if full:
        return info("The client keeps an entry for the full JID.", belief.where)
    if bare:
        return info("The client takes the item for one about the bare JID.", belief.where)
    if full is None:
        return info(f"The client {answered(evidence)} and lives on; what it has taken cannot be seen.", Oracle.WIRE)
    return info("The client passes over the item.", belief.where)


def _nobody(scene: Scene, jid: str | None) -> str:
    return item(jid, (scene.groups[2],), name=_NOBODY, subscription="both")


def _no_entry(evidence: Evidence, what: str, listed_as: tuple[str, ...]) -> Finding:
    belief = evidence.sight()
    harmed = harm(evidence, belief) or _stray(belief, listed_as)
    if harmed is not None:
        return failed(Level.SHOULD, harmed, belief.where)
    if not belief.whole:
        return unseen(f"What the client makes of an item {what}")
    return passed(f"The client {answered(evidence)}, and its roster is as before.", belief.where)


def _stray(belief: Belief, listed_as: tuple[str, ...]) -> str | None:
    for jid in belief.entries:
        if jid in listed_as or belief.get(jid, "name") == _NOBODY:
            return f"The client has an entry for {shown(jid)} now."
    return None


def _no_entry_case(name: str, jid: str | None, what: str, listed_as: tuple[str, ...], consequence: str) -> Case:
    return Case(
        f"rfc6121/2.1.2.3/{name}",
        Level.SHOULD,
        f"An item {what} changes nothing.",
        consequence,
        f"A push comes with an item {what}.",
        "The client lives on, and its roster is as before.",
        partial(one_push, items=partial(_nobody, jid=jid), about=lambda scene: (scene.fan,)),
        partial(_no_entry, what=what, listed_as=listed_as),
    )


# Oneself


def _myself(scene: Scene) -> str:
    return item(scene.me, (scene.groups[2],), name="Myself", subscription="both")


def _what_of_myself(evidence: Evidence) -> Finding:
    belief = evidence.sight()
    if belief.get(evidence.scene.me, "name") == "Myself":
        return info("The client keeps an entry for its own account.", belief.where)
    if not belief.whole:
        return info(f"The client {answered(evidence)} and lives on; what it has taken cannot be seen.", Oracle.WIRE)
    return info("The client passes over an item about its own account.", belief.where)


def _may(name: str, rule: str, done: str, items: Callable[[Scene], str], judge: Judge) -> Case:
    return Case(
        f"rfc6121/2.1.2.3/{name}",
        Level.MAY,
        rule,
        "One entry that the server should not have sent ends the client at every login.",
        done,
        "The client lives on; the report says what it makes of the item.",
        partial(one_push, items=items, about=about_newcomer),
        judge,
    )


CASES = (
    Case(
        "rfc6121/2.1.2.3/jid-case",
        Level.SHOULD,
        "JIDs are compared as JIDs: the case of a localpart or domain makes no other entry.",
        "The user sees the same person twice, once with an old name.",
        "A push comes for a contact in the roster, with its JID in upper case and another name.",
        "There is one entry, with the new name.",
        partial(one_push, items=_shouted, about=about_friend),
        _one_entry,
    ),
    Case(
        "rfc6121/2.1.2.3/nasty-jid",
        Level.SHOULD,
        "An item counts whatever its JID is made of, as long as it is a JID.",
        "Somebody whose address has unusual characters cannot be a contact.",
        "A push comes for a contact whose localpart has every odd character that a localpart may have.",
        "The entry is in the roster, under that very JID.",
        partial(one_push, items=_nasty, about=lambda _: (_NASTY,)),
        partial(taken, Level.SHOULD, "the entry with the odd JID"),
    ),
    _may(
        "full-jid-item",
        "An item with a full JID, which no server may keep, does a client no lasting harm.",
        "A push comes whose item has a JID with a resource.",
        _with_resource,
        _what_of_resource,
    ),
    _no_entry_case(
        "missing-jid", None, "without a JID", _NO_JIDS, "One bad item ends the client, or leaves a ghost in the list."
    ),
    _no_entry_case(
        "malformed-jid",
        "@@",
        "with a JID that is none",
        ("@@", *_NO_JIDS),
        "Somebody who cannot exist stands in the list and cannot be removed.",
    ),
    _may(
        "own-jid",
        "An item about the account itself does a client no lasting harm.",
        "A push comes whose item has the account's own bare JID.",
        _myself,
        _what_of_myself,
    ),
)
