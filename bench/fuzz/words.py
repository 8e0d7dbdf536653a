"""What attributes and texts are made of: addresses, words, and pieces that somebody hostile would send.

Tests: ``tests/bench/fuzz/test_fuzz_grammar.py``.
"""

from __future__ import annotations

from bench.fuzz.chance import Chance

__all__ = ["BYTES", "NAMESPACES", "RAW", "address", "contact", "word"]

_PEOPLE = ("juliet@localhost", "romeo@localhost", "nurse@localhost")
_RESOURCES = ("a", "b", "ws", "balcony", "gone")
_FAR = ("far.test", "tybalt@far.test", "tybalt@far.test/x", "paris@far.test", "mercutio@nowhere.test", "nowhere.test")
_ODD_ADDRESSES = (
    "", "@", "/", "@localhost", "localhost/", "localhost/a/b", "JULIET@LOCALHOST", "juliet@localhost.", "a@b@c",
    "juliet@[::1]", "juliet@[::1%lo]", "j\u00fcliet@localhost", "juliet@b\u00fccher.test",
    "juliet@xn--bcher-kva.test", "juliet@xn--a", "\u0221@localhost", "juliet@localhost/\u0221", "juliet@\u0221.test",
    "\u2170@localhost", "juliet@localhost/\U0001f600", "\u212a@localhost", "juliet@\u212aelvin.test",
    "juliet@a\u3002b", "juliet@\uff0f", "\u05d0b@localhost", "\u05d0\u05d1@localhost", "juliet@localhost/\u05d01",
    "juli\u00adet@localhost", "\u00ad@localhost", "juliet@localhost/ ", " juliet@localhost", "juliet@loc alhost",
    "juliet@-a", "juliet@" + "a" * 64 + ".test", "a" * 1023 + "@localhost", "a" * 1024 + "@localhost",
    "juliet@localhost/" + "\u00e9" * 511, "\u0390" * 300 + "@x", "juliet@" + "a." * 500 + "b",
    "juliet@" + "\ufdfa" * 60, "\ufdfa" * 60 + "@localhost", "juliet@localhost/\ufdfa" * 9, "juliet&amp;@localhost",
    "jul'iet@localhost", "<a>@localhost", "juliet@localhost/&<>'\"", "\u1e9e@localhost", "juliet@local\u00adhost",
    "juliet@\u2488com", "\u1fb3@x", "i\u0307@localhost", "\u0130@localhost", "juliet@\u0130",
    "juliet@localhost/\u200b", "juliet@localhost/\ue000", "juliet@localhost/\ufeff", "juliet@localhost/\u0340\u0301",
    "far.test@far.test", "localhost@localhost/localhost", "x@y/z/@localhost", "\u0345@x", "a\u0345\u0301@x",
)  # fmt: skip
_WORDS = (
    "", "a", "b", "s1", "x", "Friends", "Family", "both", "none", "to", "from", "remove", "subscribe", "true", "0",
    "1", "-1", "127", "128", "-128", "-129", "00000000007", "1e3", "\u0661", "away", "chat", "dnd", "xa", "get",
    "set", "result", "error", "normal", "groupchat", "headline", "available", "unavailable", "probe", "invisible",
    "en", "de", "v1", "v2", "v3", "v7", "v12", " ", "\t", "\n", "\r\n", " a ", "&", "<", ">", "'", '"', "]]>",
    "\u00e9", "e\u0301", "\u2028", "\x7f", "\x85", "\ufffd", "\U0001f600", "\U0010fffd", "{urn:x}y", "%s", "\\",
    "../x", "=", "=2C", "Co-workers", "CO-WORKERS",
)  # fmt: skip

NAMESPACES = (
    "jabber:client", "jabber:component:accept", "jabber:server", "jabber:iq:roster", "jabber:iq:register",
    "jabber:iq:version", "urn:xmpp:ping", "urn:xmpp:blocking", "urn:ietf:params:xml:ns:xmpp-bind",
    "urn:ietf:params:xml:ns:xmpp-session", "urn:ietf:params:xml:ns:xmpp-sasl", "urn:ietf:params:xml:ns:xmpp-tls",
    "urn:ietf:params:xml:ns:xmpp-stanzas", "urn:ietf:params:xml:ns:xmpp-streams", "http://etherx.jabber.org/streams",
    "http://jabber.org/protocol/disco#info", "http://jabber.org/protocol/disco#items", "urn:xmpp:forward:0",
    "http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2000/xmlns/", "urn:x", "", "a}b", "u" * 256,
    "u" * 257,
)  # fmt: skip

#: Put raw between or into elements: what XML or XMPP forbids, or what is only nearly right.
RAW = (
    "<!-- -->", "<!DOCTYPE a>", "<!DOCTYPE a [<!ENTITY e 'eeeeeeee'><!ENTITY f '&e;&e;&e;'>]>", "<![CDATA[<a>&]]>",
    "<![CDATA[]]>", "<![CDATA[", "]]>", "<?xml version='1.0'?>", "<?pi x?>", "<?", "<!", "&e;", "&amp;", "&lt;",
    "&#0;", "&#x41;", "&#xD800;", "&#x110000;", "&#xFFFE;", "&#65", "&", "&quot;&apos;&gt;", "<", ">", "</", "/>",
    "<a", "<a>", "</a>", "<a/>", "<:a/>", "<a:/>", "<p:a/>", "<p:a xmlns:p='urn:x'/>", "<p:a xmlns:p=''/>",
    "<a xmlns:xml='urn:x'/>", "<xml:a/>", "<xmlns:a/>", "<a a='1' a='2'/>",
    "<a p:a='1' q:a='2' xmlns:p='u' xmlns:q='u'/>", "<a b=c/>", "<a b/>", "<a b='<'/>", "<a b='>'/>", "<a b=\"'\"/>",
    "< a/>", "<a / >", "<1/>", "<-a/>", "<\u00e9l\u00e8ve/>", "<a\u00a0b/>", "text", " ", "\r", "\r\n", "\t",
    "</stream:stream>", "<stream:stream>",
    "<stream:error><not-well-formed xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>", "<iq/>",
    "<presence/>", "<message/>", "</iq>", "</presence>", "</message>", "<x" + " " * 300 + "/>",
    "<" + "n" * 3000 + "/>", "<a " + "b" * 3000 + "=''/>", "<a>" * 99 + "</a>" * 99, "<a>" * 101 + "</a>" * 101,
    "<a " + " ".join(f"a{n}=''" for n in range(140)) + "/>",
    "<a " + " ".join(f"xmlns:a{n}='u'" for n in range(130)) + "/>", "<group>" * 30, "<a b='" + "v" * 2000 + "'/>",
)  # fmt: skip

#: Put anywhere, between any two bytes.
BYTES = (
    b"\x00", b"\xff", b"\xfe\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\xc0\x80", b"\xc3", b"\xed\xa0\x80",
    b"\xed\xb0\x80", b"\xf4\x90\x80\x80", b"\xf0\x9f\x98\x80", b"\xf0\x9f", b"\xef\xbf\xbe", b"\xef\xbf\xbf",
    b"\x80", b"\x1b", b"\x7f", b"\x0b", b"\x16\x03\x01", b"\r", b"\n", b" ", b"<", b">", b"'", b'"', b"&", b"/",
    b"=", b":", b"!", b"?", b"]", b"<\x00i\x00q\x00", b"GET / HTTP/1.1\r\n", b"<?xml version='1.1'?>",
    b"<?xml version='1.0' encoding='ISO-8859-1'?>", b"</stream:stream>",
)  # fmt: skip


def address(chance: Chance) -> str:
    """A JID: mostly of somebody who is there, with or without a resource, sometimes a very odd one."""
    roll = chance.random()
    if roll < 0.6:
        person = chance.choice(_PEOPLE)
        return person if chance.random() < 0.5 else f"{person}/{chance.choice(_RESOURCES)}"
    if roll < 0.68:
        return "localhost"
    return chance.choice(_FAR) if roll < 0.9 else chance.choice(_ODD_ADDRESSES)


def contact(chance: Chance) -> str:
    """A JID as it stands in a roster: mostly bare."""
    roll = chance.random()
    if roll < 0.45:
        return chance.choice(_PEOPLE)
    if roll < 0.7:
        return chance.choice(_FAR)
    return f"c{chance.randrange(12)}@far.test" if roll < 0.9 else address(chance)


def word(chance: Chance) -> str:
    """Any text that XML can carry, not escaped; now and then a long one."""
    if chance.random() < 0.03:
        return chance.choice(("x", "\u00e9", "&", "\U0001f600")) * chance.choice((200, 1023, 1024, 1100))
    if chance.random() < 0.1:
        return chance.choice(_WORDS) + chance.choice(_WORDS)
    return chance.choice(_WORDS)
