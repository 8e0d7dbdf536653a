"""What judges of rosters share, on evidence made by hand."""

from __future__ import annotations

import pytest
from served import ME, Told, push, roster

from rosterkit.conformance.server.cases.rosters_judging import (
    all_pushes,
    answered,
    difference,
    entry,
    in_words,
    quiet,
    refused,
    same,
    stored,
    told_by_push,
    unchanged,
)
from rosterkit.conformance.server.cases.rosters_steps import friend, friends
from rosterkit.conformance.server.evidence import Held
from rosterkit.conformance.verdicts import Level, Verdict

JID = "romeo@montague.test"
ROMEO = entry(JID, "Romeo", ("Friends", "Verona"))
ITEM = f"<item jid='{JID}' name='Romeo'><group>Verona</group><group>Friends</group></item>"


def asked(told: Told, mark: str, answer: str, line: str = "me") -> Told:
    """Something is asked under a mark, and this is the answer."""
    return told.mark(mark, line).said(line, f"<iq type='set' id='{mark}'/>").came(line, answer)


def error(condition: str = "bad-request") -> str:
    """An error to the event."""
    inner = f"<{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>" if condition else ""
    return f"<iq type='error' id='event'><error type='cancel'>{inner}</error></iq>"


RESULT = "<iq type='result' id='event'/>"


# Entries


@pytest.mark.parametrize(
    ("other", "alike"),
    [
        (ROMEO._replace(groups=("Verona", "Friends")), True),
        (ROMEO._replace(groups=("Verona", "Friends", "Verona")), True),
        (ROMEO._replace(approved=True), True),
        (ROMEO._replace(name="romeo"), False),
        (ROMEO._replace(name=None), False),
        (ROMEO._replace(groups=("Verona",)), False),
        (ROMEO._replace(subscription="to"), False),
        (ROMEO._replace(ask=True), False),
        (None, False),
    ],
)
def test_an_entry_is_its_name_its_groups_and_its_state(other: Held | None, alike: bool):
    """The order of groups says nothing, and what is approved is another rule."""
    assert same(ROMEO, other) is alike
    assert (difference({JID: other} if other else {}, {JID: ROMEO}) is None) is alike


def test_no_name_is_as_good_as_an_empty_one():
    """Servers write either; composed and decomposed letters are the same too."""
    assert same(entry(JID), entry(JID, ""))
    assert same(entry(JID, "Rene\u0301"), entry(JID, "Ren\u00e9"))
    assert same(None, None)


def test_an_entry_is_told_in_words_that_are_not_too_long():
    """Whatever stands in it."""
    assert in_words(ROMEO) == "the name 'Romeo', the groups ['Friends', 'Verona'] and subscription=none"
    assert in_words(entry(JID, ask=True)) == "no name, no groups and subscription=none and ask=subscribe"
    assert in_words(None) == "no entry"
    assert len(in_words(entry("x" * 2000, "n" * 2000, ("g" * 2000,), "s" * 2000))) < 300


def test_the_difference_names_who_is_wrong_and_how():
    """Somebody too many counts like somebody too few."""
    assert difference({JID: ROMEO}, {JID: ROMEO}) is None
    for found, wanted in (({JID: ROMEO}, {}), ({}, {JID: ROMEO})):
        assert JID in (difference(found, wanted) or "")


# Answers


@pytest.mark.parametrize(
    ("answer", "right"), [(RESULT, True), (error(), False), ("<iq type='result' id='other'/>", False)]
)
def test_a_set_is_answered_by_a_result_with_its_id(answer: str, right: bool):
    """As strictly as the case has it."""
    evidence = asked(Told(), "event", answer).evidence()
    assert (answered(evidence) is None) is right
    if not right:
        finding = answered(evidence, level=Level.SHOULD)
        assert finding is not None
        assert finding.verdict is Verdict.NON_STRICT


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (error(), None),
        (error("not-allowed"), Verdict.NON_STRICT),
        (error(""), Verdict.NON_STRICT),
        (RESULT, Verdict.FAIL),
        ("<message/>", Verdict.FAIL),
    ],
)
def test_a_refusal_is_an_error_and_its_condition_counts_apart(answer: str, verdict: Verdict | None):
    """Without conditions any error will do."""
    evidence = asked(Told(), "event", answer).evidence()
    finding = refused(evidence, ("bad-request",), Level.SHOULD)
    assert (finding.verdict if finding else None) is verdict
    assert (refused(evidence) is None) is (answer.startswith("<iq type='error'"))


# Pushes


def test_a_push_on_the_line_has_what_it_should():
    """Of several the last counts; those on other lines, in other parts and about others do not."""
    told = asked(Told(), "event", push(ITEM)).came("me", RESULT)
    assert told_by_push(told.evidence(), "me", ROMEO) is None
    assert told_by_push(told.evidence(), "me-2", ROMEO) is not None
    assert told_by_push(told.evidence(), "me", ROMEO._replace(name="Tybalt")) is not None
    told.came("me", push("<item jid='nurse@capulet.test'/>"))
    assert told_by_push(told.evidence(), "me", ROMEO) is None
    told.came("me", push(f"<item jid='{JID}'/>"))
    assert told_by_push(told.evidence(), "me", ROMEO) is not None
    later = asked(Told(), "event", RESULT).mark("later").came("me", push(ITEM))
    assert told_by_push(later.evidence(), "me", ROMEO) is not None


def test_nothing_may_be_pushed_where_nothing_changes():
    """Also no push without an item."""
    for item in ("", ITEM):
        told = asked(Told(), "event", push(item))
        finding = quiet(told.evidence(), ["me", "me-2"])
        assert finding is not None
        assert finding.verdict is Verdict.FAIL
    assert quiet(asked(Told(), "event", RESULT).evidence(), ["me"]) is None


def test_every_push_of_the_play_is_found_and_nothing_else():
    """On these lines, before any mark as well."""
    told = Told().came("me", push()).mark("event").came("me-2", push(ITEM)).came("me", RESULT).said("me", push(ITEM))
    assert [seen.session for seen in all_pushes(told.evidence(), "me", "me-2")] == ["me", "me-2"]


# What is stored


def test_a_new_resource_is_given_the_entry():
    """As it should be; where the roster does not come at all, that is the breach."""
    result = roster("look-roster", ITEM)
    evidence = asked(Told(), "look-roster", result, "look").evidence()
    assert stored(evidence, ROMEO) is None
    for wrong in (ROMEO._replace(groups=()), ROMEO._replace(jid=ME)):
        finding = stored(evidence, wrong)
        assert finding is not None
        assert finding.verdict is Verdict.FAIL
    refusal = asked(Told(), "look-roster", "<iq type='error' id='look-roster'/>", "look")
    for finding in (stored(refusal.evidence(), ROMEO), stored(Told().evidence(), ROMEO)):
        assert finding is not None
        assert "got" in finding.words


def test_a_roster_that_should_not_change_is_what_it_was():
    """Before and after it is asked for; a roster that does not come is no roster without entries."""

    def told(before: str, after: str) -> Told:
        begun = asked(Told(), "me-roster", roster("me-roster", before))
        return asked(begun, "look-roster", roster("look-roster", after), "look")

    assert unchanged(told("", "").evidence()) is None
    assert unchanged(told(ITEM, ITEM).evidence()) is None
    assert unchanged(told("", ITEM).evidence()) is not None
    assert unchanged(told(ITEM, "").evidence()) is not None
    assert unchanged(Told().evidence()) is not None


def test_friends_are_the_same_for_script_and_judge():
    """No two of them are one, and nobody has an account."""
    people = Told().people
    assert friends(people, 3) == friends(people, 3)
    assert friend(people) == friends(people, 2)[0]
    assert len({*friends(people, 9), *people.accounts, people.nobody}) == 9 + 3 + 1
