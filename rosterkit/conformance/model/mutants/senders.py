"""Mutants that take pushes from the wrong sender, or refuse them from the right one (RFC 6121 §2.1.6).

Tests: ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from lxml.etree import _Element

from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.mutant import Mutant
from rosterkit.core.roster import NAMESPACE as ROSTER

__all__ = ["MUTANTS"]

_QUERY, _ITEM = f"{{{ROSTER}}}query", f"{{{ROSTER}}}item"


class _ForgetsWhoNoFromIs(ScriptedClient):
    def takes_push_from(self, sender: str | None) -> bool:
        return sender == self.me


class _TakesNoFromOnly(ScriptedClient):
    def takes_push_from(self, sender: str | None) -> bool:
        return sender is None


class _TakesFromOtherDomains(ScriptedClient):
    def takes_push_from(self, sender: str | None) -> bool:
        return super().takes_push_from(sender) or (sender or "").endswith("@strangers.test")


class _TakesFromContacts(ScriptedClient):
    def takes_push_from(self, sender: str | None) -> bool:
        return super().takes_push_from(sender) or self.bare(sender or "") in self.contacts.items


class _ComparesDomains(ScriptedClient):
    def takes_push_from(self, sender: str | None) -> bool:
        local, _, domain = (sender or "").partition("@")
        return super().takes_push_from(sender) or (bool(local) and domain == self.me.partition("@")[2])


class _TakesFromItsDomain(ScriptedClient):
    def takes_push_from(self, sender: str | None) -> bool:
        return super().takes_push_from(sender) or sender == self.me.partition("@")[2]


class _ComparesWithFullJid(ScriptedClient):
    def takes_push_from(self, sender: str | None) -> bool:
        return super().takes_push_from(sender) or sender == self.full


class _TakesFromOtherResources(ScriptedClient):
    def takes_push_from(self, sender: str | None) -> bool:
        other = sender is not None and sender != self.full and self.bare(sender) == self.me
        return super().takes_push_from(sender) or other


class _ComparesBeginnings(ScriptedClient):
    def takes_push_from(self, sender: str | None) -> bool:
        longer = sender is not None and sender.startswith(self.me) and self.bare(sender) != self.me
        return super().takes_push_from(sender) or longer


class _ChecksAdditionsOnly(ScriptedClient):
    def on_spoofed_push(self, element: _Element) -> None:
        query = element.find(_QUERY)
        if query is not None and query.find(f"{_ITEM}[@subscription='remove']") is not None:
            self.apply_push(query)
        super().on_spoofed_push(element)


class _AcknowledgesEveryPush(ScriptedClient):
    def on_spoofed_push(self, element: _Element) -> None:
        self.answer_push(element)


MUTANTS: tuple[Mutant, ...] = (
    Mutant("forgets-who-no-from-is", "It refuses pushes without a from.", _ForgetsWhoNoFromIs),
    Mutant("takes-no-from-only", "It refuses pushes from its own account's bare JID.", _TakesNoFromOnly),
    Mutant("takes-pushes-from-strangers", "It believes pushes from people at other domains.", _TakesFromOtherDomains),
    Mutant("takes-pushes-from-contacts", "It believes pushes from people in its roster.", _TakesFromContacts),
    Mutant("takes-pushes-from-neighbours", "It believes pushes from other accounts of its domain.", _ComparesDomains),
    Mutant("takes-pushes-from-its-domain", "It believes pushes from its domain.", _TakesFromItsDomain),
    Mutant("takes-pushes-from-itself", "It believes pushes from its own full JID.", _ComparesWithFullJid),
    Mutant(
        "takes-pushes-from-other-resources",
        "It believes pushes from other resources of its account.",
        _TakesFromOtherResources,
    ),
    Mutant(
        "compares-beginnings-of-senders",
        "It believes pushes from whoever has an address that begins as its own.",
        _ComparesBeginnings,
    ),
    Mutant(
        "checks-additions-only",
        "It looks at the sender of a push only where nothing is removed.",
        _ChecksAdditionsOnly,
    ),
    Mutant(
        "acknowledges-every-push", "It answers pushes that it does not believe with a result.", _AcknowledgesEveryPush
    ),
)
