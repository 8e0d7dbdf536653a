"""What comes more than once, for tests of lists in which nothing may."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from typing import TypeVar

Value = TypeVar("Value", bound=Hashable)


def twice(values: Iterable[Value]) -> list[Value]:
    """Those that come more than once."""
    return [value for value, count in Counter(values).items() if count > 1]
