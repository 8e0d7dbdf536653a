"""connect(): a running client of an account, from a JID and a password.

Within a coroutine::

    client = await rosterkit.connect("juliet@example.com", password)
    for item in client.roster:
        print(item.jid, item.name)

Tests: ``tests/client/test_connecting.py``, ``tests/client/test_lying_servers.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rosterkit.client.client import LOGIN_TIMEOUT, Client
from rosterkit.core.jid import Jid
from rosterkit.errors import ConfigError
from rosterkit.xmpp.certificates import client_side
from rosterkit.xmpp.jids import AnyJid, parsed
from rosterkit.xmpp.login import Login, TlsMode
from rosterkit.xmpp.reaching import Resolver, Route

if TYPE_CHECKING:
    from rosterkit.client.cache import RosterCache
    from rosterkit.client.roster import RosterClient
    from rosterkit.client.subscriptions import AnyPolicy

__all__ = ["LOGIN_TIMEOUT", "Client", "connect"]


def connect(
    jid: AnyJid,
    password: str,
    host: str | None = None,
    port: int | None = None,
    tls: TlsMode = "required",
    *,
    direct_tls: bool = False,
    ca_file: str | Path | None = None,
    roster: RosterClient | Literal[False] | None = None,
    cache: RosterCache | str | Path | None = None,
    policy: AnyPolicy | None = None,
    presence: bool = True,
    handlers: Iterable[Any] = (),
    allow_plaintext_password: bool = False,
    login_timeout: float = LOGIN_TIMEOUT,
    resolver: Resolver | None = None,
    backoff: Callable[[int], float] | None = None,
    reactor: Any = None,
) -> Client:
    """A running client of the account ``jid``, whose resource, if it has one, is wished for.

    Without ``host`` and ``port`` the domain's SRV records are asked.  ``tls`` is for STARTTLS; with ``direct_tls``
    the connection begins with TLS (port 5223).  Certificates are checked against the JID's domain, with the
    platform's authorities or those in ``ca_file`` (PEM) alone.  ``allow_plaintext_password`` lets PLAIN be used
    without TLS.

    The roster is a new RosterClient with ``cache`` (an object, or a path, whose file is closed when the client has
    stopped) and ``policy``, the one given, or none for False.  After each login it is fetched, and then initial
    presence is sent, unless ``presence`` is False.  ``handlers`` are added after the roster.

    ``login_timeout`` (seconds) bounds each login.  ``backoff`` gives the seconds to wait after so many failures in a
    row, 0 for the first.  ``resolver`` and ``reactor`` are the installed ones if they are not given.

    Raises :class:`~rosterkit.errors.JidError` and :class:`~rosterkit.errors.ConfigError` for what is wrong with the
    arguments.  Everything else is told by awaiting the client.
    """
    account = parsed(jid)
    _check(account, tls, direct_tls)
    if reactor is None:
        from twisted.internet import reactor
    context = client_side(account.domain, ca_file, direct_tls) if direct_tls or tls != "never" else None
    login = Login(account, password, tls, context, direct_tls, allow_plaintext_password)
    route = Route(
        account.domain,
        host,
        port,
        context=context if direct_tls else None,
        resolver=resolver,
        timeout=login_timeout,
        reactor=reactor,
    )
    kept, close = _roster(roster, cache, policy, reactor)
    client = Client(
        login,
        route,
        kept,
        handlers,
        presence=presence,
        login_timeout=login_timeout,
        backoff=backoff,
        stopped=close,
        reactor=reactor,
    )
    client.startService()
    return client


def _check(account: Jid, tls: str, direct_tls: bool) -> None:
    if not account.local:
        raise ConfigError(f"{account.full} is a server's JID; an account has a name before an '@'.")
    if tls not in ("required", "optional", "never"):
        raise ConfigError(f"tls is {tls!r}; it can be 'required', 'optional' or 'never'.")
    if direct_tls and tls == "never":
        raise ConfigError("direct_tls=True and tls='never' exclude each other.")


def _roster(
    roster: RosterClient | Literal[False] | None,
    cache: RosterCache | str | Path | None,
    policy: AnyPolicy | None,
    reactor: Any,
) -> tuple[RosterClient | None, Callable[[], None] | None]:
    """The roster that the arguments ask for, and what closes the cache that was opened for it, where one was."""
    if roster is not None:
        if cache is not None or policy is not None:
            raise ConfigError("cache and policy are for the roster that connect() makes; give them to yours instead.")
        return (None if roster is False else roster), None  # an empty one is false
    from rosterkit.client.cache import reopening_cache
    from rosterkit.client.roster import RosterClient

    options: dict[str, Any] = {} if policy is None else {"policy": policy}
    if not isinstance(cache, str | Path):
        return RosterClient(cache, clock=reactor, **options), None
    opened = reopening_cache(cache)
    return RosterClient(opened, clock=reactor, **options), opened.close
