"""A case: what is sent to one target, step by step, and the file in which one that failed is kept.

Tests: ``tests/bench/fuzz/test_fuzz_case.py``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

__all__ = ["Case", "Played", "Step", "WrongError", "load", "save"]


class Step(NamedTuple):
    """``data`` as it is sent; what ``actor`` means, each target says for itself."""

    actor: int
    data: bytes


class Case(NamedTuple):
    """Steps in their order; so many of the inputs in them (``mutated``) are not as the grammar made them."""

    steps: tuple[Step, ...]
    mutated: int = 0


class Played(NamedTuple):
    """How far a case went: the phases that it reached, each with how often, and how many inputs it had."""

    phases: tuple[str, ...]
    inputs: int = 1


class WrongError(Exception):
    """A promise was broken; the sentence says which."""


def save(path: Path, target: str, case: Case, sentence: str, seed: str) -> None:
    """Write a case that failed, with the sentence that says why and the seed that made it."""
    steps = [[step.actor, step.data.decode("latin-1")] for step in case.steps]
    text = json.dumps({"target": target, "seed": seed, "sentence": sentence, "steps": steps}, indent=1)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")


def load(path: Path) -> tuple[str, Case]:
    """The target and the case in a file of :func:`save`; ValueError where it is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        return str(value["target"]), Case(_steps(value["steps"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} holds no case of the fuzzer: {error!r}. Name a file that it wrote.") from error


def _steps(value: Sequence[Sequence[object]]) -> tuple[Step, ...]:
    return tuple(Step(int(str(actor)), str(data).encode("latin-1")) for actor, data in value)
