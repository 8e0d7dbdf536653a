"""What somebody who runs the server can change: effects of each command."""

from __future__ import annotations

import pytest
from rig import Rig

from rosterkit.core import jid
from rosterkit.core.commands import AddAccount, Disconnect, ForgetVersions, PutEntry, RemoveEntry
from rosterkit.core.roster import Item, Kept, Roster
from rosterkit.core.subscription import State
from rosterkit.errors import STREAM_POLICY_VIOLATION

JULIET, ROMEO = jid.parse("juliet@localhost"), "romeo@localhost"


@pytest.fixture
def rig() -> Rig:
    """Three accounts."""
    return Rig()


def test_an_account_may_begin_with_a_roster(rig: Rig):
    """It is there as it was given, and stored."""
    roster = Roster.new("seed").with_item(Item(ROMEO, subscription="both"), "seed1", 5)
    rig.apply(rig.server.command(AddAccount(jid.parse("paris@localhost"), {}, roster), 0))
    assert rig.state("paris", ROMEO) is State.BOTH
    assert rig.restarted().state("paris", ROMEO) is State.BOTH


def test_an_entry_is_put_and_pushed(rig: Rig):
    """Name, groups and subscription become what the command says; interested resources learn it, nobody else."""
    juliet, romeo = rig.login("juliet"), rig.login("romeo")
    rig.apply(rig.server.command(PutEntry(JULIET, ROMEO, Item(ROMEO, "R", ("g",), "both"), None), 0))
    assert juliet.seen() == [f"push {ROMEO} subscription=both ask=no"]
    assert romeo.seen() == []
    assert rig.state("juliet", ROMEO) is State.BOTH


def test_the_same_entry_again_is_pushed_to_nobody(rig: Rig):
    """A version belongs to one state: where nothing changes there is no new one."""
    juliet = rig.login("juliet")
    for _ in range(2):
        rig.apply(rig.server.command(PutEntry(JULIET, ROMEO, Item(ROMEO, "R"), None), 0))
    assert len(juliet.pushes()) == 1


def test_a_request_alone_shows_nothing(rig: Rig):
    """It is kept and comes at the next login (RFC 6121 §3.1.3)."""
    juliet = rig.login("juliet")
    rig.apply(rig.server.command(PutEntry(JULIET, ROMEO, None, Kept(b"<x xmlns='urn:x'/>")), 0))
    assert juliet.seen() == []
    assert rig.state("juliet", ROMEO) is State.NONE_IN
    again = rig.connect("juliet", "b")
    again.presence()
    assert f"presence subscribe from {ROMEO}" in again.seen()


def test_no_entry_takes_the_entry_away_in_silence(rig: Rig):
    """Its removal is pushed, and the contact hears nothing."""
    juliet, romeo = rig.login("juliet"), rig.login("romeo")
    rig.befriend(juliet, romeo)
    rig.apply(rig.server.command(PutEntry(JULIET, ROMEO, None, None), 0))
    assert juliet.seen() == [f"push {ROMEO} subscription=remove ask=no"]
    assert romeo.seen() == []


def test_an_entry_is_removed_as_by_a_client(rig: Rig):
    """The contact loses presence and subscription in the order of §2.5.2 and §3.2.2."""
    juliet, romeo = rig.login("juliet"), rig.login("romeo")
    rig.befriend(juliet, romeo)
    rig.apply(rig.server.command(RemoveEntry(JULIET, ROMEO), 0))
    assert rig.state("romeo", JULIET.bare) is State.NONE
    assert "presence unavailable from juliet@localhost/a" in romeo.seen()


def test_forgotten_versions_lead_to_the_whole_roster(rig: Rig):
    """A version from before is unknown, nothing is pushed, and the entries are the same."""
    juliet = rig.login("juliet")
    juliet.set_item(f"<item jid='{ROMEO}'/>")
    known = rig.account("juliet").roster.version
    juliet.take()
    rig.apply(rig.server.command(ForgetVersions(JULIET), 0))
    assert juliet.seen() == []
    juliet.get_roster(known)
    assert juliet.seen() == [f"roster ['{ROMEO}']"]
    assert rig.restarted().account("juliet").roster.changes_since(known) is None


def test_a_session_is_ended(rig: Rig):
    """With the error that was asked for, and its contacts learn that it is gone; a second time nothing happens."""
    juliet, romeo = rig.login("juliet"), rig.login("romeo")
    rig.befriend(juliet, romeo)
    for _ in range(2):
        rig.apply(rig.server.command(Disconnect(juliet.link, STREAM_POLICY_VIOLATION), 0))
    assert juliet.closed == STREAM_POLICY_VIOLATION
    assert romeo.seen() == ["presence unavailable from juliet@localhost/a"]


@pytest.mark.parametrize(
    "command",
    [
        PutEntry(jid.parse("nobody@localhost"), ROMEO, Item(ROMEO), None),
        RemoveEntry(jid.parse("nobody@localhost"), ROMEO),
        ForgetVersions(jid.parse("nobody@localhost")),
    ],
)
def test_an_account_that_is_not_there_stays_so(rig: Rig, command):
    """No effect, no account."""
    assert rig.server.command(command, 0) == []
    assert "nobody@localhost" not in rig.world.accounts
