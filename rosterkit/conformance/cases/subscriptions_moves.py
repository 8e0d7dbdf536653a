"""Moves and judgements that the cases of RFC 6121 §3 share.

Tests: ``tests/conformance/test_cases_subscriptions.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from rosterkit.conformance.cases import changes
from rosterkit.conformance.evidence import Evidence, Seen, is_presence
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Break, Do, Fence, Say, Script, expect, obeyed, online
from rosterkit.conformance.stanzas import presence
from rosterkit.conformance.verdicts import Finding, Level, Oracle, failed, inconclusive, info, passed, unsupported
from rosterkit.core import jid
from rosterkit.core.commands import PutEntry
from rosterkit.core.roster import Item, Kept
from rosterkit.errors import JidError

__all__ = [
    "ANSWERS",
    "Who",
    "appears",
    "available",
    "carried_out",
    "comes",
    "deeds",
    "identified",
    "kept",
    "kept_out",
    "left_alone",
    "newcomer",
    "noticed",
    "order_number",
    "ordered_after_request",
    "present",
    "present_again",
    "put",
    "unseen",
    "waits",
]

Who: TypeAlias = Callable[[Scene], str]

#: What answers a request.
ANSWERS = ("subscribed", "unsubscribed")
_UNDOES = {
    "subscribe": "unsubscribe",
    "subscribed": "unsubscribed",
    "unsubscribe": "subscribe",
    "unsubscribed": "subscribed",
}
_DEEDS = tuple(_UNDOES)


def newcomer(scene: Scene) -> str:
    """The contact whom most cases are about."""
    return scene.newcomer


# Moves


def present() -> Script:
    """The client logs in, asks for the roster, is available, and has handled what that brings."""
    login = yield from online()
    yield from available()
    return login


def available() -> Script:
    """The client is available in this session, and has handled what that brings."""
    yield from expect(is_presence, "its initial presence, without which it is told of no request")
    yield Fence()


def present_again() -> Script:
    """The client's stream ends, and it comes back as in :func:`present`."""
    yield Break()
    return (yield from present())


def kept(scene: Scene, who: str, content: str = "", id_: str | None = None) -> Do:
    """Let the server keep a request of ``who``: it comes at every login until it is answered (§3.1.3)."""
    return Do(PutEntry(jid.parse(scene.me), who, None, Kept(content.encode(), id_)), "request")


def put(scene: Scene, item: Item, mark: str = "push") -> Script:
    """The server's entry of a contact becomes ``item``, which is pushed."""
    yield Do(changes.put(scene, item), mark)
    yield Fence()


def comes(scene: Scene, type_: str, who: str) -> Script:
    """A subscription stanza of ``who`` comes, under its type as mark, and the client has handled it."""
    yield Say(presence(who, type_, to=scene.me), type_)
    yield Fence()


def noticed(scene: Scene, type_: str, who: Who) -> Script:
    """The client is there, and such a stanza comes."""
    yield from present()
    yield from comes(scene, type_, who(scene))


def ordered_after_request(scene: Scene, who: str, do: str, id_: str | None = None) -> Script:
    """The server has a request of ``who``, the client gets it at login, and its user does ``do`` about it."""
    yield kept(scene, who, id_=id_)
    yield from present()
    yield from obeyed(do, jid=who)


# What came


def deeds(evidence: Evidence, who: str, since: int | None = None) -> list[Seen]:
    """The subscription stanzas that the client has sent to ``who``, or to a resource of theirs."""
    return evidence.received(
        lambda seen: seen.name == "presence" and seen.type in _DEEDS and _bare(seen.to) == who, since
    )


def order_number(evidence: Evidence, do: str) -> int | None:
    """The number of the first order to ``do``; None where none was given."""
    return next((seen.number for seen in evidence.steps("order") if seen.step["order"]["do"] == do), None)


def appears(evidence: Evidence, who: str, mark: str = "after") -> bool | None:
    """Whether the client has ``who`` in its roster, as found out under ``mark``; None where it tells no roster.

    An entry without a name or groups is what a client believes of somebody who came by a presence stanza alone, and
    no edit shows such a one.
    """
    belief = evidence.belief(mark)
    return belief.knows(who) if belief.whole else None


def waits(evidence: Evidence, who: str) -> int | None:
    """How many requests of ``who`` wait for an answer; None where the client does not tell."""
    requests = evidence.belief("after").requests
    return None if requests is None else [_bare(one) for one in requests].count(who)


# Judgements


def unseen(what: str) -> Finding:
    """Nothing that the client has done shows what it believes."""
    return inconclusive(f"{what} cannot be seen: the client would have to tell its roster and the requests.")


def carried_out(evidence: Evidence, do: str, type_: str, who: Who, level: Level = Level.MUST) -> Finding:
    """Whether an order came to one stanza of ``type_`` to the bare JID of ``who``, and to none that undoes it.

    Where a client had done it before the order, by itself, that counts.  ``level`` is that of doing it at all.
    """
    contact = who(evidence.scene)
    sent = deeds(evidence, contact, order_number(evidence, do))
    right = [seen for seen in sent if seen.type == type_]
    others = sorted({seen.type or "" for seen in sent} - {type_})
    numbers = [seen.number for seen in sent]
    if right and _UNDOES[type_] in others:
        words = f"Told to {do}, the client sends both {type_!r} and {_UNDOES[type_]!r} to {contact}."
        return failed(level, words, Oracle.WIRE, *numbers)
    if right:
        return _as_ordered(do, contact, right, others)
    if any(seen.type == type_ for seen in deeds(evidence, contact)):
        return passed(f"The client had sent {type_!r} by itself, and sends no second one.")
    instead = f" It sends {' and '.join(map(repr, others))}." if others else ""
    words = f"Told to {do}, the client sends no presence of type {type_!r} to {contact}.{instead}"
    return failed(level, words, Oracle.WIRE, *numbers)


def _as_ordered(do: str, contact: str, right: list[Seen], others: list[str]) -> Finding:
    """What was ordered has been sent; more than that is seldom asked for and harms nobody."""
    type_, to, numbers = right[0].type, right[0].to, [seen.number for seen in right]
    if to != contact:
        words = f"The client sends {type_!r} to {to}, a resource, where subscriptions are between bare JIDs."
        return failed(Level.SHOULD, words, Oracle.WIRE, *numbers)
    if len(right) > 1:
        words = f"Told to {do} once, the client sends {type_!r} {len(right)} times."
        return failed(Level.SHOULD, words, Oracle.WIRE, *numbers)
    if others:
        words = f"Told to {do}, the client sends {type_!r} to {contact}, and {others[0]!r} too."
        return info(words, Oracle.WIRE, *numbers)
    return passed(f"The client sends one presence of type {type_!r} to {contact}.", Oracle.WIRE, *numbers)


def identified(evidence: Evidence, type_: str) -> Finding:
    """Whether what the client sends the newcomer has an id; a SHOULD."""
    sent = next((seen for seen in deeds(evidence, evidence.scene.newcomer) if seen.type == type_), None)
    if sent is None:
        return unsupported(f"The client sends no {type_!r}.")
    if not sent.id:
        return failed(Level.SHOULD, f"The client sends {type_!r} without an id.", Oracle.WIRE, sent.number)
    return passed(f"The client sends {type_!r} with the id {sent.id!r}.", Oracle.WIRE, sent.number)


def left_alone(evidence: Evidence, who: str, since: int | None, types: tuple[str, ...] = _DEEDS) -> Finding:
    """Whether the client sent ``who`` nothing of these types by itself; a SHOULD."""
    sent = [seen for seen in deeds(evidence, who, since) if seen.type in types]
    if sent:
        words = f"The client sends {sent[0].type!r} to {who} by itself."
        return failed(Level.SHOULD, words, Oracle.WIRE, *(seen.number for seen in sent))
    if types == _DEEDS:
        return passed(f"The client sends {who} nothing by itself that could change a subscription.")
    return passed(f"The client sends no {' or '.join(map(repr, types))} to {who} by itself.")


def kept_out(evidence: Evidence) -> Finding:
    """Whether the stranger, who has only sent a stanza, is not in the client's roster; a SHOULD."""
    stranger = evidence.scene.stranger
    if deeds(evidence, stranger):
        return info("The client has answered by itself, so the server may have an entry for the stranger.")
    there = appears(evidence, stranger)
    where = evidence.belief("after").where
    if there is None:
        return unseen("Who is in the client's roster")
    if there:
        return failed(
            Level.SHOULD, "The client tells a roster with the stranger in it, whom no push has put there.", where
        )
    return passed("The client tells a roster without the stranger.", where)


def _bare(address: str | None) -> str:
    """The bare JID of an address, empty where it is none."""
    try:
        return jid.parse(address or "").bare
    except JidError:
        return ""
