"""The options of the control API: its port, its token, how much is remembered, who the contacts are.

Tests: ``tests/test_config.py``.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any, Protocol

from rosterkit.errors import ConfigError
from rosterkit.options import Setting, read_text
from rosterkit.settings import read_path

__all__ = ["JOURNAL_BYTES", "TOKEN_VARIABLE", "Controlled", "check_control", "read_token", "web_address"]

#: What a journal holds unless somebody says otherwise.
JOURNAL_BYTES = 4 * 1024 * 1024
#: The environment variable that holds the token.
TOKEN_VARIABLE = "ROSTERKIT_CONTROL_TOKEN"
#: A shorter token could be guessed; a longer one is no token.
_TOKEN_LENGTH = range(8, 1024)


def web_address(place: Mapping[str, Any], scheme: str = "http") -> str:
    """The URL of a port that the ready line says, ``{"host": ..., "port": ...}``, without a path."""
    host = f"[{place['host']}]" if ":" in place["host"] else place["host"]
    return f"{scheme}://{host}:{place['port']}"


def read_token(settings: Mapping[str, Setting], environ: Mapping[str, str]) -> str | None:
    """The token of the control API, from its file or from the environment; None where there is none.

    Raises :class:`ConfigError` for one in both places, and for one that no HTTP header can carry.
    """
    setting, variable = settings.get("control-token-file"), environ.get(TOKEN_VARIABLE)
    if setting is not None and variable:
        raise ConfigError(f"{setting.place} and {TOKEN_VARIABLE} both give a token: remove one.")
    if setting is None:
        return _checked(variable.strip(), TOKEN_VARIABLE) if variable else None
    return _checked(read_text(read_path(setting), setting.place).strip(), setting.place)


def _checked(token: str, place: str) -> str:
    if not (token.isascii() and token.isprintable()) or " " in token or len(token) not in _TOKEN_LENGTH:
        raise ConfigError(
            f"{place} holds no token: it takes {_TOKEN_LENGTH.start} to {_TOKEN_LENGTH.stop - 1} printable ASCII "
            "characters without a space."
        )
    return token


class Controlled(Protocol):
    """What a configuration says about the control API."""

    @property
    def control_port(self) -> int | None:
        """Its port, 0 for any free one, None for none."""

    @property
    def control_token(self) -> str | None:
        """What its callers must show."""

    @property
    def interface(self) -> str:
        """The IP address on which it listens."""


def check_control(config: Controlled) -> None:
    """ConfigError where whoever reaches the machine could control the server."""
    exposed = config.control_port is not None and not ipaddress.ip_address(config.interface).is_loopback
    if exposed and config.control_token is None:
        raise ConfigError(
            f"--control-port on {config.interface}, which is not loopback, needs a token: "
            f"add --control-token-file FILE or set {TOKEN_VARIABLE}."
        )
