"""The garbage collector rests until the server is ready."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from twisted.internet.defer import Deferred

from rosterkit.net.collecting import rest_until


@pytest.fixture(autouse=True)
def _collecting() -> Iterator[None]:
    yield
    gc.unfreeze()
    gc.enable()


@pytest.mark.parametrize("fails", [False, True])
def test_it_rests_until_then(fails: bool) -> None:
    """However the start ends; what is there then is never looked at again, and who waits behind sees the result."""
    ready: Deferred[str] = Deferred()
    got: list[object] = []
    rest_until(ready)
    ready.addCallbacks(got.append, lambda failure: got.append(str(failure.value)))
    assert not gc.isenabled()
    assert gc.get_freeze_count() == 0
    if fails:
        ready.errback(ValueError("no"))
    else:
        ready.callback("no")
    assert got == ["no"]
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
