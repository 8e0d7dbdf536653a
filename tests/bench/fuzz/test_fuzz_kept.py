"""Every input that ever failed, played again: files as the fuzzer writes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.fuzz.case import load
from bench.fuzz.keys import quick_keys
from bench.fuzz.targets import TARGETS
from bench.fuzz.worker import sentence_of

KEPT = sorted((Path(__file__).parent / "kept").glob("*.json"))


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with quick_keys():
        yield


@pytest.mark.parametrize("path", KEPT, ids=lambda path: path.stem)
def test_what_failed_once_does_not_fail_again(path: Path) -> None:
    """Each promise of the target holds for the input that has broken one."""
    name, case = load(path)
    assert case.steps
    assert sentence_of(TARGETS[name], case) is None


def test_some_are_kept() -> None:
    """The folder is where this looks for it."""
    assert KEPT
