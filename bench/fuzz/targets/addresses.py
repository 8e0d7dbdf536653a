"""JIDs: prepared once is prepared for good, within the limits, and never more than a JidError.

Tests: ``tests/bench/fuzz/test_fuzz_targets.py``.
"""

from __future__ import annotations

from bench.fuzz.case import Case, Played, Step, WrongError
from bench.fuzz.chance import Chance
from bench.fuzz.words import address, word
from rosterkit.core import jid
from rosterkit.core.jid import Jid
from rosterkit.core.markup import attribute
from rosterkit.errors import JidError

__all__ = ["Addresses"]

_PIECES = (
    "@/.-:[]%\u3002\uff0e\uff61\u00ad\u200d\u0221\u0300"
    "\u0345\u0130\u1e9e\ufdfa\u05d0\u0661\u212a\u2488\uff0f\uff20\ud800\x00\x7f\u00a0\U000e0001\U0001f600"
)


class Addresses:
    """Every step is a text, in UTF-8 with surrogates let pass."""

    name = "jid"
    share = 0.12
    deep = "full", 0.1

    def make(self, chance: Chance) -> Case:
        """One odd text."""
        text = address(chance)
        for _ in range(chance.choice((1, 1, 2, 3))):
            text = _changed(text, chance)
        return Case((Step(0, text.encode("utf-8", "surrogatepass")),), 1)

    def from_bytes(self, data: bytes) -> Case:
        """The bytes are the text."""
        return Case((Step(0, data),), 1)

    def play(self, case: Case) -> Played:
        """Parse each, and what it was prepared to."""
        phases = [_parsed(_text(step.data)) for step in case.steps]
        return Played(tuple(phases), len(phases))


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _changed(text: str, chance: Chance) -> str:
    at = chance.randint(0, len(text))
    roll = chance.random()
    if roll < 0.3:
        return text[:at] + chance.choice(_PIECES) + text[at:]
    if roll < 0.5:
        return text[:at] + chr(chance.randrange(0x110000 if chance.random() < 0.2 else 0x3000)) + text[at:]
    if roll < 0.6:
        return text[:at] + text[at + 1 :]
    if roll < 0.8:
        return text[:at] + address(chance) + text[at:]
    return text[:at] + word(chance) + text[at:]


def _parsed(text: str) -> str:
    try:
        found = jid.parse(text)
    except JidError as error:
        if not str(error):
            raise WrongError("A refusal says nothing.") from error
        _check_refused(text)
        return "refused"
    _check(found)
    if jid.bare(text) != found.bare:
        raise WrongError(f"bare() gives {jid.bare(text)!r} and parse() {found.bare!r}.")
    return "full" if found.resource else "bare"


def _check_refused(text: str) -> None:
    try:
        found = jid.bare(text)
    except JidError:
        return
    raise WrongError(f"bare() gives {found!r} for what parse() refuses.")


def _check(found: Jid) -> None:
    for part in (found.local, found.domain, found.resource):
        if len(part.encode()) > jid.MAX_PART_BYTES:
            raise WrongError(f"A part of {found!r:.200} is too long.")
        if any(ord(character) < 0x20 or character in "\x7f\ufffe\uffff" for character in part):
            raise WrongError(f"{found!r:.200} holds what no stanza can carry.")
    attribute(found.full).encode()
    if any(character in found.local for character in "\"&'/:<>@ "):
        raise WrongError(f"The localpart of {found!r:.200} holds what it must not.")
    if jid.parse(found.full) != found or jid.parse(found.bare) != found.without_resource():
        raise WrongError(f"{found!r:.300} is another one when it is parsed again: {jid.parse(found.full)!r:.300}")
