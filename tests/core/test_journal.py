"""A network's journal: a ring bounded in bytes, read by a cursor."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rosterkit.core.journal import OVERHEAD, Called, Entry, Journal, entry_json
from rosterkit.errors import FallenOutError


def add(journal: Journal, data: bytes = b"") -> Entry:
    """One more entry."""
    return journal.add(0.0, "c1", None, None, "in", "iq", data)


def test_entries_are_numbered_and_read_from_a_cursor():
    """From 1 on; a cursor is the number of the last entry that was read."""
    journal = Journal(10_000)
    first, second, third = (add(journal) for _ in range(3))
    assert [entry.number for entry in (first, second, third)] == [1, 2, 3]
    assert journal.since(0) == [first, second, third]
    assert journal.since(0, 2) == [first, second]
    assert journal.since(2) == [third]
    assert journal.since(3) == journal.since(99) == []


def test_what_has_fallen_out_is_an_error_that_says_so():
    """Never a silent gap."""
    journal = Journal(3 * OVERHEAD)
    for _ in range(5):
        add(journal)
    assert [entry.number for entry in journal.since(2)] == [3, 4, 5]
    with pytest.raises(FallenOutError, match="entries 2 to 2 are no longer") as gone:
        journal.since(1)
    assert gone.value.first == 3


@given(st.lists(st.integers(0, 2000), max_size=40), st.integers(1, 5000))
def test_it_never_holds_more_than_its_bytes(sizes: list[int], limit: int):
    """But for the newest entry, which stays whatever its size; numbers have no gaps."""
    journal = Journal(limit)
    for number, size in enumerate(sizes, 1):
        add(journal, b"x" * size)
        kept = journal.since(journal.first - 1)
        assert kept[-1].number == number == journal.cursor
        assert len(kept) == 1 or sum(len(entry.data) + OVERHEAD for entry in kept) <= limit
        assert [entry.number for entry in kept] == list(range(journal.first, number + 1))


def test_a_call_counts_and_is_shown():
    """Its size as it says, on the way in and on the way out; an entry without one has no such key."""
    journal = Journal(2 * OVERHEAD + 100)
    called = Called("PUT", "accounts/x", {"password": "***"}, 0, 100)
    journal.add(0.0, None, None, None, "note", "call", call=called)
    shown = {"method": "PUT", "path": "accounts/x", "body": {"password": "***"}, "since": 0, "left_out": False}
    (entry,) = journal.since(0)
    assert (entry.size, entry_json(entry)["call"]) == (OVERHEAD + 100, shown)
    assert "call" not in entry_json(add(journal))
    assert journal.first == 1
    add(journal)
    assert journal.first == 2
    add(journal)
    assert journal.first == 3


def test_it_knows_its_beginning():
    """That of the network, or the last time that it was emptied."""
    journal = Journal(10_000)
    add(journal)
    assert journal.begun == 0
    journal.clear()
    assert (journal.begun, journal.since(journal.begun)) == (1, [])


def test_numbers_go_on_when_it_is_emptied():
    """An older cursor is known to have missed some."""
    journal = Journal(10_000)
    add(journal)
    add(journal)
    journal.clear()
    assert journal.since(2) == []
    with pytest.raises(FallenOutError):
        journal.since(1)
    assert add(journal).number == 3


def test_watchers_are_called_after_each_entry_until_they_stop():
    """The entry is there already; one that stops during the call disturbs nobody."""
    journal, seen = Journal(10_000), []
    stop = journal.watch(lambda: (seen.append(("a", journal.cursor)), stop()))
    journal.watch(lambda: seen.append(("b", journal.cursor)))
    add(journal)
    add(journal)
    assert seen == [("a", 1), ("b", 1), ("b", 2)]


def test_as_json_bytes_are_text():
    """What is no UTF-8 is replaced, so that every entry can be shown."""
    shown = entry_json(add(Journal(1000), b"<a>\xff</a>"))
    assert shown["xml"] == "<a>\ufffd</a>"
    assert list(shown) == [
        "number", "at", "session", "account", "jid", "direction", "kind", "fault", "withheld", "text", "xml",
    ]  # fmt: skip
