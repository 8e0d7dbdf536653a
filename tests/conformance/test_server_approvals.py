"""Where servers differ in how they approve, of requests and beforehand (RFC 6121 §3.1.5, §3.1.6, §3.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from retold import as_said, case_of, refound, retold, rewritten, without

from rosterkit.conformance.catalogue import selected
from rosterkit.conformance.server.case import ServerCase
from rosterkit.conformance.server.catalogue import SERVER_CASES
from rosterkit.conformance.verdicts import Level, Verdict
from rosterkit.core.journal import Entry


@pytest.mark.parametrize(("first", "verdict"), [("me-2", Verdict.PASS), ("me", Verdict.NON_STRICT)])
@pytest.mark.parametrize("where", ["component", "contact"])
def test_the_other_resource_may_be_shown_at_any_time(where: str, first: str, verdict: Verdict):
    """A server whose resources are processes of their own cannot say which comes first."""
    name = f"3.1.5/presence-follows-{'remote' if where == 'component' else 'local'}"
    jid = retold(case_of(name), as_said).jid(first).encode()
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

    assert refound(name, told).verdict is verdict


# Servers that take no approvals beforehand


unoffered = rewritten("<sub xmlns='urn:xmpp:features:pre-approval'/>", "")


@pytest.mark.parametrize("case", selected(["rfc6121/3.4"], SERVER_CASES), ids=lambda case: case.id)
def test_what_is_not_offered_is_not_judged(case: ServerCase):
    """UNSUPPORTED; the two cases about the offer itself say what there is."""
    finding = refound(case.id.removeprefix("rfc6121/"), unoffered)
    if case.id == "rfc6121/3.4.2/not-offered":
        assert finding.verdict is Verdict.NON_STRICT  # our own server has made an entry, as it had offered
    else:
        assert finding.verdict is (Verdict.INFO if case.level is Level.MAY else Verdict.UNSUPPORTED)


def test_where_nothing_is_offered_an_approval_may_come_to_nothing():
    """No push, no entry."""

    def told(entry: Entry) -> Iterator[Entry]:
        for one in unoffered(entry):
            if b"approved='true'" not in one.data or b"type='result'" in one.data:
                yield one._replace(data=re.sub(rb"<item [^>]*/>", b"", one.data))

    finding = refound("3.4.2/not-offered", told)
    assert finding.verdict is Verdict.INFO
    assert "changes nothing" in finding.words


@pytest.mark.parametrize("name", ["not-asked", "pushed-from", "presence-follows"])
def test_what_follows_from_an_answer_is_not_asked_for_without_one(name: str):
    """A server that does not answer by itself is told so in the case about that, once."""
    assert refound(f"3.4.2/{name}", without("type='subscribed'", "component")).verdict is Verdict.INFO


def test_a_mark_that_was_never_shown_need_not_be_taken_away():
    """A server that does not show it is told so where it should, and keeps names and groups all the same."""
    unmarked = rewritten(" approved='true'", "")
    found = [refound(f"3.4.2/{name}", unmarked) for name in ("pushed", "in-results", "keeps-entry", "taken-back")]
    assert [one.verdict for one in found] == [Verdict.FAIL, Verdict.FAIL, Verdict.PASS, Verdict.INFO]
