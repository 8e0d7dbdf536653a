"""Elements to stanzas: what a header says, what is wrong with it, and the canonical bytes of what it carries."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from streams import CLIENT, COMPONENT, TEXTS, TREES, element, elements, numbered, tree, written

from rosterkit.core import jid
from rosterkit.core.stanza import Iq, Message, Presence
from rosterkit.wire import decode
from rosterkit.wire.decode import MALFORMED_SENDER


def stanza(data: bytes, namespace: str = CLIENT, lang: str | None = None) -> Any:
    """The stanza that ``data`` is."""
    return decode.stanza(element(data, namespace), lang)


def fault(data: bytes) -> str | None:
    """The condition of what is wrong with ``data``; whatever is wrong is said in a sentence."""
    found = stanza(data).fault
    assert found is None or found.text.endswith(".")
    return found.condition if found else None


# Headers


def test_a_header_is_read_alike_in_every_kind() -> None:
    """Type, id, addresses and language are the attributes of any stanza."""
    attributes = b"type='error' id='i&apos;1' to='Romeo@Example.net/o' from='juliet@example.com' xml:lang='de'"
    for name, kind in ((b"iq", Iq), (b"presence", Presence), (b"message", Message)):
        value = stanza(b"<%b %b/>" % (name, attributes))
        assert type(value) is kind
        assert (value.type, value.id, value.lang, value.body) == ("error", "i'1", "de", b"")
        assert value.to == jid.parse("romeo@example.net/o")
        assert value.sender == jid.parse("juliet@example.com")
        assert value.fault is None


def test_what_a_header_leaves_out_is_none() -> None:
    """Absent is not empty; presence without a type is available, a message without one is normal."""
    for name, type_ in ((b"iq", ""), (b"presence", ""), (b"message", "normal")):
        value = stanza(b"<%b/>" % name)
        assert (value.type, value.id, value.to, value.sender, value.lang) == (type_, None, None, None, None)
    assert stanza(b"<message id='' xml:lang=''/>", lang="en").lang == ""
    assert stanza(b"<message id=''/>").id == ""


def test_the_streams_language_is_the_default() -> None:
    """It is given to a stanza that has none of its own (RFC 6120 §8.1.5)."""
    assert stanza(b"<message/>", lang="en").lang == "en"
    assert stanza(b"<message xml:lang='de'/>", lang="en").lang == "de"


@pytest.mark.parametrize("namespace", [CLIENT, COMPONENT])
def test_only_the_three_kinds_are_stanzas(namespace: str) -> None:
    """They are those of a content namespace; everything else at the first level is none."""
    data = b"<iq/><presence/><message/><x/><stream:iq/><iq xmlns='urn:x'/><iq xmlns=''/>"
    kinds = [type(decode.stanza(found)) for found in elements(data, namespace)]
    assert kinds == [Iq, Presence, Message, *[type(None)] * 4]


@pytest.mark.parametrize("text", ["", "@b", "a@", "a@b/", "a b@c", "a@b/\U0001f600", "a" * 1024 + "@b"])
def test_a_malformed_address_is_no_address(text: str) -> None:
    """A wrong ``to`` is a fault; a wrong ``from`` is a sender that equals no real one, for the server to judge."""
    for name in ("iq type='get' id='1'", "presence", "message"):
        value = stanza(f"<{name} to='{text}'><x/></{name.split()[0]}>".encode())
        assert value.to is None
        assert value.fault.condition == "jid-malformed"
        assert value.fault.text
        value = stanza(f"<{name} from='{text}'><x/></{name.split()[0]}>".encode())
        assert value.fault is None
        assert value.sender is MALFORMED_SENDER
    assert jid.parse("a") != MALFORMED_SENDER


# The rules of each kind


@pytest.mark.parametrize(
    ("data", "condition"),
    [
        (b"<iq type='get' id='1'><a xmlns='x'/></iq>", None),
        (b"<iq type='set' id='1'>\n <a xmlns='x'/>\n</iq>", None),
        (b"<iq type='result' id='1'/>", None),
        (b"<iq type='error' id='1'><a xmlns='x'/><error/></iq>", None),
        (b"<iq type='get'><a xmlns='x'/></iq>", "bad-request"),
        (b"<iq type='result'/>", "bad-request"),
        (b"<iq id='1'><a xmlns='x'/></iq>", "bad-request"),
        (b"<iq type='' id='1'><a xmlns='x'/></iq>", "bad-request"),
        (b"<iq type='Get' id='1'><a xmlns='x'/></iq>", "bad-request"),
        (b"<iq type='get' id='1'/>", "bad-request"),
        (b"<iq type='set' id='1'>text</iq>", "bad-request"),
        (b"<iq type='set' id='1'><a xmlns='x'/><b xmlns='x'/></iq>", "bad-request"),
    ],
)
def test_an_iq_has_an_id_a_type_and_one_child(data: bytes, condition: str | None) -> None:
    """RFC 6120 §8.2.3: a get or set has exactly one child element; results and errors are not judged by theirs."""
    assert fault(data) == condition


def test_a_request_keeps_its_child_as_an_element() -> None:
    """A get or set is read as an element; nothing is made into bytes that may never be needed."""
    value = stanza(b"<iq type='set' id='1'>\n<query xmlns='jabber:iq:roster'><item jid='a@b'/></query></iq>")
    assert value.child.tag == "{jabber:iq:roster}query"
    assert value.child[0].get("jid") == "a@b"
    assert value.body == b""


def test_an_answer_keeps_its_children_as_bytes() -> None:
    """A result or an error only travels on."""
    value = stanza(
        b"<iq type='error' id='1'><query xmlns='jabber:iq:roster'/><error type='cancel'><gone/></error></iq>"
    )
    assert value.child is None
    assert value.body == b"<query xmlns='jabber:iq:roster'/><error type='cancel'><gone/></error>"


@pytest.mark.parametrize(
    "type_", ["subscribe", "subscribed", "unsubscribe", "unsubscribed", "unavailable", "probe", "error"]
)
def test_presence_has_seven_types(type_: str) -> None:
    """§4.7.1; available presence has none, and an empty one is not none."""
    assert stanza(f"<presence type='{type_}'/>".encode()).type == type_
    assert fault(f"<presence type='{type_}'/>".encode()) is None
    assert fault(f"<presence type='{type_.upper()}'/>".encode()) == "bad-request"
    assert fault(b"<presence type='available'/>") == "bad-request"
    assert fault(b"<presence type=''/>") == "bad-request"


@pytest.mark.parametrize(
    ("text", "priority"),
    [
        ("0", 0),
        ("5", 5),
        ("+5", 5),
        ("-1", -1),
        ("127", 127),
        ("-128", -128),
        ("\n 007\t", 7),
        ("-0", 0),
        ("0" * 10_000 + "1", 1),
        ("128", None),
        ("-129", None),
        ("1000", None),
        ("9" * 10_000, None),
        ("", None),
        (" ", None),
        ("1.0", None),
        ("1 2", None),
        ("--1", None),
        ("0x1", None),
        ("1_0", None),
        ("\u0661", None),
        ("\u00a01", None),
        ("high", None),
        ("1<a/>", None),
    ],
)
def test_a_priority_is_a_byte(text: str, priority: int | None) -> None:
    """§4.7.2.3: xs:byte with white space around it; anything else is refused, also where it does not count."""
    value = stanza(f"<presence><priority>{text}</priority></presence>".encode())
    assert (value.fault is None) == (priority is not None)
    assert value.priority == (priority or 0)
    if priority is None:
        assert value.fault.condition == "bad-request"
        assert len(value.fault.text) < 200
        assert fault(f"<presence type='unavailable'><priority>{text}</priority></presence>".encode()) == "bad-request"


def test_only_available_presence_has_a_priority() -> None:
    """What stands in the unavailable presence says nothing about a resource."""
    assert stanza(b"<presence type='unavailable'><priority>5</priority></presence>").priority == 0


@pytest.mark.parametrize(
    ("inside", "condition"),
    [
        (b"<show>away</show><status/><priority>1</priority>", None),
        (b"<show>chat</show>", None),
        (b"<show>dnd</show>", None),
        (b"<show> xa\n</show>", None),
        (b"<status>a</status><status xml:lang='de'>b</status>", None),
        (b"<show xmlns='urn:x'>out</show><priority xmlns='urn:x'>high</priority>", None),
        (b"<x xmlns='urn:x'><show xmlns='jabber:client'>out</show></x>", None),
        (b"<show/>", "bad-request"),
        (b"<show>online</show>", "bad-request"),
        (b"<show>Away</show>", "bad-request"),
        (b"<show>away<a/></show>", "bad-request"),
        (b"<show>away</show><show>away</show>", "bad-request"),
        (b"<priority>1</priority><priority>1</priority>", "bad-request"),
    ],
)
def test_presence_shows_what_it_may(inside: bytes, condition: str | None) -> None:
    """§4.7.2.1: one of four values; one show and one priority at most; other namespaces are not judged."""
    assert fault(b"<presence>" + inside + b"</presence>") == condition
    assert fault(b"<presence type='error'>" + inside + b"</presence>") is None


@pytest.mark.parametrize("type_", ["normal", "chat", "headline", "groupchat", "error", "shout", "", "Chat"])
def test_an_unknown_message_type_is_normal(type_: str) -> None:
    """§5.2.2: a message of a type that nobody knows is treated as if it had none."""
    known = type_ in ("chat", "headline", "groupchat", "error")
    assert stanza(f"<message type='{type_}'/>".encode()).type == (type_ if known else "normal")


# Canonical bytes


@pytest.mark.parametrize(
    ("data", "canonical"),
    [
        ("<a/>", None),
        ("<a></a>", "<a/>"),
        ("<a b='1' c='2'>d<e/>f<g>h</g>i</a>", None),
        ("<a xmlns='urn:x'><b><c/></b></a>", None),
        ("<a xmlns='urn:x'><b xmlns='urn:x'/></a>", "<a xmlns='urn:x'><b/></a>"),
        ("<x:a xmlns:x='urn:x' b='1'><x:c/></x:a>", "<a xmlns='urn:x' b='1'><c/></a>"),
        ("<a xmlns='urn:x'><b xmlns='jabber:client'><c/></b></a>", None),
        ("<a xmlns='urn:x'><b xmlns=''><c/></b></a>", None),
        ("<a xmlns=''><b/></a>", None),
        ("<stream:a/>", "<a xmlns='http://etherx.jabber.org/streams'/>"),
        ("<a xml:lang='de'/>", None),
        ("<a xmlns:x='urn:x' b='0' x:b='1'/>", "<a b='0' xmlns:n1='urn:x' n1:b='1'/>"),
        ('<a b="&apos;&quot;&#9;&#10;&#13;&lt;&gt;&amp;"/>', "<a b='&apos;\"&#9;&#10;&#13;&lt;&gt;&amp;'/>"),
        ("<a>&apos;&quot;\t\n&#13;&lt;&gt;&amp;]]&gt;</a>", "<a>'\"\t\n&#13;&lt;&gt;&amp;]]&gt;</a>"),
        ("<a><![CDATA[<b>&]]></a>", "<a>&lt;b&gt;&amp;</a>"),
    ],
)
def test_canonical_xml_declares_what_it_needs(data: str, canonical: str | None) -> None:
    """The stream's own namespace is left out, every other is declared where it begins; text stays."""
    found = element(data.encode())
    assert decode.xml(found) == (canonical or data).encode()
    assert stanza(b"<message>" + data.encode() + b"</message>").body == (canonical or data).encode()
    assert stanza(b"<presence>" + data.encode() + b"</presence>").body == (canonical or data).encode()


def test_a_body_means_the_same_in_streams_of_either_kind() -> None:
    """What stands in the content namespace has none in the bytes, so that it takes that of the next stream."""
    data = b"<message><body>a</body><x xmlns='jabber:x:oob'><url>b</url></x></message>"
    assert stanza(data, COMPONENT).body == stanza(data, CLIENT).body == data[9:-10]


def test_text_between_children_is_kept() -> None:
    """Also where there is nothing but text."""
    assert stanza(b"<message> <body/>&#13;<x/>b</message>").body == b" <body/>&#13;<x/>b"
    assert stanza(b"<presence>a&lt;</presence>").body == b"a&lt;"


def test_an_element_inside_is_written_as_it_stands_there() -> None:
    """The one child of an iq is free of the stream's namespace too, and nothing behind it is taken along."""
    value = stanza(b"<iq type='get' id='1'><query><a xmlns='urn:x'/></query> text </iq>", COMPONENT)
    assert decode.xml(value.child) == b"<query><a xmlns='urn:x'/></query>"
    assert decode.xml(value.child[0]) == b"<a xmlns='urn:x'/>"


@settings(max_examples=50)
@given(TREES, TEXTS)
def test_canonical_xml_reads_back_as_the_same_tree(value: tuple[Any, ...], text: str) -> None:
    """For every tree, in both kinds of stream: names, namespaces, attributes, text and the text between."""
    for namespace in (CLIENT, COMPONENT):
        found = element(written(value).encode(), namespace)
        assert tree(element(decode.xml(found), namespace)) == value or value[0].split("}")[0][1:] in (
            CLIENT,
            COMPONENT,
        )
        data = f"<message>{numbered(text)}{written(value)}{numbered(text)}{written(value)}</message>"
        body = stanza(data.encode(), namespace).body
        assert tree(element(b"<message>" + body + b"</message>", namespace))[2:] == (
            text,
            [(value, text), (value, "")],
        )
