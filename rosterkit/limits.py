"""What everybody may have at most: one table for the command line, TOML, the configuration and its documentation.

Tests: ``tests/test_limits.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from rosterkit.core.limits import Limits as AccountLimits

__all__ = ["LIMITS", "UNLIMITED", "Limit", "Limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits(AccountLimits):
    """The limits of a server, those of accounts among them; 0 is none where :data:`LIMITS` lets it be.

    ``depth``, ``elements`` and ``attributes`` are of a stanza, ``backlog`` are the bytes that may wait to be read by
    the other side, ``rate`` is how many stanzas a second a session may send on average, ``connections`` how many one
    IP address may have.  ``login_time`` is how long a client may take until its resource is bound, ``login_tries``
    how often it may fail before.  After ``keep_alive`` of silence a space is sent, after ``ping`` a request that must
    be answered within the same time.  Times are in seconds.
    """

    depth: int = 100
    elements: int = 2_000
    attributes: int = 128
    backlog: int = 16 * 1024 * 1024
    rate: int = 1_000
    connections: int = 1_000
    login_time: int = 60
    login_tries: int = 5
    keep_alive: int = 0
    ping: int = 0


#: A server without any limit that can be left out.
UNLIMITED = Limits(elements=0, backlog=0, rate=0, connections=0, login_time=0)


class Limit(NamedTuple):
    """One limit: its option, its field in :class:`Limits`, what it takes (0 is "none" where ``none`` says so).

    ``bounds`` is what it is about, as the beginning of a sentence.
    """

    option: str
    field: str
    metavar: str
    low: int
    high: int
    bounds: str
    none: bool = False

    @property
    def default(self) -> int:
        """What it is unless somebody says otherwise."""
        return int(getattr(_DEFAULTS, self.field))

    @property
    def help(self) -> str:
        """The sentence for ``--help``."""
        return f"{self.bounds}; {self._default}."

    @property
    def unit(self) -> str:
        """How a sentence about a wrong number ends."""
        return {"BYTES": " (bytes)", "SECONDS": " (seconds)"}.get(self.metavar, "") + (_OR_NONE if self.none else "")

    @property
    def _default(self) -> str:
        if not self.none:
            return f"the default is {self.default}"
        return f"the default is {self.default}, 0 is no limit" if self.default else "the default is 0, which is never"


_OR_NONE = "; 0 is none"
_DEFAULTS = Limits()
_MEBIBYTE = 1024 * 1024
_DAY = 86_400
_MANY = 1_000_000

LIMITS = (
    Limit("max-depth", "depth", "N", 5, 200, "How many levels of elements a stanza may have"),
    Limit("max-elements", "elements", "N", 0, _MANY, "How many elements a stanza may have", none=True),
    Limit("max-attributes", "attributes", "N", 16, 1_000, "How many attributes an element may have"),
    Limit(
        "max-backlog",
        "backlog",
        "BYTES",
        0,
        1024 * _MEBIBYTE,
        "How much may wait for a client that does not read; it is closed when there is more",
        none=True,
    ),
    Limit(
        "max-rate",
        "rate",
        "N",
        0,
        _MANY,
        "How many stanzas a second a session may send, in the mean of ten seconds",
        none=True,
    ),
    Limit("max-connections", "connections", "N", 0, _MANY, "How many connections one IP address may have", none=True),
    Limit(
        "login-timeout",
        "login_time",
        "SECONDS",
        0,
        _DAY,
        "How long a client may take until it has a resource",
        none=True,
    ),
    Limit("login-tries", "login_tries", "N", 1, 1_000, "How many attempts to log in may fail on one connection"),
    Limit(
        "keep-alive",
        "keep_alive",
        "SECONDS",
        0,
        _DAY,
        "After how much silence a space (on WebSocket a ping of its own) is sent",
        none=True,
    ),
    Limit(
        "ping",
        "ping",
        "SECONDS",
        0,
        _DAY,
        "After how much silence a client is sent a ping; one that stays silent for as long again is closed",
        none=True,
    ),
    Limit("max-resources", "resources", "N", 1, _MANY, "How many resources an account may have at once"),
    Limit("max-entries", "entries", "N", 0, _MANY, "How many entries a roster may have"),
    Limit("max-groups", "groups", "N", 1, 1_000, "How many groups an entry may be in"),
    Limit("max-name", "name_bytes", "BYTES", 64, 65_535, "How long the name of an entry or a group may be"),
    Limit("max-requests", "requests", "N", 0, _MANY, "How many subscription requests are kept for an account"),
    Limit("max-request", "request_bytes", "BYTES", 1_000, _MEBIBYTE, "How much a subscription request may hold"),
    Limit("max-directed", "directed", "N", 1, _MANY, "To how many contacts a session may send directed presence"),
    Limit("max-accounts", "accounts", "N", 0, _MANY, "How many accounts there may be when somebody registers"),
)
