"""rosterkit: the reference peer for XMPP rosters, and a roster client for Twisted applications.

The names below are loaded when they are first used: importing the package installs no reactor and imports neither
Twisted nor lxml.

Tests: ``tests/test_package.py``.
"""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rosterkit.client import xso
    from rosterkit.client.batch import Batch, Report
    from rosterkit.client.cache import CacheError, JsonCache, MemoryCache, RosterCache, SqliteCache, open_cache
    from rosterkit.client.connecting import Client, connect
    from rosterkit.client.item import Item
    from rosterkit.client.resources import Resource
    from rosterkit.client.roster import RosterClient
    from rosterkit.client.signals import Signal
    from rosterkit.client.subscriptions import Policy, PreApprovalNotOfferedError, Request
    from rosterkit.xmpp.certificates import TlsError
    from rosterkit.xmpp.login import LoginError

__all__ = [
    "Batch",
    "CacheError",
    "Client",
    "Item",
    "JsonCache",
    "LoginError",
    "MemoryCache",
    "Policy",
    "PreApprovalNotOfferedError",
    "Report",
    "Request",
    "Resource",
    "RosterCache",
    "RosterClient",
    "Signal",
    "SqliteCache",
    "TlsError",
    "__version__",
    "connect",
    "open_cache",
    "xso",
]

__version__ = "1.0.0"

_WHERE = {
    "client.batch": ("Batch", "Report"),
    "client.cache": ("CacheError", "JsonCache", "MemoryCache", "RosterCache", "SqliteCache", "open_cache"),
    "client.connecting": ("Client", "connect"),
    "client.item": ("Item",),
    "client.resources": ("Resource",),
    "client.roster": ("RosterClient",),
    "client.signals": ("Signal",),
    "client.subscriptions": ("Policy", "PreApprovalNotOfferedError", "Request"),
    "xmpp.certificates": ("TlsError",),
    "xmpp.login": ("LoginError",),
}
_MODULES = {name: f"rosterkit.{module}" for module, names in _WHERE.items() for name in names}


def __getattr__(name: str) -> Any:
    """Load what is asked for, once; ``Service`` is what aioxmpp called RosterClient long ago."""
    if name == "Service":
        warnings.warn("Service is an old name; use RosterClient.", DeprecationWarning, stacklevel=2)
        return __getattr__("RosterClient")
    if name == "xso":
        found: Any = import_module("rosterkit.client.xso")
    elif name in _MODULES:
        found = getattr(import_module(_MODULES[name]), name)
    else:
        raise AttributeError(f"rosterkit has no {name!r}; there are {', '.join(__all__)}.")
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
