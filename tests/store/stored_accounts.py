"""Accounts as a store may hold them, in every state and with every text that XML can carry."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from rosterkit.core import markup
from rosterkit.core.credentials import Keys
from rosterkit.core.history import Entry
from rosterkit.core.roster import Item, Kept, Roster
from rosterkit.core.subscription import State
from rosterkit.store import StoredAccount

__all__ = ["ACCOUNTS", "TEXTS", "comparable"]

TEXTS = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc"], include_characters="\t\n\r\x85", exclude_characters="\ufffe\uffff"
    ),
    min_size=1,
    max_size=8,
)
_CONTACTS = st.sampled_from(
    ["romeo@montague.test", "nurse@capulet.test", "ü@äpfel.test", "component.test", "a@[::1]"]
)
_KEYS = st.fixed_dictionaries(
    {},
    optional={
        name: st.builds(
            Keys,
            st.binary(min_size=1, max_size=40),
            st.integers(1, 1_000_000),
            st.binary(min_size=size, max_size=size),
            st.binary(min_size=size, max_size=size),
        )
        for name, size in (("SCRAM-SHA-1", 20), ("SCRAM-SHA-256", 32))
    },
)
_BODIES = st.one_of(
    st.just(b""),
    TEXTS.map(lambda text: f"<status xml:lang='de'>{markup.text(text)}</status>".encode()),
    TEXTS.map(lambda text: f"{markup.text(text)}<a xmlns='b:c' d='{markup.attribute(text)}'/>".encode()),
)
_KEPT = st.builds(Kept, _BODIES, st.none() | st.just("") | TEXTS, st.none() | TEXTS)
_ITEMS = st.builds(
    Item,
    jid=st.just(""),
    name=st.none() | st.just("") | TEXTS,
    groups=st.lists(TEXTS, max_size=3, unique=True).map(tuple),
    approved=st.booleans(),
)
_RELATIONS = st.dictionaries(_CONTACTS, st.tuples(st.sampled_from(State), _ITEMS, _KEPT, st.booleans()))
_BLOCKED = st.lists(st.sampled_from(["tybalt@capulet.test", "b.test", "a@b.test/ c"]), unique=True)
_LOGS = st.lists(st.tuples(TEXTS, _CONTACTS), max_size=4, unique_by=lambda entry: entry[0])


@st.composite
def _account(draw: st.DrawFn, jid: str) -> StoredAccount:
    items: dict[str, Item] = {}
    requests: dict[str, Kept] = {}
    for contact, (state, item, kept, shows) in draw(_RELATIONS).items():
        if shows or state not in (State.NONE, State.NONE_IN):
            items[contact] = replace(item, jid=contact, subscription=state.subscription, ask=state.ask)
        if state.pending_in:
            requests[contact] = kept
    log = tuple(Entry(*entry) for entry in draw(_LOGS))
    if log and draw(st.booleans()):
        log = (Entry(log[0].version, ""), *log[1:])
    version = log[-1].version if log else draw(TEXTS)
    roster = Roster(version, items, requests, log, dict.fromkeys(draw(_BLOCKED)))
    return StoredAccount(jid, draw(_KEYS), roster)


#: Some accounts, none of them twice.
ACCOUNTS = st.lists(
    st.sampled_from(["juliet@capulet.test", "tybalt@other.test", "ä@capulet.test", "o#hara@x.test"]), unique=True
).flatmap(lambda jids: st.tuples(*map(_account, jids)).map(list))


def comparable(account: StoredAccount) -> Any:
    """``account`` with what equality of mappings would overlook: the order of items, requests and blocked JIDs."""
    jid, credentials, roster = account
    items, requests = list(roster.items.values()), list(roster.requests.items())
    return jid, dict(credentials), roster.version, items, requests, list(roster.blocked), roster.log
