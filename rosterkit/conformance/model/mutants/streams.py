"""Mutants that take bytes, answers and requests for what they are not (RFC 6120 §4, §8, §11).

Tests: ``tests/conformance/test_matrix.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import etree
from lxml.etree import _Element

from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.mutant import Mutant
from rosterkit.core import markup
from rosterkit.core.roster import NAMESPACE as ROSTER
from rosterkit.wire.names import CLIENT
from rosterkit.wire.patterns import parse_entry

__all__ = ["MUTANTS"]

_QUERY = f"{{{ROSTER}}}query"
_HEAD = f"<s xmlns='{CLIENT}'>".encode()


class _ReadsHalves(ScriptedClient):
    _last = b""

    def receive(self, data: bytes) -> None:
        self._last = data
        super().receive(data)

    def lost(self) -> None:
        super().lost()
        root = etree.fromstring(_HEAD + self._last, etree.XMLParser(recover=True, resolve_entities=False))
        query = root.find(f"*/{_QUERY}") if root is not None else None
        if query is not None and len(query):
            self.contacts.apply(query)


class _TakesPacketsForStanzas(ScriptedClient):
    def receive(self, data: bytes) -> None:
        if self._phase != "online" or b"stream" in data or _is_whole(data):
            super().receive(data)


def _is_whole(data: bytes) -> bool:
    return data.startswith(b"<") and data.endswith(b">") and parse_entry(b"<i>" + data + b"</i>") is not None


class _DecodesPackets(ScriptedClient):
    def receive(self, data: bytes) -> None:
        super().receive(data.decode("utf-8", "replace").encode())


class _DiesOfWhiteSpace(ScriptedClient):
    def receive(self, data: bytes) -> None:
        if self._reader.between and data[:1].isspace():
            raise ValueError("This is no stanza.")
        super().receive(data)


class _TakesResultsById(ScriptedClient):
    def comes_from(self, answer: _Element, asked: str | None) -> bool:
        return answer.get("type") == "result" or super().comes_from(answer, asked)


class _TakesErrorsById(ScriptedClient):
    def comes_from(self, answer: _Element, asked: str | None) -> bool:
        return answer.get("type") == "error" or super().comes_from(answer, asked)


class _TakesTheNextResult(ScriptedClient):
    def on_answer(self, element: _Element) -> None:
        if element.get("id") not in self._pending and element.find(_QUERY) is not None and self._pending:
            element.set("id", next(iter(self._pending)))
        super().on_answer(element)


class _TakesEveryRoster(ScriptedClient):
    def on_answer(self, element: _Element) -> None:
        query = element.find(_QUERY)
        if element.get("id") not in self._pending and query is not None and self.comes_from(element, None):
            self.contacts.replace(query)
        super().on_answer(element)


class _KeepsRequestsOpen(ScriptedClient):
    def on_answer(self, element: _Element) -> None:
        waiting = self._pending.get(element.get("id", ""))
        super().on_answer(element)
        if waiting is not None:
            self._pending[element.get("id", "")] = waiting


class _KnowsEachIdOnce(ScriptedClient):
    def on_push(self, element: _Element) -> None:
        met: set[Any] = self.__dict__.setdefault("_met", set())
        if element.get("id") in met:
            self.answer(element)
        else:
            super().on_push(element)
        met.add(element.get("id"))


class _AnswersAnswers(ScriptedClient):
    def on_answer(self, element: _Element) -> None:
        if element.get("id") in self._pending:
            super().on_answer(element)
        else:
            self.refuse(element)


class _AnswersPresenceErrors(ScriptedClient):
    def on_presence_error(self, sender: str) -> None:
        super().on_presence_error(sender)
        self.say(f"<presence type='error' to='{sender}'/>")


class _IsSilentAboutTheUnknown(ScriptedClient):
    def on_unknown_request(self, element: _Element) -> None:
        """It does not know it, so it does nothing."""


class _SaysNotImplemented(ScriptedClient):
    def on_unknown_request(self, element: _Element) -> None:
        condition = markup.element("feature-not-implemented", xmlns="urn:ietf:params:xml:ns:xmpp-stanzas")
        self._reply(element, "error", markup.element("error", condition, type="cancel"))


class _AcceptsTheUnknown(ScriptedClient):
    def on_unknown_request(self, element: _Element) -> None:
        self.answer(element)


class _GivesItsRoster(ScriptedClient):
    def on_unknown_request(self, element: _Element) -> None:
        if element.find(_QUERY) is None:
            super().on_unknown_request(element)
        else:
            self.answer(element, markup.element("query", "".join(self._items()), xmlns=ROSTER))

    def _items(self) -> Iterator[str]:
        return (contact.markup() for contact in self.contacts.items.values())


class _TakesAPayloadForGranted(ScriptedClient):
    def on_request(self, element: _Element) -> None:
        if element[0].tag:
            super().on_request(element)


class _LooksForTheReason(ScriptedClient):
    def on_presence(self, element: _Element) -> None:
        if element.get("type") != "error" or element[0].tag:
            super().on_presence(element)


MUTANTS: tuple[Mutant, ...] = (
    Mutant("reads-halves", "It reads what there is of a push when the connection breaks off.", _ReadsHalves),
    Mutant("packets-are-stanzas", "It loses a stanza that does not come in one piece.", _TakesPacketsForStanzas),
    Mutant("decodes-packets", "It decodes each packet by itself.", _DecodesPackets),
    Mutant("dies-of-white-space", "It crashes on white space between stanzas.", _DiesOfWhiteSpace),
    Mutant("takes-results-by-id", "It takes a result by its id, whoever sends it.", _TakesResultsById),
    Mutant("takes-errors-by-id", "It takes an error by its id, whoever sends it.", _TakesErrorsById),
    Mutant("takes-the-next-result", "It takes the next roster for the one that it waits for.", _TakesTheNextResult),
    Mutant("takes-every-roster", "It takes a roster from its server that it has not asked for.", _TakesEveryRoster),
    Mutant("keeps-requests-open", "It takes every answer to a request, and not the first alone.", _KeepsRequestsOpen),
    Mutant("knows-each-id-once", "It ignores a push whose id has come before.", _KnowsEachIdOnce),
    Mutant("answers-answers", "It answers an iq result or error that it has not asked for.", _AnswersAnswers),
    Mutant("answers-presence-errors", "It answers presence errors with errors.", _AnswersPresenceErrors),
    Mutant(
        "silent-about-the-unknown", "It does not answer a request that it does not know.", _IsSilentAboutTheUnknown
    ),
    Mutant("says-not-implemented", "It refuses what it does not know with another condition.", _SaysNotImplemented),
    Mutant("accepts-the-unknown", "It answers a request that it does not know with a result.", _AcceptsTheUnknown),
    Mutant("gives-its-roster", "It gives its roster to whoever asks.", _GivesItsRoster),
    Mutant("wants-a-payload", "It crashes on a request without a payload.", _TakesAPayloadForGranted),
    Mutant("looks-for-the-reason", "It crashes on an error without a reason.", _LooksForTheReason),
)
