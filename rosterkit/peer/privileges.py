"""What a server lets the component see besides (XEP-0356): here, the rosters of its users.

The server says so by itself after the handshake.

Tests: ``tests/peer/test_privileges.py``.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any, NamedTuple

from lxml.etree import _Element
from twisted.internet import defer
from twisted.internet.defer import Deferred, fail
from twisted.internet.interfaces import IReactorTime

from rosterkit.core import jid
from rosterkit.core.ext.privilege import READING, roster_access
from rosterkit.core.jid import Jid
from rosterkit.core.replica import Read, read_item
from rosterkit.core.replies import result
from rosterkit.core.roster import NAMESPACE as ROSTER
from rosterkit.core.roster_iq import QUERY
from rosterkit.core.stanza import Iq, Message, Stanza
from rosterkit.errors import RosterkitError
from rosterkit.wire.conditions import condition_in, said_of
from rosterkit.wire.names import COMPONENT, STANZA_ERRORS

__all__ = ["PATIENCE", "PrivilegeError", "Privileges", "ServerRoster"]

#: Seconds that the server has to answer.
PATIENCE = 10.0

_ERROR = f"{{{COMPONENT}}}error"


class PrivilegeError(RosterkitError):
    """A roster that cannot be had; ``status`` is what HTTP calls it: 409 as things are, 502 or 504 by the server."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class ServerRoster(NamedTuple):
    """A user's roster as the server has it; ``version`` is None where it does not say one."""

    account: str
    version: str | None
    items: tuple[Read, ...]


class _Asked(NamedTuple):
    """A roster that was asked for."""

    account: Jid
    answered: Deferred[ServerRoster]


class Privileges:
    """What is granted to the component ``domain``, by server domain, and what was asked for because of it.

    ``send`` writes a stanza to the server, ``note`` tells the journal.
    """

    def __init__(
        self, domain: str, send: Callable[[Stanza], object], note: Callable[[str], object], reactor: IReactorTime
    ) -> None:
        self._domain = jid.parse(domain)
        self._send = send
        self._note = note
        self._reactor = reactor
        self._granted: dict[str, str] = {}
        self._asked: dict[str, _Asked] = {}

    def granted(self, server: str) -> str:
        """The access to rosters that the server of this domain gives: ``get``, ``set``, ``both`` or ``none``."""
        return self._granted.get(server, "none")

    def roster(self, account: Jid) -> Deferred[ServerRoster]:
        """What the server holds for one of its users (a bare JID); fails with :class:`PrivilegeError`."""
        access = self.granted(account.domain)
        if access not in READING:
            text = (
                f"{account.domain} has granted {self._domain.full} no reading of rosters (XEP-0356; its access is "
                f"{access!r}): grant it roster access 'get' in the server's configuration."
            )
            return fail(PrivilegeError(409, text))
        request = Iq(
            "get", secrets.token_hex(12), account, self._domain, body=b"<query xmlns='%b'/>" % ROSTER.encode()
        )
        answered: Deferred[ServerRoster] = Deferred()
        assert request.id is not None
        self._asked[request.id] = _Asked(account, answered)
        answered.addTimeout(PATIENCE, self._reactor)
        answered.addBoth(self._done, request.id)
        answered.addErrback(_too_late, account)
        self._send(request)
        return answered

    def forget(self) -> None:
        """The server is gone: it will say again what it grants, and answers nothing more."""
        self._granted.clear()
        for asked in list(self._asked.values()):
            text = f"The connection ended before the server answered for {asked.account.bare}. Ask again."
            asked.answered.errback(PrivilegeError(502, text))

    # What comes

    def take(self, element: _Element, stanza: Stanza) -> bool:
        """Whether a stanza from the server is about privileges, and so not for the network."""
        sender = stanza.sender
        if sender is None or stanza.to != self._domain:
            return False
        if isinstance(stanza, Message):
            return stanza.type != "error" and sender.full == sender.domain and self._hear(element, sender.domain)
        if not isinstance(stanza, Iq):
            return False
        if stanza.type in ("result", "error"):
            return self._answered(element, stanza, sender)
        return self._pushed(stanza, sender)

    def _hear(self, message: _Element, server: str) -> bool:
        """The server says what it grants; whatever it granted before is replaced."""
        access = roster_access(message)
        if access is None:
            return False
        self._granted[server] = access
        self._note(f"{server} grants access to its users' rosters: {access} (XEP-0356).")
        return True

    def _answered(self, element: _Element, answer: Iq, sender: Jid) -> bool:
        asked = self._asked.get(answer.id or "")
        if asked is None or sender != asked.account:
            return False
        outcome = _read(asked.account, element)
        if isinstance(outcome, ServerRoster):
            asked.answered.callback(outcome)
        else:
            asked.answered.errback(PrivilegeError(502, f"{sender.domain} {outcome}"))
        return True

    def _pushed(self, push: Iq, sender: Jid) -> bool:
        """A roster push of a user's comes to whoever may read the roster, and wants an answer as from any client."""
        if push.child is None or push.child.tag != QUERY or push.type != "set":
            return False
        if self.granted(sender.domain) not in READING:
            return False
        self._send(result(push))
        return True

    def _done(self, outcome: Any, request: str) -> Any:
        del self._asked[request]
        return outcome


def _too_late(failure: Any, account: Jid) -> Any:
    failure.trap(defer.TimeoutError)
    text = f"{account.domain} has not answered within {PATIENCE:g} s what the roster of {account.bare} is. Ask again."
    raise PrivilegeError(504, text)


def _read(account: Jid, answer: _Element) -> ServerRoster | str:
    """The roster in an answer; where there is none, what the server has done."""
    if answer.get("type") == "error":
        error = next((child for child in answer if child.tag == _ERROR), answer)
        return f"does not give the roster of {account.bare}: {said_of(*condition_in(error, STANZA_ERRORS))}."
    wrong = f"has answered with no roster of {account.bare} that could be read"
    query = next((child for child in answer if child.tag == QUERY), None)
    if query is None:
        return f"{wrong}: there is no query in it."
    items = []
    for child in query:
        read = read_item(child)
        if isinstance(read, str):
            return f"{wrong}: {read}"
        items.append(read)
    return ServerRoster(account.bare, query.get("ver"), tuple(items))
