"""Mutants that push to the wrong resources, or push wrongly (RFC 6121 §2.1.6, §2.2).

What a mutant has to remember it writes into the world, which ends with the play.

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from typing import Any

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.core import outbound, presence, requests, roster_iq
from rosterkit.core.effects import Push
from rosterkit.core.stanza import Iq
from rosterkit.core.world import World
from rosterkit.wire import encode

__all__ = ["MUTANTS", "remembered"]

_GET = ("get", roster_iq.QUERY)
_SET = ("set", roster_iq.QUERY)


def remembered(world: Any, key: str) -> Any:
    """What a mutant knows of this world under a key: a dict."""
    return vars(world).setdefault(f"_mutant_{key}", {})


def _pushing(choose: Any) -> Any:
    """Pushes go to the sessions that ``choose`` makes of the world, the account and the interested ones."""

    def change(_: Any) -> Any:
        def push(world: Any, account: Any, item: Any) -> None:
            world.push_to(choose(world, account, account.interested), item, account.roster.version)

        return push

    return change


# Who gets them


def _without_setter(original: Any) -> Any:
    def set_entry(world: Any, session: Any, iq: Any) -> Any:
        interested, session.interested = session.interested, False
        try:
            return original(world, session, iq)
        finally:
            session.interested = interested

    return set_entry


def _uninterested(original: Any) -> Any:
    def unavailable(world: Any, session: Any, stanza: Any) -> None:
        original(world, session, stanza)
        session.interested = False

    return unavailable


def _noting_presence(original: Any) -> Any:
    def available(world: Any, session: Any, stanza: Any) -> None:
        remembered(world, "seen")[session.jid.full] = True
        original(world, session, stanza)

    return available


def _seen_before(world: Any, _account: Any, interested: Any) -> Any:
    return [session for session in interested if session.jid.full in remembered(world, "seen")]


def _counting(original: Any) -> Any:
    def get(world: Any, session: Any, iq: Any) -> Any:
        counts = remembered(world, "gets")
        counts[session.jid.full] = counts.get(session.jid.full, 0) + 1
        return original(world, session, iq)

    return get


def _for_each_get(world: Any, _account: Any, interested: Any) -> Any:
    counts = remembered(world, "gets")
    return [session for session in interested for _ in range(counts.get(session.jid.full, 1))]


# What they are


def _rewritten(rewrite: Any) -> Any:
    """Each push goes out as ``rewrite`` makes it of the effect, the session and the bytes."""

    def change(original: Any) -> Any:
        def pushes(effect: Push) -> Any:
            for session, data in original(effect):
                yield session, rewrite(effect, session, data)

        return pushes

    return change


def _twice(effect: Push, _session: Any, data: bytes) -> bytes:
    item = encode.item(effect.item)
    return data.replace(item, item + item)


def _from_domain(_effect: Push, session: Any, data: bytes) -> bytes:
    return data.replace(b"<iq ", f"<iq from='{session.account.jid.domain}' ".encode(), 1)


def _to_account(_effect: Push, session: Any, data: bytes) -> bytes:
    return data.replace(session.jid.full.encode(), session.jid.bare.encode(), 1)


def _same_ids(original: Any) -> Any:
    def push_to(world: Any, sessions: Any, item: Any, version: str) -> None:
        new_id, world.new_id = world.new_id, lambda: "push"
        original(world, sessions, item, version)
        world.new_id = new_id

    return push_to


# What clients answer


def _is_answer(stanza: Any) -> bool:
    return isinstance(stanza, Iq) and stanza.type in ("result", "error") and stanza.to is None


def _passed_on(original: Any) -> Any:
    def iq(world: Any, session: Any, stanza: Any) -> None:
        for other in session.account.sessions.values():
            if _is_answer(stanza) and other is not session:
                world.send(other, stanza, other.jid.full)
        original(world, session, stanza)

    return iq


def _until_answered(original: Any) -> Any:
    def push_to(world: Any, sessions: Any, item: Any, version: str) -> None:
        waiting = remembered(world, "waiting")
        original(world, [one for one in sessions if one.jid.full not in waiting], item, version)
        waiting.update(dict.fromkeys(one.jid.full for one in sessions))

    return push_to


def _noting_answers(original: Any) -> Any:
    def iq(world: Any, session: Any, stanza: Any) -> None:
        if _is_answer(stanza):
            remembered(world, "waiting").pop(session.jid.full, None)
        original(world, session, stanza)

    return iq


# Order


def _roster_late(original: Any) -> Any:
    """A request for the roster waits until something else has come on its line."""

    def from_client(world: Any, session: Any, stanza: Any) -> None:
        held = remembered(world, "held")
        if isinstance(stanza, Iq) and stanza.child is not None and (stanza.type, stanza.child.tag) == _GET:
            held.setdefault(session.jid.full, []).append(stanza)
            return
        original(world, session, stanza)
        for late in held.pop(session.jid.full, ()):
            original(world, session, late)

    return from_client


MUTANTS: tuple[Mutant, ...] = (
    mutant(
        "first-resource-told",
        "2.1.6",
        "Only the resource that was bound first gets pushes.",
        Patch(World, "push", _pushing(lambda _world, _account, interested: interested[:1])),
    ),
    mutant(
        "item-twice",
        "2.1.6",
        "A push has its item twice.",
        Patch(encode, "pushes", _rewritten(_twice)),
    ),
    mutant(
        "one-id-for-all",
        "2.1.6",
        "All pushes have the same id.",
        Patch(World, "push_to", _same_ids),
    ),
    mutant(
        "pushed-by-domain",
        "2.1.6",
        "Pushes come from the server's domain.",
        Patch(encode, "pushes", _rewritten(_from_domain)),
    ),
    mutant(
        "pushed-to-account",
        "2.1.6",
        "Pushes are addressed to the account's bare JID.",
        Patch(encode, "pushes", _rewritten(_to_account)),
    ),
    mutant(
        "answers-passed-on",
        "2.1.6",
        "What a client answers to a push goes to the account's other resources.",
        Patch(outbound, "_iq", _passed_on),
    ),
    mutant(
        "answers-awaited",
        "2.1.6",
        "A resource gets no push before it has answered the last one.",
        Patch(World, "push_to", _until_answered),
        Patch(outbound, "_iq", _noting_answers),
    ),
    mutant(
        "everybody-told",
        "2.2",
        "Resources get pushes that have not asked for the roster.",
        Patch(World, "push", _pushing(lambda _world, account, _interested: list(account.sessions.values()))),
    ),
    mutant(
        "told-when-seen",
        "2.2",
        "A resource that was never available gets no pushes.",
        Patch(World, "push", _pushing(_seen_before)),
        Patch(presence, "available", _noting_presence),
    ),
    mutant(
        "interest-ends",
        "2.2",
        "A resource that becomes unavailable gets no pushes any more.",
        Patch(presence, "unavailable", _uninterested),
    ),
    mutant(
        "told-for-each-get",
        "2.2",
        "A resource is told of a change as often as it has asked for the roster.",
        Patch(World, "push", _pushing(_for_each_get)),
        Patch(requests.OWN, _GET, _counting),
    ),
    mutant(
        "roster-late",
        "2.2",
        "The roster comes after the answer to what was sent behind the request.",
        Patch(outbound, "from_client", _roster_late),
    ),
    mutant(
        "sender-not-told",
        "2.3.2",
        "The resource that has made a change gets no push of it.",
        Patch(requests.OWN, _SET, _without_setter),
    ),
)
