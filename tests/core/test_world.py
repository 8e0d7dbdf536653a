"""The world as an object: what a rule saves, sends and pushes, in which order, and how it is taken back."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from rosterkit.core import jid
from rosterkit.core.effects import Close, Push, Save, SaveAccount, Send
from rosterkit.core.roster import Item
from rosterkit.core.stanza import Iq, Message, Presence
from rosterkit.core.state import Account, Component, Session
from rosterkit.core.world import Settings, World
from rosterkit.errors import BAD_REQUEST, STREAM_CONFLICT

JULIET, ROMEO = jid.parse("juliet@localhost"), jid.parse("romeo@localhost")


def world(settings: Settings = Settings(), expected: tuple[str, ...] = ()) -> World:  # noqa: B008  # immutable
    """An empty world with numbered ids and versions."""
    numbers = itertools.count(1)
    return World(
        ("localhost",), lambda: f"id{next(numbers)}", lambda: f"v{next(numbers)}", lambda _: {}, settings, expected
    )


def session(account: Account, resource: str, interested: bool = True) -> Session:
    """A bound session, put where it belongs."""
    made = Session(account, account.jid.with_resource(resource))
    made.interested = interested
    account.sessions[resource] = made
    return made


def test_saves_come_first_and_the_rest_in_its_order() -> None:
    """All saves of an input stand before any send, each kind in the order in which it was caused (decision 1)."""
    here = world()
    account = here.add_account(JULIET, {})
    end = session(account, "a")
    stanza = Message("chat")
    here.send(end, stanza, "x@localhost")
    here.put_item(account, Item("romeo@localhost"))
    here.close(end, STREAM_CONFLICT)
    here.put_item(account, Item("nurse@localhost"))
    kinds = [type(effect) for effect in here.take()]
    assert kinds == [SaveAccount, Save, Save, Send, Push, Close, Push]
    assert here.take() == []


def test_put_item_saves_and_pushes_the_same_state() -> None:
    """The saved roster holds the item under a new version, and the push carries both (§2.1.6, §2.6.3)."""
    here = world()
    account = here.add_account(JULIET, {})
    first, second = session(account, "a"), session(account, "b")
    session(account, "c", interested=False)
    before = account.roster
    here.take()
    item = Item("romeo@localhost", "R")
    here.put_item(account, item)
    save, push = here.take()
    assert save == Save(JULIET.bare, "romeo@localhost", account.roster)
    assert isinstance(push, Push) and (push.item, push.version) == (item, account.roster.version)
    assert [end for end, _ in push.receivers] == [first, second]
    assert account.roster.items == {"romeo@localhost": item} and before.items == {}
    assert account.roster.version != before.version


def test_a_push_to_nobody_is_no_effect() -> None:
    """Without interested resources there is nothing to push (§2.1.6)."""
    here = world()
    account = here.add_account(JULIET, {})
    here.take()
    here.put_item(account, Item("romeo@localhost"))
    assert [type(effect) for effect in here.take()] == [Save]


def test_pushes_without_versioning_have_no_version() -> None:
    """With versioning off no push names a version (§2.6.1)."""
    here = world(Settings(versioning=False))
    account = here.add_account(JULIET, {})
    session(account, "a")
    here.take()
    here.put_item(account, Item("romeo@localhost"))
    assert [effect.version for effect in here.take() if isinstance(effect, Push)] == [None]


def test_unreachable_says_why() -> None:
    """A local domain and a connected component are reachable, an expected component is late, others are unknown."""
    here = world(expected=("late.test", "far.test"))
    here.components["far.test"] = Component("far.test")
    assert here.unreachable("localhost") is here.unreachable("far.test") is None
    late, unknown = here.unreachable("late.test"), here.unreachable("nowhere.test")
    assert late is not None and late.condition == "remote-server-timeout"
    assert unknown is not None and unknown.condition == "remote-server-not-found"


@pytest.mark.parametrize("stanza", [Iq("result", "1", ROMEO, JULIET), Message("error", "1", ROMEO, JULIET)])
def test_what_may_not_be_answered_is_not(stanza: Iq | Message) -> None:
    """Neither reply nor bounce answers an error or a result with an error (RFC 6120 §8.3.1)."""
    here = world()
    end = session(here.add_account(JULIET, {}), "a")
    here.take()
    here.reply(end, stanza, BAD_REQUEST)
    here.bounce(stanza, BAD_REQUEST)
    assert here.take() == [] and not here.queue


def test_reply_goes_to_the_link_and_bounce_is_routed() -> None:
    """A reply is written to whom it concerns at once; a bounce passes by way of the sender's server."""
    here = world()
    end = session(here.add_account(JULIET, {}), "a")
    here.take()
    asked = Iq("get", "1", ROMEO, end.jid)
    here.reply(end, asked, b"")
    (sent,) = here.take()
    assert isinstance(sent, Send) and (sent.link, sent.to, sent.stanza.type) == (end, end.jid.full, "result")
    here.bounce(asked, BAD_REQUEST)
    ((stanza, to),) = here.queue
    assert (stanza.type, to) == ("error", end.jid.full)


def test_a_bounce_of_what_nobody_sent_is_dropped() -> None:
    """A stanza without a sender has nowhere to go back to."""
    here = world()
    here.bounce(Presence("", "1", ROMEO), BAD_REQUEST)
    assert not here.queue


def test_roll_back_takes_back_everything() -> None:
    """Accounts, rosters and credentials are as they were, and nothing waits to be sent or delivered."""
    here = world()
    account = here.add_account(JULIET, {})
    here.take()
    here.undo.commit()
    roster, credentials = account.roster, account.credentials
    here.put_item(account, Item("romeo@localhost"))
    here.set_credentials(account, {"SCRAM-SHA-1": None})  # type: ignore[dict-item]
    here.add_account(ROMEO, {})
    here.drop_account(account)
    here.route(Message("chat"), "juliet@localhost")
    here.roll_back()
    assert here.accounts == {JULIET.bare: account}
    assert account.roster is roster and account.credentials is credentials
    assert not here.queue and here.take() == []


def test_account_effects_name_what_is_stored() -> None:
    """A new account is saved with its empty roster, new credentials alone, a removed account as nothing."""
    here = world()
    account = here.add_account(JULIET, {})
    roster = account.roster
    here.set_credentials(account, {"x": None})  # type: ignore[dict-item]
    here.drop_account(account)
    assert here.take() == [
        SaveAccount(JULIET.bare, {}, roster),
        SaveAccount(JULIET.bare, {"x": None}, None),  # type: ignore[dict-item]
        SaveAccount(JULIET.bare, None, None),
    ]


def test_set_roster_saves_without_a_push() -> None:
    """What does not show is stored and not pushed: the version stays (§2.6.3)."""
    here = world()
    account = here.add_account(JULIET, {})
    session(account, "a")
    here.take()
    kept = account.roster.with_request(ROMEO.bare, b"<x/>")
    here.set_roster(account, ROMEO.bare, kept)
    assert here.take() == [Save(JULIET.bare, ROMEO.bare, kept)]
    assert account.roster.version == replace(kept).version
