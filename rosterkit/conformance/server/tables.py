"""The state tables of RFC 6121 appendix A as they are expected of a server, and how a state is reached.

Written down a second time, apart from the rules that our own server lives by: a judge must not learn from the judged.

Tests: ``tests/conformance/test_server_tables.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

__all__ = ["INBOUND", "NAMES", "OUTBOUND", "STATES", "TYPES", "Cell", "State", "mirrored"]

#: The four kinds of subscription stanza, in the order of the tables' columns.
TYPES = ("subscribe", "unsubscribe", "subscribed", "unsubscribed")


class State(NamedTuple):
    """A subscription state: what the roster shows, and whether the contact's request waits (RFC 6121 §A.1).

    ``path`` leads there from nothing: who says what, ``user`` or ``contact``.
    """

    name: str
    subscription: str
    ask: bool
    pending_in: bool
    path: Sequence[tuple[str, str]]

    @property
    def shown(self) -> tuple[str, bool]:
        """What the roster shows of it: the subscription, and whether a request of the user's is open."""
        return self.subscription, self.ask

    @property
    def visible(self) -> bool:
        """Whether the roster shows an entry for it (§3.1.3: a request that came makes none)."""
        return self.shown != ("none", False)

    @property
    def sees(self) -> bool:
        """Whether the user gets the contact's presence."""
        return self.subscription in ("to", "both")

    @property
    def seen(self) -> bool:
        """Whether the contact gets the user's presence."""
        return self.subscription in ("from", "both")


_ASKS, _ASKED = ("user", "subscribe"), ("contact", "subscribe")
_GRANTS, _GRANTED = ("user", "subscribed"), ("contact", "subscribed")

STATES: Mapping[str, State] = {
    "N": State("None", "none", False, False, ()),
    "NO": State("None + Pending Out", "none", True, False, (_ASKS,)),
    "NI": State("None + Pending In", "none", False, True, (_ASKED,)),
    "NOI": State("None + Pending Out+In", "none", True, True, (_ASKS, _ASKED)),
    "T": State("To", "to", False, False, (_ASKS, _GRANTED)),
    "TI": State("To + Pending In", "to", False, True, (_ASKS, _GRANTED, _ASKED)),
    "F": State("From", "from", False, False, (_ASKED, _GRANTS)),
    "FO": State("From + Pending Out", "from", True, False, (_ASKED, _GRANTS, _ASKS)),
    "B": State("Both", "both", False, False, (_ASKED, _GRANTS, _ASKS, _GRANTED)),
}
#: How a state is called in the id of a case.
NAMES: Mapping[str, str] = {
    "N": "none",
    "NO": "none-out",
    "NI": "none-in",
    "NOI": "none-out-in",
    "T": "to",
    "TI": "to-in",
    "F": "from",
    "FO": "from-out",
    "B": "both",
}
#: The state of the contact when the user is in one.
_MIRRORED = {"N": "N", "NO": "NI", "NI": "NO", "NOI": "NOI", "T": "F", "TI": "FO", "F": "T", "FO": "TI", "B": "B"}


class Cell(NamedTuple):
    """What is expected: whether the stanza ``passes`` (is routed, or delivered), and the state ``after``.

    ``strict`` says that letting it pass, or keeping it, is a MUST; where it is not, it is a SHOULD.  ``replies`` says
    that the server answers ``subscribed`` for the user.
    """

    passes: bool
    after: str
    strict: bool = True
    replies: bool = False


def _row(cells: str) -> tuple[Cell, ...]:
    """``+NO`` passes; ``-N`` does not, ``~F`` should not, ``*F`` should, ``!F`` does not and is answered."""
    marks = {
        "+": (True, True, False),
        "*": (True, False, False),
        "-": (False, True, False),
        "~": (False, False, False),
        "!": (False, True, True),
    }
    made = []
    for cell in cells.split():
        passes, strict, replies = marks[cell[0]]
        made.append(Cell(passes, cell[1:], strict, replies))
    return tuple(made)


def _table(rows: Mapping[str, str]) -> Mapping[tuple[str, str], Cell]:
    return {
        (state, type_): cell
        for state, cells in rows.items()
        for type_, cell in zip(TYPES, _row(cells), strict=True)
    }  # fmt: skip


#: What becomes of a stanza that the user sends, by the user's state and the type (§A.2).
OUTBOUND = _table(
    {
        "N": "+NO +N ~N ~N",
        "NO": "+NO +N ~NO ~NO",
        "NI": "+NOI +NI +F +N",
        "NOI": "+NOI +NI +FO +NO",
        "T": "+T +N ~T ~T",
        "TI": "+TI +NI +B +T",
        "F": "+FO +F ~F +N",
        "FO": "+FO +F ~FO +NO",
        "B": "+B +F ~B +T",
    }
)
#: What becomes of a stanza that comes for the user (§A.3).
INBOUND = _table(
    {
        "N": "+NI -N -N -N",
        "NO": "+NOI -NO +T +N",
        "NI": "~NI *N -NI -NI",
        "NOI": "~NOI *NO +TI +NI",
        "T": "+TI -T -T +N",
        "TI": "~TI *T -TI +NI",
        "F": "!F +N -F -F",
        "FO": "!FO +NO +B +F",
        "B": "!B +T -B +F",
    }
)


def mirrored(state: str) -> str:
    """The state of the contact's roster when the user's is in ``state`` and the two agree."""
    return _MIRRORED[state]
