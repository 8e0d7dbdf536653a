"""The cases about roster versions, with our own server, its mutants, and servers that do less (RFC 6121 §2.6)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from retold import found, garbling, is_right, retold
from roster_trials import HABITS, NAMED, Trials
from served import Told

from rosterkit.conformance.server.case import ServerCase, judged
from rosterkit.conformance.server.cases.rosters_versions import CASES
from rosterkit.conformance.server.cases.rosters_versions_steps import (
    applied,
    came_whole,
    interim,
    is_current,
    with_pushes,
)
from rosterkit.conformance.server.cases.rosters_versions_steps import (
    is_right as is_right_roster,
)
from rosterkit.conformance.server.evidence import Held
from rosterkit.conformance.server.mutants.rosters_versions import MUTANTS
from rosterkit.conformance.verdicts import Finding, Verdict
from rosterkit.core.journal import Entry

BY_NAME = TRIALS.by_name


# Servers that do less


@pytest.mark.parametrize("name", BY_NAME)
def test_a_server_may_always_send_the_whole_roster(name: str):
    """Only that few changes should cost less is not kept then."""
    wanted = Verdict.NON_STRICT if name == "2.6.3/few-changes" else Verdict.PASS
    finding = TRIALS.found("always-whole", name)
    assert finding.verdict is wanted, finding


@pytest.mark.parametrize("name", BY_NAME)
def test_a_server_that_offers_nothing_lacks_the_feature(name: str):
    """Whatever else it does; but an unknown version is nothing that it may stumble over."""
    wanted = {"2.6.1/offered": Verdict.FAIL, "2.6.3/unknown-version": Verdict.PASS}
    finding = TRIALS.found("versions-not-offered", name)
    assert finding.verdict is wanted.get(name, Verdict.UNSUPPORTED), finding


def test_a_server_without_versions_lacks_the_feature_and_gives_none():
    """Nothing is promised, and nothing broken."""

    def bare(entry: Entry) -> Iterator[Entry]:
        data = entry.data.replace(b"<ver xmlns='urn:xmpp:features:rosterver'/>", b"")
        yield entry._replace(data=re.sub(rb" ver='[^']*'", b"", data)) if entry.direction == "in" else entry

    case = BY_NAME["2.6.1/offered"]
    assert judged(case, retold(case, bare)).verdict is Verdict.UNSUPPORTED


def test_where_nothing_has_a_version_nothing_can_be_presented():
    """What follows from it is not blamed a second time."""
    finding = TRIALS.found("roster-without-version", "2.6.3/changed-while-away")
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert "first-time" in finding.words


def test_a_version_may_come_again_with_the_same_roster():
    """As where it is made of the roster's content; not with another one."""
    case = BY_NAME["2.6.3/one-version-one-roster"]

    def hashed(entry: Entry) -> Iterator[Entry]:
        if entry.direction == "in" and b"id='state-" in entry.data:
            items = b"".join(sorted(re.findall(rb"<item.*?(?:/>|</item>)", entry.data)))
            yield entry._replace(data=re.sub(rb"ver='[^']*'", b"ver='%d'" % hash(items), entry.data))
        elif entry.direction == "in" and b"type='set'" in entry.data:
            yield entry._replace(data=re.sub(rb" ver='[^']*'", b"", entry.data))
        else:
            yield entry

    def numbered(entry: Entry) -> Iterator[Entry]:
        data = re.sub(rb"ver='[^']*'", b"ver='1'", entry.data)
        yield entry._replace(data=data) if entry.direction == "in" else entry

    assert judged(case, retold(case, hashed)).verdict is Verdict.PASS
    assert judged(case, retold(case, numbered)).verdict is Verdict.FAIL


def test_the_version_of_a_push_is_not_missed_where_it_is_another_rule():
    """A push without one leaves the client with its old version, which has to do."""
    finding = TRIALS.found("pushes-without-version", "2.6.3/version-of-push")
    assert finding.verdict is Verdict.PASS, finding


# The copy that a client makes

ROMEO, TYBALT = Held("romeo@m", "Romeo", (), "none", False, False), Held("tybalt@c", None, (), "none", False, False)
CACHED = {"romeo@m": ROMEO}


def pushed(item: str) -> str:
    """A push."""
    return f"<iq type='set' id='p'><query xmlns='jabber:iq:roster' ver='2'>{item}</query></iq>"


def asked(*came: str) -> Told:
    """The roster is asked for on a line, and this comes."""
    told = Told().mark("again", "back").said("back", "<iq type='get' id='again'/>")
    for xml in came:
        told.came("back", xml)
    return told.mark("end")


NEW, GONE = pushed("<item jid='tybalt@c'/>"), pushed("<item jid='romeo@m' subscription='remove'/>")
EMPTY = "<iq type='result' id='again'/>"
WHOLE = "<iq type='result' id='again'><query xmlns='jabber:iq:roster' ver='3'><item jid='tybalt@c'/></query></iq>"
REFUSED = "<iq type='error' id='again'/>"


@pytest.mark.parametrize(
    ("came", "copy"),
    [
        ((EMPTY,), CACHED),
        ((EMPTY, NEW), {**CACHED, "tybalt@c": TYBALT}),
        ((EMPTY, NEW, GONE), {"tybalt@c": TYBALT}),
        ((NEW, EMPTY), {**CACHED, "tybalt@c": TYBALT}),
        ((EMPTY, pushed("<item jid='nobody@c' subscription='remove'/>")), CACHED),
        ((WHOLE,), {"tybalt@c": TYBALT}),
        ((NEW, WHOLE), {"tybalt@c": TYBALT}),
        ((WHOLE, pushed("<item jid='romeo@m' name='Romeo'/>")), {"tybalt@c": TYBALT, "romeo@m": ROMEO}),
        ((REFUSED, NEW), None),
        ((), None),
    ],
)
def test_a_client_takes_the_answer_and_each_push_in_its_place(came: tuple[str, ...], copy: object):
    """A whole roster stands for everything before it; a push changes its own entry."""
    assert applied(asked(*came).evidence(), "back", "again", CACHED) == copy


def test_pushes_on_other_lines_and_in_other_parts_are_none_of_the_copys():
    """Only what comes to the client itself, and behind its request."""
    told = asked(EMPTY).came("me", NEW).came("back", NEW)
    assert applied(told.evidence(), "back", "again", CACHED) == CACHED


def test_pushes_stand_for_the_roster_only_where_it_did_not_come():
    """A push behind a whole roster is a new change."""
    assert not came_whole(asked(EMPTY, NEW).evidence(), "again")
    assert len(interim(asked(EMPTY, NEW).evidence(), "back", "again")) == 1
    assert came_whole(asked(WHOLE, NEW).evidence(), "again")
    assert interim(asked(WHOLE, NEW).evidence(), "back", "again") == []
    evidence = asked(EMPTY, NEW, GONE).evidence()
    assert with_pushes(CACHED, interim(evidence, "back", "again")) == {"tybalt@c": TYBALT}


def test_a_wrong_roster_is_told_by_the_first_entry_that_is_wrong():
    """The truth is what another line got."""
    truth = WHOLE.replace("again", "truth")
    told = asked(EMPTY).mark("truth").said("me", "<iq type='get' id='truth'/>").came("me", truth)
    finding = is_right_roster(told.evidence(), "back", "again", CACHED)
    assert finding is not None
    assert finding.verdict is Verdict.FAIL
    assert "tybalt@c" in finding.words
    assert is_right_roster(told.evidence(), "back", "again", {"tybalt@c": TYBALT}) is None
    assert is_right_roster(asked(REFUSED).evidence(), "back", "again", CACHED) is not None


@pytest.mark.parametrize(("came", "right"), [((EMPTY,), True), ((EMPTY, NEW), False), ((WHOLE,), False)])
def test_nothing_new_is_an_empty_result_and_no_push(came: tuple[str, ...], right: bool):
    """Anything more is lawful, and less than right."""
    finding = is_current(asked(*came).evidence(), "back", "again")
    assert finding is None if right else finding is not None and finding.verdict is Verdict.NON_STRICT
