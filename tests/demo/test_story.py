"""The scenes: what they say is what has happened, and a client or a server that does otherwise is found out."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
import pytest_twisted
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

import rosterkit.client.stanzas
from rosterkit.demo import stage as stages
from rosterkit.demo.pace import Pace
from rosterkit.demo.stage import NotAsToldError, Stage
from rosterkit.demo.story import SCENES, Story
from rosterkit.demo.telling import Shown
from rosterkit.demo.terminal import Terminal
from rosterkit.testing.domains import Domain

SUBSCRIPTION = [("None", "None"), ("None + Pending Out", "None + Pending In"), ("To", "From")]


class Listener:
    """Keeps what it was told."""

    def __init__(self) -> None:
        self.scenes: list[str] = []
        self.said: list[str] = []
        self.shown: list[Shown] = []
        self.both: list[tuple[str, str]] = []

    async def scene(self, title: str, sections: str) -> None:
        """A scene begins."""
        self.scenes.append(title)

    def say(self, sentences: str) -> None:
        """A paragraph."""
        self.said.append(sentences)

    def wire(self, stanza: Shown) -> None:
        """A stanza."""
        self.shown.append(stanza)

    def states(self, juliet: str, romeo: str) -> None:
        """Both sides."""
        self.both.append((juliet, romeo))


async def played(prepare: Callable[[Stage], object] = lambda _: None) -> tuple[Listener, list[dict[str, Any]]]:
    """All that was told, and the journal; raises what the story raises."""
    stage, listener = Stage(reactor), Listener()
    prepare(stage)
    try:
        await stage.start()
        await Story(stage, listener).play()
        return listener, await stage.domain.journal
    finally:
        await stage.stop()


@pytest_twisted.ensureDeferred
async def test_all_that_is_shown_has_passed() -> None:
    """Every stanza stands in the journal, of that client and in that direction, and none was withheld; one was
    altered by a fault, and each has a rule.
    """
    listener, journal = await played()
    passed = {
        (one["account"].partition("@")[0] + "/" + one["jid"].partition("/")[2], one["direction"], one["xml"])
        for one in journal
        if one["jid"] is not None and not one["withheld"]
    }
    assert len(listener.shown) > 15
    for shown in listener.shown:
        assert (shown.client, "in" if shown.sent else "out", shown.xml) in passed
        assert shown.rule.startswith("RFC 6121 §")
    assert [shown.fault for shown in listener.shown if shown.fault] == ["push-from-stranger"]
    assert len(listener.scenes) == len(SCENES)
    assert listener.both == SUBSCRIPTION


@pytest_twisted.ensureDeferred
async def test_what_is_said_of_logins_is_so() -> None:
    """Each client has asked for the roster before it was available (RFC 6121 §2.2), Romeo was told of nothing before
    he was asked, and the last login of the phone brought the nurse alone.
    """
    listener, journal = await played()
    for jid in ("juliet@localhost/laptop", "romeo@localhost/phone", "juliet@localhost/phone"):
        mine = [one["xml"] for one in journal if (one["jid"], one["direction"]) == (jid, "in")]
        assert next(n for n, xml in enumerate(mine) if "jabber:iq:roster" in xml) < mine.index("<presence/>")
    first = next(one["xml"] for one in journal if one["account"] == "romeo@localhost" and "juliet@" in one["xml"])
    assert "type='subscribe'" in first
    login = max(one["number"] for one in journal if one["kind"] == "roster" and one["direction"] == "in")
    phone = [one["xml"] for one in journal if one["number"] > login and one["jid"] == "juliet@localhost/phone"]
    assert [xml for xml in phone if "item jid='nurse@localhost'" in xml]
    assert not [xml for xml in phone if "item jid='romeo@localhost'" in xml]
    assert "Sent now: nurse@localhost. Not sent again, and still there: romeo@localhost." in listener.said


@pytest_twisted.ensureDeferred
async def test_a_client_that_believes_the_lie_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The story ends there, with its name."""
    monkeypatch.setattr(rosterkit.client.stanzas, "is_one_of", lambda sender, senders: True)
    with pytest.raises(NotAsToldError, match="juliet/laptop has believed a push that a stranger sent"):
        await played()


@pytest_twisted.ensureDeferred
async def test_a_client_that_answers_the_lie_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever answers as if it were good tells a stranger who is there, even if nothing changes."""
    push = rosterkit.client.stanzas.Stanzas._push

    def polite(self: Any, iq: Any, query: Any) -> None:
        push(self, iq, query)
        if iq.get("from") == "stranger@stranger.test":
            self._reply(iq, None)

    monkeypatch.setattr(rosterkit.client.stanzas.Stanzas, "_push", polite)
    with pytest.raises(NotAsToldError, match="juliet/laptop has answered a stranger's push"):
        await played()


@pytest_twisted.ensureDeferred
async def test_a_client_that_takes_no_pushes_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not come about in time is said as it was claimed."""

    def deaf(self: Any, iq: Any, query: Any) -> None:
        if "subscription" not in iq[0][0].attrib or iq[0][0].get("subscription") == "none":
            push(self, iq, query)

    push = rosterkit.client.stanzas.Stanzas._push
    monkeypatch.setattr(rosterkit.client.stanzas.Stanzas, "_push", deaf)
    monkeypatch.setattr(stages, "PATIENCE", 3.0)
    with pytest.raises(
        NotAsToldError, match=r"shows Juliet in his roster\. This has not come about within 3 seconds"
    ):
        await played()


@pytest_twisted.ensureDeferred
async def test_a_server_that_sends_the_whole_roster_again_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The versioned login of the last scene is looked at, not only told."""

    def prepare(stage: Stage) -> None:
        enter, logins = stage.enter, []

        async def forgetful(name: str, *args: Any, **more: Any) -> Any:
            logins.append(name)
            if logins.count("juliet/phone") == 2:
                monkeypatch.setattr(stages, "PATIENCE", 0.5)
                await stage._call("POST", "/accounts/juliet/forget")
            return await enter(name, *args, **more)

        monkeypatch.setattr(stage, "enter", forgetful)

    with pytest.raises(NotAsToldError, match="juliet/phone"):
        await played(prepare)


@pytest_twisted.ensureDeferred
async def test_a_push_that_is_not_altered_is_no_lie(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that tells the truth by mistake is found out too."""
    inject = Domain.inject
    monkeypatch.setattr(
        Domain, "inject", lambda self, account, contact, fault, **item: inject(self, account, contact, **item)
    )
    with pytest.raises(NotAsToldError, match="has come without the fault"):
        await played()


@pytest_twisted.ensureDeferred
async def test_all_of_it_takes_about_two_minutes() -> None:
    """With the usual pace, for whoever presses nothing; each scene fits a screen of 40 lines."""
    stage, seconds, screen = Stage(reactor), [], io.StringIO()

    def pause(characters: int) -> Deferred[None]:
        clock = Clock()
        paused = Pace(clock, 1).pause(characters)
        (timer,) = clock.getDelayedCalls()
        seconds.append(timer.getTime())
        timer.reset(0)
        clock.advance(0)
        return paused

    terminal = Terminal(screen, pause, width=80)
    try:
        await stage.start()
        await Story(stage, terminal).play()
        await terminal.rest()
    finally:
        await stage.stop()
    assert len(seconds) == len(SCENES)
    assert 90 < sum(seconds) < 140
    for scene in re.split(r"^(?=\d\. )", screen.getvalue(), flags=re.MULTILINE):
        assert scene.count("\n") < 40
