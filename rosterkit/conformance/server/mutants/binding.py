"""Mutants that bind the wrong resource, or one to two clients (RFC 6120 §7, RFC 3921 §3).

Tests: ``tests/conformance/test_server_logins.py``, ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from rosterkit.conformance.server.mutant import Mutant, Patch, mutant
from rosterkit.core import markup, requests
from rosterkit.core.effects import Effect
from rosterkit.core.ext.bind import SESSION
from rosterkit.core.jid import Jid
from rosterkit.core.server import RosterServer
from rosterkit.core.stanza import Element, Iq
from rosterkit.core.state import Link, Session
from rosterkit.errors import BAD_REQUEST, SERVICE_UNAVAILABLE, STREAM_CONFLICT, StanzaError
from rosterkit.wire import features, negotiate
from rosterkit.wire.features import Settings
from rosterkit.wire.names import BIND
from rosterkit.wire.negotiate import ClientStream

__all__ = ["MUTANTS"]

_Function: TypeAlias = Callable[..., Any]
_OFFER = markup.element("bind", xmlns=BIND).encode()


def _mutant(name: str, section: str, breaks: str, *patches: Patch) -> Mutant:
    return mutant(name, section, breaks, *patches, caught_in=(f"rfc6120/{section}",))


# Which resource


def _no_offer(original: _Function) -> _Function:
    def after_login(settings: Settings) -> bytes:
        return bytes(original(settings)).replace(_OFFER, b"")

    return after_login


def _wants_a_name(original: _Function) -> _Function:
    def bound(self: ClientStream, iq: Iq, request: Element) -> Jid | StanzaError:
        return original(self, iq, request) if any(True for _ in request) else BAD_REQUEST

    return bound


def _one_for_all(original: _Function) -> _Function:
    return lambda request: original(request) or "home"


def _bare_for_empty(original: _Function) -> _Function:
    def bound(self: ClientStream, iq: Iq, request: Element) -> Jid | StanzaError:
        if self.account is not None and _texts(request) == [""]:
            return self.account
        answer: Jid | StanzaError = original(self, iq, request)
        return answer

    return bound


def _texts(elements: Iterable[Element]) -> list[str]:
    return [element.text or "" for element in elements]


def _as_it_comes(_original: _Function) -> _Function:
    def wished(request: Element) -> str | None:
        return next((text for text in _texts(request) if text), None)

    return wished


# Two who want the same


def _both(_original: _Function) -> _Function:
    def admit(self: RosterServer, session: Session) -> None:
        self.world.undo.insert(session.account.sessions, session.jid.resource, session)

    return admit


def _unseen(_original: _Function) -> _Function:
    def admit(self: RosterServer, session: Session) -> None:
        older = session.account.sessions.get(session.jid.resource)
        if older is not None:
            self.world.close(older, STREAM_CONFLICT)
        self.world.undo.insert(session.account.sessions, session.jid.resource, session)

    return admit


def _takes_the_newer_along(original: _Function) -> _Function:
    def lose(self: RosterServer, link: Link, now: float) -> list[Effect]:
        if isinstance(link, Session):
            link = link.account.sessions.get(link.jid.resource, link)
        effects: list[Effect] = original(self, link, now)
        return effects

    return lose


def _refuses(_original: _Function) -> _Function:
    return lambda _world, _session, _iq: SERVICE_UNAVAILABLE


MUTANTS: tuple[Mutant, ...] = (
    _mutant("bind-not-offered", "7.4", "It does not offer bind.", Patch(features, "after_login", _no_offer)),
    _mutant("wants-a-name", "7.6.1", "It makes no resource up.", Patch(ClientStream, "_bound", _wants_a_name)),
    _mutant(
        "one-for-all",
        "7.6.1",
        "It makes the same resource up for all.",
        Patch(negotiate, "_wished", _one_for_all),
    ),
    _mutant(
        "bare-for-empty",
        "7.7.2.1",
        "Whoever asks for an empty resource gets none.",
        Patch(ClientStream, "_bound", _bare_for_empty),
    ),
    _mutant("as-it-comes", "7.7.2.1", "It binds whatever is asked for.", Patch(negotiate, "_wished", _as_it_comes)),
    _mutant("both-stay", "7.7.2.2", "It gives one resource to two clients.", Patch(RosterServer, "_admit", _both)),
    _mutant(
        "older-unseen",
        "7.7.2.2",
        "It ends the older of two clients, and tells nobody that it is unavailable.",
        Patch(RosterServer, "_admit", _unseen),
    ),
    _mutant(
        "newer-taken-along",
        "7.7.2.2",
        "The end of the older of two clients takes the newer one out of the list.",
        Patch(RosterServer, "lose", _takes_the_newer_along),
    ),
    mutant(
        "no-session",
        "3",
        "It offers the session of RFC 3921 and refuses it.",
        Patch(requests.OWN, ("set", SESSION), _refuses),
        caught_in=("rfc3921/3",),
    ),
)
