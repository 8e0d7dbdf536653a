"""The demo in a terminal: width, colours, and output that nobody takes."""

from __future__ import annotations

import errno
import io

import pytest
from twisted.internet.defer import Deferred, ensureDeferred, succeed

from rosterkit.demo.telling import Shown
from rosterkit.demo.terminal import CannotShowError, Terminal, is_coloured

LIE = Shown("juliet/laptop", False, f"<presence from='{'a' * 30}@b.test'/>", "RFC 6121 §2.1.6", "push-from-stranger")


class Screen(io.StringIO):
    """A terminal that keeps what was written."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def told(width: int | None = 80, coloured: bool = False) -> str:
    """What a little of everything looks like."""
    screen = Screen()
    terminal = Terminal(screen, lambda _: succeed(None), coloured=coloured, width=width)
    ensureDeferred(terminal.scene("Somebody lies", "2.1.6"))
    terminal.say("A push counts only from the account itself, and from nobody else in the whole world.")
    terminal.wire(LIE)
    terminal.states("None + Pending Out", "None + Pending In")
    terminal.failed("The client has believed it.")
    return screen.getvalue()


def test_everything_is_there():
    """Number, title and sections of a scene; who sent what, by which rule, altered by which fault; both states."""
    text = " ".join(told().split())
    assert "1. Somebody lies (RFC 6121 2.1.6)" in text
    assert "server -> juliet/laptop (RFC 6121 2.1.6), a fault on purpose: push-from-stranger" in text
    assert "Juliet's side is None + Pending Out, Romeo's side is None + Pending In." in text
    assert "THIS DID NOT HAPPEN AS TOLD. The client has believed it." in text


@pytest.mark.parametrize(("width", "longest"), [(30, 30), (40, 40), (80, 80), (300, 80)])
def test_lines_are_as_long_as_the_terminal_is_wide_and_not_over_80(width: int, longest: int):
    """Text that fits is read without a jump."""
    lines = told(width).splitlines()
    assert max(map(len, lines)) <= longest
    assert max(map(len, lines)) > longest - 20


def test_a_terminal_without_a_width_is_written_to(monkeypatch: pytest.MonkeyPatch):
    """COLUMNS may be 0, 1 or nonsense; then some width is taken."""
    for columns in ("0", "1", "x"):
        monkeypatch.setenv("COLUMNS", columns)
        assert "Somebody" in told(None)


def test_commands_are_not_broken():
    """They are there to be copied."""
    screen = Screen()
    Terminal(screen, lambda _: succeed(None), width=30).commands(
        "rosterkit check client --list PATTERN \\", "    --x"
    )
    assert screen.getvalue() == "    rosterkit check client --list PATTERN \\\n        --x\n\n"


def test_colours_are_asked_for():
    """Without them there is no escape sequence; with them each line ends plainly."""
    assert "\x1b" not in told()
    lines = [line for line in told(coloured=True).splitlines() if "\x1b" in line]
    assert lines
    assert all(line.endswith("\x1b[0m") for line in lines)


@pytest.mark.parametrize(
    ("stream", "environ", "coloured"),
    [
        (Screen(), {"TERM": "xterm"}, True),
        (Screen(), {"TERM": "xterm", "NO_COLOR": ""}, True),
        (Screen(), {"TERM": "xterm", "NO_COLOR": "1"}, False),
        (Screen(), {"TERM": "dumb"}, False),
        (Screen(), {}, False),
        (io.StringIO(), {"TERM": "xterm"}, False),
        (None, {"TERM": "xterm"}, False),
    ],
)
def test_when_there_are_colours(stream: io.StringIO | None, environ: dict[str, str], coloured: bool):
    """On a terminal that knows them, where NO_COLOR is not there or empty."""
    assert is_coloured(stream, environ) is coloured


def test_a_scene_waits_until_the_one_before_was_read():
    """The pause is as long as what was shown; nothing of the next scene is shown before its end."""
    screen, asked = Screen(), []
    pausing: Deferred[None] = Deferred()

    def pause(characters: int) -> Deferred[None]:
        asked.append(characters)
        return pausing

    terminal = Terminal(screen, pause, width=80)
    ensureDeferred(terminal.scene("One", "2"))
    assert asked == []
    terminal.say("x" * 30)
    ensureDeferred(terminal.scene("Two", "3"))
    assert asked == [len("1. One (RFC 6121 2)") + 32]
    assert "Two" not in screen.getvalue()
    pausing.callback(None)
    assert "2. Two" in screen.getvalue()


def test_without_standard_output_nothing_is_written():
    """It may have been closed before the start."""
    Terminal(None, lambda _: succeed(None)).say("Nobody reads this.")


def test_what_cannot_be_written_is_said_with_its_cause():
    """So that a reader who has gone can be told from a full disk."""

    class Full(io.StringIO):
        def write(self, _text: str) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(CannotShowError, match="No space left") as caught:
        Terminal(Full(), lambda _: succeed(None)).say("x")
    assert isinstance(caught.value.__cause__, OSError)
