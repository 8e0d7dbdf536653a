"""A second reading of RFC 6121 §3 and XEP-0191, to hold the rules against: no nine states, but two halves of three.

Each account keeps, for each contact, what it *wants* (nothing, ask, to) and what it *grants* (nothing, pending,
from).  The halves know nothing of each other; the nine states are their pairs.  Everything between accounts of one
network arrives at once.  Shares no code with :mod:`rosterkit.core`.
"""

from __future__ import annotations

from collections.abc import Iterable

#: What a client can see of an entry: name, groups, subscription, ask, approved.
Shown = tuple[str | None, frozenset[str], str, bool, bool]

#: Name and groups of an entry that nobody has named.
_PLAIN: tuple[str | None, frozenset[str]] = (None, frozenset())


class Book:
    """What one account holds of its contacts, all by bare JID."""

    def __init__(self) -> None:
        self.entries: dict[str, tuple[str | None, frozenset[str]]] = {}
        self.wants: dict[str, str] = {}
        self.grants: dict[str, str] = {}
        self.approved: set[str] = set()

    def visible(self) -> dict[str, Shown]:
        """The roster as its owner's clients see it."""
        return {contact: self._shown(contact) for contact in self.entries}

    def requests(self) -> set[str]:
        """Whose requests wait for an answer."""
        return {contact for contact, grant in self.grants.items() if grant == "pending"}

    def list(self, contact: str) -> None:
        """Make an entry of whoever has to show: all but a request that waits (§3.1.3)."""
        if contact in self.wants or self.grants.get(contact) == "from" or contact in self.approved:
            self.entries.setdefault(contact, _PLAIN)

    def _shown(self, contact: str) -> Shown:
        sees, seen = self.wants.get(contact) == "to", self.grants.get(contact) == "from"
        subscription = "both" if sees and seen else "to" if sees else "from" if seen else "none"
        asks = self.wants.get(contact) == "ask"
        return (*self.entries[contact], subscription, asks, contact in self.approved)


class Network:
    """The books of all accounts of one network; contacts elsewhere have none."""

    def __init__(self, accounts: Iterable[str], pre_approval: bool) -> None:
        self.books = {account: Book() for account in accounts}
        self.blocked: dict[str, set[str]] = {}
        self._pre_approval = pre_approval

    def seers(self) -> set[tuple[str, str]]:
        """Everybody whose presence somebody may see, as (watched, watcher)."""
        return {(me, it) for me, book in self.books.items() for it, grant in book.grants.items() if grant == "from"}

    def send(self, me: str, kind: str, contact: str) -> None:
        """A client of ``me`` sends a subscription stanza; to oneself or somebody blocked it means nothing."""
        if self.blocks(me, contact):
            return
        if contact != me and getattr(self, f"_{kind}")(self.books[me], contact):
            self.arrive(contact, kind, me)
        self.books[me].list(contact)

    def arrive(self, me: str, kind: str, sender: str) -> None:
        """A subscription stanza reaches ``me``, who need not exist."""
        book = self.books.get(me)
        if book is None or me == sender or self.blocks(me, sender):
            return
        if kind == "subscribe" and sender in book.approved | self._seers_of(book):
            book.grants[sender] = "from"
            self.arrive(sender, "subscribed", me)
        elif kind == "subscribe":
            book.grants[sender] = "pending"
        elif kind == "unsubscribe":
            book.grants.pop(sender, None)
        elif kind == "unsubscribed":
            book.wants.pop(sender, None)
        elif sender in book.wants:
            book.wants[sender] = "to"
        book.list(sender)

    def set(self, me: str, contact: str, name: str | None, groups: frozenset[str]) -> None:
        """A roster set that is good; the own account is refused."""
        if contact != me:
            self.books[me].entries[contact] = (name, groups)

    def remove(self, me: str, contact: str) -> None:
        """A roster set that removes; what is not listed stays as it is (§2.5.3)."""
        book = self.books[me]
        if contact in book.entries:
            del book.entries[contact]
            self._part(me, book, contact)

    def come(self, me: str) -> None:
        """A resource becomes available: its server probes, and learns whom it no longer sees (§4.3.2)."""
        for contact in list(self.books[me].wants):
            self._probe(me, contact)

    def blocks(self, me: str, other: str) -> bool:
        """Whether ``me`` has blocked the bare JID ``other`` or its domain (XEP-0191 §6)."""
        return me != other and not self.blocked.get(me, set()).isdisjoint({other, other.partition("@")[2]})

    def block(self, me: str, other: str) -> None:
        """Put a bare JID or a domain on the list (XEP-0191 §3.3)."""
        self.blocked.setdefault(me, set()).add(other)

    def unblock(self, me: str, others: Iterable[str], probing: bool) -> None:
        """Take them off the list; where somebody is there who can be told, those set free are probed (§3.4)."""
        hidden = [contact for contact in self.books[me].wants if self.blocks(me, contact)]
        self.blocked[me] = self.blocked.get(me, set()).difference(others)
        for contact in hidden if probing else ():
            self._probe(me, contact)

    def _probe(self, me: str, contact: str) -> None:
        book, local = self.books.get(contact) or Book(), contact.endswith("@localhost")
        silent = self.blocks(me, contact) or self.blocks(contact, me) or me in self._seers_of(book)
        if self.books[me].wants[contact] == "to" and local and not silent:
            self.arrive(me, "unsubscribed", contact)

    def create(self, me: str) -> None:
        """A new account."""
        self.books[me] = Book()

    def drop(self, me: str) -> None:
        """An account goes, and its contacts are told."""
        book = self.books[me]
        for contact in {*book.entries, *book.grants}:
            self._part(me, book, contact)
        del self.books[me]
        self.blocked.pop(me, None)

    def _part(self, me: str, book: Book, contact: str) -> None:
        book.approved.discard(contact)
        if book.wants.pop(contact, None):
            self.arrive(contact, "unsubscribe", me)
        if book.grants.pop(contact, None):
            self.arrive(contact, "unsubscribed", me)

    @staticmethod
    def _seers_of(book: Book) -> set[str]:
        return {contact for contact, grant in book.grants.items() if grant == "from"}

    # What sending does at home, and whether it goes out

    def _subscribe(self, book: Book, contact: str) -> bool:
        book.wants.setdefault(contact, "ask")
        return True

    def _unsubscribe(self, book: Book, contact: str) -> bool:
        book.wants.pop(contact, None)
        return True

    def _subscribed(self, book: Book, contact: str) -> bool:
        asked = book.grants.get(contact)
        if asked == "pending":
            book.grants[contact] = "from"
        elif asked is None and self._pre_approval:
            book.approved.add(contact)
        return asked == "pending"

    def _unsubscribed(self, book: Book, contact: str) -> bool:
        book.approved.discard(contact)
        return book.grants.pop(contact, None) is not None
