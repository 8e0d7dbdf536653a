"""Values that somebody else wrote, checked before they become part of an account.

Rows of a database, lines of an export and what another server exported all pass through a :class:`Draft`, so that
nothing of them is met later as a crash in a rule or as broken XML on a stream.

Tests: ``tests/store/test_rows.py``, ``tests/store/test_line_reader.py``, ``tests/transfer/test_foreign_keys.py``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from xml.parsers import expat

from rosterkit.core import jid, markup
from rosterkit.core.credentials import KEY_BYTES, Keys
from rosterkit.core.history import Entry
from rosterkit.core.jid import Jid
from rosterkit.core.roster import Item, Kept, Roster
from rosterkit.core.subscription import State
from rosterkit.errors import JidError
from rosterkit.store import StoredAccount

__all__ = ["MAX_ITERATIONS", "Draft", "Jids", "Wrong", "check_keys", "group_names", "text"]

#: More rounds of PBKDF2 would let whoever wrote them make each login with PLAIN cost seconds.
MAX_ITERATIONS = 1_000_000
#: A longer salt is refused: it is sent to whoever asks for it.
_MAX_SALT_BYTES = 1023

# The localparts that need no preparation, for speed: RFC 6122 appendix A allows these and folds capitals only.
_PREPARED_LOCAL = re.compile(r"[!#-%(-.0-9;=?\[-~]{1,1023}\Z")
_STATES = frozenset(state.value for state in State)
_MOST_MET = 1 << 18  # some 20 MiB while a file is read
_NOTHING: Mapping[str, Any] = MappingProxyType({})  # of nearly every account, and a rule never changes it
_FLAGS = {0: False, 1: True}


class Wrong(ValueError):
    """What is wrong with a value, as a sentence; whoever has read it knows the row or the line."""


@dataclass(slots=True)
class Draft:
    """The account ``jid`` while its parts come in, in the order that its roster will have.

    What is given is of any type; addresses come from :class:`Jids`.  Each method raises :class:`Wrong` for what no
    account can hold, and has changed nothing then.
    """

    jid: str
    version: str
    credentials: dict[str, Keys] = field(default_factory=dict)
    items: dict[str, Item] = field(default_factory=dict)
    requests: dict[str, Kept] = field(default_factory=dict)
    blocked: dict[str, None] = field(default_factory=dict)
    log: list[Entry] = field(default_factory=list)

    def add_credentials(self, mechanism: Any, salt: Any, iterations: Any, *keys: Any) -> None:
        """The salt, the rounds, the stored key and the server key of one mechanism."""
        if not all(isinstance(part, bytes) and part for part in (salt, *keys)):
            raise Wrong("Salt and keys must be blobs and not empty.")
        if not isinstance(iterations, int) or not 1 <= iterations <= MAX_ITERATIONS:
            raise Wrong(f"The iterations must be a number above 0, and at most {MAX_ITERATIONS}.")
        self.credentials[sys.intern(text(mechanism, "mechanism"))] = Keys(salt, iterations, *keys)

    def add_request(self, contact: str, body: Any, stanza_id: Any, lang: Any) -> None:
        """A kept request of ``contact``; it may come before the entry or after it."""
        _check_contact(contact, self.jid, self.requests)
        item = self.items.get(contact)
        if item is not None and (item.subscription, item.ask, True) not in _STATES:
            raise Wrong(f"The subscription {item.subscription!r} of its entry leaves nothing to ask for.")
        kept = Kept(_markup(body), _attribute(stanza_id, "stanza_id"), _attribute(lang, "lang"))
        self.requests[contact] = kept

    def add_blocked(self, address: Jid) -> None:
        """One JID more that is blocked, of any form."""
        if address.bare == self.jid:
            raise Wrong("An account cannot block itself.")
        if address.full in self.blocked:
            raise Wrong("This JID is there twice.")
        self.blocked[address.full] = None

    def add_item(
        self, contact: str, name: Any, groups: tuple[str, ...], subscription: Any, ask: Any, approved: Any
    ) -> None:
        """An entry; ``groups`` come from :func:`group_names`."""
        _check_contact(contact, self.jid, self.items)
        if name is not None and name != "":
            text(name, "name")
        if approved not in _FLAGS:
            raise Wrong("approved must be 0 or 1.")
        if (subscription, ask, contact in self.requests) not in _STATES:
            raise Wrong(f"{subscription!r:.40} with ask {ask!r:.40} is no state of RFC 6121, or none with a request.")
        self.items[contact] = Item(contact, name, groups, sys.intern(subscription), _FLAGS[ask], _FLAGS[approved])

    def add_change(self, version: Any, contact: str) -> None:
        """The next line of the history; ``contact`` is ``""`` in the first line alone, where nobody had changed."""
        self.log.append(Entry(text(version, "version"), contact))

    def finished(self) -> StoredAccount:
        """The account as a value, once all is in; :class:`Wrong` where version and history contradict each other."""
        if self.log and self.log[-1].version != self.version:
            raise Wrong("The version is not that of the newest line in history.")
        if len({entry.version for entry in self.log}) < len(self.log):
            raise Wrong("Two lines of the history have the same version.")
        requests, blocked = self.requests or _NOTHING, self.blocked or _NOTHING
        roster = Roster(self.version, self.items, requests, tuple(self.log), blocked)
        return StoredAccount(self.jid, self.credentials, roster)


class Jids:
    """Addresses that must be prepared already.

    Domains are remembered, as few serve many contacts; and so are bare JIDs, each of which mostly stands in many
    rosters: all of them get the same text.
    """

    def __init__(self) -> None:
        self._domains: set[str] = set()
        self._met: dict[str, str] = {}

    def bare(self, value: Any) -> str:
        """``value`` where it is a bare, prepared JID; :class:`Wrong` where it is not."""
        if not isinstance(value, str):
            raise Wrong("A JID must be text.")
        met = self._met.get(value)
        if met is not None:
            return met
        self._check_bare(value)
        if len(self._met) < _MOST_MET:
            self._met[value] = value
        return value

    def _check_bare(self, value: str) -> None:
        local, at, domain = value.rpartition("@")
        try:
            if at and not _PREPARED_LOCAL.match(local) and jid.prepare_local(local) != local:
                raise Wrong(f"{value!r:.80} is not prepared.")
            if domain not in self._domains:
                if jid.parse(domain).full != domain or "/" in domain:
                    raise Wrong(f"{value!r:.80} is not a prepared bare JID.")
                self._domains.add(domain)
        except JidError as error:
            raise Wrong(str(error)) from error

    def any(self, value: Any) -> Jid:
        """The JID of any form that ``value`` is, prepared; :class:`Wrong` where it is not."""
        if not isinstance(value, str):
            raise Wrong("A JID must be text.")
        try:
            address = jid.parse(value)
        except JidError as error:
            raise Wrong(str(error)) from error
        if address.full != value:
            raise Wrong(f"{value!r:.80} is not prepared.")
        return address


def text(value: Any, what: str) -> str:
    """``value`` where it is text, not empty, that XML can carry; ``what`` is its name in a sentence."""
    if not isinstance(value, str) or not value or not markup.can_carry(value):
        raise Wrong(f"The {what} {value!r:.80} is empty or not text that XML can carry.")
    return value


def group_names(value: Any) -> tuple[str, ...]:
    """The groups of an entry, given as a list of names that differ."""
    if not isinstance(value, list):
        raise Wrong("The groups must be a JSON list.")
    names = tuple(text(group, "group") for group in value)
    if len(set(names)) < len(names):
        raise Wrong("A group is named twice.")
    return names


def check_keys(mechanism: str, keys: Keys) -> None:
    """:class:`Wrong` for keys from elsewhere with which nobody could ever log in."""
    if mechanism not in KEY_BYTES:
        raise Wrong(f"{mechanism!r:.40} is no mechanism; there are {' and '.join(KEY_BYTES)}.")
    if len(keys.stored_key) != KEY_BYTES[mechanism] or len(keys.server_key) != KEY_BYTES[mechanism]:
        raise Wrong(f"The keys of {mechanism} must have {KEY_BYTES[mechanism]} bytes each.")
    if not 1 <= len(keys.salt) <= _MAX_SALT_BYTES:
        raise Wrong(f"The salt must have 1 to {_MAX_SALT_BYTES} bytes.")


def _check_contact(contact: str, owner: str, known: Collection[str]) -> None:
    if contact == owner:
        raise Wrong("An account cannot stand in its own roster.")
    if contact in known:
        raise Wrong("This contact is there twice.")


def _attribute(value: Any, what: str) -> str | None:
    return value if value is None or value == "" else text(value, what)


def _markup(value: Any) -> bytes:
    """``value`` where it may stand inside a stanza; one broken request would end every stream it goes to."""
    if not isinstance(value, bytes):
        raise Wrong("The body must be a blob.")
    parser = expat.ParserCreate("utf-8", " ")
    parser.CommentHandler = parser.ProcessingInstructionHandler = _refuse_markup
    try:
        parser.Parse(b"<stanza>" + value + b"</stanza>", True)
    except expat.ExpatError as error:
        raise Wrong(f"The body is not XML: {error}.") from error
    return value


def _refuse_markup(*_: str) -> None:
    raise Wrong("The body holds a comment or a processing instruction, which RFC 6120 forbids.")
