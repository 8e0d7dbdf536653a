"""Why a connection ended, and whether another one could do better.

A network that fails, a server that restarts or is busy: those are tried again.  A wrong password, a certificate that
is refused, a domain that the server does not know: those stay as they are, and trying again only hides them.

Tests: ``tests/client/test_outcomes.py``.
"""

from __future__ import annotations

from twisted.words.protocols.jabber.error import StreamError

from rosterkit.core.jid import Jid
from rosterkit.errors import RosterkitError
from rosterkit.xmpp.certificates import TlsError, refused
from rosterkit.xmpp.login import LoginError
from rosterkit.xmpp.streams import BrokenStreamError

__all__ = ["hopeless", "sentence"]

# Stream errors that say the same to everybody who comes back with the same login (RFC 6120 §4.9.3).
_FINAL_BEFORE = {
    "bad-format", "bad-namespace-prefix", "host-gone", "host-unknown", "improper-addressing", "invalid-from",
    "invalid-namespace", "invalid-xml", "not-authorized", "not-well-formed", "restricted-xml", "see-other-host",
    "unsupported-encoding", "unsupported-feature", "unsupported-stanza-type", "unsupported-version",
}  # fmt: skip
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


def sentence(error: BaseException | None) -> str:
    """What ``error`` says, for a log."""
    if isinstance(error, StreamError):
        return f"the server ended the stream: {_said(error)}"
    return str(error) or type(error).__name__


def _before_login(error: StreamError) -> LoginError | None:
    if error.condition not in _FINAL_BEFORE:
        return None
    text = f"The server ended the stream: {_said(error)}.{_ADVICE.get(error.condition, '')}"
    return LoginError(text, error.condition)


def _after_login(error: StreamError, account: Jid) -> LoginError | None:
    if error.condition == "conflict":
        return LoginError(
            f"Another client has logged in to {account.bare} with the same resource, and this one leaves it to it: "
            "both would push each other out for ever. Give each client its own resource, or none.",
            "conflict",
        )
    if error.condition == "not-authorized":
        return LoginError(f"The server has withdrawn the login of {account.bare}: {_said(error)}.", "not-authorized")
    return None


def _said(error: StreamError) -> str:
    """Condition and text, fit for a sentence."""
    text = ascii((error.text or "")[:200])[1:-1].rstrip(".")
    return f"{error.condition} ({text})" if text else str(error.condition)
