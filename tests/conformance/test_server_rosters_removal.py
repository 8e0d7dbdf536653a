"""Where servers differ in how an entry is removed, and how much that matters (RFC 6121 §2.5)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from retold import Change, as_said, case_of, refound, retold, rewritten, without

from rosterkit.conformance.verdicts import Verdict
from rosterkit.core.journal import Entry


def absent(type_: str, line: str = "component") -> Change:
    """Presence of a type does not come on a line."""
    return without(f"<presence[^>]* type='{type_}'", line)


@pytest.mark.parametrize(
    ("name", "type_", "verdict"),
    [
        ("to", "unsubscribe", Verdict.FAIL),
        ("from", "unsubscribed", Verdict.FAIL),
        ("both", "unsubscribe", Verdict.FAIL),
        ("both", "unsubscribed", Verdict.FAIL),
        ("none-out", "unsubscribe", Verdict.NON_STRICT),
        ("none-in", "unsubscribed", Verdict.NON_STRICT),
        ("from-out", "unsubscribed", Verdict.FAIL),
        ("from-out", "unsubscribe", Verdict.NON_STRICT),
        ("to-in", "unsubscribe", Verdict.FAIL),
        ("to-in", "unsubscribed", Verdict.NON_STRICT),
    ],
)
def test_subscriptions_weigh_more_than_requests(name: str, type_: str, verdict: Verdict):
    """What ends a subscription is a MUST; what ends a request is our reading of what the RFC leaves open."""
    assert refound(f"2.5.2/{name}", absent(type_)).verdict is verdict


@pytest.mark.parametrize(
    ("types", "verdict"),
    [("unsubscribe", Verdict.PASS), ("unsubscribed", Verdict.PASS), ("unsubscribed?", Verdict.FAIL)],
)
def test_of_what_does_not_come_nothing_is_said_as_long_as_the_rest_is_right(types: str, verdict: Verdict):
    """Which of them has to come is for other cases."""
    assert refound("2.5.2/from-bare", absent(types)).verdict is verdict


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

    assert refound(name, absent("unavailable")).verdict is Verdict.FAIL
    assert refound(name, late).verdict is Verdict.NON_STRICT
    assert len(cancelled) == 2


def test_a_probe_after_the_removal_is_a_breach():
    """Whoever is not subscribed any more does not ask either."""

    people = retold(case_of("2.5.2/unseen-afterwards"), as_said).people

    def probing(entry: Entry) -> Iterator[Entry]:
        yield entry
        if entry.direction == "out" and entry.session == "look" and entry.data == b"<presence/>":
            probe = f"<presence type='probe' from='{people.me}' to='{people.remote}'/>".encode()
            yield entry._replace(session="component", direction="in", data=probe)

    assert refound("2.5.2/unseen-afterwards", probing).verdict is Verdict.FAIL


def test_the_state_is_looked_at_before_anything_is_blamed():
    """Where the subscription did not come about, nothing can be said of its end."""
    never_both = rewritten("subscription='both'", "subscription='to'")
    for name in ("both", "begins-anew", "unseen-afterwards", "both-local"):
        assert refound(f"2.5.2/{name}", never_both).verdict is Verdict.INCONCLUSIVE


def test_a_request_that_goes_with_the_removal_is_less_than_right():
    """The RFC does not say that a request without an entry is in the roster, nor that it is not."""
    result = rewritten("(?s)^.*type='error'.*", "<iq type='result' id='event'/>")
    assert refound("2.5.3/request-waits", result).verdict is Verdict.NON_STRICT
    assert refound("2.5.3/request-waits", absent("subscribe", "look")).verdict is Verdict.NON_STRICT
    assert refound("2.5.3/not-there", result).verdict is Verdict.FAIL


def test_a_removal_says_remove():
    """A push of the entry as it was, or without anything, does not tell that it is gone."""
    for subscription in ("", " subscription='none'"):
        said = rewritten(" subscription='remove'", subscription)
        assert refound("2.5.2/removal-pushed", said).verdict is Verdict.FAIL
