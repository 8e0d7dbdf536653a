"""The steps of which a case for servers is made, and the moves that most of them share.

A script is a generator: it yields steps, is sent what each gave, and never waits for a time.  A *line* is one
connection to the server under test, called by a label such as ``me``, ``me-2`` or ``contact``; the line of the
component is always :data:`COMPONENT`.  Who plays scripts is in :mod:`rosterkit.conformance.probing.play`.

Tests: ``tests/conformance/test_server_steps.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, NamedTuple, TypeAlias

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.script import Stuck
from rosterkit.conformance.server import stanzas
from rosterkit.wire.entering import Phase

__all__ = [
    "COMPONENT",
    "Await",
    "Enter",
    "Entered",
    "Fence",
    "Leave",
    "Look",
    "MayEnd",
    "Mute",
    "Remember",
    "Say",
    "Script",
    "Step",
    "Stuck",
    "asked",
    "fetched",
    "gone",
    "online",
    "told",
]

#: The label of the component's line; it is there from the beginning in every case that needs a component.
COMPONENT = "component"


class Entered(NamedTuple):
    """What :class:`Enter` gives: the full JID where a resource is bound, and the last stream features as text."""

    jid: str
    features: str


class Enter(NamedTuple):
    """Open a line under ``line`` for ``account`` (a bare JID) and go as far as ``upto``.  Gives :class:`Entered`.

    ``resource`` is asked for; without one the server chooses.  ``mechanism`` is the only one that is used for the
    login; without it the best that is offered is.  Raises :class:`Stuck` in the script where the server
    does not let it in.
    """

    line: str
    account: str
    upto: Phase = Phase.BOUND
    resource: str | None = None
    mechanism: str | None = None


class Say(NamedTuple):
    """Send ``xml`` on a line, as it is, under ``mark`` where there is one.  Gives the number of the entry before it.

    A mark begins a part of the play: judges ask what came after it and before the next one.  No two marks of a play
    are the same.
    """

    line: str
    xml: str
    mark: str = ""


class Fence(NamedTuple):
    """Wait until the server has done everything that it was told.

    On every line pings are sent and answered, in rounds, until a whole round has brought nothing else; at least three
    rounds, since what one line causes reaches another by way of the server's queues.
    """


class Await(NamedTuple):
    """Wait for a stanza on a line that ``match`` takes, among those after entry ``since``, by default the last mark.

    For what no ping can fence: the end of a connection that was cut.  Gives the first :class:`Seen`, or None where
    nothing of that has come in the server's time.
    """

    line: str
    match: Callable[[Seen], bool]
    since: int | None = None


class Look(NamedTuple):
    """Give what has come on a line after entry ``since``, as a list of :class:`Seen`; for scripts that go by it."""

    line: str
    since: int = 0


class Leave(NamedTuple):
    """End a line, under ``mark``: ``close`` ends the stream and waits for the server to end it too, ``cut`` breaks
    the connection off without a word.
    """

    line: str
    how: str = "close"
    mark: str = ""


class MayEnd(NamedTuple):
    """From here on the server may end this line: the case is about that."""

    line: str


class Mute(NamedTuple):
    """From here on nothing that comes on this line is answered by itself, neither pushes nor requests."""

    line: str


class Remember(NamedTuple):
    """Note ``what`` in the journal, as JSON."""

    what: dict[str, Any]


Step: TypeAlias = Enter | Say | Fence | Await | Leave | MayEnd | Mute | Remember | Look
Script: TypeAlias = Generator[Step, Any, Any]


def told(line: str, xml: str, mark: str = "") -> Script:
    """Say something, and go on when the server has done it.  Gives the number of the entry before it."""
    number = yield Say(line, xml, mark)
    yield Fence()
    return number


def asked(line: str, iq: str, mark: str) -> Script:
    """The same for an iq; the name says to who reads the script that an answer is wanted."""
    return (yield from told(line, iq, mark))


def fetched(line: str, mark: str, ver: str | None = None) -> Script:
    """The roster is asked for under ``mark``, which makes the line's resource interested."""
    yield from asked(line, stanzas.roster_get(mark, ver), mark)


def gone(line: str, full: str) -> Script:
    """Wait on ``line`` for the unavailable presence of a full JID whose stream has ended, which no ping fences."""
    yield Await(line, lambda seen: (seen.name, seen.type, seen.sender) == ("presence", "unavailable", full))


def online(
    line: str,
    account: str,
    *,
    roster: bool = True,
    presence: str | None = "<presence/>",
    resource: str | None = None,
    mark: str = "",
) -> Script:
    """A line of ``account`` is bound, asks for its roster and sends its presence.  Gives :class:`Entered`.

    The roster is asked for under the mark ``LINE-roster``; ``presence`` is sent under ``mark`` or ``LINE-presence``.
    """
    entered = yield Enter(line, account, Phase.BOUND, resource)
    if roster:
        yield from fetched(line, f"{line}-roster")
    if presence is not None:
        yield from told(line, presence, mark or f"{line}-presence")
    return entered
