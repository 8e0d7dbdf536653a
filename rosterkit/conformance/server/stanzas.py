"""What the tester says to a server: stanzas as text, made from values, with nothing that is not asked for.

Tests: ``tests/conformance/test_server_steps.py``.
"""

from __future__ import annotations

from collections.abc import Sequence

from rosterkit.conformance.evidence import Seen
from rosterkit.core import markup
from rosterkit.core.roster import NAMESPACE
from rosterkit.wire.names import STANZA_ERRORS

__all__ = ["error", "iq", "item", "message", "ping", "presence", "refusal", "roster_get", "roster_set"]


def presence(
    type_: str | None = None,
    to: str | None = None,
    *,
    sender: str | None = None,
    id_: str | None = None,
    children: str = "",
) -> str:
    """A presence stanza; ``children`` is XML."""
    head = markup.attributes(type=type_, to=to, id=id_, **{"from": sender})
    return f"<presence{head}>{children}</presence>" if children else f"<presence{head}/>"


def message(
    to: str | None,
    body: str,
    type_: str | None = "chat",
    *,
    sender: str | None = None,
    id_: str | None = None,
) -> str:
    """A message with a body."""
    head = markup.attributes(type=type_, to=to, id=id_, **{"from": sender})
    return f"<message{head}><body>{markup.text(body)}</body></message>"


def iq(type_: str, id_: str, payload: str = "", *, to: str | None = None, sender: str | None = None) -> str:
    """An iq; ``payload`` is XML."""
    head = markup.attributes(type=type_, id=id_, to=to, **{"from": sender})
    return f"<iq{head}>{payload}</iq>"


def error(condition: str) -> str:
    """What is in a stanza of type error."""
    return f"<error type='cancel'><{condition} xmlns='{STANZA_ERRORS}'/></error>"


def refusal(request: Seen, from_address: bool = False) -> str:
    """The answer to a request that nobody knows: service-unavailable.

    ``from_address`` says that it has to come from where the request went to, as a component's has.
    """
    sender = request.to if from_address else None
    return iq("error", request.id or "", error("service-unavailable"), to=request.sender, sender=sender)


def ping(id_: str, to: str | None = None, sender: str | None = None) -> str:
    """A ping (XEP-0199)."""
    return iq("get", id_, "<ping xmlns='urn:xmpp:ping'/>", to=to, sender=sender)


def roster_get(id_: str, ver: str | None = None, to: str | None = None, sender: str | None = None) -> str:
    """A request for the roster, with ``ver`` where it is not None (RFC 6121 §2.1.3, §2.6.2)."""
    return iq("get", id_, markup.element("query", xmlns=NAMESPACE, ver=ver), to=to, sender=sender)


def item(jid: str, name: str | None = None, groups: Sequence[str] = (), subscription: str | None = None) -> str:
    """A roster item."""
    inside = "".join(f"<group>{markup.text(group)}</group>" for group in groups)
    return f"<item{markup.attributes(jid=jid, name=name, subscription=subscription)}>{inside}</item>"


def roster_set(id_: str, *items: str, to: str | None = None, sender: str | None = None) -> str:
    """An edit of the roster; ``items`` is XML (RFC 6121 §2.1.5)."""
    return iq("set", id_, markup.element("query", "".join(items), xmlns=NAMESPACE), to=to, sender=sender)
