"""Python's garbage collector in a process that is a server: it rests while the accounts are read.

A million entries are made one after the other, and nothing of it is garbage; to look for some again and again takes
longer than to read them.  Later it would look at all of them from time to time, which stops the server for a second.

Tests: ``tests/net/test_collecting.py``.
"""

from __future__ import annotations

import gc
from typing import Any, TypeVar

from twisted.internet.defer import Deferred

__all__ = ["rest_until"]

_Result = TypeVar("_Result")


def rest_until(ready: Deferred[Any]) -> None:
    """Look for no garbage until ``ready`` fires, however it does, and never among what is there then.

    Of the whole process: only for one that has nothing else to do, and soon gets ready or ends.
    """
    gc.disable()

    def begin(result: _Result) -> _Result:
        gc.freeze()
        gc.enable()
        return result

    ready.addBoth(begin)
