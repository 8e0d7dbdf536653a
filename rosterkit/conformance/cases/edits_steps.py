"""What the cases of RFC 6121 §2.2 to §2.5 share: edits of the client and of others, and what is believed after them.

Tests: ``tests/conformance/test_cases_edits.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lxml.etree import _Element

from rosterkit.conformance.beliefs import Belief
from rosterkit.conformance.cases import changes
from rosterkit.conformance.evidence import Evidence, Seen, groups_of, is_answer, is_roster_set
from rosterkit.conformance.orders import Order
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import (
    Ask,
    Await,
    Do,
    Fence,
    Give,
    Hold,
    Release,
    Remember,
    Say,
    Script,
    Stuck,
    expect,
)
from rosterkit.conformance.stanzas import ping
from rosterkit.conformance.verdicts import Finding, Level, Oracle, failed, inconclusive, passed
from rosterkit.core.roster import Item

__all__ = [
    "AFTER",
    "ORDER",
    "SETTLED",
    "asked",
    "believed",
    "believed_push",
    "edited",
    "held",
    "item_about",
    "listed",
    "newcomer",
    "ordered",
    "put",
    "remains",
    "removed",
    "renamed",
    "sets",
    "short",
    "shown",
    "told",
    "values",
    "values_of",
]

#: The marks of an order, of the end of what it has led to, and of what the client is asked then.
ORDER, SETTLED, AFTER = "order", "settled", "after"
_LOOK = "look"


# Entries


def newcomer(scene: Scene) -> Item:
    """Somebody who is not in the roster at first, as they are added."""
    return Item(scene.newcomer, scene.name_of(scene.newcomer), tuple(scene.groups[2:4]))


def renamed(scene: Scene, number: str = "II") -> Item:
    """The friend under a new name."""
    friend = scene.roster[0]
    return Item(friend.jid, f"{friend.name} {number}", friend.groups, friend.subscription)


def values(entry: Item) -> dict[str, Any]:
    """An entry as an order has it."""
    return {"jid": entry.jid, "name": entry.name, "groups": list(entry.groups)}


# Edits of the client


def edited(scene: Scene, do: str, **wanted: Any) -> Script:
    """The client is made to edit its roster, and the server answers.  Gives the set as it was sent."""
    sent = yield from _sent(scene, Order(do, wanted))
    yield Fence()
    return sent


def held(scene: Scene, do: str, **wanted: Any) -> Script:
    """The client is made to edit its roster, and the server never hears of it.  Gives the set as it was sent."""
    yield Hold("roster-set")
    sent = yield from _sent(scene, Order(do, wanted))
    yield Release(pass_on=False)
    return sent


def _sent(scene: Scene, order: Order) -> Script:
    """The set that comes of an order, whatever the order comes to: it may wait for the server, or tell its error."""
    yield Remember({"mark": ORDER})
    try:
        yield Give(order)
    except Stuck:
        yield Say(ping(_LOOK, scene.domain), _LOOK)
        sent = yield Await(lambda seen: is_roster_set(seen) or is_answer(_LOOK)(seen))
        if sent is None or not is_roster_set(sent):
            raise
        return sent
    return (yield from expect(is_roster_set, f"a roster set for the order {order.do!r}"))


# Edits of others, and what the client makes of it all


def put(scene: Scene, entry: Item, mark: str) -> Do:
    """Another resource of the account adds or changes an entry."""
    return Do(changes.put(scene, entry), mark)


def removed(scene: Scene, contact: str, mark: str) -> Do:
    """Another resource of the account removes an entry."""
    return Do(changes.removed(scene, contact), mark)


def asked(*about: str) -> Script:
    """Everything has been handled, and it is found out what the client believes."""
    yield Fence()
    yield Remember({"mark": SETTLED})
    yield Ask(AFTER, about)


# What came


def ordered(evidence: Evidence) -> dict[str, Any]:
    """The first order of the play."""
    order: dict[str, Any] = next(evidence.steps("order")).step["order"]
    return order


def sets(evidence: Evidence, mark: str = ORDER) -> list[Seen]:
    """The roster sets that the client has sent after a mark."""
    return evidence.received(is_roster_set, evidence.mark(mark))


def item_about(evidence: Evidence, bare: str) -> _Element | None:
    """The last item about a contact that the client has sent after the order, also under a full JID."""
    items = [item for seen in sets(evidence) for item in seen.items]
    about = [item for item in items if (item.get("jid") or "").partition("/")[0].lower() == bare]
    return about[-1] if about else None


def remains(belief: Belief, entry: Item) -> bool | None:
    """Whether the entry, or something of it, is in the client's roster; None where that cannot be told.

    A client that is made to edit an entry that it does not have makes a new one, perhaps with a name of its own.
    """
    if belief.oracle is not Oracle.EDIT:
        return belief.knows(entry.jid)
    if entry.jid not in belief.entries:
        return None
    return belief.get(entry.jid, "name") == entry.name or bool(belief.get(entry.jid, "groups") & set(entry.groups))


# Findings


def believed(
    level: Level, evidence: Evidence, stanza: Seen | None, right: str, wrong: str, version: bool = False
) -> Finding:
    """Whether the client believes a push or result; with ``version`` its version, presented later, is enough."""
    belief = evidence.belief(AFTER) if version else evidence.sight()
    took = evidence.took_each(belief, stanza)
    if took is False and belief.oracle is Oracle.VER:
        took = None  # nothing says that a client has to keep the version of a push
    if took is False and stanza is not None and len(stanza.items) == 1:
        wrong = f"{wrong} {shown(belief, stanza.items[0].get('jid') or '')}"
    return told(level, belief, took, right, wrong)


def believed_push(evidence: Evidence, mark: str, right: str, wrong: str, version: bool = False) -> Finding:
    """The same for what was sent under a mark, where the RFC says MUST."""
    return believed(Level.MUST, evidence, evidence.said(mark), right, wrong, version)


def told(level: Level, belief: Belief, is_right: bool | None, right: str, wrong: str) -> Finding:
    """The finding for what is believed, each in a sentence."""
    if is_right is None:
        return inconclusive("What the client believes cannot be seen: it would have to tell its roster.")
    return passed(right, belief.where) if is_right else failed(level, wrong, belief.where)


def shown(belief: Belief, bare: str) -> str:
    """What the client believes of a contact, in a sentence."""
    if not belief.knows(bare):
        return "The client has no such contact."
    name = belief.get(bare, "name")
    named = f"the name {short(name)}" if name else "no name"
    return f"The client has the contact with {named} and {listed(belief.get(bare, 'groups'))}."


def short(value: str) -> str:
    """A value in a sentence."""
    return repr(value) if len(value) <= 60 else f"{value[:57]!r}..."


def listed(groups: Iterable[str]) -> str:
    """Groups in a sentence."""
    names = sorted(groups)
    return f"the groups {', '.join(names)}" if len(names) > 1 else f"the group {names[0]}" if names else "no group"


def values_of(item: _Element) -> tuple[str | None, frozenset[str]]:
    """Name and groups of an item; an empty name is none (§2.4.1)."""
    return item.get("name") or None, frozenset(groups_of(item))
