"""What the cases of RFC 6121 §2.6 share: sessions that follow each other, and what a judge reads of each.

Tests: ``tests/conformance/test_cases_versioning.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Final, NamedTuple

from rosterkit.conformance import stanzas
from rosterkit.conformance.beliefs import Belief, Said
from rosterkit.conformance.evidence import Evidence, Seen, is_roster_get
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import (
    Await,
    Break,
    Do,
    Fence,
    Hold,
    LogIn,
    Release,
    Remember,
    Say,
    Script,
    Stuck,
    online,
)
from rosterkit.conformance.stanzas import query, result
from rosterkit.conformance.verdicts import Finding, Level, Oracle, failed, inconclusive, passed
from rosterkit.core.commands import Command
from rosterkit.core.roster import Item

__all__ = [
    "AFTER",
    "AWAY",
    "SECOND",
    "THIRD",
    "UNVERSIONED",
    "Session",
    "Standing",
    "Wanted",
    "answered_whole",
    "away",
    "back",
    "believed",
    "came",
    "changes_of",
    "ended",
    "given",
    "held_back",
    "newcomer",
    "requests",
    "roster_of",
    "session",
    "standing",
    "unknown",
    "unseen",
]

#: The marks of a play: the client is sent away, it has come again, once more; what it believes at the end.
AWAY, SECOND, THIRD, AFTER = "away", "second login", "third login", "after"
#: What a client lacks that every sequence needs.
UNVERSIONED: Final = (
    "The client does not use roster versioning: the server offers it, and the client came again without a version."
)


# Moves


def away(*changes: Command) -> Script:
    """The client is sent away, and ``changes`` are made before it can be back.

    Nothing is pushed through a stream that is closing; one that is cut might still carry a push.
    """
    yield Remember({"mark": AWAY})
    yield Break()
    for number, change in enumerate(changes, 1):
        yield Do(change, f"change {number}")
    yield from ended()


def ended() -> Script:
    """The connection is gone at both ends."""
    yield Await(lambda _: False)


def came(mark: str, fence: bool = True) -> Script:
    """The client logs in and asks for the roster; gives the request.

    ``mark`` stands in the session.  Without ``fence`` the answer is still to come.
    """
    login = yield LogIn()
    yield Remember({"mark": mark})
    request = yield Await(is_roster_get, login.number)
    if request is None:
        raise Stuck("The client has logged in and not asked for its roster.")
    if fence:
        yield Fence()
    return request


def back(mark: str = SECOND, fence: bool = True) -> Script:
    """The same again, with a version; a client that presents none keeps no roster that has one."""
    request = yield from came(mark, fence)
    if not request.ver:
        raise Stuck(UNVERSIONED, unsupported=True)
    return request


def held_back(*changes: Command) -> Script:
    """The client comes back and its versioned request is kept from the server; gives the request."""
    yield from online()
    yield Hold("roster-get")
    yield from away(*changes)
    return (yield from back(fence=False))


def answered_whole(request: Seen, items: Iterable[Item], ver: str, mark: str) -> Script:
    """A request that was kept from the server is answered with a whole roster; later ones are the server's again."""
    yield Say(_whole(request, items, ver), mark)
    yield Release(pass_on=False)
    yield Fence()


def _whole(request: Seen, items: Iterable[Item], ver: str) -> str:
    """The markup of that answer."""
    return result(request.id or "", query("".join(map(stanzas.entry, items)), ver))


# What is to be read of it


class Session(NamedTuple):
    """One login: the request for the roster, the answer to it, and the pushes after that, withheld ones too."""

    request: Seen
    answer: Seen | None
    pushes: tuple[Seen, ...]

    @property
    def is_whole(self) -> bool:
        """Whether the client was sent a whole roster."""
        return self.answer is not None and self.answer.query is not None

    @property
    def reached(self) -> str:
        """The version of what the client has when it has taken everything."""
        sources = (*reversed(self.pushes), self.answer, self.request)
        return next((seen.ver for seen in sources if seen is not None and seen.ver), "")


def requests(evidence: Evidence, mark: str) -> list[Seen]:
    """The requests for the roster in the session in which ``mark`` stands."""
    label = next(seen.session for seen in evidence.steps("mark") if seen.step["mark"] == mark)
    return evidence.received(is_roster_get, session=label)


def session(evidence: Evidence, mark: str) -> Session:
    """The session in which ``mark`` stands, and in which the roster was asked for."""
    request = requests(evidence, mark)[0]
    label = request.session
    answer = evidence.result_of(request)
    later = evidence.after(answer.number if answer is not None else request.number)
    pushes = (seen for seen in later if seen.session == label and seen.direction == "out" and seen.kind == "push")
    return Session(request, answer, tuple(pushes))


class Standing(Enum):
    """What a version is that a client presents."""

    NONE = "none"
    LAST = "the last one that it was given"
    EARLIER = "one that it was given before"
    UNKNOWN = "one that it was never given"


def standing(evidence: Evidence, request: Seen) -> Standing:
    """What the version of a request is."""
    known = given(evidence, request.number)
    if not request.ver:
        return Standing.NONE
    if request.ver not in known:
        return Standing.UNKNOWN
    return Standing.LAST if request.ver == known[-1] else Standing.EARLIER


def given(evidence: Evidence, until: int) -> list[str]:
    """The versions that the server has given the account before entry ``until``, in their order.

    What somebody else has said, what was withheld and what broke off half-way gives none.
    """
    me = evidence.scene.me
    return [
        seen.ver
        for seen in evidence.seen
        if seen.number < until and seen.direction == "out" and seen.entry.account == me
        if not seen.entry.withheld and "cut" not in (seen.entry.fault or "").split(", ")
        if seen.sender in (None, me) and seen.ver
    ]


def unknown(request: Seen) -> Finding:
    """The case is about something else than a version that nobody has given."""
    return inconclusive(
        f"The client presents the version {request.ver!r}, which it was never given, so this case proves nothing; "
        "that is what 2.6.2/ver-as-received is about."
    )


class Wanted(NamedTuple):
    """Entries that the list has in the end, contacts that are not in it, and whom the case is ``about``."""

    present: tuple[Item, ...]
    absent: tuple[str, ...]
    about: tuple[str, ...]


def newcomer(scene: Scene) -> Item:
    """An entry that is not in the roster at first."""
    return Item(scene.newcomer, scene.name_of(scene.newcomer), (scene.groups[2],))


def roster_of(scene: Scene, *changed: Item, without: Iterable[str] = (), about: Iterable[str] = ()) -> Wanted:
    """The roster of the beginning with ``changed`` in it and ``without`` some; ``about`` these and any others."""
    change = changes_of(*changed, without=without)
    items = {entry.jid: entry for entry in (*scene.roster, *changed) if entry.jid not in change.absent}
    return Wanted(tuple(items.values()), change.absent, (*change.about, *about))


def changes_of(*changed: Item, without: Iterable[str] = ()) -> Wanted:
    """Only what has changed; what has become of everybody else is another case's matter."""
    gone = tuple(without)
    return Wanted(changed, gone, (*(entry.jid for entry in changed), *gone))


def believed(evidence: Evidence, wanted: Wanted, ver: str, words: str) -> Finding:
    """Whether the client has what is ``wanted``; ``words`` is what to say where it has.

    A client of which nothing else can be seen shows it by presenting ``ver``; where it is empty no version shows it.
    """
    belief = evidence.belief(AFTER)
    if belief.oracle is Oracle.VER and ver and belief.ver == ver:
        return passed("At its next login the client presents the version of the roster as it should be.", Oracle.VER)
    wrong = list(_wrong(belief, wanted))
    if wrong:
        return failed(Level.MUST, f"The client {' and '.join(wrong[:3])}.", belief.where)
    if belief.whole or (wanted.about and all(belief.knows(contact) is not None for contact in wanted.about)):
        return passed(words, belief.where)
    return unseen()


def _wrong(belief: Belief, wanted: Wanted) -> Iterator[str]:
    """What is not as it should be, each as what follows "The client"."""
    for entry in wanted.present:
        if belief.knows(entry.jid) is False:
            yield f"does not have {entry.jid}"
        elif belief.took(Said(entry.jid, entry.name, entry.groups, entry.subscription, None)) is False:
            yield f"has {entry.jid} otherwise than the server"
    for contact in wanted.absent:
        if belief.knows(contact):
            yield f"still has {contact}"


def unseen() -> Finding:
    """Nothing but the client itself could tell."""
    return inconclusive("What is in the client's list cannot be seen: it would have to tell its roster.")
