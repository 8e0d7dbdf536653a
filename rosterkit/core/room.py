"""Whether there is room for one more: the error for whoever wants more than :class:`~rosterkit.core.limits.Limits`.

Tests: ``tests/core/test_room.py``.
"""

from __future__ import annotations

from rosterkit.core.jid import Jid
from rosterkit.core.limits import Limits
from rosterkit.core.roster import Roster
from rosterkit.core.state import Account, Session
from rosterkit.errors import NOT_ACCEPTABLE, POLICY_VIOLATION, RESOURCE_CONSTRAINT, StanzaError

__all__ = ["for_account", "for_entry", "for_request", "for_resource", "for_target"]


def for_resource(account: Account, resource: str | None, limits: Limits) -> StanzaError | None:
    """Why ``account`` cannot bind one more; never where ``resource`` takes the place of one that is there."""
    if len(account.sessions) < limits.resources or resource in account.sessions:
        return None
    return RESOURCE_CONSTRAINT.saying(
        f"An account may have {limits.resources} resources at once; log out with another first."
    )  # RFC 6120 §7.6.2.1


def for_account(accounts: int, limits: Limits) -> StanzaError | None:
    """Why nobody can register where there are so many ``accounts``."""
    if accounts < limits.accounts:
        return None
    return RESOURCE_CONSTRAINT.saying("This server takes no more accounts.")


def for_entry(roster: Roster, contact: str, limits: Limits) -> StanzaError | None:
    """Why there cannot be an entry for ``contact``; never where there is one already."""
    if contact in roster.items or len(roster.items) < limits.entries:
        return None
    return POLICY_VIOLATION.saying(f"A roster may have {limits.entries} entries; remove one first.")


def for_request(roster: Roster, contact: str, size: int, limits: Limits) -> StanzaError | None:
    """Why a request of ``contact`` with ``size`` bytes inside cannot be kept; one that is kept may be replaced."""
    if size > limits.request_bytes:
        return NOT_ACCEPTABLE.saying(f"A subscription request may hold {limits.request_bytes} bytes.")
    if contact in roster.requests or len(roster.requests) < limits.requests:
        return None
    return RESOURCE_CONSTRAINT.saying(f"{limits.requests} requests wait for an answer already; ask again later.")


def for_target(session: Session, target: Jid, limits: Limits) -> StanzaError | None:
    """Why ``session`` cannot show itself to ``target``; never where it has done so already."""
    known = session.directed.get(target.bare)
    if known is None:
        most, what = limits.directed, "contacts"
        full = len(session.directed) >= most
    else:
        most, what = limits.resources, f"addresses of {target.bare}"
        full = len(known) >= most and target.full not in known
    if not full:
        return None
    return POLICY_VIOLATION.saying(f"Directed presence may go to {most} {what}; take one back first.")
