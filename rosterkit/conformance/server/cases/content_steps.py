"""What scripts about content share: something is sent to another account of the server, or to a contact elsewhere.

Tests: ``tests/conformance/test_server_cases.py``.
"""

from __future__ import annotations

from collections.abc import Callable

from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Script, online, told
from rosterkit.core import markup

__all__ = ["ODD_ID", "to_local", "to_remote", "with_children"]

#: An id of characters that servers have been seen to trip over; XML carries all of them.
ODD_ID = "100% <&> \"quoted' é字😀"


def with_children(to: str, children: str) -> str:
    """A chat message with these children, which are XML."""
    return f"<message{markup.attributes(to=to, id='event', type='chat')}>{children}</message>"


def to_remote(stanza: Callable[[str], str], people: People) -> Script:
    """The account sends a contact of another server what ``stanza`` makes of its address."""
    yield from online("me", people.me, roster=False)
    yield from told("me", stanza(people.remote), "event")


def to_local(stanza: Callable[[str], str], people: People) -> Script:
    """The account sends another account, which is online, what ``stanza`` makes of its address."""
    yield from online("me", people.me, roster=False)
    yield from online("contact", people.contact, roster=False)
    yield from told("me", stanza(people.contact), "event")
