"""Roster versions of servers that do less than ours, and the copy that a client makes of a roster (RFC 6121 §2.6)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from retold import case_of, found, refound, rewritten
from served import Told, push, roster

from rosterkit.conformance.server import mutant
from rosterkit.conformance.server.cases.rosters_versions import CASES
from rosterkit.conformance.server.cases.rosters_versions_steps import (
    applied,
    came_whole,
    interim,
    is_current,
    is_right,
    with_pushes,
)
from rosterkit.conformance.server.evidence import Held
from rosterkit.conformance.server.mutants.rosters_versions import MUTANTS
from rosterkit.conformance.verdicts import Finding, Verdict
from rosterkit.core.journal import Entry

NAMES = [case.id.removeprefix("rfc6121/") for case in CASES]


def wrongly(name: str, case: str) -> Finding:
    """What a mutant gets in a case."""
    with mutant.applied(next(wrong for wrong in MUTANTS if wrong.name == name)):
        return found(case_of(case))


# Servers that do less


@pytest.mark.parametrize("name", NAMES)
def test_a_server_may_always_send_the_whole_roster(name: str):
    """Only that few changes should cost less is not kept then."""
    wanted = Verdict.NON_STRICT if name == "2.6.3/few-changes" else Verdict.PASS
    finding = wrongly("always-whole", name)
    assert finding.verdict is wanted, finding


@pytest.mark.parametrize("name", NAMES)
def test_a_server_that_offers_nothing_lacks_the_feature(name: str):
    """Whatever else it does; but an unknown version is nothing that it may stumble over."""
    wanted = {"2.6.1/offered": Verdict.FAIL, "2.6.3/unknown-version": Verdict.PASS}
    finding = wrongly("versions-not-offered", name)
    assert finding.verdict is wanted.get(name, Verdict.UNSUPPORTED), finding


def test_a_server_without_versions_lacks_the_feature_and_gives_none():
    """Nothing is promised, and nothing broken."""
    bare = rewritten("<ver xmlns='urn:xmpp:features:rosterver'/>| ver='[^']*'", "")
    assert refound("2.6.1/offered", bare).verdict is Verdict.UNSUPPORTED


def test_where_nothing_has_a_version_nothing_can_be_presented():
    """What follows from it is not blamed a second time."""
    finding = wrongly("roster-without-version", "2.6.3/changed-while-away")
    assert finding.verdict is Verdict.INCONCLUSIVE
    assert "first-time" in finding.words


def test_a_version_may_come_again_with_the_same_roster():
    """As where it is made of the roster's content; not with another one."""

    def hashed(entry: Entry) -> Iterator[Entry]:
        if entry.direction == "in" and b"id='state-" in entry.data:
            items = b"".join(sorted(re.findall(rb"<item.*?(?:/>|</item>)", entry.data)))
            yield entry._replace(data=re.sub(rb"ver='[^']*'", b"ver='%d'" % hash(items), entry.data))
        elif entry.direction == "in" and b"type='set'" in entry.data:
            yield entry._replace(data=re.sub(rb" ver='[^']*'", b"", entry.data))
        else:
            yield entry

    name = "2.6.3/one-version-one-roster"
    assert refound(name, hashed).verdict is Verdict.PASS
    assert refound(name, rewritten("ver='[^']*'", "ver='1'")).verdict is Verdict.FAIL


def test_the_version_of_a_push_is_not_missed_where_it_is_another_rule():
    """A push without one leaves the client with its old version, which has to do."""
    finding = wrongly("pushes-without-version", "2.6.3/version-of-push")
    assert finding.verdict is Verdict.PASS, finding


# The copy that a client makes

ROMEO, TYBALT = Held("romeo@m", "Romeo", (), "none", False, False), Held("tybalt@c", None, (), "none", False, False)
CACHED = {"romeo@m": ROMEO}


def asked(*came: str) -> Told:
    """The roster is asked for on a line, and this comes."""
    told = Told().mark("again", "back").said("back", "<iq type='get' id='again'/>")
    for xml in came:
        told.came("back", xml)
    return told.mark("end")


NEW, GONE = push("<item jid='tybalt@c'/>"), push("<item jid='romeo@m' subscription='remove'/>")
EMPTY = "<iq type='result' id='again'/>"
WHOLE = roster("again", "<item jid='tybalt@c'/>", "3")
REFUSED = "<iq type='error' id='again'/>"


@pytest.mark.parametrize(
    ("came", "copy"),
    [
        ((EMPTY,), CACHED),
        ((EMPTY, NEW), {**CACHED, "tybalt@c": TYBALT}),
        ((EMPTY, NEW, GONE), {"tybalt@c": TYBALT}),
        ((NEW, EMPTY), {**CACHED, "tybalt@c": TYBALT}),
        ((EMPTY, push("<item jid='nobody@c' subscription='remove'/>")), CACHED),
        ((WHOLE,), {"tybalt@c": TYBALT}),
        ((NEW, WHOLE), {"tybalt@c": TYBALT}),
        ((WHOLE, push("<item jid='romeo@m' name='Romeo'/>")), {"tybalt@c": TYBALT, "romeo@m": ROMEO}),
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
    finding = is_right(told.evidence(), "back", "again", CACHED)
    assert finding is not None
    assert finding.verdict is Verdict.FAIL
    assert "tybalt@c" in finding.words
    assert is_right(told.evidence(), "back", "again", {"tybalt@c": TYBALT}) is None
    assert is_right(asked(REFUSED).evidence(), "back", "again", CACHED) is not None


@pytest.mark.parametrize(("came", "right"), [((EMPTY,), True), ((EMPTY, NEW), False), ((WHOLE,), False)])
def test_nothing_new_is_an_empty_result_and_no_push(came: tuple[str, ...], right: bool):
    """Anything more is lawful, and less than right."""
    finding = is_current(asked(*came).evidence(), "back", "again")
    assert finding is None if right else finding is not None and finding.verdict is Verdict.NON_STRICT
