"""The cases about approvals, of requests and beforehand (RFC 6121 §3.1.5, §3.1.6, §3.4)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retold import caught, chatty, found, garbling, is_right, retold, terse, wordy

from rosterkit.conformance.server.case import ServerCase, judged
from rosterkit.conformance.server.cases import approvals, approvals_beforehand, approvals_redeemed
from rosterkit.conformance.server.mutants import approvals as wrongly
from rosterkit.conformance.verdicts import Finding, Level, Verdict
from rosterkit.core.journal import Entry

CASES = (*approvals.CASES, *approvals_beforehand.CASES, *approvals_redeemed.CASES)
NAMED = {"ids": lambda one: getattr(one, "id", None) or one.__name__}


@pytest.mark.parametrize(("first", "verdict"), [("me-2", Verdict.PASS), ("me", Verdict.NON_STRICT)])
@pytest.mark.parametrize("where", ["component", "contact"])
def test_the_other_resource_may_be_shown_at_any_time(where: str, first: str, verdict: Verdict):
    """A server whose resources are processes of their own cannot say which comes first."""
    name = "presence-follows-remote" if where == "component" else "presence-follows-local"
    case = next(case for case in CASES if case.id.endswith(name))
    jid = retold(case, lambda entry: [entry]).jid(first).encode()
    kept_back: list[Entry] = []

    def told(entry: Entry) -> Iterator[Entry]:
        """The presence of the resource ``first`` comes before the approval and what is behind that."""
        comes = entry.session == where and entry.direction == "in"
        if comes and b"from='" + jid in entry.data:
            yield from (entry, *kept_back)
            kept_back.clear()
        elif comes and (kept_back or b"type='subscribed'" in entry.data):
            kept_back.append(entry)
        else:
            yield entry

    assert judged(case, retold(case, told)).verdict is verdict


# Servers that take no approvals beforehand


def _unoffered(entry: Entry) -> Iterator[Entry]:
    yield entry._replace(data=entry.data.replace(b"<sub xmlns='urn:xmpp:features:pre-approval'/>", b""))


@pytest.mark.parametrize("case", [*approvals_beforehand.CASES, *approvals_redeemed.CASES], **NAMED)
def test_what_is_not_offered_is_not_judged(case: ServerCase):
    """UNSUPPORTED; the two cases about the offer itself say what there is."""
    finding = judged(case, retold(case, _unoffered))
    if case.id == "rfc6121/3.4.2/not-offered":
        assert finding.verdict is Verdict.NON_STRICT  # our own server has made an entry, as it had offered
    else:
        assert finding.verdict is (Verdict.INFO if case.level is Level.MAY else Verdict.UNSUPPORTED)


def test_where_nothing_is_offered_an_approval_may_come_to_nothing():
    """No push, no entry."""
    case = next(case for case in CASES if case.id == "rfc6121/3.4.2/not-offered")

    def told(entry: Entry) -> Iterator[Entry]:
        for one in _unoffered(entry):
            if b"approved='true'" not in one.data or b"type='result'" in one.data:
                yield one._replace(data=re.sub(rb"<item [^>]*/>", b"", one.data))

    finding = judged(case, retold(case, told))
    assert finding.verdict is Verdict.INFO
    assert "changes nothing" in finding.words


@pytest.mark.parametrize("name", ["not-asked", "pushed-from", "presence-follows"])
def test_what_follows_from_an_answer_is_not_asked_for_without_one(name: str):
    """A server that does not answer by itself is told so in the case about that, once."""
    case = next(case for case in CASES if case.id == f"rfc6121/3.4.2/{name}")

    def unanswered(entry: Entry) -> Iterator[Entry]:
        if not (entry.session == "component" and b"type='subscribed'" in entry.data):
            yield entry

    assert judged(case, retold(case, unanswered)).verdict is Verdict.INFO


def test_a_mark_that_was_never_shown_need_not_be_taken_away():
    """A server that does not show it is told so where it should, and keeps names and groups all the same."""

    def unmarked(entry: Entry) -> Iterator[Entry]:
        yield entry._replace(data=entry.data.replace(b" approved='true'", b""))

    def verdict(name: str) -> Verdict:
        case = next(case for case in CASES if case.id == f"rfc6121/3.4.2/{name}")
        return judged(case, retold(case, unmarked)).verdict

    names = ("pushed", "in-results", "keeps-entry", "taken-back")
    assert [verdict(name) for name in names] == [Verdict.FAIL, Verdict.FAIL, Verdict.PASS, Verdict.INFO]
