"""The inputs of the server: links that open, send and are lost, and the commands of whoever runs it."""

from __future__ import annotations

import pytest
from rig import Client, Rig
from scene import FAR, JULIET, ROMEO, scene

from rosterkit.core import jid
from rosterkit.core.commands import AddAccount, RemoveAccount
from rosterkit.core.credentials import Keys
from rosterkit.core.effects import Close, SaveAccount, Send
from rosterkit.core.roster import Item
from rosterkit.core.stanza import Message, Presence
from rosterkit.core.state import Session
from rosterkit.core.subscription import State

CREDENTIALS = {"SCRAM-SHA-1": Keys(b"salt", 4096, b"stored", b"server")}


def command(rig: Rig, what: AddAccount | RemoveAccount) -> None:
    """Give a command and apply what comes of it."""
    rig.apply(rig.server.command(what, rig.now))


# A resource that is taken (RFC 6120 §7.7.2.2)


def test_a_taken_resource_ends_the_older_session_with_conflict() -> None:
    """The older session is closed with conflict, and its presence taken back before the newer one begins."""
    rig = Rig()
    older, other = rig.login("juliet"), rig.login("romeo")
    rig.befriend(older, other)
    newer = rig.connect("juliet", "a")
    assert older.closed is not None and older.closed.condition == "conflict"
    assert newer.closed is None and newer.seen() == []
    assert other.seen() == [f"presence unavailable from {JULIET}/a"]
    newer.presence()
    assert other.seen() == [f"presence available from {JULIET}/a"]


def test_the_older_session_of_a_taken_resource_is_dead() -> None:
    """Nothing that it sends counts any more, and its loss takes nothing from the newer one."""
    rig = Rig()
    older, other = rig.login("juliet"), rig.login("romeo")
    rig.befriend(older, other)
    newer = rig.login("juliet", "a")
    older.take(), other.take()
    older.presence("unavailable")
    older.message(ROMEO)
    older.set_item("<item jid='nurse@localhost'/>")
    older.leave()
    assert older.seen() == other.seen() == newer.seen() == []
    other.message(f"{JULIET}/a", "chat")
    assert newer.seen() == [f"message chat from {ROMEO}/a"]


def test_a_taken_resource_is_not_interested_yet() -> None:
    """The newer session starts anew: no roster, no presence, no directed targets (§2.2, §4.6.3)."""
    rig = Rig()
    older, far = rig.login("juliet"), rig.component("far.test")
    older.presence(to=FAR)
    newer = rig.connect("juliet", "a")
    assert far.seen()[-1] == f"presence unavailable from {JULIET}/a"
    rig.login("juliet", "b").set_item("<item jid='nurse@localhost'/>")
    newer.leave()
    assert newer.seen() == far.seen() == []


# Loss


def test_a_lost_session_is_lost_once() -> None:
    """A second loss, and anything read after the first, has no effect (§4.5.2)."""
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("romeo")
    rig.befriend(client, other)
    client.leave()
    assert other.seen() == [f"presence unavailable from {JULIET}/a"]
    client.leave()
    client.presence()
    client.get_roster()
    assert other.seen() == client.seen() == []
    assert rig.account("juliet").sessions == {}


def test_a_lost_component_answers_for_nobody() -> None:
    """After its loss nothing goes to it and nothing from it counts; it may come back."""
    _, client, far = scene(State.BOTH)
    far.leave()
    far.leave()
    far.message(FAR, JULIET)
    client.message(FAR)
    assert (far.seen(), client.seen()) == ([], [f"message error remote-server-not-found from {FAR}"])
    again = client.rig.component("far.test")
    client.message(FAR)
    assert again.seen() == [f"message normal from {JULIET}/a"]
    far.leave()
    client.message(FAR)
    assert again.seen() == [f"message normal from {JULIET}/a"], "the old link's end is not the new one's"


def test_an_unknown_link_does_nothing() -> None:
    """A link that was never opened sends nothing and loses nothing."""
    rig = Rig()
    other = rig.login("romeo")
    account = rig.account("juliet")
    stray = Client(rig, Session(account, account.jid.with_resource("stray")))
    stray.message(ROMEO)
    stray.leave()
    rig.apply(rig.server.lose(rig.guest().link, 0.0))
    assert other.seen() == []


def test_a_visitor_sends_iqs_only() -> None:
    """Before login nothing but a request is looked at (RFC 6120 §7.1)."""
    rig = Rig()
    other, guest = rig.login("romeo"), rig.guest()
    guest.send(Message("chat", None, jid.parse(ROMEO)))
    guest.send(Presence("subscribe", None, jid.parse(ROMEO)))
    assert other.seen() == guest.seen() == []


# What an input gives


def test_everything_in_flight_is_delivered_in_the_same_input() -> None:
    """One input gives all its effects: the local contact's answer stands behind what caused it (decision 1)."""
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("romeo")
    effects = rig.server.receive(client.link, Message("chat", "m", jid.parse(ROMEO)), 5.0)
    assert [(effect.link, effect.stanza.type) for effect in effects if isinstance(effect, Send)] == [
        (other.link, "chat")
    ]
    assert rig.world.now == 5.0 and not rig.world.queue
    assert rig.server.receive(client.link, Message("chat", "m", jid.parse("x@localhost")), 6.0)


def test_close_stands_behind_what_was_sent_before() -> None:
    """A link's close comes after everything sent to it (RFC 6120 §4.4)."""
    rig = Rig()
    client = rig.login("juliet")
    effects = rig.server.receive(client.link, Presence(sender=jid.parse(ROMEO)), 0.0)
    assert [type(effect) for effect in effects] == [Close]
    client = rig.login("juliet", "b")
    effects = rig.server.command(RemoveAccount(jid.parse(JULIET)), 0.0)
    to_client = [effect for effect in effects if isinstance(effect, Send | Close) and effect.link is client.link]
    assert [isinstance(effect, Close) for effect in to_client] == [False] * (len(to_client) - 1) + [True]


# Accounts


def test_add_account_stores_an_empty_roster() -> None:
    """A new account is saved with its credentials and can be used at once."""
    rig = Rig(accounts=())
    command(rig, AddAccount(jid.parse(JULIET), CREDENTIALS))
    ((bare, credentials, roster),) = rig.store.load()
    assert (bare, credentials, dict(roster.items)) == (JULIET, CREDENTIALS, {})
    assert rig.login("juliet").closed is None


def test_add_account_again_changes_the_password_only() -> None:
    """An account that exists gets the new credentials; its roster and its sessions stay."""
    rig = Rig()
    client = rig.login("juliet")
    client.set_item("<item jid='romeo@localhost'/>")
    command(rig, AddAccount(jid.parse(JULIET), CREDENTIALS))
    stored = next(account for account in rig.store.load() if account[0] == JULIET)
    assert stored[1] == rig.account("juliet").credentials == CREDENTIALS
    assert dict(stored[2].items) == {ROMEO: Item(ROMEO)} and client.closed is None


def test_removing_an_unknown_account_is_no_error() -> None:
    """Nothing is saved and nobody is told."""
    rig = Rig()
    assert rig.server.command(RemoveAccount(jid.parse("nobody@localhost")), 0.0) == []


def test_removing_an_account_tells_its_contacts_and_ends_its_streams() -> None:
    """Each contact is told as if the entry were removed; local rosters lose it; its streams end (§2.5.2)."""
    rig = Rig()
    client, second, silent = rig.login("juliet"), rig.login("juliet", "b"), rig.connect("juliet", "c")
    other, asker, far = rig.login("romeo"), rig.login("nurse"), rig.component("far.test")
    rig.befriend(client, other)
    rig.bring(client, far, FAR, State.BOTH)
    asker.presence("subscribe", JULIET)
    client.presence(to="mercutio@far.test/x")
    for end in (asker, other, far):
        end.take()
    command(rig, RemoveAccount(jid.parse(JULIET)))
    for end in (client, second, silent):
        assert end.closed is not None and end.closed.condition == "not-authorized"
    assert other.seen() == [
        f"presence unsubscribe from {JULIET}",
        f"push {JULIET} subscription=to ask=no",
        f"presence unavailable from {JULIET}/a",
        f"presence unavailable from {JULIET}/b",
        f"presence unsubscribed from {JULIET}",
        f"push {JULIET} subscription=none ask=no",
    ]
    assert asker.seen() == [f"presence unsubscribed from {JULIET}", f"push {JULIET} subscription=none ask=no"]
    assert far.addressed() == [
        f"presence unsubscribe from {JULIET} to {FAR}",
        f"presence unavailable from {JULIET}/a to {FAR}",
        f"presence unavailable from {JULIET}/b to {FAR}",
        f"presence unsubscribed from {JULIET} to {FAR}",
        f"presence unavailable from {JULIET}/a to mercutio@far.test/x",
    ]
    assert JULIET not in rig.world.accounts
    assert JULIET not in [account[0] for account in rig.store.load()]


def test_a_removed_account_made_anew_has_nothing_of_the_old_one() -> None:
    """Neither roster nor requests nor sessions come back, and what an old session sends has no effect."""
    rig = Rig()
    client, asker = rig.login("juliet"), rig.login("romeo")
    client.set_item("<item jid='nurse@localhost'/>")
    asker.presence("subscribe", JULIET)
    for what in (RemoveAccount(jid.parse(JULIET)), AddAccount(jid.parse(JULIET), {})):
        command(rig, what)
    again = rig.connect("juliet", "b")
    client.take()
    client.set_item("<item jid='mercutio@localhost'/>")
    again.get_roster()
    again.presence()
    assert again.seen() == ["roster []", f"presence available from {JULIET}/b"]
    assert client.seen() == []


def test_removal_is_one_save_of_the_account_and_one_of_each_local_contact() -> None:
    """The removed account is stored as gone; nothing is saved for it afterwards."""
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("romeo")
    rig.befriend(client, other)
    saves = [
        effect for effect in rig.server.command(RemoveAccount(jid.parse(JULIET)), 0.0) if not isinstance(effect, Send)
    ]
    gone = saves.index(SaveAccount(JULIET, None, None))
    assert all(getattr(save, "account", None) != JULIET for save in saves[gone + 1 :])


@pytest.mark.parametrize("load", [False, True])
def test_what_is_stored_is_what_is_known(load: bool) -> None:
    """A server that loads the store has the same accounts, rosters and requests, and saves nothing of it again."""
    rig, client, far = scene(State.FROM)
    far.presence("subscribe", "mercutio@far.test", JULIET, "<status>hi</status>")
    client.presence("subscribed", "benvolio@far.test")
    client.set_item("<item jid='romeo@localhost' name='R'><group>a</group></item>")
    if load:
        rig = rig.restarted()
        assert rig.world.take() == []
    assert {bare: (account.credentials, account.roster) for bare, account in rig.world.accounts.items()} == {
        bare: (credentials, roster) for bare, credentials, roster in rig.store.load()
    }
