"""The agenda: keys with a time each, the earliest first, and of equals the one that was put in first."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rosterkit.core.agenda import Agenda


def drained(agenda: Agenda[str], now: float) -> list[tuple[float, str]]:
    """Everything that is due."""
    found = []
    while (entry := agenda.pop_due(now)) is not None:
        found.append(entry)
    return found


def test_what_is_due_comes_in_the_order_of_its_times() -> None:
    """Of two at the same time the one that was put in first is first; what is not due stays."""
    agenda: Agenda[str] = Agenda()
    for key, at in (("c", 3), ("a", 1), ("b", 1), ("d", 9)):
        agenda.put(key, at)
    assert agenda.next_at == 1
    assert drained(agenda, 3) == [(1, "a"), (1, "b"), (3, "c")]
    assert (agenda.next_at, len(agenda), "d" in agenda) == (9, 1, True)


def test_a_key_stands_in_it_once() -> None:
    """Putting it in again moves it; dropping it forgets it, whether or not it is there."""
    agenda: Agenda[str] = Agenda()
    agenda.put("a", 1)
    agenda.put("a", 5)
    agenda.put("b", 2)
    agenda.drop("b")
    agenda.drop("b")
    assert drained(agenda, 4) == []
    assert drained(agenda, 5) == [(5, "a")] and agenda.next_at is None


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.none() | st.integers(0, 9)), max_size=200))
def test_it_is_what_a_plain_dict_would_be(moves: list[tuple[str, int | None]]) -> None:
    """Whatever is put in and dropped: the earliest is known, and memory stays bounded by what is in it."""
    agenda: Agenda[str] = Agenda()
    plain: dict[str, int] = {}
    for key, at in moves:
        if at is None:
            agenda.drop(key)
            plain.pop(key, None)
        else:
            agenda.put(key, at)
            plain[key] = at
            assert len(agenda._heap) <= 2 * len(plain) + 16
        assert agenda.next_at == min(plain.values(), default=None)
    assert sorted(drained(agenda, 9)) == sorted((at, key) for key, at in plain.items())
