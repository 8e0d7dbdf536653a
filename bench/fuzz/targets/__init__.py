"""The doors that bytes of strangers come through, each with what has to hold whatever comes.

Tests: ``tests/fuzz/test_fuzz_targets.py``.
"""

from __future__ import annotations

from fuzz.targets.addresses import Addresses
from fuzz.targets.calls import Calls
from fuzz.targets.logging_in import LoggingIn
from fuzz.targets.negotiating import Framed, Negotiating
from fuzz.targets.network import WholeNetwork
from fuzz.targets.reading import Reading
from fuzz.targets.shaking_hands import ShakingHands
from fuzz.targets.sockets import Sockets
from fuzz.targets.target import Target

__all__ = ["TARGETS", "Target"]

#: By name, in the order in which they are told.
TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        Reading(),
        Negotiating(),
        Framed(),
        WholeNetwork(),
        ShakingHands(),
        Sockets(),
        Calls(),
        LoggingIn(),
        Addresses(),
    )
}
