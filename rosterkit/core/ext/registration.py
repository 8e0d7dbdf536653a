"""In-band registration (XEP-0077), off unless switched on: create, change the password, remove.

Before login a :class:`~rosterkit.core.state.Visitor` asks; afterwards a session, about its own account.
"""

from __future__ import annotations

from typing import NamedTuple

from rosterkit.core import accounts, jid, markup, room
from rosterkit.core.credentials import Credentials
from rosterkit.core.jid import Jid
from rosterkit.core.stanza import Element, Iq
from rosterkit.core.state import Session, Visitor
from rosterkit.core.world import World
from rosterkit.errors import (
    BAD_REQUEST,
    CONFLICT,
    JID_MALFORMED,
    NOT_ACCEPTABLE,
    NOT_ALLOWED,
    SERVICE_UNAVAILABLE,
    JidError,
    PasswordError,
    StanzaError,
)

NAMESPACE = "jabber:iq:register"
QUERY = f"{{{NAMESPACE}}}query"

_FORM = "<instructions>Choose a user name and a password.</instructions><username/><password/>"
_TEMPORARY = NOT_ALLOWED.saying("This account is temporary and ends with its session.")


class Fields(NamedTuple):
    """What a registration set holds; None where the element is absent."""

    username: str | None
    password: str | None
    remove: bool


def visit(world: World, visitor: Visitor, iq: Iq) -> None:
    """Answer somebody who has not logged in: the form, or a new account (XEP-0077 §3.1)."""
    if iq.fault is not None:
        answer: bytes | StanzaError = iq.fault
    elif iq.child is None or iq.child.tag != QUERY or not world.settings.registration:
        answer = SERVICE_UNAVAILABLE
    elif iq.type == "get":
        answer = _query(_FORM)
    else:
        answer = _create(world, visitor.domain, _read(iq.child))
    world.reply(visitor, iq, answer)


def form(world: World, session: Session, iq: Iq) -> bytes | StanzaError:
    """The form of somebody who is registered (§3.1)."""
    if not world.settings.registration:
        return SERVICE_UNAVAILABLE
    if session.account.temporary:
        return _TEMPORARY
    username = markup.element("username", markup.text(session.account.jid.local))
    return _query("<registered/>" + username + "<password/>")


def change(world: World, session: Session, iq: Iq) -> bytes | StanzaError | None:
    """A new password (§3.3), or the end of the account (§3.2); None where the answer has gone out already."""
    assert iq.child is not None
    if not world.settings.registration:
        return SERVICE_UNAVAILABLE
    if session.account.temporary:
        return _TEMPORARY
    fields = _read(iq.child)
    account = session.account
    if fields.remove:
        if len(iq.child) != 1:
            return BAD_REQUEST.saying("A removal says nothing else.")  # §3.2
        world.reply(session, iq, b"")
        accounts.remove(world, account)
        return None
    if fields.username is not None and _account_jid(fields.username, account.jid.domain) != account.jid:
        return NOT_ALLOWED.saying("Log out to register another account.")
    if not fields.password:
        return BAD_REQUEST.saying("A new password is needed.")
    credentials = _derive(world, fields.password)
    if isinstance(credentials, StanzaError):
        return credentials
    world.set_credentials(account, credentials)
    return b""


def _create(world: World, domain: str, fields: Fields) -> bytes | StanzaError:
    if not fields.username or not fields.password or fields.remove:
        return NOT_ACCEPTABLE.saying("A user name and a password are needed.")  # §3.1.2
    address = _account_jid(fields.username, domain)
    if isinstance(address, StanzaError):
        return address
    if address.bare in world.accounts:
        return CONFLICT.saying(f"{address.bare} is registered already.")
    refusal = room.for_account(len(world.accounts), world.settings.limits)
    if refusal is not None:
        return refusal
    credentials = _derive(world, fields.password)
    if isinstance(credentials, StanzaError):
        return credentials
    world.add_account(address, credentials)
    return b""


def _derive(world: World, password: str) -> Credentials | StanzaError:
    try:
        return world.derive(password)
    except PasswordError as error:
        return NOT_ACCEPTABLE.saying(str(error))


def _account_jid(username: str, domain: str) -> Jid | StanzaError:
    try:
        return jid.parse(f"{jid.prepare_local(username)}@{domain}")
    except JidError as error:
        return JID_MALFORMED.saying(str(error))


def _read(query: Element) -> Fields:
    texts = {child.tag: child.text or "" for child in query if isinstance(child.tag, str)}
    tag = f"{{{NAMESPACE}}}"
    return Fields(texts.get(f"{tag}username"), texts.get(f"{tag}password"), f"{tag}remove" in texts)


def _query(content: str) -> bytes:
    return markup.element("query", content, xmlns=NAMESPACE).encode()
