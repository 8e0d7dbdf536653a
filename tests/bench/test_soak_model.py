"""The model of a soak: what rosters are after operations, held against the server's rules and against the RFC."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.soak.choosing import ROBOTS, choose
from bench.soak.model import Block, Model, Online, Remove, Robot, Set, Shown, Subscription, Unblock
from rosterkit.conformance.server.tables import NAMES, STATES

ME, YOU, FAR = "me@localhost", "you@localhost", "far@far.test"


def made(*operations: object) -> Model:
    """A model of two accounts after these operations."""
    model = Model([ME, YOU])
    for operation in operations:
        model.apply(operation)  # type: ignore[arg-type]
    return model


def states(model: Model) -> tuple[str, str]:
    """What each of the two shows of the other."""
    shown = (model.roster(ME).get(YOU), model.roster(YOU).get(ME))
    return tuple("-" if one is None else f"{one.subscription}{'?' if one.ask else ''}" for one in shown)  # type: ignore[return-value]


@pytest.mark.parametrize("state", NAMES)
def test_each_state_is_reached_by_its_path(state: str) -> None:
    """The stanzas that lead to a state of A.1 lead the model there, and the other account to its mirror."""
    people = {"user": (ME, YOU), "contact": (YOU, ME)}
    model = made(*(Subscription(*people[who], what) for who, what in STATES[state].path))
    shown = model.roster(ME).get(YOU)
    expected = STATES[state]
    assert (shown is not None) is expected.visible
    if shown is not None:
        assert (shown.subscription, shown.ask) == expected.shown
    assert (YOU in model.requests(ME)) is expected.pending_in
    assert (ME in model.requests(YOU)) is expected.ask


def test_an_edit_keeps_the_subscription_and_a_removal_ends_it_both_ways() -> None:
    """RFC 6121 2.4 and 2.5.2."""
    model = made(
        Subscription(ME, YOU, "subscribe"), Subscription(YOU, ME, "subscribed"), Set(ME, YOU, "You", ("Friends",))
    )
    assert model.roster(ME) == {YOU: Shown("You", ("Friends",), "to", False, False)}
    assert model.apply(Remove(ME, YOU))
    assert model.roster(ME) == {}
    assert model.roster(YOU) == {ME: Shown(None, (), "none", False, False)}
    assert not model.apply(Remove(ME, YOU))


@pytest.mark.parametrize("state", [state for state in NAMES if STATES[state].visible])
def test_after_a_removal_nothing_stands_open_in_either_direction(state: str) -> None:
    """RFC 6121 2.5.2, from every state that a roster shows: the contact keeps an entry without a subscription."""
    people = {"user": (ME, YOU), "contact": (YOU, ME)}
    model = made(*(Subscription(*people[who], what) for who, what in STATES[state].path), Remove(ME, YOU))
    assert model.roster(ME) == {}
    assert model.roster(YOU).get(ME, Shown(None, (), "none", False, False)) == Shown(None, (), "none", False, False)
    assert model.requests(ME) == model.requests(YOU) == set()


def test_a_pre_approval_answers_a_request() -> None:
    """RFC 6121 3.4: it is remembered, answers, and is cancelled by unsubscribed."""
    model = made(Subscription(ME, YOU, "subscribed"))
    assert model.roster(ME)[YOU].approved
    model.apply(Subscription(YOU, ME, "subscribe"))
    assert states(model) == ("from", "to")
    model.apply(Subscription(ME, YOU, "unsubscribed"))
    assert states(model) == ("none", "none")
    assert not model.roster(ME)[YOU].approved


def test_nothing_passes_somebody_blocked() -> None:
    """XEP-0191: one's own stanza is refused, that of the other is lost, and after unblocking it passes again."""
    model = made(Block(ME, YOU))
    assert not model.apply(Subscription(ME, YOU, "subscribe"))
    model.apply(Subscription(YOU, ME, "subscribe"))
    assert states(model) == ("-", "none?")
    assert model.requests(ME) == set()
    model.apply(Unblock(ME, YOU))
    model.apply(Subscription(YOU, ME, "subscribe"))
    assert model.requests(ME) == {YOU}


@pytest.mark.parametrize("healing", [Unblock(ME, YOU), Online(ME)])
def test_rosters_that_blocking_has_parted_agree_again(healing: Unblock | Online) -> None:
    """RFC 6121 4.3.2: who sees nobody any more is told so when presence is asked for, and nobody blocks."""
    model = made(
        Subscription(ME, YOU, "subscribe"),
        Subscription(YOU, ME, "subscribed"),
        Block(ME, YOU),
        Subscription(YOU, ME, "unsubscribed"),
    )
    assert states(model) == ("to", "none")
    model.apply(Online(ME))
    assert states(model) == ("to", "none")
    if isinstance(healing, Online):
        model._blocked[ME] = ()
    model.apply(healing)
    assert states(model) == ("none", "none")


@pytest.mark.parametrize(
    ("robot", "shown"),
    [
        (Robot("accept"), ("to", False)),
        (Robot("accept", asks_back=True), ("to", False)),
        (Robot("refuse"), ("none", False)),
        (Robot("ignore"), ("none", True)),
    ],
)
def test_scripted_contacts_answer(robot: Robot, shown: tuple[str, bool]) -> None:
    """Each does what its script says; one that asks back leaves a request."""
    model = Model([ME], {FAR: robot})
    model.apply(Subscription(ME, FAR, "subscribe"))
    assert (model.roster(ME)[FAR].subscription, model.roster(ME)[FAR].ask) == shown
    assert model.requests(ME) == ({FAR} if robot.asks_back else set())


def test_after_a_restart_contacts_agree_with_the_accounts_again() -> None:
    """What was lost by blocking is forgotten, and a request that waits is answered."""
    model = Model([ME], {FAR: Robot("accept")})
    model.apply(Subscription(ME, FAR, "subscribe"))
    model.apply(Block(ME, FAR))
    model.apply(Remove(ME, FAR))
    model.apply(Unblock(ME, FAR))
    model.restart()
    assert model.requests(FAR) == set()
    model = Model([ME], {FAR: Robot("ignore")})
    model.apply(Subscription(ME, FAR, "subscribe"))
    model._robots[FAR] = Robot("accept")
    model.restart()
    assert model.roster(ME)[FAR].subscription == "to"


@given(st.integers(0, 10**6), st.integers(1, 60))
def test_a_copy_goes_its_own_way(seed: int, count: int) -> None:
    """What is done to a copy does not touch the model."""
    random = Random(seed)
    robots = {f"{kind}@far.test": robot for kind, robot in ROBOTS.items()}
    model = Model([ME, YOU], robots)
    for _ in range(count):
        for operation in choose(random, model, list(robots)):
            model.apply(operation)
    before = [(model.roster(one), model.requests(one), model.blocked(one)) for one in model.accounts]
    other = model.copied()
    for _ in range(count):
        for operation in choose(random, other, list(robots)):
            other.apply(operation)
    other.restart()
    assert before == [(model.roster(one), model.requests(one), model.blocked(one)) for one in model.accounts]
