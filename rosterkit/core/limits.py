"""How much one account and one session may have, so that nobody's greed is paid for by the others.

Whoever would have more gets an error and has changed nothing (:mod:`rosterkit.core.room`).  What somebody who runs
the server puts into a roster, by the control API or an import, is not counted.

Tests: ``tests/core/test_room.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The most of everything.

    ``resources`` are bound at once, ``entries`` stand in a roster, each in ``groups``; ``name_bytes`` of UTF-8 is the
    longest name of an entry or a group (RFC 6121 §2.3.3 leaves it to the server).  ``requests`` of subscription are
    kept, each with ``request_bytes`` inside.  ``directed`` are the contacts to which one session has shown itself by
    directed presence, each under so many full JIDs as an account may have resources.  ``accounts`` are how many there
    may be for somebody to register one more.
    """

    resources: int = 100
    entries: int = 50_000
    groups: int = 100
    name_bytes: int = 1023
    requests: int = 1_000
    request_bytes: int = 10_000
    directed: int = 1_000
    accounts: int = 100_000
