"""Roster results: none, many, and items that are not as they should be (RFC 6121 §2.1.2.5, §2.1.3, §2.1.4).

Tests: ``tests/conformance/test_cases_syntax.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from rosterkit.conformance.beliefs import UNKNOWN
from rosterkit.conformance.case import Case
from rosterkit.conformance.cases.syntax_judging import (
    AFTER,
    PUSH,
    edits_of,
    harm,
    one_push,
    shown,
    unseen,
)
from rosterkit.conformance.evidence import Evidence, is_roster_get
from rosterkit.conformance.scene import CONTACTS, Scene
from rosterkit.conformance.script import Ask, Await, Fence, Hold, LogIn, Release, Say, Script, Stuck
from rosterkit.conformance.stanzas import item, query, result
from rosterkit.conformance.verdicts import Finding, Level, Oracle, failed, passed

__all__ = ["CASES"]

_MANY = 2000
_LAST = f"contact-{_MANY}@{CONTACTS}"
_SOMETIMES = "sometimes"
#: The mark of a result of our own.
_RESULT = "result"


# A result of our own


def _one_result(scene: Scene, items: Callable[[Scene], str], about: Callable[[Scene], tuple[str, ...]]) -> Script:
    """The first request for the roster never reaches the server, and is answered with ``items``."""
    yield Hold("roster-get")
    login = yield LogIn()
    asked = yield Await(is_roster_get, login.number)
    if asked is None:
        raise Stuck("The client has logged in and never asked for the roster.")
    yield Say(result(asked.id or "", query(items(scene), scene.token("result"))), _RESULT)
    yield Release(pass_on=False)
    yield Fence()
    yield Ask(AFTER, about(scene))


def _fan(scene: Scene) -> tuple[str, ...]:
    """The last entry, which comes after whatever is wrong."""
    return (scene.fan,)


def _around(scene: Scene, odd: str) -> str:
    """The entries of the scene's roster, with ``odd`` after the first."""
    first, *others = [item(one.jid, one.groups, name=one.name, subscription=one.subscription) for one in scene.roster]
    return first + odd + "".join(others)


# Subscriptions


def _odd_subscription(scene: Scene, value: str) -> str:
    return _around(scene, item(scene.newcomer, (scene.groups[2],), name="Horatio", subscription=value))


def _passes_over_value(evidence: Evidence, value: str) -> Finding:
    """The item may be there with another subscription or not at all; the others are there."""
    belief, newcomer = evidence.sight(), evidence.scene.newcomer
    harmed = harm(evidence, belief)
    if harmed is not None:
        return failed(Level.MUST, harmed, belief.where)
    state = belief.get(newcomer, "subscription")
    if state == value:
        return failed(Level.MUST, "The client shows the value as the subscription of the entry.", belief.where)
    if not belief.whole or (belief.knows(newcomer) and state is UNKNOWN):
        return unseen("What the client takes the subscription for")
    made = f"takes its subscription for {shown(state)}" if belief.knows(newcomer) else "passes over the entry"
    return passed(f"The client {made}, and has the others.", belief.where)


def _value_case(name: str, value: str, rule: str, consequence: str) -> Case:
    return Case(
        f"rfc6121/2.1.2.5/{name}",
        Level.MUST,
        rule,
        consequence,
        f"The roster comes, and the second of its items has subscription='{value}'.",
        "The other entries are there, and none has that value for its subscription.",
        partial(_one_result, items=partial(_odd_subscription, value=value), about=_fan),
        partial(_passes_over_value, value=value),
    )


# None, many, broken


def _newcomer(scene: Scene) -> str:
    return item(scene.newcomer, (scene.groups[2],), name="Ariel", subscription="to")


def _goes_on(evidence: Evidence) -> Finding:
    """A push after the empty roster counts as after any other; a version tells that too."""
    belief, newcomer = evidence.belief(AFTER), evidence.scene.newcomer
    said = evidence.said(PUSH)
    if belief.whole and not belief.knows(newcomer):
        return failed(Level.SHOULD, "The client does not have the entry that was pushed afterwards.", belief.where)
    if belief.whole:
        return passed("The client has the entry that was pushed afterwards.", belief.where)
    if any(edit.item.get("name") == "Ariel" for edit in edits_of(evidence, newcomer)):
        return passed("The client sends the name that was pushed afterwards.", Oracle.EDIT)
    if belief.oracle is Oracle.VER and said is not None and belief.ver == said.ver:
        return passed("The client presents the version of the push that came afterwards.", belief.where)
    return unseen("Whether the client takes pushes after the empty roster", editing=True)


def _broken(scene: Scene) -> str:
    without = item(None, name="Nobody", subscription="both")
    return _around(scene, without + item("@@", name="Nobody", subscription="both"))


def _others_are_there(evidence: Evidence) -> Finding:
    belief = evidence.sight()
    harmed = harm(evidence, belief)
    if harmed is not None:
        return failed(Level.SHOULD, harmed, belief.where)
    if belief.oracle is None:
        return unseen("What the client makes of a result with broken items", editing=True)
    return passed("The client has the entries beside the broken ones.", belief.where)


def _many(scene: Scene) -> str:
    rows = [
        item(f"contact-{number}@{CONTACTS}", name=f"Contact {number}", subscription="none")
        for number in range(1, _MANY + 1)
    ]
    return _around(scene, "") + "".join(rows)


def _last_is_there(evidence: Evidence) -> Finding:
    belief = evidence.sight()
    known = belief.knows(_LAST)
    if known is None:
        return unseen("Whether the client has the last entry", editing=True)
    if known:
        return passed(f"The client has the last of {_MANY:,} entries.", belief.where)
    count = f", which has {len(belief.entries):,}" if belief.whole else ""
    return failed(Level.SHOULD, f"The last of {_MANY:,} entries is not known to the client{count}.", belief.where)


CASES = (
    _value_case(
        "unknown-in-result",
        _SOMETIMES,
        "A value of subscription in a result that is none of the four counts for nothing.",
        "One odd entry, from a newer server, and the user has no list at all.",
    ),
    _value_case(
        "remove-in-result",
        "remove",
        "Nothing is removed by a result: there subscription='remove' counts for nothing.",
        "A contact stands in the list as removed, or takes others with it.",
    ),
    Case(
        "rfc6121/2.1.3/empty-roster",
        Level.SHOULD,
        "A roster without entries is a roster, and what is pushed after it counts.",
        "Who has just made an account cannot add the first contact.",
        "The account has no contacts; after the empty roster a push comes.",
        "The entry of the push is in the roster.",
        partial(one_push, items=_newcomer, edit=True),
        _goes_on,
        roster=lambda _: (),
    ),
    Case(
        "rfc6121/2.1.4/broken-item-in-result",
        Level.SHOULD,
        "An item in a result that cannot be read costs no other.",
        "One broken entry on the server, and the user has no list at all.",
        "The roster comes with an item without a JID, and one whose JID is none, among the others.",
        "All other entries are in the roster.",
        partial(_one_result, items=_broken, about=_fan),
        _others_are_there,
    ),
    Case(
        "rfc6121/2.1.4/long-roster",
        Level.SHOULD,
        "A roster is taken to its end, however long it is.",
        "Who knows many people does not see all of them.",
        f"The roster comes with more than {_MANY:,} entries.",
        "The last of them is in the roster.",
        partial(_one_result, items=_many, about=lambda _: (_LAST,)),
        _last_is_there,
    ),
)
