"""Accounts out of another server's export (XEP-0227): what we can hold is taken, the rest is said entry by entry.

Other servers hold what RFC 6121 does not know, such as an entry for the account itself.  One such entry is no reason
to leave everybody behind, and none to leave it out without a word.

Tests: ``tests/transfer/test_foreign.py``, with files that Prosody and ejabberd wrote;
``tests/live/test_transfer_live.py``, with what they write today.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

from lxml import etree
from lxml.etree import _Element

from rosterkit.core import jid, roster
from rosterkit.core.jid import Jid
from rosterkit.core.limits import Limits
from rosterkit.core.roster import RosterSet
from rosterkit.core.stanza import Presence
from rosterkit.errors import JidError
from rosterkit.store import StoredAccount
from rosterkit.store.checks import Draft, Wrong
from rosterkit.transfer import foreign_keys
from rosterkit.wire import decode, server_data
from rosterkit.wire.server_data import SCRAM, Included, Other, Part, User

__all__ = ["Notes", "read"]

_GROUP = f"{{{roster.NAMESPACE}}}group"
_LIMITS = Limits()
_YES = ("true", "1")


class Notes(NamedTuple):
    """Whom to tell what does not become part of an account.

    ``left_out`` takes a sentence about something of a roster or of a password, ``other`` the name of an element that
    is none of our business, ``included`` the line and the name of a file whose content should stand there.
    """

    left_out: Callable[[str], None]
    other: Callable[[str], None]
    included: Callable[[int, str], None]


def read(
    file: BinaryIO, new_version: Callable[[], str], rename: Callable[[str], str], notes: Notes
) -> Iterator[StoredAccount]:
    """The accounts in ``file``, each as soon as it is whole, with a version of ``new_version``.

    ``rename`` is given the prepared form of each JID, and gives what is taken instead.  Raises
    :class:`~rosterkit.wire.server_data.BadExport`.
    """
    account: _Account | None = None
    for event in server_data.read(file):
        if isinstance(event, User):
            account = _begin(event, new_version, rename, notes)
        elif isinstance(event, Other):
            notes.other(event.name)
        elif isinstance(event, Included):
            notes.included(event.line, event.href)
        elif account is not None and isinstance(event, Part):
            account.take(event)
        elif account is not None:
            yield account.finished()


def _begin(user: User, new_version: Callable[[], str], rename: Callable[[str], str], notes: Notes) -> _Account | None:
    """The account that begins; None, with a word, where it cannot have its name."""
    try:
        address = _address(user)
    except JidError as error:
        notes.left_out(f"line {user.line}: an account is left out: {error}")
        return None
    account = _Account(rename(address.bare), new_version(), rename, notes.left_out)
    if user.password:
        account.take_password(user.line, user.password)
    return account


def _address(user: User) -> Jid:
    if not user.host or not user.name:
        raise JidError("It has no name, or its host has none.")
    return jid.parse(f"{jid.prepare_local(user.name)}@{user.host}")


class _Account:
    """An account while its elements come in."""

    def __init__(
        self, name: str, version: str, rename: Callable[[str], str], left_out: Callable[[str], None]
    ) -> None:
        self._draft = Draft(name, version)
        self._draft.add_change(version, "")
        self._rename = rename
        self._left_out = left_out
        self._requests: list[Part] = []  # until all entries are there, which decide

    def take_password(self, line: int, password: str) -> None:
        """Keep the keys of a password, and not the password."""
        try:
            self._draft.credentials.update(foreign_keys.from_password(password))
        except Wrong as wrong:
            self._say(line, f"its password is left out: {wrong}")

    def take(self, part: Part) -> None:
        """An entry, a request, or keys."""
        line, element = part
        if element.tag == f"{{{SCRAM}}}scram-credentials":
            self._take_keys(line, element)
        elif element.tag == f"{{{roster.NAMESPACE}}}item":
            self._take_item(line, element)
        else:
            self._requests.append(part)

    def finished(self) -> StoredAccount:
        """The account as a value."""
        for line, element in self._requests:
            self._take_request(line, element)
        return self._draft.finished()

    def _take_keys(self, line: int, element: _Element) -> None:
        mechanism = element.get("mechanism", "")
        texts = {str(child.tag).rpartition("}")[2]: child.text or "" for child in element}
        try:
            keys = foreign_keys.from_elements(mechanism, texts)
        except Wrong as wrong:
            self._say(line, f"its keys for {mechanism!r:.40} are left out: {wrong}")
        else:
            self._draft.credentials.setdefault(mechanism, keys)  # those of a password are as good

    def _take_item(self, line: int, element: _Element) -> None:
        who = f"the entry {element.get('jid', '')!r:.80}"
        self._clean_groups(line, who, element)
        self._put_new_name(element)
        query = etree.Element("query")
        query.append(element)
        read = roster.read_set(query, self._draft.jid, _LIMITS)
        subscription = element.get("subscription", "none")
        if not isinstance(read, RosterSet):
            self._say(line, f"{who} is left out: {read.text}")
            return
        ask = element.get("ask") == "subscribe"
        if ask and subscription in ("to", "both"):
            ask = False
            self._say(line, f"{who} asks for what it has; it is taken without ask.")
        try:
            approved = element.get("approved") in _YES
            self._draft.add_item(read.jid, read.name, read.groups, subscription, ask, approved)
        except Wrong as wrong:
            self._say(line, f"{who} is left out: {wrong}")

    def _clean_groups(self, line: int, who: str, element: _Element) -> None:
        """Take from an entry the groups that ours cannot have: without a name, named twice, too long, too many."""
        met: set[str] = set()
        for group in element.findall(_GROUP):
            name = group.text or ""
            problem = _group_problem(name, met)
            if problem:
                element.remove(group)
                self._say(line, f"{who}: the group {name!r:.40} is left out: {problem}")

    def _put_new_name(self, element: _Element) -> None:
        try:
            element.set("jid", self._rename(jid.parse(element.get("jid", "")).full))
        except JidError:
            return  # which read_set says better

    def _take_request(self, line: int, element: _Element) -> None:
        presence = decode.stanza(element)
        assert isinstance(presence, Presence)
        who = f"a request of {element.get('from', 'nobody')!r:.80}"
        if presence.type != "subscribe":
            self._say(line, f"a presence of type {presence.type!r:.40} is left out: only requests are kept.")
        elif presence.sender is None or presence.sender is decode.MALFORMED_SENDER:
            self._say(line, f"{who} is left out: it does not say by a JID who asks.")
        else:
            try:
                sender = self._rename(presence.sender.bare)
                self._draft.add_request(sender, presence.body, presence.id, presence.lang)
            except Wrong as wrong:
                self._say(line, f"{who} is left out: {wrong}")

    def _say(self, line: int, what: str) -> None:
        self._left_out(f"line {line}: {self._draft.jid}: {what}")


def _group_problem(name: str, met: set[str]) -> str:
    """Why an entry cannot be in this group beside those that were ``met``; ``""`` where it can, which is then met."""
    if not name:
        return "It has no name."
    if len(name.encode()) > _LIMITS.name_bytes:
        return f"It is longer than {_LIMITS.name_bytes} bytes."
    if len(met) >= _LIMITS.groups:
        return f"An entry may be in {_LIMITS.groups} groups."
    try:
        prepared = jid.prepare_resource(name)
    except JidError:
        prepared = name
    if prepared in met:
        return "It is there twice."
    met.add(prepared)
    return ""
