"""The nine subscription states and the moves between them as an image, drawn from the table of the rules.

A subscription has two directions, and each is in one of three states: nothing, asked for, granted.  So the states are
a square: to the right what the user sees of the contact, downwards what the contact sees of the user.  Every move of
the table is along one side of it.

Tests: ``tests/wire/test_state_diagram.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from rosterkit.core.subscription import TABLE, Event, State

__all__ = ["svg"]

_WIDTH, _HEIGHT = 168, 46  # of a state
_LEFT, _TOP = 250, 140  # the middle of the first
_ACROSS, _DOWN = 300, 170  # from one to the next
_APART = 11  # from the middle of two states to a move there, and to one back
_BOLD, _SMALL = ' font-weight="600"', ' font-size="11"'
# Attributes instead of a style: a page may forbid styles of what is brought into it.
_BOX = 'rx="9" fill="none" stroke="currentColor" stroke-width="1.5"'
_LINE = 'fill="none" stroke="currentColor" stroke-width="1.2" stroke-opacity="0.65" marker-end="url(#head)"'
_HEAD = (
    '<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
    'orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" fill="currentColor"/></marker></defs>'
)
_SEES = ("sees nothing", "has asked", "sees the contact")
_SEEN = ("not seen", "is asked", "is seen")


class _Move(NamedTuple):
    """All the events that lead from one state to another."""

    old: State
    new: State
    events: tuple[Event, ...]


def svg() -> str:
    """The image, without a fixed size.

    Each state is ``<g class="state" data-state="none-out-in">``, each move ``<path class="move" data-from data-to
    data-event>``, where several events are separated by commas.  It has the colour of the text around it.
    """
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 560" role="img" '
        'font-family="system-ui, sans-serif" font-size="13" text-anchor="middle" fill="currentColor">',
        f"<title>The subscription states of RFC 6121, appendix A</title>{_HEAD}",
        *_axes(),
        *(_path(move) for move in _moves()),
        *(_state(state) for state in State),
        "</svg>",
    ]
    return "".join(parts)


def _moves() -> Iterator[_Move]:
    for state in State:
        for new in State:
            events = tuple(event for event in Event if TABLE[state, event][1] is new)
            if new is not state and events:
                yield _Move(state, new, events)


def _place(state: State) -> tuple[int, int]:
    """Where it stands in the square: column and row."""
    return 2 if state.sees else int(state.ask), 2 if state.seen else int(state.pending_in)


def _middle(state: State) -> tuple[int, int]:
    column, row = _place(state)
    return _LEFT + column * _ACROSS, _TOP + row * _DOWN


def _text(x: float, y: float, text: str, how: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}"{how}>{escape(text)}</text>'


def _axes() -> Iterator[str]:
    """What columns and rows mean."""
    for number, text in enumerate(_SEES):
        yield _text(_LEFT + number * _ACROSS, 28, f"the user {text}", _BOLD)
    for number, text in enumerate(_SEEN):
        x, y = 18, _TOP + number * _DOWN
        shown = _text(x, y, f"the user {text}", _BOLD)
        yield f'<g transform="rotate(-90 {x} {y})">{shown}</g>'


def _state(state: State) -> str:
    x, y = _middle(state)
    box = f'<rect x="{x - _WIDTH / 2:g}" y="{y - _HEIGHT / 2:g}" width="{_WIDTH}" height="{_HEIGHT}" {_BOX}/>'
    return f'<g class="state" data-state="{state.spelled}">{box}{_text(x, y + 5, state.label)}</g>'


def _path(move: _Move) -> str:
    (x, y), (to_x, to_y) = _middle(move.old), _middle(move.new)
    across = y == to_y
    step = 1 if (to_x, to_y) > (x, y) else -1
    line, label = _across(x, to_x, y, step) if across else _down(y, to_y, x, step)
    events = ", ".join(event.value for event in move.events)
    places = f'data-from="{move.old.spelled}" data-to="{move.new.spelled}"'
    path = (
        f'<path class="move" {places} data-event="{events}" {_LINE} d="{line}"><title>{escape(events)}</title></path>'
    )
    first = (_place(move.old)[1] if across else _place(move.old)[0]) == 0  # the others say the same
    return path + (_label(*label, move.events) if first else "")


def _across(x: int, to_x: int, y: int, step: int) -> tuple[str, tuple[float, float]]:
    """A move in its row, and where its label stands: those to the right above those back."""
    if abs(to_x - x) > _ACROSS:  # past the state in the middle
        top = y - _HEIGHT / 2
        return f"M{x} {top:g}C{x - 40} {top - 58:g} {to_x + 40} {top - 58:g} {to_x} {top:g}", (
            (x + to_x) / 2,
            top - 62,
        )
    at = y - step * _APART
    line = f"M{x + step * _WIDTH / 2:g} {at}H{to_x - step * _WIDTH / 2:g}"
    return line, ((x + to_x) / 2, at - 7 if step > 0 else at + 14)


def _down(y: int, to_y: int, x: int, step: int) -> tuple[str, tuple[float, float]]:
    """A move in its column: those down to the right of those back."""
    middle = (y + to_y) / 2
    if abs(to_y - y) > _DOWN:
        left = x - _WIDTH / 2
        line = f"M{left:g} {y}C{left - 48:g} {y - 30} {left - 48:g} {to_y + 30} {left:g} {to_y}"
        return line, (left - 88, middle)
    at = x + step * _APART
    line = f"M{at} {y + step * _HEIGHT / 2:g}V{to_y - step * _HEIGHT / 2:g}"
    return line, (at + step * 54, middle)


def _label(x: float, y: float, events: tuple[Event, ...]) -> str:
    """The events one below the other."""
    return "".join(_text(x, y + 13 * number, event.value, _SMALL) for number, event in enumerate(events))
