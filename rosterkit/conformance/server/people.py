"""Who is in a case for servers: accounts of the server under test, and contacts that live at a component of it.

Tests: ``tests/conformance/test_server_people.py``.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from rosterkit.core import jid

__all__ = ["People"]

_NAMES = (
    "abram", "angelica", "balthasar", "benvolio", "escalus", "gregory", "helena", "isabel", "laurence", "lucio",
    "mercutio", "montague", "paris", "peter", "petruchio", "potpan", "rosaline", "sampson", "tybalt", "valentine",
)  # fmt: skip
_GROUPS = ("Allies", "Cousins", "Family", "Friends", "Household", "Market", "Music", "Neighbours", "Verona", "Work")


class People:
    """The people of one case, drawn from a seed.

    ``me`` and ``contact`` are the bare JIDs of accounts of the server; asking for one that is not there raises
    LookupError.  ``remote``, ``other_remote`` and ``third_remote`` are bare JIDs at the component's domain, and
    ``nobody`` is one of the server's own domain that has no account; no two plays have them in common.  ``tester``
    is who pings for the component.  ``groups`` are names for groups.
    """

    def __init__(self, case_id: str, seed: str, accounts: Sequence[str], component: str | None = None) -> None:
        self.case_id = case_id
        self.seed = seed
        self.accounts = tuple(accounts)
        self.component = component
        self.domain = jid.parse(accounts[0]).domain if accounts else ""
        self._draw = random.Random(f"{seed} {case_id}")
        names = self._draw.sample(_NAMES, 4)
        mark = f"{self._draw.getrandbits(24):06x}"
        self._remotes = tuple(f"{name}-{mark}@{component}" for name in names[:3]) if component else ()
        self.tester = f"tester-{mark}@{component}" if component else ""
        self.nobody = f"{names[3]}-{mark}@{self.domain}"
        self.groups: Sequence[str] = self._draw.sample(_GROUPS, 6)
        self._passwords: Mapping[str, str] = {}

    @property
    def me(self) -> str:
        """The account that most cases are about."""
        return self.accounts[0]

    @property
    def contact(self) -> str:
        """Another account of the same server."""
        return self.accounts[1]

    @property
    def remote(self) -> str:
        """A contact of another server, which the component stands for."""
        return self._remotes[0]

    @property
    def phone(self) -> str:
        """The full JID from which it sends what comes from a client."""
        return f"{self.remote}/phone"

    @property
    def other_remote(self) -> str:
        """A second one."""
        return self._remotes[1]

    @property
    def third_remote(self) -> str:
        """A third one."""
        return self._remotes[2]

    @property
    def at_component(self) -> Sequence[str]:
        """Every bare JID of the play at the component's domain."""
        return (*self._remotes, self.tester) if self.component else ()

    def token(self, prefix: str) -> str:
        """A value that comes nowhere else in the play: an id, a resource, a text."""
        return f"{prefix}-{self._draw.getrandbits(40):010x}"

    def trust(self, passwords: Mapping[str, str]) -> None:
        """Know the passwords of accounts, by bare JID, for the time of a play; no note ever has them."""
        self._passwords = passwords

    def password(self, account: str) -> str:
        """The password of an account, for a script that logs in by hand; LookupError where nobody plays."""
        return self._passwords[account]

    def as_json(self) -> dict[str, Any]:
        """What it takes to have the same people again, as the first note of a play has it."""
        return {"seed": self.seed, "accounts": list(self.accounts), "component": self.component}

    @classmethod
    def from_json(cls, case_id: str, said: Mapping[str, Any]) -> People:
        """The people of a play whose first note says so; ValueError or LookupError where it is no such note."""
        accounts, component = said["accounts"], said["component"]
        if not isinstance(accounts, list) or not isinstance(component, str | None):
            raise ValueError("people are accounts and a component.")
        return cls(case_id, str(said["seed"]), [str(account) for account in accounts], component)
