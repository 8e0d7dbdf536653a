"""The text of messages passes a server as it was written, whatever it is made of (RFC 6120 §11, RFC 6121 §5.2).

Tests: ``tests/conformance/test_server_cases.py``.
"""

from __future__ import annotations

from functools import partial

from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, broken, case_under
from rosterkit.conformance.server.cases.content_judging import body_kept, children_kept
from rosterkit.conformance.server.cases.content_steps import to_local, to_remote, with_children
from rosterkit.conformance.server.cases.delivery_judging import fate, keeps
from rosterkit.conformance.server.cases.delivery_steps import phone
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Script, online, told
from rosterkit.conformance.verdicts import Finding, Level
from rosterkit.core import markup

__all__ = ["CASES"]

_TEXTS = "naïve straße 字 ✓ 𝄞 😀 👩\u200d👩\u200d👧 \u00a0 \u202eabc\u202c \ue000 \U0010fffd"
_SPACES = "  two spaces,\ta tab,\n\n an empty line,\r\na line end of Windows, spaces at the end  \n"
_ENTITIES = "<![CDATA[<b>not bold</b> & co.]]> &lt;i&gt; &amp;amp; &quot;&apos; &#x1F600;&#233; ]]&gt;"
_LANGUAGES = (
    "<subject>Tomorrow</subject><subject xml:lang='de'>Morgen</subject><body>Come at nine.</body>"
    "<body xml:lang='de'>Komm um neun.</body><body xml:lang='cs'>Přijď v devět.</body>"
)
_THREAD = "<subject>Orchard</subject><body>See you.</body><thread parent='a-thread'>another-thread</thread>"
_BIG = 9500


# Scripts


def _from_remote(type_: str, people: People) -> Script:
    yield from online("me", people.me, roster=False)
    message = stanzas.message(people.me, "Psst!", type_, sender=phone(people), id_="event")
    yield from told(COMPONENT, message, "event")


def _of_size(to: str, size: int) -> str:
    """A message of so many bytes."""
    empty = len(stanzas.message(to, "", id_="event").encode())
    return stanzas.message(to, "x" * (size - empty), id_="event")


# Judges


def _taken_as_normal(evidence: Evidence) -> Finding | None:
    came = evidence.came("me", "event", lambda seen: seen.name == "message" and seen.id == "event")
    if came:
        return None
    return broken(Level.MUST, f"The message did not come; {fate(evidence, 'event')}.")


# Cases


_case = partial(case_under, "", component=True)


def _text_case(id_: str, rule: str, consequence: str, what: str, body: str) -> ServerCase:
    children = f"<body>{body}</body>"
    return _case(
        f"rfc6120/{id_}",
        rule,
        consequence,
        f"The account writes to another account of the server a text with {what}.",
        "The same text, character by character.",
        partial(to_local, partial(with_children, children=children)),
        keeps("The text came as it was written.", partial(body_kept, mark="event", line="contact")),
        accounts=2,
        component=False,
    )


_REMOTE_CHILDREN = partial(children_kept, mark="event", line=COMPONENT)

CASES: tuple[ServerCase, ...] = (
    _text_case(
        "11.1/entities",
        "CDATA sections, the five entities and character references stand for text and are delivered as such.",
        "Signs in a text turn into others, or a text becomes markup.",
        "a CDATA section, entities and character references",
        _ENTITIES,
    ),
    _text_case(
        "11.6/characters",
        "A text of any characters is delivered as it was written, in whatever plane of Unicode they stand.",
        "Emoji and rare letters become question marks, or end the session.",
        "letters of several scripts, emoji and characters of private use",
        markup.text(_TEXTS),
    ),
    _text_case(
        "8.4/spaces",
        "Spaces, tabs and line ends of a text are delivered as they were written.",
        "Poems, tables and programs that users send each other lose their form.",
        "spaces at both ends, tabs and line ends",
        markup.text(_SPACES),
    ),
    _case(
        "rfc6120/13.12/size",
        "Stanzas of less than 10,000 bytes are taken.",
        "A longer text, a small picture or a list of devices ends the session.",
        f"The account sends a contact of another server a message of {_BIG} bytes.",
        "The message with its whole text.",
        partial(to_remote, partial(_of_size, size=_BIG)),
        keeps("The message came whole.", partial(body_kept, mark="event", line=COMPONENT)),
    ),
    _case(
        "rfc6121/5.2.2/unknown-type",
        "A message whose type nobody knows is delivered as one without a type.",
        "Messages of newer clients are lost.",
        "A contact of another server sends the account, which is online, a message of the type `whisper`.",
        "The message at the resource.",
        partial(_from_remote, "whisper"),
        keeps("The message came.", _taken_as_normal),
    ),
    _case(
        "rfc6121/5.2.3/languages",
        "A message in several languages is delivered with all of its subjects and bodies.",
        "Whoever gets it reads a language that they do not know, though theirs was there.",
        "The account sends a contact of another server a message with two subjects and three bodies.",
        "All five, each with its xml:lang.",
        partial(to_remote, partial(with_children, children=_LANGUAGES)),
        keeps("Everything came as it was sent.", _REMOTE_CHILDREN),
    ),
    _case(
        "rfc6121/5.2.5/thread",
        "The thread of a message and the thread that it has grown out of are delivered.",
        "Answers stand in the wrong conversation.",
        "The account sends a contact of another server a message with a subject and a thread that has a parent.",
        "Subject and thread as they were sent.",
        partial(to_remote, partial(with_children, children=_THREAD)),
        keeps("Everything came as it was sent.", _REMOTE_CHILDREN),
    ),
)
