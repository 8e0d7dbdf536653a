"""What is kept of a stanza for a template that another run of the client can meet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rosterkit.core import markup
from rosterkit.wire.expecting import template_of
from rosterkit.wire.patterns import MAX_TEMPLATE, parse_entry, read_pattern

ME, THERE = "juliet@a.test", "romeo@a.test/balcony"
R = "xmlns='jabber:iq:roster'"
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)


@pytest.mark.parametrize(
    ("sent", "template"),
    [
        (f"<iq type='get' id='r'><query {R} ver='x-1'/></iq>", f"<iq type='get'><query {R}/></iq>"),
        (f"<iq type='get' id='r' to='{ME}'><query {R}/></iq>", f"<iq type='get'><query {R}/></iq>"),
        (
            f"<iq type='set' id='1'><query {R}><item jid='x@b.test' name='A &lt;b&gt;' ask='subscribe'>"
            "<group>One</group><group>Two</group></item></query></iq>",
            f"<iq type='set'><query {R}><item jid='x@b.test' name='A &lt;b&gt;'>"
            "<group>One</group><group>Two</group></item></query></iq>",
        ),
        (
            f"<iq type='set' id='1'><query {R}><item jid='x@b.test' subscription='remove'/></query></iq>",
            f"<iq type='set'><query {R}><item jid='x@b.test' subscription='remove'/></query></iq>",
        ),
        (
            "<iq type='get' id='d' to='a.test'><query xmlns='urn:disco' node='x#y'><a/></query></iq>",
            "<iq type='get' to='a.test'><query xmlns='urn:disco'/></iq>",
        ),
        (f"<iq type='result' id='p'><query {R}/></iq>", "<iq type='result'/>"),
        ("<iq type='error' id='p'><error type='cancel'/></iq>", "<iq type='error'/>"),
        ("<presence id='1'><priority>5</priority><c xmlns='urn:caps' ver='x'/></presence>", "<presence/>"),
        (
            "<presence><show>away</show><status>Out</status></presence>",
            "<presence><show>away</show><status>Out</status></presence>",
        ),
        (
            "<presence to='romeo@a.test' type='subscribe' id='7'><status>Hi</status></presence>",
            "<presence type='subscribe' to='romeo@a.test'/>",
        ),
        ("<presence type='unavailable' to='x@b.test/r'/>", "<presence type='unavailable' to='x@b.test/r'/>"),
        (
            f"<message to='{THERE}' type='chat' id='m'><body>Hi &amp; bye</body><active xmlns='urn:x'/></message>",
            "<message type='chat' to='*'><body>Hi &amp; bye</body></message>",
        ),
    ],
)
def test_what_another_run_chooses_otherwise_is_left_out(sent: str, template: str):
    """Ids, versions, resources of clients, priorities, the content of extensions; and it meets what was sent."""
    assert template_of(sent.encode(), ME, {THERE}) == template
    element = parse_entry(sent.encode())
    assert element is not None
    assert read_pattern(template, "it").compare(element) is None


@pytest.mark.parametrize(
    "sent",
    [
        "<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
        "<iq type='set' id='s'><session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></iq>",
        "<iq type='get' id='p' to='a.test'><ping xmlns='urn:xmpp:ping'/></iq>",
        "<iq type='get' id='p'/>",
        "<x xmlns='urn:x'/>",
        "<presence",
    ],
)
def test_what_says_nothing_of_rosters_is_left_out_whole(sent: str):
    """The login, a ping, what is no stanza."""
    assert template_of(sent.encode(), ME) is None


def test_what_is_too_large_for_a_template_is_expected_by_its_name():
    """A body longer than a template may be, a set with more groups than one may have elements."""
    body = f"<message to='x@b.test'><body>{'x' * MAX_TEMPLATE}</body></message>"
    groups = "".join(f"<group>{number}</group>" for number in range(300))
    sent = f"<iq type='set' id='1'><query {R}><item jid='x@b.test'>{groups}</item></query></iq>"
    assert template_of(body.encode(), ME) == "<message/>"
    assert template_of(sent.encode(), ME) == "<iq/>"


@given(TEXT, TEXT, TEXT)
def test_every_name_survives(name: str, group: str, body: str):
    """The template is well-formed and is met by what it was made of, whatever people write."""
    inner = markup.element("item", markup.element("group", markup.text(group)), jid="x@b.test", name=name)
    item = markup.element("query", inner, xmlns="jabber:iq:roster")
    for sent in (
        markup.element("iq", item, type="set", id="1"),
        markup.element("message", markup.element("body", markup.text(body)), to="x@b.test"),
        markup.element("presence", markup.element("status", markup.text(body))),
    ):
        template = template_of(sent.encode(), ME)
        element = parse_entry(sent.encode())
        assert template is not None and element is not None
        assert read_pattern(template, "it").compare(element) is None
