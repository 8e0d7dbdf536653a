"""The cases of RFC 6121 §3: each oracle, each mutant, and clients that do more or other than the model."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from rosterkit.conformance.case import Case, judged
from rosterkit.conformance.cases import (
    subscriptions,
    subscriptions_answers,
    subscriptions_notices,
    subscriptions_requests,
)
from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.mutant import Mutant
from rosterkit.conformance.model.mutants import subscriptions as deciding
from rosterkit.conformance.model.mutants import subscriptions_notices as noticing
from rosterkit.conformance.model.mutants import subscriptions_requests as asking
from rosterkit.conformance.runner.memory import play_in_memory
from rosterkit.conformance.verdicts import Finding, Level, Oracle, Verdict

CASES: Mapping[str, Case] = {
    case.id.removeprefix("rfc6121/"): case
    for module in (subscriptions, subscriptions_answers, subscriptions_requests, subscriptions_notices)
    for case in module.CASES
}
MUTANTS: Mapping[str, Mutant] = {
    mutant.name: mutant for module in (deciding, asking, noticing) for mutant in module.MUTANTS
}
#: For each mutant the case whose rule it breaks, and the verdict there.
BREAKS = {
    "asks-by-an-edit": ("3.1.1/subscribe", Verdict.FAIL),
    "asks-a-resource": ("3.1.1/subscribe-to-bare", Verdict.FAIL),
    "asks-without-id": ("3.1.1/subscribe-has-id", Verdict.NON_STRICT),
    "approves-by-an-edit": ("3.1.4/approve", Verdict.FAIL),
    "approves-twice": ("3.1.4/approve", Verdict.NON_STRICT),
    "approves-without-id": ("3.1.4/approve-has-id", Verdict.NON_STRICT),
    "mirrors-ids": ("3.1.4/id-not-mirrored", Verdict.FAIL),
    "refuses-in-silence": ("3.1.4/refuse", Verdict.FAIL),
    "answers-the-resource": ("3.1.4/request-from-full-jid", Verdict.NON_STRICT),
    "unescapes-addresses": ("3.1.4/odd-jid", Verdict.FAIL),
    "approves-no-services": ("3.1.4/request-from-service", Verdict.FAIL),
    "approves-all": ("3.1.4/two-requests", Verdict.FAIL),
    "removes-instead-of-cancelling": ("3.2.1/cancel", Verdict.FAIL),
    "keeps-pre-approvals": ("3.2.1/cancel-pre-approval", Verdict.FAIL),
    "confuses-the-two": ("3.3.1/unsubscribe", Verdict.FAIL),
    "cannot-take-back": ("3.3.1/withdraw-own-request", Verdict.FAIL),
    "pre-approves-anywhere": ("3.4.1/not-offered", Verdict.FAIL),
    "pre-approves-by-an-edit": ("3.4.1/offered", Verdict.FAIL),
    "lists-itself": ("3.1/self-request", Verdict.NON_STRICT),
    "gives-in-the-second-time": ("3.1.3/redelivered", Verdict.NON_STRICT),
    "loses-what-comes-again": ("3.1.3/still-waits", Verdict.NON_STRICT),
    "takes-only-empty-requests": ("3.1.3/request-with-children", Verdict.NON_STRICT),
    "lists-who-asks": ("3.1.3/asker-not-in-roster", Verdict.NON_STRICT),
    "approves-by-itself": ("3.1.4/no-approval-by-itself", Verdict.NON_STRICT),
    "refuses-by-itself": ("3.1.4/no-refusal-by-itself", Verdict.NON_STRICT),
    "asks-back": ("3.1.4/no-request-back", Verdict.NON_STRICT),
    "approves-who-is-listed": ("3.1.4/entry-is-no-consent", Verdict.NON_STRICT),
    "hides-requests": ("3.1.4/request-shown", Verdict.NON_STRICT),
    "keeps-answered-requests": ("3.1.4/answered-is-over", Verdict.NON_STRICT),
    "keeps-withdrawn-requests": ("3.3.3/withdrawn", Verdict.NON_STRICT),
    "shows-no-ask": ("3.1.2/ask-shown", Verdict.NON_STRICT),
    "misses-approvals": ("3.1.6/approved", Verdict.FAIL),
    "believes-notices": ("3.1.6/state-from-push", Verdict.FAIL),
    "lists-who-approves": ("3.1.6/approved-out-of-the-blue", Verdict.NON_STRICT),
    "keeps-ask": ("3.2.3/refused", Verdict.NON_STRICT),
    "forgets-who-refuses": ("3.2.3/refused", Verdict.FAIL),
    "asks-again": ("3.2.3/not-asked-again", Verdict.NON_STRICT),
    "misses-cancellations": ("3.2.3/cancelled-by-contact", Verdict.FAIL),
    "affirms-cancellations": ("3.2.3/not-answered", Verdict.NON_STRICT),
    "misses-those-who-leave": ("3.3.3/unsubscribed-by-contact", Verdict.FAIL),
    "removes-who-leaves": ("3.3.3/unsubscribed-by-contact", Verdict.NON_STRICT),
    "affirms-ends": ("3.3.3/not-answered", Verdict.NON_STRICT),
    "takes-promises-for-subscriptions": ("3.4.2/approved-mark", Verdict.FAIL),
}


def _found(
    name: str, client: type[ScriptedClient] = ScriptedClient, orders: str = "report", seed: str = "0"
) -> Finding:
    case = CASES[name]
    return judged(case, play_in_memory(case, client, seed, orders).evidence())


# The model and the mutants


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("seed", ["0", "another"])
def test_a_client_that_tells_its_roster_and_keeps_the_rules_passes(name: str, seed: str) -> None:
    """Whoever the people of the scene are."""
    finding = _found(name, seed=seed)
    assert finding.verdict is Verdict.PASS, finding


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("orders", ["edit", "none"])
def test_a_client_that_tells_less_breaks_nothing(name: str, orders: str) -> None:
    """What cannot be seen is inconclusive, what cannot be ordered unsupported; the wire alone may do."""
    finding = _found(name, orders=orders)
    assert finding.verdict in (Verdict.PASS, Verdict.INCONCLUSIVE, Verdict.UNSUPPORTED), finding
    assert finding.oracle is Oracle.WIRE


def test_each_mutant_has_its_case_and_each_case_its_mutant() -> None:
    """Nothing is left out of the table of this file."""
    assert BREAKS.keys() == MUTANTS.keys()
    assert {case for case, _ in BREAKS.values()} == CASES.keys()


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_caught_by_the_case_whose_rule_it_breaks(name: str) -> None:
    """With the verdict that goes with the level of what it breaks."""
    case, verdict = BREAKS[name]
    finding = _found(case, MUTANTS[name].client)
    assert finding.verdict is verdict, finding
    assert verdict is not Verdict.FAIL or CASES[case].level is Level.MUST


@pytest.mark.parametrize("name", MUTANTS)
@pytest.mark.parametrize("orders", ["edit", "none"])
def test_a_mutant_that_tells_less_passes_no_better(name: str, orders: str) -> None:
    """What is seen on the wire is seen with any oracle; what is not seen is no pass."""
    case, verdict = BREAKS[name]
    finding = _found(case, MUTANTS[name].client, orders)
    assert finding.verdict in (verdict, Verdict.INCONCLUSIVE, Verdict.UNSUPPORTED), finding


def test_a_lost_entry_is_seen_by_an_edit() -> None:
    """A client that has dropped an entry sends no name of it any more."""
    finding = _found("3.2.3/refused", MUTANTS["forgets-who-refuses"].client, "edit")
    assert (finding.verdict, finding.oracle) == (Verdict.FAIL, Oracle.EDIT)


# Other clients that break no rule, or not this one


class _AvailableFirst(ScriptedClient):
    """Is available before it has asked for the roster."""

    def on_bound(self) -> None:
        self.say("<presence/>")
        super().on_bound()

    def be_available(self) -> None:
        """It is already."""


class _NeverAvailable(ScriptedClient):
    def be_available(self) -> None:
        """It only reads."""


class _Obliging(ScriptedClient):
    """Approves whoever asks and asks back, as some libraries do unless told otherwise."""

    def on_subscribe(self, element: Any, sender: str) -> None:
        super().on_subscribe(element, sender)
        self.contacts.answered(self.bare(sender))
        self.send_subscription("subscribed", sender)
        self.send_subscription("subscribe", sender)


class _Refusing(ScriptedClient):
    """Says that it cannot approve whoever has not asked."""

    def order(self, line: str) -> str:
        order = json.loads(line)
        if order["do"] == "approve" and order["jid"] not in self.contacts.requests:
            return json.dumps({"done": order["order"], "error": "Nobody of that name has asked."})
        return super().order(line)


class _Mute(ScriptedClient):
    """Does not say that it has done an order."""

    def order(self, line: str) -> str:
        return super().order(line) if json.loads(line)["do"] != "approve" else ""


class _Mutual(ScriptedClient):
    """Approves and asks in one go, for either order."""

    def order_subscribe(self, order: dict[str, Any]) -> None:
        super().order_subscribe(order)
        self.send_subscription("subscribed", order["jid"])

    def order_approve(self, order: dict[str, Any]) -> None:
        super().order_approve(order)
        self.send_subscription("subscribe", order["jid"])


class _Wavering(ScriptedClient):
    """Takes an approval back at once."""

    def order_approve(self, order: dict[str, Any]) -> None:
        super().order_approve(order)
        self.send_subscription("unsubscribed", order["jid"])


class _Laconic(ScriptedClient):
    """Tells names and nothing else, and each request as often as it came."""

    def order(self, line: str) -> str:
        said = json.loads(super().order(line))
        if "roster" in said:
            said["roster"] = [{"jid": one["jid"], "name": one["name"]} for one in said["roster"]]
            said["requests"] = [f"{bare}/some" for bare in said["requests"] for _ in "ab"]
        return json.dumps(said)


@pytest.mark.parametrize("name", CASES)
def test_presence_may_come_before_the_roster(name: str) -> None:
    """The order of the two at login makes no difference to any case."""
    finding = _found(name, _AvailableFirst)
    assert finding.verdict is Verdict.PASS, finding


@pytest.mark.parametrize("name", CASES)
def test_a_client_that_is_never_available_is_not_judged(name: str) -> None:
    """No request would reach it, so nothing is known."""
    finding = _found(name, _NeverAvailable)
    assert finding.verdict is Verdict.INCONCLUSIVE and "initial presence" in finding.words


@pytest.mark.parametrize("name", CASES)
def test_an_obliging_client_breaks_no_must(name: str) -> None:
    """To approve by itself goes against a SHOULD, and what follows from it is held against it nowhere else."""
    finding = _found(name, _Obliging)
    unasked = {"3.1/self-request", "3.1.3/redelivered", "3.1.4/no-approval-by-itself", "3.1.4/no-request-back"}
    if name in unasked | {"3.1.4/entry-is-no-consent"}:
        assert finding.verdict is Verdict.NON_STRICT, finding
    else:
        assert finding.verdict in (Verdict.PASS, Verdict.INFO), finding


def test_what_was_done_by_itself_needs_no_second_time() -> None:
    """An order to approve whom the client has approved already comes to nothing, rightly."""

    class Settled(_Obliging):
        def order_approve(self, order: dict[str, Any]) -> None:
            """Nobody waits."""

    finding = _found("3.1.4/approve", Settled)
    assert finding.verdict is Verdict.PASS and "by itself" in finding.words


@pytest.mark.parametrize("name", ["3.1.1/subscribe", "3.1.4/approve"])
def test_more_than_was_ordered_is_told_and_no_breach(name: str) -> None:
    """Many clients let both sides see each other in one go."""
    assert _found(name, _Mutual).verdict is Verdict.INFO


def test_an_order_that_is_undone_at_once_is_not_done() -> None:
    """Both answers to one request leave the contact out."""
    finding = _found("3.1.4/approve", _Wavering)
    assert finding.verdict is Verdict.FAIL and "both" in finding.words


def test_a_client_that_will_not_approve_beforehand_is_right_or_excused() -> None:
    """To say no is what the rule asks for without the feature; with it nobody needs to be able to."""
    assert _found("3.4.1/not-offered", _Refusing).verdict is Verdict.PASS
    assert _found("3.4.1/offered", _Refusing).verdict is Verdict.UNSUPPORTED


@pytest.mark.parametrize("name", ["3.4.1/not-offered", "3.4.1/offered"])
def test_an_order_without_an_answer_shows_nothing(name: str) -> None:
    """A driver that loses an order is not one that declines it."""

    class Lost(_Mute):
        def order_approve(self, order: dict[str, Any]) -> None:
            """Not even done."""

    assert _found(name, Lost).verdict is Verdict.UNSUPPORTED


def test_an_approval_that_is_sent_counts_without_an_answer() -> None:
    """What is on the wire is seen whatever the driver says."""

    class Hasty(_Mute):
        def order(self, line: str) -> str:
            if json.loads(line)["do"] == "approve":
                self.send_subscription("subscribed", json.loads(line)["jid"])
            return super().order(line)

    assert _found("3.4.1/not-offered", Hasty).verdict is Verdict.FAIL


def test_a_report_without_subscriptions_shows_none() -> None:
    """What a client does not tell is neither right nor wrong."""
    for name in ("3.1.6/approved", "3.2.3/refused", "3.2.3/cancelled-by-contact", "3.4.2/approved-mark"):
        assert _found(name, _Laconic).verdict is Verdict.INCONCLUSIVE


def test_requests_are_counted_by_bare_jid() -> None:
    """Told twice it is the same request, which is said and held against nobody."""
    assert _found("3.1.4/request-shown", _Laconic).verdict is Verdict.PASS
    finding = _found("3.1.3/still-waits", _Laconic)
    assert finding.verdict is Verdict.INFO and "2 requests" in finding.words


def test_a_client_that_always_lists_itself_is_told_so() -> None:
    """An own entry that no request has made is no breach of the rule about requests."""

    class Narcissus(ScriptedClient):
        def be_available(self) -> None:
            super().be_available()
            self.contacts.items[self.me] = self.contacts.get(self.me)

    assert _found("3.1/self-request", Narcissus).verdict is Verdict.INFO


def test_a_crash_by_a_request_is_a_failure() -> None:
    """A client that goes away after the request has come has not handled it."""

    class Fragile(ScriptedClient):
        def on_subscribe(self, element: Any, sender: str) -> None:
            if element.find("{urn:xmpp:pars:0}preauth") is not None:
                raise KeyError("preauth")
            super().on_subscribe(element, sender)

    finding = _found("3.1.3/request-with-children", Fragile)
    assert finding.verdict is Verdict.NON_STRICT and "gone" in finding.words


def test_words_name_what_came() -> None:
    """A client's author reads what was sent instead."""
    finding = _found("3.3.1/unsubscribe", MUTANTS["confuses-the-two"].client)
    assert "no presence of type 'unsubscribe'" in finding.words and "'unsubscribed'" in finding.words
    assert finding.entries
