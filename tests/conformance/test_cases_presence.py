"""The cases about presence with every way to see what a client believes, and with clients that are odd."""

from __future__ import annotations

import pytest
from lxml.etree import _Element

from rosterkit.conformance.case import judged
from rosterkit.conformance.cases import presence, presence_syntax
from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.mutants.presence import MUTANTS
from rosterkit.conformance.runner.memory import play_in_memory
from rosterkit.conformance.verdicts import Finding, Level, Oracle, Verdict

_CASES = {case.id.removeprefix("rfc6121/"): case for case in (*presence.CASES, *presence_syntax.CASES)}
_CLIENTS = {mutant.name: mutant.client for mutant in MUTANTS}
_WRONG = (Verdict.FAIL, Verdict.NON_STRICT)
#: The cases whose judges look at the wire alone.
_ON_THE_WIRE = ("4.2.1/initial-presence", "4.2.1/presence-after-reconnect", "4.3/probe")

#: Which case is there for which mutant, and whether every oracle can tell.
_CATCHES = {
    "presence-type-available": ("4.2.1/initial-presence", True),
    "shows-itself-once": ("4.2.1/presence-after-reconnect", True),
    "ignores-presence": ("4.2.4/contact-comes", False),
    "splits-every-jid": ("4.2.4/without-resource", True),
    "brings-back-the-removed": ("4.2.4/presence-after-removal", False),
    "lists-each-presence": ("4.4.4/latest-counts", False),
    "ignores-unavailable": ("4.5.4/contact-goes", False),
    "one-goes-all-go": ("4.5.4/contact-goes", False),
    "keeps-presence": ("4.5/offline-after-cut", False),
    "adds-strangers": ("4.6.5/stranger-not-added", False),
    "answers-strangers": ("4.6.5/stranger-not-added", True),
    "answers-probes": ("4.3/probe", True),
    "adds-itself": ("4.2.2/own-presence", False),
    "no-negative-priority": ("4.7.2.3/negative-priority", False),
    "counts-priorities": ("4.7.2.3/bad-priority", True),
    "looks-shows-up": ("4.7.2.1/unknown-show", True),
    "wants-nothing-new": ("4.7.3/unknown-children", False),
    "takes-errors-for-presence": ("4.7.1/presence-error", False),
    "drops-the-unreachable": ("4.7.1/presence-error", False),
    "looks-types-up": ("4.7.1/unknown-type", True),
}


def _found(name: str, client: type[ScriptedClient] = ScriptedClient, orders: str = "report") -> Finding:
    case = _CASES[name]
    return judged(case, play_in_memory(case, client, orders=orders).evidence())


@pytest.mark.parametrize("name", _CASES)
def test_the_model_passes(name: str) -> None:
    """The scripted client is right about presence, also where the RFC leaves it open."""
    assert _found(name).verdict is Verdict.PASS


@pytest.mark.parametrize("orders", ["edit", "none"])
@pytest.mark.parametrize("name", _CASES)
def test_what_cannot_be_seen_is_not_judged(name: str, orders: str) -> None:
    """Availability is seen in a report only; the wire is seen always."""
    wanted = Verdict.PASS if name in _ON_THE_WIRE else Verdict.INCONCLUSIVE
    assert _found(name, orders=orders).verdict is wanted


@pytest.mark.parametrize("mutant", _CLIENTS)
def test_each_mutant_fails_its_case(mutant: str) -> None:
    """A crash fails, and so does what a MUST forbids; the rest is what a client should not do."""
    name, _ = _CATCHES[mutant]
    assert _found(name, _CLIENTS[mutant]).verdict in _WRONG


@pytest.mark.parametrize("orders", ["edit", "none"])
@pytest.mark.parametrize("mutant", _CLIENTS)
def test_no_mutant_passes_unseen(mutant: str, orders: str) -> None:
    """Where an oracle cannot tell the verdict is open, and never a pass."""
    name, always = _CATCHES[mutant]
    verdict = _found(name, _CLIENTS[mutant], orders).verdict
    assert verdict in _WRONG if always else verdict in (*_WRONG, Verdict.INCONCLUSIVE)


class _StaysInvisible(ScriptedClient):
    def be_available(self) -> None:
        """It shows itself to nobody."""


@pytest.mark.parametrize("name", ["4.2.1/initial-presence", "4.2.1/presence-after-reconnect"])
def test_a_client_may_stay_invisible(name: str) -> None:
    """Initial presence is not required; that it does not come is told."""
    found = _found(name, _StaysInvisible)
    assert found.verdict is Verdict.INFO
    assert "no initial presence" in found.words


class _TakesAllTypes(ScriptedClient):
    """Any type but one is presence for it, and it looks at no show and no priority."""

    def on_availability(self, element: _Element, sender: str, type_: str | None) -> None:
        super().on_availability(element, sender, "unavailable" if type_ == "unavailable" else None)


class _WantsValidPresence(ScriptedClient):
    def on_availability(self, element: _Element, sender: str, type_: str | None) -> None:
        if not len(element):
            super().on_availability(element, sender, type_)


@pytest.mark.parametrize(
    ("name", "client"),
    [
        ("4.7.1/unknown-type", _TakesAllTypes),
        ("4.7.2.1/unknown-show", _WantsValidPresence),
        ("4.7.2.3/bad-priority", _WantsValidPresence),
    ],
)
def test_what_is_left_open_is_told_and_not_judged(name: str, client: type[ScriptedClient]) -> None:
    """Who makes something else of presence that is wrong breaks no rule."""
    assert _CASES[name].level is Level.MAY
    assert _found(name, client).verdict is Verdict.INFO


class _TellsNoPresence(ScriptedClient):
    def order(self, line: str) -> str:
        return super().order(line).replace('"available"', '"somewhere"')


@pytest.mark.parametrize("name", [name for name in _CASES if name not in _ON_THE_WIRE])
def test_a_report_without_presence_tells_nothing_of_it(name: str) -> None:
    """Who does not say who is available is not judged by that; who is in the roster is told all the same."""
    told = {"4.2.4/presence-after-removal", "4.6.5/stranger-not-added", "4.2.2/own-presence"}
    wanted = Verdict.PASS if name in told else Verdict.INCONCLUSIVE
    assert _found(name, _TellsNoPresence).verdict is wanted


class _AsksWhoIsThere(ScriptedClient):
    """It wants to know more of everybody who comes, and refuses what is none."""

    def on_availability(self, element: _Element, sender: str, type_: str | None) -> None:
        super().on_availability(element, sender, type_)
        self.request("get", "<vCard xmlns='vcard-temp'/>", lambda answer: None, self.bare(sender))

    def on_probe(self, element: _Element) -> None:
        self.say(f"<presence type='unsubscribed' to='{element.get('from')}'/>")


@pytest.mark.parametrize("name", ["4.6.5/stranger-not-added", "4.3/probe", "4.2.2/own-presence"])
def test_a_question_and_a_refusal_tell_nothing(name: str) -> None:
    """Many clients ask for a card when somebody comes; that is no presence, and neither is a refusal."""
    assert _found(name, _AsksWhoIsThere).verdict is Verdict.PASS


class _AddsByAnEdit(ScriptedClient):
    def on_availability(self, element: _Element, sender: str, type_: str | None) -> None:
        super().on_availability(element, sender, type_)
        if self.bare(sender) not in (*self.contacts.items, self.me):
            self.send_set(f"<item jid='{self.bare(sender)}'/>")


class _AsksStrangers(ScriptedClient):
    def on_availability(self, element: _Element, sender: str, type_: str | None) -> None:
        super().on_availability(element, sender, type_)
        if self.bare(sender) not in (*self.contacts.items, self.me):
            self.send_subscription("subscribe", sender)


@pytest.mark.parametrize("orders", ["report", "edit", "none"])
@pytest.mark.parametrize("client", [_AddsByAnEdit, _AsksStrangers])
def test_what_is_sent_for_a_stranger_is_seen_on_the_wire(client: type[ScriptedClient], orders: str) -> None:
    """An edit and a request tell more than any belief."""
    found = _found("4.6.5/stranger-not-added", client, orders)
    assert found.verdict is Verdict.NON_STRICT
    assert found.oracle is Oracle.WIRE


class _HangsOnShows(ScriptedClient):
    hung = False

    def on_availability(self, element: _Element, sender: str, type_: str | None) -> None:
        self.hung = self.hung or len(element) > 0
        super().on_availability(element, sender, type_)

    def say(self, xml: str) -> None:
        if not self.hung:
            super().say(xml)


@pytest.mark.parametrize("name", ["4.7.2.1/unknown-show", "4.7.2.3/bad-priority"])
def test_who_hangs_has_not_survived(name: str) -> None:
    """A client that answers nothing any more is blamed, also where the RFC leaves everything else open."""
    found = _found(name, _HangsOnShows)
    assert found.verdict is Verdict.NON_STRICT
    assert "answers nothing" in found.words


def test_each_mutant_has_its_case() -> None:
    """The table above names all of them."""
    assert _CATCHES.keys() == _CLIENTS.keys()


def test_every_case_is_there_for_a_mutant() -> None:
    """No case is without somebody who fails it."""
    assert {name for name, _ in _CATCHES.values()} == set(_CASES)
