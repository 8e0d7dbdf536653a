"""The floor sends exactly the bytes that were traced, over as many connections."""

from __future__ import annotations

from typing import Any

from bench.peers.floor import Step, Trace, floor_server, replay
from bench.peers.measuring import measure


def test_a_trace_is_steps_with_their_answers() -> None:
    """What comes belongs to what was sent last; a connection is new at its first word."""
    one: Any = object()
    two: Any = object()
    trace = Trace()
    for talker, size in ((one, 10), (one, -20), (two, -5), (one, -1), (two, 7)):
        trace.hear(talker, size)
    assert trace.steps == [Step(0, 10, {0: 21, 1: 5}, True), Step(1, 7, {}, True)]


def test_who_was_there_before_is_not_new() -> None:
    """Only the steps are forgotten."""
    talker: Any = object()
    trace = Trace()
    trace.hear(talker, 10)
    trace.clear()
    trace.hear(talker, 3)
    assert trace.steps == [Step(0, 3, {}, False)]


def test_it_can_be_played_again_and_again() -> None:
    """With a connection that each operation opens anew, and one that stays; its CPU can be measured."""
    steps = [Step(0, 30, {0: 100, 1: 3_000_000}), Step(2, 10, {2: 50}, True)]
    with floor_server() as server, replay(server.port, steps) as player:
        figure = measure(server.tree, player.once, 3, 1)
    assert figure.cpu > 0
    assert 0 < figure.p50 <= figure.p99
