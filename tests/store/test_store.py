"""One specification for every store: what was appended is what is loaded, after a restart too."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rosterkit.core.credentials import Credentials, Keys
from rosterkit.core.effects import Save, SaveAccount
from rosterkit.core.history import Entry
from rosterkit.core.roster import Item, Kept, Roster
from rosterkit.core.subscription import State
from rosterkit.errors import StoreError
from rosterkit.store import Store, StoredAccount, open_store

JULIET = "juliet@capulet.test"
ROMEO = "romeo@montague.test"
NURSE = "nurse@capulet.test"
LIMIT = 5


def keys(password: str) -> Credentials:
    """Something that stands for the SCRAM keys of ``password``."""
    return {"SCRAM-SHA-1": Keys(b"salt", 4096, password.encode(), b"server key")}


class Shelf:
    """A store of one kind that can be opened again, as a restarted server does."""

    def __init__(self, kind: str, folder: Path) -> None:
        self._path = None if kind == "memory" else folder / "rosterkit.db"
        self.store: Store = open_store(self._path)

    def restart(self) -> None:
        """Close the store and open it anew; memory cannot, and goes on."""
        if self._path is not None:
            self.store.close()
            self.store = open_store(self._path)

    def append(self, *changes: Save | SaveAccount) -> None:
        """Append ``changes`` as one transaction."""
        self.store.append(changes)

    def seen(self) -> list[Any]:
        """Everything that a restarted server finds, orders included."""
        self.restart()
        return [comparable(account) for account in self.store.load()]


def comparable(account: StoredAccount) -> Any:
    """``account`` with what equality of mappings would overlook: the order of items, requests and blocked JIDs."""
    jid, credentials, roster = account
    items, requests = list(roster.items.values()), list(roster.requests.items())
    return jid, dict(credentials), roster.version, items, requests, list(roster.blocked), roster.log


@pytest.fixture(params=["memory", "sqlite"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shelf]:
    """An empty store of each kind."""
    shelf = Shelf(request.param, tmp_path)
    yield shelf
    shelf.store.close()


def test_a_new_store_is_empty(shelf: Shelf) -> None:
    """Nothing was appended, so nothing is there."""
    assert shelf.seen() == []


def test_an_account_comes_back_with_its_whole_roster(shelf: Shelf) -> None:
    """Creating an account stores every item, kept request and line of history of the roster that comes with it."""
    roster = (
        Roster.new("v1")
        .with_item(Item(ROMEO, "Röméo & «R»", ("Lovers", "A b", "a B"), "both"), "v2", LIMIT)
        .with_item(Item(NURSE, "", (), "none", ask=True, approved=True), "v3", LIMIT)
        .with_request(NURSE, Kept("<status>Ängstlich</status>".encode(), "s<1", "de"))
        .with_blocked(["tybalt@far.test/x & y", "far.test", NURSE])
    )
    shelf.append(SaveAccount(JULIET, keys("cherub"), roster))
    assert shelf.seen() == [comparable(StoredAccount(JULIET, keys("cherub"), roster))]


def test_an_absent_name_and_an_empty_one_stay_different(shelf: Shelf) -> None:
    """No name and the name "" are two things to a client."""
    roster = Roster.new("v1").with_item(Item(ROMEO, None), "v2", LIMIT).with_item(Item(NURSE, ""), "v3", LIMIT)
    shelf.append(SaveAccount(JULIET, keys("cherub"), roster))
    shelf.restart()
    (account,) = shelf.store.load()
    assert [item.name for item in account.roster.items.values()] == [None, ""]


def test_accounts_of_several_domains_share_a_store(shelf: Shelf) -> None:
    """The bare JID tells accounts apart, and they come back in the order of their creation."""
    names = ["juliet@b.test", "juliet@a.test", "a@a.test"]
    shelf.append(*(SaveAccount(name, keys(name), Roster.new(name)) for name in names))
    assert [account[0] for account in shelf.seen()] == names


def test_a_save_touches_its_own_contact_only(shelf: Shelf) -> None:
    """Item and request of the named contact are stored or removed; the others stay as they are."""
    roster = Roster.new("v1").with_item(Item(ROMEO), "v2", LIMIT).with_request(NURSE, Kept(b""))
    shelf.append(SaveAccount(JULIET, keys("cherub"), roster))
    roster = roster.without_item(ROMEO, "v3", LIMIT)
    shelf.append(Save(JULIET, ROMEO, roster))
    assert shelf.seen() == [comparable(StoredAccount(JULIET, keys("cherub"), roster))]
    roster = replace(roster.with_item(Item(NURSE, subscription="from"), "v4", LIMIT), requests={})
    shelf.append(Save(JULIET, NURSE, roster))
    assert shelf.seen() == [comparable(StoredAccount(JULIET, keys("cherub"), roster))]


@pytest.mark.parametrize(
    "change",
    [
        {"name": None},
        {"groups": ("B", "A")},
        {"subscription": "both", "ask": False},
        {"ask": False},
        {"approved": True},
    ],
    ids=str,
)
def test_an_update_replaces_each_field(shelf: Shelf, change: dict[str, Any]) -> None:
    """An entry that is there already takes every new value."""
    item = Item(ROMEO, "Romeo", ("A",), "from", ask=True)
    first = Roster.new("v1").with_item(item, "v2", LIMIT)
    second = first.with_item(replace(item, **change), "v3", LIMIT)
    shelf.append(SaveAccount(JULIET, keys("cherub"), first))
    shelf.append(Save(JULIET, ROMEO, second))
    assert shelf.seen() == [comparable(StoredAccount(JULIET, keys("cherub"), second))]


def test_blocked_jids_come_and_go_one_by_one(shelf: Shelf) -> None:
    """Each is stored by its own save, in the order in which they were blocked; one that returns stands last."""
    roster = Roster.new("v1").with_item(Item(ROMEO), "v2", LIMIT)
    shelf.append(SaveAccount(JULIET, keys("cherub"), roster))
    for blocked in (["b.test"], ["b.test", ROMEO], ["b.test", ROMEO, "a@b.test/c"], [ROMEO, "a@b.test/c"]):
        changed = {*roster.blocked} ^ {*blocked}
        roster = roster.with_blocked(blocked)
        shelf.append(*(Save(JULIET, contact, roster) for contact in changed))
        assert shelf.seen() == [comparable(StoredAccount(JULIET, keys("cherub"), roster))]
    roster = roster.with_blocked([*roster.blocked, "b.test"])
    shelf.append(Save(JULIET, "b.test", roster), Save(JULIET, "b.test", roster))
    assert shelf.seen() == [comparable(StoredAccount(JULIET, keys("cherub"), roster))]


def test_many_jids_are_blocked_and_unblocked_at_once(shelf: Shelf) -> None:
    """One change of several JIDs is a save for each with the same roster; what is stored of them otherwise stays."""
    roster = Roster.new("v1").with_item(Item(ROMEO), "v2", LIMIT).with_request(NURSE, Kept(b"<x/>"))
    shelf.append(SaveAccount(JULIET, keys("cherub"), Roster.new("v1")), Save(JULIET, ROMEO, roster))
    shelf.append(Save(JULIET, NURSE, roster))
    for _ in range(2):
        for blocked in ([ROMEO, NURSE, "x.test"], []):
            roster = roster.with_blocked(blocked)
            shelf.append(*(Save(JULIET, contact, roster) for contact in (ROMEO, NURSE, "x.test")))
            assert [comparable(account) for account in shelf.store.load()] == [
                comparable(StoredAccount(JULIET, keys("cherub"), roster))
            ]
        shelf.restart()


def test_a_newer_request_replaces_the_kept_one(shelf: Shelf) -> None:
    """One request of each contact is kept, the newest; the version is not touched, as nothing shows."""
    first = Roster.new("v1").with_request(NURSE, Kept(b"<a/>")).with_request(ROMEO, Kept(b"<b/>"))
    second = first.with_request(NURSE, Kept(b"<c/>"))
    shelf.append(SaveAccount(JULIET, keys("cherub"), first))
    shelf.append(Save(JULIET, NURSE, second))
    assert shelf.seen() == [comparable(StoredAccount(JULIET, keys("cherub"), second))]


def test_each_version_between_two_saves_of_one_append_is_in_the_history(shelf: Shelf) -> None:
    """A client may come back with any version that was ever sent, also one from the middle of a turn."""
    first = Roster.new("v1")
    second = first.with_item(Item(ROMEO), "v2", LIMIT)
    third = second.with_item(Item(NURSE), "v3", LIMIT)
    fourth = third.without_item(ROMEO, "v4", LIMIT)
    shelf.append(SaveAccount(JULIET, keys("cherub"), first))
    shelf.append(Save(JULIET, ROMEO, second), Save(JULIET, NURSE, third), Save(JULIET, ROMEO, fourth))
    shelf.restart()
    (account,) = shelf.store.load()
    assert account.roster.log == (
        Entry("v1", ""), Entry("v2", ROMEO), Entry("v3", NURSE), Entry("v4", ROMEO)
    )  # fmt: skip


def test_a_running_store_writes_turn_after_turn(shelf: Shelf) -> None:
    """Items, requests and history of many appends to one open store, several saves in each, are all there."""
    roster = Roster.new("v0")
    shelf.append(SaveAccount(JULIET, keys("cherub"), roster))
    for turn in range(4):
        changes: list[Save | SaveAccount] = []
        roster = roster.with_item(Item(ROMEO, str(turn)), f"a{turn}", LIMIT)
        changes.append(Save(JULIET, ROMEO, roster))
        roster = roster.with_request(NURSE, Kept(str(turn).encode(), str(turn)))
        changes.append(Save(JULIET, NURSE, roster))
        roster = roster.with_item(Item(f"c{turn}@x.test"), f"b{turn}", LIMIT)
        changes.append(Save(JULIET, f"c{turn}@x.test", roster))
        shelf.append(*changes)
        assert [comparable(account) for account in shelf.store.load()] == [
            comparable(StoredAccount(JULIET, keys("cherub"), roster))
        ]
    roster = roster.without_request(NURSE)
    shelf.append(Save(JULIET, NURSE, roster))
    assert shelf.seen() == [comparable(StoredAccount(JULIET, keys("cherub"), roster))]


def test_one_save_for_two_changes_of_a_contact(shelf: Shelf) -> None:
    """A save tells every version since the last one, not the newest only."""
    roster = Roster.new("v0")
    shelf.append(SaveAccount(JULIET, keys("cherub"), roster))
    roster = roster.with_item(Item(ROMEO), "v1", LIMIT).with_item(Item(ROMEO, "R"), "v2", LIMIT)
    shelf.append(Save(JULIET, ROMEO, roster))
    assert shelf.seen() == [comparable(StoredAccount(JULIET, keys("cherub"), roster))]


def test_a_name_freed_and_taken_within_one_append(shelf: Shelf) -> None:
    """What was saved for the account before has no part in what is saved for its successor."""
    old = Roster.new("v0").with_item(Item(ROMEO), "v1", LIMIT)
    shelf.append(SaveAccount(JULIET, keys("cherub"), Roster.new("v0")))
    shelf.append(Save(JULIET, ROMEO, old))
    first = Roster.new("w0")
    second = first.with_item(Item(NURSE), "w1", LIMIT)
    third = replace(first.with_item(Item(ROMEO), "w2", LIMIT), items=old.items)  # the same dict, by chance
    shelf.append(
        SaveAccount(JULIET, None, None), SaveAccount(JULIET, keys("other"), first), Save(JULIET, ROMEO, third)
    )
    assert shelf.seen() == [comparable(StoredAccount(JULIET, keys("other"), third))]
    shelf.append(SaveAccount(JULIET, keys("other"), first), Save(JULIET, NURSE, second))
    assert shelf.seen() == [comparable(StoredAccount(JULIET, keys("other"), second))]


def test_a_failed_append_is_not_remembered(shelf: Shelf) -> None:
    """The same changes once more, after an append that was taken back, are written and not taken for stored."""
    first = Roster.new("v0").with_item(Item(ROMEO), "v1", LIMIT)
    shelf.append(SaveAccount(JULIET, keys("cherub"), Roster.new("v0")), Save(JULIET, ROMEO, first))
    second = first.with_item(Item(NURSE), "v2", LIMIT).with_request("c@x.test", Kept(b""))
    third = second.with_request("d@x.test", Kept(b""))
    changes = [Save(JULIET, NURSE, second), Save(JULIET, "c@x.test", second), Save(JULIET, "d@x.test", third)]
    with pytest.raises(StoreError):
        shelf.append(*changes, Save("nobody@x.test", ROMEO, first))
    shelf.append(*changes)
    assert shelf.seen() == [comparable(StoredAccount(JULIET, keys("cherub"), third))]


def test_the_history_is_cut_where_the_roster_cuts_it(shelf: Shelf) -> None:
    """What fell out of the roster's log is gone from the store, also when the limit was lowered meanwhile."""
    roster = Roster.new("v0")
    shelf.append(SaveAccount(JULIET, keys("cherub"), roster))
    for number in range(1, 8):
        roster = roster.with_item(Item(ROMEO, str(number)), f"v{number}", LIMIT if number < 7 else 2)
        shelf.append(Save(JULIET, ROMEO, roster))
    assert roster.log == (Entry("v6", ROMEO), Entry("v7", ROMEO))
    assert shelf.seen() == [comparable(StoredAccount(JULIET, keys("cherub"), roster))]


def test_a_removed_and_returned_entry_stands_last(shelf: Shelf) -> None:
    """The order of entries is the order in which they came, as in memory."""
    first = Roster.new("v1").with_item(Item(ROMEO), "v2", LIMIT).with_item(Item(NURSE), "v3", LIMIT)
    second = first.without_item(ROMEO, "v4", LIMIT)
    third = second.with_item(Item(ROMEO), "v5", LIMIT)
    shelf.append(SaveAccount(JULIET, keys("cherub"), first))
    shelf.append(Save(JULIET, ROMEO, second), Save(JULIET, ROMEO, third))
    shelf.restart()
    (account,) = shelf.store.load()
    assert list(account.roster.items) == [NURSE, ROMEO]


def test_credentials_alone_change_the_password_only(shelf: Shelf) -> None:
    """Credentials without a roster replace the keys and leave the roster alone."""
    roster = Roster.new("v1").with_item(Item(ROMEO), "v2", LIMIT)
    shelf.append(SaveAccount(JULIET, keys("cherub"), roster))
    shelf.append(SaveAccount(JULIET, {"SCRAM-SHA-256": Keys(b"s", 1, b"k", b"v")}, None))
    assert shelf.seen() == [comparable(StoredAccount(JULIET, {"SCRAM-SHA-256": Keys(b"s", 1, b"k", b"v")}, roster))]


def test_a_removed_account_leaves_nothing_to_its_successor(shelf: Shelf) -> None:
    """Somebody who registers a freed name finds no contact, request or version of the one before."""
    old = Roster.new("v1").with_item(Item(ROMEO), "v2", LIMIT).with_request(NURSE, Kept(b"")).with_blocked(["x.test"])
    shelf.append(SaveAccount(JULIET, keys("cherub"), old))
    shelf.append(SaveAccount(JULIET, None, None))
    assert shelf.seen() == []
    shelf.append(SaveAccount(JULIET, keys("other"), Roster.new("w1")))
    assert shelf.seen() == [comparable(StoredAccount(JULIET, keys("other"), Roster.new("w1")))]


def test_creating_an_account_again_replaces_it(shelf: Shelf) -> None:
    """Credentials with a roster replace whatever stood under that name."""
    old = Roster.new("v1").with_item(Item(ROMEO), "v2", LIMIT).with_request(NURSE, Kept(b""))
    shelf.append(SaveAccount(JULIET, keys("cherub"), old))
    shelf.append(SaveAccount(JULIET, keys("other"), Roster.new("w1")))
    assert shelf.seen() == [comparable(StoredAccount(JULIET, keys("other"), Roster.new("w1")))]


def test_removing_an_account_that_is_not_there_is_no_error(shelf: Shelf) -> None:
    """The wish is fulfilled already."""
    shelf.append(SaveAccount(JULIET, None, None))
    assert shelf.seen() == []


@pytest.mark.parametrize(
    "stray",
    [Save(ROMEO, JULIET, Roster.new("v1")), SaveAccount(ROMEO, keys("x"), None)],
    ids=["roster", "password"],
)
def test_an_append_is_all_or_nothing(shelf: Shelf, stray: Save | SaveAccount) -> None:
    """One change that cannot be stored takes the others of its append with it, and the next append works."""
    before = Roster.new("v1")
    after = before.with_item(Item(ROMEO), "v2", LIMIT)
    shelf.append(SaveAccount(JULIET, keys("cherub"), before))
    with pytest.raises(StoreError, match=r"no account romeo@montague\.test"):
        shelf.append(Save(JULIET, ROMEO, after), stray)
    assert shelf.seen() == [comparable(StoredAccount(JULIET, keys("cherub"), before))]
    shelf.append(Save(JULIET, ROMEO, after))
    assert shelf.seen() == [comparable(StoredAccount(JULIET, keys("cherub"), after))]


def test_an_empty_append_changes_nothing(shelf: Shelf) -> None:
    """A turn in which nothing was saved may still be committed."""
    shelf.append()
    assert shelf.seen() == []


def test_closing_twice_does_nothing(shelf: Shelf) -> None:
    """A service that stops after a failed start may close once more."""
    shelf.store.close()
    shelf.store.close()


class World:
    """The model: what a server holds in memory while it appends its changes."""

    def __init__(self) -> None:
        self._versions = (f"v{number}" for number in itertools.count())
        self.accounts: dict[str, StoredAccount] = {}

    def change(self, step: Any) -> list[Save | SaveAccount]:
        """Take ``step`` and give what must be saved."""
        kind, account, *details = step
        if kind == "create":
            self.accounts.pop(account, None)
            self.accounts[account] = StoredAccount(account, keys(details[0]), Roster.new(next(self._versions)))
            return [SaveAccount(*self.accounts[account])]
        if account not in self.accounts:
            return []
        if kind == "remove":
            del self.accounts[account]
            return [SaveAccount(account, None, None)]
        if kind == "block":
            return self._block(account, *details)
        if kind == "password":
            self.accounts[account] = self.accounts[account]._replace(credentials=keys(details[0]))
            return [SaveAccount(account, keys(details[0]), None)]
        return self._contact(account, *details)

    def _block(self, account: str, others: list[str]) -> list[Save | SaveAccount]:
        """Block whoever is not blocked, unblock whoever is, in one change."""
        roster = self.accounts[account].roster
        kept = [other for other in roster.blocked if other not in others]
        roster = roster.with_blocked([*kept, *(other for other in others if other not in roster.blocked)])
        self.accounts[account] = self.accounts[account]._replace(roster=roster)
        return [Save(account, other, roster) for other in others]

    def _contact(
        self, account: str, contact: str, state: State | None, item: Item, limit: int
    ) -> list[Save | SaveAccount]:
        """Bring ``contact`` into ``state`` (None: forget it), in one change of item and request."""
        roster = self.accounts[account].roster
        roster = roster.without_request(contact)
        if state is not None and state is not State.NONE_IN:
            item = replace(item, jid=contact, subscription=state.subscription, ask=state.ask)
            roster = roster.with_item(item, next(self._versions), limit)
        elif contact in roster.items:
            roster = roster.without_item(contact, next(self._versions), limit)
        if state is not None and state.pending_in:
            roster = roster.with_request(contact, Kept(f"<status>{limit}</status>".encode()))
        self.accounts[account] = self.accounts[account]._replace(roster=roster)
        return [Save(account, contact, roster)]


ACCOUNTS = st.sampled_from([JULIET, "tybalt@other.test"])
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), min_size=1, max_size=6)
ITEMS = st.builds(
    Item,
    jid=st.just(""),
    name=st.none() | st.just("") | WORDS,
    groups=st.lists(WORDS, max_size=3, unique=True).map(tuple),
    approved=st.booleans(),
)
CONTACTS = st.tuples(
    st.just("contact"),
    ACCOUNTS,
    st.sampled_from([ROMEO, NURSE, "ü@äpfel.test", "component.test"]),
    st.none() | st.sampled_from(State),
    ITEMS,
    st.integers(0, 4),
)
STEPS = st.one_of(
    CONTACTS,
    CONTACTS,
    CONTACTS,
    st.tuples(st.sampled_from(["create", "password"]), ACCOUNTS, st.sampled_from(["a", "b"])),
    st.tuples(st.just("remove"), ACCOUNTS),
    st.tuples(
        st.just("block"), ACCOUNTS, st.lists(st.sampled_from([ROMEO, NURSE, "b.test", "a@b.test/c"]), unique=True)
    ),
)
BATCHES = st.lists(st.lists(STEPS, max_size=6), max_size=8)


# No parametrize beside @given: pytest-twisted wraps the inner test once for each parameter, one around the other.
@settings(max_examples=40, deadline=None)
@given(batches=BATCHES)
def test_what_is_loaded_is_the_sum_of_what_was_appended(batches: list[list[Any]]) -> None:
    """After any changes in any batches, a restarted server holds exactly what the one before it held."""
    with tempfile.TemporaryDirectory() as folder:
        shelves, world = [Shelf("memory", Path(folder)), Shelf("sqlite", Path(folder))], World()
        opening = [("create", JULIET, "a"), ("create", "tybalt@other.test", "b")]
        for batch in [opening, *batches]:
            changes = [change for step in batch for change in world.change(step)]
            for shelf in shelves:
                shelf.append(*changes)
        found = [shelf.seen() for shelf in shelves]
        for shelf in shelves:
            shelf.store.close()
    expected = [comparable(account) for account in world.accounts.values()]
    assert found == [expected, expected]


def test_saves_that_share_one_roster_are_all_written(shelf: Shelf) -> None:
    """Each save names its own contact: many may carry the same roster value, as when a roster is seeded at once."""
    items = {f"c{n}@localhost": Item(f"c{n}@localhost") for n in range(3)}
    requests = {"asker@localhost": Kept(b"<nick/>")}
    roster = Roster("v2", items, requests, (Entry("v2", "c2@localhost"),))
    shelf.append(SaveAccount(JULIET, keys("capulet"), Roster.new("v1")))
    shelf.append(*(Save(JULIET, contact, roster) for contact in (*items, *requests)))
    shelf.restart()
    (stored,) = shelf.store.load()
    assert dict(stored.roster.items) == items
    assert dict(stored.roster.requests) == requests
