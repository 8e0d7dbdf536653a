"""What scripts write by hand on a stream: headers, logins and binds, and how they wait for what must come next.

Before a resource is bound no ping is answered, so that each step there waits for an answer, or for the end of the
line.  Where a server may go on without a word, the script ends the stream in the same breath: then something comes.

Tests: ``tests/conformance/test_server_streams.py``, ``tests/conformance/test_server_logins.py``.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Sequence

from rosterkit.conformance.evidence import Seen, is_answer
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.cases.streams_seen import is_features, is_sasl
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Await, Enter, MayEnd, Say, Script, Stuck
from rosterkit.core import jid, markup
from rosterkit.wire.entering import Phase
from rosterkit.wire.names import BIND, CLIENT, SASL, STREAM

__all__ = [
    "END",
    "SCRAM",
    "answered",
    "auth",
    "bind",
    "bound",
    "encoded",
    "ended",
    "greeted",
    "header",
    "local_of",
    "opened",
    "plain",
    "plainly",
    "raw",
    "response",
    "secured",
    "tried",
]

#: The end of a stream.
END = "</stream:stream>"
#: The mechanisms in which nobody shows a password.
SCRAM = ("SCRAM-SHA-1", "SCRAM-SHA-256")


def header(
    to: str | None,
    *,
    sender: str | None = None,
    version: str | None = "1.0",
    namespace: str = CLIENT,
    stream: str = STREAM,
    declaration: str = "<?xml version='1.0'?>",
) -> str:
    """A client's stream header, behind its XML declaration."""
    values = {"xmlns": namespace, "xmlns_stream": stream, "to": to, "from": sender, "version": version}
    return f"{declaration}<stream:stream{markup.attributes(**values, xml_lang='en')}>"


def raw(line: str, account: str, upto: Phase = Phase.CONNECTED) -> Script:
    """A line that is the script's own from ``upto`` on, and that the server may end.  Gives what Enter gives."""
    entered = yield Enter(line, account, upto)
    yield MayEnd(line)
    return entered


def answered(line: str, xml: str, mark: str, match: Callable[[Seen], bool]) -> Script:
    """Say something under ``mark``; gives the first that ``match`` takes, None where the line ends, or has ended."""
    try:
        yield Say(line, xml, mark)
    except Stuck:  # that the server has ended it is for the judge to see
        return None
    return (yield Await(line, match))


def opened(line: str, xml: str, mark: str) -> Script:
    """Say a header under ``mark``; gives the features that come."""
    return (yield from answered(line, xml, mark, is_features))


def greeted(line: str, xml: str, mark: str) -> Script:
    """The same on a line that does nothing else: where features come, the stream is ended in order."""
    if (yield from opened(line, xml, mark)) is not None:
        yield from ended(line, END, f"{mark}-end")


def ended(line: str, xml: str, mark: str) -> Script:
    """Say something under ``mark`` and wait for the end of the line."""
    yield from answered(line, xml, mark, lambda _: False)


# Logins


def local_of(account: str) -> str:
    """The name by which an account logs in."""
    return jid.parse(account).local


def auth(mechanism: str, text: str = "") -> str:
    """The beginning of an attempt to log in; ``text`` is in base64."""
    return markup.element("auth", text, xmlns=SASL, mechanism=mechanism)


def response(text: str) -> str:
    """The answer to a challenge; ``text`` is in base64."""
    return markup.element("response", text, xmlns=SASL)


def encoded(message: str) -> str:
    """A message of a mechanism in base64."""
    return b64encode(message.encode()).decode()


def plain(name: str, password: str, authzid: str = "") -> str:
    """What PLAIN says (RFC 4616), in base64."""
    return encoded(f"{authzid}\0{name}\0{password}")


def tried(line: str, xml: str, mark: str) -> Script:
    """Say a step of a login under ``mark``; gives the server's."""
    return (yield from answered(line, xml, mark, is_sasl))


def plainly(line: str, people: People, mark: str, **parts: str) -> Script:
    """Try to log in by PLAIN as ``people.me``; ``parts`` take the place of its name, its password, the authzid.

    Gives the server's step; raises :class:`Stuck` where PLAIN is not offered.
    """
    said = {"name": local_of(people.me), "password": people.password(people.me), **parts}
    return (yield from tried(line, auth("PLAIN", plain(**said)), mark))


def secured(line: str, people: People, mechanisms: Sequence[str] = ("PLAIN",)) -> Script:
    """A line on which a login may begin; gives the first of ``mechanisms`` that is offered on it.

    Raises :class:`Stuck` where none is.
    """
    entered = yield from raw(line, people.me, Phase.SECURED)
    found = next((name for name in mechanisms if f">{name}<" in entered.features), None)
    if found is None:
        raise Stuck(f"The server does not offer {' or '.join(mechanisms)} here.", unsupported=True)
    return found


# Binding


def bind(id_: str, resource: str | None = None) -> str:
    """A request to bind ``resource``, or whatever the server likes."""
    wish = "" if resource is None else markup.element("resource", markup.text(resource))
    return stanzas.iq("set", id_, markup.element("bind", wish, xmlns=BIND))


def bound(line: str, mark: str, resource: str | None = None) -> Script:
    """Ask for a resource under ``mark``; gives the answer."""
    return (yield from answered(line, bind(mark, resource), mark, is_answer(mark)))
