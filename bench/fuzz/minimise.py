"""A case that fails made small: steps and bytes are left out, halves first, for as long as it fails.

Tests: ``tests/bench/fuzz/test_fuzz_case.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar

from bench.fuzz.case import Case, Step

__all__ = ["minimised"]

_Steps: TypeAlias = tuple[Step, ...]
_S = TypeVar("_S", bound=Sequence[object])


def minimised(case: Case, fails: Callable[[Case], bool], most: int = 4000) -> Case:
    """A smaller case that ``fails`` takes too; it is asked at most ``most`` times."""
    left = [most]

    def wrong(steps: _Steps) -> bool:
        left[0] -= 1
        return left[0] >= 0 and fails(Case(steps, case.mutated))

    steps = _smaller(case.steps, wrong)
    for index in range(len(steps)):
        steps = _with_less_data(steps, index, wrong)
    return Case(steps, case.mutated)


def _with_less_data(steps: _Steps, index: int, wrong: Callable[[_Steps], bool]) -> _Steps:
    def put(data: bytes) -> _Steps:
        return (*steps[:index], steps[index]._replace(data=data), *steps[index + 1 :])

    return put(_smaller(steps[index].data, lambda data: bool(data) and wrong(put(data))))


def _smaller(whole: _S, wrong: Callable[[_S], bool]) -> _S:
    """``whole`` without the parts that it can do without: first large ones, at last single ones."""
    size = len(whole) // 2
    while size:
        at = 0
        while at < len(whole):
            without: _S = whole[:at] + whole[at + size :]  # type: ignore[operator]
            if wrong(without):
                whole = without
            else:
                at += size
        size //= 2
    return whole
