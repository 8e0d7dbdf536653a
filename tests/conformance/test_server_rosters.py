"""The cases about one's own roster, with our own server, its mutants, and other servers' habits (§2.1 to §2.4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retold import found, garbling, is_right, retold
from roster_trials import HABITS, NAMED, Trials

from rosterkit.conformance.server.case import ServerCase, judged
from rosterkit.conformance.server.cases.rosters import CASES
from rosterkit.conformance.server.mutants import rosters_edited, rosters_pushed, rosters_read
from rosterkit.conformance.server.mutants.rosters_others import MUTANTS as OF_OTHERS
from rosterkit.conformance.verdicts import Finding, Verdict
from rosterkit.core.journal import Entry

TRIALS = Trials(
    CASES,
    (
        *rosters_read.MUTANTS,
        *rosters_pushed.MUTANTS,
        *rosters_edited.MUTANTS,
        *(wrong for wrong in OF_OTHERS if wrong.name == "get-for-account-refused"),
    ),
    {
        "jids-not-folded": "2.1.2.3/one-entry-for-one-jid",
        "domains-refused": "2.1.2.3/domain-as-contact",
        "names-of-ascii": "2.1.2.4/kept-as-given",
        "groups-nested": "2.1.2.6/kept-as-given",
        "roster-from-resource": "2.1.3/answered-by-account",
        "get-for-account-refused": "2.1.3/addressed-to-account",
        "get-stores": "2.1.3/items-in-get",
        "unknown-unanswered": "2.1.3/not-a-query",
        "empty-roster-refused": "2.1.4/nothing-stored",
        "roster-cut-short": "2.1.4/every-entry",
        "first-resource-told": "2.1.6/every-interested-resource",
        "item-twice": "2.1.6/one-item",
        "one-id-for-all": "2.1.6/own-ids",
        "pushed-by-domain": "2.1.6/from-the-account",
        "pushed-to-account": "2.1.6/to-the-resource",
        "answers-passed-on": "2.1.6/answers-end-here",
        "answers-awaited": "2.1.6/not-waited-for",
        "everybody-told": "2.2/not-asked-not-told",
        "told-when-seen": "2.2/interested-without-presence",
        "interest-ends": "2.2/interested-when-unavailable",
        "told-for-each-get": "2.2/told-once",
        "roster-late": "2.2/roster-then-presence",
        "sender-not-told": "2.3.2/sender-too",
        "approved-taken": "2.1.2.1/approved-in-set",
        "ask-taken": "2.1.2.2/ask-in-set",
        "subscription-taken": "2.1.5/both-in-set",
        "unknown-refused": "2.3.1/unknown-content",
        "set-unanswered": "2.3.2/answered",
        "edits-forgotten": "2.3.2/outlives-session",
        "groups-not-pushed": "2.3.2/pushed-as-given",
        "begins-at-to": "2.3.2/begins-at-none",
        "groups-merged": "2.4.2/replaced",
        "name-not-cleared": "2.4.2/name-cleared",
        "groups-not-cleared": "2.4.2/groups-cleared",
        "updates-not-pushed": "2.4.2/told-everywhere",
        "update-ends-subscription": "2.4.2/subscription-stays",
        "update-ends-request": "2.4.2/request-stays",
        "update-takes-subscription": "2.4.2/subscription-not-taken",
    },
)
BY_NAME = TRIALS.by_name


@pytest.mark.parametrize("case", CASES, **NAMED)
def test_our_own_server_keeps_each(case: ServerCase):
    """PASS, in memory."""
    finding = found(case)
    assert is_right(case, finding), finding


def test_each_mutant_has_its_case_and_each_case_its_mutant():
    """A mutant is failed by the case that is there for it, and no case is there for none."""
    assert list(TRIALS.uncaught()) == []
    assert TRIALS.idle() == set()


@pytest.mark.parametrize("case", CASES, **NAMED)
def test_other_lawful_habits_change_nothing(case: ServerCase):
    """The result before the push; news and receipts; defaults left out; pushes with a sender."""
    for habit in HABITS:
        finding = judged(case, retold(case, habit()))
        assert is_right(case, finding), (habit, finding)


@given(st.data())
def test_a_silly_server_never_makes_a_judge_fail(data: st.DataObject):
    """Stanzas that do not come, come twice, or come without what they should have."""
    case = data.draw(st.sampled_from(CASES))
    assert isinstance(judged(case, retold(case, garbling(data))), Finding)


# Where servers differ, and how much that matters


def told(name: str, change: Callable[[Entry], bytes]) -> Finding:
    """What a case finds where the server had said ``change`` of each of its stanzas; ``b""`` is nothing at all."""

    def changed(entry: Entry) -> Iterator[Entry]:
        if entry.direction != "in" or not entry.data:
            yield entry
        elif data := change(entry):
            yield entry._replace(data=data)

    return judged(BY_NAME[name], retold(BY_NAME[name], changed))


def rewritten(pattern: bytes, new: bytes) -> Callable[[Entry], bytes]:
    """What matches, on any line, is ``new``."""
    return lambda entry: re.sub(pattern, new, entry.data)


def is_result(entry: Entry, id_: bytes = b"event") -> bool:
    """Whether it answers what was said under a mark."""
    return b"type='result'" in entry.data and b"id='%b'" % id_ in entry.data


@pytest.mark.parametrize(
    ("sender", "verdict"),
    [
        (b"", Verdict.PASS),
        (b" from='juliet@capulet.test'", Verdict.PASS),
        (b" from='Juliet@Capulet.test'", Verdict.PASS),
        (b" from='capulet.test'", Verdict.FAIL),
        (b" from='juliet@capulet.test/desk'", Verdict.FAIL),
        (b" from='nurse@capulet.test'", Verdict.FAIL),
    ],
)
def test_the_account_is_meant_by_its_bare_jid_and_by_nobody(sender: bytes, verdict: Verdict):
    """In results and in pushes; the domain and full JIDs are others (RFC 6120 8.1.2.1)."""
    result = rewritten(rb"<iq type='result' id='me-roster'", rb"<iq type='result'%b id='me-roster'" % sender)
    push = rewritten(rb"<iq type='set'", rb"<iq type='set'%b" % sender)
    assert told("2.1.3/answered-by-account", result).verdict is verdict
    assert told("2.1.6/from-the-account", push).verdict is verdict


@pytest.mark.parametrize(
    ("to", "verdict"),
    [
        (b"", Verdict.PASS),
        (b"to='juliet@capulet.test'", Verdict.NON_STRICT),
        (b"to='juliet@capulet.test/elsewhere'", Verdict.FAIL),
        (b"to='nurse@capulet.test'", Verdict.FAIL),
    ],
)
def test_a_push_without_address_is_for_the_resource(to: bytes, verdict: Verdict):
    """One for the account as a whole is less than right; one for somebody else is wrong (RFC 6120 8.1.1.1)."""
    change = rewritten(rb"(type='set' id='\S+') to='[^']*'", rb"\1 " + to)
    assert told("2.1.6/to-the-resource", change).verdict is verdict


def test_two_resources_may_get_pushes_with_one_id():
    """An id counts on its own stream (RFC 6120 8.1.3); twice on one stream is wrong, and so is none."""
    ids: dict[str | None, int] = {}

    def numbered(entry: Entry) -> bytes:
        if b"type='set'" not in entry.data:
            return entry.data
        ids[entry.session] = ids.get(entry.session, 0) + 1
        return re.sub(rb"id='[^']*'", b"id='push-%d'" % ids[entry.session], entry.data)

    assert told("2.1.6/own-ids", numbered).verdict is Verdict.PASS
    assert told("2.1.6/own-ids", rewritten(rb"(type='set') id='[^']*'", rb"\1 id='p'")).verdict is Verdict.FAIL
    assert told("2.1.6/own-ids", rewritten(rb"(type='set') id='[^']*'", rb"\1")).verdict is Verdict.FAIL


def test_a_request_with_an_item_may_be_refused():
    """What counts is that nothing is stored."""

    def refused(entry: Entry) -> bytes:
        return b"<iq type='error' id='event'><error type='modify'/></iq>" if is_result(entry) else entry.data

    assert told("2.1.3/items-in-get", refused).verdict is Verdict.PASS


def test_the_first_roster_may_not_be_found():
    """As long as there never was an entry; after that there is a roster."""
    error = (
        b"<iq type='error' id='me-roster'><error type='cancel'>"
        b"<item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
    )

    def missing(at: bytes) -> Callable[[Entry], bytes]:
        return lambda entry: error.replace(b"me-roster", at) if is_result(entry, at) else entry.data

    assert told("2.1.4/nothing-stored", missing(b"me-roster")).verdict is Verdict.PASS
    assert told("2.1.4/nothing-stored", missing(b"look-roster")).verdict is Verdict.FAIL
    empty = rewritten(rb"(id='look-roster'.*?)<query[^>]*/>", rb"\1")
    assert told("2.1.4/nothing-stored", empty).verdict is Verdict.FAIL


@pytest.mark.parametrize("name", ["2.1.2.1/approved-in-set", "2.1.2.2/ask-in-set", "2.1.5/both-in-set"])
def test_a_set_that_says_too_much_should_be_taken(name: str):
    """To refuse it is less than right: nothing has come of it."""

    def refused(entry: Entry) -> bytes:
        if b"type='set'" in entry.data:
            return b""
        if is_result(entry):
            return b"<iq type='error' id='event'><error type='modify'/></iq>"
        return re.sub(rb"<item.*?(/>|</item>)", b"", entry.data)

    assert told(name, refused).verdict is Verdict.NON_STRICT


def test_nothing_can_be_said_of_pushes_where_none_comes():
    """Another case says that they have to come."""
    for name in ("one-item", "own-ids", "from-the-account", "to-the-resource"):
        finding = told(f"2.1.6/{name}", lambda entry: b"" if b"type='set'" in entry.data else entry.data)
        assert finding.verdict is Verdict.INCONCLUSIVE


def test_groups_have_no_order_and_accents_no_spelling():
    """A server may sort groups, and may write a letter with its accent in two characters."""
    swapped = rewritten(rb"(<group>[^<]*</group>)(<group>[^<]*</group>)", rb"\2\1")
    assert told("2.3.2/outlives-session", swapped).verdict is Verdict.PASS
    greek = rewritten("Ζωή".encode(), "Ζωη\u0301".encode())
    assert told("2.1.2.4/kept-as-given", greek).verdict is Verdict.PASS
    assert told("2.1.2.4/kept-as-given", rewritten("Ζωή".encode(), b"Zoe")).verdict is Verdict.FAIL
