"""Answers as values: kind, id, addresses and body of results and errors."""

from __future__ import annotations

import pytest
from lxml import etree

from rosterkit.core import jid, replies
from rosterkit.core.stanza import IQ_TYPES, MESSAGE_TYPES, PRESENCE_TYPES, Iq, Message, Presence, Stanza
from rosterkit.errors import BAD_REQUEST, FORBIDDEN, SERVICE_UNAVAILABLE, ApplicationCondition

ONE, OTHER = jid.parse("juliet@localhost/a"), jid.parse("romeo@localhost")
STANZAS = "{urn:ietf:params:xml:ns:xmpp-stanzas}"


def test_a_result_goes_back_with_the_id() -> None:
    """A result has the id of its iq and the addresses exchanged (RFC 6120 §8.2.3)."""
    result = replies.result(Iq("get", "q1", OTHER, ONE), b"<x xmlns='urn:x'/>")
    assert (result.type, result.id, result.to, result.sender) == ("result", "q1", ONE, OTHER)
    assert result.body == b"<x xmlns='urn:x'/>"


def test_the_answer_to_a_stanza_without_to_has_no_from() -> None:
    """What was asked of one's own account is answered from nobody (RFC 6120 §8.1.2.1)."""
    assert replies.result(Iq("get", "q1", None, ONE)).sender is None


@pytest.mark.parametrize(("kind", "type"), [(Iq, "set"), (Presence, ""), (Message, "chat")])
def test_an_error_is_of_the_same_kind(kind: type[Stanza], type: str) -> None:
    """An error has the kind and id of the stanza that it answers, and the addresses exchanged (RFC 6120 §8.3.1)."""
    error = replies.error(kind(type, "1", OTHER, ONE), SERVICE_UNAVAILABLE)
    assert isinstance(error, kind)
    assert (error.type, error.id, error.to, error.sender) == ("error", "1", ONE, OTHER)


def test_the_body_of_an_error() -> None:
    """`<error/>` carries its type, one condition and, where there is one, a sentence in English (RFC 6120 §8.3.2)."""
    bare, saying = (etree.fromstring(replies.error_body(e)) for e in (FORBIDDEN, BAD_REQUEST.saying("a < b & c")))
    assert (bare.tag, bare.get("type"), [child.tag for child in bare]) == ("error", "auth", [STANZAS + "forbidden"])
    assert [child.tag for child in saying] == [STANZAS + "bad-request", STANZAS + "text"]
    assert saying[1].text == "a < b & c"
    assert saying[1].get("{http://www.w3.org/XML/1998/namespace}lang") == "en"


def test_an_application_has_a_condition_of_its_own() -> None:
    """It stands last, in its own namespace (RFC 6120 §8.3.2)."""
    reason = FORBIDDEN.saying("No.")._replace(application=ApplicationCondition("urn:x", "because"))
    assert [child.tag for child in etree.fromstring(replies.error_body(reason))] == [
        STANZAS + "forbidden", STANZAS + "text", "{urn:x}because"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "types"), [(Iq, IQ_TYPES), (Message, MESSAGE_TYPES), (Presence, PRESENCE_TYPES | {""})]
)
def test_what_may_be_answered(kind: type[Stanza], types: frozenset[str]) -> None:
    """Everything may but errors, and the result of an iq (RFC 6120 §8.3.1, §8.2.3)."""
    refused = {name for name in types if not replies.may_be_answered(kind(name))}
    assert refused == ({"error", "result"} if kind is Iq else {"error"})


def test_an_iq_of_an_unknown_type_may_be_answered() -> None:
    """A wrong type is the sender's error, which it is told (RFC 6120 §8.2.3)."""
    assert replies.may_be_answered(Iq("nonsense"))
