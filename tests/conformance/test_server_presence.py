"""What servers may do with presence in another way than ours, and how much it matters where they may not (§4)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from retold import Change, as_said, is_right, refound, retold, rewritten, without

from rosterkit.conformance.catalogue import selected
from rosterkit.conformance.server.case import judged
from rosterkit.conformance.server.catalogue import SERVER_CASES
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.verdicts import Verdict
from rosterkit.core.journal import Entry

CASES = selected(["rfc6121/4"], SERVER_CASES)


def to_full(entry: Entry) -> Iterator[Entry]:
    """The server tells own resources of presence by their full JIDs."""
    data = entry.data
    if entry.direction == "in" and entry.kind == "presence" and entry.jid and entry.account:
        data = data.replace(b" to='%s'" % entry.account.encode(), b" to='%s'" % entry.jid.encode())
    yield entry._replace(data=data)


def test_own_resources_may_be_told_by_their_full_jids():
    """The RFC leaves open how what the server tells them of presence is addressed."""
    for case in CASES:
        finding = judged(case, retold(case, to_full))
        assert is_right(case, finding), (case.id, finding)


@pytest.mark.parametrize(
    ("name", "change", "verdict"),
    [
        ("4.3.2/nobody-there", without("type='unavailable'"), Verdict.NON_STRICT),
        ("4.3.2/nobody-there", rewritten("type='unavailable'", "type='unsubscribed'"), Verdict.FAIL),
        ("4.3.2/nobody-there", rewritten(" type='unavailable'", ""), Verdict.FAIL),
        ("4.3.2/stranger", without("type='unsubscribed'"), Verdict.PASS),
        ("4.3.2/stranger", rewritten("'unsubscribed'", "'unavailable'"), Verdict.PASS),
        ("4.3.2/missing-account", without("type='unsubscribed'"), Verdict.PASS),
        ("4.3.2/full-jid-of-stranger", rewritten("'unsubscribed'", "'unavailable'"), Verdict.PASS),
        ("4.3.2/unsubscribed", without("type='unsubscribed'"), Verdict.NON_STRICT),
        ("4.3.2/pre-approval-stays", without("pre-approval"), Verdict.UNSUPPORTED),
        ("4.3.2/pre-approval-stays", rewritten(" approved='true'", ""), Verdict.PASS),
        ("4.3.1/addresses", without("type='probe'"), Verdict.INFO),
        ("4.5.2/twice", without("type='unavailable'"), Verdict.INFO),
        ("4.5.2/replaced", without("type='unavailable'"), Verdict.NON_STRICT),
        ("4.7.1/bad-request", rewritten("bad-request", "not-acceptable"), Verdict.NON_STRICT),
        ("4.7.1/bad-request", without("type='error'"), Verdict.NON_STRICT),
        ("4.7.2.2/language-of-all", rewritten(" xml:lang='it'", " xml:lang='en'"), Verdict.FAIL),
        ("4.7.2.1/wrong-show", without("type='error'"), Verdict.INFO),
    ],
)
def test_each_shade_has_its_verdict(name: str, change: Change, verdict: Verdict):
    """To tell nothing is a SHOULD, to tell a wrong thing a MUST, and what is left open is told only."""
    assert refound(name, change).verdict is verdict


def test_two_resources_of_one_name_are_told_only():
    """A server may give the newer stream another resource, or refuse it (RFC 6120 §7.7.2.2)."""

    def beside(entry: Entry) -> Iterator[Entry]:
        if '"over"' not in entry.text:
            yield entry

    def refused(entry: Entry) -> Iterator[Entry]:
        if entry.session != "me-2" and '"over"' not in entry.text:
            yield entry

    assert refound("4.5.2/replaced", beside).verdict is Verdict.INFO
    assert refound("4.5.2/replaced", refused).verdict is Verdict.UNSUPPORTED


def test_nothing_is_judged_from_another_state():
    """A contact who is not where the case begins is nobody's fault here."""
    cases = [case for case in CASES if list(_befriended(retold(case, as_said)))]
    for case in cases:
        finding = judged(case, retold(case, rewritten(" (subscription|ask)='[a-z]+'", "")))
        assert finding.verdict is Verdict.INCONCLUSIVE, (case.id, finding)
    assert len(cases) > 50


def _befriended(evidence: Evidence) -> Iterator[str]:
    """The contacts that the roster has to show when the case begins."""
    for note in evidence.steps("befriended"):
        states = note.step["befriended"]
        yield from (contact for contact, state in states.items() if state != "NI")
