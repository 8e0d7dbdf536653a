"""The cases about what a server refuses, with our own, its mutants, and other servers' ways (§2.1.5, §2.3.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retold import found, garbling, is_right, retold
from roster_trials import HABITS, NAMED, Trials

from rosterkit.conformance.server.case import ServerCase, judged
from rosterkit.conformance.server.cases.rosters_refused import CASES
from rosterkit.conformance.server.mutants import rosters_others, rosters_wrong_sets
from rosterkit.conformance.verdicts import Finding, Verdict
from rosterkit.core.journal import Entry

TRIALS = Trials(
    CASES,
    (
        *(wrong for wrong in rosters_others.MUTANTS if wrong.name != "get-for-account-refused"),
        *rosters_wrong_sets.MUTANTS,
    ),
    {
        "roster-for-neighbours": "2.1.3/of-somebody-else",
        "roster-of-nobody": "2.1.3/of-nobody",
        "roster-for-elsewhere": "2.1.3/from-another-server",
        "set-for-neighbours": "2.1.5/for-somebody-else",
        "set-for-nobody": "2.1.5/for-nobody",
        "set-from-elsewhere": "2.1.5/from-another-server",
        "set-for-account-refused": "2.1.5/from-any-resource",
        "first-item-taken": "2.3.3/two-items",
        "no-item-taken": "2.3.3/no-item",
        "group-twice-taken": "2.3.3/group-twice",
        "empty-group-passed-over": "2.3.3/empty-group",
        "no-jid-taken": "2.3.3/no-jid",
        "empty-jid-taken": "2.3.3/empty-jid",
        "malformed-jid-taken": "2.3.3/malformed-jid",
        "resource-stored": "2.3.3/full-jid",
        "names-cut": "2.3.3/long-name",
        "groups-cut": "2.3.3/long-group",
        "refusals-pushed": "2.3.3/two-items",
        "refused-half-done": "2.4.3/as-it-was",
    },
)
BY_NAME = TRIALS.by_name
#: The sets that are refused with a condition of which much is said.
SETS = ["two-items", "no-item", "group-twice", "empty-group", "no-jid", "empty-jid"]


@pytest.mark.parametrize("case", CASES, **NAMED)
def test_our_own_server_keeps_each(case: ServerCase):
    """PASS, and INFO where the RFC leaves it open."""
    finding = found(case)
    assert is_right(case, finding), finding


def test_each_mutant_has_its_case_and_each_case_its_mutant():
    """A mutant is failed by the case that is there for it, and no case is there for none."""
    assert list(TRIALS.uncaught()) == []
    assert TRIALS.idle() == set()


@pytest.mark.parametrize("case", CASES, **NAMED)
def test_other_lawful_habits_change_nothing(case: ServerCase):
    """The result before the push; news and receipts; defaults left out; pushes with a sender."""
    for habit in HABITS:
        finding = judged(case, retold(case, habit()))
        assert is_right(case, finding), (habit, finding)


@given(st.data())
def test_a_silly_server_never_makes_a_judge_fail(data: st.DataObject):
    """Stanzas that do not come, come twice, or come without what they should have."""
    case = data.draw(st.sampled_from(CASES))
    assert isinstance(judged(case, retold(case, garbling(data))), Finding)


# Where servers differ, and how much that matters


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
    return judged(BY_NAME[name], retold(BY_NAME[name], answering(answer))).verdict


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

    def without_limit(case: ServerCase, cut: bool) -> Finding:
        def told(entry: Entry) -> Iterator[Entry]:
            if entry.direction == "in" and b"id='event'" in entry.data:
                yield entry._replace(data=b"<iq type='result' id='event'/>")
            elif entry.direction == "in" and b"id='look-roster'" in entry.data:
                item = said[0].partition(b"<item")[2].partition(b"</query>")[0]
                item = item.replace(b"long long", b"long", 1) if cut else item
                query = b"<query xmlns='jabber:iq:roster'><item%b</query>" % item
                yield entry._replace(data=b"<iq type='result' id='look-roster'>%b</iq>" % query)
            else:
                said.extend([entry.data] if b"id='event'" in entry.data else [])
                yield entry

        said: list[bytes] = []
        return judged(case, retold(case, told))

    for name in ("long-name", "long-group"):
        case = BY_NAME[f"2.3.3/{name}"]
        assert without_limit(case, cut=False).verdict is Verdict.INFO
        assert without_limit(case, cut=True).verdict is Verdict.FAIL


def test_a_full_jid_may_be_taken_for_the_bare_one():
    """Its resource stands nowhere then."""
    case = BY_NAME["2.3.3/full-jid"]

    def told(entry: Entry, jid: bytes) -> Iterator[Entry]:
        item = b"<query xmlns='jabber:iq:roster'><item jid='%b' name='Rosaline'/></query>" % jid
        if entry.direction == "in" and b"id='event'" in entry.data:
            yield entry._replace(data=b"<iq type='set' id='p'>%b</iq>" % item)
            yield entry._replace(data=b"<iq type='result' id='event'/>")
        elif entry.direction == "in" and b"id='look-roster'" in entry.data:
            yield entry._replace(data=b"<iq type='result' id='look-roster'>%b</iq>" % item)
        else:
            yield entry

    people = retold(case, lambda entry: [entry]).people
    local, _, domain = people.nobody.partition("@")
    bare = f"{local}-1@{domain}".encode()
    assert judged(case, retold(case, lambda entry: told(entry, bare))).verdict is Verdict.PASS
    finding = judged(case, retold(case, lambda entry: told(entry, bare + b"/balcony")))
    assert finding.verdict is Verdict.NON_STRICT


def test_whatever_becomes_of_the_own_jid_is_shown():
    """Refused, stored, or accepted and forgotten; only no answer at all is a breach."""
    name = "2.3.3/own-jid"
    assert verdict(name, lambda id_: error("bad-request", id_.decode())) is Verdict.INFO
    assert verdict(name, lambda id_: b"<iq type='result' id='%b'/>" % id_) is Verdict.INFO
    assert verdict(name, lambda _: b"") is Verdict.FAIL


@pytest.mark.parametrize("groups", [("Caf\xe9", "Cafe\u0301"), ("Caf\xe9",), ("Cafe\u0301",), ("Tea",), ()])
def test_groups_that_preparation_makes_the_same_may_be_two(groups: tuple[str, ...]):
    """Both or one of them may be stored; another group, or none, is a breach."""
    case = BY_NAME["2.3.3/group-twice-prepared"]
    inner = "".join(f"<group>{group}</group>" for group in groups)
    local, _, domain = retold(case, lambda entry: [entry]).people.nobody.partition("@")
    item = f"<item jid='{local}-1@{domain}' name='Rosaline'>{inner}</item>"

    def told(entry: Entry) -> Iterator[Entry]:
        if entry.direction == "in" and b"id='event'" in entry.data:
            yield entry._replace(data=b"<iq type='result' id='event'/>")
        elif entry.direction == "in" and b"id='look-roster'" in entry.data:
            query = f"<query xmlns='jabber:iq:roster'>{item}</query>"
            yield entry._replace(data=f"<iq type='result' id='look-roster'>{query}</iq>".encode())
        else:
            yield entry

    right = bool(groups) and groups != ("Tea",)
    assert judged(case, retold(case, told)).verdict is (Verdict.INFO if right else Verdict.FAIL)


def test_groups_that_preparation_makes_the_same_may_be_refused():
    """With whatever condition; no answer is a breach."""
    name = "2.3.3/group-twice-prepared"
    assert verdict(name, lambda id_: error("bad-request", id_.decode())) is Verdict.INFO
    assert verdict(name, lambda id_: error("not-acceptable", id_.decode())) is Verdict.INFO
    assert verdict(name, lambda _: b"") is Verdict.FAIL
