"""Answers: results and stanza errors, made from the stanza that they answer (RFC 6120 §8.2.3, §8.3).

Tests: ``tests/core/test_replies.py``.
"""

from __future__ import annotations

from rosterkit.core import markup
from rosterkit.core.stanza import Iq, Message, Presence, Stanza
from rosterkit.errors import StanzaError

__all__ = ["error", "error_body", "may_be_answered", "result"]

_STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"


def may_be_answered(stanza: Stanza) -> bool:
    """Whether an error may answer ``stanza``: never an error, never the answer to an iq (RFC 6120 §8.3.1)."""
    return stanza.type != "error" and not (isinstance(stanza, Iq) and stanza.type == "result")


def result(iq: Iq, body: bytes = b"") -> Iq:
    """The result of ``iq``, from where it was sent to; ``body`` is the XML of the payload."""
    return Iq("result", iq.id, iq.sender, iq.to, body=body)


def error(stanza: Stanza, reason: StanzaError) -> Stanza:
    """The error that answers ``stanza``: the same kind and id, the addresses exchanged."""
    kind = Iq if isinstance(stanza, Iq) else Presence if isinstance(stanza, Presence) else Message
    return kind("error", stanza.id, stanza.sender, stanza.to, body=error_body(reason))


def error_body(reason: StanzaError) -> bytes:
    """``<error/>`` with its condition and, where the reason has them, its sentence and an application's condition."""
    content = markup.element(reason.condition, xmlns=_STANZAS)
    if reason.text:
        content += markup.element("text", markup.text(reason.text), xmlns=_STANZAS, xml_lang="en")
    if reason.application is not None:
        content += markup.element(reason.application.name, xmlns=reason.application.namespace)
    return markup.element("error", content, type=reason.type).encode()
