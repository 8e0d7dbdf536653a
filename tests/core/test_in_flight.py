"""Two servers with stanzas under way between them: where their rosters can come to rest in disagreement, and why.

Two worlds are explored completely within a bound on each line, in which what would not fit waits.  In the first both
users do anything with the subscription, at most two stanzas each way: 42,665 states, 287,572 moves, and 125 states in
which nothing is under way.  In the second the left user watches and the right one is watched, both come and go, at
most three stanzas each way: 78,478 states, 715,326 moves.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from in_flight import SUBSCRIPTION_MOVES, Line, Pair

NOTE = Path(__file__).parents[2] / "docs" / "design" / "02-crossings.md"

Half = tuple[str, str]

#: What the watcher wants and what the watched grants, where both know the same.
AGREED: tuple[Half, ...] = (("none", "none"), ("ask", "pending"), ("to", "from"))


class Crossing(NamedTuple):
    """A disagreement at rest that RFC 6121 allows: the shortest way to it, why, and which single moves end it."""

    story: tuple[str, ...]
    why: str
    ends: frozenset[str]


ALWAYS = frozenset({"left unsubscribe", "right unsubscribed"})

CROSSINGS: dict[Half, Crossing] = {
    ("none", "pending"): Crossing(
        (
            "left subscribe",
            "left subscribe",
            "right gets subscribe",
            "right unsubscribed",
            "left gets unsubscribed",
            "right gets subscribe",
        ),
        "A repeated request crosses the refusal of the first: the asker takes the refusal for the answer to both"
        " (A.3.4), the other keeps the second request (A.3.1).",
        ALWAYS | {"left subscribe"},
    ),
    ("none", "from"): Crossing(
        (
            "left subscribe",
            "left subscribe",
            "right gets subscribe",
            "right unsubscribed",
            "left gets unsubscribed",
            "right subscribed",
            "right gets subscribe",
            "left gets subscribed",
        ),
        "The same crossing, and the second request is granted, here by a pre-approval: the asker's server ignores a"
        " grant that it no longer asks for (A.3.3).",
        ALWAYS | {"left subscribe", "right remove"},
    ),
    ("to", "pending"): Crossing(
        (
            "left subscribe",
            "left unsubscribe",
            "right gets subscribe",
            "left subscribe",
            "right subscribed",
            "left gets subscribed",
            "right gets unsubscribe",
            "right gets subscribe",
        ),
        "The grant of a first request, since withdrawn, crosses a second: the asker takes it for the answer to the"
        " second (A.3.3), which the other has still to answer (A.3.1).",
        ALWAYS | {"left remove", "right subscribed"},
    ),
}


def _halves(pair: Pair) -> tuple[Half, Half]:
    """What left wants and right grants, then the other way round."""
    return (pair.left.wants, pair.right.grants), (pair.right.wants, pair.left.grants)


@pytest.fixture(scope="module")
def line() -> Line:
    """Both users do anything with the subscription."""
    return Line(2, SUBSCRIPTION_MOVES, SUBSCRIPTION_MOVES).explore()


@pytest.fixture(scope="module")
def watching() -> Line:
    """One user watches the other; both come and go."""
    come_and_go = ("remove", "available", "unavailable")
    return Line(3, ("subscribe", "unsubscribe", *come_and_go), ("subscribed", "unsubscribed", *come_and_go)).explore()


def test_rosters_disagree_at_rest_only_as_listed(line: Line) -> None:
    """With nothing under way the two rosters agree, or differ by one of the listed crossings in either direction."""
    found: dict[Half, Pair] = {}
    for pair in filter(lambda pair: pair.quiet, line.states):
        for half in _halves(pair):
            found.setdefault(half, pair)
    unlisted = {half: line.story(pair) for half, pair in found.items() if half not in (*AGREED, *CROSSINGS)}
    assert not unlisted
    assert set(found) == {*AGREED, *CROSSINGS}


@pytest.mark.parametrize("half", CROSSINGS, ids="/".join)
def test_a_crossing_is_reached_as_told(line: Line, half: Half) -> None:
    """The listed story leads to the disagreement, none is shorter, and the design note tells the same story."""
    story = CROSSINGS[half].story
    end = line.follow(story)
    assert end.quiet
    assert _halves(end)[0] == half
    nearest = next(pair for pair in line.states if pair.quiet and _halves(pair)[0] == half)
    assert len(line.story(nearest)) == len(story), line.story(nearest)
    note = " ".join(NOTE.read_text().split())
    assert " → ".join(story) in note
    assert CROSSINGS[half].why in note


@pytest.mark.parametrize("half", CROSSINGS, ids="/".join)
def test_one_move_ends_a_disagreement(line: Line, half: Half) -> None:
    """Exactly the listed moves bring agreement, wherever the disagreement stood, and the other direction stays."""
    healing = {f"{who} {move}" for who in ("left", "right") for move in SUBSCRIPTION_MOVES}
    for pair in line.states:
        if pair.quiet and _halves(pair)[0] == half:
            for event, after in line.events(pair):
                after = line.settle(after)
                if _halves(after)[0] not in AGREED:
                    healing.discard(event)
                elif not event.endswith("remove"):  # which speaks of both directions
                    assert _halves(after)[1] == _halves(pair)[1], (line.story(pair), event)
    assert healing == CROSSINGS[half].ends


def test_where_stanzas_do_not_cross_both_sides_agree() -> None:
    """Where everything arrives before the next move, no disagreement can be reached (appendix A)."""
    line = Line(2, SUBSCRIPTION_MOVES, SUBSCRIPTION_MOVES)
    reached, met = [line.start], {line.start}
    for pair in reached:
        assert set(_halves(pair)) <= set(AGREED)
        for _, after in line.events(pair):
            settled = line.settle(after)
            if settled not in met:
                met.add(settled)
                reached.append(settled)
    assert {half for pair in reached for half in _halves(pair)} == set(AGREED)


def test_a_request_and_its_grant_heal_everything(line: Line) -> None:
    """From every state at rest, `subscribe` and then `subscribed` make the one see and the other seen (§3.1.2)."""
    for pair in filter(lambda pair: pair.quiet, line.states):
        asked = line.settle(line.follow(["left subscribe"], pair))
        assert _halves(line.settle(line.follow(["right subscribed"], asked)))[0] == ("to", "from"), line.story(pair)


def test_nobody_is_seen_who_has_not_agreed_to_it(line: Line) -> None:
    """From and Both begin with the user's own `subscribed`, or with a pre-approval that the user gave (§3.4)."""
    begun = 0
    for place in (line.left, line.right):
        for (before, event), (after, _) in place.answers.items():
            if after.state.seen and not before.state.seen:
                begun += 1
                assert event == "subscribed" or (event == "gets subscribe" and before.item and before.item[2])
    assert begun


def test_presence_leaves_only_for_who_may_see_it(watching: Line) -> None:
    """Available and unavailable presence goes on the line only while the other is a subscriber or as it ends (§4)."""
    for (before, event), (after, sent) in watching.right.answers.items():
        if "available" in sent:
            assert after.state.seen, (before, event)
        if "unavailable" in sent:
            assert before.state.seen or event == "gets probe", (before, event)


def test_nobody_is_left_looking_at_somebody_who_is_gone(watching: Line) -> None:
    """Who takes the other for available is right, or the end of it is under way already."""
    for pair in watching.states:
        if pair.left.sees and not (pair.right.available and pair.right.state.seen):
            assert "unavailable" in pair.leftward, watching.story(pair)


def test_at_rest_an_agreed_subscriber_knows_who_is_there(watching: Line) -> None:
    """With nothing under way and both agreed, the watcher knows who is there exactly, however they came and went."""
    met = set()
    for pair in watching.states:
        if pair.quiet:
            met.add(_halves(pair)[0])
            there = pair.left.available and pair.right.available
            if _halves(pair)[0] in AGREED:
                assert pair.left.sees == (there and pair.left.state.sees), watching.story(pair)
    assert met == {*AGREED, *CROSSINGS}


def test_the_worlds_are_as_large_as_said(line: Line, watching: Line) -> None:
    """The numbers of states and moves are those in this file's docstring, and each bound was reached and kept."""
    assert (len(line.states), line.moves) == (42_665, 287_572)
    assert sum(pair.quiet for pair in line.states) == 125
    assert (len(watching.states), watching.moves) == (78_478, 715_326)
    for world in (line, watching):
        assert max(max(len(pair.rightward), len(pair.leftward)) for pair in world.states) == world.bound
