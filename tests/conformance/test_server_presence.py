"""The cases about presence, with our own server, with its mutants, and told again as another server's (§4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retold import caught, chatty, found, garbling, is_right, retold, wordy
from served import Told

from rosterkit.conformance.server.case import ServerCase, judged
from rosterkit.conformance.server.cases import (
    presence_changes,
    presence_changes_content,
    presence_directed,
    presence_directed_ends,
    presence_directed_limits,
    presence_ends,
    presence_inbound,
    presence_initial,
    presence_initial_own,
    presence_probes,
    presence_returns,
    presence_strangers,
    presence_syntax,
)
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.mutants import presence as announcing
from rosterkit.conformance.server.mutants import presence_changes as changing
from rosterkit.conformance.server.mutants import presence_directed as directing
from rosterkit.conformance.server.mutants import presence_probes as answering
from rosterkit.conformance.server.mutants import presence_syntax as reading
from rosterkit.conformance.verdicts import Finding, Level, Verdict
from rosterkit.core.journal import Entry

CASES = tuple(
    case
    for module in (
        presence_initial,
        presence_initial_own,
        presence_inbound,
        presence_probes,
        presence_strangers,
        presence_changes,
        presence_changes_content,
        presence_ends,
        presence_returns,
        presence_directed,
        presence_directed_limits,
        presence_directed_ends,
        presence_syntax,
    )
    for case in module.CASES
)
MUTANTS = tuple(wrong for module in (announcing, answering, changing, directing, reading) for wrong in module.MUTANTS)
BY_NAME = {case.id.removeprefix("rfc6121/"): case for case in CASES}
NAMED = {"ids": lambda one: getattr(one, "id", None) or getattr(one, "name", None) or one.__name__}


# Other servers, which are as right as ours


def to_full(entry: Entry) -> Iterator[Entry]:
    """The server tells own resources of presence by their full JIDs."""
    data = entry.data
    if entry.direction == "in" and entry.kind == "presence" and entry.jid and entry.account:
        data = data.replace(b" to='%s'" % entry.account.encode(), b" to='%s'" % entry.jid.encode())
    yield entry._replace(data=data)


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
def test_each_shade_has_its_verdict(name: str, change: Callable[[Entry], Iterator[Entry]], verdict: Verdict):
    """To tell nothing is a SHOULD, to tell a wrong thing a MUST, and what is left open is told only."""
    assert judge(name, change).verdict is verdict


def test_two_resources_of_one_name_are_told_only():
    """A server may give the newer stream another resource, or refuse it (RFC 6120 §7.7.2.2)."""
    case = BY_NAME["4.5.2/replaced"]

    def beside(entry: Entry) -> Iterator[Entry]:
        if '"over"' not in entry.text:
            yield entry

    def refused(entry: Entry) -> Iterator[Entry]:
        if entry.session != "me-2" and '"over"' not in entry.text:
            yield entry

    assert judged(case, retold(case, beside)).verdict is Verdict.INFO
    assert judged(case, retold(case, refused)).verdict is Verdict.UNSUPPORTED


def test_nothing_is_judged_from_another_state():
    """A contact who is not where the case begins is nobody's fault here."""
    names = [name for name, case in BY_NAME.items() if list(_befriended(retold(case, lambda entry: iter((entry,)))))]
    for name in names:
        finding = judge(name, rewritten(" (subscription|ask)='[a-z]+'", ""))
        assert finding.verdict is Verdict.INCONCLUSIVE, (name, finding)
    assert len(names) > 50


def _befriended(evidence: Evidence) -> Iterator[str]:
    """The contacts that the roster has to show when the case begins."""
    for note in evidence.steps("befriended"):
        states = note.step["befriended"]
        yield from (contact for contact, state in states.items() if state != "NI")


