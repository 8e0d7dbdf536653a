"""Requests: whose answer counts, what ends them, and what becomes of them while there is no stream."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from streams import element
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.words.protocols.jabber.error import StanzaError

from rosterkit.core.stanza import Element
from rosterkit.xmpp.conversion import to_domish
from rosterkit.xmpp.elements import View
from rosterkit.xmpp.requests import Requests, TooManyWaitingError

ACCOUNT, FULL = "juliet@x", "juliet@x/desk"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
OTHERS = ["x", "romeo@x", "juliet@x/other", FULL, "juliet@y", "juliet@x.evil", "JULIET@x/desk", ""]


class Line:
    """Requests over streams that the test opens and breaks; ``sent`` is all that was written."""

    def __init__(self, most_waiting: int = 3, lenient: bool = False) -> None:
        self.clock = Clock()
        self.requests = Requests(self.clock, most_waiting, lenient)
        self.sent: list[str] = []

    def open(self) -> None:
        """A stream is ready, and what waited goes out."""
        self.requests.opened(self.sent.append, ACCOUNT, FULL)
        self.requests.release()

    def ask(self, payload: str = "<q/>", timeout: float = 5, **options: Any) -> Outcome:
        """Send a request."""
        return Outcome(self.requests.send("get", payload, timeout, **options))

    def answer(self, number: int = -1, sender: str | None = None, kind: str = "result", content: str = "") -> bool:
        """The server answers the request that was sent as the ``number``-th; whether it was taken."""
        return self.requests.answered(answer(id_of(self.sent[number]), sender, kind, content))


class Outcome:
    """What has become of a request: ``results`` grows by what it fires with."""

    def __init__(self, deferred: Deferred[Element]) -> None:
        self.deferred = deferred
        self.results: list[Any] = []
        deferred.addCallbacks(self.results.append, self._failed)

    def _failed(self, failure: Failure) -> None:
        self.results.append(failure.value)

    @property
    def open(self) -> bool:
        """Whether it still waits."""
        return not self.results

    @property
    def error(self) -> Any:
        """Why it has failed; it has fired once."""
        (error,) = self.results
        assert isinstance(error, Exception)
        return error


def id_of(sent: str) -> str:
    """The id of a request as it was written."""
    found = element(sent.encode()).get("id")
    assert found
    return str(found)


def answer(id_: str | None, sender: str | None = None, kind: str = "result", content: str = "") -> Any:
    """A result or an error."""
    attributes = f" from='{sender}'" if sender is not None else ""
    attributes += f" id='{id_}'" if id_ is not None else ""
    return element(f"<iq type='{kind}'{attributes}>{content}</iq>".encode())


@pytest.fixture
def line() -> Line:
    """An open stream."""
    line = Line()
    line.open()
    return line


class TestAnswers:
    """RFC 6120 §8.1.3, §8.2.3: an answer has the id, and comes from who was asked."""

    def test_a_request_goes_out_at_once_and_its_result_comes_back(self, line: Line) -> None:
        """To the own account, which is meant where no ``to`` stands; the result is the whole stanza."""
        asked = line.ask("<q xmlns='urn:x'/>")
        (sent,) = line.sent
        assert re.fullmatch(r"<iq type='get' id='[0-9a-f]{24}'><q xmlns='urn:x'/></iq>", sent)
        assert asked.open
        result = answer(id_of(sent), content="<q xmlns='urn:x' b='c'/>")
        assert line.requests.answered(result)
        assert asked.results == [result]
        assert not line.clock.getDelayedCalls()

    def test_a_set_is_one_too(self, line: Line) -> None:
        """The kind stands in the stanza."""
        line.requests.send("set", "", 5)
        assert element(line.sent[0].encode()).get("type") == "set"

    def test_ids_cannot_be_guessed(self, line: Line) -> None:
        """No two are the same, nor follow from each other, on another line neither."""
        ids = set()
        for each in (line, Line()):
            each.open()
            for _ in range(50):
                each.ask()
            ids |= set(map(id_of, each.sent))
        assert len(ids) == 100
        assert len({id_[:6] for id_ in ids}) > 90

    @pytest.mark.parametrize("sender", [None, ACCOUNT])
    def test_the_account_answers(self, line: Line, sender: str | None) -> None:
        """With its bare JID or with no ``from``."""
        asked = line.ask()
        assert line.answer(sender=sender)
        assert not asked.open

    @pytest.mark.parametrize("sender", OTHERS)
    @pytest.mark.parametrize("kind", ["result", "error"])
    def test_nobody_else_can_answer(self, line: Line, sender: str, kind: str) -> None:
        """With the right id neither; the true answer that comes later counts."""
        asked = line.ask()
        assert not line.answer(sender=sender, kind=kind)
        assert asked.open
        assert line.answer()
        assert len(asked.results) == 1

    def test_lenient_takes_the_own_full_jid_too(self) -> None:
        """As servers of RFC 3921's time sent it; everybody else is as before."""
        line = Line(lenient=True)
        line.open()
        asked = line.ask()
        assert not any(line.answer(sender=sender) for sender in OTHERS if sender.lower() != FULL)
        assert asked.open
        assert line.answer(sender=FULL)
        assert not asked.open

    def test_lenient_means_the_full_jid_of_this_stream(self) -> None:
        """Another stream may have another resource."""
        line = Line(lenient=True)
        line.open()
        line.requests.lost()
        line.requests.opened(line.sent.append, ACCOUNT, "juliet@x/other")
        asked = line.ask()
        assert not line.answer(sender=FULL)
        assert asked.open
        assert line.answer(sender="juliet@x/other")

    @pytest.mark.parametrize("id_", ["other", "", None])
    def test_another_id_answers_nothing(self, line: Line, id_: str | None) -> None:
        """It may be somebody else's, and is left to them."""
        asked = line.ask()
        assert not line.requests.answered(answer(id_))
        assert asked.open

    def test_each_answer_finds_its_request(self, line: Line) -> None:
        """In any order."""
        asked = [line.ask() for _ in range(3)]
        for number in (1, 2, 0):
            assert asked[number].open
            assert line.answer(number, content=f"<n{number}/>")
        assert [one.results[0][0].tag for one in asked] == [f"{{jabber:client}}n{number}" for number in range(3)]

    def test_a_second_answer_is_nobodys(self, line: Line) -> None:
        """The request has fired once; an error behind the result changes nothing."""
        asked = line.ask()
        assert line.answer()
        assert not line.answer()
        assert not line.answer(kind="error")
        assert len(asked.results) == 1

    def test_a_callback_may_ask_again(self, line: Line) -> None:
        """The new request has its own id and its own answer."""
        asked = line.ask()
        again: list[Outcome] = []
        asked.deferred.addCallback(lambda _: again.append(line.ask()))
        line.answer()
        assert len(line.sent) == 2
        assert line.answer()
        assert not again[0].open

    def test_an_answer_may_come_while_it_is_written(self) -> None:
        """Nothing is too early."""
        line = Line()
        line.requests.opened(
            lambda xml: (line.sent.append(xml), line.requests.answered(answer(id_of(xml)))), ACCOUNT, FULL
        )
        assert len(line.ask().results) == 1
        assert not line.clock.getDelayedCalls()


@pytest.mark.parametrize(
    "over", [lambda stanza: stanza, lambda stanza: View(to_domish(stanza))], ids=["lxml", "twisted"]
)
class TestErrors:
    """RFC 6120 §8.3: an error becomes Twisted's StanzaError, whatever is missing in it."""

    def fail(self, over: Callable[[Any], Element], content: str) -> StanzaError:
        """What a request fails with for an error of ``content``."""
        line = Line()
        line.open()
        asked = line.ask()
        assert line.requests.answered(over(answer(id_of(line.sent[0]), None, "error", content)))
        assert isinstance(asked.error, StanzaError)
        assert not line.clock.getDelayedCalls()
        return asked.error

    def test_type_condition_and_text(self, over: Callable[[Any], Element]) -> None:
        """All three are kept; the request that some servers send back is passed over."""
        error = self.fail(
            over,
            f"<query xmlns='jabber:iq:roster'/><error type='wait'><text xmlns='{STANZAS}'>Later, please.</text>"
            f"<resource-constraint xmlns='{STANZAS}'/><x xmlns='urn:x'/></error>",
        )
        assert (error.type, error.condition, error.text) == ("wait", "resource-constraint", "Later, please.")

    def test_a_type_that_is_missing_is_the_usual_one(self, over: Callable[[Any], Element]) -> None:
        """As Twisted has it for the condition."""
        error = self.fail(over, f"<error><item-not-found xmlns='{STANZAS}'/></error>")
        assert (error.type, error.condition, error.text) == ("cancel", "item-not-found", None)

    def test_a_condition_that_nobody_knows_is_kept(self, over: Callable[[Any], Element]) -> None:
        """It may be younger than we are."""
        error = self.fail(over, f"<error type='modify'><policy-violation xmlns='{STANZAS}'/></error>")
        assert (error.type, error.condition) == ("modify", "policy-violation")

    @pytest.mark.parametrize(
        "content",
        [
            "<error type='cancel'/>",
            "<error type='cancel'><item-not-found/><x xmlns='urn:x'/></error>",
            f"<error type='cancel'><text xmlns='{STANZAS}'/></error>",
        ],
    )
    def test_no_condition_is_undefined(self, over: Callable[[Any], Element], content: str) -> None:
        """One of another namespace is none."""
        error = self.fail(over, content)
        assert (error.type, error.condition, error.text) == ("cancel", "undefined-condition", None)

    @pytest.mark.parametrize("content", ["", "<error xmlns='urn:x'><item-not-found/></error>", "text"])
    def test_an_error_without_error(self, over: Callable[[Any], Element], content: str) -> None:
        """It is one all the same, and the text says what is missing."""
        error = self.fail(over, content)
        assert (error.condition, error.text) == ("undefined-condition", "The error stanza says no reason.")


class TestTimeOuts:
    """No request waits for ever, with a stream or without."""

    def test_the_server_does_not_answer(self, line: Line) -> None:
        """TimeoutError after exactly that many seconds; the answer that comes late is nobody's."""
        asked = line.ask(timeout=2.5)
        line.clock.advance(2.4)
        assert asked.open
        line.clock.advance(0.1)
        assert type(asked.error) is TimeoutError
        assert str(asked.error) == "After 2.5 s the server has not answered."
        assert not line.answer()
        assert len(asked.results) == 1

    def test_no_stream_comes(self) -> None:
        """The time runs while it waits for one; what has timed out is never sent."""
        line = Line()
        asked = line.ask(timeout=2.5)
        line.clock.advance(2.5)
        assert str(asked.error) == "After 2.5 s there was no stream to send it over."
        line.open()
        assert line.sent == []

    def test_the_wait_for_a_stream_counts(self) -> None:
        """It is one time-out for both."""
        line = Line()
        asked = line.ask(timeout=5)
        line.clock.advance(4)
        line.open()
        assert asked.open
        line.clock.advance(1)
        assert str(asked.error) == "After 5 s the server has not answered."

    def test_each_has_its_own(self, line: Line) -> None:
        """The shorter one is over first, whoever was sent first."""
        long, short = line.ask(timeout=5), line.ask(timeout=1)
        line.clock.advance(1)
        assert (long.open, short.open) == (True, False)
        assert line.answer(0)


class TestNoStream:
    """What waits, what does not, and what a stream that ends leaves behind."""

    def test_what_waits_is_sent_in_order(self) -> None:
        """Once each, with the next stream."""
        line = Line()
        asked = [line.ask(f"<q{number}/>") for number in range(3)]
        assert line.sent == []
        line.open()
        assert [re.findall(r"<(q\d)/>", sent) for sent in line.sent] == [["q0"], ["q1"], ["q2"]]
        line.requests.release()
        assert len(line.sent) == 3
        assert all(line.answer(number) for number in range(3))
        assert not any(one.open for one in asked)

    def test_what_is_asked_before_the_release_goes_first(self) -> None:
        """So that the roster is requested before anything that waited for the stream."""
        line = Line()
        line.ask("<later/>")
        line.requests.opened(line.sent.append, ACCOUNT, FULL)
        line.ask("<first/>", now_only=True)
        line.requests.release()
        assert ["<first/>" in sent for sent in line.sent] == [True, False]

    def test_what_was_not_sent_cannot_be_answered(self) -> None:
        """Not even by who knows the id, nor by a server of the stream before."""
        line = Line()
        line.open()
        line.requests.lost()
        asked = line.ask()
        (id_,) = line.requests._open
        assert not line.requests.answered(answer(id_))
        assert asked.open

    def test_only_so_many_wait(self) -> None:
        """One more fails at once, with a sentence; those that wait are not touched."""
        line = Line(most_waiting=2)
        asked = [line.ask(), line.ask()]
        refused = line.ask()
        assert isinstance(refused.error, TooManyWaitingError)
        assert isinstance(refused.error, ConnectionError)
        assert "2 requests wait" in str(refused.error)
        assert all(one.open for one in asked)
        assert len(line.clock.getDelayedCalls()) == 2

    def test_who_waits_no_more_makes_room(self) -> None:
        """By a time-out, by being cancelled, by being sent."""
        line = Line(most_waiting=1)
        line.ask(timeout=1)
        line.clock.advance(1)
        line.ask().deferred.cancel()
        kept = line.ask()
        assert kept.open
        line.open()
        assert line.ask().open

    def test_with_a_stream_there_is_no_bound(self) -> None:
        """The bound is on those that wait for one."""
        line = Line(most_waiting=1)
        line.open()
        assert all(line.ask().open for _ in range(10))
        assert len(line.sent) == 10

    def test_none_may_wait(self) -> None:
        """With a bound of 0 a request without a stream fails."""
        assert isinstance(Line(most_waiting=0).ask().error, TooManyWaitingError)

    def test_now_only_does_not_wait(self) -> None:
        """Without a stream it fails at once and is never sent; with one it is a request as any other."""
        line = Line()
        refused = line.ask(now_only=True)
        assert type(refused.error) is ConnectionError
        assert not line.clock.getDelayedCalls()
        line.open()
        assert line.sent == []
        asked = line.ask(now_only=True)
        assert line.answer()
        assert not asked.open

    def test_what_was_sent_fails_with_the_stream(self, line: Line) -> None:
        """ConnectionError, in the order of asking; its answer over the next stream is nobody's."""
        order: list[int] = []
        asked = [line.ask() for _ in range(3)]
        for number, one in enumerate(asked):
            one.deferred.addCallback(lambda _, number=number: order.append(number))
        line.requests.lost()
        assert all(type(one.error) is ConnectionError for one in asked)
        assert "whether it acted is not known" in str(asked[0].error)
        assert order == [0, 1, 2]
        assert not line.clock.getDelayedCalls()
        line.open()
        assert len(line.sent) == 3
        assert not line.answer(0)

    def test_what_was_not_sent_outlives_the_stream(self) -> None:
        """It waits for the next one, also where a stream ends before the release."""
        line = Line()
        asked = line.ask()
        line.requests.opened(line.sent.append, ACCOUNT, FULL)
        line.requests.lost()
        assert asked.open
        line.open()
        assert len(line.sent) == 1
        assert line.answer()
        assert not asked.open

    def test_no_stream_twice_is_none(self, line: Line) -> None:
        """Losing what is lost changes nothing."""
        asked = line.ask()
        line.requests.lost()
        waiting = line.ask()
        line.requests.lost()
        assert len(asked.results) == 1
        assert waiting.open

    def test_after_the_end_requests_wait(self, line: Line) -> None:
        """Those that are made because others have failed too: they are for the next stream."""
        again: list[Outcome] = []
        line.ask().deferred.addCallback(lambda _: again.append(line.ask("<again/>")))
        line.requests.lost()
        assert again[0].open
        assert len(line.sent) == 1
        line.open()
        assert "<again/>" in line.sent[1]

    def test_what_fails_with_the_stream_does_not_count_as_waiting(self) -> None:
        """Whoever asks again when the first has failed finds room, however many were under way."""
        line = Line(most_waiting=2)
        line.open()
        asked = [line.ask() for _ in range(5)]
        again: list[Outcome] = []
        asked[0].deferred.addCallback(lambda _: again.append(line.ask()))
        line.requests.lost()
        assert again[0].open

    def test_a_stream_that_ends_while_what_waited_is_sent(self) -> None:
        """The rest waits on for the next."""
        line = Line()
        asked = [line.ask(), line.ask()]
        line.requests.opened(lambda xml: (line.sent.append(xml), line.requests.lost()), ACCOUNT, FULL)
        line.requests.release()
        assert [one.open for one in asked] == [False, True]
        line.open()
        assert len(line.sent) == 2


class TestCancelling:
    """Whoever asked is not interested any more."""

    def test_a_request_under_way(self, line: Line) -> None:
        """Its answer is nobody's, and nothing is left on the clock."""
        asked = line.ask()
        asked.deferred.cancel()
        assert isinstance(asked.error, CancelledError)
        assert not line.clock.getDelayedCalls()
        assert not line.answer()
        line.requests.lost()
        assert len(asked.results) == 1

    def test_a_request_that_waits(self) -> None:
        """It is never sent."""
        line = Line()
        asked, other = line.ask(), line.ask("<other/>")
        asked.deferred.cancel()
        line.open()
        assert isinstance(asked.error, CancelledError)
        assert ["<other/>" in sent for sent in line.sent] == [True]
        assert other.open

    def test_one_failure_may_cancel_another(self, line: Line) -> None:
        """While a stream's requests fail one by one."""
        first, second = line.ask(), line.ask()
        first.deferred.addCallback(lambda _: second.deferred.cancel())
        line.requests.lost()
        assert isinstance(second.error, CancelledError)

    def test_cancelling_what_has_fired_is_nothing(self, line: Line) -> None:
        """As with every Deferred."""
        asked = line.ask()
        line.answer()
        asked.deferred.cancel()
        assert len(asked.results) == 1
