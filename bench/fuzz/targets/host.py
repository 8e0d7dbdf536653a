"""Hosts that streams ask in memory: three accounts, one component, and ids that are always the same.

Tests: ``tests/bench/fuzz/test_fuzz_targets.py``.
"""

from __future__ import annotations

from bench.fuzz import keys
from rosterkit.core.credentials import Credentials
from rosterkit.core.jid import Jid, parse
from rosterkit.errors import ITEM_NOT_FOUND, STREAM_CONFLICT, StanzaError, StreamError
from rosterkit.wire.features import Settings
from rosterkit.wire.sasl import Step

__all__ = ["ComponentPlace", "Place", "settings_of"]

#: What a client may do with which bits of a number.
_PLAINTEXT, _STARTTLS, _REGISTRATION, _ANONYMOUS, _NO_VERSIONS = 1, 2, 4, 8, 16


def settings_of(bits: int) -> Settings:
    """Switches, one by one from a number."""
    return Settings(
        limit=10_000,
        versioning=not bits & _NO_VERSIONS,
        pre_approval=not bits & _NO_VERSIONS,
        registration=bool(bits & _REGISTRATION),
        allow_plaintext=bool(bits & _PLAINTEXT),
        starttls=bool(bits & _STARTTLS),
        anonymous=bool(bits & _ANONYMOUS),
    )


class Place:
    """Serves localhost.  ``bound`` is what was bound, in order."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.bound: list[Jid] = []

    def serves(self, domain: str) -> bool:
        """One domain."""
        return domain == "localhost"

    def credentials(self, account: Jid) -> Credentials | None:
        """Those of the three."""
        return keys.credentials() if account.bare in keys.ACCOUNTS else None

    def guest(self, domain: str) -> Jid:
        """Always the same."""
        return parse(f"guest@{domain}")

    def login_fault(self, step: Step, account: Jid | None) -> Step:
        """Nothing is played."""
        return step

    def bind(self, account: Jid, resource: str | None) -> Jid | StanzaError:
        """As wished, but for one resource."""
        if resource == "balcony":
            return ITEM_NOT_FOUND
        self.bound.append(account.with_resource(resource or "made-up"))
        return self.bound[-1]

    def new_id(self) -> str:
        """Always the same."""
        return keys.ID


class ComponentPlace:
    """Expects far.test once."""

    def __init__(self) -> None:
        self.settings = settings_of(1)
        self.attached: list[str] = []

    def secret(self, domain: str) -> str | None:
        """Of the one that is expected."""
        return keys.COMPONENT_SECRET if domain == "far.test" else None

    def attach(self, domain: str) -> StreamError | None:
        """Once."""
        if self.attached:
            return STREAM_CONFLICT
        self.attached.append(domain)
        return None

    def new_id(self) -> str:
        """Always the same."""
        return keys.ID
