"""What is inside a stanza passes a server as it was sent: ids, languages, and payloads that it does not know.

RFC 6120 §8.1.3, §8.1.5 and §8.4.

Tests: ``tests/conformance/test_server_cases.py``.
"""

from __future__ import annotations

from functools import partial

from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, broken, case_under
from rosterkit.conformance.server.cases.content_judging import children_kept, lang_is
from rosterkit.conformance.server.cases.content_steps import ODD_ID, to_local, to_remote, with_children
from rosterkit.conformance.server.cases.delivery_judging import copies, fate, keeps
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.steps import COMPONENT
from rosterkit.conformance.verdicts import Finding, Level

__all__ = ["CASES"]

_UNKNOWN = (
    "<scroll xmlns='urn:example:verona' xmlns:wax='urn:example:wax' wax:colour='red' sealed=''>"
    "Read <b>this</b> first.<wax:seal wax:of='house'><deep xmlns='urn:example:verona'/></wax:seal>"
    "</scroll><x xmlns='urn:example:nobody-knows-this'/>"
)
_NAMELESS = "<scroll xmlns='urn:example:verona'><seal xmlns=''>red</seal></scroll>"
_DEPTH = 30
_DEEP = f"<deep xmlns='urn:example:deep'>{'<deep>' * (_DEPTH - 1)}{'</deep>' * (_DEPTH - 1)}</deep>"


# Judges


def _id_kept(evidence: Evidence) -> Finding | None:
    came = copies(evidence, "contact", "event")
    if not came:
        return broken(Level.MUST, f"The message did not come; {fate(evidence, 'event')}.")
    if came[0].id != ODD_ID:
        return broken(Level.SHOULD, f"The message came with the id {came[0].id!r}.", came[0])
    return None


# Cases


_case = partial(case_under, "", component=True)

_REMOTE_CHILDREN = partial(children_kept, mark="event", line=COMPONENT)

CASES: tuple[ServerCase, ...] = (
    _case(
        "rfc6120/8.1.3/message-id",
        "A message is delivered with the id that its sender has given it.",
        "Receipts and corrections name a message that nobody knows.",
        "The account writes to another account of the server, with an id of quotes, signs and letters of all kinds.",
        "The message with that id.",
        partial(to_local, lambda to: stanzas.message(to, "Have you read it?", id_=ODD_ID)),
        keeps("The message came with its id.", _id_kept),
        Level.SHOULD,
        accounts=2,
        component=False,
    ),
    _case(
        "rfc6120/8.1.5/lang-kept",
        "The language that a stanza names stays as it is.",
        "A program reads the text aloud in the wrong language.",
        "The account sends a contact of another server a message with an xml:lang of its own.",
        "The message with that xml:lang.",
        partial(to_remote, lambda to: f"<message to='{to}' id='event' xml:lang='cs'><body>Ahoj</body></message>"),
        keeps("The language was kept.", partial(lang_is, mark="event", line=COMPONENT, lang="cs")),
    ),
    _case(
        "rfc6120/8.1.5/lang-of-stream",
        "A stanza without a language gets that of its sender's stream.",
        "Nobody but the user's own server knows in which language the user writes.",
        "On a stream whose header says `en`, the account sends a contact elsewhere a message without xml:lang.",
        "The message with xml:lang `en`.",
        partial(to_remote, lambda to: stanzas.message(to, "Good morrow", id_="event")),
        keeps(
            "The message came with the language of the stream.",
            partial(lang_is, mark="event", line=COMPONENT, lang="en", level=Level.SHOULD),
        ),
        Level.SHOULD,
    ),
    _case(
        "rfc6120/8.4/message-to-local",
        "A message to an account of the same server is delivered with all that is in it, known or not.",
        "Whatever clients add to messages works only where the server's makers have heard of it.",
        "The account sends another account of the server a message with two payloads of unknown namespaces.",
        "Both, with their namespaces, attributes and texts.",
        partial(to_local, partial(with_children, children=f"<body>Read.</body>{_UNKNOWN}")),
        keeps("Everything came as it was sent.", partial(children_kept, mark="event", line="contact")),
        accounts=2,
        component=False,
    ),
    _case(
        "rfc6120/8.4/message-to-remote",
        "A message to another server goes out with all that is in it, known or not.",
        "Whatever clients add to messages gets lost on the way to other servers.",
        "The account sends a contact of another server a message with two payloads of unknown namespaces.",
        "Both, with their namespaces, attributes and texts.",
        partial(to_remote, partial(with_children, children=f"<body>Read.</body>{_UNKNOWN}")),
        keeps("Everything came as it was sent.", _REMOTE_CHILDREN),
    ),
    _case(
        "rfc6120/8.4/presence",
        "Presence is delivered with all that is in it, known or not.",
        "Contacts do not see pictures, moods and what the other client can do.",
        "The account sends a contact elsewhere presence with a status and two payloads of unknown namespaces.",
        "All of it, with namespaces, attributes and texts.",
        partial(
            to_remote,
            lambda to: stanzas.presence(to=to, id_="event", children=f"<status>Reading</status>{_UNKNOWN}"),
        ),
        keeps("Everything came as it was sent.", _REMOTE_CHILDREN),
    ),
    _case(
        "rfc6120/8.4/iq",
        "A request to somebody else is passed on with its payload as it is.",
        "New extensions do not work until the server has learnt them.",
        "The account asks a contact of another server something with a payload of an unknown namespace.",
        "The payload, with its namespaces, attributes and texts.",
        partial(to_remote, lambda to: stanzas.iq("set", "event", _UNKNOWN.partition("<x ")[0], to=f"{to}/phone")),
        keeps("The payload came as it was sent.", _REMOTE_CHILDREN),
    ),
    _case(
        "rfc6120/8.4/no-namespace",
        "An element without a namespace inside a payload stays without one.",
        "Payloads made by tools that know nothing of XMPP arrive as something else.",
        "The account sends a contact of another server a message whose payload holds an element with xmlns=''.",
        "The payload, with that element in no namespace.",
        partial(to_remote, partial(with_children, children=f"<body>Read.</body>{_NAMELESS}")),
        keeps(
            "The payload came as it was sent.",
            partial(children_kept, mark="event", line=COMPONENT, level=Level.SHOULD),
        ),
        Level.SHOULD,
    ),
    _case(
        "rfc6120/8.4/nested",
        f"A payload may be nested, {_DEPTH} levels deep at least.",
        "Forms and formatted texts do not arrive, or end the session.",
        f"The account sends a contact of another server a message whose payload is {_DEPTH} levels deep.",
        "The payload with all of its levels.",
        partial(to_remote, partial(with_children, children=f"<body>Look inside.</body>{_DEEP}")),
        keeps(
            "The payload came as it was sent.",
            partial(children_kept, mark="event", line=COMPONENT, level=Level.SHOULD),
        ),
        Level.SHOULD,
    ),
)
