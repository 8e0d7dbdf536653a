"""What a server lets a component do for its users, as far as it is about rosters (XEP-0356).

Versions 1 (ejabberd until 24) and 2 of the namespace say the same about rosters.

Tests: ``tests/core/ext/test_privilege.py``.
"""

from __future__ import annotations

from rosterkit.core.stanza import Element

__all__ = ["NAMESPACES", "READING", "roster_access"]

NAMESPACES = ("urn:xmpp:privilege:2", "urn:xmpp:privilege:1")
#: The accesses with which rosters may be read.
READING = ("get", "both")

_PRIVILEGE = [f"{{{namespace}}}privilege" for namespace in NAMESPACES]
_ACCESSES = ("get", "set", "both")


def roster_access(message: Element) -> str | None:
    """The access to rosters that a message grants: ``get``, ``set``, ``both`` or ``none``.

    None where it is about something else; it replaces whatever was granted before.
    """
    said = next((child for child in message if child.tag in _PRIVILEGE), None)
    if said is None:
        return None
    access = next((perm.get("type") for perm in said if perm.get("access") == "roster"), None)
    return access if access in _ACCESSES else "none"
