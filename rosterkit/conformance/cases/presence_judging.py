"""The judges of the cases about presence (RFC 6121 §4).

Tests: ``tests/conformance/test_cases_presence.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rosterkit.conformance.beliefs import UNKNOWN
from rosterkit.conformance.evidence import Evidence, Seen, is_presence, is_roster_set
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.verdicts import Finding, Level, Oracle, failed, inconclusive, info, passed
from rosterkit.core.stanza import PRESENCE_TYPES

__all__ = ["available", "available_somehow", "not_known", "nothing_told", "shows_itself", "shows_itself_again"]

#: The types of presence that tell nobody whether the client is there, or are an answer that it may give.
_TELLS_NOTHING = ("unsubscribe", "unsubscribed", "error")
_UNSEEN = inconclusive("Whom the client takes for available cannot be seen: it would have to tell its roster.")


# What a client says of itself


def shows_itself(evidence: Evidence) -> Finding:
    """Initial presence has neither a type nor an address (§4.2.1); whether a client sends it is left to it."""
    sent = evidence.received(lambda seen: seen.name == "presence")
    initial = next(filter(is_presence, sent), None)
    if initial is not None:
        return passed("The client sends initial presence.", Oracle.WIRE, initial.number)
    wrong = next((seen for seen in sent if seen.type is not None and seen.type not in PRESENCE_TYPES), None)
    if wrong is not None:
        words = f"The client sends presence of the type {wrong.type!r}, which is none, and no initial presence."
        return failed(Level.MUST, words, Oracle.WIRE, wrong.number)
    return info("The client sends no initial presence: it is online and shows itself to nobody.")


def shows_itself_again(evidence: Evidence) -> Finding:
    """A new session begins without presence, so what was said in the last one counts no more (§4.2.1)."""
    first, second = (login.session for login in evidence.logins()[:2])
    if not evidence.received(is_presence, session=first):
        return info("The client sends no initial presence in its first session, so none is wanted in the next.")
    again = evidence.received(is_presence, session=second)
    if again:
        return passed("The client sends initial presence in its second session too.", Oracle.WIRE, again[0].number)
    return failed(Level.SHOULD, "The client sends initial presence in its first session and none in the second.")


# What it makes of what others say


def available(level: Level, wanted: Sequence[str], evidence: Evidence) -> Finding:
    """The contact is there with the ``wanted`` resources, each once."""
    return _judged(level, evidence, lambda there: sorted(there) == sorted(wanted), _with(wanted))


def available_somehow(level: Level, evidence: Evidence) -> Finding:
    """The contact is there, whatever its resource is called."""
    return _judged(level, evidence, bool, "available")


def _judged(level: Level, evidence: Evidence, right: Callable[[Sequence[str]], bool], wanted: str) -> Finding:
    belief, contact = evidence.belief("after"), evidence.scene.friend
    if belief.whole and not belief.knows(contact):
        return failed(level, "The contact is not in the client's roster any more.", belief.where)
    there = belief.get(contact, "available")
    if there is UNKNOWN:
        return _UNSEEN
    if right(there):
        return passed(f"For the client the contact is {_with(there)}.", belief.where)
    words = f"For the client the contact is {_with(there)}, where it was expected to be {wanted}."
    return failed(level, words, belief.where)


def _with(resources: Sequence[str]) -> str:
    named = ", ".join(repr(one) if one else "no resource" for one in resources)
    return f"available with {named}" if named else "not available"


def not_known(whose: Callable[[Scene], str], words: str, evidence: Evidence) -> Finding:
    """Presence adds nobody to the roster, and is not answered (§4.2.4, §4.6.5)."""
    address = whose(evidence.scene)
    sent = [seen for mark in _said(evidence) for seen in evidence.meanwhile(mark)]
    added = next((seen for seen in sent if is_roster_set(seen) and _is_about(seen, address)), None)
    if added is not None:
        return failed(Level.SHOULD, f"The client asks its server to add {words}.", Oracle.WIRE, added.number)
    told = next((seen for seen in sent if _tells(seen, address)), None)
    if told is not None:
        return _telling(told, f"The client answers {words} with")
    belief = evidence.belief("after")
    known = belief.knows(address)
    if known is None or (not known and belief.oracle is Oracle.EDIT):  # one without name and groups looks the same
        return inconclusive(f"Whether the client has {words} in its roster cannot be seen.")
    if known:
        return failed(Level.SHOULD, f"The client has {words} in its roster.", belief.where)
    return passed(f"The client does not have {words} in its roster.", belief.where)


def nothing_told(evidence: Evidence) -> Finding:
    """Who may know that the client is there is for its server to say (§4.3.2)."""
    told = next((seen for seen in evidence.meanwhile("presence-1") if _tells(seen, evidence.scene.stranger)), None)
    if told is not None:
        return _telling(told, "The client answers the probe of a stranger with")
    return passed("The client does not answer the probe.")


def _telling(told: Seen, words: str) -> Finding:
    what = f"presence of type {told.type}" if told.type else "its presence"
    return failed(Level.SHOULD, f"{words} {what}.", Oracle.WIRE, told.number)


def _said(evidence: Evidence) -> list[str]:
    return [seen.step["mark"] for seen in evidence.steps("mark")]


def _tells(seen: Seen, address: str) -> bool:
    """Whether a stanza tells somebody of the client's presence, or changes who may see it."""
    return seen.name == "presence" and _bare(seen.to) == address and seen.type not in _TELLS_NOTHING


def _is_about(seen: Seen, address: str) -> bool:
    return any(_bare(item.get("jid")) == address for item in seen.items)


def _bare(address: str | None) -> str:
    return (address or "").partition("/")[0]
