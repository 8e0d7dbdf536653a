"""Cases: their files, the choices that bytes make, and making a wrong one small."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.fuzz.case import Case, Step, load, save
from bench.fuzz.chance import ByteChance
from bench.fuzz.minimise import minimised

STEPS = st.lists(st.builds(Step, st.integers(0, 99), st.binary(max_size=40)), max_size=5)


@given(STEPS)
def test_a_case_is_read_as_it_was_written(tmp_path_factory: pytest.TempPathFactory, steps: list[Step]) -> None:
    """Any bytes survive the file."""
    path = tmp_path_factory.mktemp("case") / "a.json"
    save(path, "reader", Case(tuple(steps)), "A sentence.", "seed")
    assert load(path) == ("reader", Case(tuple(steps)))


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"target": "x", "steps": [1]}', '{"target": "x", "steps": [["a", 1]]}']
)
def test_what_is_no_case_is_said_to_be_none(tmp_path: Path, text: str) -> None:
    """A ValueError, whatever the file holds."""
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"a\.json holds no case of the fuzzer"):
        load(path)


@given(st.binary(max_size=60))
def test_bytes_make_all_choices(data: bytes) -> None:
    """The same bytes make the same choices, each within its bounds, also when they are used up."""
    one, other = ByteChance(data), ByteChance(data)
    for _ in range(30):
        assert one.choice("abcdefg") == other.choice("abcdefg")
        assert 0 <= one.random() < 1
        other.random()


def test_different_bytes_choose_differently() -> None:
    """The choices are those of the bytes and not of a seed: one byte changes one of them."""
    chosen = {ByteChance(bytes((number,)) * 8).getrandbits(8) for number in range(256)}
    assert chosen == set(range(256))


def test_a_wrong_case_is_made_small() -> None:
    """What has nothing to do with the failure goes, steps and bytes; what has stays."""
    steps = tuple(Step(number, b"a long text with an X in it" if number == 7 else b"nothing") for number in range(20))
    small = minimised(Case(steps), lambda case: any(b"X" in step.data for step in case.steps))
    assert small.steps == (Step(7, b"X"),)


def test_making_small_ends() -> None:
    """It asks no more often than it may, and gives a case that fails."""
    asked = []

    def fails(case: Case) -> bool:
        asked.append(case)
        return sum(len(step.data) for step in case.steps) > 500

    small = minimised(Case((Step(0, b"x" * 3000),)), fails, most=25)
    assert len(asked) <= 25
    assert fails(small)
