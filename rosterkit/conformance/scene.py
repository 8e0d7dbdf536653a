"""The people of a case: names, addresses and values, drawn from a seed so that no client can know them beforehand.

The same case, seed and account give the same scene, so that a transcript can be judged again.

Tests: ``tests/conformance/test_scene.py``.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from rosterkit.core import jid
from rosterkit.core.roster import Item

__all__ = ["CASE_DOMAIN", "CONTACTS", "STRANGERS", "Scene"]

#: The domain of the accounts of all cases, for clients that come by themselves.
CASE_DOMAIN = "case.test"
#: The domain of the contacts, and that of people who have nothing to do with the account.
CONTACTS, STRANGERS = "contacts.test", "strangers.test"
_PEOPLE = (
    "abram", "angelica", "balthasar", "benvolio", "escalus", "gregory", "helena", "isabel", "laurence", "lucio",
    "mercutio", "montague", "paris", "peter", "petruchio", "potpan", "rosaline", "sampson", "tybalt", "valentine",
)  # fmt: skip
_GROUPS = ("Allies", "Cousins", "Family", "Friends", "Household", "Market", "Music", "Neighbours", "Verona", "Work")


class Scene:
    """Who is in a case.

    ``me`` is the bare JID of the account, ``second`` that of another account without contacts.  In the roster of
    ``me`` are ``friend`` (subscription both, two groups), ``idol`` (to, one group) and ``fan`` (from, none); each has
    a name.  ``newcomer`` and ``other`` are contacts that are not in it; ``stranger`` is somebody at another domain.
    All are bare JIDs.  ``groups`` are names for groups; the last is kept for asking what a client believes.
    """

    def __init__(self, case_id: str, seed: str, me: str) -> None:
        draw = random.Random(f"{seed} {case_id}")
        self.case_id = case_id
        self.me = me
        address = jid.parse(me)
        self.domain = address.domain
        self.second = f"{address.local}-second@{address.domain}"
        self._draw = draw
        people = draw.sample(_PEOPLE, 6)
        self.friend, self.idol, self.fan, self.newcomer, self.other = (f"{name}@{CONTACTS}" for name in people[:5])
        self.stranger = f"{people[5]}@{STRANGERS}"
        self.groups: Sequence[str] = draw.sample(_GROUPS, 6)
        self.roster = (
            Item(self.friend, self.name_of(self.friend), (self.groups[0], self.groups[1]), "both"),
            Item(self.idol, self.name_of(self.idol), (self.groups[0],), "to"),
            Item(self.fan, self.name_of(self.fan), (), "from"),
        )

    @staticmethod
    def name_of(bare: str) -> str:
        """The name that a contact has at first."""
        return bare.partition("@")[0].capitalize()

    def token(self, prefix: str) -> str:
        """A value that comes nowhere else in the case: an id, a version, a resource."""
        return f"{prefix}-{self._draw.getrandbits(40):010x}"
