"""Rosters made whole instead of by stanzas: for a beginning, and for the contact's side of a given one.

Tests: ``tests/core/test_seed.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from rosterkit.core.history import Entry
from rosterkit.core.roster import Item, Kept, Roster
from rosterkit.core.state import Account
from rosterkit.core.subscription import State, state_of

__all__ = ["in_state", "mirrored", "mirrored_roster", "seeded_roster"]


def seeded_roster(items: Iterable[Item], requests: Mapping[str, Kept], version: str) -> Roster:
    """A roster whose first state, ``version``, holds these items and kept requests (by bare JID).

    Raises ValueError for a contact whose item and request together are none of the nine states (RFC 6121 §A.1).
    """
    by_jid = {item.jid: item for item in items}
    for contact, item in by_jid.items():
        try:
            state_of(item.subscription, item.ask, contact in requests)
        except KeyError as error:
            asked = " and a kept request" if contact in requests else ""
            raise ValueError(
                f"{contact}: the subscription {item.subscription!r} with ask {item.ask}{asked} "
                "is none of the states of RFC 6121, A.1."
            ) from error
    return Roster(version, by_jid, dict(requests), (Entry(version, ""),))


def mirrored(state: State) -> State:
    """The state on the contact's side that agrees with ``state`` on the user's."""
    subscription = {"to": "from", "from": "to"}.get(state.subscription, state.subscription)
    return state_of(subscription, state.pending_in, state.ask)


def in_state(contact: str, state: State, known: Item | None = None, kept: Kept | None = None) -> _Held:
    """The item (None where nothing shows) and the kept request of ``contact`` in ``state``.

    ``known`` is the item that stands there: its name, groups and approval stay.  ``kept`` is what the request said.
    """
    item = replace(known or Item(contact), subscription=state.subscription, ask=state.ask, memo=None)
    shows = known is not None or state not in (State.NONE, State.NONE_IN)
    return item if shows else None, (kept or Kept(b"")) if state.pending_in else None


def mirrored_roster(accounts: Iterable[Account], contact: str, version: str) -> Roster:
    """The roster of ``contact`` (a bare JID) that agrees with those of all ``accounts``."""
    held = dict(_mirrors(accounts, contact))
    items = [item for item, _ in held.values() if item is not None]
    return seeded_roster(items, {bare: kept for bare, (_, kept) in held.items() if kept is not None}, version)


_Held = tuple[Item | None, Kept | None]


def _mirrors(accounts: Iterable[Account], contact: str) -> Iterator[tuple[str, _Held]]:
    """What ``contact`` holds about each account that holds something about it."""
    for account in accounts:
        state = account.roster.state(contact)
        if state is not State.NONE and account.jid.bare != contact:
            yield account.jid.bare, in_state(account.jid.bare, mirrored(state))
