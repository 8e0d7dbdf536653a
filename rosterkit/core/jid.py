"""JIDs: parsed, prepared and remembered (RFC 6122 §2, with the stringprep profiles of RFC 3491 and RFC 6122).

Plain ASCII takes a fast path; everything else goes through the standard library's stringprep tables, which are
those of Unicode 3.2: in a localpart or a resource a newer character (an emoji) is refused with
:class:`~rosterkit.errors.JidError`.

Tests: ``tests/core/test_jid.py``.
"""

from __future__ import annotations

import ipaddress
import re
import stringprep
import unicodedata
from collections.abc import Callable
from encodings import idna
from functools import lru_cache
from typing import NamedTuple

from rosterkit.errors import JidError

__all__ = ["MAX_PART_BYTES", "Jid", "bare", "parse", "prepare_local", "prepare_resource"]

#: The most bytes of UTF-8 that one part of a JID may have, before preparation and after it (RFC 6122 §2.1).
MAX_PART_BYTES = 1023
#: The most characters of a whole JID.
_MAX_CHARACTERS = 3 * MAX_PART_BYTES + 2
#: The most characters of one label of a domain, before preparation and after it; punycode takes quadratic time.
_MAX_LABEL = 63

# RFC 6122 appendix A: what a localpart may not hold, within printable ASCII.
_ASCII_LOCAL = re.compile(r"[!#-%(-.0-9;=?A-Z\[-~]+\Z")
_ASCII_RESOURCE = re.compile(r"[ -~]+\Z")
_ASCII_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\Z")
# A bare JID that is prepared already, beyond doubt.
_PREPARED_BARE = re.compile(
    r"[!#-%(-.0-9;=?\[-~]{1,1023}@(?=.{1,1023}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*"
    r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z"
)
_LABEL_DOTS = re.compile("[.\u3002\uff0e\uff61]")
_LOCAL_PROHIBITED = frozenset("\"&'/:<>@")


class Jid(NamedTuple):
    """A prepared JID.  ``local`` and ``resource`` are ``""`` where absent; ``bare`` and ``full`` are ready strings.

    Only :func:`parse` and :meth:`with_resource` make one, so one that exists is valid.
    """

    local: str
    domain: str
    resource: str
    bare: str
    full: str

    def with_resource(self, resource: str) -> Jid:
        """The same account with an already prepared ``resource``."""
        return Jid(self.local, self.domain, resource, self.bare, f"{self.bare}/{resource}")

    def without_resource(self) -> Jid:
        """The account itself; the same object where there is no resource."""
        return Jid(self.local, self.domain, "", self.bare, self.bare) if self.resource else self

    @property
    def is_bare(self) -> bool:
        """Whether there is no resource."""
        return not self.resource

    def __str__(self) -> str:
        return self.full


def parse(text: str) -> Jid:
    """Give the prepared JID that ``text`` spells; the same string gives the same object while it is remembered.

    Raises :class:`JidError` for an empty part, a part over 1,023 bytes or a label over 63 characters (before
    preparation already, so that nobody can make it take long), a domain that is not a host name or an address, and
    characters that stringprep forbids (RFC 6122 §2).
    """
    if len(text) > _MAX_CHARACTERS:
        raise JidError(f"{_shown(text)} is longer than any JID may be.")
    return _parse(text)


@lru_cache(maxsize=8192)
def _parse(text: str) -> Jid:
    rest, slash, resource = text.partition("/")
    local, at, domain = rest.partition("@")
    if at and not local:
        raise JidError(f"{_shown(text)} has nothing before its '@'.")
    if slash and not resource:
        raise JidError(f"{_shown(text)} has nothing after its '/'.")
    domain = _prepare_domain(domain if at else local)
    local = prepare_local(local) if at else ""
    resource = prepare_resource(resource) if slash else ""
    bare = f"{local}@{domain}" if local else domain
    return Jid(local, domain, resource, bare, f"{bare}/{resource}" if resource else bare)


def bare(text: str) -> str:
    """Give the prepared bare JID that ``text`` spells or has; raises :class:`JidError` as :func:`parse` does.

    What is prepared already, as nearly everything that comes from a server, costs one regular expression.
    """
    return text if _PREPARED_BARE.match(text) else parse(text).bare


def prepare_local(text: str) -> str:
    """Give the localpart as it is compared and stored: folded to lower case (nodeprep, RFC 6122 appendix A).

    Raises :class:`JidError`.
    """
    if _ASCII_LOCAL.match(text):
        return _sized(text.lower(), "localpart")
    prepared = _stringprep(text, "localpart", _folded)
    if not _LOCAL_PROHIBITED.isdisjoint(prepared):
        raise JidError(f"The localpart {_shown(text)} holds one of \" & ' / : < > @, which RFC 6122 forbids.")
    if any(map(stringprep.in_table_c11, prepared)):
        raise JidError(f"The localpart {_shown(text)} holds a space, which RFC 6122 forbids.")
    return prepared


def prepare_resource(text: str) -> str:
    """Give the resource as it is compared and stored (resourceprep, RFC 6122 appendix B); case is kept.

    Raises :class:`JidError`.
    """
    if _ASCII_RESOURCE.match(text):
        return _sized(text, "resource")
    return _stringprep(text, "resource", _unchanged)


def _prepare_domain(text: str) -> str:
    _sized(text, "domain")
    if text.startswith("[") and text.endswith("]") and "%" not in text:  # a zone means nothing elsewhere
        try:
            return f"[{ipaddress.IPv6Address(text[1:-1])}]"
        except ValueError as error:
            raise JidError(f"The domain {_shown(text)} is not an IPv6 address.") from error
    labels = _LABEL_DOTS.split(text)
    if len(labels) > 1 and not labels[-1]:
        labels.pop()  # RFC 6122 §2.2: one final dot is not part of the domain
    return _sized(".".join(map(_prepare_label, labels)), "domain")


def _prepare_label(label: str) -> str:
    if _ASCII_LABEL.match(label):
        return label.lower()
    if label.isascii():
        raise JidError(
            f"The domain label {_shown(label)} is not a host name's: letters, digits and inner hyphens only."
        )
    if len(label) > _MAX_LABEL:
        raise JidError(f"The domain label {_shown(label)} is longer than {_MAX_LABEL} characters.")
    try:
        prepared = idna.nameprep(label)
        idna.ToASCII(prepared)
    except UnicodeError as error:
        raise JidError(f"The domain label {_shown(label)} cannot be prepared: {error}.") from error
    # Preparation can make ASCII out of anything (full-width letters, a full-width slash): the same rule holds then.
    if any(c.isascii() and not (c.isalnum() or c == "-") for c in prepared) or prepared.strip("-") != prepared:
        raise JidError(f"The domain label {_shown(label)} is not a host name's after preparation.")
    return prepared


def _folded(character: str) -> str:
    """Table B.2 as Unicode 3.2 had it: the library's gives lower-case letters too that are younger than that."""
    folded = stringprep.map_table_b2(character)
    return character if any(map(stringprep.in_table_a1, folded)) else folded


def _unchanged(character: str) -> str:
    return character


_PROHIBITED: tuple[Callable[[str], bool], ...] = (
    stringprep.in_table_c12,
    stringprep.in_table_c21,
    stringprep.in_table_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)


def _stringprep(text: str, part: str, fold: Callable[[str], str]) -> str:
    """Map, normalise, prohibit, check direction: RFC 3454 §2 in its order."""
    if not text:
        raise JidError(f"A {part} is empty.")
    _sized(text, part)
    if any(map(stringprep.in_table_a1, text)):
        raise JidError(f"The {part} {_shown(text)} holds a character that Unicode 3.2 does not know.")
    mapped = "".join(fold(c) for c in text if not stringprep.in_table_b1(c))
    prepared = unicodedata.ucd_3_2_0.normalize("NFKC", mapped)
    if not prepared:
        raise JidError(f"The {part} {_shown(text)} is empty after preparation.")
    _sized(prepared, part)
    if any(prohibited(c) for c in prepared for prohibited in _PROHIBITED):
        raise JidError(f"The {part} {_shown(text)} holds a character that stringprep forbids.")
    _check_direction(prepared, part)
    return prepared


def _check_direction(prepared: str, part: str) -> None:
    """RFC 3454 §6: right-to-left text is not mixed with left-to-right, and stands at both ends."""
    if not any(map(stringprep.in_table_d1, prepared)):
        return
    ends = stringprep.in_table_d1(prepared[0]) and stringprep.in_table_d1(prepared[-1])
    if not ends or any(map(stringprep.in_table_d2, prepared)):
        raise JidError(f"The {part} {_shown(prepared)} mixes right-to-left and left-to-right text.")


def _sized(prepared: str, part: str) -> str:
    if len(prepared) > MAX_PART_BYTES or len(prepared.encode("utf-8", "replace")) > MAX_PART_BYTES:
        raise JidError(f"A {part} is longer than {MAX_PART_BYTES} bytes.")
    return prepared


def _shown(text: str) -> str:
    """``text`` quoted for a sentence, cut to a readable length."""
    return repr(text if len(text) <= 60 else text[:57] + "...")
