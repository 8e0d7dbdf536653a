"""The checks of every play: what each takes for a breach, for right, and for nothing that it is about."""

from __future__ import annotations

from typing import Any

import pytest
from played import ROSTER, Played

from rosterkit.conformance.case import Case
from rosterkit.conformance.checks import CHECKS
from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.mutants.checks import MUTANTS
from rosterkit.conformance.runner.memory import play_in_memory
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Fence, Say, Script, obeyed, online, pushed
from rosterkit.conformance.stanzas import iq, item
from rosterkit.conformance.verdicts import Finding, Level, Verdict, passed

_CHECKS = {check.id: check for check in CHECKS}
_CLIENTS = {mutant.name: mutant.client for mutant in MUTANTS}
_PING = "<ping xmlns='urn:xmpp:ping'/>"
_UNKNOWN = "<thing xmlns='urn:example:thing'/>"
_ERROR = "<error type='cancel'><bad-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"


def _found(check: str, played: Played) -> Finding | None:
    return _CHECKS[check].judge(played.evidence())


def _verdict(check: str, played: Played) -> Verdict | None:
    found = _found(check, played)
    return found.verdict if found is not None else None


def _online() -> Played:
    played = Played()
    played.logged_in()
    return played


def _asked(request: str, *answers: str, fence: str | None = "answered") -> Played:
    """A client that was sent a request, has sent these answers, and has come to a fence."""
    played = _online()
    played.sent(request)
    for answer in answers:
        played.got(answer)
    if fence is not None:
        played.note(fence=fence)
    return played


# Answers to requests

_REQUESTS = "rfc6120/8.2.3/answers-requests"
_GET = f"<iq type='get' id='g' from='case.test'>{_UNKNOWN}</iq>"
_RESULT, _REFUSAL = "<iq type='result' id='g'/>", f"<iq type='error' id='g'>{_ERROR}</iq>"


@pytest.mark.parametrize("answer", [_RESULT, _REFUSAL])
def test_a_result_and_an_error_are_answers(answer: str) -> None:
    """A request is answered by either of the two."""
    assert _verdict(_REQUESTS, _asked(_GET, answer)) is Verdict.PASS


@pytest.mark.parametrize("fence", ["answered", "silent"])
def test_silence_before_a_fence_is_no_answer(fence: str) -> None:
    """A request that is not answered when the fence is over fails, whether or not the fence itself was answered."""
    found = _found(_REQUESTS, _asked(_GET, fence=fence))
    assert found is not None
    assert found.verdict is Verdict.FAIL
    assert "urn:example:thing" in found.words


@pytest.mark.parametrize("fence", [None, "gone"])
def test_what_was_in_flight_at_the_end_says_nothing(fence: str | None) -> None:
    """Without a fence behind it nobody knows whether the answer would have come."""
    assert _verdict(_REQUESTS, _asked(_GET, fence=fence)) is None


def test_an_answer_in_another_session_is_none() -> None:
    """A request is answered where it was asked."""
    played = _asked(_GET)
    played.logged_in("c2")
    played.got(_RESULT, "c2")
    assert _verdict(_REQUESTS, played) is Verdict.FAIL


def test_what_was_withheld_was_never_asked() -> None:
    """A request that a fault has kept back needs no answer."""
    played = _online()
    played.journal.add(0.0, "c1", None, None, "out", "iq", _GET.encode(), "drop", True)
    played.note(fence="answered")
    assert _verdict(_REQUESTS, played) is None


@pytest.mark.parametrize(
    "request_",
    [
        f"<iq type='set' id='g'><query {ROSTER}/></iq>",
        f"<iq type='get' id='g' from='romeo@strangers.test/x'>{_UNKNOWN}</iq>",
        f"<iq type='get' from='case.test'>{_UNKNOWN}</iq>",
        f"<iq type='get' id='g' from='case.test'>{_UNKNOWN}{_PING}</iq>",
        "<iq type='get' id='g' from='case.test'/>",
        f"<iq type='fetch' id='g' from='case.test'>{_UNKNOWN}</iq>",
        "<iq type='result' id='g' from='case.test'/>",
    ],
)
def test_some_requests_may_be_met_with_silence(request_: str) -> None:
    """Pushes, strangers and broken requests have rules of their own."""
    assert _verdict(_REQUESTS, _asked(request_)) is None


def test_a_contact_has_an_answer_too() -> None:
    """Only strangers may be met with silence."""
    request = f"<iq type='get' id='g' from='romeo@contacts.test/x'>{_UNKNOWN}</iq>"
    assert _verdict(_REQUESTS, _asked(request)) is Verdict.FAIL


_ONCE = "rfc6120/8.2.3/answers-once"


@pytest.mark.parametrize(("answers", "verdict"), [(1, Verdict.PASS), (2, Verdict.FAIL)])
def test_a_request_has_one_answer(answers: int, verdict: Verdict) -> None:
    """The second is one too many."""
    assert _verdict(_ONCE, _asked(_GET, *[_RESULT] * answers)) is verdict


@pytest.mark.parametrize(("answers", "verdict"), [(2, Verdict.PASS), (3, Verdict.FAIL)])
def test_two_requests_with_one_id_have_two_answers(answers: int, verdict: Verdict) -> None:
    """Where the server uses an id again, the client answers again."""
    played = _asked(_GET)
    played.sent(_GET)
    for _ in range(answers):
        played.got(_RESULT)
    assert _verdict(_ONCE, played) is verdict


def test_an_answer_in_each_session_is_one() -> None:
    """Sessions have nothing to do with each other."""
    played = _asked(_GET, _RESULT)
    played.logged_in("c2")
    played.sent(_GET, "c2")
    played.got(_RESULT, "c2")
    assert _verdict(_ONCE, played) is Verdict.PASS


_KNOWN = "rfc6120/8.2.3/answers-what-was-asked"


def test_an_answer_has_the_id_of_a_request() -> None:
    """Who asked under an id wants to see it again."""
    assert _verdict(_KNOWN, _asked(_GET, _RESULT)) is Verdict.PASS
    assert _verdict(_KNOWN, _asked(_GET, "<iq type='result' id='other'/>")) is Verdict.FAIL


def test_an_answer_that_comes_after_a_reconnect_is_known() -> None:
    """A slow client may answer on its next stream what it was asked on the last."""
    played = _asked(_GET)
    played.logged_in("c2")
    played.got(_RESULT, "c2")
    assert _verdict(_KNOWN, played) is Verdict.PASS


def test_an_answer_without_an_id_belongs_to_another_check() -> None:
    """A request without an id can be answered with nothing but an iq without one."""
    assert _verdict(_KNOWN, _asked(_GET, "<iq type='result'/>")) is None


# Answers to pushes

_PUSHES = "rfc6121/2.1.6/answers-pushes"
_JULIET = "<item jid='juliet@contacts.test' subscription='none'/>"


def _push(items: str = _JULIET, sender: str | None = None) -> str:
    from_ = f" from='{sender}'" if sender is not None else ""
    return f"<iq type='set' id='g'{from_}><query {ROSTER} ver='v2'>{items}</query></iq>"


@pytest.mark.parametrize(
    "push",
    [
        _push(),
        _push(sender=Played().scene.me),
        _push("<item jid='juliet@contacts.test' subscription='remove'/>"),
        _push("<item jid='juliet@contacts.test' name='J' subscription='to' ask='subscribe' approved='true'/>"),
        _push("<item jid='juliet@contacts.test'><group>A</group><group>B</group></item>"),
        _push("<item jid='contacts.test' subscription='both'/>"),
    ],
)
def test_a_push_of_a_correct_server_is_answered_with_a_result(push: str) -> None:
    """A result is right; silence or an error breaks a SHOULD."""
    assert _verdict(_PUSHES, _asked(push, _RESULT)) is Verdict.PASS
    assert _verdict(_PUSHES, _asked(push, _REFUSAL)) is Verdict.NON_STRICT
    assert _verdict(_PUSHES, _asked(push)) is Verdict.NON_STRICT
    assert _verdict(_PUSHES, _asked(push, fence=None)) is None


@pytest.mark.parametrize(
    "push",
    [
        _push(sender="romeo@strangers.test"),
        _push(sender="case.test"),
        _push(sender=f"{Played().scene.me}/c1"),
        _push(""),
        _push(_JULIET * 2),
        _push(f"{_JULIET}<more xmlns='urn:x'/>"),
        _push("<item subscription='none'/>"),
        _push("<item jid='@@' subscription='none'/>"),
        _push("<item jid='juliet@contacts.test/balcony' subscription='none'/>"),
        _push("<item jid='Juliet@Contacts.test' subscription='none'/>"),
        _push(f"<item jid='{Played().scene.me}' subscription='none'/>"),
        _push("<item jid='juliet@contacts.test' subscription='sometimes'/>"),
        _push("<item jid='juliet@contacts.test' ask='perhaps'/>"),
        _push("<item jid='juliet@contacts.test' mood='good'/>"),
        _push("<item jid='juliet@contacts.test'><group/></item>"),
        _push("<item jid='juliet@contacts.test'><group>A</group><group>A</group></item>"),
        _push("<item jid='juliet@contacts.test'><more xmlns='urn:x'/></item>"),
        _push(f"<item jid='juliet@contacts.test' name='{'J' * 1024}'/>"),
        _push(f"<item jid='juliet@contacts.test'><group>{'G' * 1024}</group></item>"),
    ],
)
def test_any_other_push_may_be_answered_as_the_client_likes(push: str) -> None:
    """What no correct server sends, or another sender does, is for cases of its own."""
    assert _verdict(_PUSHES, _asked(push)) is None
    assert _verdict(_PUSHES, _asked(push, _REFUSAL)) is None


# Streams

_BEFORE = "rfc6120/7.1/nothing-before-bind"
_BIND = "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>"


def test_a_bind_request_comes_first() -> None:
    """Logins, the request for a resource and the notes of others come before it is bound."""
    played = Played()
    played.got("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>", kind="stream")
    played.note("c1", login=f"{played.scene.me}/c1")
    played.got(_BIND, kind="stream")
    played.got("<presence/>", kind="presence")
    assert _verdict(_BEFORE, played) is Verdict.PASS


@pytest.mark.parametrize("stanza", ["<presence/>", "<message/>", f"<iq type='get' id='r'><query {ROSTER}/></iq>"])
def test_a_stanza_before_it_is_bound_is_one_too_early(stanza: str) -> None:
    """What kind of stanza it is makes no difference."""
    played = Played()
    played.got(stanza, kind="stream")
    assert _verdict(_BEFORE, played) is Verdict.FAIL


def test_a_stanza_before_the_second_login_is_too_early_as_well() -> None:
    """Each stream is looked at."""
    played = _online()
    played.got("<presence/>", "c2", "stream")
    assert _verdict(_BEFORE, played) is Verdict.FAIL


def test_without_a_login_streams_say_nothing() -> None:
    """Nobody has come."""
    assert [_verdict(check, Played()) for check in (_BEFORE, _WELL_FORMED, _STANZAS, _SENDER)] == [None] * 4


_WELL_FORMED, _STANZAS = "rfc6120/11/well-formed", "rfc6120/4.9.3.24/only-stanzas"


@pytest.mark.parametrize(
    ("condition", "check"),
    [
        ("not-well-formed", _WELL_FORMED),
        ("restricted-xml", _WELL_FORMED),
        ("unsupported-stanza-type", _STANZAS),
        ("conflict", None),
        ("system-shutdown", None),
    ],
)
@pytest.mark.parametrize("header", ["", "<stream:stream version='1.0'>"])
def test_a_stream_error_tells_what_the_client_has_sent(condition: str, check: str | None, header: str) -> None:
    """The condition with which the server has ended the stream says which rule was broken, if any."""
    played = _online()
    error = f"<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
    played.sent(f"{header}{error}</stream:stream>", kind="stream")
    failing = [one for one in (_WELL_FORMED, _STANZAS) if _verdict(one, played) is Verdict.FAIL]
    assert failing == ([check] if check is not None else [])


_SENDER = "rfc6120/8.1.2.1/true-sender"


@pytest.mark.parametrize(
    ("sender", "verdict"),
    [
        ("{me}", Verdict.PASS),
        ("{me}/c1", Verdict.PASS),
        ("C-2-1-6-BY-HAND@case.test/c1", Verdict.PASS),
        ("{me}/c2", Verdict.FAIL),
        ("romeo@contacts.test", Verdict.FAIL),
        ("@@", Verdict.FAIL),
    ],
)
def test_a_sender_is_ones_own(sender: str, verdict: Verdict) -> None:
    """The bare and the full JID are, in any spelling; another resource's is not."""
    played = _online()
    played.got(f"<presence from='{sender.format(me=played.scene.me)}'/>", kind="presence")
    assert _verdict(_SENDER, played) is verdict


# Requests


def _sent(*stanzas: str) -> Played:
    played = Played()
    played.note("c1", login=f"{played.scene.me}/c1")
    for stanza in stanzas:
        if stanza.startswith("->"):
            played.sent(stanza[2:])
        else:
            played.got(stanza)
    return played


@pytest.mark.parametrize(
    ("check", "stanza", "verdict"),
    [
        ("rfc6120/8.1.3/iq-has-id", f"<iq type='get' id='x'>{_PING}</iq>", Verdict.PASS),
        ("rfc6120/8.1.3/iq-has-id", f"<iq type='get'>{_PING}</iq>", Verdict.FAIL),
        ("rfc6120/8.1.3/iq-has-id", "<iq type='result' id=''/>", Verdict.FAIL),
        ("rfc6120/8.1.3/iq-has-id", "<presence/>", None),
        ("rfc6120/8.2.3/one-payload", f"<iq type='set' id='x'>{_PING}</iq>", Verdict.PASS),
        ("rfc6120/8.2.3/one-payload", "<iq type='result' id='x'/>", Verdict.PASS),
        ("rfc6120/8.2.3/one-payload", f"<iq type='error' id='x'>{_PING}{_ERROR}</iq>", Verdict.PASS),
        ("rfc6120/8.2.3/one-payload", "<iq type='get' id='x'/>", Verdict.FAIL),
        ("rfc6120/8.2.3/one-payload", f"<iq type='get' id='x'>{_PING}{_UNKNOWN}</iq>", Verdict.FAIL),
        ("rfc6120/8.2.3/one-payload", f"<iq type='fetch' id='x'>{_PING}</iq>", Verdict.FAIL),
        ("rfc6120/8.2.3/one-payload", f"<iq id='x'>{_PING}</iq>", Verdict.FAIL),
        ("rfc6120/8.2.3/one-payload", "<presence/>", None),
    ],
)
def test_an_iq_is_made_as_it_has_to_be(check: str, stanza: str, verdict: Verdict | None) -> None:
    """It has an id and a type, and a request has one payload."""
    assert _verdict(check, _sent(stanza)) is verdict


_REUSED = "rfc6120/8.1.3/ids-not-reused"
_MINE = f"<iq type='get' id='x'>{_PING}</iq>"


@pytest.mark.parametrize(
    ("stanzas", "verdict"),
    [
        ([_MINE], Verdict.PASS),
        ([_MINE, _MINE], Verdict.NON_STRICT),
        ([_MINE, "-><iq type='result' id='x'/>", _MINE], Verdict.PASS),
        ([_MINE, "-><iq type='result' id='y'/>", _MINE], Verdict.NON_STRICT),
        ([_MINE, _MINE.replace("id='x'", "id='y'")], Verdict.PASS),
        ([_MINE, _MINE.replace("type", "to='contacts.test' type")], Verdict.PASS),
        (["<iq type='result' id='x'/>", "<iq type='result' id='x'/>"], None),
    ],
)
def test_an_id_is_free_again_when_the_answer_has_come(stanzas: list[str], verdict: Verdict | None) -> None:
    """Two requests to one address must not wait under one id."""
    assert _verdict(_REUSED, _sent(*stanzas)) is verdict


def test_another_session_has_ids_of_its_own() -> None:
    """Clients that count from one again on each stream do nothing wrong."""
    played = _sent(_MINE)
    played.got(_MINE, "c2")
    assert _verdict(_REUSED, played) is Verdict.PASS


# Roster sets and presence


def _set(items: str) -> str:
    return f"<iq type='set' id='s'><query {ROSTER}>{items}</query></iq>"


@pytest.mark.parametrize(
    ("check", "items", "verdict"),
    [
        ("rfc6121/2.1.5/one-item-in-set", _JULIET, Verdict.PASS),
        ("rfc6121/2.1.5/one-item-in-set", _JULIET * 2, Verdict.FAIL),
        ("rfc6121/2.1.5/one-item-in-set", "", Verdict.FAIL),
        ("rfc6121/2.1.2/forbidden-in-set", "<item jid='a@b' name='A'/>", Verdict.PASS),
        ("rfc6121/2.1.2/forbidden-in-set", "<item jid='a@b' ask='subscribe'/>", Verdict.FAIL),
        ("rfc6121/2.1.2/forbidden-in-set", "<item jid='a@b' approved='false'/>", Verdict.FAIL),
        ("rfc6121/2.1.2.5/subscription-in-set", "<item jid='a@b'/>", Verdict.PASS),
        ("rfc6121/2.1.2.5/subscription-in-set", "<item jid='a@b' subscription='remove'/>", Verdict.PASS),
        ("rfc6121/2.1.2.5/subscription-in-set", "<item jid='a@b' subscription='both'/>", Verdict.NON_STRICT),
        ("rfc6121/2.3.3/groups-in-set", "<item jid='a@b'><group>A</group><group>B</group></item>", Verdict.PASS),
        (
            "rfc6121/2.3.3/groups-in-set",
            "<item jid='a@b'><group>A</group><group>A</group></item>",
            Verdict.NON_STRICT,
        ),
        ("rfc6121/2.3.3/groups-in-set", "<item jid='a@b'><group/></item>", Verdict.NON_STRICT),
    ],
)
def test_a_roster_set_holds_what_it_may(check: str, items: str, verdict: Verdict) -> None:
    """One item, with a name and groups, or with the order to remove it."""
    assert _verdict(check, _sent(_set(items))) is verdict
    assert _verdict(check, _sent(_MINE)) is None


@pytest.mark.parametrize(
    ("presence", "verdict"),
    [
        ("<presence/>", Verdict.PASS),
        ("<presence><show>away</show><priority>-128</priority><status>Out</status></presence>", Verdict.PASS),
        ("<presence><priority> +127\n</priority></presence>", Verdict.PASS),
        ("<presence type='unavailable'/>", Verdict.PASS),
        ("<presence type='subscribe' to='a@b'><show xmlns='urn:x'>me</show></presence>", Verdict.PASS),
        ("<presence type='available'/>", Verdict.FAIL),
        ("<presence type=''/>", Verdict.FAIL),
        ("<presence><show>online</show></presence>", Verdict.FAIL),
        ("<presence><show/></presence>", Verdict.FAIL),
        ("<presence><priority>128</priority></presence>", Verdict.FAIL),
        ("<presence><priority>high</priority></presence>", Verdict.FAIL),
        ("<presence><priority/></presence>", Verdict.FAIL),
        (_MINE, None),
    ],
)
def test_presence_has_the_values_that_there_are(presence: str, verdict: Verdict | None) -> None:
    """Type, show and priority are looked at, and what belongs to other namespaces is not."""
    assert _verdict("rfc6121/4.7/valid-presence", _sent(presence)) is verdict


def test_probes_are_for_servers() -> None:
    """A client that sends one breaks a SHOULD NOT."""
    assert _verdict("rfc6121/4.3/sends-no-probe", _sent("<presence/>")) is Verdict.PASS
    assert _verdict("rfc6121/4.3/sends-no-probe", _sent("<presence type='probe' to='a@b'/>")) is Verdict.NON_STRICT
    assert _verdict("rfc6121/4.3/sends-no-probe", _sent(_MINE)) is None


# Plays


def _everything(scene: Scene) -> Script:
    yield from online()
    yield from pushed("push", item(scene.newcomer, name="Newcomer", subscription="none"))
    yield Say(iq("get", "unknown", _UNKNOWN, scene.domain), "unknown")
    yield Fence()
    yield from obeyed("regroup", jid=scene.friend, group="New")


_CASE = Case(
    "rfc6121/2.1/everything", Level.MUST, "R.", "C.", "D.", "W.", _everything, lambda _: passed("It is over.")
)
#: Which check is there for which mutant.
_CATCHES = {
    "answers-no-pings": _REQUESTS,
    "answers-twice": _ONCE,
    "answers-under-its-own-id": _KNOWN,
    "answers-no-pushes": _PUSHES,
    "refuses-pushes": _PUSHES,
    "speaks-before-bind": _BEFORE,
    "escapes-nothing": _WELL_FORMED,
    "sends-comments": _WELL_FORMED,
    "says-what-was-not-offered": _STANZAS,
    "uses-another-name": _SENDER,
    "has-no-id": "rfc6120/8.1.3/iq-has-id",
    "has-one-id-for-two": _REUSED,
    "asks-for-nothing": "rfc6120/8.2.3/one-payload",
    "edits-ask": "rfc6121/2.1.2/forbidden-in-set",
    "edits-approved": "rfc6121/2.1.2/forbidden-in-set",
    "edits-subscription": "rfc6121/2.1.2.5/subscription-in-set",
    "probes": "rfc6121/4.3/sends-no-probe",
    "shows-online": "rfc6121/4.7/valid-presence",
    "is-important": "rfc6121/4.7/valid-presence",
}


def _checked(client: type[ScriptedClient]) -> dict[str, Any]:
    evidence = play_in_memory(_CASE, client).evidence()
    found = {check.id: check.judge(evidence) for check in CHECKS}
    return {name: finding.verdict for name, finding in found.items() if finding is not None}


def test_the_model_passes_every_check() -> None:
    """The scripted client breaks none of the rules, and one play is enough to see all of them."""
    assert _checked(ScriptedClient) == {check.id: Verdict.PASS for check in CHECKS}


@pytest.mark.parametrize("mutant", _CLIENTS)
def test_each_mutant_is_seen_by_its_check(mutant: str) -> None:
    """Whoever breaks a rule everywhere is caught in any play."""
    assert _checked(_CLIENTS[mutant])[_CATCHES[mutant]] in (Verdict.FAIL, Verdict.NON_STRICT)
