"""XML out of scripts and orders: as strict as a stream, and fit to be put into one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rosterkit.core.stanza import Iq, Message, Presence
from rosterkit.wire import encode, fragments

NICK = "<nick xmlns='http://jabber.org/protocol/nick'>N</nick>"


@pytest.mark.parametrize(
    ("text", "xml"),
    [
        ("", ""),
        (" \n", ""),
        (NICK, NICK),
        (f"  {NICK}\n  <x xmlns='y'/> ", f"{NICK}<x xmlns='y'/>"),
        ("<status>here</status>", "<status>here</status>"),
        ("<status xmlns='jabber:client'>here</status>", "<status>here</status>"),
        ('<p:a xmlns:p="q" b="&quot;"><p:c/></p:a>', "<a xmlns='q' b='\"'><c/></a>"),
        ("<x xmlns='y'><z xmlns='jabber:client'/></x>", "<x xmlns='y'><z xmlns='jabber:client'/></x>"),
    ],
)  # fmt: skip
def test_children_become_canonical(text: str, xml: str) -> None:
    """Elements that mean the same in any stream; space between them is nothing."""
    assert fragments.children(text).decode() == xml


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hello", "text outside the elements"),
        ("<a/>hello<b/>", "text outside the elements"),
        ("<a>", "</presence> stands where only </a> may"),
        ("</presence><presence>", "not one whole element"),
        ("</presence></s><s><presence>", "follow the end of a stream"),
        ("<p:a/>", "Namespace prefix p"),
        ("<a b='1' b='2'/>", "Attribute b redefined"),
        ("<!-- x -->", "comments"),
        ("<?x?>", "processing instruction"),
        ("<!DOCTYPE x>", "."),
        ("&nbsp;", "five entities"),
        ("<show>away</show>", "show or a priority"),
        ("<priority xmlns='jabber:client'>1</priority>", "show or a priority"),
        ("\x00", "."),
        ("<a>\ud800</a>", "half a character"),
        ("<a>" * 1000 + "</a>" * 1000, "."),
    ],
)
def test_what_a_stream_would_refuse_is_refused(text: str, said: str) -> None:
    """A ValueError with a sentence, so that nobody's stream ends by a script (RFC 6120 §11)."""
    with pytest.raises(ValueError, match=said):
        fragments.children(text)


def test_a_whole_stanza() -> None:
    """Any of the three kinds; what is wrong with the header of one stands in it."""
    iq = fragments.stanza("<iq type='get' id='1' to='a@b/c'><query xmlns='jabber:iq:version'/></iq>")
    assert isinstance(iq, Iq) and iq.child is not None and iq.child.tag == "{jabber:iq:version}query"
    message = fragments.stanza(" <message to='A@B'><body>hi</body></message>\n")
    assert isinstance(message, Message) and (str(message.to), message.body) == ("a@b", b"<body>hi</body>")
    presence = fragments.stanza("<presence xmlns='jabber:client'><priority>300</priority></presence>")
    assert isinstance(presence, Presence) and presence.fault is not None


@pytest.mark.parametrize(
    "text", ["", "x", "<a/>", "<presence/><presence/>", "<presence xmlns='x'/>", "<presence/></s>", "<presence>"]
)
def test_what_is_not_one_stanza_is_refused(text: str) -> None:
    """None, two, half a one, or something else."""
    with pytest.raises(ValueError):
        fragments.stanza(text)


@given(st.text() | st.text(st.sampled_from("<>/a='& !-?:"), max_size=30))
def test_whatever_is_taken_can_be_sent(text: str) -> None:
    """It is taken again as it was given, and inside a stanza it is that stanza's."""
    try:
        children = fragments.children(text)
    except ValueError:
        return
    assert fragments.children(children.decode()) == children
    assert fragments.stanza(encode.stanza(Message(body=children), None).decode()).body == children
