"""What judges look at: the journal of one play, its stanzas parsed, and what was noted of the case's own steps.

Everything here is read from entries of a journal, so a play can be judged again from its transcript.

Tests: ``tests/conformance/test_evidence.py``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

from lxml.etree import _Element

from rosterkit.conformance.beliefs import UNSEEN, Belief, Said, as_edited, as_presented, as_reported
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.verdicts import Oracle
from rosterkit.core.journal import Entry
from rosterkit.core.roster import NAMESPACE as ROSTER
from rosterkit.wire.names import CLIENT, STANZA_ERRORS
from rosterkit.wire.patterns import parse_entry

__all__ = [
    "CASE",
    "Evidence",
    "Seen",
    "evidence_of",
    "groups_of",
    "is_answer",
    "is_iq",
    "is_presence",
    "is_roster_get",
    "is_roster_set",
    "is_subscription",
    "said_of",
]

#: The kind under which a play's own steps stand in the journal: a note whose text is a JSON object.
CASE = "case"
_QUERY, _ITEM, _GROUP = (f"{{{ROSTER}}}{name}" for name in ("query", "item", "group"))


class Seen:
    """One entry of the journal and what is in it.

    ``name`` is ``iq``, ``presence`` or ``message``, the element's tag for anything else that passed, and empty for a
    note.  ``type``, ``id``, ``to`` and ``sender`` are the stanza's attributes, None where absent.  ``step`` is what a
    play noted, empty for everything else.
    """

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        self.number = entry.number
        self.session = entry.session
        self.direction = entry.direction
        self.kind = entry.kind

    @cached_property
    def element(self) -> _Element | None:
        """The stanza; None for notes, and for what is not one whole element."""
        return parse_entry(self.entry.data) if self.entry.data else None

    @cached_property
    def name(self) -> str:
        """See the class."""
        return "" if self.element is None else self.element.tag.removeprefix(f"{{{CLIENT}}}")

    @property
    def type(self) -> str | None:
        """The attribute."""
        return self._get("type")

    @property
    def id(self) -> str | None:
        """The attribute."""
        return self._get("id")

    @property
    def to(self) -> str | None:
        """The attribute."""
        return self._get("to")

    @property
    def sender(self) -> str | None:
        """The attribute ``from``."""
        return self._get("from")

    @cached_property
    def step(self) -> dict[str, Any]:
        """See the class."""
        return json.loads(self.entry.text) if self.kind == CASE else {}

    @cached_property
    def payload(self) -> _Element | None:
        """The first child of the stanza."""
        return next(iter(self.element), None) if self.element is not None else None

    @property
    def query(self) -> _Element | None:
        """The roster query in the stanza."""
        return self.element.find(_QUERY) if self.element is not None else None

    @property
    def ver(self) -> str | None:
        """The ``ver`` of the roster query."""
        return self.query.get("ver") if self.query is not None else None

    @property
    def items(self) -> list[_Element]:
        """The items of the roster query."""
        return self.query.findall(_ITEM) if self.query is not None else []

    @property
    def condition(self) -> str:
        """The defined condition of an error stanza; empty where there is none."""
        error = self.element.find(f"{{{CLIENT}}}error") if self.element is not None else None
        children = (str(child.tag).rpartition("}") for child in (error if error is not None else ()))
        return next((name for space, _, name in children if space[1:] == STANZA_ERRORS and name != "text"), "")

    def _get(self, name: str) -> str | None:
        return self.element.get(name) if self.element is not None else None

    def __repr__(self) -> str:
        return f"<Seen {self.number} {self.direction} {self.entry.data[:80]!r}{self.entry.text[:80]}>"


# What a stanza of the client is


def is_iq(seen: Seen) -> bool:
    """An iq."""
    return seen.name == "iq"


def is_roster_get(seen: Seen) -> bool:
    """A request for the roster."""
    return seen.name == "iq" and seen.type == "get" and seen.query is not None


def is_roster_set(seen: Seen) -> bool:
    """An edit of the roster."""
    return seen.name == "iq" and seen.type == "set" and seen.query is not None


def is_presence(seen: Seen) -> bool:
    """Presence that says that the client is available, to everybody."""
    return seen.name == "presence" and seen.type is None and seen.to is None


def is_subscription(type_: str) -> Callable[[Seen], bool]:
    """A presence stanza of this type, such as ``subscribed``."""
    return lambda seen: seen.name == "presence" and seen.type == type_


def is_answer(id_: str | None) -> Callable[[Seen], bool]:
    """A result or an error with this id."""
    return lambda seen: seen.name == "iq" and seen.type in ("result", "error") and seen.id == id_


# Items as values


def groups_of(item: _Element) -> tuple[str, ...]:
    """The groups of a roster item, in their order."""
    return tuple(group.text or "" for group in item.iterfind(_GROUP))


def said_of(item: _Element, ver: str | None) -> Said:
    """What a roster item says, in a stanza with this version."""
    return Said(item.get("jid") or "", item.get("name"), groups_of(item), item.get("subscription"), ver)


def evidence_of(scene: Scene, entries: Iterable[Entry]) -> Evidence:
    """The evidence that a journal's entries are."""
    return Evidence(scene, map(Seen, entries))


class Evidence:
    """A whole play: ``scene`` says who is who, ``seen`` is every entry in its order."""

    def __init__(self, scene: Scene, seen: Iterable[Seen]) -> None:
        self.scene = scene
        self.seen: Sequence[Seen] = list(seen)
        self._notes = [seen for seen in self.seen if seen.kind == CASE]

    # The play's own steps

    def steps(self, key: str) -> Iterator[Seen]:
        """The notes of the play that have ``key``."""
        return (seen for seen in self._notes if key in seen.step)

    def mark(self, name: str) -> int | None:
        """The number of the entry that says that something was done under this mark; None where it was not."""
        return next((seen.number for seen in self.steps("mark") if seen.step["mark"] == name), None)

    def logins(self) -> list[Seen]:
        """Every login, by the note of it: ``session`` is the label, ``step["login"]`` the full JID."""
        return list(self.steps("login"))

    def stuck(self) -> Seen | None:
        """Why the script could not go on, where it could not."""
        return next(self.steps("stuck"), None)

    def dropout(self) -> Seen | None:
        """The note of the end of a session that the client ended, or that broke, without the tester's doing.

        Where a script has noted ``may_leave``, the client may end its session.
        """
        broken = {seen.session for key in ("broke", "may_leave") for seen in self.steps(key)}
        if any(seen.step["strike"] == "cut" for seen in self.steps("strike")):
            broken |= {seen.session for seen in self.seen if "cut" in (seen.entry.fault or "").split(", ")}
        return next((seen for seen in self.steps("lost") if seen.session not in broken), None)

    def silence(self) -> Seen | None:
        """The note of a fence that was not answered, by a client that had answered one in that session and went on to
        answer none.
        """
        last: dict[str | None, Seen] = {}
        answered: set[str | None] = set()
        for seen in self.steps("fence"):
            last[seen.session] = seen
            if seen.step["fence"] == "answered":
                answered.add(seen.session)
        return next((one for one in last.values() if one.step["fence"] == "silent" and one.session in answered), None)

    # Stanzas

    def after(self, number: int | None) -> Iterator[Seen]:
        """Every entry after ``number``; all where it is None."""
        return (seen for seen in self.seen if seen.number > (number or 0))

    def received(
        self, match: Callable[[Seen], bool], since: int | None = None, session: str | None = None
    ) -> list[Seen]:
        """What the client sent and ``match`` takes, after entry ``since``, in one session where it is given."""
        return [
            seen
            for seen in self.after(since)
            if seen.direction == "in" and session in (None, seen.session) and match(seen)
        ]

    def said(self, mark: str) -> Seen | None:
        """The stanza that was sent under a mark: the first after it in its session; None where none was."""
        noted = next((seen for seen in self.steps("mark") if seen.step["mark"] == mark), None)
        if noted is None:
            return None
        later = (seen for seen in self.after(noted.number) if seen.session == noted.session)
        return next((seen for seen in later if seen.direction == "out" and seen.kind != "stream"), None)

    def pushes(self, mark: str, until: str) -> list[Seen]:
        """The pushes between two marks."""
        first, last = self.mark(mark), self.mark(until)
        if first is None or last is None:
            return []
        between = (seen for seen in self.after(first) if seen.number < last and seen.direction == "out")
        return [seen for seen in between if seen.type == "set" and seen.items]

    def answers(self, mark: str) -> list[Seen]:
        """The client's results and errors to what was said under a mark."""
        said = self.said(mark)
        if said is None:
            return []
        return self.received(is_answer(said.id), said.number, said.session)

    def meanwhile(self, mark: str) -> list[Seen]:
        """What the client sent in answer to what was done under a mark: up to the end of the fence behind it."""
        number = self.mark(mark)
        if number is None:
            return []
        until = next((seen.number for seen in self.steps("fence") if seen.number > number), None)
        return [
            seen for seen in self.after(number) if seen.direction == "in" and (until is None or seen.number < until)
        ]

    def asked_for_roster(self) -> list[Seen]:
        """The first roster get of each session, in order."""
        firsts: dict[str | None, Seen] = {}
        for seen in self.received(is_roster_get):
            firsts.setdefault(seen.session, seen)
        return list(firsts.values())

    def result_of(self, request: Seen) -> Seen | None:
        """What the client was answered to a request of its own."""
        match = is_answer(request.id)
        return next(
            (
                seen
                for seen in self.after(request.number)
                if seen.direction == "out" and seen.session == request.session and match(seen)
            ),
            None,
        )

    @property
    def versions(self) -> bool:
        """Whether the client has shown to know roster versioning: some request for the roster had a ``ver``."""
        return any(seen.ver is not None for seen in self.received(is_roster_get))

    # Beliefs

    def belief(self, mark: str) -> Belief:
        """What the client believes, as it was found out under ``mark``; one that knows nothing where it was not."""
        note = next((seen for seen in self.steps("belief") if seen.step["belief"]["mark"] == mark), None)
        if note is None:
            return UNSEEN
        told = note.step["belief"]
        if told["oracle"] == "report":
            return as_reported(told["roster"], told.get("requests"))
        between = [seen for seen in self.after(told["since"]) if seen.number < note.number]
        if told["oracle"] == "edit":
            edits = self._edits(between)
            edits |= {jid: {"name": None, "groups": []} for jid in told.get("unknown", ())}
            return as_edited(edits, told["group"])
        if told["oracle"] == "ver":
            asked = [seen for seen in between if seen.direction == "in" and is_roster_get(seen)]
            return as_presented(asked[0].ver if asked else None)
        return UNSEEN

    def sight(self, mark: str = "after") -> Belief:
        """The same, where the client shows how it has read something: a version shows only that it has taken it."""
        belief = self.belief(mark)
        return UNSEEN if belief.oracle is Oracle.VER else belief

    def believes_what_it_was_told_again(self) -> bool:
        """Whether the client has asked for its roster again, and believes just what the server itself said then.

        The server knows nothing of what a case has said in its name.  What it has pushed since counts too.
        """
        note = next((seen for seen in reversed(self._notes) if "belief" in seen.step), None)
        begun = next((seen.number for seen in self.steps("mark")), None)
        if note is None or begun is None:
            return False
        until = note.step["belief"]["since"] or note.number
        told = [seen for seen in self.after(begun) if seen.number < until and seen.direction == "out"]
        told = [seen for seen in told if seen.query is not None and seen.sender in (None, self.scene.me)]
        again = next((seen for seen in reversed(told) if self._asked_again(seen)), None)
        last = [seen for seen in told if again is not None and seen.number >= again.number]
        if not last or any(seen.entry.fault for seen in last):
            return False
        said = {entry.jid: entry for seen in last for entry in (said_of(item, None) for item in seen.items)}
        there = [entry for entry in said.values() if entry.subscription != "remove"]
        return self.belief(note.step["belief"]["mark"]).equals(there)

    def _asked_again(self, result: Seen) -> bool:
        """Whether a result answers a request for the roster that is not the first of its session."""
        asked = [
            seen.id for seen in self.received(is_roster_get, session=result.session) if seen.number < result.number
        ]
        return result.type == "result" and result.id in asked[1:]

    def told(self, mark: str) -> list[dict[str, Any]] | None:
        """The entries in the order in which the client has told them under a mark; None where it has not."""
        notes = (seen.step["belief"] for seen in self.steps("belief"))
        return next((note.get("roster") for note in notes if note["mark"] == mark), None)

    def took(self, belief: Belief, mark: str) -> bool | None:
        """Whether ``belief`` holds what the push under ``mark`` said; None where it cannot be told."""
        said = self.said(mark)
        return belief.took(said_of(said.items[0], said.ver)) if said is not None and said.items else None

    def took_each(self, belief: Belief, stanza: Seen | None) -> bool | None:
        """Whether ``belief`` holds every item of a stanza, as far as that can be seen; None where nothing can."""
        took = [belief.took(said_of(item, stanza.ver)) for item in stanza.items] if stanza is not None else []
        return False if False in took else True in took or None

    @staticmethod
    def _edits(between: Iterable[Seen]) -> dict[str, dict[str, Any]]:
        sets = [seen for seen in between if seen.direction == "in" and is_roster_set(seen)]
        return {
            item.get("jid", ""): {"name": item.get("name"), "groups": list(groups_of(item))}
            for seen in sets
            for item in seen.items
        }
