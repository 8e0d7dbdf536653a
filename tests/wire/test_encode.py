"""Stanzas, rosters and streams as bytes: exactly what goes out, and that it reads back as what it was."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streams import CHARACTERS, CLIENT, COMPONENT, TEXTS, TREES, element, elements, tree, written

from rosterkit.core import jid
from rosterkit.core.effects import Push, SendRoster
from rosterkit.core.roster import Item, Roster
from rosterkit.core.stanza import Iq, Message, Presence, Stanza
from rosterkit.core.state import Account, Session
from rosterkit.errors import STREAM_SYSTEM_SHUTDOWN, StreamError
from rosterkit.wire import decode, encode
from rosterkit.wire.reader import Closed, Opened, Reader

ROMEO = jid.parse("romeo@example.net")
JULIET = jid.parse("juliet@example.com/balcony")
ODD = "'&<>\"\r\n\t]]>\U0001f339"
STRINGS = st.text(CHARACTERS, max_size=6)
ROSTER = "{jabber:iq:roster}"
XML = "{http://www.w3.org/XML/1998/namespace}"


def session(resource: str) -> Session:
    """A session of Romeo's; the resource is taken as it is."""
    return Session(Account(ROMEO, Roster.new("v0"), {}), ROMEO.with_resource(resource))


# Stanzas


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Presence(), b"<presence/>"),
        (Presence(body=b"<show>away</show>"), b"<presence><show>away</show></presence>"),
        (
            Presence("subscribe", id="1", sender=ROMEO, lang="de"),
            b"<presence from='romeo@example.net' id='1' type='subscribe' xml:lang='de'/>",
        ),
        (Iq("result", "1", sender=JULIET), b"<iq from='juliet@example.com/balcony' id='1' type='result'/>"),
        (Message("chat", body=b"<body>a</body>"), b"<message type='chat'><body>a</body></message>"),
        (Message("normal", id="", lang=""), b"<message id='' xml:lang=''/>"),
    ],
)
def test_a_stanza_is_written_in_one_order(value: Stanza, expected: bytes) -> None:
    """from, id, type, xml:lang, and what is absent is left out; a type that means nothing is not written."""
    assert encode.stanza(value, None) == expected


def test_each_receiver_gets_the_same_stanza_with_its_own_to() -> None:
    """``to`` stands last, is the one given and not the value's, and the rest is encoded once."""
    value = Presence(id="1", to=JULIET, body=b"<status>a</status>")
    assert encode.stanza(value, "a@b/c") == b"<presence id='1' to='a@b/c'><status>a</status></presence>"
    first = value.memo
    assert encode.stanza(value, "it's@b") == b"<presence id='1' to='it&apos;s@b'><status>a</status></presence>"
    assert encode.stanza(value, None) == b"<presence id='1'><status>a</status></presence>"
    assert value.memo is first
    assert encode.stanza(Presence(), "a@b") == b"<presence to='a@b'/>"


def test_an_iq_that_was_read_is_written_from_its_element() -> None:
    """The payload becomes bytes when it is forwarded, once."""
    value: Any = decode.stanza(element(b"<iq type='get' id='1'> <a xmlns='urn:x'><b/></a> </iq>"))
    assert encode.stanza(value, "a@b") == b"<iq id='1' type='get' to='a@b'><a xmlns='urn:x'><b/></a></iq>"
    assert value.body == b"<a xmlns='urn:x'><b/></a>"
    assert encode.stanza(Iq("get", "1", body=b"<c/>", child=value.child), None) == b"<iq id='1' type='get'><c/></iq>"


@settings(max_examples=50)
@given(
    st.sampled_from([Iq, Presence, Message]),
    st.sampled_from(["get", "set", "result", "error", "chat", "subscribe", "unavailable"]),
    STRINGS | st.none(),
    STRINGS | st.none(),
    st.text(st.sampled_from("ab'&<>\" /@\u00e9"), min_size=1, max_size=5) | st.none(),
    TREES,
)
def test_a_stanza_reads_back_as_it_was(
    kind: type[Stanza], type_: str, id_: str | None, lang: str | None, resource: str | None, payload: Any
) -> None:
    """Header, addresses and payload, whatever characters they hold, in client and component streams."""
    sender = jid.parse(f"romeo@example.net/{resource}") if resource and resource.strip() else None
    for namespace in (CLIENT, COMPONENT):
        body = decode.xml(element(written(payload).encode(), namespace))
        value = kind(type_, id_, sender=sender, lang=lang, body=body)
        found = element(encode.stanza(value, sender.full if sender else None), namespace)
        again: Any = decode.stanza(found)
        assert type(again) is kind
        assert (again.id, again.lang, again.sender, again.to) == (id_, lang, sender, sender)
        assert again.type == ("normal" if kind is Message and type_ not in ("chat", "error") else type_)
        assert tree(found)[3] == [(payload, "")]


# Rosters


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Item("a@b"), b"<item jid='a@b' subscription='none'/>"),
        (Item("a@b", ""), b"<item jid='a@b' name='' subscription='none'/>"),
        (Item("a@b", subscription="none", ask=True), b"<item jid='a@b' subscription='none' ask='subscribe'/>"),
        (
            Item("a@b", "A", ("x", "y"), "both", approved=True),
            b"<item jid='a@b' name='A' subscription='both' approved='true'><group>x</group><group>y</group></item>",
        ),
        (Item("a@b", "A", ("x",), "remove", True, True), b"<item jid='a@b' subscription='remove'/>"),
    ],
)
def test_an_item_is_written_once(value: Item, expected: bytes) -> None:
    """The subscription always, the rest where it is there, of a removed one the JID only; the bytes stay."""
    assert encode.item(value) == expected
    assert encode.item(value) is encode.item(value)
    assert value.memo == expected


@given(TEXTS, st.lists(TEXTS.filter(bool), max_size=3))
def test_names_and_groups_read_back_as_they_were(name: str, groups: list[str]) -> None:
    """Quotes, brackets, line ends and all of Unicode."""
    for text in (name, ODD):
        found = element(encode.item(Item("a@b", text, (*groups, ODD))))
        assert found.get("name") == text
        assert [group.text for group in found] == [*groups, ODD]


def result(roster: Roster, *, versioned: bool, sender: str | None = None) -> bytes:
    """The answer to a roster get of Romeo's."""
    return b"".join(encode.roster_result(SendRoster(session("o'r"), "i'd", sender, roster, versioned)))


def test_a_roster_result_is_an_iq_with_a_query() -> None:
    """To the full JID of who asked; ``ver`` where versions are in use, ``from`` where the request had a ``to``."""
    roster = Roster("v'1", {"a@b": Item("a@b"), "c@d": Item("c@d", "C")})
    items = b"<item jid='a@b' subscription='none'/><item jid='c@d' name='C' subscription='none'/>"
    assert result(roster, versioned=True) == (
        b"<iq type='result' id='i&apos;d' to='romeo@example.net/o&apos;r'>"
        b"<query xmlns='jabber:iq:roster' ver='v&apos;1'>" + items + b"</query></iq>"
    )
    assert result(roster, versioned=False, sender="romeo@example.net") == (
        b"<iq type='result' id='i&apos;d' from='romeo@example.net' to='romeo@example.net/o&apos;r'>"
        b"<query xmlns='jabber:iq:roster'>" + items + b"</query></iq>"
    )


def test_an_empty_roster_is_a_query_without_items() -> None:
    """§2.1.4: not an error, and not an answer without a query."""
    found = element(result(Roster.new("v0"), versioned=True))
    assert tree(found[0]) == (f"{ROSTER}query", {"ver": "v0"}, "", [])


def test_a_roster_is_joined_once_and_its_items_are_shared() -> None:
    """The join is kept with the roster; a changed roster encodes the changed item only."""
    roster = Roster("v1", {"a@b": Item("a@b"), "c@d": Item("c@d")})
    effect = SendRoster(session("r"), "1", None, roster, True)
    assert encode.roster_result(effect)[1] is encode.roster_result(effect)[1]
    changed = roster.with_item(Item("c@d", "C"), "v2", 10)
    assert result(changed, versioned=True) != result(roster, versioned=True)
    assert changed.items["a@b"].memo is roster.items["a@b"].memo is not None


def test_a_push_is_one_body_with_many_heads() -> None:
    """Each receiver has its own id and full JID, in order; no ``from``; ``ver`` with versions only (§2.1.6)."""
    receivers = ((session("a"), "1"), (session("b'"), "2'"))
    body = b"<query xmlns='jabber:iq:roster' ver='v&apos;1'><item jid='a@b' subscription='none'/></query></iq>"
    assert list(encode.pushes(Push(receivers, Item("a@b"), "v'1"))) == [
        (receivers[0][0], b"<iq type='set' id='1' to='romeo@example.net/a'>" + body),
        (receivers[1][0], b"<iq type='set' id='2&apos;' to='romeo@example.net/b&apos;'>" + body),
    ]
    ((_, data),) = encode.pushes(Push(receivers[:1], Item("a@b", subscription="remove"), None))
    assert data == (
        b"<iq type='set' id='1' to='romeo@example.net/a'>"
        b"<query xmlns='jabber:iq:roster'><item jid='a@b' subscription='remove'/></query></iq>"
    )


@given(TEXTS, TEXTS, TEXTS)
def test_a_push_and_a_result_read_back_as_the_same_item(name: str, version: str, id_: str) -> None:
    """A client can take either for the truth."""
    item = Item("a@b", name, ("g",), "to", True, True)
    ((_, push),) = encode.pushes(Push(((session("a"), id_),), item, version))
    answer = SendRoster(session("a"), id_, None, Roster(version, {"a@b": item}), True)
    pushed, sent = elements(push + b"".join(encode.roster_result(answer)))
    assert (pushed.get("id"), pushed.get("type"), sent.get("type")) == (id_, "set", "result")
    assert tree(pushed[0]) == tree(sent[0])
    assert pushed[0].get("ver") == version
    assert dict(pushed[0][0].items()) == {
        "jid": "a@b", "name": name, "subscription": "to", "ask": "subscribe", "approved": "true"
    }  # fmt: skip


# Streams


def test_a_header_opens_a_stream() -> None:
    """What a client stream says of itself, and that a component's has no version (XEP-0114)."""
    data = encode.stream_header(CLIENT, "example.net", "id'1", "romeo@example.net", "de")
    assert data.startswith(b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream=")
    (opened,) = Reader().feed(data)
    assert opened == Opened(
        "{http://etherx.jabber.org/streams}stream",
        CLIENT,
        {"id": "id'1", "from": "example.net", "to": "romeo@example.net", "version": "1.0", f"{XML}lang": "de"},
    )
    (opened,) = Reader().feed(encode.stream_header(CLIENT, "100%.test", "%s", "a%zz@x.test"))
    assert isinstance(opened, Opened)
    assert [opened.attributes[name] for name in ("from", "id", "to")] == ["100%.test", "%s", "a%zz@x.test"]
    (opened,) = Reader().feed(encode.stream_header(COMPONENT, None, "1", None))
    assert isinstance(opened, Opened)
    assert opened.default_namespace == COMPONENT
    assert dict(opened.attributes) == {"id": "1", f"{XML}lang": "en"}


@pytest.mark.parametrize("namespace", [CLIENT, COMPONENT])
def test_an_error_and_the_end_close_it(namespace: str) -> None:
    """The condition and the text stand in the namespace of stream errors, whatever the content namespace."""
    head = encode.stream_header(namespace, "example.net", "1", None)
    error = StreamError("policy-violation", ODD)
    data = head + encode.stream_error(error) + encode.stream_error(error.saying("")) + encode.STREAM_END
    _, full, bare, closed = Reader().feed(data)
    streams = "{urn:ietf:params:xml:ns:xmpp-streams}"
    condition = ((f"{streams}policy-violation", {}, "", []), "")
    text = ((f"{streams}text", {f"{XML}lang": "en"}, ODD, []), "")
    assert tree(full) == ("{http://etherx.jabber.org/streams}error", {}, "", [condition, text])
    assert tree(bare) == ("{http://etherx.jabber.org/streams}error", {}, "", [condition])
    assert closed == Closed()


def test_the_bytes_of_a_stream_error() -> None:
    """Nothing stands around it but what RFC 6120 §4.9.2 asks for."""
    assert encode.stream_error(STREAM_SYSTEM_SHUTDOWN) == (
        b"<stream:error><system-shutdown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
        b"<text xmlns='urn:ietf:params:xml:ns:xmpp-streams' xml:lang='en'>The server is shutting down.</text>"
        b"</stream:error>"
    )
