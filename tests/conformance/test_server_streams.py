"""The cases about how streams begin and end, and about TLS, with whatever a server says."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from served import CONTACT, ME, Told
from streamed import END, OVER, REQUIRED, STARTTLS, error, features, header, heard, mechanisms, raw, step

from rosterkit.conformance.probing.memory import play_in_memory
from rosterkit.conformance.server.cases import streams, streams_ends, streams_refused, streams_tls
from rosterkit.conformance.server.cases.streams_seen import headers
from rosterkit.conformance.server.cases.streams_steps import header as client_header
from rosterkit.conformance.verdicts import Finding, Verdict
from rosterkit.wire.framed import messages

CASES = (*streams.CASES, *streams_refused.CASES, *streams_ends.CASES, *streams_tls.CASES)
_BY_NAME = {case.id.rpartition("/")[2]: case for case in CASES}
PASS, INFO, NON_STRICT, FAIL = Verdict.PASS, Verdict.INFO, Verdict.NON_STRICT, Verdict.FAIL


# What a case plays


def test_a_header_is_one_on_a_websocket_too():
    """What stands for it there is made from the first bytes, which must be the usual ones (RFC 7395 §3.3)."""
    for text in (client_header("a.test"), client_header(None, version=None), client_header("a.test", sender=ME)):
        assert messages(text.encode())[0].startswith(b"<open ")


def test_namespaces_are_seen_where_they_are_not_the_usual_ones():
    """The journal has no namespaces on headers but those; an element knows both."""
    usual, other = header(from_="capulet.test", id="1"), header(xmlns="a:b", xmlns_stream="c:d")
    evidence = raw("open", usual, other, "<stream:stream")
    (first, _), (second, _) = headers(evidence, "raw", "open")
    assert (first.nsmap[None], first.prefix, first.get("id")) == ("jabber:client", "stream", "1")
    assert (second.nsmap[None], second.tag) == ("a:b", "{c:d}stream")


def test_starttls_is_taken_where_a_case_is_about_it():
    """Both ends go on as if there were TLS, on a new stream with other offers."""
    sent = [entry.data for entry in play_in_memory(_BY_NAME["not-again"]).entries if entry.direction == "in"]
    _, before, proceed, _, behind = sent
    assert b"<starttls" in before
    assert b"<proceed" in proceed
    assert b"<mechanism>" in behind


def test_where_a_stream_is_bytes():
    """Over a WebSocket nobody can choose the root; STARTTLS is offered where TLS comes on the way."""
    assert {name for name, case in _BY_NAME.items() if "websocket" not in case.transports} == {
        "header-namespaces", "other-root", "other-content", "only-tls", "not-again", "in-the-open",
    }  # fmt: skip
    assert all("tls" in case.transports for case in (*streams.CASES, *streams_refused.CASES, *streams_ends.CASES))


# Judges of the header


@pytest.mark.parametrize(
    ("name", "came", "verdict"),
    [
        ("header-from", header(from_="Capulet.Test"), PASS),
        ("header-from", header(from_="xmpp1.capulet.test"), PASS),  # another of its names
        ("header-from", header(from_=""), FAIL),
        ("header-to", header(to="Juliet@capulet.test"), PASS),
        ("header-to", header(to=CONTACT), FAIL),
        ("header-to", header(), FAIL),
        ("header-lang", header(xml_lang="it"), PASS),
        ("header-lang", header(), FAIL),
        ("header-version", header(version="1.0"), PASS),
        ("header-version", header(version="1.00"), PASS),
        ("header-version", header(version="0.9"), FAIL),
        ("header-namespaces", header(xmlns="jabber:server"), FAIL),
        ("header-namespaces", header(xmlns_stream="urn:example:other"), FAIL),
        ("from-of-unknown-host", header(from_=""), PASS),
        ("from-of-unknown-host", header(from_="capulet.test"), PASS),
        ("from-of-unknown-host", header(from_="Unknown.invalid"), NON_STRICT),
        ("from-of-unknown-host", header(), NON_STRICT),
    ],
)
def test_what_a_header_says(name: str, came: str, verdict: Verdict):
    """Domains and JIDs are compared as such; a server may have several names."""
    assert _BY_NAME[name].judge(raw("open", came)).verdict is verdict


@pytest.mark.parametrize("name", ["header-from", "header-version", "offers", "header-before-error"])
def test_without_a_header_there_is_nothing_right_about_it(name: str):
    """The end is told."""
    finding = _BY_NAME[name].judge(raw("open", over=OVER))
    assert finding.verdict is FAIL
    assert OVER in finding.words


@pytest.mark.parametrize(
    ("came", "verdict"),
    [
        ((header(version="1.0"), features()), PASS),
        ((header(version="1.99"), features()), NON_STRICT),
        ((header(version="1.0"), error("unsupported-version")), FAIL),
    ],
)
def test_a_newer_client_is_served(came: Sequence[str], verdict: Verdict):
    """In the server's own version."""
    assert _BY_NAME["newer-client"].judge(raw("open", *came)).verdict is verdict


@pytest.mark.parametrize(
    ("ids", "verdict"), [(["a", "b", "c"], PASS), (["a", "b", "a"], FAIL), (["a", "", "b"], FAIL)]
)
def test_ids_are_compared_over_all_streams(ids: Sequence[str], verdict: Verdict):
    """Two on one connection, and one on another."""
    told = heard(Told(), "me", header(id=ids[0]), header(id=ids[1]))
    assert _BY_NAME["other-ids"].judge(heard(told, "me-2", header(id=ids[2])).evidence()).verdict is verdict


def test_offers_behind_a_login_are_judged_where_there_was_one():
    """A login that failed for another reason says nothing about them."""
    case = _BY_NAME["offers-again"]
    refused = Told().note(refused="No mechanism.")
    assert case.judge(refused.evidence()) == Finding(Verdict.INCONCLUSIVE, "No mechanism.")
    won = heard(Told(), "me", features(mechanisms("PLAIN")), step("success"), header())
    assert case.judge(won.evidence()).verdict is FAIL
    assert case.judge(heard(won, "me", features()).evidence()).verdict is PASS


# Judges of headers that are refused


@pytest.mark.parametrize(
    ("name", "came", "over", "verdict"),
    [
        ("unknown-host", (header(), error("host-unknown")), OVER, PASS),
        ("unknown-host", (header(), error("host-gone")), OVER, PASS),
        ("unknown-host", (header(), error("improper-addressing")), OVER, NON_STRICT),
        ("unknown-host", (header(), "<error xmlns='http://etherx.jabber.org/streams'/>"), OVER, NON_STRICT),
        ("unknown-host", (), OVER, NON_STRICT),
        ("unknown-host", (header(),), "", FAIL),
        ("unknown-host", (header(), features()), "", FAIL),
        ("unknown-host", (header(), features(), error("host-unknown")), OVER, FAIL),
        ("other-root", (header(), error("bad-format")), OVER, PASS),
        ("other-root", (header(), features()), "", FAIL),
        ("other-content", (header(), features()), "", NON_STRICT),
        ("other-content", (header(),), "", NON_STRICT),
        ("no-to", (header(), features(), END), OVER, INFO),
        ("no-to", (header(), error("improper-addressing")), OVER, INFO),
        ("no-version", (header(), END), OVER, INFO),
        ("no-version", (), "", INFO),
    ],
)
def test_how_a_stream_is_refused(name: str, came: Sequence[str], over: str, verdict: Verdict):
    """An error is a MUST where the RFC says so, its condition a SHOULD."""
    assert _BY_NAME[name].judge(raw("open", *came, over=over)).verdict is verdict


def test_words_say_what_came():
    """A reader of the report need not look into the dialogue."""
    took = _BY_NAME["no-to"].judge(raw("open", header(), features()))
    assert took.words == "The server takes it and offers its stream features."
    ended = _BY_NAME["no-version"].judge(raw("open", header(), over=OVER))
    assert ended.words == f"The server offers nothing. {OVER}"


# Judges of what comes too early, and of the end


_MESSAGE = "<message id='early' from='juliet@capulet.test'><body>Is anybody there?</body></message>"
_RETURNED = (
    "<message id='early' type='error'><error type='cancel'>"
    "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
)


def early(*came: str, over: str = OVER, look: str = "") -> Finding:
    """What is said of a message before its time, of which ``look`` is what came at the other end."""
    told = heard(Told().mark("early", "raw").said("raw", _MESSAGE), "raw", *came, over=over)
    return _BY_NAME["before-bind"].judge(heard(told, "look", *([look] if look else [])).evidence())


@pytest.mark.parametrize(
    ("came", "over", "look", "verdict"),
    [
        ((error("not-authorized"),), OVER, "", PASS),
        ((), OVER, "", PASS),  # it hangs up
        ((error("not-authorized"),), OVER, "<message from='capulet.test'/>", PASS),
        ((error("policy-violation"),), OVER, "", NON_STRICT),
        ((_RETURNED, END), OVER, "", NON_STRICT),
        ((END,), OVER, "", NON_STRICT),
        ((), "", "", NON_STRICT),
        ((error("not-authorized"),), OVER, _MESSAGE, FAIL),
        ((END,), OVER, "<message from='juliet@capulet.test/x'/>", FAIL),
    ],
)
def test_what_comes_too_early(came: Sequence[str], over: str, look: str, verdict: Verdict):
    """Delivering it breaks a MUST; the end of the stream, and its condition, are SHOULDs."""
    assert early(*came, over=over, look=look).verdict is verdict


@pytest.mark.parametrize(("came", "over", "verdict"), [((END,), OVER, PASS), ((), OVER, NON_STRICT), ((), "", FAIL)])
def test_how_an_end_is_answered(came: Sequence[str], over: str, verdict: Verdict):
    """With an end; hanging up is one that comes without a word."""
    evidence = heard(Told().mark("end"), "me", *came, over=over).evidence()
    assert _BY_NAME["answered"].judge(evidence).verdict is verdict


def test_what_is_no_stanza_may_end_the_stream_or_not():
    """The report says which."""
    case = _BY_NAME["no-stanza"]
    said = [
        case.judge(heard(Told().mark("letter"), "me", *came, over=over).evidence())
        for came, over in (((error("unsupported-stanza-type"),), OVER), ((), OVER), ((), ""))
    ]
    assert {finding.verdict for finding in said} == {INFO}
    assert len({finding.words for finding in said}) == 3


# Judges of TLS


@pytest.mark.parametrize(
    ("before", "only", "loud"),
    [
        (features(REQUIRED), PASS, "No login"),
        (features(STARTTLS), PASS, "No login"),
        (features(STARTTLS, mechanisms("SCRAM-SHA-1")), PASS, "SCRAM-SHA-1."),  # it is not required
        (features(STARTTLS, mechanisms("SCRAM-SHA-1", "PLAIN")), PASS, "in the open"),
        (features(REQUIRED, mechanisms("PLAIN")), NON_STRICT, "in the open"),
        (features(REQUIRED, "<register xmlns='r'/>"), NON_STRICT, "No login"),
    ],
)
def test_what_is_offered_before_tls(before: str, only: Verdict, loud: str):
    """Where TLS is required nothing should stand beside it; elsewhere anything may."""
    evidence = heard(Told(), "me", before, features(mechanisms("PLAIN"))).evidence()
    assert _BY_NAME["only-tls"].judge(evidence).verdict is only
    assert loud in _BY_NAME["in-the-open"].judge(evidence).words


def test_nothing_is_said_where_tls_did_not_come():
    """It takes the offers of both streams."""
    evidence = heard(Told(), "me", features(STARTTLS)).evidence()
    for name in ("not-again", "only-tls"):
        assert _BY_NAME[name].judge(evidence).verdict is Verdict.INCONCLUSIVE
