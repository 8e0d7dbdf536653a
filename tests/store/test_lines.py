"""An export: what is written of an account, and that what is read from it is the same account."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from stored_accounts import ACCOUNTS, comparable

from rosterkit.core.credentials import Keys
from rosterkit.core.roster import Item, Kept, Roster
from rosterkit.store import StoredAccount, line_reader, lines

JULIET, ROMEO, NURSE = "juliet@capulet.test", "romeo@montague.test", "nurse@capulet.test"


def test_an_account_line_by_line() -> None:
    """What is absent or false is left out; bytes are base64; every text stands as it is read by people."""
    roster = (
        Roster.new("v1")
        .with_item(Item(ROMEO, "Roméo", ("Lovers",), "to", approved=True), "v2", 5)
        .with_item(Item("c@x.test", "", ask=True), "v3", 5)
        .with_request(NURSE, Kept(b"<status>\xc3\xb6</status>", "n1", "de"))
        .with_request("d@x.test", Kept(b""))
        .with_blocked(["b.test"])
    )
    account = StoredAccount(JULIET, {"SCRAM-SHA-1": Keys(b"salt", 4096, b"k" * 20, b"v" * 20)}, roster)
    keys = {
        "salt": "c2FsdA==",
        "iterations": 4096,
        "stored_key": "a2tra2tra2tra2tra2tra2tra2s=",
        "server_key": "dnZ2dnZ2dnZ2dnZ2dnZ2dnZ2dnY=",
    }
    written = [line.decode() for line in lines.write([account])]
    assert all(line.endswith("\n") for line in written)
    assert [json.loads(line) for line in written] == [
        {"format": "rosterkit-accounts", "version": 1},
        {"account": JULIET, "version": "v3", "credentials": {"SCRAM-SHA-1": keys}},
        {"request": NURSE, "xml": "<status>ö</status>", "id": "n1", "lang": "de"},
        {"request": "d@x.test", "xml": ""},
        {"contact": ROMEO, "name": "Roméo", "groups": ["Lovers"], "subscription": "to", "approved": True},
        {"contact": "c@x.test", "name": "", "subscription": "none", "ask": True},
        {"blocked": "b.test"},
        {"change": "", "version": "v1"},
        {"change": ROMEO, "version": "v2"},
        {"change": "c@x.test", "version": "v3"},
        {"end": "rosterkit-accounts", "accounts": 1},
    ]
    assert "Roméo" in written[4]


def test_more_than_a_line_holds_is_refused() -> None:
    """Nothing is written that could not be read: the sentence names the account and shows what it is about."""
    roster = Roster.new("v1").with_request(NURSE, Kept(b"x" * lines.MAX_LINE_BYTES))
    with pytest.raises(
        lines.TooLong, match=f'{JULIET} holds .* bytes of a line: {{"request": "{NURSE}", "xml": "xxx'
    ):
        list(lines.write([StoredAccount(JULIET, {}, roster)]))


@given(ACCOUNTS)
def test_what_is_read_is_what_was_written(accounts: list[StoredAccount]) -> None:
    """Credentials, entries in every state, requests, blocked JIDs and history, in their order; nothing is drawn."""
    file = io.BytesIO(b"".join(lines.write(accounts)))
    found = line_reader.read(file, lambda: pytest.fail("A version was there."), lambda address: address)
    assert [comparable(account) for account in found] == [comparable(account) for account in accounts]
