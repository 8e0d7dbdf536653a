"""The XML namespaces of streams and stanzas; those of an extension stand with the extension."""

from __future__ import annotations

__all__ = [
    "BIND",
    "CLIENT",
    "COMPONENT",
    "CONTENT",
    "FRAMING",
    "SASL",
    "SESSION",
    "STANZA_ERRORS",
    "STREAM",
    "STREAM_ERRORS",
    "TLS",
    "XML",
]

#: What stands on the root of a stream and on its features and errors (RFC 6120 §4.8.1).
STREAM = "http://etherx.jabber.org/streams"
#: The content namespace between client and server (RFC 6120 §4.8.2).
CLIENT = "jabber:client"
#: The content namespace between an external component and its server (XEP-0114 §2).
COMPONENT = "jabber:component:accept"
#: The namespaces in which stanzas stand; a body is written free of them.
CONTENT = frozenset({CLIENT, COMPONENT})

#: ``<open/>`` and ``<close/>`` over WebSocket (RFC 7395 §3.3.2).
FRAMING = "urn:ietf:params:xml:ns:xmpp-framing"
TLS = "urn:ietf:params:xml:ns:xmpp-tls"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
BIND = "urn:ietf:params:xml:ns:xmpp-bind"
SESSION = "urn:ietf:params:xml:ns:xmpp-session"
STANZA_ERRORS = "urn:ietf:params:xml:ns:xmpp-stanzas"
STREAM_ERRORS = "urn:ietf:params:xml:ns:xmpp-streams"
#: What the prefix ``xml`` always means.
XML = "http://www.w3.org/XML/1998/namespace"
