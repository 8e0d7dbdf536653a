"""An export of another server, read in pieces; whatever else a file holds ends with a sentence."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from rosterkit.wire.server_data import MAX_PART_BYTES, BadExport, Included, Other, Part, User, UserEnd, read

PIE = "urn:xmpp:pie:0"
ENTRY = "<query xmlns='jabber:iq:roster'><item jid='romeo@montague.test'/></query>"


def events(text: str | bytes) -> list[Any]:
    """What a file holds; elements as their tag and text."""
    data = text if isinstance(text, bytes) else text.encode()
    return [
        (event.line, etree.tostring(event.element, method="c14n").decode()) if isinstance(event, Part) else event
        for event in read(io.BytesIO(data))
    ]


def user(inside: str = "") -> str:
    """An export of one account."""
    return (
        f"<server-data xmlns='{PIE}'><host jid='localhost'><user name='juliet'>{inside}</user></host></server-data>"
    )


def test_accounts_of_several_hosts() -> None:
    """Each account comes with its host, its password and its elements, then its end; white space is none."""
    found = events(
        f"<?xml version='1.0' encoding='UTF-8'?>\n<server-data xmlns='{PIE}'>\n<host jid='a.test'>\n"
        f"<user name='juliet' password='hush'>\n{ENTRY}\n</user>\n</host>"
        "<host jid='b.test'><user name='juliet'/></host>\n</server-data>\n"
    )
    assert found == [
        User(4, "a.test", "juliet", "hush"),
        (5, '<ns0:item xmlns:ns0="jabber:iq:roster" jid="romeo@montague.test"></ns0:item>'),
        UserEnd(),
        User(7, "b.test", "juliet", None),
        UserEnd(),
    ]  # fmt: skip
    assert "hush" not in repr(found)


@pytest.mark.parametrize("namespace", [PIE, "http://www.xmpp.org/extensions/xep-0227.html#ns"])
def test_a_host_may_be_a_file_of_its_own(namespace: str) -> None:
    """As ejabberd writes it; the namespace of its older releases is taken too."""
    found = events(f"<host xmlns='{namespace}' jid='a.test'><user name='juliet'/></host>")
    assert found == [User(1, "a.test", "juliet", None), UserEnd()]


def test_a_request_is_a_stanza_of_a_client_wherever_it_stands() -> None:
    """Prosody leaves it in the namespace of the export; the order of everything is kept."""
    inside = "<presence type='subscribe' from='a@x.test'><status>S</status></presence>"
    plain, declared = events(user(inside))[1], events(user(inside.replace("ce t", "ce xmlns='jabber:client' t")))[1]
    assert plain == declared
    assert 'xmlns:ns0="jabber:client"' in plain[1]
    assert "<ns0:status>S</ns0:status>" in plain[1]


def test_the_rest_is_named_and_not_kept() -> None:
    """Each element that is left out is named once, a query by its namespace; nothing of its inside comes."""
    inside = (
        f"<vCard xmlns='vcard-temp'><user xmlns='{PIE}' name='x'/>{ENTRY}</vCard>"
        "<query xmlns='jabber:iq:private'><x/></query><!-- no --><?nothing at all?>text"
        "<scram-credentials xmlns='other:0'/>"
    )
    assert events(user(inside))[1:-1] == [Other("vCard"), Other("jabber:iq:private"), Other("scram-credentials")]


def test_another_file_is_named_and_not_opened() -> None:
    """XInclude is not followed: who imports names the files."""
    include = "<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='/etc/passwd'/>"
    assert events(f"<server-data xmlns='{PIE}'>\n{include}</server-data>") == [Included(2, "/etc/passwd")]


LAUGHS = "<!DOCTYPE l [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>"
HOSTILE = {
    "nothing": ("", "no element found"),
    "text": ("juliet", "not XML in UTF-8"),
    "cut off": (user()[:-5], "not XML in UTF-8"),
    "two roots": (user() * 2, "junk after document element"),
    "laughs": (LAUGHS + user("&b;"), "line 1: It has a document type"),
    "laughs in an attribute": (LAUGHS + user("<x y='&b;'/>"), "line 1: It has a document type"),
    "external entity": ("<!DOCTYPE l [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>" + user("&a;"), "document type"),
    "external type": ("<!DOCTYPE l SYSTEM 'http://x.test/l.dtd'>" + user(), "document type"),
    "entity": (user("&lol;"), "undefined entity"),
    "prefix": (user("<a:b/>"), "unbound prefix"),
    "control": (user("&#1;"), "reference to invalid character number"),
    "Latin 1": (f"<?xml version='1.0' encoding='ISO-8859-1'?>{user('ä')}".encode("latin-1"), "not XML in UTF-8"),
    "other root": ("<stream xmlns='jabber:client'/>", "line 1: The file begins with 'stream'"),
    "other namespace": ("<server-data xmlns='x'/>", "begins with 'server-data'"),
    "deep": (user("<a>" * 101 + "</a>" * 101), "nested deeper than 100"),
    "deep entry": (user(ENTRY.replace("/>", ">" + "<a>" * 101 + "</a>" * 101 + "</item>")), "nested deeper than 100"),
    "long name": (user(ENTRY.replace("/>", f" name='{'x' * MAX_PART_BYTES}'/>")), "longer than 1048576 bytes"),
    "long request": (user(f"<presence><a>{'x' * MAX_PART_BYTES}</a></presence>"), "longer than 1048576 bytes"),
    "many pieces": (user(f"<presence>{'<a/>' * (MAX_PART_BYTES // 12)}</presence>"), "longer than 1048576 bytes"),
}


@pytest.mark.parametrize("which", HOSTILE)
def test_a_hostile_file_ends_with_a_sentence(which: str) -> None:
    """It has the line and what is wrong there, and is short."""
    text, said = HOSTILE[which]
    with pytest.raises(BadExport, match=said) as caught:
        events(text)
    assert str(caught.value).startswith("line ")
    assert len(str(caught.value)) < 200


def test_what_is_left_out_may_be_long() -> None:
    """A picture in a vCard is passed over in pieces, however long it is."""
    assert events(user(f"<vCard xmlns='vcard-temp'>{'x' * 3 * MAX_PART_BYTES}</vCard>"))[1] == Other("vCard")


class Endless(io.RawIOBase):
    """A file that begins well and never ends, and counts what was read of it."""

    def __init__(self, begin: str, more: bytes) -> None:
        self._pieces = self._endless(begin, more)
        self.count = 0

    def _endless(self, begin: str, more: bytes) -> Iterator[bytes]:
        yield begin.encode()
        while True:
            yield more * 4000

    def read(self, size: int = -1) -> bytes:
        """The next piece."""
        piece = next(self._pieces)
        self.count += len(piece)
        return piece


@pytest.mark.parametrize("begin", [f"<host xmlns='{PIE}'><user name='", user("<presence>").partition("</user>")[0]])
def test_a_tag_or_a_text_without_end_is_not_read_to_its_end(begin: str) -> None:
    """No more than a part may hold is ever kept."""
    file = Endless(begin, b"x")
    with pytest.raises(BadExport, match="longer than"):
        list(read(file))  # type: ignore[arg-type]
    assert file.count < 2 * MAX_PART_BYTES


def test_accounts_come_while_the_file_is_read() -> None:
    """A file of any length is never read whole."""
    file = Endless(f"<host xmlns='{PIE}' jid='a.test'>", b"<user name='x'/>")
    found = read(file)  # type: ignore[arg-type]
    assert [next(found) for _ in range(9001)][-1] == User(1, "a.test", "x", None)
    assert file.count < 200_000


PIECES = st.sampled_from(
    [
        *("<user name='a'>", "</user>", "<host jid='a'>", "</host>", ENTRY, "<item>", "</item>", "<presence>"),
        *("</presence>", "<query xmlns='jabber:iq:roster'>", "</query>", "&lt;", "&", "\0"),
        *("<!--", "-->", "<![CDATA[", "]]>", "<?a", "?>"),
    ]
)


@given(st.lists(PIECES | st.text(max_size=3), max_size=12))
def test_nothing_but_a_bad_export_is_raised(pieces: list[str]) -> None:
    """Whatever stands in it: events, or one sentence."""
    text = "".join(pieces).encode("utf-8", "surrogatepass")
    try:
        list(read(io.BytesIO(f"<server-data xmlns='{PIE}'>".encode() + text + b"</server-data>")))
    except BadExport as error:
        assert str(error).startswith("line ")
