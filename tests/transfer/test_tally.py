"""What an import or an export says of itself."""

from __future__ import annotations

from rosterkit.core.credentials import Keys
from rosterkit.core.roster import Item, Kept, Roster
from rosterkit.store import StoredAccount
from rosterkit.transfer.tally import Tally, counted

KEYS = Keys(b"salt", 4096, b"k" * 20, b"v" * 20)


def tallied(*accounts: StoredAccount) -> Tally:
    """What these come to."""
    tally = Tally()
    for account in accounts:
        tally.add(account)
    return tally


def test_everything_is_counted() -> None:
    """Accounts, entries, requests and blocked JIDs, over all accounts."""
    roster = Roster.new("v1").with_item(Item("a@x.test"), "v2", 5).with_item(Item("b@x.test"), "v3", 5)
    roster = roster.with_request("c@x.test", Kept(b"")).with_blocked(["d.test"])
    account = StoredAccount("juliet@x.test", {"SCRAM-SHA-256": KEYS}, roster)
    assert str(tallied(account)) == "1 account with 2 entries, 1 kept request and 1 blocked JID"
    assert str(tallied(account, account)) == "2 accounts with 4 entries, 2 kept requests and 2 blocked JIDs"
    assert tallied(account).remarks() == []


def test_who_cannot_log_in_is_named() -> None:
    """Accounts without keys, and those whose keys serve one mechanism alone; a few by name."""
    roster = Roster.new("v1")
    locked = [StoredAccount(f"a{number}@x.test", {}, roster) for number in range(7)]
    (one,) = tallied(*locked).remarks()
    assert "to a0@x.test, a1@x.test, a2@x.test, a3@x.test, a4@x.test and 2 other accounts, which came" in one
    (two,) = tallied(StoredAccount("b@x.test", {"SCRAM-SHA-1": KEYS}, roster)).remarks()
    assert "SCRAM-SHA-1 alone for b@x.test:" in two


def test_what_was_left_out_is_counted() -> None:
    """The most of one kind first; what is ours is told apart from what is not."""
    tally = Tally(left_out=1)
    tally.others.update(["vCard", "jabber:iq:private", "jabber:iq:private", "x" * 1000])
    one, two = tally.remarks()
    assert one.startswith("Not part of a roster, and left out: 2 x jabber:iq:private, 1 x vCard, 1 x xxx")
    assert len(one) < 250
    assert two == "1 thing could not be taken; the lines on standard error name each."


def test_a_namespace_cannot_speak_to_the_terminal() -> None:
    """XML may hold what a terminal takes for an order."""
    tally = Tally()
    tally.others["a\x9b31m"] += 1
    assert tally.remarks() == [r"Not part of a roster, and left out: 1 x a\x9b31m."]


def test_numbers_and_nouns() -> None:
    """One is singular."""
    assert [counted(number, "entry", "entries") for number in (0, 1, 2)] == ["0 entries", "1 entry", "2 entries"]
