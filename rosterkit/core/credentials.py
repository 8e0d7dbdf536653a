"""What proves a password without holding it: SCRAM keys by mechanism (RFC 5802 §3).

The rules and the stores only carry them; :mod:`rosterkit.wire.sasl` makes and checks them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

__all__ = ["KEY_BYTES", "Credentials", "Keys"]

#: How long the keys of each mechanism are that anybody can log in with.
KEY_BYTES = {"SCRAM-SHA-256": 32, "SCRAM-SHA-1": 20}


class Keys(NamedTuple):
    """What a server keeps for one mechanism; ``salt`` and both keys are bytes."""

    salt: bytes
    iterations: int
    stored_key: bytes
    server_key: bytes


#: Keys by mechanism name: ``"SCRAM-SHA-1"`` and ``"SCRAM-SHA-256"``.
Credentials: TypeAlias = Mapping[str, Keys]
