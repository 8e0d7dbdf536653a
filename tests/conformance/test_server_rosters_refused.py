"""What servers may do with sets and requests that they refuse, and what they may not (RFC 6121 §2.1.5, §2.3.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from retold import as_said, case_of, refound, retold
from served import push, roster

from rosterkit.conformance.server.cases.rosters_steps import friend
from rosterkit.conformance.verdicts import Finding, Verdict
from rosterkit.core.journal import Entry

#: The sets that are refused with a condition of which much is said.
SETS = ["two-items", "no-item", "group-twice", "empty-group", "no-jid", "empty-jid"]


def error(condition: str, id_: str = "event") -> bytes:
    """An error with a condition."""
    inner = f"<{condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
    return f"<iq type='error' id='{id_}'><error type='cancel'>{inner}</error></iq>".encode()


def answering(answer: Callable[[bytes], bytes]) -> Callable[[Entry], Iterator[Entry]]:
    """The server answers an error of ours in another way; ``answer`` is given the id."""

    def told(entry: Entry) -> Iterator[Entry]:
        is_error = entry.direction == "in" and b"type='error'" in entry.data and b"id='event" in entry.data
        if not is_error:
            yield entry
        elif data := answer(entry.data.partition(b"id='")[2].partition(b"'")[0]):
            yield entry._replace(data=data)

    return told


def verdict(name: str, answer: Callable[[bytes], bytes]) -> Verdict:
    """What a case says where the server refuses in another way."""
    return refound(name, answering(answer)).verdict


def friend_of(name: str) -> str:
    """Whom the set of a case is about."""
    return friend(retold(case_of(name), as_said).people)


@pytest.mark.parametrize("name", SETS)
def test_what_is_refused_in_another_way_counts_as_the_rules_have_it(name: str):
    """For some sets the condition is a MUST; to accept any of them, or to say nothing, is a breach."""
    other = Verdict.FAIL if name in ("two-items", "group-twice") else Verdict.NON_STRICT
    assert verdict(f"2.3.3/{name}", lambda id_: error("undefined-condition", id_.decode())) is other
    assert verdict(f"2.3.3/{name}", lambda id_: b"<iq type='result' id='%b'/>" % id_) is Verdict.FAIL
    assert verdict(f"2.3.3/{name}", lambda _: b"") is Verdict.FAIL


def test_malformed_jids_may_be_refused_with_either_condition():
    """Any other one is less than right; one of the sets that gets no error is a breach."""
    name = "2.3.3/malformed-jid"
    for condition in ("jid-malformed", "bad-request"):
        assert verdict(name, lambda id_, said=condition: error(said, id_.decode())) is Verdict.PASS
    assert verdict(name, lambda id_: error("not-acceptable", id_.decode())) is Verdict.NON_STRICT
    taken = {b"event-2": b"<iq type='result' id='event-2'/>"}
    assert verdict(name, lambda id_: taken.get(id_, error("bad-request", id_.decode()))) is Verdict.FAIL


def test_strangers_are_refused_with_whatever_the_server_likes_and_told_nothing():
    """For reading there is no condition in the RFC; for changing forbidden is a SHOULD."""
    for name, wanted in (
        ("2.1.3/of-somebody-else", Verdict.PASS),
        ("2.1.3/from-another-server", Verdict.PASS),
        ("2.1.5/for-nobody", Verdict.PASS),
        ("2.1.5/for-somebody-else", Verdict.NON_STRICT),
        ("2.1.5/from-another-server", Verdict.NON_STRICT),
    ):
        assert verdict(name, lambda id_: error("service-unavailable", id_.decode())) is wanted
        assert verdict(name, lambda id_: b"<iq type='result' id='%b'/>" % id_) is Verdict.FAIL


def test_a_server_without_limits_is_shown():
    """It stores the whole name; one that cuts it is a breach."""

    def without_limit(name: str, cut: bool) -> Finding:
        def told(entry: Entry) -> Iterator[Entry]:
            if entry.direction == "in" and b"id='event'" in entry.data:
                yield entry._replace(data=b"<iq type='result' id='event'/>")
            elif entry.direction == "in" and b"id='look-roster'" in entry.data:
                item = said[0].partition(b"<item")[2].partition(b"</query>")[0]
                item = item.replace(b"long long", b"long", 1) if cut else item
                yield entry._replace(data=roster("look-roster", f"<item{item.decode()}").encode())
            else:
                said.extend([entry.data] if b"id='event'" in entry.data else [])
                yield entry

        said: list[bytes] = []
        return refound(name, told)

    for name in ("long-name", "long-group"):
        assert without_limit(f"2.3.3/{name}", cut=False).verdict is Verdict.INFO
        assert without_limit(f"2.3.3/{name}", cut=True).verdict is Verdict.FAIL


def test_a_full_jid_may_be_taken_for_the_bare_one():
    """Its resource stands nowhere then."""
    bare = friend_of("2.3.3/full-jid")

    def told(entry: Entry, jid: str) -> Iterator[Entry]:
        item = f"<item jid='{jid}' name='Rosaline'/>"
        if entry.direction == "in" and b"id='event'" in entry.data:
            yield entry._replace(data=push(item).encode())
            yield entry._replace(data=b"<iq type='result' id='event'/>")
        elif entry.direction == "in" and b"id='look-roster'" in entry.data:
            yield entry._replace(data=roster("look-roster", item).encode())
        else:
            yield entry

    assert refound("2.3.3/full-jid", lambda entry: told(entry, bare)).verdict is Verdict.PASS
    assert refound("2.3.3/full-jid", lambda entry: told(entry, f"{bare}/balcony")).verdict is Verdict.NON_STRICT


def test_whatever_becomes_of_the_own_jid_is_shown():
    """Refused, stored, or accepted and forgotten; only no answer at all is a breach."""
    name = "2.3.3/own-jid"
    assert verdict(name, lambda id_: error("bad-request", id_.decode())) is Verdict.INFO
    assert verdict(name, lambda id_: b"<iq type='result' id='%b'/>" % id_) is Verdict.INFO
    assert verdict(name, lambda _: b"") is Verdict.FAIL


@pytest.mark.parametrize("groups", [("Caf\xe9", "Cafe\u0301"), ("Caf\xe9",), ("Cafe\u0301",), ("Tea",), ()])
def test_groups_that_preparation_makes_the_same_may_be_two(groups: tuple[str, ...]):
    """Both or one of them may be stored; another group, or none, is a breach."""
    name = "2.3.3/group-twice-prepared"
    inner = "".join(f"<group>{group}</group>" for group in groups)
    item = f"<item jid='{friend_of(name)}' name='Rosaline'>{inner}</item>"

    def told(entry: Entry) -> Iterator[Entry]:
        if entry.direction == "in" and b"id='event'" in entry.data:
            yield entry._replace(data=b"<iq type='result' id='event'/>")
        elif entry.direction == "in" and b"id='look-roster'" in entry.data:
            yield entry._replace(data=roster("look-roster", item).encode())
        else:
            yield entry

    right = bool(groups) and groups != ("Tea",)
    assert refound(name, told).verdict is (Verdict.INFO if right else Verdict.FAIL)


def test_groups_that_preparation_makes_the_same_may_be_refused():
    """With whatever condition; no answer is a breach."""
    name = "2.3.3/group-twice-prepared"
    assert verdict(name, lambda id_: error("bad-request", id_.decode())) is Verdict.INFO
    assert verdict(name, lambda id_: error("not-acceptable", id_.decode())) is Verdict.INFO
    assert verdict(name, lambda _: b"") is Verdict.FAIL
