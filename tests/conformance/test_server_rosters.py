"""Where servers differ in what they do about one's own roster, and how much that matters (RFC 6121 §2.1 to §2.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from retold import refound, rewritten, without

from rosterkit.conformance.verdicts import Verdict
from rosterkit.core.journal import Entry

REFUSAL = "<iq type='error' id='event'><error type='modify'/></iq>"


def result(id_: str) -> str:
    """What fits the result with this id."""
    return f"(?s)^<iq type='result'[^>]* id='{id_}'.*"


@pytest.mark.parametrize(
    ("sender", "verdict"),
    [
        (" from='juliet@capulet.test'", Verdict.PASS),
        (" from='Juliet@Capulet.test'", Verdict.PASS),
        (" from='capulet.test'", Verdict.FAIL),
        (" from='juliet@capulet.test/desk'", Verdict.FAIL),
        (" from='nurse@capulet.test'", Verdict.FAIL),
    ],
)
def test_the_account_is_meant_by_its_bare_jid_and_by_nobody(sender: str, verdict: Verdict):
    """In results and in pushes; the domain and full JIDs are others (RFC 6120 8.1.2.1)."""
    answer = rewritten("<iq type='result' id='me-roster'", f"<iq type='result'{sender} id='me-roster'")
    push = rewritten("<iq type='set'", f"<iq type='set'{sender}")
    assert refound("2.1.3/answered-by-account", answer).verdict is verdict
    assert refound("2.1.6/from-the-account", push).verdict is verdict


@pytest.mark.parametrize(
    ("to", "verdict"),
    [
        ("to='juliet@capulet.test'", Verdict.NON_STRICT),
        ("to='juliet@capulet.test/elsewhere'", Verdict.FAIL),
        ("to='nurse@capulet.test'", Verdict.FAIL),
    ],
)
def test_a_push_without_address_is_for_the_resource(to: str, verdict: Verdict):
    """One for the account as a whole is less than right; one for somebody else is wrong (RFC 6120 8.1.1.1)."""
    change = rewritten(r"(type='set' id='\S+') to='[^']*'", rf"\1 {to}")
    assert refound("2.1.6/to-the-resource", change).verdict is verdict


def test_two_resources_may_get_pushes_with_one_id():
    """An id counts on its own stream (RFC 6120 8.1.3); twice on one stream is wrong, and so is none."""
    ids: dict[str | None, int] = {}

    def numbered(entry: Entry) -> Iterator[Entry]:
        data = entry.data
        if entry.direction == "in" and b"type='set'" in data:
            ids[entry.session] = ids.get(entry.session, 0) + 1
            data = re.sub(rb"id='[^']*'", b"id='push-%d'" % ids[entry.session], data)
        yield entry._replace(data=data)

    assert refound("2.1.6/own-ids", numbered).verdict is Verdict.PASS
    assert refound("2.1.6/own-ids", rewritten(r"(type='set') id='[^']*'", r"\1 id='p'")).verdict is Verdict.FAIL
    assert refound("2.1.6/own-ids", rewritten(r"(type='set') id='[^']*'", r"\1")).verdict is Verdict.FAIL


def test_a_request_with_an_item_may_be_refused():
    """What counts is that nothing is stored."""
    refused = rewritten(result("event"), REFUSAL)
    assert refound("2.1.3/items-in-get", refused).verdict is Verdict.PASS


def test_the_first_roster_may_not_be_found():
    """As long as there never was an entry; after that there is a roster."""
    error = "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
    for id_, verdict in (("me-roster", Verdict.PASS), ("look-roster", Verdict.FAIL)):
        missing = rewritten(result(id_), f"<iq type='error' id='{id_}'>{error}</iq>")
        assert refound("2.1.4/nothing-stored", missing).verdict is verdict
    empty = rewritten(r"(id='look-roster'.*?)<query[^>]*/>", r"\1")
    assert refound("2.1.4/nothing-stored", empty).verdict is Verdict.FAIL


@pytest.mark.parametrize("name", ["2.1.2.1/approved-in-set", "2.1.2.2/ask-in-set", "2.1.5/both-in-set"])
def test_a_set_that_says_too_much_should_be_taken(name: str):
    """To refuse it is less than right: nothing has come of it."""
    unpushed, refusing = without("type='set'"), rewritten(result("event"), REFUSAL)
    empty = rewritten("<item.*?(/>|</item>)", "")

    def refused(entry: Entry) -> Iterator[Entry]:
        yield from (one for told in unpushed(entry) for same in refusing(told) for one in empty(same))

    assert refound(name, refused).verdict is Verdict.NON_STRICT


def test_nothing_can_be_said_of_pushes_where_none_comes():
    """Another case says that they have to come."""
    for name in ("one-item", "own-ids", "from-the-account", "to-the-resource"):
        assert refound(f"2.1.6/{name}", without("type='set'")).verdict is Verdict.INCONCLUSIVE


def test_groups_have_no_order_and_accents_no_spelling():
    """A server may sort groups, and may write a letter with its accent in two characters."""
    swapped = rewritten("(<group>[^<]*</group>)(<group>[^<]*</group>)", r"\2\1")
    assert refound("2.3.2/outlives-session", swapped).verdict is Verdict.PASS
    assert refound("2.1.2.4/kept-as-given", rewritten("Ζωή", "Ζωη\u0301")).verdict is Verdict.PASS
    assert refound("2.1.2.4/kept-as-given", rewritten("Ζωή", "Zoe")).verdict is Verdict.FAIL
