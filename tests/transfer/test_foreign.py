"""Accounts of other servers: files that Prosody and ejabberd wrote, and what both may hold and we cannot."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from rosterkit.core.history import Entry
from rosterkit.core.roster import Item, Kept
from rosterkit.store import StoredAccount
from rosterkit.transfer import foreign
from rosterkit.wire import passwords

EXPORTED = Path(__file__).parent / "exported"
ROMEO = "romeo@montague.test"


class Found(NamedTuple):
    """What came of a file."""

    accounts: dict[str, StoredAccount]
    left_out: list[str]
    others: list[str]
    included: list[tuple[int, str]]


def found(data: bytes | str, rename: Callable[[str], str] = str) -> Found:
    """What comes of a file with these bytes."""
    left_out: list[str] = []
    others: list[str] = []
    included: list[tuple[int, str]] = []
    notes = foreign.Notes(left_out.append, others.append, lambda line, href: included.append((line, href)))
    file = io.BytesIO(data if isinstance(data, bytes) else data.encode())
    accounts = {account.jid: account for account in foreign.read(file, lambda: "drawn", rename, notes)}
    return Found(accounts, left_out, others, included)


def juliet(inside: str, attributes: str = "", **options: Any) -> Found:
    """What comes of an account with these elements; an item is put into a roster."""
    query = f"<query xmlns='jabber:iq:roster'>{inside}</query>" if inside.startswith("<item") else inside
    return found(
        f"<host xmlns='urn:xmpp:pie:0' jid='capulet.test'>\n<user name='juliet'{attributes}>{query}</user></host>",
        **options,
    )


class TestRealFiles:
    """Juliet and Romeo see each other, the nurse waits for both; all of it was played on each server by clients."""

    @pytest.mark.parametrize("kind", ["prosody-plain", "prosody-hashed", "ejabberd-plain", "ejabberd-scram"])
    def test_rosters_and_requests_arrive_whole(self, kind: str) -> None:
        """Names, groups, states and requests; nothing is left out that is ours."""
        files = [found(path.read_bytes()) for path in sorted((EXPORTED / kind).iterdir())]
        accounts = {jid: account for file in files for jid, account in file.accounts.items()}
        assert [line for file in files for line in file.left_out] == []
        assert sorted(accounts) == ["juliet@localhost", "nurse@localhost", "romeo@localhost"]
        roster = accounts["juliet@localhost"].roster
        romeo = roster.items["romeo@localhost"]
        assert (romeo.name, sorted(romeo.groups), romeo.subscription) == (
            "Romeo & co <3", ["Friends", "Lovers"], "both"
        )  # fmt: skip
        assert roster.items["paris@elsewhere.example"].ask
        assert roster.items["tybalt@elsewhere.example"] == Item("tybalt@elsewhere.example")
        assert list(roster.requests) == list(accounts["romeo@localhost"].roster.requests) == ["nurse@localhost"]
        nurse = accounts["nurse@localhost"].roster
        assert all(item.ask and item.subscription == "none" for item in nurse.items.values())
        assert (roster.version, roster.log) == ("drawn", (Entry("drawn", ""),))

    @pytest.mark.parametrize("kind", ["prosody-plain", "prosody-hashed", "ejabberd-plain", "ejabberd-scram"])
    def test_everybody_logs_in_with_the_old_password(self, kind: str) -> None:
        """From passwords in plain text and from each server's keys."""
        known = {"juliet": "capulet", "romeo": "montague", "nurse": "balm"}
        for path in (EXPORTED / kind).iterdir():
            for jid, account in found(path.read_bytes()).accounts.items():
                assert passwords.matches(known[jid.partition("@")[0]], account.credentials)
                assert not passwords.matches("other", account.credentials)

    def test_what_else_stands_there(self) -> None:
        """It is named, the message of a request is kept, and the file that goes on elsewhere is told."""
        one, two = (found(path.read_bytes()) for path in sorted((EXPORTED / "ejabberd-scram").iterdir()))
        assert one.included == [(1, "20261130-015522_localhost.xml")]
        assert two.others == ["vCard", "jabber:iq:privacy", "jabber:iq:private", "offline-messages"]
        kept = two.accounts["juliet@localhost"].roster.requests["nurse@localhost"]
        assert kept == Kept(b"<status xml:lang='en'>Madam &amp; child?</status>")


def test_jids_are_prepared_and_renamed() -> None:
    """Other servers may write capitals; accounts, entries and requests get the new name of their domain."""
    request = "<presence xmlns='jabber:client' type='subscribe' from='N@Capulet.test/r'/>"
    inside = f"<item jid='ROMEO@Montague.Test'/></query>{request}<query>"
    roster = juliet(inside, rename=lambda jid: jid.replace("capulet", "verona")).accounts["juliet@verona.test"].roster
    assert [*roster.items, *roster.requests] == [ROMEO, "n@verona.test"]


STATES = {
    "": ("none", False),
    "subscription='none' ask='subscribe'": ("none", True),
    "subscription='from' ask='subscribe'": ("from", True),
    "subscription='both'": ("both", False),
    "subscription='to' ask='unsubscribe'": ("to", False),
    "subscription='to' approved='true'": ("to", False),
}


@pytest.mark.parametrize("attributes", STATES)
def test_states(attributes: str) -> None:
    """A missing subscription is none; only an ask to subscribe is one; approval stays."""
    result = juliet(f"<item jid='{ROMEO}' {attributes}/>")
    item = result.accounts["juliet@capulet.test"].roster.items[ROMEO]
    assert (item.subscription, item.ask) == STATES[attributes]
    assert item.approved == ("approved" in attributes)
    assert result.left_out == []


MANY = "".join(f"<group>{number}</group>" for number in range(101))
ASKS = "<presence type='subscribe' from='a@x.test'/>"
KEYS = "<scram-credentials xmlns='urn:xmpp:pie:0#scram' mechanism='SCRAM-SHA-1'/>"
LEFT_OUT = {
    "<item jid='juliet@capulet.test'/>": ("the entry 'juliet@capulet.test' is left out: An account cannot stand", []),
    f"<item jid='{ROMEO}/balcony'/>": ("is left out: The item's jid has a resource", []),
    "<item jid='a b@x.test'/>": ("is left out: The localpart", []),
    "<item name='x'/>": ("the entry '' is left out: The item has no jid", []),
    f"<item jid='{ROMEO}'/><item jid='{ROMEO.upper()}'/>": ("is left out: This contact is there twice", [ROMEO]),
    f"<item jid='{ROMEO}' subscription='remove'/>": ("is left out: 'remove'", []),
    f"<item jid='{ROMEO}' subscription='neither'/>": ("is left out: 'neither'", []),
    f"<item jid='{ROMEO}' name='{'x' * 1024}'/>": ("is left out: A name may have 1023 bytes", []),
    f"<item jid='{ROMEO}' subscription='both' ask='subscribe'/>": ("asks for what it has", [ROMEO]),
    f"<item jid='{ROMEO}'><group/></item>": ("the group '' is left out: It has no name", [ROMEO]),
    f"<item jid='{ROMEO}'><group>G</group><group>G</group></item>": ("the group 'G' is left out: It is", [ROMEO]),
    f"<item jid='{ROMEO}'><group>{'x' * 1024}</group></item>": ("is left out: It is longer than 1023 bytes", [ROMEO]),
    f"<item jid='{ROMEO}'>{MANY}</item>": ("may be in 100 groups", [ROMEO]),
    f"<item jid='{ROMEO}'><group><a/></group></item>": ("the group '' is left out", [ROMEO]),
    "<presence type='subscribe'/>": ("a request of 'nobody' is left out: it does not say by a JID", []),
    "<presence type='subscribe' from='@'/>": ("a request of '@' is left out", []),
    "<presence type='subscribe' from='juliet@capulet.test/x'/>": ("is left out: An account cannot stand", []),
    "<presence type='subscribed' from='a@x.test'/>": ("a presence of type 'subscribed' is left out", []),
    "<presence from='a@x.test'/>": ("a presence of type '' is left out", []),
    ASKS * 2: ("'a@x.test' is left out: This contact is there twice", ["a@x.test"]),
    KEYS: ("its keys for 'SCRAM-SHA-1' are left out", []),
}  # fmt: skip


@pytest.mark.parametrize("inside", LEFT_OUT)
def test_what_we_cannot_hold_is_told_and_the_rest_is_taken(inside: str) -> None:
    """Line, account and entry, and why; the entry stays where only something of it is wrong."""
    said, stays = LEFT_OUT[inside]
    result = juliet(inside)
    (line,) = result.left_out
    assert line.startswith("line 2: juliet@capulet.test: ")
    assert said in line
    assert len(line) < 300
    roster = result.accounts["juliet@capulet.test"].roster
    assert [*roster.items, *roster.requests] == stays


@pytest.mark.parametrize("order", [1, -1])
def test_an_answered_request_is_left_out_and_its_entry_stays(order: int) -> None:
    """Whichever of them comes first in the file."""
    parts = [
        f"<query xmlns='jabber:iq:roster'><item jid='{ROMEO}' subscription='from'/></query>",
        f"<presence type='subscribe' from='{ROMEO}'/>",
    ]
    result = juliet("".join(parts[::order]))
    roster = result.accounts["juliet@capulet.test"].roster
    assert (list(roster.items), dict(roster.requests)) == ([ROMEO], {})
    assert "leaves nothing to ask for" in result.left_out[0]


@pytest.mark.parametrize("name", ["", " name=''", " name='a b'", " name='\N{PILE OF POO}'", " name='a@b'"])
def test_an_account_that_cannot_have_its_name_is_left_out(name: str) -> None:
    """With everything in it; the others are taken."""
    result = found(
        f"<host xmlns='urn:xmpp:pie:0' jid='a.test'><user{name}><presence type='x'/></user><user name='b'/></host>"
    )
    assert list(result.accounts) == ["b@a.test"]
    assert len(result.left_out) == 1
    assert "an account is left out" in result.left_out[0]


@pytest.mark.parametrize("attributes", ["", " password=''", f" password='{'hush' * 300}'"])
def test_an_account_without_a_usable_password_is_made(attributes: str) -> None:
    """Nobody can log in to it; a password that is refused is told and not shown."""
    result = juliet("", attributes)
    assert result.accounts["juliet@capulet.test"].credentials == {}
    assert len(result.left_out) == ("hush" in attributes)
    assert "hush" not in "".join(result.left_out)
