"""Logins that fail on purpose: when a fault has its moment, and what the client is told then.

The rules have decided before: a wrong password stays wrong, whatever is told, and a login that is struck by a
condition is none.

Tests: ``tests/wire/test_login_faults.py``.
"""

from __future__ import annotations

from base64 import b64decode, b64encode

from rosterkit.core.faults import Fault
from rosterkit.wire.sasl import Failure, Step, Success

__all__ = ["strikes", "struck"]

_PREFIX = "sasl-"
_WRONG_SIGNATURE = "sasl-wrong-signature"


def strikes(fault: Fault, step: Step) -> bool:
    """Whether ``fault`` has its moment at ``step``: before or only after a right proof, or with a signature."""
    if fault.name == _WRONG_SIGNATURE:
        return isinstance(step, Success) and step.data != b""
    return fault.name.startswith(_PREFIX) and (isinstance(step, Success) or not fault.values["after"])


def struck(fault: Fault, step: Step) -> Step:
    """What the client is told instead of ``step``, at which ``fault`` strikes."""
    if fault.name == _WRONG_SIGNATURE:
        assert isinstance(step, Success)
        return step._replace(data=_forged(step.data))
    return Failure(fault.name.removeprefix(_PREFIX), f"The fault {fault.name} strikes.")


def _forged(final: bytes) -> bytes:
    """The server's last SCRAM message, ``v=SIGNATURE``, with one bit of the signature turned over."""
    signature = bytearray(b64decode(b64decode(final).removeprefix(b"v=")))
    signature[0] ^= 1
    return b64encode(b"v=" + b64encode(signature))
