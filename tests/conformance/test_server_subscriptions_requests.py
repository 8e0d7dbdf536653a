"""Where servers differ in what they do with requests that come, and how much that matters (RFC 6121 §3.1.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from habits import chatty
from retold import as_said, case_of, refound, retold, rewritten

from rosterkit.conformance.verdicts import Verdict
from rosterkit.core.journal import Entry


@pytest.mark.parametrize("number", ["first", "second"])
def test_any_one_of_several_requests_may_be_kept(number: str):
    """The first or the last; what matters is that it is one."""
    finding = refound("3.1.3/one-kept", rewritten("The third", f"The {number}"))
    assert finding.verdict is Verdict.PASS
    assert number in finding.words


def test_an_account_that_does_not_exist_may_be_like_any_other():
    """A server that gives receipts to who asks gives them for everybody, or tells who exists."""
    name = "3.1.3/no-such-account"
    assert refound(name, chatty).verdict is Verdict.PASS
    nobody = retold(case_of(name), as_said).people.nobody.encode()

    def only_for_nobody(entry: Entry) -> Iterator[Entry]:
        yield from chatty(entry) if nobody in entry.data else [entry]

    assert refound(name, only_for_nobody).verdict is Verdict.NON_STRICT


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

    def answered(entry: Entry) -> Iterator[Entry]:
        yield entry
        asks = re.match(rb"<presence type='subscribe' to='(\S+)' from='(\S+)'/>", entry.data)
        if asks is not None:
            stanza = b"<presence type='%s' from='%s' to='%s'/>" % (answer.encode(), asks[1], asks[2])
            yield entry._replace(direction="in", data=stanza)

    assert refound("3.1.3/no-such-account", answered).verdict is verdict
