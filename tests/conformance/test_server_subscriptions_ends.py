"""The cases about subscriptions that end (RFC 6121 §3.2, §3.3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retold import caught, chatty, found, garbling, is_right, retold, terse, wordy

from rosterkit.conformance.server.case import ServerCase, judged
from rosterkit.conformance.server.cases import subscriptions_ends, subscriptions_refusals
from rosterkit.conformance.server.mutants import subscriptions_ends as wrongly
from rosterkit.conformance.verdicts import Finding, Level, Verdict
from rosterkit.core.journal import Entry

CASES = (*subscriptions_ends.CASES, *subscriptions_refusals.CASES)
NAMED = {"ids": lambda one: getattr(one, "id", None) or one.__name__}


# Where servers differ, and both are right


def _case(name: str) -> ServerCase:
    return next(case for case in CASES if case.id.endswith(f"/{name}"))


@pytest.mark.parametrize(("name", "removed"), [("refused-stays-listed", False), ("refused-stays-listed", True)])
def test_an_entry_that_vanishes_is_less_than_right_and_no_breach(name: str, removed: bool):
    """The state is as it should be; but the entry was the user's."""

    def told(entry: Entry) -> Iterator[Entry]:
        gone = removed and entry.direction == "in" and b"id='after'" in entry.data
        yield entry._replace(data=re.sub(rb"<item.*</item>", b"", entry.data)) if gone else entry

    finding = judged(_case(name), retold(_case(name), told))
    assert finding.verdict is (Verdict.NON_STRICT if removed else Verdict.PASS), finding


def test_who_was_refused_may_be_pushed_as_removed_or_not():
    """A push about somebody who is in no roster is less than right; an entry afterwards is wrong."""
    case = _case("refusal-makes-no-entry")

    def pushed(entry: Entry) -> Iterator[Entry]:
        yield entry
        refused = re.match(rb"<presence type='unsubscribed' to='(\S+)'/>", entry.data)
        if refused is not None and entry.session == "me":
            item = b"<query xmlns='jabber:iq:roster'><item jid='%s' subscription='remove'/></query>" % refused[1]
            yield entry._replace(direction="in", kind="iq", data=b"<iq type='set' id='p'>%s</iq>" % item)

    assert judged(case, retold(case, pushed)).verdict is Verdict.NON_STRICT
