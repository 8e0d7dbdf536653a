"""Pushes as elements: how they are spelled, what else is in them, and how many items (RFC 6121 §2.1.2, §2.1.6).

Tests: ``tests/conformance/test_cases_syntax.py``.
"""

from __future__ import annotations

from functools import partial

from rosterkit.conformance.case import Case
from rosterkit.conformance.cases.syntax_judging import (
    PUSH,
    about_newcomer,
    answered,
    harmless,
    one_push,
    taken,
)
from rosterkit.conformance.evidence import Evidence
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Ask, Fence, Say, Script, online
from rosterkit.conformance.stanzas import iq, item
from rosterkit.conformance.verdicts import Finding, Level, Oracle, info
from rosterkit.core import markup
from rosterkit.core.roster import NAMESPACE as ROSTER

__all__ = ["CASES"]

_UNKNOWN = "urn:example:unknown"


def _pushed_query(scene: Scene, query: str) -> Script:
    yield from online()
    yield Say(iq("set", "push-push", query), PUSH)
    yield Fence()
    yield Ask("after", about_newcomer(scene))


# What is not known


def _with_unknown(scene: Scene) -> Script:
    """Attributes and children of another namespace and of none, in the query and in the item."""
    note = f"<note xmlns='{_UNKNOWN}' jid='{scene.other}' subscription='remove'>unknown</note>"
    odd = {"colour": "red", "xmlns:u": _UNKNOWN, "u:jid": scene.other}
    entry = item(scene.newcomer, (scene.groups[2],), note, name="Odette", subscription="to", **odd)
    values = {"mood": "odd", "ver": scene.token("push")}
    yield from _pushed_query(scene, markup.element("query", note + entry + note, xmlns=ROSTER, **values))


def _prefixed(scene: Scene) -> Script:
    """The same XML as ever, with the namespace bound to a prefix."""
    group = markup.element("r:group", markup.text(scene.groups[2]))
    entry = markup.element("r:item", group, jid=scene.newcomer, name="Perdita", subscription="to")
    ver = scene.token("push")
    yield from _pushed_query(scene, f"<r:query xmlns:r='{ROSTER}' ver='{ver}'>{entry}</r:query>")


# How many


def _pair(scene: Scene) -> str:
    return item(scene.newcomer, (scene.groups[2],), name="Viola", subscription="to") + item(
        scene.other, (scene.groups[2],), name="Sebastian", subscription="to"
    )


def _how_many(evidence: Evidence) -> Finding:
    """Which of the two it has taken; nothing says what a client has to make of it."""
    belief = evidence.sight()
    known = [belief.knows(jid) for jid in (evidence.scene.newcomer, evidence.scene.other)]
    if None in known:
        return info(f"The client {answered(evidence)} and lives on; what it has taken cannot be seen.", Oracle.WIRE)
    taken_ = {
        (False, False): "neither item",
        (True, False): "the first item only",
        (False, True): "the last item only",
        (True, True): "both items",
    }[known[0] is True, known[1] is True]
    return info(f"The client {answered(evidence)} and takes {taken_}.", belief.where)


CASES = (
    Case(
        "rfc6121/2.1.2/unknown-attributes",
        Level.MUST,
        "What is not known in a query or an item is passed over, and the item counts (RFC 6120 §8.4).",
        "On the day a server adds something to its pushes, the user's list stops to change.",
        "A push comes with unknown attributes and children, in the query and in the item.",
        "The entry is in the roster, as the known part of the push says.",
        _with_unknown,
        partial(taken, Level.MUST, "the entry with unknown parts"),
    ),
    Case(
        "rfc6121/2.1.2/prefixed",
        Level.MUST,
        "A namespace means the same whether it is the default or has a prefix.",
        "With a server that writes its XML in another way, the user's list does not change any more.",
        "A push comes whose query, item and group have a namespace prefix.",
        "The entry is in the roster, as from any other push.",
        _prefixed,
        partial(taken, Level.MUST, "the entry from a push with a prefix"),
    ),
    Case(
        "rfc6121/2.1.6/two-items",
        Level.MAY,
        "A push with two items, which no server may send, does a client no lasting harm.",
        "One bad stanza of the server ends the client.",
        "A push comes with two items in it, both new.",
        "The client lives on; the report says which of the two it takes.",
        partial(one_push, items=_pair, about=lambda scene: (scene.newcomer, scene.other)),
        _how_many,
    ),
    Case(
        "rfc6121/2.1.6/no-item",
        Level.SHOULD,
        "A push without an item changes nothing.",
        "One bad stanza of the server empties the user's list.",
        "A push comes whose query is empty.",
        "The roster is as before.",
        partial(one_push, items=lambda _: "", about=lambda scene: (scene.fan,)),
        partial(harmless, Level.SHOULD, "a push without an item"),
    ),
)
