"""What a scenario can ask of somebody who uses an XMPP library, whichever library it is.

The scenarios (``*_behaviour.py``) know only this file; ``slixmpp_person.py`` and ``aioxmpp_person.py`` translate it
into calls and events of the unmodified libraries.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection
from typing import NamedTuple, TypeVar

T = TypeVar("T")

#: Seconds in which something must have happened; only a failure ever waits so long.
DEADLINE = 10.0


class Account(NamedTuple):
    """A bare JID that the server knows, and its password."""

    jid: str
    password: str


class Place(NamedTuple):
    """Where the server listens for STARTTLS, and the file that holds the certificate to trust."""

    host: str
    port: int
    ca_file: str


class Contact(NamedTuple):
    """One roster entry as the library tells it; ``asked`` and ``approved`` are the marks of RFC 6121 2.1.2."""

    name: str = ""
    groups: frozenset[str] = frozenset()
    subscription: str = "none"
    asked: bool = False
    approved: bool = False


class Arrived(NamedTuple):
    """A presence stanza that arrived; ``kind`` is its type, or ``available``."""

    kind: str
    sender: str
    show: str = ""
    status: str = ""


class LoginRefusedError(Exception):
    """The login ended without a session; the text has the SASL condition, or the word certificate."""


class Person(ABC):
    """One resource of an account, driven through a library.

    What arrives is kept in order and wakes :meth:`until`; nothing is answered except by the library itself.
    """

    library: str

    def __init__(self, account: Account, resource: str, place: Place) -> None:
        self.account = account
        self.jid = account.jid
        self.full_jid = f"{account.jid}/{resource}"
        self.place = place
        self.presences: list[Arrived] = []
        #: (full JID, body) of every chat message.
        self.messages: list[tuple[str, str]] = []
        self._news = asyncio.Event()
        self._letters = 0

    # Waiting

    async def until(self, check: Callable[[], T], expected: str) -> T:
        """Wait until ``check()`` is true and give what it gives; else fail, saying what was ``expected``."""
        try:
            async with asyncio.timeout(DEADLINE):
                while not (value := check()):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            seen = f"roster {self.roster()}, presences {self.presences}, messages {self.messages}"
            raise AssertionError(f"{self.full_jid} ({self.library}) did not see {expected}, but {seen}") from None
        return value

    def woken(self, *_: object) -> None:
        """Make everybody who waits look again."""
        self._news.set()

    async def sees(self, kind: str, sender: str, status: str | None = None) -> Arrived:
        """Wait for a presence of this kind from this exact sender (with this status), and give the first."""
        return await self.until(
            lambda: next(iter(self.arrived(kind, sender, status)), None), f"{kind} presence from {sender}"
        )

    async def has(self, jid: str, contact: Contact) -> None:
        """Wait until the roster's entry for ``jid`` is exactly ``contact``."""
        await self.until(lambda: self.roster().get(jid) == contact, f"{jid} as {contact}")

    async def lacks(self, jid: str) -> None:
        """Wait until the roster has no entry for ``jid``."""
        await self.until(lambda: jid not in self.roster(), f"no entry for {jid}")

    async def reaches(self, other: Person) -> None:
        """Send a message to ``other`` and wait for it: whatever the server owed ``other`` before has arrived too."""
        self._letters += 1
        letter = (self.full_jid, f"letter {self._letters}")
        self.say(other.full_jid, letter[1])
        await other.until(lambda: letter in other.messages, f"a message from {self.full_jid}")

    def arrived(self, kind: str, sender: str, status: str | None = None) -> list[Arrived]:
        """Give every presence of this kind from this exact sender (with this status), in order."""
        return [
            presence
            for presence in self.presences
            if (presence.kind, presence.sender) == (kind, sender) and status in (None, presence.status)
        ]

    def heard_of(self, jid: str) -> list[Arrived]:
        """Give every presence from a bare JID or any of its resources, in order."""
        return [presence for presence in self.presences if presence.sender.split("/")[0] == jid]

    # What a library does

    @abstractmethod
    async def log_in(self, *, presence: bool = True) -> None:
        """Connect, get the roster and (unless told otherwise) become available; raise :class:`LoginRefusedError`."""

    @abstractmethod
    async def log_out(self) -> None:
        """End the session with a closed stream; no presence is sent for it. Nothing to do without a session."""

    @abstractmethod
    def cut(self) -> None:
        """Lose the connection without a word."""

    @abstractmethod
    def mechanism(self) -> str:
        """Give the SASL mechanism of the login."""

    @abstractmethod
    def tls_version(self) -> str:
        """Give the version of TLS in use, such as ``TLSv1.3``."""

    @abstractmethod
    def bound_jid(self) -> str:
        """Give the full JID that the server bound."""

    @abstractmethod
    def roster(self) -> dict[str, Contact]:
        """Give the roster as results and pushes made it, by bare JID."""

    @abstractmethod
    async def add(self, jid: str, name: str = "", groups: Collection[str] = ()) -> None:
        """Make or change an entry, and wait for the result; raise :class:`SetRefusedError`."""

    @abstractmethod
    async def rename(self, jid: str, name: str) -> None:
        """Change the name alone."""

    @abstractmethod
    async def regroup(self, jid: str, groups: Collection[str]) -> None:
        """Change the groups alone."""

    @abstractmethod
    async def remove(self, jid: str) -> None:
        """Remove an entry, and wait for the result."""

    @abstractmethod
    def subscribe(self, jid: str, text: str = "") -> None:
        """Ask to see the presence of ``jid``."""

    @abstractmethod
    def approve(self, jid: str) -> None:
        """Let ``jid`` see one's presence, now or (before it asks) when it will ask."""

    @abstractmethod
    def deny(self, jid: str) -> None:
        """Refuse the request of ``jid``, or take back what was approved."""

    @abstractmethod
    def unsubscribe(self, jid: str) -> None:
        """Give up seeing the presence of ``jid``."""

    @abstractmethod
    def announce(self, show: str = "", status: str = "") -> None:
        """Become available, or change the way of being it."""

    @abstractmethod
    def leave(self) -> None:
        """Become unavailable and stay connected."""

    @abstractmethod
    def announce_to(self, jid: str, status: str) -> None:
        """Send directed presence."""

    @abstractmethod
    def resources_of(self, jid: str) -> dict[str, tuple[str, str]]:
        """Give (show, status) of every available resource of a bare JID, as the library keeps them."""

    @abstractmethod
    def say(self, jid: str, text: str) -> None:
        """Send a chat message."""


class SetRefusedError(Exception):
    """The server refused a roster set; the text is the error's condition."""
