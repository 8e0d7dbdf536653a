"""One view of an element, whatever it was read with: Twisted's as lxml's, for the same bytes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from streams import ATTRIBUTES, NAMES, TREES, XML, element, header, written
from twisted.words.xish import domish

from rosterkit.core.replica import read_item, read_push
from rosterkit.core.stanza import Element
from rosterkit.xmpp.conversion import to_domish
from rosterkit.xmpp.elements import View, as_domish, child_named, text_of

MIXED = b"<a xmlns='urn:x' b='1' xml:lang='de'>one<b>two</b>three<c xmlns=''/><b/>four</a>"


def by_twisted(xml: bytes) -> domish.Element:
    """What Twisted's own parser makes of a stanza."""
    found: list[Any] = []
    stream = domish.elementStream()
    stream.DocumentStartEvent = lambda _: None
    stream.ElementEvent = found.append
    stream.parse(header() + xml)
    (made,) = found
    assert isinstance(made, domish.Element)
    return made


def seen(element: Element, keys: set[str]) -> tuple[Any, ...]:
    """All that a view can say of an element, and of all below it."""
    children = [seen(child, keys) for child in element]
    assert len(children) == len(element)
    return element.tag, element.text or None, {key: element.get(key) for key in keys}, children


def names(tree: tuple[Any, ...]) -> set[str]:
    """The attributes that occur anywhere in a tree."""
    return set(tree[1]).union(*(names(child) for child, _ in tree[3]))


@given(TREES)
@example(
    ("{urn:x}a", {f"{{{XML}}}lang": "de"}, "t", [(("b", {}, "", []), "u"), (("{urn:x}c", {"d": ""}, "", []), "")])
)
def test_a_view_of_twisteds_element_is_lxmls(tree: tuple[Any, ...]) -> None:
    """Tag, text, every attribute, the children and their number, all the way down."""
    xml = written(tree).encode()
    keys = names(tree) | {"absent", "{urn:x}absent"}
    expected = seen(element(xml), keys)
    assert seen(View(by_twisted(xml)), keys) == expected
    assert seen(View(to_domish(element(xml))), keys) == expected


@given(NAMES, ATTRIBUTES)
def test_an_attribute_without_a_namespace_is_another(name: str, attributes: dict[str, str]) -> None:
    """``a`` and ``{urn:x}a`` do not stand for each other, on either side."""
    xml = written((name, attributes, "", [])).encode()
    keys = set(attributes) | {key.rpartition("}")[2] for key in attributes} | {f"{{urn:y}}{key}" for key in "ab"}
    for view in (element(xml), View(by_twisted(xml))):
        assert {key: view.get(key) for key in keys} == {key: attributes.get(key) for key in keys}


def test_text_ends_at_the_first_child() -> None:
    """Also where Twisted keeps it in several pieces; what stands behind a child is nobody's."""
    pieces = domish.Element(("urn:x", "a"))
    for content in ("on", "e"):
        pieces.children.append(content)
    pieces.addElement("b")
    pieces.children.append("three")
    assert View(pieces).text == "one"
    assert View(by_twisted(MIXED)).text == element(MIXED).text == "one"


@pytest.mark.parametrize("xml", [b"<a/>", b"<a></a>", b"<a><b/>tail</a>"])
def test_no_text_is_none(xml: bytes) -> None:
    """As with lxml."""
    assert View(by_twisted(xml)).text is element(xml).text is None


def test_an_element_built_without_a_namespace() -> None:
    """Twisted lets both None and the empty string stand for none."""
    for uri in (None, ""):
        view = View(domish.Element((uri, "a")))
        assert (view.tag, view.text, list(view), len(view)) == ("a", None, [], 0)


def test_a_view_shows_what_changes() -> None:
    """Nothing is copied."""
    under = by_twisted(MIXED)
    view = View(under)
    under["b"] = "2"
    under.addElement(("urn:x", "last"))
    assert view.get("b") == "2"
    assert [child.tag for child in view][-1] == "{urn:x}last"


def test_a_handler_gets_twisteds_element() -> None:
    """The one that is there, or a copy where lxml has read it."""
    under = by_twisted(MIXED)
    assert as_domish(View(under)) is under
    assert as_domish(element(MIXED)).toXml() == under.toXml()


@pytest.mark.parametrize("view", [element(MIXED), View(by_twisted(MIXED))], ids=["lxml", "twisted"])
class TestChildren:
    """Children by name."""

    def test_the_first_of_that_name(self, view: Element) -> None:
        """In document order; None where there is none, in another namespace too."""
        child = child_named(view, "{urn:x}b")
        assert child is not None
        assert child.text == "two"
        assert child_named(view, "b") is None
        assert child_named(view, "c") is not None

    def test_their_text(self, view: Element) -> None:
        """None where the child is missing, and where it is empty."""
        assert text_of(view, "{urn:x}b") == "two"
        assert text_of(view, "c") is None
        assert text_of(view, "{urn:x}c") is None


@pytest.mark.parametrize(
    "items",
    [
        b"<item jid='Romeo@X/home' name='' subscription='both' approved=' 1 '><group>a</group><group/></item>",
        b"<item jid='romeo@x' ask='subscribe'> <group>a<x/>b</group><group xmlns='urn:x'>c</group></item>",
        b"<item jid=''/>",
        b"<item jid='@x'/>",
        b"",
        b"<item jid='a@x'/><item jid='b@x'/>",
    ],
)
def test_there_is_one_way_to_read_a_roster(items: bytes) -> None:
    """A push and its items, good or bad, say the same over both."""
    xml = b"<query xmlns='jabber:iq:roster' ver='v'>" + items + b"</query>"
    ours, theirs = element(xml), View(by_twisted(xml))
    assert read_push(ours) == read_push(theirs)
    assert [read_item(child) for child in ours] == [read_item(child) for child in theirs]
