"""The doors that bytes of strangers come through, each with what has to hold whatever comes.

Tests: ``tests/bench/fuzz/test_fuzz_targets.py``.
"""

from __future__ import annotations

from bench.fuzz.targets.addresses import Addresses
from bench.fuzz.targets.calls import Calls
from bench.fuzz.targets.logging_in import LoggingIn
from bench.fuzz.targets.negotiating import Framed, Negotiating
from bench.fuzz.targets.network import WholeNetwork
from bench.fuzz.targets.reading import Reading
from bench.fuzz.targets.shaking_hands import ShakingHands
from bench.fuzz.targets.sockets import Sockets
from bench.fuzz.targets.target import Target

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
