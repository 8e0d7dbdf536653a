"""Where the demo plays: logins, waits and ends."""

from __future__ import annotations

import time

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import ensureDeferred
from twisted.internet.task import deferLater

from rosterkit.demo import stage as stages
from rosterkit.demo.stage import NotAsToldError, Stage


@pytest_twisted.ensureDeferred
async def test_what_does_not_come_is_not_as_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wait for the roster says the claim, a wait for a stanza what came nearest, a login why it failed."""
    stage = Stage(reactor)
    await stage.start()
    try:
        laptop = await stage.enter("juliet/laptop")
        monkeypatch.setattr(stages, "PATIENCE", 0.05)
        with pytest.raises(NotAsToldError, match=r"It rains\. This has not come about within 0\.05 seconds"):
            await stage.until(laptop, lambda _: False, "It rains.")
        with pytest.raises(NotAsToldError, match=r"juliet/laptop: .*message"):
            await stage.sent(laptop, "<message/>", 0)
        monkeypatch.setitem(stages.ACCOUNTS, "romeo", "wrong")
        monkeypatch.setattr(stages, "PATIENCE", 10.0)
        with pytest.raises(Exception, match="password"):
            await stage.enter("romeo/phone")
    finally:
        await stage.stop()


@pytest_twisted.ensureDeferred
async def test_a_fence_waits_for_the_client() -> None:
    """What was sent before it has had its effect when it is over."""
    stage = Stage(reactor)
    await stage.start()
    try:
        laptop = await stage.enter("juliet/laptop")
        await stage.domain.push("juliet", "romeo@localhost", subscription="both", name="R")
        await stage.fence(laptop)
        assert [item.name for item in laptop.roster] == ["R"]
        assert await stage.states("juliet", "nurse") == ("None", "None")
    finally:
        await stage.stop()


@pytest_twisted.ensureDeferred
async def test_it_can_be_stopped_before_it_has_started() -> None:
    """As when a signal comes early; nothing is left that listens."""
    await Stage(reactor).stop()
    with pytest.raises(RuntimeError, match="not been started"):
        _ = Stage(reactor).domain


@pytest_twisted.ensureDeferred
async def test_a_login_under_way_does_not_hold_up_the_end() -> None:
    """However far it is; a client alone would wait 5 seconds for a server that says nothing any more."""
    for turns in range(12):
        stage = Stage(reactor)
        await stage.start()
        entering = ensureDeferred(stage.enter("juliet/laptop"))
        for _ in range(turns):
            await deferLater(reactor, 0)
        began = time.monotonic()
        await stage.stop()
        assert time.monotonic() - began < 4
        with pytest.raises(ConnectionError):
            await entering
