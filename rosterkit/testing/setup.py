"""What a server is started with: accounts, components, registration; checked, so that each server takes it.

Tests: ``tests/live/test_servers.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from rosterkit.core import jid
from rosterkit.errors import ConfigError

__all__ = ["DOMAIN", "Setup", "make_setup"]

#: The domain of every account.
DOMAIN = "localhost"


class Setup(NamedTuple):
    """``accounts`` are passwords by prepared localpart, in the caller's order; ``components`` secrets by domain."""

    accounts: dict[str, str]
    components: dict[str, str]
    registration: bool

    def __repr__(self) -> str:
        return f"<Setup of {len(self.accounts)} accounts and {len(self.components)} components>"


def make_setup(accounts: Mapping[str, str], components: Mapping[str, str], registration: bool) -> Setup:
    """The checked setup.

    Raises :class:`~rosterkit.errors.JidError` for a name that is no localpart or no domain, and
    :class:`ConfigError` for a secret that does not fit into one line of a file.
    """
    for name, secret in (*accounts.items(), *components.items()):
        _check_secret(name, secret)
    return Setup(
        {jid.prepare_local(name): password for name, password in accounts.items()},
        {_domain(name): secret for name, secret in components.items()},
        registration,
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
