"""What judges of servers share: where a case begins, which state is found, what was pushed."""

from __future__ import annotations

import pytest
from served import ME, Told, push, roster

from rosterkit.conformance.server.judging import begins, first, pushed, state_found, state_words
from rosterkit.conformance.server.tables import STATES
from rosterkit.conformance.verdicts import Level, Verdict, failed

ROMEO = "romeo@montague.test"
ASKS = " ask='subscribe'"


def item(subscription: str = "none", ask: bool = False) -> str:
    """Romeo in a roster."""
    return f"<item jid='{ROMEO}' subscription='{subscription}'{ASKS if ask else ''}/>"


def asked(told: Told, mark: str, line: str, *items: str) -> Told:
    """The roster is asked for, and this is the answer."""
    told.mark(mark, line).said(line, f"<iq type='get' id='{mark}'/>")
    return told.came(line, roster(mark, "".join(items)))


def looked(*items: str, request: bool = False) -> Told:
    """A new resource has looked, under ``look``."""
    told = asked(Told(), "look-roster", "look", *items).mark("look-presence", "look")
    return told.came("look", f"<presence type='subscribe' from='{ROMEO}'/>") if request else told


@pytest.mark.parametrize(
    ("told", "state"),
    [
        (looked(), "N"),
        (looked(item()), "N"),
        (looked(item(ask=True)), "NO"),
        (looked(request=True), "NI"),
        (looked(item(ask=True), request=True), "NOI"),
        (looked(item("to")), "T"),
        (looked(item("to"), request=True), "TI"),
        (looked(item("from")), "F"),
        (looked(item("from", ask=True)), "FO"),
        (looked(item("both")), "B"),
    ],
)
def test_each_state_is_told_from_every_other(told: Told, state: str):
    """The roster and the request together are one of the nine, and no other."""
    right = [key for key, one in STATES.items() if state_found(told.evidence(), "look", ROMEO, one) is None]
    assert right == [state]


def test_a_roster_that_is_refused_is_no_state():
    """Nor is it the absence of an entry."""
    told = Told().mark("look-roster", "look").said("look", "<iq type='get' id='g'/>")
    finding = state_found(told.came("look", "<iq type='error' id='g'/>").evidence(), "look", ROMEO, STATES["N"])
    assert finding is not None
    assert finding.verdict is Verdict.FAIL


def test_a_case_that_begins_elsewhere_says_nothing():
    """What led there may be broken, and is another case's subject."""
    told = asked(Told(), "begin", "me", item("to"))
    assert begins(told.evidence(), STATES["T"], ROMEO) is None
    finding = begins(told.evidence(), STATES["B"], ROMEO)
    assert finding is not None
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert "Both" in finding.words


def test_a_change_that_shows_is_pushed():
    """With what it is then; one that does not show need not be, and may."""
    silent = Told().mark("event").evidence()
    told = Told().mark("event").came("me", push(item("to"), sender=ME)).evidence()
    assert pushed(told, "me", ROMEO, STATES["NO"], STATES["T"]) is None
    assert pushed(silent, "me", ROMEO, STATES["NO"], STATES["T"]) is not None
    assert pushed(told, "me", ROMEO, STATES["NO"], STATES["B"]) is not None
    assert pushed(silent, "me", ROMEO, STATES["N"], STATES["NI"]) is None
    assert pushed(told, "me", ROMEO, STATES["T"], STATES["TI"]) is None
    assert pushed(silent, "me", ROMEO, STATES["TI"], STATES["NI"]) is None
    assert pushed(silent, "me", ROMEO, STATES["TI"], STATES["T"]) is None
    assert pushed(silent, "me", ROMEO, STATES["NOI"], STATES["TI"]) is not None


def test_the_first_thing_that_is_wrong_is_told():
    """And where nothing is, that the rule was kept."""
    wrong, worse = failed(Level.SHOULD, "A."), failed(Level.MUST, "B.")
    assert first([None, wrong, worse], "Well.") is wrong
    assert first([None], "Well.").words == "Well."


def test_states_are_told_in_words():
    """For who reads a report."""
    assert state_words("none", False) == "subscription=none"
    assert state_words("none", True) == "subscription=none with ask=subscribe"
    assert state_words("to", True, True) == "subscription=to with ask=subscribe and a request that waits"
