"""Streams as servers would have made them, for judges: what came on a line."""

from __future__ import annotations

from served import Told

from rosterkit.conformance.server.evidence import Evidence
from rosterkit.core import markup
from rosterkit.wire.names import BIND, SASL, STREAM, STREAM_ERRORS, TLS

END = "</stream:stream>"
OVER = "The server has closed the connection without ending the stream."
STARTTLS = markup.element("starttls", xmlns=TLS)
REQUIRED = markup.element("starttls", markup.element("required"), xmlns=TLS)


def header(**values: str) -> str:
    """A server's header, as journals have it; ``from_`` and ``xml_lang`` stand for what Python cannot spell."""
    return f"<stream:stream{markup.attributes(**{name.removesuffix('_'): value for name, value in values.items()})}>"


def features(*content: str) -> str:
    """Stream features."""
    return markup.element("features", "".join(content), xmlns=STREAM)


def mechanisms(*names: str) -> str:
    """The offer of mechanisms."""
    return markup.element("mechanisms", "".join(markup.element("mechanism", name) for name in names), xmlns=SASL)


def error(condition: str) -> str:
    """A stream error."""
    return markup.element("error", markup.element(condition, xmlns=STREAM_ERRORS), xmlns=STREAM)


def failure(condition: str, text: str = "") -> str:
    """A login that has failed."""
    said = markup.element("text", text) if text else ""
    return markup.element("failure", markup.element(condition) + said, xmlns=SASL)


def step(name: str) -> str:
    """A challenge or a success, with what was struck out of it."""
    return markup.element(name, "***", xmlns=SASL)


def bound(jid: str, id_: str) -> str:
    """The result of a bind."""
    content = markup.element("bind", markup.element("jid", jid), xmlns=BIND)
    return markup.element("iq", content, type="result", id=id_)


def stanza(xml: str) -> bool:
    """Whether the journal calls it by its name."""
    return xml.startswith(("<iq", "<presence", "<message"))


def heard(told: Told, line: str, *came: str, over: str = "") -> Told:
    """Add what came on a line, and how that has ended where it has."""
    for xml in came:
        told.came(line, xml, "" if stanza(xml) else "stream")
    return told.note(line, over=over) if over else told


def raw(mark: str, *came: str, over: str = "", said: str = "<stream:stream to='unknown.invalid'>") -> Evidence:
    """What came on the line ``raw`` after something was said under ``mark``."""
    told = Told().note("raw", may_end=True).mark(mark, "raw").said("raw", said)
    return heard(told, "raw", *came, over=over).evidence()
