"""What a play has noted of its own steps, as sentences; nothing in a note can make this fail.

Tests: ``tests/conformance/test_report_timeline.py``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from rosterkit.conformance.evidence import CASE
from rosterkit.conformance.orders import ORDERS
from rosterkit.core.fault_catalogue import CATALOGUE
from rosterkit.core.journal import Entry

__all__ = ["Contact", "Told", "fault_words", "note_of", "read_note"]

#: The most entries of a roster that are shown.
_MOST_CONTACTS = 50


class Contact(NamedTuple):
    """An entry of a roster as a client told it; ``matters`` says that the case is about it."""

    jid: str
    name: str
    groups: str
    subscription: str
    resources: str
    matters: bool


class Told(NamedTuple):
    """A note as a sentence; ``contacts`` is a table below it, None where there is none; ``behind`` stands below that.

    ``kind`` is the key by which it was understood, ``other`` where it was not; ``left_out`` is how many contacts are
    not shown.
    """

    text: str
    kind: str = "other"
    contacts: Sequence[Contact] | None = None
    left_out: int = 0
    behind: str = ""


def note_of(entry: Entry) -> Mapping[str, Any]:
    """What a play has noted; empty for every other entry, and for a note that is no object."""
    if entry.kind != CASE:
        return {}
    try:
        said = json.loads(entry.text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


def read_note(entry: Entry) -> Told:
    """The sentence of a note."""
    said = note_of(entry)
    for key, read in _READ.items():
        if key in said:
            try:
                return read(said)
            except (TypeError, ValueError, LookupError, AttributeError):
                break
    if not said:
        return Told(entry.text)
    return Told("Noted: " + "; ".join(f"{key} = {_value(value)}" for key, value in said.items()))


def fault_words(fault: str) -> str:
    """What was done to a stanza: by a fault of the catalogue, or by the case's own step of that name."""
    return "; ".join(
        f"fault “{name}”: {CATALOGUE[name].does}" if name in CATALOGUE else f"said by the tester: “{name}”"
        for name in fault.split(", ")
    )


def _value(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


# The notes


def _login(said: Mapping[str, Any]) -> Told:
    return Told(f"Logged in as {said['login']}.", "login")


def _lost(said: Mapping[str, Any]) -> Told:
    return Told(f"The session of {said['lost']} is over.", "lost")


def _mark(said: Mapping[str, Any]) -> Told:
    return Told(f"The tester does “{said['mark']}”.", "mark")


def _strike(said: Mapping[str, Any]) -> Told:
    name = said["strike"]
    does = f": {CATALOGUE[name].does}" if name in CATALOGUE else "."
    return Told(f"From here on the fault “{name}” strikes{does}", "strike")


def _broke(said: Mapping[str, Any]) -> Told:
    if said["broke"] == "cut":
        return Told("The tester cuts the connection without a word.", "broke")
    return Told("The tester ends the stream.", "broke")


_HELD = {"roster-get": "requests for the roster", "roster-set": "edits of the roster", "iq": "iqs"}


def _hold(said: Mapping[str, Any]) -> Told:
    return Told(f"From here on the tester keeps the client's {_HELD[said['hold']]} from the server.", "hold")


def _release(said: Mapping[str, Any]) -> Told:
    if said["release"]:
        return Told("The server gets now what the tester has kept from it, and whatever comes.", "hold")
    return Told("The tester forgets what it has kept from the server, which gets whatever comes from now on.", "hold")


_FENCES = {
    "answered": "Two pings are answered, so what was sent before has been handled.",
    "silent": "A ping was not answered in time.",
    "gone": "The connection was gone before a ping was answered.",
}


def _fence(said: Mapping[str, Any]) -> Told:
    outcome = said["fence"]
    if "rounds" in said:
        rounds = int(said["rounds"])
        text = f"{rounds} rounds of pings on all lines are answered, and nothing is under way."
        return Told(text if rounds else "Nothing is under way.", "fence")
    return Told(_FENCES[outcome], "fence" if outcome == "answered" else "silence")


def _order(said: Mapping[str, Any]) -> Told:
    order = said["order"]
    return Told(f"Order to the client: {ORDERS[order['do']].format(**order)}", "order")


def _reply(said: Mapping[str, Any]) -> Told:
    reply = said["reply"]
    if reply.get("error") is not None:
        return Told(f"Answer: it does not do that. {reply['error']}", "reply")
    if reply.get("roster") is not None:
        return Told(f"Answer: its roster, with {_count(reply['roster'])}.", "reply")
    return Told("Answer: it is done.", "reply")


def _told(said: Mapping[str, Any]) -> Told:
    return _with_table("A roster is told from outside of the connection:", "told", said["told"], ())


def _belief(said: Mapping[str, Any]) -> Told:
    belief = said["belief"]
    about = belief.get("about") or ()
    oracle = belief["oracle"]
    if oracle == "report":
        told = _with_table("What the client believes, as it was told:", "belief", belief["roster"], about)
        if belief.get("requests") is None:
            return told
        waiting = ", ".join(map(str, belief["requests"])) or "nobody"
        return told._replace(behind=f"{told.behind} Requests that wait for an answer: {waiting}.".strip())
    return Told(
        f"{_ORACLES[oracle]} It was asked about {', '.join(map(str, about)) or 'nothing particular'}.", "belief"
    )


_ORACLES = {
    "edit": "What the client believes is read from what it sent when it was made to edit its entries.",
    "ver": "What the client believes is read from the version that it presented at the login above.",
    None: "What the client believes cannot be seen.",
}


def _stuck(said: Mapping[str, Any]) -> Told:
    begin = "This client has not what the case is about" if said.get("unsupported") else "The case cannot go on"
    return Told(f"{begin}: {said['stuck']}", "stuck")


def _misread(said: Mapping[str, Any]) -> Told:
    return Told(f"Something that came as an answer cannot be read: {said['misread']}", "misread")


def _ended(said: Mapping[str, Any]) -> Told:
    words = f" Its last words: {said['words']}" if said.get("words") else ""
    return Told(f"The client's program has ended with exit code {said['ended']}.{words}", "ended")


# The notes of plays with servers


def _people(said: Mapping[str, Any]) -> Told:
    people = said["people"]
    beside = f", and the component {people['component']}" if people["component"] else ""
    return Told(f"The play has the accounts {', '.join(map(str, people['accounts']))}{beside}.", "people")


def _entered(said: Mapping[str, Any]) -> Told:
    return Told(f"The line is there, as {said['entered']}." if said["entered"] else "The line is there.", "login")


def _left(said: Mapping[str, Any]) -> Told:
    if said["left"] == "cut":
        return Told("The tester cuts the connection without a word.", "broke")
    return Told("The tester ends the line.", "broke")


def _over(said: Mapping[str, Any]) -> Told:
    return Told(f"The line is over. {said['over']}", "lost")


def _held(said: Mapping[str, Any]) -> Told:
    return _with_table(f"What the server itself holds for {said['held']}, as it lets the component read:", "held",
                       said["roster"], ())  # fmt: skip


def _may_end(_: Mapping[str, Any]) -> Told:
    return Told("From here on the server may end this line.", "mark")


def _count(roster: Sequence[Any]) -> str:
    return "one entry" if len(roster) == 1 else f"{len(roster)} entries"


def _with_table(text: str, kind: str, roster: Sequence[Mapping[str, Any]], about: Sequence[str]) -> Told:
    contacts = sorted((_contact(entry, about) for entry in roster), key=lambda one: not one.matters)
    missing = [str(jid) for jid in about if all(one.jid != jid for one in contacts)]
    behind = f"Not in it: {', '.join(missing)}." if missing else ""
    return Told(text, kind, contacts[:_MOST_CONTACTS], max(0, len(contacts) - _MOST_CONTACTS), behind)


def _contact(entry: Mapping[str, Any], about: Sequence[str]) -> Contact:
    jid = str(entry["jid"])
    subscription = [str(entry.get("subscription") or "")]
    subscription += [word for word in ("ask", "approved") if entry.get(word)]
    return Contact(
        jid,
        str(entry.get("name") or ""),
        ", ".join(map(str, entry.get("groups") or ())),
        " + ".join(word for word in subscription if word),
        ", ".join(map(str, entry.get("available") or ())),
        jid in about,
    )


_READ: Mapping[str, Callable[[Mapping[str, Any]], Told]] = {
    "login": _login,
    "lost": _lost,
    "mark": _mark,
    "strike": _strike,
    "broke": _broke,
    "hold": _hold,
    "release": _release,
    "fence": _fence,
    "order": _order,
    "reply": _reply,
    "told": _told,
    "belief": _belief,
    "stuck": _stuck,
    "misread": _misread,
    "ended": _ended,
    "people": _people,
    "entered": _entered,
    "left": _left,
    "over": _over,
    "may_end": _may_end,
    "held": _held,
}
