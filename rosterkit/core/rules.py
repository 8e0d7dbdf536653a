"""What the rules say about each kind of stanza, in a sentence of our own, with the section that has it.

:mod:`rosterkit.wire.explaining` finds the rule of a stanza that has passed.

Tests: ``tests/core/test_rules.py``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

__all__ = ["RULES", "Rule", "link_of"]


class Rule(NamedTuple):
    """``section`` is as in ``RFC 6121 §2.1.6`` or ``XEP-0199``; ``says`` is one or two sentences."""

    section: str
    says: str


def _rfc6121(section: str, says: str) -> Rule:
    return Rule(f"RFC 6121 §{section}", says)


def _rfc6120(section: str, says: str) -> Rule:
    return Rule(f"RFC 6120 §{section}", says)


#: By a name of our own, in the order of the sections.
RULES: Mapping[str, Rule] = {
    "roster-get": _rfc6121(
        "2.1.3",
        "A client asks for its roster, best before its first presence. From then on its resource is interested: "
        "it is sent every change.",
    ),
    "roster-result": _rfc6121(
        "2.1.4", "The whole roster as the server has it. What the client knew before does not count any more."
    ),
    "roster-set": _rfc6121(
        "2.1.5",
        "A client adds or changes one entry. Name and groups are replaced as they stand; the subscription cannot be "
        "set this way.",
    ),
    "push": _rfc6121(
        "2.1.6",
        "The server tells every interested resource of a change. It counts without a from or from the account's bare "
        "JID, and from nobody else.",
    ),
    "push-answer": _rfc6121("2.1.6", "The client answers each push that it takes with an empty result."),
    "push-refused": _rfc6121(
        "2.1.6",
        "The client does not take this push. That is right where it came from somebody else, and a mistake where it "
        "came from the server.",
    ),
    "set-taken": _rfc6121(
        "2.3.2",
        "The change is made. The push to all interested resources may come before or after this answer, to this "
        "resource too.",
    ),
    "set-refused": _rfc6121("2.3.3", "The change is refused, and the roster stays as it was. There is no push."),
    "roster-remove": _rfc6121(
        "2.5.1", "A client removes an entry. The server ends the subscriptions in both directions on its behalf."
    ),
    "removed": _rfc6121("2.5.2", "The entry is gone, and every interested resource is sent a push that says so."),
    "remove-refused": _rfc6121("2.5.3", "Nothing is removed: there is no such entry. There is no push."),
    "versioned-get": _rfc6121(
        "2.6.2",
        "A client asks for what has changed since the version that it has kept. An empty ver says that it can keep "
        "one and has none.",
    ),
    "unchanged": _rfc6121(
        "2.6.3",
        "Without a query: what the client has kept is right, but for the pushes that follow now, if any do.",
    ),
    "subscribe-out": _rfc6121(
        "3.1.1",
        "A client asks to see the presence of a contact. The entry waits, ask='subscribe', for the contact's answer.",
    ),
    "subscribe-in": _rfc6121(
        "3.1.3",
        "Somebody asks to see the user's presence. It waits for an answer, over restarts too; until then nothing in "
        "the roster shows it.",
    ),
    "subscribed-out": _rfc6121(
        "3.1.4",
        "The user allows a contact to see its presence: From or Both. Without a request it is an approval "
        "beforehand (§3.4).",
    ),
    "subscribed-in": _rfc6121(
        "3.1.6", "The contact has said yes: the subscription is To or Both now, and its presence follows."
    ),
    "unsubscribed-out": _rfc6121(
        "3.2.1", "The user takes a subscription away, or refuses a request. The contact sees it as unavailable first."
    ),
    "unsubscribed-in": _rfc6121(
        "3.2.3", "The contact has taken the subscription away, or refused it. Its presence is not seen any more."
    ),
    "unsubscribe-out": _rfc6121("3.3.1", "The user does not want to see the contact's presence any longer."),
    "unsubscribe-in": _rfc6121("3.3.3", "The contact does not want to see the user's presence any longer."),
    "available": _rfc6121(
        "4.2.2",
        "A resource is there, or says something new (§4.4). The server tells every contact with From or Both and "
        "all resources of the account.",
    ),
    "available-told": _rfc6121(
        "4.2.3", "Somebody whose presence the user may see is there, or has changed. Own resources are told too."
    ),
    "probe": _rfc6121("4.3", "A server asks for the present presence of a contact. A client has no need to."),
    "unavailable": _rfc6121(
        "4.5.2", "The resource is gone for others. Where the stream just ends, the server says it instead."
    ),
    "unavailable-told": _rfc6121("4.5.3", "A resource that the user could see is gone."),
    "directed": _rfc6121(
        "4.6",
        "Presence for one receiver, whatever the subscription. When the resource goes, the server tells "
        "this receiver too.",
    ),
    "message": _rfc6121("8.5", "Messages go to a resource that is there; the server decides which by priority."),
    "presence-error": _rfc6120("8.3", "Presence could not be delivered. No subscription changes by it."),
    "stream": _rfc6120("4.2", "A stream begins; what the server offers stands in its features."),
    "stream-end": _rfc6120("4.4", "The stream ends; nothing is sent after it."),
    "stream-error": _rfc6120("4.9", "Something is so wrong that the stream ends, with the reason."),
    "tls": _rfc6120("5", "TLS begins; after it the stream begins anew."),
    "sasl": _rfc6120("6", "The login. SCRAM proves the password without sending it, and the server to the client."),
    "bind": _rfc6120("7", "The resource gets its name; from now on stanzas may be sent."),
    "iq": _rfc6120("8.2.3", "Every request has an id, and gets exactly one answer with the same id."),
    "iq-error": _rfc6120("8.3", "The request is refused, with a condition that says why."),
    "session": Rule("RFC 3921 §3", "What older clients ask for after bind. It is answered and means nothing."),
    "disco": Rule("XEP-0030", "What somebody is and can do."),
    "register": Rule("XEP-0077", "An account is made, changed or removed."),
    "version": Rule("XEP-0092", "The name and version of a program."),
    "blocking": Rule("XEP-0191", "Whose stanzas are not delivered, and who does not see the user."),
    "ping": Rule("XEP-0199", "Is the other side still there?"),
    "other": _rfc6120("8.4", "Nobody here knows this; what is not known is refused, or ignored."),
}
_RFC = re.compile(r"RFC (\d+)(?: §([\d.]+))?")


def link_of(section: str) -> str:
    """Where the text of a section can be read."""
    found = _RFC.fullmatch(section)
    if found is None:
        return f"https://xmpp.org/extensions/{section.lower()}.html"
    place = f"#section-{found[2]}" if found[2] else ""
    return f"https://www.rfc-editor.org/rfc/rfc{found[1]}{place}"
