"""Blocking command (XEP-0191): the list of an account, what goes on it and off it, and what that does to presence.

That nothing passes to or from somebody blocked is kept where stanzas pass: :mod:`rosterkit.core.outbound` for what
the account's clients send, :mod:`rosterkit.core.delivery` for what comes, :mod:`rosterkit.core.presence` for what
the server says for them.  Subscriptions stay as they are, and the end of one that the user causes by removing the
entry is told to somebody blocked too: otherwise the two rosters would disagree.

Tests: ``tests/core/ext/test_blocking.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

from rosterkit.core import jid, markup, presence
from rosterkit.core.jid import Jid
from rosterkit.core.stanza import Element, Iq
from rosterkit.core.state import Account, Session
from rosterkit.core.world import World
from rosterkit.errors import (
    BAD_REQUEST,
    JID_MALFORMED,
    NOT_ACCEPTABLE,
    NOT_ALLOWED,
    ApplicationCondition,
    JidError,
    StanzaError,
)

NAMESPACE = "urn:xmpp:blocking"
BLOCKLIST = f"{{{NAMESPACE}}}blocklist"
BLOCK = f"{{{NAMESPACE}}}block"
UNBLOCK = f"{{{NAMESPACE}}}unblock"

#: What a client is told that sends something to somebody whom its account has blocked (§3.3).
BLOCKED = StanzaError(
    "cancel", "not-acceptable", application=ApplicationCondition("urn:xmpp:blocking:errors", "blocked")
)
#: The most JIDs that one account may have on its list, and the most that one request may name.
MAX_BLOCKED = 1000

_ITEM = f"{{{NAMESPACE}}}item"


def listed(world: World, session: Session, iq: Iq) -> bytes:
    """The list, in the order in which it grew; the resource is told of changes from now on (§3.2)."""
    world.undo.put(session, "follows_blocklist", True)
    return _command("blocklist", session.account.roster.blocked)


def block(world: World, session: Session, iq: Iq) -> bytes | StanzaError:
    """Put JIDs on the list (§3.3); one that is on it already stays.

    An account cannot block itself or a resource of its own (§5).
    """
    assert iq.child is not None
    account = session.account
    wanted = _read(iq.child)
    if isinstance(wanted, StanzaError):
        return wanted
    if not wanted:
        return BAD_REQUEST.saying("There is no item in the request.")
    if any(other.bare == account.jid.bare for other in wanted):
        return NOT_ALLOWED.saying("An account cannot block itself.")
    before, seen_by = account.roster.blocked, presence.audience(account)
    added = [other for other in wanted if other.full not in before]
    if len(before) + len(added) > MAX_BLOCKED:
        return _TOO_MANY
    names = [other.full for other in added]
    world.set_blocked(account, [*before, *names], names)
    _push(world, account, "block", wanted)
    presence.conceal(world, account, seen_by, added)
    return b""


def unblock(world: World, session: Session, iq: Iq) -> bytes | StanzaError:
    """Take JIDs off the list, all of them where none is named (§3.4, §3.5); one that is not on it is no error."""
    assert iq.child is not None
    account = session.account
    wanted = _read(iq.child)
    if isinstance(wanted, StanzaError):
        return wanted
    if not wanted and len(iq.child):  # a mistake must not unblock everybody
        return BAD_REQUEST.saying(f"Whom to unblock stands in items of {NAMESPACE}; without a child it is everybody.")
    before = account.roster.blocked
    removed = [other for other in wanted if other.full in before] if wanted else [jid.parse(text) for text in before]
    hidden = presence.hidden(account)
    names = {other.full: None for other in removed}
    world.set_blocked(account, [text for text in before if text not in names], names)
    _push(world, account, "unblock", wanted)
    presence.reveal(world, account, hidden, removed)
    return b""


def _read(command: Element) -> list[Jid] | StanzaError:
    """The JIDs that a request names, each once."""
    items = [child for child in command if child.tag == _ITEM]
    if len(items) > MAX_BLOCKED:
        return _TOO_MANY
    named: dict[Jid, None] = {}
    for item in items:
        text = item.get("jid")
        if not text:
            return BAD_REQUEST.saying("An item has no jid.")
        try:
            named[jid.parse(text)] = None
        except JidError as error:
            return JID_MALFORMED.saying(str(error))
    return list(named)


_TOO_MANY = NOT_ACCEPTABLE.saying(
    f"An account may block {MAX_BLOCKED} JIDs; block a domain to reach all of its users."
)


def _push(world: World, account: Account, name: str, changed: Iterable[Jid]) -> None:
    """Tell every resource that has asked for the list; like roster pushes without `from`, each with its own id."""
    body = _command(name, [other.full for other in changed])
    for session in account.sessions.values():
        if session.follows_blocklist:
            world.send(session, Iq("set", world.new_id(), body=body), session.jid.full)


def _command(name: str, jids: Iterable[str]) -> bytes:
    items = "".join(markup.element("item", jid=text) for text in jids)
    return markup.element(name, items, xmlns=NAMESPACE).encode()
