"""How long to wait before the next attempt."""

from __future__ import annotations

from rosterkit.peer.backoff import FIRST, LONGEST, STEADY, Backoff


def test_each_pause_is_twice_as_long_up_to_the_longest():
    """From hardly any to half a minute, however often it fails."""
    backoff = Backoff(lambda: 0.0)
    pauses = [backoff.next() for _ in range(2000)]
    assert pauses[:4] == [FIRST, 2 * FIRST, 4 * FIRST, 8 * FIRST]
    assert max(pauses) == pauses[-1] == LONGEST


def test_a_part_is_left_out_at_random():
    """At most a half: many who lost the same server do not come back in step."""
    draws = iter([0.0, 0.5, 0.999])
    backoff = Backoff(lambda: next(draws))
    assert backoff.next() == FIRST
    assert backoff.next() == 2 * FIRST * 0.75
    assert 4 * FIRST * 0.5 <= backoff.next() < 4 * FIRST * 0.51


def test_only_a_stream_that_lasted_is_a_new_beginning():
    """A server that takes it and throws it out at once is not stormed."""
    backoff = Backoff(lambda: 0.0)
    assert [backoff.next(), backoff.next()] == [FIRST, 2 * FIRST]
    backoff.lasted(STEADY - 0.1)
    assert backoff.next() == 4 * FIRST
    backoff.lasted(STEADY)
    assert backoff.next() == FIRST


def test_the_usual_draw_differs():
    """Without another source the pauses are not all the same."""
    assert len({Backoff().next() for _ in range(10)}) > 1
