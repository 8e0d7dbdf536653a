"""Subscription states: RFC 6121 appendix A as one literal, total table, and :func:`step`.

The table's rows are the nine states, its columns the four kinds of stanza in both directions.  A cell is what
happens to the stanza and the state afterwards:

- outbound: ``ROUTE`` it to the contact, or ``KEEP`` it from going out;
- inbound: ``DELIVER`` it to the user, ``DROP`` it, or ``REPLY`` with ``subscribed`` on the user's behalf.

Pre-approval (RFC 6121 §3.4) is a mark beside the state; :func:`step` lays it over the table.

Tests: ``tests/core/test_subscription.py``.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

__all__ = ["TABLE", "Action", "Event", "State", "Step", "step"]


class State(Enum):
    """The nine states of RFC 6121 §A.1: what the roster shows, and whether a request stands open either way.

    The value is ``(subscription, ask, pending_in)``.
    """

    NONE = ("none", False, False)
    NONE_OUT = ("none", True, False)
    NONE_IN = ("none", False, True)
    NONE_OUT_IN = ("none", True, True)
    TO = ("to", False, False)
    TO_IN = ("to", False, True)
    FROM = ("from", False, False)
    FROM_OUT = ("from", True, False)
    BOTH = ("both", False, False)

    @property
    def spelled(self) -> str:
        """The state as one word of JSON, or of a page: ``none-out-in``."""
        return self.name.lower().replace("_", "-")

    @property
    def label(self) -> str:
        """The state as §A.1 calls it: ``None + Pending Out/In``."""
        pending = "/".join(word for word, is_so in (("Out", self.ask), ("In", self.pending_in)) if is_so)
        return self.subscription.capitalize() + (f" + Pending {pending}" if pending else "")

    @property
    def subscription(self) -> str:
        """The value of the roster item's ``subscription``."""
        return self.value[0]

    @property
    def ask(self) -> bool:
        """Whether the roster item shows ``ask='subscribe'`` (pending out)."""
        return self.value[1]

    @property
    def pending_in(self) -> bool:
        """Whether the contact's request waits for an answer."""
        return self.value[2]

    @property
    def sees(self) -> bool:
        """Whether the user receives the contact's presence (To or Both)."""
        return self.value[0] in ("to", "both")

    @property
    def seen(self) -> bool:
        """Whether the contact receives the user's presence (From or Both)."""
        return self.value[0] in ("from", "both")


class Event(Enum):
    """A subscription stanza and its direction, seen from the user whose state it is."""

    OUT_SUBSCRIBE = "out subscribe"
    OUT_UNSUBSCRIBE = "out unsubscribe"
    OUT_SUBSCRIBED = "out subscribed"
    OUT_UNSUBSCRIBED = "out unsubscribed"
    IN_SUBSCRIBE = "in subscribe"
    IN_UNSUBSCRIBE = "in unsubscribe"
    IN_SUBSCRIBED = "in subscribed"
    IN_UNSUBSCRIBED = "in unsubscribed"


class Action(Enum):
    """What happens to the stanza."""

    ROUTE = "route to the contact"
    KEEP = "do not route"
    DELIVER = "deliver to the user"
    DROP = "do not deliver"
    REPLY = "do not deliver, answer subscribed"


class Step(NamedTuple):
    """The outcome of one stanza in one state: the action, the state and the pre-approval mark afterwards."""

    action: Action
    state: State
    approved: bool


_N, _NO, _NI, _NOI = State.NONE, State.NONE_OUT, State.NONE_IN, State.NONE_OUT_IN
_T, _TI, _F, _FO, _B = State.TO, State.TO_IN, State.FROM, State.FROM_OUT, State.BOTH
_ROUTE, _KEEP, _DELIVER, _DROP, _REPLY = Action.ROUTE, Action.KEEP, Action.DELIVER, Action.DROP, Action.REPLY

_COLUMNS = tuple(Event)

# Out: subscribe, unsubscribe, subscribed, unsubscribed (§A.2.1-4); in: the same four (§A.3.1-4).
_ROWS = {
    _N: ((_ROUTE, _NO), (_ROUTE, _N), (_KEEP, _N), (_KEEP, _N),
         (_DELIVER, _NI), (_DROP, _N), (_DROP, _N), (_DROP, _N)),
    _NO: ((_ROUTE, _NO), (_ROUTE, _N), (_KEEP, _NO), (_KEEP, _NO),
          (_DELIVER, _NOI), (_DROP, _NO), (_DELIVER, _T), (_DELIVER, _N)),
    _NI: ((_ROUTE, _NOI), (_ROUTE, _NI), (_ROUTE, _F), (_ROUTE, _N),
          (_DROP, _NI), (_DELIVER, _N), (_DROP, _NI), (_DROP, _NI)),
    _NOI: ((_ROUTE, _NOI), (_ROUTE, _NI), (_ROUTE, _FO), (_ROUTE, _NO),
           (_DROP, _NOI), (_DELIVER, _NO), (_DELIVER, _TI), (_DELIVER, _NI)),
    _T: ((_ROUTE, _T), (_ROUTE, _N), (_KEEP, _T), (_KEEP, _T),
         (_DELIVER, _TI), (_DROP, _T), (_DROP, _T), (_DELIVER, _N)),
    _TI: ((_ROUTE, _TI), (_ROUTE, _NI), (_ROUTE, _B), (_ROUTE, _T),
          (_DROP, _TI), (_DELIVER, _T), (_DROP, _TI), (_DELIVER, _NI)),
    _F: ((_ROUTE, _FO), (_ROUTE, _F), (_KEEP, _F), (_ROUTE, _N),
         (_REPLY, _F), (_DELIVER, _N), (_DROP, _F), (_DROP, _F)),
    _FO: ((_ROUTE, _FO), (_ROUTE, _F), (_KEEP, _FO), (_ROUTE, _NO),
          (_REPLY, _FO), (_DELIVER, _NO), (_DELIVER, _B), (_DELIVER, _F)),
    _B: ((_ROUTE, _B), (_ROUTE, _F), (_KEEP, _B), (_ROUTE, _T),
         (_REPLY, _B), (_DELIVER, _T), (_DROP, _B), (_DELIVER, _F)),
}  # fmt: skip

#: Every state and every event: ``(action, next state)``, without pre-approval.
TABLE = {(state, event): cell for state, row in _ROWS.items() for event, cell in zip(_COLUMNS, row, strict=True)}

_BY_VALUE = {state.value: state for state in State}

#: The states in which ``subscribed`` may stand as a pre-approval and an inbound subscribe is granted by one (§3.4).
_PRE_APPROVABLE = {_N: _F, _NO: _FO, _T: _B}


def state_of(subscription: str, ask: bool, pending_in: bool) -> State:
    """The state that a roster item and the kept requests together spell; KeyError for a combination outside §A.1."""
    return _BY_VALUE[subscription, ask, pending_in]


def step(state: State, event: Event, approved: bool = False, pre_approval: bool = True) -> Step:
    """What ``event`` does in ``state``.

    ``approved`` is the entry's pre-approval mark and ``pre_approval`` whether the server offers the feature.  A
    mark stays visible until ``unsubscribed`` goes out, which clears it in every state (RFC 6121 §3.4.2).
    """
    action, after = TABLE[state, event]
    if event is Event.OUT_SUBSCRIBED and state in _PRE_APPROVABLE and pre_approval:
        return Step(action, after, True)  # §3.4.2: remembered, not routed
    if event is Event.OUT_UNSUBSCRIBED:
        return Step(action, after, False)  # §3.4.2: cancels the pre-approval
    if event is Event.IN_SUBSCRIBE and approved and state in _PRE_APPROVABLE:
        return Step(Action.REPLY, _PRE_APPROVABLE[state], True)  # §3.4.3 by way of §3.1.3
    return Step(action, after, approved)
