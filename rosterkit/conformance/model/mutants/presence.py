"""Mutants that say too much or too little of themselves, or take others for what they are not (RFC 6121 §4).

Tests: ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from lxml.etree import _Element

from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.contacts import Contact, Contacts
from rosterkit.conformance.model.mutant import Mutant
from rosterkit.wire.names import CLIENT

__all__ = ["MUTANTS"]

_SHOW, _PRIORITY = f"{{{CLIENT}}}show", f"{{{CLIENT}}}priority"
_SHOWN = {"": "Online", "away": "Away", "chat": "Ready", "dnd": "Busy", "xa": "Gone"}


class _NamesTheTypeAvailable(ScriptedClient):
    def be_available(self) -> None:
        self.say("<presence type='available'/>")


class _ShowsItselfOnce(ScriptedClient):
    _shown = False

    def be_available(self) -> None:
        if not self._shown:
            super().be_available()
        self._shown = True


class _IgnoresPresence(ScriptedClient):
    def on_availability(self, element: _Element, sender: str, type_: str | None) -> None:
        if type_ is not None:
            super().on_availability(element, sender, type_)


class _IgnoresUnavailable(ScriptedClient):
    def on_availability(self, element: _Element, sender: str, type_: str | None) -> None:
        if type_ is None:
            super().on_availability(element, sender, type_)


class _ForgetsEveryResource(Contacts):
    def unavailable(self, sender: str) -> None:
        super().unavailable(sender.partition("/")[0])


class _OneGoesAllGo(ScriptedClient):
    contacts_type = _ForgetsEveryResource


class _NeverForgetsPresence(Contacts):
    def offline(self) -> None:
        self.requests.clear()


class _KeepsPresence(ScriptedClient):
    contacts_type = _NeverForgetsPresence


class _CountsEachPresence(Contacts):
    def available(self, sender: str) -> None:
        resource = sender.partition("/")[2]
        there = self.resources(sender.partition("/")[0])
        super().available(f"{sender} ({len(there) + 1})" if resource in there else sender)


class _ListsEachPresence(ScriptedClient):
    contacts_type = _CountsEachPresence


class _SplitsEveryJid(ScriptedClient):
    def on_availability(self, element: _Element, sender: str, type_: str | None) -> None:
        if type_ is None:
            bare, resource = sender.split("/", 1)
            sender = f"{bare}/{resource}"
        super().on_availability(element, sender, type_)


class _AddsWhoIsThere(ScriptedClient):
    def on_availability(self, element: _Element, sender: str, type_: str | None) -> None:
        super().on_availability(element, sender, type_)
        if type_ is None and self.bare(sender) != self.me and self.bare(sender).endswith("@strangers.test"):
            self.contacts.items.setdefault(self.bare(sender), Contact(self.bare(sender)))


class _AnswersStrangers(ScriptedClient):
    def on_availability(self, element: _Element, sender: str, type_: str | None) -> None:
        super().on_availability(element, sender, type_)
        bare = self.bare(sender)
        if type_ is None and bare != self.me and bare not in self.contacts.items:
            self.say(f"<presence to='{sender}'/>")


class _OnlyHides(Contacts):
    def forget(self, address: str) -> None:
        self.hidden = {**getattr(self, "hidden", {}), address: self.get(address)}
        super().forget(address)

    def available(self, sender: str) -> None:
        super().available(sender)
        hidden: dict[str, Contact] = getattr(self, "hidden", {})
        bare = sender.partition("/")[0]
        if bare in hidden:
            self.items[bare] = hidden[bare]


class _BringsRemovedOnesBack(ScriptedClient):
    contacts_type = _OnlyHides


class _AddsItself(ScriptedClient):
    def on_availability(self, element: _Element, sender: str, type_: str | None) -> None:
        super().on_availability(element, sender, type_)
        if type_ is None and self.bare(sender) == self.me:
            self.contacts.items.setdefault(self.me, Contact(self.me))


class _AnswersProbes(ScriptedClient):
    def on_probe(self, element: _Element) -> None:
        self.say(f"<presence to='{element.get('from')}'/>")


class _WantsNoNegativePriority(ScriptedClient):
    def on_availability(self, element: _Element, sender: str, type_: str | None) -> None:
        if not (element.findtext(_PRIORITY) or "").startswith("-"):
            super().on_availability(element, sender, type_)


class _CountsPriorities(ScriptedClient):
    def on_availability(self, element: _Element, sender: str, type_: str | None) -> None:
        if int(element.findtext(_PRIORITY) or 0) < 128:
            super().on_availability(element, sender, type_)


class _LooksShowsUp(ScriptedClient):
    def on_availability(self, element: _Element, sender: str, type_: str | None) -> None:
        if _SHOWN[element.findtext(_SHOW) or ""]:
            super().on_availability(element, sender, type_)


class _WantsNothingNew(ScriptedClient):
    def on_availability(self, element: _Element, sender: str, type_: str | None) -> None:
        if all(str(child.tag).startswith(f"{{{CLIENT}}}") for child in element):
            super().on_availability(element, sender, type_)


class _LooksTypesUp(ScriptedClient):
    def on_availability(self, element: _Element, sender: str, type_: str | None) -> None:
        super().on_availability(element, sender, {None: None, "unavailable": "unavailable"}[type_])


class _TakesErrorsForPresence(ScriptedClient):
    def on_presence_error(self, sender: str) -> None:
        self.contacts.available(sender)


class _DropsWhomItCannotReach(ScriptedClient):
    def on_presence_error(self, sender: str) -> None:
        self.contacts.forget(self.bare(sender))


MUTANTS: tuple[Mutant, ...] = (
    Mutant("presence-type-available", "Its initial presence has the type 'available'.", _NamesTheTypeAvailable),
    Mutant("shows-itself-once", "It sends initial presence in its first session only.", _ShowsItselfOnce),
    Mutant("ignores-presence", "Nobody ever becomes available for it.", _IgnoresPresence),
    Mutant("splits-every-jid", "It crashes on presence from a JID without a resource.", _SplitsEveryJid),
    Mutant("brings-back-the-removed", "A removed contact comes back with its presence.", _BringsRemovedOnesBack),
    Mutant("lists-each-presence", "It counts a resource again with each presence of it.", _ListsEachPresence),
    Mutant("ignores-unavailable", "Nobody ever becomes unavailable for it.", _IgnoresUnavailable),
    Mutant("one-goes-all-go", "One resource goes, and it takes the contact for gone.", _OneGoesAllGo),
    Mutant("keeps-presence", "It keeps what it knew of presence over a lost connection.", _KeepsPresence),
    Mutant("adds-strangers", "It puts strangers into its roster who have sent presence.", _AddsWhoIsThere),
    Mutant("answers-strangers", "It sends its presence to strangers who have sent theirs.", _AnswersStrangers),
    Mutant("answers-probes", "It answers presence probes.", _AnswersProbes),
    Mutant("adds-itself", "It puts its own account into its roster.", _AddsItself),
    Mutant("no-negative-priority", "It ignores presence with a negative priority.", _WantsNoNegativePriority),
    Mutant("counts-priorities", "It crashes on a priority that is no number.", _CountsPriorities),
    Mutant("looks-shows-up", "It crashes on a show that it does not know.", _LooksShowsUp),
    Mutant("wants-nothing-new", "It ignores presence with a child that it does not know.", _WantsNothingNew),
    Mutant("takes-errors-for-presence", "It takes a presence error for presence.", _TakesErrorsForPresence),
    Mutant("drops-the-unreachable", "It drops a contact that cannot be reached.", _DropsWhomItCannotReach),
    Mutant("looks-types-up", "It crashes on a presence type that it does not know.", _LooksTypesUp),
)
