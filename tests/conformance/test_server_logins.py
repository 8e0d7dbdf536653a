"""The cases about logins and resources: fair to every server, and without any password in them."""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Sequence

import pytest
from retold import found
from served import ME, Told, push, roster
from streamed import END, OVER, bound, error, failure, features, heard, mechanisms, step

from rosterkit.conformance.probing.memory import ACCOUNTS, play_in_memory
from rosterkit.conformance.server.case import ServerCase
from rosterkit.conformance.server.cases import binding, binding_conflict, logins, logins_refused
from rosterkit.conformance.server.cases.streams_steps import encoded, plain
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.people import People
from rosterkit.conformance.verdicts import Finding, Verdict

CASES = (*logins.CASES, *logins_refused.CASES, *binding.CASES, *binding_conflict.CASES)
_BY_NAME = {case.id.rpartition("/")[2]: case for case in CASES}
PASS, INFO, NON_STRICT, FAIL = Verdict.PASS, Verdict.INFO, Verdict.NON_STRICT, Verdict.FAIL
INCONCLUSIVE, UNSUPPORTED = Verdict.INCONCLUSIVE, Verdict.UNSUPPORTED


# What a case plays


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_no_password_is_in_the_journal(case: ServerCase):
    """Neither as it is, nor in the base64 in which it was said: a report is for everybody to read."""
    account = ACCOUNTS[0]
    password = account.password.encode()
    for entry in play_in_memory(case).entries:
        said = entry.data + entry.text.encode()
        assert password not in said
        assert all(password not in _decoded(word) for word in said.replace(b"<", b">").split(b">"))


def _decoded(word: bytes) -> bytes:
    try:
        return b64decode(word.replace(b"*", b""))
    except ValueError:
        return b""


def test_people_keep_passwords_to_themselves():
    """Scripts know them while they are played; who reads a play again does not."""
    people = People("rfc6120/6.5.10/one", "s", [ME])
    with pytest.raises(LookupError):
        people.password(ME)
    people.trust({ME: "hush"})
    assert people.password(ME) == "hush"
    assert "hush" not in json.dumps(people.as_json())


def test_no_account_is_tried_too_often():
    """There are servers that lock an account after a few failures."""
    for case in CASES:
        failures = [entry for entry in play_in_memory(case).entries if b"<failure" in entry.data]
        assert len(failures) <= 2, case.id


def test_a_line_logs_in_by_the_mechanism_that_is_asked_for():
    """SCRAM here, though in memory the cheapest one would do."""
    sent = [entry.data for entry in play_in_memory(_BY_NAME["server-signature"]).entries if entry.direction == "out"]
    assert [b"mechanism='SCRAM-SHA-1'" in data for data in sent if b"<auth" in data] == [True]


def test_what_plain_says():
    """RFC 4616: whom to act as, the name, the password."""
    assert (
        b64decode(plain("juliet", "pässword", "nurse@capulet.test"))
        == "nurse@capulet.test\0juliet\0pässword".encode()
    )
    assert encoded("a") == "YQ=="


# Judges of logins


def login(*came: str, mark: str = "login", over: str = "") -> Told:
    """What came after a login was tried."""
    return heard(Told().note("raw", may_end=True).mark(mark, "raw"), "raw", *came, over=over)


@pytest.mark.parametrize(
    ("name", "came", "over", "verdict"),
    [
        ("wrong-password", (failure("not-authorized", "Go away."),), "", PASS),
        ("wrong-password", (failure("account-disabled"),), "", NON_STRICT),
        ("wrong-password", (failure("not-authorized"), error("policy-violation")), OVER, PASS),
        ("wrong-password", (error("not-authorized"),), OVER, NON_STRICT),
        ("wrong-password", (), OVER, NON_STRICT),
        ("wrong-password", (), "", FAIL),
        ("wrong-password", (step("success"),), "", FAIL),
        ("wrong-password", (step("challenge"),), "", FAIL),
        ("as-another", (failure("not-authorized"),), "", PASS),
        ("as-another", (step("success"),), "", FAIL),
        ("unknown-mechanism", (failure("malformed-request"),), "", NON_STRICT),
        ("no-base64", (failure("incorrect-encoding"),), "", PASS),
        ("no-message", ("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",), "", NON_STRICT),
        ("as-oneself", (step("success"),), "", PASS),
        ("as-oneself", (failure("invalid-authzid"),), "", NON_STRICT),
        ("plain", (failure("not-authorized"),), "", FAIL),
    ],
)
def test_how_a_login_ends(name: str, came: Sequence[str], over: str, verdict: Verdict):
    """That a login fails is a MUST, with what is a SHOULD."""
    assert _BY_NAME[name].judge(login(*came, over=over).evidence()).verdict is verdict


def test_a_login_that_is_offered_leads_to_offers():
    """Success alone is not the way in."""
    won = login(step("success"))
    case = _BY_NAME["plain"]
    assert case.judge(won.evidence()).verdict is FAIL
    assert case.judge(heard(won.mark("open", "raw"), "raw", features()).evidence()).verdict is PASS


@pytest.mark.parametrize(
    ("wrong", "right", "verdict"),
    [
        ((failure("not-authorized"),), (step("success"),), PASS),
        ((failure("not-authorized"),), (failure("not-authorized"),), NON_STRICT),
        ((failure("not-authorized"),), (), NON_STRICT),
        ((step("success"),), (), INCONCLUSIVE),
        ((), (), INCONCLUSIVE),
    ],
)
def test_a_second_try(wrong: Sequence[str], right: Sequence[str], verdict: Verdict):
    """It takes a first one that has failed."""
    told = heard(login(*wrong, mark="wrong").mark("login", "raw"), "raw", *right, over="" if right else OVER)
    assert _BY_NAME["second-try"].judge(told.evidence()).verdict is verdict


@pytest.mark.parametrize(
    ("begun", "done", "verdict"),
    [
        ((step("challenge"),), (step("success"),), PASS),
        ((failure("malformed-request"),), (), NON_STRICT),
        ((step("challenge"),), (failure("not-authorized"),), NON_STRICT),
    ],
)
def test_a_login_in_two_steps(begun: Sequence[str], done: Sequence[str], verdict: Verdict):
    """The server asks for what was left out."""
    told = heard(login(*begun, mark="begin").mark("login", "raw"), "raw", *done)
    assert _BY_NAME["two-steps"].judge(told.evidence()).verdict is verdict


@pytest.mark.parametrize(
    ("begun", "aborted", "verdict"),
    [
        (step("challenge"), failure("aborted"), PASS),
        (step("challenge"), failure("malformed-request"), NON_STRICT),
        (failure("not-authorized"), "", INCONCLUSIVE),
    ],
)
def test_a_login_that_is_given_up(begun: str, aborted: str, verdict: Verdict):
    """What has not begun cannot be given up."""
    told = heard(login(begun, mark="begin").mark("abort", "raw"), "raw", *([aborted] if aborted else []))
    assert _BY_NAME["given-up"].judge(told.evidence()).verdict is verdict


def two(known: Sequence[str], unknown: Sequence[str]) -> Evidence:
    """What came to the wrong password of somebody, and to that of nobody."""
    told = heard(Told().mark("known", "raw"), "raw", *known)
    return heard(told.mark("unknown", "raw-2"), "raw-2", *unknown).evidence()


@pytest.mark.parametrize(
    ("known", "unknown", "verdict"),
    [
        ((failure("not-authorized"),), (failure("not-authorized"),), PASS),
        ((failure("not-authorized", "No."),), (failure("not-authorized", "No."),), PASS),
        ((failure("not-authorized", "juliet: no."),), (failure("not-authorized", "{nobody}: no."),), PASS),
        ((failure("not-authorized", "No."),), (failure("not-authorized", "Who?"),), NON_STRICT),
        ((failure("not-authorized"),), (failure("account-disabled"),), NON_STRICT),
        ((step("challenge"),), (failure("not-authorized"),), NON_STRICT),
        ((failure("not-authorized"),), (), NON_STRICT),
    ],
)
@pytest.mark.parametrize("name", ["unknown-name", "unknown-name-by-scram"])
def test_whether_a_stranger_learns_who_is_there(
    name: str, known: Sequence[str], unknown: Sequence[str], verdict: Verdict
):
    """Steps, conditions and texts are the same; a text may repeat the name that was tried."""
    nobody = Told().people.nobody.partition("@")[0]
    evidence = two(known, [xml.replace("{nobody}", nobody) for xml in unknown])
    assert _BY_NAME[name].judge(evidence).verdict is verdict


@pytest.mark.parametrize(
    ("jid", "listed", "verdict"),
    [
        (f"{ME}/x", True, PASS),
        (f"{ME}/x", False, FAIL),
        ("JULIET@capulet.test/x", True, NON_STRICT),
        ("JULIET@capulet.test/x", False, FAIL),
        ("nurse@capulet.test/x", True, FAIL),
        ("", True, INCONCLUSIVE),
    ],
)
def test_whose_name_it_is_in_capitals(jid: str, listed: bool, verdict: Verdict):
    """The account's, as its roster shows, and written as JIDs are."""
    told = login(step("success")).mark("bind", "raw").said("raw", "<iq type='set' id='bind'/>")
    told = heard(told, "raw", bound(jid, "bind") if jid else "<iq type='error' id='bind'/>")
    item = f"<item jid='{told.people.nobody}'/>" if listed else ""
    told.mark("roster", "raw").said("raw", "<iq type='get' id='roster'/>")
    told.came("raw", roster("roster", item))
    assert _BY_NAME["capitals"].judge(told.evidence()).verdict is verdict


@pytest.mark.parametrize(("jid", "words"), [("nurse@capulet.test/x", "nurse@capulet.test"), (f"{ME}/x", "its own")])
def test_as_whom_somebody_acts_is_told(jid: str, words: str):
    """To become another is worse than to stay oneself without a word; neither is right."""
    told = login(step("success")).mark("bind", "raw").said("raw", "<iq type='set' id='bind'/>")
    finding = _BY_NAME["as-another"].judge(heard(told, "raw", bound(jid, "bind")).evidence())
    assert finding.verdict is FAIL
    assert words in finding.words


def test_a_signature_counts_where_there_is_one():
    """A login that failed before says nothing of it."""
    case = _BY_NAME["server-signature"]
    refused = Told().note(refused="It has not proved itself.")
    assert case.judge(refused.evidence()).verdict is INCONCLUSIVE
    assert case.judge(heard(refused, "me", step("success")).evidence()).verdict is FAIL
    assert case.judge(heard(Told(), "me", step("success")).evidence()).verdict is PASS


@pytest.mark.parametrize("name", ["wrong-password", "given-up", "server-signature"])
def test_what_is_not_offered_is_not_tried(name: str, monkeypatch: pytest.MonkeyPatch):
    """A server may let nobody log in by PLAIN, or by SCRAM: then there is nothing to judge."""
    offer = features(mechanisms("EXTERNAL")).encode()
    monkeypatch.setattr("rosterkit.wire.features.before_login", lambda *_: offer)
    assert found(_BY_NAME[name]).verdict is UNSUPPORTED


# Judges of resources


def binding_of(name: str, *answers: str, line: str = "raw", over: str = "") -> Finding:
    """What is said of the answers to a bind by hand."""
    told = Told().note(line, may_end=True).mark(f"bind-{line}", line).said(line, f"<iq type='set' id='bind-{line}'/>")
    return _BY_NAME[name].judge(heard(told, line, *answers, over=over).evidence())


_ERROR = (
    "<iq type='error' id='bind-raw'><error type='modify'>"
    "<bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>"
)


@pytest.mark.parametrize(
    ("name", "answer", "over", "verdict"),
    [
        ("made-up", bound(f"{ME}/ \U0001f339'\"", "bind-raw"), "", PASS),
        ("made-up", bound(f"{ME}/", "bind-raw"), "", FAIL),
        ("made-up", bound("nurse@capulet.test/x", "bind-raw"), "", FAIL),
        ("made-up", _ERROR, "", FAIL),
        ("made-up", "", OVER, FAIL),
        ("empty", bound(f"{ME}/x", "bind-raw"), "", PASS),
        ("empty", _ERROR, "", PASS),
        ("empty", bound(ME, "bind-raw"), "", FAIL),
        ("empty", error("bad-format"), OVER, NON_STRICT),
        ("too-long", bound(f"{ME}/{'x' * 1023}", "bind-raw"), "", PASS),
        ("too-long", bound(f"{ME}/{'x' * 1024}", "bind-raw"), "", FAIL),
        ("too-long", bound(f"{ME}/{'ü' * 512}", "bind-raw"), "", FAIL),
        ("too-long", _ERROR, "", PASS),
    ],
)
def test_which_resource_is_bound(name: str, answer: str, over: str, verdict: Verdict):
    """One that the server makes up, or none where it need not; an address that no other server takes never."""
    assert binding_of(name, *([answer] if answer else []), over=over).verdict is verdict


def conflict(*over: str, first: str = f"{ME}/desk", second: str = f"{ME}/desk", pushes: Sequence[str] = ()) -> Told:
    """Two who wanted the same resource: what they got, and whose lines are ``over``."""
    told = Told().note("me", may_end=True).note("me-2", may_end=True).entered("me", first)
    told = told.entered("me-2", second) if second else told.note(refused="It refuses <bind/>: conflict.")
    told = told.mark("event", "look")
    for line in over:
        told.note(line, over=OVER)
    for line in pushes:
        item = f"<item jid='{told.people.nobody}'/>"
        told.came(line, push(item))
    return told


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        (conflict("me"), PASS),
        (conflict(second=f"{ME}/desk-2"), PASS),
        (conflict(second=""), PASS),
        (conflict("me-2"), PASS),  # the newer was let in and had to go
        (conflict(), FAIL),
        (conflict("me", "me-2"), FAIL),
        (conflict("me", second=""), FAIL),
    ],
)
def test_who_is_left_of_two(told: Told, verdict: Verdict):
    """Either, or both under different names."""
    assert _BY_NAME["one-each"].judge(told.evidence()).verdict is verdict


def test_who_had_to_go_becomes_unavailable():
    """Whoever stays does not."""
    case, gone = _BY_NAME["older-leaves"], f"<presence type='unavailable' from='{ME}/desk'/>"
    assert case.judge(conflict("me").came("look", gone).evidence()).verdict is PASS
    assert case.judge(conflict("me").evidence()).verdict is FAIL
    assert case.judge(conflict(second="").evidence()).verdict is PASS


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        (conflict("me", pushes=["me-2"]), PASS),
        (conflict(second="", pushes=["me"]), PASS),
        (conflict(second=f"{ME}/other", pushes=["me", "me-2"]), PASS),
        (conflict("me", pushes=["me-2", "me-2"]), NON_STRICT),
        (conflict(second=f"{ME}/other", pushes=["me"]), FAIL),
        (conflict("me"), FAIL),
        (conflict("me", "me-2"), INCONCLUSIVE),
    ],
)
def test_who_is_left_gets_each_push_once(told: Told, verdict: Verdict):
    """A push that comes to nobody is lost, and two are one too many."""
    assert _BY_NAME["pushed-once"].judge(told.evidence()).verdict is verdict


@pytest.mark.parametrize(
    ("offer", "answer", "verdict"),
    [
        (features("<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>"), "<iq type='result' id='s'/>", PASS),
        (features("<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>"), "<iq type='error' id='s'/>", NON_STRICT),
        (features(), "<iq type='error' id='s'/>", UNSUPPORTED),
    ],
)
def test_a_session_counts_where_it_is_offered(offer: str, answer: str, verdict: Verdict):
    """No server must have it any more."""
    told = heard(Told(), "me", offer).mark("session").said("me", "<iq type='set' id='s'/>")
    assert _BY_NAME["session"].judge(heard(told, "me", answer).evidence()).verdict is verdict


@pytest.mark.parametrize("came", [(_ERROR.replace("bind-raw", "again"),), (bound(f"{ME}/b", "again"),), (END,), ()])
def test_a_second_bind_is_only_told(came: Sequence[str]):
    """INFO, whatever comes of it."""
    told = Told().note("me", may_end=True).mark("again").said("me", "<iq type='set' id='again'/>")
    assert _BY_NAME["again"].judge(heard(told, "me", *came).evidence()).verdict is INFO
