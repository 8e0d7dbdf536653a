"""What the cases of RFC 6121 §2.6 share: requests with a version, and the copy of the roster that a client makes.

A client's copy is made of evidence alone: the answer to a request, and the pushes behind it.

Tests: ``tests/conformance/test_server_rosters_versions.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rosterkit.conformance.evidence import Seen, is_answer
from rosterkit.conformance.server.case import broken
from rosterkit.conformance.server.cases.rosters_judging import difference, quoted
from rosterkit.conformance.server.cases.rosters_steps import edited, friends
from rosterkit.conformance.server.evidence import Evidence, Held, held_of, is_push, pushed_item
from rosterkit.conformance.server.judging import there
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.stanzas import item
from rosterkit.conformance.server.steps import Enter, Leave, Look, Script, Stuck, fetched, online
from rosterkit.conformance.verdicts import Finding, Level

__all__ = [
    "FEATURE",
    "applied",
    "away",
    "came_whole",
    "entered",
    "interim",
    "is_current",
    "is_right",
    "named",
    "version_of",
    "with_pushes",
]

_NAMESPACE = "urn:xmpp:features:rosterver"
#: The stream feature by which a server offers versions (§2.6.1).
FEATURE = f"{{{_NAMESPACE}}}ver"
_FIRST = "rfc6121/2.6.2/first-time"


# Moves


def entered(line: str, account: str) -> Script:
    """A line of ``account`` is bound; Stuck where the server offers no versions."""
    features = (yield Enter(line, account)).features
    if _NAMESPACE not in features:
        raise Stuck("The server does not offer roster versioning.", unsupported=True)


def version_of(line: str, mark: str, ver: str = "") -> Script:
    """Ask for the roster with ``ver``, and give the version that comes; Stuck where none does."""
    yield from fetched(line, mark, ver)
    answers = filter(is_answer(mark), (yield Look(line)))
    version = next((answer.ver for answer in answers), None)
    if version is None:
        raise Stuck(f"The roster came without a version, so none can be used; see {_FIRST}.")
    return version


def named(people: People, count: int) -> Sequence[str]:
    """So many items, each with a name, as XML."""
    return [item(jid, f"Name {number}") for number, jid in enumerate(friends(people, count))]


def away(
    people: People, count: int, changes: Callable[[People], Script], before: Callable[[People], Script] | None = None
) -> Script:
    """A client gets a roster of ``count`` entries and leaves; there are ``changes``; it comes back with its version.

    The parts are ``cached``, then on the line ``back`` the request ``again``; ``truth`` is the roster by then.
    ``changes`` are made on the line ``me``, and so is what is done ``before`` the client gets the roster.
    """
    yield from online("me", people.me)
    for number, xml in enumerate(named(people, count)):
        yield from edited("me", f"entry-{number}", xml)
    if before is not None:
        yield from before(people)
    yield from entered("first", people.me)
    version = yield from version_of("first", "cached")
    yield Leave("first", mark="away")
    yield from changes(people)
    yield from fetched("me", "truth")
    yield from entered("back", people.me)
    yield from fetched("back", "again", version)


# The copy that a client makes


def _with(copy: Mapping[str, Held], push: Seen) -> Mapping[str, Held]:
    """A copy and what one push says of it."""
    said = pushed_item(push)
    others = {jid: held for jid, held in copy.items() if jid != said.jid}
    return others if said.subscription == "remove" else {**others, said.jid: said}


def with_pushes(copy: Mapping[str, Held], pushes: Sequence[Seen]) -> Mapping[str, Held]:
    """A copy that has taken pushes."""
    for push in pushes:
        copy = _with(copy, push)
    return copy


def applied(evidence: Evidence, line: str, mark: str, cached: Mapping[str, Held]) -> Mapping[str, Held] | None:
    """What a client has that held ``cached`` and takes what came behind a request; None where there is no result.

    A result without a query says that nothing has changed but what is pushed (§2.6.3).
    """
    answer = evidence.answer(mark)
    if answer is None or answer.type != "result":
        return None
    copy = cached
    for seen in evidence.came(line, mark):
        if seen.number == answer.number and seen.query is not None:
            copy = {one.get("jid") or "": held_of(one) for one in seen.items}
        elif is_push(seen):
            copy = _with(copy, seen)
    return copy


def came_whole(evidence: Evidence, mark: str) -> bool:
    """Whether the answer was the whole roster."""
    answer = evidence.answer(mark)
    return answer is not None and answer.type == "result" and answer.query is not None


def interim(evidence: Evidence, line: str, mark: str) -> list[Seen]:
    """The pushes that stand for the roster in the answer to a request; none where it came whole."""
    return [] if came_whole(evidence, mark) else evidence.pushes(line, mark)


# What is wrong


def is_right(
    evidence: Evidence, line: str, mark: str, cached: Mapping[str, Held], truth: str = "truth"
) -> Finding | None:
    """Whoever held ``cached`` and takes what came has the roster that there is."""
    copy, whole, answer = applied(evidence, line, mark, cached), evidence.roster(truth), evidence.answer(mark)
    if copy is None or whole is None:
        words = "A request for the roster got no result."
        return broken(Level.MUST, words, *there(answer))
    wrong = difference(copy, whole)
    if wrong is None:
        return None
    came = "the whole roster" if came_whole(evidence, mark) else f"{len(evidence.pushes(line, mark))} pushes"
    words = f"A client that presented its version got {came}, and has a wrong roster now: {wrong}."
    return broken(Level.MUST, words, *there(answer))


def is_current(evidence: Evidence, line: str, mark: str, ver: str | None = None) -> Finding | None:
    """Where nothing has changed, an empty result says so, and nothing is pushed (SHOULD)."""
    version = f"the version {quoted(ver)}" if ver is not None else "its version"
    if came_whole(evidence, mark):
        words = f"Nothing has changed since {version}, and the whole roster came."
        return broken(Level.SHOULD, words, *evidence.answers(mark)[:1])
    pushes = evidence.pushes(line, mark)
    if pushes:
        return broken(Level.SHOULD, f"Nothing has changed since {version}, and {len(pushes)} pushes came.", *pushes)
    return None
