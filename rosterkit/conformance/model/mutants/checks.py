"""Mutants that break, wherever they are, a rule that is looked at in every play.

Tests: ``tests/conformance/test_matrix.py``, ``tests/conformance/test_checks.py``.
"""

from __future__ import annotations

from collections.abc import Callable

from lxml.etree import _Element

from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.contacts import Contact
from rosterkit.conformance.model.mutant import Mutant
from rosterkit.core import markup

__all__ = ["MUTANTS"]

_DISCO = "<query xmlns='http://jabber.org/protocol/disco#info'/>"


# Answers


class _AnswersNoPings(ScriptedClient):
    def on_request(self, element: _Element) -> None:
        if not any(str(child.tag).endswith("}ping") for child in element):
            super().on_request(element)


class _AnswersTwice(ScriptedClient):
    def answer(self, request: _Element, content: str = "") -> None:
        super().answer(request, content)
        super().answer(request, content)


class _AnswersUnderItsOwnId(ScriptedClient):
    def refuse(self, request: _Element) -> None:
        request.set("id", self.new_id())
        super().refuse(request)


class _AnswersNoPushes(ScriptedClient):
    def answer_push(self, element: _Element) -> None:
        """It thinks that nobody waits for that."""


class _RefusesPushes(ScriptedClient):
    def answer_push(self, element: _Element) -> None:
        self.refuse(element)


# Streams


class _SpeaksBeforeItIsBound(ScriptedClient):
    def before_bind(self) -> None:
        self.say("<presence/>")


class _Shows(ScriptedClient):
    """It has ``presence`` for its initial presence."""

    presence = ""

    def be_available(self) -> None:
        self.say(self.presence)


class _EscapesNothing(_Shows):
    presence = "<presence><status>R & D</status></presence>"


class _SendsComments(_Shows):
    presence = "<presence><!-- here I am --></presence>"


class _SaysWhatWasNotOffered(_Shows):
    presence = "<presence/><active xmlns='urn:xmpp:csi:0'/>"


class _UsesAnotherName(_Shows):
    presence = "<presence from='somebody@else.test'/>"


class _ShowsOnline(_Shows):
    presence = "<presence><show>online</show></presence>"


class _IsImportant(_Shows):
    presence = "<presence><priority>1000</priority></presence>"


class _Probes(_Shows):
    presence = "<presence/>"

    def be_available(self) -> None:
        super().be_available()
        for contact in self.contacts.items:
            self.say(markup.element("presence", type="probe", to=contact))


class _AsksMore(ScriptedClient):
    """It sends one request more than the model, which ``more`` makes."""

    def on_bound(self) -> None:
        super().on_bound()
        self.say(self.more())

    def more(self) -> str:
        """The request."""
        raise NotImplementedError


class _HasNoId(_AsksMore):
    def more(self) -> str:
        return markup.element("iq", _DISCO, type="get")


class _HasOneIdForTwo(_AsksMore):
    def more(self) -> str:
        return markup.element("iq", _DISCO, type="get", id=f"m{self._number}")


class _AsksForNothing(_AsksMore):
    def more(self) -> str:
        return markup.element("iq", type="get", id=self.new_id())


# Roster sets


def _edits(item: Callable[[Contact], str]) -> type[ScriptedClient]:
    """A client whose roster sets hold what ``item`` makes of a contact."""

    class Edits(ScriptedClient):
        def edit(self, contact: Contact) -> None:
            self.send_set(item(contact))

    return Edits


def _with(**more: str) -> Callable[[Contact], str]:
    def item(contact: Contact) -> str:
        return contact.markup().replace("<item ", f"<item{markup.attributes(**more)} ", 1)

    return item


MUTANTS: tuple[Mutant, ...] = (
    Mutant("answers-no-pings", "It answers no pings.", _AnswersNoPings),
    Mutant("answers-twice", "It sends every result twice.", _AnswersTwice),
    Mutant("answers-under-its-own-id", "Its errors have ids of its own.", _AnswersUnderItsOwnId),
    Mutant("answers-no-pushes", "It takes pushes and does not answer them.", _AnswersNoPushes),
    Mutant("refuses-pushes", "It takes pushes and answers them with an error.", _RefusesPushes),
    Mutant("speaks-before-bind", "It sends presence before it has bound a resource.", _SpeaksBeforeItIsBound),
    Mutant("escapes-nothing", "It sends text that is no XML.", _EscapesNothing),
    Mutant("sends-comments", "It sends XML comments.", _SendsComments),
    Mutant("says-what-was-not-offered", "It uses an extension that was not offered.", _SaysWhatWasNotOffered),
    Mutant("uses-another-name", "It writes another's address on its presence.", _UsesAnotherName),
    Mutant("has-no-id", "It sends a request without an id.", _HasNoId),
    Mutant("has-one-id-for-two", "It has two requests with one id under way.", _HasOneIdForTwo),
    Mutant("asks-for-nothing", "It sends a request without a payload.", _AsksForNothing),
    Mutant("edits-ask", "It sends ask in roster sets.", _edits(_with(ask="subscribe"))),
    Mutant("edits-approved", "It sends approved in roster sets.", _edits(_with(approved="true"))),
    Mutant("edits-subscription", "It sends subscription in roster sets.", _edits(_with(subscription="both"))),
    Mutant("probes", "It probes its contacts when it has logged in.", _Probes),
    Mutant("shows-online", "It sends the show 'online'.", _ShowsOnline),
    Mutant("is-important", "It sends the priority 1000.", _IsImportant),
)
