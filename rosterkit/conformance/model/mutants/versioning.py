"""Mutants that mistake what a roster version is, or keep list and version apart (RFC 6121 §2.1.1, §2.6).

Tests: ``tests/conformance/test_matrix.py``, ``tests/conformance/test_cases_versioning.py``.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from lxml.etree import _Element

from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.contacts import Contact, Contacts
from rosterkit.conformance.model.mutant import Mutant

__all__ = ["MUTANTS"]

_VER = re.compile(rb"<iq[^>]* type='set'[^>]*><query[^>]* ver='([^']*)'")


# Which version it presents


class _MakesFirstUp(ScriptedClient):
    def presents(self) -> str:
        return super().presents() or "0"


class _PresentsUnasked(ScriptedClient):
    @property
    def versioning(self) -> bool:
        return True


class _ShortensContacts(Contacts):
    def set_version(self, ver: str | None) -> None:
        super().set_version(ver[:64] if ver is not None else None)


class _Shortens(ScriptedClient):
    contacts_type = _ShortensContacts


class _ReadsNumbersContacts(Contacts):
    def set_version(self, ver: str | None) -> None:
        super().set_version(str(int(ver)) if ver is not None and ver.isdecimal() else ver)


class _ReadsNumbers(ScriptedClient):
    contacts_type = _ReadsNumbersContacts


class _KeepsHighestContacts(Contacts):
    def set_version(self, ver: str | None) -> None:
        numbers = ver is not None and ver.isdecimal() and self.ver is not None and self.ver.isdecimal()
        super().set_version(max(ver or "", self.ver or "", key=int) if numbers else ver)


class _KeepsHighest(ScriptedClient):
    contacts_type = _KeepsHighestContacts


class _SharedContacts(Contacts):
    @property
    def account(self) -> str:
        return "roster"


class _SharesAccounts(ScriptedClient):
    contacts_type = _SharedContacts


# Versions of pushes


class _ForgetsContacts(Contacts):
    def apply(self, query: _Element) -> None:
        ver = self.ver
        super().apply(query)
        self.set_version(ver)
        self.store()


class _ForgetsVersionsOfPushes(ScriptedClient):
    contacts_type = _ForgetsContacts


class _NeedsVersion(ScriptedClient):
    def apply_push(self, query: _Element) -> None:
        if query.get("ver") is not None:
            super().apply_push(query)


class _HashesContacts(Contacts):
    def apply(self, query: _Element) -> None:
        super().apply(query)
        if query.get("ver") is None:
            self.set_version(hashlib.sha1(repr(self.items).encode(), usedforsecurity=False).hexdigest())
            self.store()


class _MakesVersionsUp(ScriptedClient):
    contacts_type = _HashesContacts


class _AdoptsFromAnybody(ScriptedClient):
    def on_spoofed_push(self, element: _Element) -> None:
        super().on_spoofed_push(element)
        query = element[0]
        self.contacts.set_version(query.get("ver", self.contacts.ver))
        self.contacts.store()


class _ReadsAhead(ScriptedClient):
    def receive(self, data: bytes) -> None:
        found = _VER.search(data)
        if found is not None and self.contacts.ver is not None:
            self.contacts.set_version(found[1].decode())
            self.contacts.store()
        super().receive(data)


# Nothing new


class _BreaksDown(ScriptedClient):
    def on_roster_result(self, query: _Element | None) -> None:
        if query is None:
            raise AttributeError("An empty result has no query.")
        super().on_roster_result(query)


class _EmptiesList(ScriptedClient):
    def on_roster_result(self, query: _Element | None) -> None:
        super().on_roster_result(query)
        if query is None:
            self.contacts.items.clear()
            self.contacts.store()


class _KeepsPresenceContacts(Contacts):
    def offline(self) -> None:
        self.requests.clear()

    def replace(self, query: _Element) -> None:
        super().replace(query)
        self._available.clear()


class _KeepsPresence(ScriptedClient):
    contacts_type = _KeepsPresenceContacts


# The whole roster


class _AppendsToView(ScriptedClient):
    """Its view of the list is filled at each whole roster, and emptied never."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._filled = 0

    def on_roster_result(self, query: _Element | None) -> None:
        super().on_roster_result(query)
        self._filled += query is not None

    def _told(self) -> Iterator[dict[str, Any]]:
        for _ in range(max(1, self._filled)):
            yield from super()._told()


class _MergesContacts(Contacts):
    def replace(self, query: _Element) -> None:
        known = self.items
        super().replace(query)
        self.items = known | self.items
        self.store()


class _Merges(ScriptedClient):
    contacts_type = _MergesContacts


class _TakesEmptyForUnchanged(ScriptedClient):
    def on_roster_result(self, query: _Element | None) -> None:
        super().on_roster_result(query if query is not None and len(query) else None)


# No roster


class _EmptiesWhenRefused(ScriptedClient):
    def on_roster(self, answer: _Element) -> None:
        if answer.get("type") == "error":
            self.contacts.items.clear()
        super().on_roster(answer)


class _EmptiesWhenCut(ScriptedClient):
    def lost(self) -> None:
        if not self.ended:
            self.contacts.items.clear()
        super().lost()


# What has changed meanwhile


class _CatchesUp(ScriptedClient):
    """It knows which push after an empty result it has before it: ``nth`` is 0 where there was none."""

    nth = 0

    def on_roster_result(self, query: _Element | None) -> None:
        self.nth = int(query is None)
        super().on_roster_result(query)

    def apply_push(self, query: _Element) -> None:
        if self.believes(query[0].get("subscription")):
            super().apply_push(query)
        self.nth += self.nth > 0

    def believes(self, _subscription: str | None) -> bool:
        """Whether a push counts."""
        return True


class _TakesOnePush(_CatchesUp):
    def believes(self, _subscription: str | None) -> bool:
        return self.nth < 2


class _KeepsRemoved(_CatchesUp):
    def believes(self, subscription: str | None) -> bool:
        return not self.nth or subscription != "remove"


class _FirstPushCounts(ScriptedClient):
    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._pushed: set[str | None] = set()

    def apply_push(self, query: _Element) -> None:
        contact = query[0].get("jid")
        if contact not in self._pushed:
            super().apply_push(query)
        self._pushed.add(contact)


class _StoresLateContacts(Contacts):
    """Version at once, entries when the stream has ended well; read again at each login."""

    def store(self) -> None:
        kept = self._stored.setdefault(self.account, {"items": [asdict(one) for one in self.items.values()]})
        kept["ver"] = self.ver

    def store_entries(self) -> None:
        self._stored.pop(self.account, None)
        super().store()

    def read_again(self) -> None:
        kept = self._stored.get(self.account, {"items": []})
        self.items = {one["jid"]: Contact(**{**one, "groups": tuple(one["groups"])}) for one in kept["items"]}


class _StoresEntriesLate(ScriptedClient):
    contacts_type = _StoresLateContacts
    contacts: _StoresLateContacts

    def close(self) -> None:
        self.contacts.store_entries()
        super().close()

    def connect(self) -> None:
        self.contacts.read_again()
        super().connect()


class _ThinksItWasThere(ScriptedClient):
    _cut = False

    def lost(self) -> None:
        self._cut = not self.ended
        super().lost()

    def on_bound(self) -> None:
        if self._cut:
            self.be_available()
        else:
            super().on_bound()


MUTANTS: tuple[Mutant, ...] = (
    Mutant("makes-first-version-up", "With nothing stored it presents the version '0'.", _MakesFirstUp),
    Mutant(
        "presents-version-unasked", "It presents a version to a server that offers no versioning.", _PresentsUnasked
    ),
    Mutant("shortens-versions", "It keeps the first 64 characters of a version.", _Shortens),
    Mutant("reads-versions-as-numbers", "It stores a version of digits as a number.", _ReadsNumbers),
    Mutant("keeps-highest-version", "It takes a version that is a smaller number for an old one.", _KeepsHighest),
    Mutant("shares-roster-between-accounts", "It stores one roster for all accounts.", _SharesAccounts),
    Mutant("forgets-versions-of-pushes", "It keeps the version of the last whole roster.", _ForgetsVersionsOfPushes),
    Mutant("needs-version-in-push", "It passes over pushes without a version.", _NeedsVersion),
    Mutant("makes-versions-up", "Where a push has no version it computes one.", _MakesVersionsUp),
    Mutant("adopts-version-of-strangers", "It adopts the version of pushes that it refuses.", _AdoptsFromAnybody),
    Mutant("adopts-version-of-half-push", "It adopts the version of a push before its end is there.", _ReadsAhead),
    Mutant("breaks-down-on-empty-result", "An empty result breaks it.", _BreaksDown),
    Mutant("empties-list-on-empty-result", "It takes an empty result for an empty roster.", _EmptiesList),
    Mutant("keeps-presence-with-roster", "Who was available is so until a whole roster comes.", _KeepsPresence),
    Mutant("shows-whole-roster-beside-old", "Each whole roster is shown beside the one before.", _AppendsToView),
    Mutant("merges-whole-roster", "It adds a whole roster to what is stored.", _Merges),
    Mutant("takes-empty-roster-for-unchanged", "A roster without entries changes nothing.", _TakesEmptyForUnchanged),
    Mutant("empties-list-when-refused", "A refusal empties its list, and it keeps the version.", _EmptiesWhenRefused),
    Mutant("empties-list-when-cut", "A cut empties its list, and it keeps the version.", _EmptiesWhenCut),
    Mutant("takes-one-interim-push", "After an empty result it believes one push.", _TakesOnePush),
    Mutant("keeps-what-was-removed-meanwhile", "After an empty result it believes no removal.", _KeepsRemoved),
    Mutant("believes-first-push-of-contact", "It believes the first push about each contact only.", _FirstPushCounts),
    Mutant(
        "stores-entries-late", "It stores the version at once, and entries when all ends well.", _StoresEntriesLate
    ),
    Mutant("asks-not-again-after-cut", "After a cut it does not ask for the roster again.", _ThinksItWasThere),
)
