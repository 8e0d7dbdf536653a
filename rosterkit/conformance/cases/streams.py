"""Streams that are abused: cut, dribbled, with requests that nobody knows.

Most of it is RFC 6120; what is about pushes and rosters stands in RFC 6121.

Tests: ``tests/conformance/test_catalogue.py``, ``tests/conformance/test_cases_streams.py``.
"""

from __future__ import annotations

from functools import partial

from rosterkit.conformance.case import Case
from rosterkit.conformance.cases.changes import put
from rosterkit.conformance.cases.streams_judging import (
    goes_on,
    half_not_believed,
    malformed_survived,
    refuses_unknown,
    roster_kept_private,
    spelled_right,
    taken,
)
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import (
    Ask,
    Await,
    Do,
    Fence,
    Say,
    Script,
    Strike,
    online,
    pushed,
)
from rosterkit.conformance.stanzas import FULL, iq, item, query
from rosterkit.conformance.verdicts import Level
from rosterkit.core import markup
from rosterkit.core.roster import Item

__all__ = ["CASES"]

_UNKNOWN = "<secret xmlns='urn:example:nobody-knows-this'/>"
_PING = "<ping xmlns='urn:xmpp:ping'/>"


def _newcomer(scene: Scene, name: str = "Newcomer") -> str:
    return item(scene.newcomer, [scene.groups[2], scene.groups[3]], name=name, subscription="none")


# Bytes


def _cut(scene: Scene) -> Script:
    login = yield from online()
    groups = tuple(f"{group} and whoever comes with them" for group in scene.groups[:5])  # so that half has some
    contact = Item(scene.newcomer, "Newcomer", groups, "none")
    yield Strike("cut", {"next": 1})
    yield Do(put(scene, contact), "half")
    yield Await(lambda _: False, login.number)  # until the connection is gone
    yield from online()
    yield Ask("after", (scene.newcomer,))


def _dribble(scene: Scene, name: str) -> Script:
    yield from online()
    yield Strike("dribble", {"next": 1})
    yield from pushed("push", _newcomer(scene, name), ver=scene.token("push"))
    yield Ask("after", (scene.newcomer,))


def _space(scene: Scene) -> Script:
    yield from online()
    yield Say(" \n\t\r\n ", "space")
    yield Fence()
    yield from pushed("push", _newcomer(scene), ver=scene.token("push"))
    yield Say("\n", "space again")
    yield Fence()
    yield Ask("after", (scene.newcomer,))


# Requests


def _unknown(scene: Scene) -> Script:
    yield from online()
    yield Say(iq("get", "unknown-get", _UNKNOWN, scene.domain), "get")
    yield Say(iq("set", "unknown-set", _UNKNOWN, scene.domain), "set")
    yield Fence()


def _stranger_asks(scene: Scene) -> Script:
    yield from online()
    yield Say(iq("get", "give-me-your-roster", query(), f"{scene.stranger}/balcony"), "get")
    yield Fence()


def _malformed(scene: Scene) -> Script:
    yield from online()
    for mark, type_, content in (
        ("no payload", "get", ""),
        ("two payloads", "get", _PING + _UNKNOWN),
        ("no such type", "fetch", _PING),
    ):
        yield Say(iq(type_, f"malformed-{type_}-{len(content)}", content, scene.domain), mark)
        yield Fence()


def _bare_errors(scene: Scene) -> Script:
    yield from online()
    for name in ("presence", "message"):
        yield Say(markup.element(name, type="error", to=FULL, **{"from": scene.friend}), name)
        yield Fence()


_BYTES = (
    Case(
        "rfc6121/2.1.6/cut-mid-push",
        Level.MUST,
        "Half a push changes nothing, and the next login brings what it would have said.",
        "After a connection breaks off at a bad moment a contact is missing for ever, or is half there.",
        "Somebody adds a contact, the connection breaks off in the middle of the push, and the client logs in again.",
        "The whole contact, with all that the push would have said.",
        _cut,
        half_not_believed,
    ),
    Case(
        "rfc6120/4.1/dribble",
        Level.MUST,
        "A stanza is the same however its bytes are cut on their way.",
        "Over a slow network the client loses changes, or crashes.",
        "A push comes byte by byte.",
        "The push is believed.",
        partial(_dribble, name="Newcomer"),
        partial(taken, Level.MUST, "push", "that came byte by byte"),
    ),
    Case(
        "rfc6120/11.6/cut-characters",
        Level.MUST,
        "A character whose bytes come apart is that character.",
        "Over a slow network names that are not English turn into question marks.",
        "A push with a name in several scripts comes byte by byte.",
        "The contact has the name that was sent.",
        partial(_dribble, name="Zoë 渡辺 🎭"),
        partial(spelled_right, "push"),
    ),
    Case(
        "rfc6120/11.7/white-space",
        Level.MUST,
        "White space between stanzas says nothing, and does no harm.",
        "The client goes offline whenever its server makes sure that it is still there.",
        "The server sends white space before and behind a push.",
        "The client goes on, and the push is believed.",
        _space,
        partial(taken, Level.MUST, "push", "behind the white space"),
    ),
)

_REQUESTS = (
    Case(
        "rfc6120/8.4/unknown-request",
        Level.MUST,
        "A request with a payload that the client does not know is answered with service-unavailable.",
        "Whoever asks the client something new waits for an answer that does not come.",
        "The server sends a get and a set with a payload of a namespace that nobody knows.",
        "The error service-unavailable, twice.",
        _unknown,
        refuses_unknown,
    ),
    Case(
        "rfc6121/2.1.3/roster-get-from-stranger",
        Level.MUST,
        "The roster is for the account itself: a client gives it to nobody who asks.",
        "A stranger can read the user's list of contacts.",
        "A stranger sends the client a request for its roster.",
        "An error, or silence.",
        _stranger_asks,
        roster_kept_private,
    ),
    Case(
        "rfc6120/8.2.3/malformed-requests",
        Level.MAY,
        "An iq without a payload, with two, or of no known type is survived.",
        "A stanza that is slightly wrong makes the client crash.",
        "An iq without a payload comes, one with two, and one of a type that does not exist.",
        "The client goes on; how it answers is left to it.",
        _malformed,
        malformed_survived,
    ),
    Case(
        "rfc6120/8.3.2/error-without-reason",
        Level.MAY,
        "An error that does not say what went wrong is survived.",
        "A stanza that is slightly wrong makes the client crash.",
        "Presence and a message of type error come, both without an error element.",
        "The client goes on.",
        _bare_errors,
        goes_on,
    ),
)

CASES = (*_BYTES, *_REQUESTS)
