"""A mutant for each cell of the state tables: another state afterwards, or a stanza that passes where it should not.

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.conformance.server.tables import NAMES, TYPES
from rosterkit.core import subscription
from rosterkit.core.subscription import TABLE, Action, Event, State

__all__ = ["MUTANTS"]

_STATES: Mapping[str, State] = dict(zip(NAMES, State, strict=True))
_CONTRARY = {
    Action.ROUTE: Action.KEEP,
    Action.KEEP: Action.ROUTE,
    Action.DELIVER: Action.DROP,
    Action.DROP: Action.DELIVER,
    Action.REPLY: Action.DELIVER,
}


def _put(action: Action, state: State) -> Callable[[Any], Any]:
    return lambda _: (action, state)


def _mutant(key: str, event: Event) -> Mutant:
    """The stanza that changes something changes nothing any more; one that changes nothing goes the other way."""
    state = _STATES[key]
    action, after = TABLE[state, event]
    way, _, type_ = event.value.partition(" ")
    section = f"A.{2 if way == 'out' else 3}.{TYPES.index(type_) + 1}"
    if after is not state:
        made, does = (action, state), f"changes nothing in {NAMES[key]}"
    else:
        made, does = (_CONTRARY[action], state), f"goes the wrong way in {NAMES[key]}"
    where = "that goes out" if way == "out" else "that comes in"
    return mutant(
        f"cell-{way}-{type_}-{NAMES[key]}",
        section,
        f"A stanza of type {type_} {where} {does}.",
        Patch(subscription.TABLE, (state, event), _put(*made), (subscription, "TABLE")),
    )


def _grown(event: Event) -> Mutant:
    """Out of nothing a subscription comes, by a stanza that must not change anything there."""
    type_ = event.value.partition(" ")[2]
    action, _ = TABLE[State.NONE, event]
    return mutant(
        f"grown-out-{type_}",
        f"A.2.{TYPES.index(type_) + 1}",
        f"A stanza of type {type_} to somebody unknown lets him see the user.",
        Patch(subscription.TABLE, (State.NONE, event), _put(action, State.FROM), (subscription, "TABLE")),
    )


MUTANTS: tuple[Mutant, ...] = (
    *(_mutant(key, event) for event in Event for key in NAMES),
    *map(_grown, (Event.OUT_UNSUBSCRIBE, Event.OUT_SUBSCRIBED, Event.OUT_UNSUBSCRIBED)),
)
