"""Where servers differ in how subscriptions end, and both are right (RFC 6121 §3.2, §3.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from retold import refound
from served import push

from rosterkit.conformance.verdicts import Verdict
from rosterkit.core.journal import Entry


def test_an_entry_that_vanishes_is_less_than_right_and_no_breach():
    """The state is as it should be; but the entry was the user's."""

    def told(entry: Entry) -> Iterator[Entry]:
        gone = entry.direction == "in" and b"id='after'" in entry.data
        yield entry._replace(data=re.sub(rb"<item.*</item>", b"", entry.data)) if gone else entry

    assert refound("3.2.3/refused-stays-listed", told).verdict is Verdict.NON_STRICT


def test_who_was_refused_may_be_pushed_as_removed_or_not():
    """A push about somebody who is in no roster is less than right; an entry afterwards is wrong."""

    def pushed(entry: Entry) -> Iterator[Entry]:
        yield entry
        refused = re.match(rb"<presence type='unsubscribed' to='(\S+)'/>", entry.data)
        if refused is not None and entry.session == "me":
            item = f"<item jid='{refused[1].decode()}' subscription='remove'/>"
            yield entry._replace(direction="in", kind="iq", data=push(item).encode())

    assert refound("3.2.2/refusal-makes-no-entry", pushed).verdict is Verdict.NON_STRICT
