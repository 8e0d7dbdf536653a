"""The cases about requests that come (RFC 6121 §3.1.3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retold import caught, chatty, found, garbling, is_right, retold, terse, wordy

from rosterkit.conformance.server.case import ServerCase, judged
from rosterkit.conformance.server.cases import (
    subscriptions_requests,
    subscriptions_requests_answers,
    subscriptions_requests_kept,
)
from rosterkit.conformance.server.mutants import subscriptions_requests as wrongly
from rosterkit.conformance.verdicts import Finding, Level, Verdict
from rosterkit.core.journal import Entry

CASES = (*subscriptions_requests.CASES, *subscriptions_requests_answers.CASES, *subscriptions_requests_kept.CASES)
NAMED = {"ids": lambda one: getattr(one, "id", None) or one.__name__}


# Where servers differ, and both are right


def _case(name: str) -> ServerCase:
    return next(case for case in CASES if case.id.endswith(f"/{name}"))


@pytest.mark.parametrize("number", ["first", "second", "third"])
def test_any_one_of_several_requests_may_be_kept(number: str):
    """The first or the last; what matters is that it is one."""

    def kept(entry: Entry) -> Iterator[Entry]:
        yield entry._replace(data=entry.data.replace(b"The third", b"The " + number.encode()))

    finding = judged(_case("one-kept"), retold(_case("one-kept"), kept))
    assert finding.verdict is Verdict.PASS
    assert number in finding.words


def test_an_account_that_does_not_exist_may_be_like_any_other():
    """A server that gives receipts to who asks gives them for everybody, or tells who exists."""
    case = _case("no-such-account")
    assert judged(case, retold(case, chatty)).verdict is Verdict.PASS

    nobody = retold(case, lambda entry: [entry]).people.nobody.encode()

    def only_for_nobody(entry: Entry) -> Iterator[Entry]:
        yield from chatty(entry) if nobody in entry.data else [entry]

    assert judged(case, retold(case, only_for_nobody)).verdict is Verdict.NON_STRICT


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ("error", Verdict.NON_STRICT),
        ("unsubscribed", Verdict.NON_STRICT),
        ("subscribed", Verdict.FAIL),
        ("unavailable", Verdict.PASS),
    ],
)
def test_an_answer_for_nobody_is_bad_and_an_approval_worse(answer: str, verdict: Verdict):
    """FAIL for what is forbidden, NON-STRICT for what tells too much."""
    case = _case("no-such-account")

    def answered(entry: Entry) -> Iterator[Entry]:
        yield entry
        asks = re.match(rb"<presence type='subscribe' to='(\S+)' from='(\S+)'/>", entry.data)
        if asks is not None:
            stanza = b"<presence type='%s' from='%s' to='%s'/>" % (answer.encode(), asks[1], asks[2])
            yield entry._replace(direction="in", data=stanza)

    assert judged(case, retold(case, answered)).verdict is verdict
