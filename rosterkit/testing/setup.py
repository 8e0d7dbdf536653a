"""What a server is started with: accounts, components and what is on; checked, so that each server takes it.

Tests: ``tests/live/test_servers.py``.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import NamedTuple, TypedDict

from rosterkit.core import jid
from rosterkit.errors import ConfigError

__all__ = ["DOMAIN", "NOTHING", "Options", "Setup", "make_setup"]

#: The domain of every account.
DOMAIN = "localhost"
NOTHING: Mapping[str, str] = MappingProxyType({})
_UNBALANCED: Mapping[str, int] = MappingProxyType({})


class Options(TypedDict, total=False):
    """What every server can be asked for besides its accounts; all of it is off where it is not said.

    ``components`` are secrets by domain (XEP-0114); ejabberd and jabberd2 know one secret for all of them and let in
    any domain that shows it.  With ``registration`` a client may make accounts and change its
    password (XEP-0077).  ``direct_tls`` opens a port with TLS from the first byte, ``websocket`` one for XMPP over
    WebSocket with TLS (RFC 7395).  ``privileged`` are components that may get rosters (XEP-0356).  ``balanced`` has
    the number of connections of components over which the stanzas to a domain are shared out: each bare JID of it
    always at the same one.
    """

    components: Mapping[str, str]
    registration: bool
    direct_tls: bool
    websocket: bool
    privileged: Collection[str]
    balanced: Mapping[str, int]


class Setup(NamedTuple):
    """The checked :class:`Options`; ``accounts`` are passwords by prepared localpart, in the caller's order."""

    accounts: dict[str, str]
    components: dict[str, str]
    registration: bool
    direct_tls: bool
    websocket: bool
    privileged: tuple[str, ...]
    balanced: Mapping[str, int]

    def one_secret(self, server: str) -> str:
        """The secret of all components, empty where there are none; :class:`ConfigError` where they have several."""
        found = set(self.components.values())
        if len(found) > 1:
            raise ConfigError(f"{server} knows one secret for all components: give the same to each of them.")
        return found.pop() if found else ""

    def __repr__(self) -> str:
        return f"<Setup of {len(self.accounts)} accounts and {len(self.components)} components>"


def make_setup(
    accounts: Mapping[str, str] = NOTHING,
    components: Mapping[str, str] = NOTHING,
    registration: bool = False,
    *,
    direct_tls: bool = False,
    websocket: bool = False,
    privileged: Collection[str] = (),
    balanced: Mapping[str, int] = _UNBALANCED,
) -> Setup:
    """The checked setup; the arguments are those of :class:`Options`.

    Raises :class:`~rosterkit.errors.JidError` for a name that is no localpart or no domain, and
    :class:`ConfigError` for a secret that does not fit into one line of a file, and where a domain is ``privileged``
    or ``balanced`` that is none of ``components``.
    """
    for name, secret in (*accounts.items(), *components.items()):
        _check_secret(name, secret)
    secrets = {_domain(name): secret for name, secret in components.items()}
    return Setup(
        {jid.prepare_local(name): password for name, password in accounts.items()},
        secrets,
        registration,
        direct_tls,
        websocket,
        tuple(_component(name, secrets, "privileged") for name in privileged),
        {_component(name, secrets, "balanced"): _count(name, count) for name, count in balanced.items()},
    )


def _check_secret(name: str, secret: str) -> None:
    if not secret or not secret.isprintable():
        raise ConfigError(
            f"The password or secret of {name!r} is empty or holds characters that cannot be printed: use others."
        )


def _domain(text: str) -> str:
    parsed = jid.parse(text)
    if parsed.full != parsed.domain:
        raise ConfigError(f"The component {text!r} is no domain: write it without a name and a resource.")
    return parsed.domain


def _component(text: str, components: Mapping[str, str], use: str) -> str:
    domain = _domain(text)
    if domain not in components:
        raise ConfigError(f"{text!r} is to be {use} but is no component: give its secret in components.")
    return domain


def _count(domain: str, count: int) -> int:
    if count < 1:
        raise ConfigError(f"The component {domain!r} cannot be balanced over {count} connections: at least 1.")
    return count
