"""What judges of subscriptions share: the order of two, what the last push says, and which state a roster shows."""

from __future__ import annotations

import pytest
from served import ME, Told, push

from rosterkit.conformance.server.cases.subscriptions_judging import ordered, pushed_gone, stands
from rosterkit.conformance.server.judging import pushed_to
from rosterkit.conformance.server.tables import STATES
from rosterkit.conformance.verdicts import Verdict

ROMEO = "romeo@montague.test"


def notice() -> str:
    """An approval of Romeo's."""
    return f"<presence type='subscribed' from='{ROMEO}' to='{ME}'/>"


def change(attributes: str = "subscription='to'") -> str:
    """A push about Romeo."""
    return push(f"<item jid='{ROMEO}' {attributes}/>")


@pytest.mark.parametrize(
    ("stanzas", "right"),
    [
        ([notice(), change()], True),
        ([change(), notice()], False),
        ([notice()], False),
        ([change()], False),
        ([], False),
    ],
)
def test_an_order_takes_two(stanzas: list[str], right: bool):
    """The notice and then the push, and both have to be there."""
    told = Told().mark("event")
    for stanza in stanzas:
        told.came("me", stanza)
    assert (ordered(told.evidence(), "me", "subscribed", ROMEO) is None) is right


@pytest.mark.parametrize(
    ("pushes", "state", "right"),
    [
        ([change()], "T", True),
        ([change("subscription='none' ask='subscribe'"), change()], "T", True),
        ([change("")], "N", True),
        ([change("")], "T", False),
        ([change(), change("")], "T", False),
        ([], "N", False),
    ],
)
def test_the_last_push_counts(pushes: list[str], state: str, right: bool):
    """A server may push in two steps; what is left out is none."""
    told = Told().mark("event")
    for one in pushes:
        told.came("me", one)
    assert all(finding is None for finding in pushed_to(told.evidence(), ["me"], ROMEO, STATES[state])) is right


@pytest.mark.parametrize(
    ("pushes", "verdict"),
    [
        ([change("subscription='none'")], None),
        ([change("")], None),
        ([change("subscription='remove'")], None),
        ([change("subscription='none' ask='subscribe'")], Verdict.FAIL),
        ([change()], Verdict.FAIL),
        ([], Verdict.NON_STRICT),
    ],
)
def test_what_a_request_hides_may_be_none_or_removed(pushes: list[str], verdict: Verdict | None):
    """That nothing is pushed is not as it should be; that the push is wrong must not be."""
    told = Told().mark("event")
    for one in pushes:
        told.came("me", one)
    finding = next((one for one in pushed_gone(told.evidence(), ["me"], ROMEO) if one is not None), None)
    assert (finding.verdict if finding is not None else None) is verdict


def test_a_roster_that_is_refused_shows_no_state():
    """It is not the absence of an entry."""
    told = Told().mark("after").said("me", "<iq type='get' id='after'/>").came("me", "<iq type='error' id='after'/>")
    assert stands(told.evidence(), "after", ROMEO, STATES["N"]) is not None
