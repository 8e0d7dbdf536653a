"""The steps that cases about presence share: contacts in several states at once, and what presence is made of.

Tests: ``tests/conformance/test_server_presence.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import (
    COMPONENT,
    Enter,
    Entered,
    Fence,
    Remember,
    Say,
    Script,
    fetched,
    online,
    told,
)
from rosterkit.conformance.server.tables import STATES

__all__ = [
    "AWAY",
    "BUSY",
    "CHILD",
    "INITIAL",
    "befriended",
    "changes",
    "comes",
    "directed",
    "entered",
    "finished",
    "friends",
    "from_remote",
    "goes",
    "others",
    "probes",
]

#: A child that no server knows.
CHILD = "<weather xmlns='urn:example:verona' wind='12'><sky>clear</sky></weather>"
#: What two presence stanzas say; no server says it by itself.
AWAY = f"<show>away</show><status>In the orchard</status>{CHILD}"
BUSY = f"<show>dnd</show><status>At the friar's cell</status>{CHILD}"
#: The first of the two.
INITIAL = stanzas.presence(children=AWAY)


def friends(people: People) -> Mapping[str, str]:
    """States of contacts at the component who may see the user."""
    return {people.remote: "F", people.other_remote: "B"}


def others(people: People) -> Mapping[str, str]:
    """States of contacts at the component who may not."""
    return {people.remote: "T", people.other_remote: "NO", people.third_remote: "NI"}


def befriended(people: People, remotes: Mapping[str, str] | None = None, local: str | None = None) -> Script:
    """Bring the user on the line ``me`` to a state with each contact, and fetch its roster under the mark ``begin``.

    ``remotes`` gives the states of contacts at the component, ``local`` that of the account on the line ``contact``.
    The user need not be available.  Afterwards no contact at the component has shown presence.
    """
    states = {**(remotes or {}), **({people.contact: local} if local else {})}
    yield Remember({"befriended": states})
    for type_ in ("subscribe", "subscribed"):
        for contact, state in states.items():
            for who, said in STATES[state].path:
                if said == type_:
                    yield _said(people, who, said, contact)
        yield Fence()
    yield from fetched("me", "begin")


def _said(people: People, who: str, type_: str, contact: str) -> Say:
    if who == "user":
        return Say("me", stanzas.presence(type_, contact))
    if contact in people.at_component:
        return Say(COMPONENT, stanzas.presence(type_, people.me, sender=contact))
    return Say("contact", stanzas.presence(type_, people.me))


def entered(
    people: People, remotes: Mapping[str, str] | None = None, local: str | None = None, presence: str | None = None
) -> Script:
    """The user is bound on the line ``me``, brought to states (see :func:`befriended`), and then sends ``presence``.

    A local contact is online before.  The presence is sent under the mark ``initial``; without it the user stays
    unavailable.  Gives the user's full JID.
    """
    given: Entered = yield Enter("me", people.me)
    if local is not None:
        yield from online("contact", people.contact, roster=False)
    yield from befriended(people, remotes, local)
    if presence is not None:
        yield from told("me", presence, "initial")
    return given.jid


def changes(states: Callable[[People], Mapping[str, str]], local: str | None, people: People) -> Script:
    """The user is available, and then says :data:`BUSY` under the mark ``change``, which is the stanza's id too."""
    yield from entered(people, states(people), local, INITIAL)
    yield from told("me", stanzas.presence(children=BUSY, id_="change"), "change")


def comes(people: People, line: str, children: str = "", mark: str = "") -> Script:
    """A resource of the user is bound on ``line`` and sends presence under ``mark`` or ``LINE-presence``.

    Gives its full JID.
    """
    presence = stanzas.presence(children=children)
    given: Entered = yield from online(line, people.me, roster=False, presence=presence, mark=mark)
    return given.jid


def from_remote(
    sender: str, to: str, mark: str, type_: str | None = None, children: str = ""
) -> Script:  # fmt: skip
    """Presence of a contact at the component, from ``sender`` as it is."""
    yield from told(COMPONENT, stanzas.presence(type_, to, sender=sender, children=children), mark)


def directed(to: str, mark: str = "directed", type_: str | None = None, children: str = BUSY) -> Script:
    """The user sends presence to one address."""
    yield from told("me", stanzas.presence(type_, to, children=children), mark)


def probes(sender: str, to: str, mark: str = "probe") -> Script:
    """The component probes ``to`` for one of its contacts."""
    yield from told(COMPONENT, stanzas.presence("probe", to, sender=sender, id_=mark), mark)


def goes(people: People, line: str = "me", children: str = "") -> Script:
    """A resource becomes unavailable under the mark ``goes``; then everything is over."""
    yield from told(line, stanzas.presence("unavailable", children=children), "goes")
    yield from finished(people)


def finished(people: People, line: str = "me") -> Script:
    """The mark ``end``: what comes later is of the play's own end, where every line is closed."""
    yield Say(line, stanzas.ping("end", people.domain), "end")
