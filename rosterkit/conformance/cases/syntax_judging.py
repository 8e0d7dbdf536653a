"""What the cases of RFC 6121 §2.1 share: one push, what the client believes after it, and whether harm was done.

Tests: ``tests/conformance/test_cases_syntax.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

from lxml.etree import _Element

from rosterkit.conformance.beliefs import Belief
from rosterkit.conformance.evidence import Evidence, is_roster_set
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Ask, Script, Stuck, obeyed, online, pushed
from rosterkit.conformance.verdicts import Finding, Level, failed, inconclusive, passed

__all__ = [
    "AFTER",
    "PUSH",
    "Edit",
    "about_friend",
    "about_newcomer",
    "answered",
    "edited",
    "edits_of",
    "harm",
    "harmless",
    "one_push",
    "shown",
    "taken",
    "unseen",
]

#: The marks of what is sent, and of what the client is asked after it.
PUSH, AFTER = "push", "after"


class Edit(NamedTuple):
    """An item that the client has sent in a set, and the number of the entry."""

    item: _Element
    number: int


def about_newcomer(scene: Scene) -> tuple[str, ...]:
    """The contact that is not in the roster at first."""
    return (scene.newcomer,)


def about_friend(scene: Scene) -> tuple[str, ...]:
    """A contact that is in the roster."""
    return (scene.friend,)


# Scripts


def one_push(
    scene: Scene,
    items: Callable[[Scene], str],
    about: Callable[[Scene], tuple[str, ...]] = about_newcomer,
    edit: bool = False,
) -> Script:
    """A push from the server; with ``edit`` the client is then made to edit the first contact of ``about``."""
    yield from online()
    yield from pushed(PUSH, items(scene), ver=scene.token("push"))
    if edit:
        yield from edited(scene, about(scene)[0])
    yield Ask(AFTER, about(scene))


def edited(scene: Scene, jid: str) -> Script:
    """The client is made to put a contact into one group more, where it takes orders."""
    with suppress(Stuck):
        yield from obeyed("regroup", jid=jid, group=scene.groups[-2])


# What came


def edits_of(evidence: Evidence, jid: str) -> Iterator[Edit]:
    """The items about ``jid`` in the client's sets since the push."""
    for seen in evidence.received(is_roster_set, evidence.mark(PUSH)):
        for item in seen.items:
            if (item.get("jid") or "").lower() == jid:
                yield Edit(item, seen.number)


def answered(evidence: Evidence) -> str:
    """How the client answers the push, as what follows "The client"."""
    answers = evidence.answers(PUSH)
    if not answers:
        return "does not answer the push"
    if answers[0].type == "result":
        return "answers the push with a result"
    return f"answers the push with {answers[0].condition or 'an error'}"


def unseen(what: str, editing: bool = False) -> Finding:
    """Nothing is known, since only the client itself could tell, or with ``editing`` show by what it sends."""
    other = ", or edit a contact when it is ordered to" if editing else ""
    return inconclusive(f"{what} cannot be seen: the client would have to tell its roster{other}.")


def shown(value: Any) -> str:
    """A value in a sentence, not too long."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


# Judges


def harm(evidence: Evidence, belief: Belief) -> str | None:
    """What has become of an entry that was there at first, in a sentence; None where no harm can be seen."""
    for item in evidence.scene.roster:
        known = belief.knows(item.jid)
        if known is False:
            return f"The client does not know {item.jid} any more."
        name = belief.get(item.jid, "name") if known else item.name
        if name != item.name:
            return f"The client has another name for {item.jid} than before: {shown(name)}."
    return None


def harmless(level: Level, what: str, evidence: Evidence) -> Finding:
    """Whether the entries that were there at first are as before; ``what`` was sent."""
    belief = evidence.sight()
    harmed = harm(evidence, belief)
    if harmed is not None:
        return failed(level, harmed, belief.where)
    if belief.oracle is None:
        return unseen(f"What the client makes of {what}", editing=True)
    return passed(f"The client {answered(evidence)}, and its roster is as before.", belief.where)


def taken(level: Level, what: str, evidence: Evidence) -> Finding:
    """Whether the entry that was pushed is there as it was pushed; ``what`` it is."""
    belief = evidence.sight()
    took = evidence.took(belief, PUSH)
    if took:
        return passed(f"The client has {what} as it was pushed.", belief.where)
    if took is None:
        return unseen(f"Whether the client has {what}", editing=True)
    return failed(
        level, f"The client {answered(evidence)}, and it does not have {what} as it was pushed.", belief.where
    )
