"""Each trial of an installation fails where that does not do what it should; ``make dist`` sees them pass."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from release.dist import trials
from release.dist.environment import Environment
from release.dist.pages import Pages
from release.wrong import WrongError

ROOT = Path(__file__).parent.parent.parent


class Wrong(Environment):
    """One whose commands all end well and say and do something else than they should."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.ran: list[str] = []

    def install(self, *what: str | Path) -> None:
        """Nothing."""

    def run(self, *command: str, said: str = "") -> str:
        """The same for every command."""
        self.ran.append(command[0])
        return "something else\n"

    @contextmanager
    def serving(self, *options: str) -> Iterator[dict[str, Any]]:
        """A server that serves nothing anywhere."""
        yield {"domains": [], "c2s": {"port": 1}, "component": {"port": 0}, "control": {"port": 1}}


@pytest.mark.parametrize("title", trials.TRIALS)
def test_every_trial_can_fail(title: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """With a sentence about what was said or done; the page that it reads is there."""
    monkeypatch.setattr(trials, "_PATIENCE", 0.0)
    place, checkout = tmp_path / "place", tmp_path / "rosterkit-9.9"
    (place / "rosterkit-report").mkdir(parents=True)
    for name in ("rosterkit.log", "accounts.jsonl", "rosterkit-report/index.html"):
        (place / name).touch()
    checkout.symlink_to(ROOT)
    pages = Pages.__new__(Pages)
    pages.root = checkout
    with pytest.raises(WrongError) as wrong:
        trials.TRIALS[title](Wrong(place), pages)
    assert "examples in" not in str(wrong.value)
