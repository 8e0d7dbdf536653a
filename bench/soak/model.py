"""What rosters have to be after operations that a server has acknowledged: RFC 6121 once more, apart from its rules.

The states come from the second table of appendix A (:mod:`rosterkit.conformance.server.tables`), on which the
verdicts of the suite for servers rest; nothing of :mod:`rosterkit.core` is used.

Tests: ``tests/bench/test_soak_model.py``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from copy import copy
from typing import NamedTuple, TypeAlias

from rosterkit.conformance.server.tables import INBOUND, OUTBOUND, STATES, mirrored

__all__ = ["Block", "Model", "Online", "Operation", "Remove", "Robot", "Set", "Shown", "Subscription", "Unblock"]


class Set(NamedTuple):
    """An entry is added or changed (§2.3, §2.4)."""

    account: str
    contact: str
    name: str | None
    groups: tuple[str, ...]


class Remove(NamedTuple):
    """An entry is removed (§2.5)."""

    account: str
    contact: str


class Subscription(NamedTuple):
    """A presence stanza of one of the four types is sent (§3)."""

    account: str
    contact: str
    type: str


class Block(NamedTuple):
    """A bare JID is blocked (XEP-0191)."""

    account: str
    contact: str


class Unblock(NamedTuple):
    """A bare JID is blocked no longer; whom it is, is asked for its presence."""

    account: str
    contact: str


class Online(NamedTuple):
    """A resource sends initial presence: everybody whom the account sees is asked for presence (§4.2.2)."""

    account: str


Operation: TypeAlias = Set | Remove | Subscription | Block | Unblock | Online


class Robot(NamedTuple):
    """A contact that answers each request: ``accept``, ``refuse`` or ``ignore``; some ask back."""

    answer: str
    asks_back: bool = False


class Shown(NamedTuple):
    """What a roster shows of an entry."""

    name: str | None
    groups: tuple[str, ...]
    subscription: str
    ask: bool
    approved: bool


class _Held(NamedTuple):
    """What an account holds about a contact; ``listed`` says that there is an entry."""

    state: str = "N"
    listed: bool = False
    name: str | None = None
    groups: tuple[str, ...] = ()
    approved: bool = False


_NOTHING = _Held()
#: Where ``subscribed`` is remembered as a pre-approval, and what a request then leads to (§3.4).
_PRE_APPROVABLE = {"N": "F", "NO": "FO", "T": "B"}


class Model:
    """Some accounts and scripted contacts that know each other, by bare JID; others are silent strangers."""

    def __init__(self, accounts: Iterable[str], robots: Mapping[str, Robot] | None = None) -> None:
        self._robots = dict(robots or {})
        self._held: dict[tuple[str, str], _Held] = {}
        self._blocked: dict[str, tuple[str, ...]] = dict.fromkeys((*accounts, *self._robots), ())
        self._stanzas: deque[Subscription] = deque()

    def copied(self) -> Model:
        """Another one in the same state."""
        other = copy(self)
        other._held = dict(self._held)
        other._blocked = dict(self._blocked)
        other._stanzas = deque()
        return other

    # What there is

    @property
    def accounts(self) -> list[str]:
        """The accounts, without the scripted contacts."""
        return [account for account in self._blocked if account not in self._robots]

    def roster(self, account: str) -> dict[str, Shown]:
        """The entries of an account, by contact."""
        return {
            contact: Shown(held.name, held.groups, *STATES[held.state].shown, held.approved)
            for (owner, contact), held in self._held.items()
            if owner == account and held.listed
        }

    def requests(self, account: str) -> set[str]:
        """Whose requests wait at an account."""
        return {
            contact
            for (owner, contact), held in self._held.items()
            if owner == account and STATES[held.state].pending_in
        }

    def blocked(self, account: str) -> set[str]:
        """Whom an account blocks."""
        return set(self._blocked[account])

    # What happens

    def apply(self, operation: Operation) -> bool:
        """Do it, with everything that follows; False where the server has to refuse it."""
        accepted = self._begin(operation)
        while self._stanzas:
            self._arrive(*self._stanzas.popleft())
        return accepted

    def restart(self) -> None:
        """The server is started anew: scripted contacts have forgotten all, and agree with what accounts hold.

        A request that waits is then answered.
        """
        for robot in self._robots:
            for account in self.accounts:
                state = mirrored(self._state(account, robot))
                self._held[robot, account] = _Held(state, STATES[state].visible)
                if STATES[state].pending_in:
                    self._react(robot, account)
        while self._stanzas:
            self._arrive(*self._stanzas.popleft())

    def _begin(self, operation: Operation) -> bool:
        if isinstance(operation, Online):
            for contact in list(self.roster(operation.account)):
                self._probe(operation.account, contact)
            return True
        account, contact = operation[:2]
        if isinstance(operation, Set):
            held = self._of(account, contact)
            self._held[account, contact] = held._replace(listed=True, name=operation.name, groups=operation.groups)
            return True
        if isinstance(operation, Remove):
            return self._remove(account, contact)
        if isinstance(operation, Subscription):
            return self._send(account, contact, operation.type)
        others = tuple(one for one in self._blocked[account] if one != contact)
        was_blocked = contact in self._blocked[account]
        self._blocked[account] = (*others, contact) if isinstance(operation, Block) else others
        if isinstance(operation, Unblock) and was_blocked:
            self._probe(account, contact)
        return True

    def _probe(self, account: str, contact: str) -> None:
        """§4.3.2: a contact that grants nothing answers so, where blocking had kept that from being told."""
        known = contact in self._blocked and account not in self._blocked[contact]
        if not known or contact in self._blocked[account] or not STATES[self._state(account, contact)].sees:
            return
        if not STATES[self._state(contact, account)].seen:
            self._stanzas.append(Subscription(contact, account, "unsubscribed"))

    def _remove(self, account: str, contact: str) -> bool:
        """§2.5.2: whatever stood open in either direction ends, and the contact is told, blocked or not."""
        held = self._of(account, contact)
        if not held.listed:
            return False
        state = STATES[held.state]
        self._held[account, contact] = _NOTHING
        if state.sees or state.ask:
            self._stanzas.append(Subscription(account, contact, "unsubscribe"))
        if state.seen or state.pending_in:
            self._stanzas.append(Subscription(account, contact, "unsubscribed"))
        return True

    def _send(self, account: str, contact: str, type: str) -> bool:
        if contact in self._blocked[account]:
            return False
        held = self._of(account, contact)
        cell = OUTBOUND[held.state, type]
        approved = held.approved
        if type == "subscribed" and held.state in _PRE_APPROVABLE:
            approved = True
        elif type == "unsubscribed":
            approved = False
        self._settle(account, contact, cell.after, approved)
        if cell.passes:
            self._stanzas.append(Subscription(account, contact, type))
        return True

    def _arrive(self, sender: str, account: str, type: str) -> None:
        """A stanza of ``sender`` comes for ``account``."""
        if account not in self._blocked or sender in self._blocked[account]:
            return
        held = self._of(account, sender)
        cell = INBOUND[held.state, type]
        if type == "subscribe" and held.approved and held.state in _PRE_APPROVABLE:
            self._settle(account, sender, _PRE_APPROVABLE[held.state], True)
            self._stanzas.append(Subscription(account, sender, "subscribed"))
            return
        self._settle(account, sender, cell.after, held.approved)
        if cell.replies:
            self._stanzas.append(Subscription(account, sender, "subscribed"))
        elif type == "subscribe" and cell.passes and account in self._robots:
            self._react(account, sender)

    def _react(self, robot: str, asker: str) -> None:
        script = self._robots[robot]
        if script.answer == "accept":
            self._send(robot, asker, "subscribed")
            if script.asks_back:
                self._send(robot, asker, "subscribe")
        elif script.answer == "refuse":
            self._send(robot, asker, "unsubscribed")

    def _settle(self, account: str, contact: str, state: str, approved: bool) -> None:
        """§3.1.3: a request that came makes no entry; everything else that shows does."""
        held = self._of(account, contact)
        listed = held.listed or approved or STATES[state].visible
        self._held[account, contact] = held._replace(state=state, approved=approved, listed=listed)

    def _of(self, account: str, contact: str) -> _Held:
        return self._held.get((account, contact), _NOTHING)

    def _state(self, account: str, contact: str) -> str:
        return self._of(account, contact).state
