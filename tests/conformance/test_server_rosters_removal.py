"""The cases about removing an entry, with our own server, its mutants, and other servers' ways (RFC 6121 §2.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retold import found, garbling, is_right, retold
from roster_trials import HABITS, NAMED, Trials

from rosterkit.conformance.server.case import ServerCase, judged
from rosterkit.conformance.server.cases.rosters_removal import CASES
from rosterkit.conformance.server.mutants.rosters_removed import MUTANTS
from rosterkit.conformance.verdicts import Finding, Verdict
from rosterkit.core.journal import Entry

TRIALS = Trials(
    CASES,
    MUTANTS,
    {
        "removed-entry-kept": "2.5.2/gone",
        "removals-not-pushed": "2.5.2/removal-pushed",
        "removed-entry-restored": "2.5.2/begins-anew",
        **{f"removal-in-{state}": f"2.5.2/{state}" for state in ("none-out", "none-in", "to", "from", "both")},
        **{f"removal-in-{state}": f"2.5.2/{state}" for state in ("from-out", "to-in")},
        "removal-here-untold": "2.5.2/both-local",
        "request-here-not-withdrawn": "2.5.2/none-out-local",
        "request-here-not-refused": "2.5.2/none-in-local",
        "removal-by-resource": "2.5.2/from-bare",
        "leave-not-taken": "2.5.2/takes-leave",
        "leave-of-strangers": "2.5.2/no-leave-of-strangers",
        "audience-remembered": "2.5.2/unseen-afterwards",
        "missing-removed": "2.5.3/not-there",
        "request-removed": "2.5.3/request-waits",
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


def told(name: str, change: Callable[[Entry], Iterator[Entry]]) -> Finding:
    """What a case finds where the server had said something else."""
    return judged(BY_NAME[name], retold(BY_NAME[name], change))


def without(line: str, type_: bytes) -> Callable[[Entry], Iterator[Entry]]:
    """Presence of a type does not come on a line."""

    def change(entry: Entry) -> Iterator[Entry]:
        at_line = entry.direction == "in" and entry.session == line
        if not (at_line and entry.kind == "presence" and b"type='%b'" % type_ in entry.data):
            yield entry

    return change


@pytest.mark.parametrize(
    ("name", "type_", "verdict"),
    [
        ("to", b"unsubscribe", Verdict.FAIL),
        ("from", b"unsubscribed", Verdict.FAIL),
        ("both", b"unsubscribe", Verdict.FAIL),
        ("both", b"unsubscribed", Verdict.FAIL),
        ("none-out", b"unsubscribe", Verdict.NON_STRICT),
        ("none-in", b"unsubscribed", Verdict.NON_STRICT),
        ("from-out", b"unsubscribed", Verdict.FAIL),
        ("from-out", b"unsubscribe", Verdict.NON_STRICT),
        ("to-in", b"unsubscribe", Verdict.FAIL),
        ("to-in", b"unsubscribed", Verdict.NON_STRICT),
    ],
)
def test_subscriptions_weigh_more_than_requests(name: str, type_: bytes, verdict: Verdict):
    """What ends a subscription is a MUST; what ends a request is our reading of what the RFC leaves open."""
    assert told(f"2.5.2/{name}", without("component", type_)).verdict is verdict


@pytest.mark.parametrize(
    ("types", "verdict"),
    [((), Verdict.PASS), ((b"unsubscribe",), Verdict.PASS), ((b"unsubscribe", b"unsubscribed"), Verdict.FAIL)],
)
def test_of_what_does_not_come_nothing_is_said_as_long_as_the_rest_is_right(
    types: tuple[bytes, ...], verdict: Verdict
):
    """Which of them has to come is for other cases."""

    def change(entry: Entry) -> Iterator[Entry]:
        at_component = entry.direction == "in" and entry.session == "component"
        if not (at_component and any(b"type='%b'" % type_ in entry.data for type_ in types)):
            yield entry

    assert told("2.5.2/from-bare", change).verdict is verdict


def test_leave_is_taken_of_each_resource_and_first():
    """Not at all is a breach; behind unsubscribed it is less than right."""
    name, cancelled = "2.5.2/takes-leave", []

    def late(entry: Entry) -> Iterator[Entry]:
        at_component = entry.direction == "in" and entry.session == "component"
        if at_component and b"type='unavailable'" in entry.data:
            cancelled.append(entry)
            return
        yield entry
        if at_component and b"type='unsubscribed'" in entry.data:
            yield from cancelled

    assert told(name, without("component", b"unavailable")).verdict is Verdict.FAIL
    assert told(name, late).verdict is Verdict.NON_STRICT
    assert len(cancelled) == 2


def test_a_probe_after_the_removal_is_a_breach():
    """Whoever is not subscribed any more does not ask either."""

    def probing(entry: Entry) -> Iterator[Entry]:
        yield entry
        if entry.direction == "out" and entry.session == "look" and entry.data == b"<presence/>":
            people = retold(BY_NAME["2.5.2/unseen-afterwards"], lambda one: [one]).people
            probe = f"<presence type='probe' from='{people.me}' to='{people.remote}'/>".encode()
            yield entry._replace(session="component", direction="in", data=probe)

    assert told("2.5.2/unseen-afterwards", probing).verdict is Verdict.FAIL


def test_the_state_is_looked_at_before_anything_is_blamed():
    """Where the subscription did not come about, nothing can be said of its end."""

    def never_both(entry: Entry) -> Iterator[Entry]:
        data = entry.data.replace(b"subscription='both'", b"subscription='to'")
        yield entry._replace(data=data) if entry.direction == "in" else entry

    for name in ("both", "begins-anew", "unseen-afterwards", "both-local"):
        assert told(f"2.5.2/{name}", never_both).verdict is Verdict.INCONCLUSIVE


def test_a_request_that_goes_with_the_removal_is_less_than_right():
    """The RFC does not say that a request without an entry is in the roster, nor that it is not."""

    def result(entry: Entry) -> Iterator[Entry]:
        is_error = entry.direction == "in" and b"type='error'" in entry.data
        yield entry._replace(data=b"<iq type='result' id='event'/>") if is_error else entry

    assert told("2.5.3/request-waits", result).verdict is Verdict.NON_STRICT
    assert told("2.5.3/request-waits", without("look", b"subscribe")).verdict is Verdict.NON_STRICT
    assert told("2.5.3/not-there", result).verdict is Verdict.FAIL


def test_a_removal_says_remove():
    """A push of the entry as it was, or without anything, does not tell that it is gone."""

    def said(subscription: bytes) -> Callable[[Entry], Iterator[Entry]]:
        def change(entry: Entry) -> Iterator[Entry]:
            data = entry.data.replace(b" subscription='remove'", subscription)
            yield entry._replace(data=data) if entry.direction == "in" else entry

        return change

    for subscription in (b"", b" subscription='none'"):
        assert told("2.5.2/removal-pushed", said(subscription)).verdict is Verdict.FAIL
