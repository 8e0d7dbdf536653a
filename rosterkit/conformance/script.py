"""The steps of which a case's script is made, and the moves that most scripts share.

A script is a generator: it yields steps, is sent what each gave, and never waits for a time.  Who plays it is in
:mod:`rosterkit.conformance.runner.play`.

Tests: ``tests/conformance/test_script.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from rosterkit.conformance.evidence import Seen, is_roster_get
from rosterkit.conformance.orders import Order, Reply
from rosterkit.conformance.stanzas import push
from rosterkit.core.commands import Command

__all__ = [
    "Ask",
    "Await",
    "Break",
    "Do",
    "Fence",
    "Give",
    "Given",
    "Hold",
    "LogIn",
    "LoggedIn",
    "Release",
    "Remember",
    "Say",
    "Script",
    "Step",
    "Strike",
    "Stuck",
    "SwitchAccount",
    "Tell",
    "again",
    "expect",
    "obeyed",
    "online",
    "pushed",
]


class Stuck(Exception):
    """The case cannot go on, through nothing that its rule is about; the text is a sentence.

    ``unsupported`` says that the client, or what drives it, has shown not to have what the case needs; ``refused``
    that it has answered an order with an error.
    """

    def __init__(self, text: str, unsupported: bool = False, refused: bool = False) -> None:
        super().__init__(text)
        self.unsupported = unsupported
        self.refused = refused


class LoggedIn(NamedTuple):
    """What :class:`LogIn` gives: the session's label, its full JID, and the number of the entry that says so."""

    session: str
    full: str
    number: int


class LogIn(NamedTuple):
    """Wait until the client is logged in, in a session later than the last one.  Gives :class:`LoggedIn`.

    Raises :class:`Stuck` in the script where it does not come.
    """


class Await(NamedTuple):
    """Wait for a stanza of the current session that ``match`` takes, among those after entry ``since``.

    Gives the first :class:`Seen`, or None when the client does not send it in time or its connection is gone.
    ``since`` is by default the login.
    """

    match: Callable[[Seen], bool]
    since: int | None = None


class Say(NamedTuple):
    """Send ``xml`` to the client as it is, under ``mark``.  ``{full}`` in it becomes the session's full JID.

    Gives the number of the entry before it.
    """

    xml: str
    mark: str


class Do(NamedTuple):
    """Do ``command`` on the server, as somebody else's edit would; what it leads to stands under ``mark``.

    Gives the number of the entry before it.
    """

    command: Command
    mark: str


class Strike(NamedTuple):
    """Let a fault of the catalogue strike what is sent to the client from now on, as often as ``values`` say."""

    fault: str
    values: Mapping[str, Any] = MappingProxyType({})


class Hold(NamedTuple):
    """From now on keep what the client sends of one kind from the server: ``roster-get``, ``roster-set``, ``iq``.

    It is in the journal all the same.  In force until :class:`Release`.
    """

    kind: str


class Release(NamedTuple):
    """Keep nothing from the server any more; with ``pass_on`` it gets now what was kept from it."""

    pass_on: bool = True


class Fence(NamedTuple):
    """Wait until the client has handled everything that it was sent: it answers two pings, one after the other.

    Gives ``answered``, ``silent`` (no answer in time) or ``gone`` (its connection is gone).
    """


class Given(NamedTuple):
    """What :class:`Give` gives: the number of the entry before it, and what the program answered, if it does."""

    number: int
    reply: Reply | None


class Give(NamedTuple):
    """Let the program that drives the client do something.  Gives :class:`Given`.

    It has said that it is done, or could have.  Raises :class:`Stuck` (unsupported) where it takes no orders, or
    says that it cannot do this one.
    """

    order: Order


class Ask(NamedTuple):
    """Find out what the client believes, by the best oracle there is, and note it under ``mark``.

    ``about`` are the bare JIDs that matter.  Where the client must be made to edit something or to log in again,
    this changes what it is asked about, so it comes last in most scripts.
    """

    mark: str
    about: tuple[str, ...] = ()


class Tell(NamedTuple):
    """Let a command of its own tell the client's roster; gives it.  Raises :class:`Stuck` where there is none."""


class Remember(NamedTuple):
    """Note ``what`` in the journal, as JSON."""

    what: dict[str, Any]


class Break(NamedTuple):
    """End the client's connection: ``cut`` without a word, ``close`` with the end of the stream."""

    how: str = "close"


class SwitchAccount(NamedTuple):
    """Let the next login be one of the scene's ``second`` account, with what the client has stored."""


Step: TypeAlias = (
    LogIn | Await | Say | Do | Strike | Hold | Release | Fence | Give | Ask | Tell | Remember | Break | SwitchAccount
)
Script: TypeAlias = Generator[Step, Any, Any]


def online() -> Script:
    """The client logs in, asks for the roster, and has handled it.  Gives :class:`LoggedIn`."""
    login = yield LogIn()
    asked = yield Await(is_roster_get, login.number)
    if asked is None:
        raise Stuck("The client has logged in and never asked for the roster, so it gets no pushes.")
    yield Fence()
    return login


def again(how: str = "close") -> Script:
    """The client's connection ends, and it comes back as in :func:`online`."""
    yield Break(how)
    return (yield from online())


def pushed(mark: str, item: str, sender: str | None = None, ver: str | None = None, id_: str | None = None) -> Script:
    """A push with the markup ``item`` comes from ``sender``, and the client has handled it."""
    number = yield Say(push(item, id_ or f"push-{mark}", sender, ver), mark)
    yield Fence()
    return number


def expect(match: Callable[[Seen], bool], what: str, since: int | None = None) -> Script:
    """What the client must send before the case can be about anything; :class:`Stuck` where it does not."""
    seen = yield Await(match, since)
    if seen is None:
        raise Stuck(f"The client has not sent {what}.")
    return seen


def obeyed(do: str, **values: Any) -> Script:
    """An order is given, and whatever the client sends for it has come.  Gives the number of the entry before."""
    given = yield Give(Order(do, values))
    yield Fence()
    return given.number
