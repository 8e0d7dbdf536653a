"""The subscription states: the image and the table, from the table of the rules.

Tests: ``tests/pages/test_states.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rosterkit.core.subscription import TABLE, Action, Event, State
from rosterkit.wire.state_diagram import svg
from rosterkit_pages.markdown import literal, table

__all__ = ["page"]

_ACTIONS = {
    Action.ROUTE: "routed",
    Action.KEEP: "kept back",
    Action.DELIVER: "delivered",
    Action.DROP: "dropped",
    Action.REPLY: "answered by the server",
}


def page() -> str:
    """Give the image, then a table of what the user sends and one of what the contact sends."""
    sent = [event for event in Event if TABLE[State.NONE, event][0] in (Action.ROUTE, Action.KEEP)]
    came = [event for event in Event if event not in sent]
    return "\n\n".join(
        (
            f'<div class="diagram">{svg()}</div>',
            "## What the user sends",
            _table(sent),
            "## What comes from the contact",
            _table(came),
        )
    )


def _table(events: Sequence[Event]) -> str:
    return table(("state", *(literal(event.value) for event in events)), _rows(events))


def _rows(events: Sequence[Event]) -> Iterator[list[str]]:
    for state in State:
        yield [state.label, *(_cell(state, event) for event in events)]


def _cell(state: State, event: Event) -> str:
    action, new = TABLE[state, event]
    return _ACTIONS[action] + ("" if new is state else f", then {literal(new.spelled)}")
