"""How mutants break rules by what is sent: lost, changed or joined by more, and only while they should."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from rosterkit.conformance.server.mutants.sending import (
    Sent,
    adding,
    changing,
    is_routed,
    losing,
    sees,
    stripped,
    subscribed,
    while_available,
    while_unavailable,
)
from rosterkit.core import jid
from rosterkit.core.effects import Send
from rosterkit.core.roster import Item, Roster
from rosterkit.core.stanza import Message, Presence
from rosterkit.core.state import Account, Session
from rosterkit.core.world import Settings, World

JULIET = jid.parse("juliet@capulet.test")


def a_world() -> World:
    """Nobody is there."""
    return World(("capulet.test",), lambda: "id", lambda: "v", lambda _: {}, Settings())


def a_session(**subscriptions: str) -> Session:
    """Juliet's, with these contacts."""
    items = {f"{name}@montague.test": state for name, state in subscriptions.items()}
    roster = Roster.new("v0")
    for number, (contact, state) in enumerate(items.items()):
        roster = roster.with_item(Item(contact, subscription=state), f"v{number + 1}", 10)
    return Session(Account(JULIET, roster, {}), JULIET.with_resource("desk"))


def rule(world: World, session: Session, stanza: Presence) -> str:
    """A rule that sends to the session and to Romeo."""
    world.send(session, stanza, "juliet@capulet.test")
    world.route(stanza, "romeo@montague.test")
    return "done"


def result(change: Any, world: World, session: Session) -> tuple[list[Any], list[Any]]:
    """What the rule, changed, has sent to links, and what it has routed."""
    assert change(rule)(world, session, Presence(id="p")) in ("done", None)
    sends = [effect for effect in world.take() if isinstance(effect, Send)]
    routed = list(world.queue)
    world.queue.clear()
    return [one.stanza.id for one in sends], [(stanza.id, to) for stanza, to in routed]


def test_what_is_lost_is_not_sent():
    """By link or by route, as is said; everything else is."""
    world, session = a_world(), a_session()
    assert result(losing(lambda sent, *_: is_routed(sent)), world, session) == (["p"], [])
    assert result(losing(lambda sent, *_: sent.link is session), world, session) == (
        [],
        [("p", "romeo@montague.test")],
    )


def test_what_is_changed_is_sent_in_its_place():
    """To the same one."""
    change = changing(lambda *_: Presence(id="q"))
    assert result(change, a_world(), a_session()) == (["q"], [("q", "romeo@montague.test")])


def test_what_is_added_comes_afterwards():
    """With the arguments of the rule."""
    change = adding(lambda world, _session, stanza: world.route(stanza, "paris@verona.test"))
    routed = [("p", "romeo@montague.test"), ("p", "paris@verona.test")]
    assert result(change, a_world(), a_session()) == (["p"], routed)


def test_the_world_is_itself_again():
    """After the rule, and after one that fails."""
    world, session = a_world(), a_session()

    def fails(*_: Any) -> None:
        raise LookupError

    for broken in (rule, fails):
        wrong = losing(lambda *_: True)(broken)
        if broken is fails:
            with pytest.raises(LookupError):
                wrong(world, session, Presence())
        else:
            wrong(world, session, Presence())
        assert result(lambda right: right, world, session) == (["p"], [("p", "romeo@montague.test")])


@pytest.mark.parametrize(("change", "when"), [(while_available, True), (while_unavailable, False)])
@pytest.mark.parametrize("available", [True, False])
def test_a_change_can_wait_for_availability(change: Any, when: bool, available: bool):
    """It is the session's when the rule begins that counts."""
    session = a_session()
    session.presence = Presence() if available else None
    sent, _ = result(change(losing(lambda *_: True)), a_world(), session)
    assert (sent == []) is (when is available)


@pytest.mark.parametrize(
    ("sent", "type_", "right"),
    [
        (Sent(None, Presence(), "a@b"), "", True),
        (Sent(None, Presence("probe"), "a@b"), "probe", True),
        (Sent(None, Presence("probe"), "a@b"), "", False),
        (Sent(None, Message(""), "a@b"), "", False),
        (Sent(a_session(), Presence(), "a@b"), "", False),
    ],
)
def test_routed_presence_has_a_type_and_no_link(sent: Sent, type_: str, right: bool):
    """Messages and what goes straight to a resource are none."""
    assert is_routed(sent, type_) is right


def test_a_subscription_is_of_the_bare_jid():
    """None where there is no entry; from and both let see."""
    account = a_session(romeo="from", benvolio="to", mercutio="both").account
    people = (
        "romeo@montague.test/orchard",
        "benvolio@montague.test",
        "mercutio@montague.test",
        "tybalt@x.test",
        None,
    )
    assert [subscribed(account, one) for one in people] == ["from", "to", "both", "none", "none"]
    assert [sees(account, one) for one in people] == [True, False, True, False, False]


@pytest.mark.parametrize(
    ("body", "left"),
    [
        (b"<show>away</show>", b"<show>away</show>"),
        (b"<c xmlns='urn:c' v='1'/><show>xa</show><w xmlns='urn:w'><s>w</s></w>", b"<show>xa</show>"),
        (b"", b""),
    ],
)
def test_extensions_are_stripped(body: bytes, left: bytes):
    """What is of the stream's own namespace stays."""
    assert stripped(Presence(body=body)).body == left


def test_a_stripped_stanza_is_written_anew():
    """What the encoder has remembered of the whole one is gone."""
    assert stripped(Presence(body=b"<c xmlns='urn:c'/>", memo=SimpleNamespace())).memo is None
