"""Two accounts on one server, explored completely: every move in every state that can be reached.

With pre-approval there are 1053 states and 14742 moves, without it 405 and 5670.  The states can be counted by hand.
What juliet holds of romeo is none, ask or to, and so is what he holds of her: nine cases, in which the other half of
each roster follows, as the two agree.  Each side's entry stands with or without a name, and may be missing where
nothing shows; it may be pre-approved unless a request waits, as the request would have been granted.  That makes 117
pairs of rosters (45 without pre-approval), and each resource is gone, bound or available: times nine.
"""

from __future__ import annotations

import pytest
from two_accounts import AVAILABLE, BOUND, START, Step, TwoAccounts, presences

from rosterkit.core.effects import Push, Save, Send, SendRoster
from rosterkit.core.stanza import Iq
from rosterkit.core.state import Link
from rosterkit.core.subscription import State

SIZES = {True: (1053, 14742), False: (405, 5670)}


@pytest.fixture(scope="module", params=[True, False], ids=["pre-approval", "no pre-approval"])
def world(request: pytest.FixtureRequest) -> TwoAccounts:
    """The whole world, explored once."""
    return TwoAccounts(pre_approval=request.param).explore()


def _described(world: TwoAccounts, step: Step) -> str:
    return f"{world.story(step.before)}; then {world.names[step.move.who].local} {step.move.name}: {step.effects}"


def test_both_rosters_agree(world: TwoAccounts) -> None:
    """One sees exactly who is seen by the other, and asks just where the other keeps the request; no exceptions."""
    for pair in world.states:
        for mine, other in (pair, pair[::-1]):
            assert mine.state.sees == other.state.seen, world.story(pair)
            assert mine.state.ask == other.state.pending_in, world.story(pair)


def test_presence_is_known_exactly_where_it_may_be(world: TwoAccounts) -> None:
    """A resource takes the other for available exactly while both are available and the subscription stands (§4)."""
    for pair in world.states:
        for mine, other in (pair, pair[::-1]):
            entitled = mine.link == other.link == AVAILABLE and mine.state.sees
            assert mine.sees == entitled, world.story(pair)


def test_nobody_hears_of_presence_without_a_subscription(world: TwoAccounts) -> None:
    """Available and unavailable presence reaches only who may see it before the move or after it (§4.2.2, §4.5.2)."""
    heard = 0
    for step in world.steps:
        for who, session in enumerate(world.sessions):
            came = presences(step.effects, session, world.names[1 - who].bare)
            if any(stanza.type in ("", "unavailable") for stanza in came):
                heard += 1
                assert step.before[who].state.sees or step.after[who].state.sees, _described(world, step)
    assert heard


def test_a_request_alone_shows_nothing(world: TwoAccounts) -> None:
    """An entry appears by its owner's own move only, never because somebody asked (§3.1.3)."""
    for step in world.steps:
        for who in (0, 1):
            if step.before[who].item is None and step.after[who].item is not None:
                assert step.move.who == who, _described(world, step)
    assert any(side.request and side.item is None for pair in world.states for side in pair)


def test_a_version_changes_with_what_shows(world: TwoAccounts) -> None:
    """The version is new if and only if what shows has changed; a set that changes nothing draws one too (§2.4.2)."""
    for step in world.steps:
        for who in (0, 1):
            changed = step.before[who].item != step.after[who].item
            repeated = step.move.who == who and step.move.name in ("set", "rename")
            assert (step.versions[who] != START) == (changed or repeated), _described(world, step)


def test_what_shows_is_pushed(world: TwoAccounts) -> None:
    """A new version is pushed to the interested resource with what shows now, and nothing else is (§2.1.6)."""
    for step in world.steps:
        for who, session in enumerate(world.sessions):
            pushes = [e for e in step.effects if isinstance(e, Push) and session in dict(e.receivers)]
            interested = step.before[who].link in (BOUND, AVAILABLE)
            assert bool(pushes) == (interested and step.versions[who] != START), _described(world, step)
            if pushes:
                item = pushes[-1].item
                shown = (item.name, item.subscription, item.ask, item.approved)
                assert step.after[who].item == (None if item.subscription == "remove" else shown)
                assert pushes[-1].version == step.versions[who], _described(world, step)


def test_what_changes_is_saved_first(world: TwoAccounts) -> None:
    """What a roster keeps is saved when it changes, with the state that it has then, and before anything is sent."""
    for step in world.steps:
        kinds = [isinstance(effect, Save) for effect in step.effects]
        assert kinds == sorted(kinds, reverse=True), _described(world, step)
        for who, (before, after) in enumerate(zip(step.before, step.after, strict=True)):
            saved = [e.roster for e in step.effects if isinstance(e, Save) and e.account == world.names[who].bare]
            if before[:2] != after[:2]:
                assert saved, _described(world, step)
            if saved:
                other = world.names[1 - who].bare
                assert saved[-1].version == step.versions[who], _described(world, step)
                assert (other in saved[-1].items, other in saved[-1].requests) == (bool(after.item), after.request)


def test_requests_are_shown_when_they_come_and_at_every_initial_presence(world: TwoAccounts) -> None:
    """A kept request reaches an available resource once when it comes and once at each initial presence (§3.1.3)."""
    for step in world.steps:
        for who, session in enumerate(world.sessions):
            before, after = step.before[who], step.after[who]
            shown = [p for p in presences(step.effects, session, world.names[1 - who].bare) if p.type == "subscribe"]
            new = after.request and not before.request
            initial = after.request and before.link != AVAILABLE and after.link == AVAILABLE
            assert len(shown) == (after.link == AVAILABLE and (new or initial)), _described(world, step)


def test_every_iq_is_answered_once(world: TwoAccounts) -> None:
    """A roster get and a roster set have one answer each, to who asked; no other move has any (RFC 6120 §8.2.3)."""
    for step in world.steps:
        answered: list[Link] = [e.session for e in step.effects if isinstance(e, SendRoster)]
        answered += [e.link for e in step.effects if isinstance(e, Send) and isinstance(e.stanza, Iq)]
        asks = step.move.name in ("set", "rename", "remove", "connect")
        assert answered == [world.sessions[step.move.who]] * asks, _described(world, step)


def test_a_contact_hears_nothing_of_names_and_pre_approvals(world: TwoAccounts) -> None:
    """Adding, renaming and pre-approving stay with the account: nothing at all reaches the contact (§2.3, §3.4.2)."""
    for step in world.steps:
        before = step.before[step.move.who].state
        kept = step.move.name == "subscribed" and not before.pending_in
        if step.move.name in ("set", "rename") or kept:
            contact = world.sessions[1 - step.move.who]
            assert not any(isinstance(e, Send) and e.link is contact for e in step.effects), _described(world, step)
            assert step.before[1 - step.move.who] == step.after[1 - step.move.who], _described(world, step)


def test_every_move_can_be_taken_back(world: TwoAccounts) -> None:
    """After a commit that failed both accounts stand where they stood before the move."""
    for step in world.steps:
        assert step.rolled_back == step.before, _described(world, step)


def test_the_world_is_as_large_as_said(world: TwoAccounts) -> None:
    """The number of states and moves is the one in this file's docstring, and every state of §A.1 is among them."""
    assert (len(world.states), len(world.steps)) == SIZES[world.world.settings.pre_approval]
    assert {side.state for pair in world.states for side in pair} == set(State)
