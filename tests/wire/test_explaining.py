"""A stanza that has passed finds the rule that it falls under."""

from __future__ import annotations

import pytest

from rosterkit.core.journal import Entry
from rosterkit.core.rules import RULES
from rosterkit.wire.explaining import explain, request_of

SUBSCRIPTIONS = ("subscribe", "subscribed", "unsubscribe", "unsubscribed")
Q = "<query xmlns='jabber:iq:roster'"
GET = f"<iq type='get' id='1'>{Q}/></iq>"
VERSIONED = f"<iq type='get' id='1'>{Q} ver='v1'/></iq>"
SET = f"<iq type='set' id='1'>{Q}><item jid='a@b'/></query></iq>"
REMOVE = f"<iq type='set' id='1'>{Q}><item jid='a@b' subscription='remove'/></query></iq>"
RESULT = f"<iq type='result' id='1'>{Q}/></iq>"
EMPTY = "<iq type='result' id='1'/>"
ERROR = "<iq type='error' id='1'><error type='cancel'/></iq>"
PING = "<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>"


def entry(direction: str, xml: str, number: int = 2, session: str = "c1", kind: str = "iq") -> Entry:
    """What has passed on a session."""
    return Entry(number, 0.0, session, "j@a", "j@a/r", direction, kind, xml.encode())


ALONE = [
    ("in", GET, "roster-get"),
    ("in", VERSIONED, "versioned-get"),
    ("in", SET, "roster-set"),
    ("in", REMOVE, "roster-remove"),
    ("out", SET, "push"),
    ("out", REMOVE, "push"),
    ("out", RESULT, "roster-result"),
    ("out", EMPTY, "iq"),
    ("out", ERROR, "iq-error"),
    ("in", PING, "ping"),
    ("in", "<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", "bind"),
    ("in", "<iq type='get' id='1'><x xmlns='urn:nobody'/></iq>", "iq"),
    ("in", "<iq type='get' id='1'/>", "iq"),
    ("in", "<presence/>", "available"),
    ("in", "<presence to='a@b'/>", "directed"),
    ("out", "<presence from='a@b/r' to='j@a'/>", "available-told"),
    ("in", "<presence type='unavailable'/>", "unavailable"),
    ("out", "<presence type='unavailable' from='a@b/r'/>", "unavailable-told"),
    ("in", "<presence type='probe' to='a@b'/>", "probe"),
    ("out", "<presence type='error' from='a@b'/>", "presence-error"),
    ("in", "<presence type='odd'/>", "other"),
    *(("in", f"<presence type='{kind}' to='a@b'/>", f"{kind}-out") for kind in SUBSCRIPTIONS),
    *(("out", f"<presence type='{kind}' from='a@b'/>", f"{kind}-in") for kind in SUBSCRIPTIONS),
    ("in", "<message to='a@b'><body>x</body></message>", "message"),
    ("in", "<oops", "other"),
    ("out", f"<iq type='set' id='1'>{Q}>", "other"),
]  # fmt: skip


@pytest.mark.parametrize(("direction", "xml", "name"), ALONE)
def test_a_stanza_finds_its_rule(direction: str, xml: str, name: str) -> None:
    """By its name, its type, its content and its direction; half a stanza finds the one for what nobody knows."""
    assert explain(entry(direction, xml)) == name
    assert name in RULES


ANSWERS = [
    ("in", GET, RESULT, "roster-result"),
    ("in", VERSIONED, RESULT, "roster-result"),
    ("in", VERSIONED, EMPTY, "unchanged"),
    ("in", SET, EMPTY, "set-taken"),
    ("in", SET, ERROR, "set-refused"),
    ("in", REMOVE, EMPTY, "removed"),
    ("in", REMOVE, ERROR, "remove-refused"),
    ("in", GET, ERROR, "iq-error"),
    ("out", SET, EMPTY, "push-answer"),
    ("out", SET, ERROR, "push-refused"),
    ("in", PING, EMPTY, "ping"),
    ("in", PING, ERROR, "iq-error"),
]


@pytest.mark.parametrize(("direction", "asking", "answer", "name"), ANSWERS)
def test_an_answer_finds_the_rule_of_what_was_asked(direction: str, asking: str, answer: str, name: str) -> None:
    """The same empty result means something else after a set, a push and a versioned get."""
    asked = entry(direction, asking, 1)
    answered = entry("out" if direction == "in" else "in", answer)
    assert request_of(answered, [asked]) is asked
    assert explain(answered, asked) == name
    assert name in RULES


@pytest.mark.parametrize(
    "other",
    [
        entry("out", SET, 1, session="c2"),
        entry("in", SET, 1),
        entry("out", SET.replace("'1'", "'2'"), 1),
        entry("out", EMPTY, 1),
        entry("note", SET, 1),
    ],
)
def test_what_was_not_asked_is_not_answered(other: Entry) -> None:
    """Another session, the same direction, another id, an answer and a note are no request of it."""
    assert request_of(entry("in", EMPTY), [other]) is None


def test_the_newest_request_with_the_id_is_the_one() -> None:
    """Ids may come again."""
    older, newer = entry("out", SET, 1), entry("out", REMOVE, 2)
    assert request_of(entry("in", EMPTY, 3), [older, newer]) is newer


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"<?xml version='1.0'?><stream:stream to='a'>", "stream"),
        (b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>", "tls"),
        (b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>...</auth>", "sasl"),
        (b"<stream:error><conflict/></stream:error></stream:stream>", "stream-error"),
        (b"</stream:stream>", "stream-end"),
        (b"<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>", "stream-end"),
        (b"", "stream"),
    ],
)
def test_streams_have_the_rule_of_their_phase(data: bytes, name: str) -> None:
    """Header, TLS, login, error, end."""
    assert explain(entry("in", data.decode(), kind="stream")) == name


def test_a_note_has_no_rule() -> None:
    """What was decided is no stanza."""
    assert explain(entry("note", "")) is None
