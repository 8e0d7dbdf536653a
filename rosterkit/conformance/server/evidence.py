"""What judges of servers look at: the journal of one play, by lines and by marks.

``in`` is what came from the server and ``out`` what the tester said.  Everything here is read from entries of a
journal, so a play can be judged again from its transcript.

Tests: ``tests/conformance/test_server_evidence.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from lxml.etree import _Element

from rosterkit.conformance.evidence import CASE, Seen, groups_of, is_answer
from rosterkit.conformance.server.people import People
from rosterkit.core.journal import Entry
from rosterkit.wire.names import CLIENT

__all__ = [
    "Evidence",
    "Held",
    "bare",
    "body_of",
    "evidence_of",
    "held_of",
    "is_any_answer",
    "is_push",
    "is_stanza",
    "pushed_item",
]


class Held(NamedTuple):
    """A roster item as the server shows it; ``subscription`` is ``none`` where it says nothing."""

    jid: str
    name: str | None
    groups: tuple[str, ...]
    subscription: str
    ask: bool
    approved: bool

    @property
    def state(self) -> tuple[str, bool]:
        """What it shows of the subscription: its value, and whether a request of the user's is open."""
        return self.subscription, self.ask


def held_of(item: _Element) -> Held:
    """An item of a result or a push."""
    return Held(
        item.get("jid") or "",
        item.get("name"),
        groups_of(item),
        item.get("subscription") or "none",
        item.get("ask") == "subscribe",
        item.get("approved") in ("true", "1"),
    )


def bare(address: str | None) -> str:
    """The bare JID of an address, in small letters; empty where there is none."""
    return (address or "").partition("/")[0].lower()


# What a stanza is


def is_stanza(seen: Seen) -> bool:
    """A message, presence or an iq."""
    return seen.name in ("iq", "presence", "message")


def is_push(seen: Seen) -> bool:
    """A roster push."""
    return seen.name == "iq" and seen.type == "set" and seen.query is not None


def is_any_answer(seen: Seen) -> bool:
    """A result or an error, whatever it answers."""
    return seen.name == "iq" and seen.type in ("result", "error")


def body_of(seen: Seen) -> str | None:
    """The text of the first body of a message."""
    return seen.element.findtext(f"{{{CLIENT}}}body") if seen.element is not None else None


def pushed_item(seen: Seen) -> Held:
    """The first item of a push."""
    return held_of(seen.items[0]) if seen.items else Held("", None, (), "none", False, False)


def evidence_of(people: People, entries: Iterable[Entry]) -> Evidence:
    """The evidence that a journal's entries are."""
    return Evidence(people, map(Seen, entries))


class Evidence:
    """A whole play: ``people`` says who is who, ``seen`` is every entry in its order."""

    def __init__(self, people: People, seen: Iterable[Seen]) -> None:
        self.people = people
        self.seen: Sequence[Seen] = list(seen)
        self._notes = [seen for seen in self.seen if seen.kind == CASE]
        self._marks = {seen.step["mark"]: seen.number for seen in self._notes if "mark" in seen.step}

    # The play's own steps

    def steps(self, key: str) -> Iterator[Seen]:
        """The notes of the play that have ``key``."""
        return (seen for seen in self._notes if key in seen.step)

    def mark(self, name: str) -> int | None:
        """The number of the note of a mark; None where the play did not come to it."""
        return self._marks.get(name)

    def stuck(self) -> Seen | None:
        """Why the script could not go on, where it could not."""
        return next(self.steps("stuck"), None)

    def ended(self) -> Seen | None:
        """The note of the end of a line that the server ended though no step allowed it."""
        allowed = {seen.session for key in ("left", "may_end") for seen in self.steps(key)}
        return next((seen for seen in self.steps("over") if seen.session not in allowed), None)

    def silence(self) -> Seen | None:
        """The note of a fence to which the server gave no answer in time, on a line that is still open."""
        return next((seen for seen in self.steps("fence") if seen.step["fence"] == "silent"), None)

    def jid(self, line: str) -> str:
        """The full JID that was bound on a line; empty where none was."""
        return next((seen.step["entered"] for seen in self.steps("entered") if seen.session == line), "")

    def has_feature(self, line: str, tag: str) -> bool:
        """Whether the last stream features on a line have a child with this ``{namespace}name``."""
        offered = [seen for seen in self.seen if seen.session == line and seen.direction == "in"]
        features = [seen for seen in offered if seen.name.endswith("features") and seen.element is not None]
        return bool(features) and any(child.tag == tag for child in features[-1].element)  # type: ignore[union-attr]

    # Stanzas

    def part(self, mark: str, until: str | None = None) -> Iterator[Seen]:
        """The entries of one part of the play: after ``mark``, before the next mark or the one called ``until``."""
        begin = self._marks.get(mark)
        if begin is None:
            return iter(())
        later = [number for name, number in self._marks.items() if number > begin and until in (None, name)]
        end = min(later, default=None)
        return (seen for seen in self.seen if seen.number > begin and (end is None or seen.number < end))

    def came(
        self,
        line: str,
        mark: str,
        match: Callable[[Seen], bool] | None = None,
        until: str | None = None,
    ) -> list[Seen]:
        """The stanzas that the server sent on a line in a part of the play; those that ``match`` takes, in order."""
        return [
            seen
            for seen in self.part(mark, until)
            if seen.session == line and seen.direction == "in" and is_stanza(seen) and (match is None or match(seen))
        ]

    def said(self, mark: str) -> Seen | None:
        """What was said under a mark; None where nothing was."""
        return next((seen for seen in self.part(mark) if seen.direction == "out"), None)

    def answers(self, mark: str) -> list[Seen]:
        """The results and errors to the iq that was said under a mark, whenever they came."""
        said = self.said(mark)
        if said is None:
            return []
        match = is_answer(said.id)
        return [
            seen
            for seen in self.seen
            if seen.number > said.number and seen.session == said.session and seen.direction == "in" and match(seen)
        ]

    def answer(self, mark: str) -> Seen | None:
        """The first of them."""
        return next(iter(self.answers(mark)), None)

    def pushes(self, line: str, mark: str, jid: str | None = None, until: str | None = None) -> list[Seen]:
        """The roster pushes on a line in a part of the play; those about ``jid`` where it is given."""
        pushes = self.came(line, mark, is_push, until)
        return [seen for seen in pushes if jid is None or any(item.get("jid") == jid for item in seen.items)]

    def presences(
        self, line: str, mark: str, type_: str | None = "*", sender: str | None = None, until: str | None = None
    ) -> list[Seen]:
        """The presence stanzas on a line in a part of the play.

        ``type_`` is None for available presence and ``*`` for any; ``sender`` is a full JID, or a bare one that
        stands for all its resources.
        """

        def wanted(seen: Seen) -> bool:
            if seen.name != "presence" or type_ not in ("*", seen.type):
                return False
            return sender is None or sender in (seen.sender, (seen.sender or "").partition("/")[0])

        return self.came(line, mark, wanted, until)

    def roster(self, mark: str) -> Mapping[str, Held] | None:
        """The items of the answer to a request for the roster under a mark, by JID; None where there is no result."""
        answer = self.answer(mark)
        if answer is None or answer.type != "result":
            return None
        return {item.get("jid") or "": held_of(item) for item in answer.items}

    def held(self, mark: str, jid: str) -> Held | None:
        """The entry of a contact in that; None where it has none, or there is no result."""
        return (self.roster(mark) or {}).get(jid)

    def version(self, mark: str) -> str | None:
        """The version of the roster in the answer to what was asked under a mark."""
        answer = self.answer(mark)
        return answer.ver if answer is not None else None
