"""The cases about bytes and XML, with whatever a server says."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from served import Told
from streamed import END, OVER, error, features, header, heard, raw

from rosterkit.conformance.probing.memory import play_in_memory
from rosterkit.conformance.server.cases import streams_bytes, streams_xml
from rosterkit.conformance.server.steps import Await, Enter, Entered
from rosterkit.conformance.verdicts import Finding, Verdict

CASES = (*streams_xml.CASES, *streams_bytes.CASES)
_BY_NAME = {case.id.rpartition("/")[2]: case for case in CASES}
PASS, NON_STRICT, FAIL = Verdict.PASS, Verdict.NON_STRICT, Verdict.FAIL


# What a case plays


def test_what_is_wrong_is_wrong_on_the_wire():
    """Half of a pair goes out as bytes that no decoder of UTF-8 takes."""
    (said,) = [one for one in play_in_memory(_BY_NAME["no-utf-8"]).entries if b"wrong" in one.data]
    with pytest.raises(UnicodeDecodeError):
        said.data.decode()


def test_every_byte_comes_by_itself():
    """So that each place is one where a packet ends; and nothing is said behind the last one."""
    apart = [one.data for one in play_in_memory(_BY_NAME["in-pieces"]).entries if one.direction == "out"]
    pieces = [data for data in apart if len(data) == 1]
    assert b"".join(pieces).startswith(b"<iq type='get' id='one'")
    assert b"".join(pieces).endswith(b"</iq>")
    last = [one for one in play_in_memory(_BY_NAME["last-byte"]).entries if one.direction != "note"][-2:]
    assert [one.direction for one in last] == ["out", "in"]


def test_the_end_of_a_line_that_is_cut_is_seen():
    """No ping tells when a server knows of it; the unavailable presence that it sends then does."""
    people, jid = Told().people, "juliet@capulet.test/me"
    script = _BY_NAME["cut-off"].script(people)
    step = next(script)
    while not isinstance(step, Await):
        step = script.send(Entered(jid, "") if isinstance(step, Enter) else None)
    gone, other = (
        Told().came("look", f"<presence type='unavailable' from='{jid}{end}'/>").evidence().seen[0]
        for end in ("", "2")
    )
    assert (step.line, step.match(gone), step.match(other)) == ("look", True, False)


def test_where_a_stream_is_bytes():
    """Packets mean nothing over a WebSocket, its frames are UTF-8, and nothing stands before the header."""
    assert {name for name, case in _BY_NAME.items() if "websocket" in case.transports} == {
        "comment", "instruction", "entity", "not-well-formed", "undeclared-prefix",
    }  # fmt: skip


# Judges


_MESSAGE = "<message id='wrong' from='juliet@capulet.test/me' to='juliet@capulet.test/look'/>"
_REFUSED = (
    "<message id='wrong' type='error'><error type='modify'>"
    "<{} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>"
)


def wrong(*came: str, over: str = OVER, look: Sequence[str] = ()) -> Told:
    """What came after something wrong was said, on its line and where it was to go."""
    told = heard(Told().note("me", may_end=True).mark("wrong").said("me", _MESSAGE), "me", *came, over=over)
    return heard(told, "look", *look)


@pytest.mark.parametrize(
    ("name", "came", "over", "look", "verdict"),
    [
        ("comment", (error("restricted-xml"),), OVER, (), PASS),
        ("comment", (error("bad-format"),), OVER, (), PASS),
        ("comment", (error("policy-violation"),), OVER, (), NON_STRICT),
        ("comment", (), OVER, (), NON_STRICT),
        ("comment", (), "", (), FAIL),
        ("comment", (), "", (_MESSAGE,), FAIL),
        ("comment", (error("restricted-xml"),), OVER, (_MESSAGE,), FAIL),
        ("entity", (error("not-well-formed"),), OVER, (), PASS),
        ("not-well-formed", (error("invalid-xml"),), OVER, (), PASS),
        ("no-utf-8", (error("unsupported-encoding"),), OVER, (), PASS),
        ("undeclared-prefix", (error("not-well-formed"),), OVER, (), PASS),
        ("undeclared-prefix", (error("bad-namespace-prefix"),), OVER, (), PASS),
        ("undeclared-prefix", (_REFUSED.format("not-acceptable"),), "", (), PASS),
        ("undeclared-prefix", (_REFUSED.format("bad-request"),), "", (), NON_STRICT),
        ("undeclared-prefix", (_REFUSED.format("not-acceptable"),), "", (_MESSAGE,), NON_STRICT),
        ("undeclared-prefix", (), "", (_MESSAGE,), FAIL),
        ("undeclared-prefix", (), "", (), FAIL),
    ],
)
def test_how_a_stanza_is_refused(name: str, came: Sequence[str], over: str, look: Sequence[str], verdict: Verdict):
    """The end of the stream is a MUST and its condition a SHOULD; a prefix may cost the stanza only."""
    assert _BY_NAME[name].judge(wrong(*came, over=over, look=look).evidence()).verdict is verdict


@pytest.mark.parametrize(
    ("came", "over", "verdict"),
    [
        ((header(), error("unsupported-encoding")), OVER, PASS),
        ((header(), error("not-well-formed")), OVER, PASS),
        ((header(), error("internal-server-error")), OVER, NON_STRICT),
        ((END,), OVER, NON_STRICT),
        ((header(), features()), "", NON_STRICT),
        ((), "", NON_STRICT),
    ],
)
def test_how_another_encoding_is_refused(came: Sequence[str], over: str, verdict: Verdict):
    """No offers should come: what is said in UTF-8 all the same can be read."""
    assert _BY_NAME["other-encoding"].judge(raw("wrong", *came, over=over)).verdict is verdict


def pong(*ids: str) -> Finding:
    """What is said of these answers to three requests in one packet."""
    told = heard(Told().mark("event"), "me", *(f"<iq type='result' id='{id_}'/>" for id_ in ids))
    return _BY_NAME["in-one-packet"].judge(told.evidence())


@pytest.mark.parametrize(
    ("ids", "verdict"),
    [
        (["one", "two", "three"], PASS),
        (["one", "news", "two", "three"], PASS),
        (["two", "one", "three"], NON_STRICT),
        (["one", "one", "two", "three"], NON_STRICT),
        (["one", "two"], FAIL),
        ([], FAIL),
    ],
)
def test_what_answers_are_wanted(ids: Sequence[str], verdict: Verdict):
    """One for each is a MUST, their order a SHOULD."""
    assert pong(*ids).verdict is verdict
