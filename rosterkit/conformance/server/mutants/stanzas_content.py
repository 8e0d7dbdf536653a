"""Mutants of what passes: stanzas that are changed on the way, held back, or come in another order.

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from lxml.etree import _Element

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.core import delivery, outbound, presence
from rosterkit.core.jid import Jid
from rosterkit.core.stanza import MESSAGE_TYPES, Iq, Message, Presence, Stanza
from rosterkit.core.state import Account, Session
from rosterkit.core.world import World
from rosterkit.errors import BAD_REQUEST, NOT_ACCEPTABLE
from rosterkit.wire import decode

__all__ = ["MUTANTS"]

_Real: TypeAlias = Callable[..., Any]
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


# Changed on the way


def _local(changed: Callable[[Message], Message]) -> Patch:
    """What becomes of messages to accounts of the server."""

    def change(real: _Real) -> _Real:
        def wrong(world: World, message: Message, to: Jid, account: Account | None) -> None:
            real(world, changed(message), to, account)

        return wrong

    return Patch(delivery, "_message", change)


def _leaving(kind: type[Stanza], changed: Callable[[Any], Stanza]) -> Patch:
    """What becomes of stanzas of one kind that go to another server."""

    def change(real: _Real) -> _Real:
        def wrong(world: World, session: Session, stanza: Stanza, to: Jid) -> None:
            away = isinstance(stanza, kind) and to.domain not in world.domains
            real(world, session, changed(stanza) if away else stanza, to)

        return wrong

    return Patch(outbound, "_pass_on", change)


def _with_body(change: Callable[[bytes], bytes]) -> Callable[[Stanza], Any]:
    return lambda stanza: replace(stanza, body=change(stanza.body), memo=None)


def _without(pattern: bytes) -> Callable[[Stanza], Any]:
    """The payload loses what matches."""
    return _with_body(lambda body: re.sub(pattern, b"", body))


def _without_id(stanza: Message) -> Message:
    return replace(stanza, id=None, memo=None)


def _in_english(stanza: Message) -> Message:
    return replace(stanza, lang="en", memo=None)


def _no_default_language(real: _Real) -> _Real:
    return lambda value, element, _lang: real(value, element, None)


def _known_only(real: _Real) -> _Real:
    """Directed presence keeps its status and nothing else."""

    def wrong(world: World, session: Session, stanza: Presence) -> None:
        found = re.match(rb"<status>.*?</status>", stanza.body)
        real(world, session, replace(stanza, body=found[0] if found else b"", memo=None))

    return wrong


def _emptied(iq: Iq) -> Iq:
    """The payload without anything in it."""
    if iq.child is None:
        return iq
    namespace, _, name = iq.child.tag[1:].rpartition("}")
    return replace(iq, body=f"<{name} xmlns='{namespace}'/>".encode(), memo=None)


def _escaped_twice(body: bytes) -> bytes:
    return body.replace(b"&", b"&amp;")


def _of_one_plane(body: bytes) -> bytes:
    return _ASTRAL.sub("\ufffd", body.decode()).encode()


def _in_one_line(body: bytes) -> bytes:
    return re.sub(rb"[ \t\n]+|&#13;", b" ", body)


def _known_types(real: _Real) -> _Real:
    def wrong(element: _Element, namespace: str, lang: str | None) -> Message:
        message: Message = real(element, namespace, lang)
        if element.get("type", "normal") not in MESSAGE_TYPES:
            message.fault = BAD_REQUEST
        return message

    return wrong


# Held back


def _refused_where(body: Callable[[bytes], bool]) -> Patch:
    def change(real: _Real) -> _Real:
        def wrong(world: World, session: Session, stanza: Stanza, to: Jid) -> None:
            if body(stanza.body):
                world.reply(session, stanza, NOT_ACCEPTABLE)
            else:
                real(world, session, stanza, to)

        return wrong

    return Patch(outbound, "_pass_on", change)


def _overtaking(local: bool, held_kind: type[Stanza]) -> Patch:
    """Every other stanza of one kind waits until the next stanza of its sender has passed it."""

    def change(real: _Real) -> _Real:
        held: list[tuple[World, Stanza, str]] = []

        def wrong(world: World, stanza: Stanza, address: str) -> None:
            if (address.partition("/")[0].rpartition("@")[2] in world.domains) is not local:
                real(world, stanza, address)
            elif held and held[0][0] is world:
                real(world, stanza, address)
                real(*held.pop())
            elif isinstance(stanza, held_kind) and stanza.type != "error":
                held[:] = [(world, stanza, address)]
            else:
                real(world, stanza, address)

        return wrong

    return Patch(delivery, "deliver", change)


def _mutant(name: str, case: str, breaks: str, patch: Patch) -> Mutant:
    _, section, _ = case.split("/")
    return mutant(name, section, breaks, patch, caught_in=(case,))


MUTANTS: tuple[Mutant, ...] = (
    _mutant(
        "message-id-lost",
        "rfc6120/8.1.3/message-id",
        "Messages are delivered without their id.",
        _local(_without_id),
    ),
    _mutant(
        "language-changed",
        "rfc6120/8.1.5/lang-kept",
        "Messages to other servers are said to be in English.",
        _leaving(Message, _in_english),
    ),
    _mutant(
        "language-not-added",
        "rfc6120/8.1.5/lang-of-stream",
        "Stanzas without a language do not get that of the stream.",
        Patch(decode, "_address", _no_default_language),
    ),
    _mutant(
        "unknown-lost-to-local",
        "rfc6120/8.4/message-to-local",
        "Payloads that the server does not know are taken out of messages to its own accounts.",
        _local(_without(rb"<scroll .*</scroll>")),
    ),
    _mutant(
        "unknown-lost-to-remote",
        "rfc6120/8.4/message-to-remote",
        "Payloads that the server does not know are taken out of messages to other servers.",
        _leaving(Message, _without(rb"<x xmlns='urn:example:nobody-knows-this'/>")),
    ),
    _mutant(
        "unknown-lost-in-presence",
        "rfc6120/8.4/presence",
        "Of directed presence only the status is sent on.",
        Patch(presence, "directed", _known_only),
    ),
    _mutant(
        "request-emptied",
        "rfc6120/8.4/iq",
        "Requests to other servers lose what is inside their payload.",
        _leaving(Iq, _emptied),
    ),
    _mutant(
        "namespace-inherited",
        "rfc6120/8.4/no-namespace",
        "An element without a namespace gets that of what is around it.",
        _leaving(Message, _without(rb" xmlns=''")),
    ),
    _mutant(
        "nested-refused",
        "rfc6120/8.4/nested",
        "Payloads of more than twenty levels are refused.",
        _refused_where(lambda body: body.count(b"<deep") > 20),
    ),
    _mutant(
        "escaped-twice",
        "rfc6120/11.1/entities",
        "Signs that have to be escaped are escaped twice.",
        _local(_with_body(_escaped_twice)),
    ),
    _mutant(
        "one-plane",
        "rfc6120/11.6/characters",
        "Characters beyond the first plane of Unicode are replaced.",
        _local(_with_body(_of_one_plane)),
    ),
    _mutant(
        "one-line",
        "rfc6120/8.4/spaces",
        "Spaces and line ends of a text become single spaces.",
        _local(_with_body(_in_one_line)),
    ),
    _mutant(
        "eight-thousand-bytes",
        "rfc6120/13.12/size",
        "Messages of more than 8,192 bytes are refused.",
        _refused_where(lambda body: len(body) > 8192),
    ),
    _mutant(
        "known-types-only",
        "rfc6121/5.2.2/unknown-type",
        "A message of a type that the server does not know is refused.",
        Patch(decode._KINDS, "message", _known_types),
    ),
    _mutant(
        "one-language",
        "rfc6121/5.2.3/languages",
        "Of several bodies only those without a language are sent on.",
        _leaving(Message, _without(rb"<body xml:lang='[a-z]+'>[^<]*</body>")),
    ),
    _mutant(
        "parent-lost",
        "rfc6121/5.2.5/thread",
        "The parent of a thread is lost.",
        _leaving(Message, _without(rb" parent='[^']*'")),
    ),
    _mutant(
        "overtaking-local",
        "rfc6120/10.1/to-local",
        "A message to an account of the server is overtaken by the next one.",
        _overtaking(True, Message),
    ),
    _mutant(
        "overtaking-remote",
        "rfc6120/10.1/to-remote",
        "A message to another server is overtaken by the next one.",
        _overtaking(False, Message),
    ),
    _mutant(
        "overtaking-presence",
        "rfc6120/10.1/all-kinds",
        "Presence to another server is overtaken by what comes behind it.",
        _overtaking(False, Presence),
    ),
)
