"""Elements converted from lxml are what Twisted's own parser makes of the same bytes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from twisted.words.xish import domish

from rosterkit.core import markup
from rosterkit.xmpp.conversion import to_domish

XML = [
    "<iq xmlns='jabber:client' type='set' id='1'><query xmlns='jabber:iq:roster'><item jid='a@b'/></query></iq>",
    "<message xmlns='jabber:client' xml:lang='de'><body>Grüße, 🐈 &lt;&amp;&gt;</body></message>",
    "<m xmlns='a'>one<b/>two<c>three</c>four</m>",
    "<x:m xmlns:x='a' xmlns='b'><c/><x:d x:e='f' e='g'/><h xmlns=''/></x:m>",
    "<m><b xmlns='c'/></m>",
    "<m xmlns='a'>  <![CDATA[<&>]]>  </m>",
    "<m xmlns='a'><p:b xmlns:p='c'><d/></p:b></m>",
]


def by_twisted(xml: str) -> domish.Element:
    """What Twisted's parser makes of a stanza."""
    found: list[Any] = []
    stream = domish.elementStream()
    stream.DocumentStartEvent = lambda _: None
    stream.ElementEvent = found.append
    stream.parse(f"<stream>{xml}".encode())
    return found[0]


def form(node: Any) -> Any:
    """All that counts of an element, to compare."""
    if isinstance(node, str):
        return node
    return node.uri, node.name, node.defaultUri, node.attributes, [form(child) for child in node.children]


@pytest.mark.parametrize("xml", XML)
def test_the_same_as_twisteds(xml: str):
    """Names, namespaces, default namespaces, attributes, text and tails are what Twisted's parser gives."""
    assert form(to_domish(etree.fromstring(xml))) == form(by_twisted(xml))


@pytest.mark.parametrize("xml", XML)
def test_parents(xml: str):
    """Each child knows its parent; a stanza has none."""
    element = to_domish(etree.fromstring(xml))
    assert element.parent is None
    nodes = [element]
    for node in nodes:
        for child in node.elements():
            assert child.parent is node
            nodes.append(child)


@pytest.mark.parametrize("xml", XML)
def test_written_again_it_means_the_same(xml: str):
    """Serialized by Twisted, the copy is the same XML but for prefixes."""
    again = etree.fromstring(to_domish(etree.fromstring(xml)).toXml())
    assert form(to_domish(again)) == form(to_domish(etree.fromstring(xml)))


def test_the_tail_is_not_part_of_it():
    """What stands behind a stanza belongs to the stream."""
    root = etree.fromstring("<s><m>a</m>b</s>")
    assert to_domish(root[0]).children == ["a"]


@given(
    st.recursive(st.just([]), lambda children: st.lists(children, max_size=4)),
    st.text(alphabet="aé<&>'\"\t ", max_size=8),
)
def test_any_tree(tree: list[Any], text: str):
    """Any nesting, with any text and attribute, comes out as Twisted's."""

    def xml(node: list[Any]) -> str:
        return markup.element("n", markup.text(text) + "".join(map(xml, node)) + markup.text(text), a=text)

    assert form(to_domish(etree.fromstring(xml(tree)))) == form(by_twisted(xml(tree)))
