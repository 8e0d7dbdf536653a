"""Whether another connection could do better than the one that ended.

A network that fails, a server that restarts or is busy: those are tried again.  A wrong password, a certificate that
is refused, a domain that the server does not know: those stay as they are, and trying again only hides them.

Tests: ``tests/client/test_outcomes.py``.
"""

from __future__ import annotations

from twisted.words.protocols.jabber.error import StreamError

from rosterkit.core.jid import Jid
from rosterkit.errors import RosterkitError
from rosterkit.xmpp.certificates import TlsError, refused
from rosterkit.xmpp.endings import FINAL, said
from rosterkit.xmpp.login import LoginError
from rosterkit.xmpp.streams import BrokenStreamError

__all__ = ["hopeless"]

_ADVICE = {
    "host-unknown": " Check the domain of the JID, and the host.",
    "see-other-host": " Name that host with host=.",
}


def hopeless(error: BaseException | None, account: Jid, logged_in: bool) -> RosterkitError | None:
    """Why there is no use in another connection after one that ended with ``error``; None where there is.

    ``logged_in`` says that the login had succeeded: then only a conflict and a login that was withdrawn are final.
    """
    if isinstance(error, StreamError):
        return _after_login(error, account) if logged_in else _before_login(error)
    if logged_in:
        return None
    if isinstance(error, LoginError):
        return None if error.temporary else error
    if isinstance(error, TlsError):
        return error
    if isinstance(error, BrokenStreamError):
        return LoginError(f"{error} What answers there may be no XMPP server; check the host and the port.")
    return refused(error, account.domain)


def _before_login(error: StreamError) -> LoginError | None:
    if error.condition not in FINAL:
        return None
    text = f"The server ended the stream: {said(error)}.{_ADVICE.get(error.condition, '')}"
    return LoginError(text, error.condition)


def _after_login(error: StreamError, account: Jid) -> LoginError | None:
    if error.condition == "conflict":
        return LoginError(
            f"Another client has logged in to {account.bare} with the same resource, and this one leaves it to it: "
            "both would push each other out for ever. Give each client its own resource, or none.",
            "conflict",
        )
    if error.condition == "not-authorized":
        return LoginError(f"The server has withdrawn the login of {account.bare}: {said(error)}.", "not-authorized")
    return None
