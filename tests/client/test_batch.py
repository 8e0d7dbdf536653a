"""Batches: how much is under way, what is reported, and what the end of a connection leaves."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.logger import LogEvent, capturedLogs
from twisted.words.protocols.jabber.error import StanzaError
from twisted.words.protocols.jabber.jid import JID
from wire import STREAMS, Wire, item

from rosterkit.client.batch import Batch, Report
from rosterkit.errors import JidError

NOT_FOUND = "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
_SET = re.compile(r"<iq type='set' id='([^']+)'><query xmlns='jabber:iq:roster'>(<item.*?)</query>")


class Server:
    """A client with a batch, and the test that answers it.

    ``open`` are the sets that are under way: the contact and the id, in the order of sending.
    """

    def __init__(self, make: Callable[[Any], Any] = STREAMS[0], **options: Any) -> None:
        self.wire = Wire(make, **options)
        self.wire.online(item("c0@x", "a", name="Old") + item("c1@x", "a"))
        self.wire.sent()
        self.open: list[tuple[str, str]] = []
        self.items: list[str] = []
        self.progress: list[tuple[int, int]] = []
        self.reports: list[Report] = []

    def batch(self, number: int = 0, in_flight: int = 10, **options: Any) -> Batch:
        """A batch that gives ``number`` contacts a name."""
        options.setdefault("progress", lambda done, total: self.progress.append((done, total)))
        batch = self.wire.roster.batch(in_flight=in_flight, **options)
        for each in range(number):
            batch.set_entry(f"c{each}@x", name=f"n{each}")
        return batch

    def run(self, batch: Batch) -> None:
        """Let the batch begin."""
        batch.run().addCallback(self.reports.append)
        self.look()

    def look(self) -> None:
        """See what was sent."""
        for id_, sent in _SET.findall(self.wire.sent()):
            self.items.append(sent)
            self.open.append((sent.split("'")[1], id_))

    def answer(self, position: int = 0, error: str = "") -> str:
        """Answer one of those under way; gives its contact."""
        contact, id_ = self.open.pop(position)
        self.wire.server(f"<iq type='{'error' if error else 'result'}' id='{id_}'>{error}</iq>")
        self.look()
        return contact

    @property
    def report(self) -> Report:
        """How the batch went; it has said so once."""
        (report,) = self.reports
        return report


@pytest.fixture(params=STREAMS)
def server(request: pytest.FixtureRequest) -> Server:
    """Over either stream."""
    return Server(request.param)


@pytest.fixture
def log() -> Iterator[Sequence[LogEvent]]:
    """What is logged during the test."""
    with capturedLogs() as events:
        yield events


class TestCollecting:
    """Until it runs nothing happens; what is wrong is said at once."""

    def test_nothing_is_sent_before_it_runs(self, server: Server) -> None:
        """It only grows."""
        batch = server.batch(3)
        server.look()
        assert (len(batch), server.open) == (3, [])

    def test_each_change_is_what_the_client_would_send(self, server: Server) -> None:
        """Names, groups and removals, with what the roster holds already."""
        batch = server.batch()
        batch.set_entry(JID("C0@X"), add_to_groups=["b"], remove_from_groups={"a"})
        batch.set_entry("c1@x", name=None)
        batch.remove_entry("c2@x")
        server.run(batch)
        assert server.items == [
            "<item jid='c0@x' name='Old'><group>b</group></item>",
            "<item jid='c1@x'><group>a</group></item>",
            "<item jid='c2@x' subscription='remove'/>",
        ]

    def test_the_roster_counts_when_it_runs(self, server: Server) -> None:
        """And not when the change was collected."""
        batch = server.batch()
        batch.set_entry("c0@x", add_to_groups=["b"])
        server.wire.push(item("c0@x", "z", name="New"), "v2")
        server.run(batch)
        assert server.items == ["<item jid='c0@x' name='New'><group>b</group><group>z</group></item>"]

    @pytest.mark.parametrize(
        ("collect", "error"),
        [
            (lambda batch: batch.set_entry("a b@x"), JidError),
            (lambda batch: batch.set_entry("c0@x/home"), ValueError),
            (lambda batch: batch.set_entry("c0@x", name="\x07"), ValueError),
            (lambda batch: batch.set_entry("c0@x", name=5), TypeError),
            (lambda batch: batch.set_entry("c0@x", add_to_groups="abc"), TypeError),
            (lambda batch: batch.set_entry("c0@x", remove_from_groups=[""]), ValueError),
            (lambda batch: batch.remove_entry("@x"), JidError),
            (lambda batch: batch.remove_entry("c0@x/home"), ValueError),
        ],
    )
    def test_a_wrong_argument_is_refused_at_once(
        self, server: Server, collect: Callable[[Batch], None], error: type[Exception]
    ) -> None:
        """As by the method of the client, and nothing is collected."""
        batch = server.batch()
        with pytest.raises(error):
            collect(batch)
        assert len(batch) == 0

    def test_groups_may_be_given_by_an_iterator(self, server: Server) -> None:
        """It is read when the change is collected."""
        batch = server.batch()
        batch.set_entry("c9@x", add_to_groups=(group for group in "ba"))
        server.run(batch)
        assert server.items == ["<item jid='c9@x'><group>a</group><group>b</group></item>"]

    @pytest.mark.parametrize("in_flight", [0, -1])
    def test_at_least_one_is_under_way(self, server: Server, in_flight: int) -> None:
        """With none the batch would never end."""
        with pytest.raises(ValueError, match=f"in_flight is {in_flight};"):
            server.batch(in_flight=in_flight)


class TestInFlight:
    """A server is not flooded."""

    def test_the_next_follows_when_one_is_answered(self, server: Server) -> None:
        """In the order of collecting, whichever is answered first."""
        server.run(server.batch(5, in_flight=2))
        assert [contact for contact, _ in server.open] == ["c0@x", "c1@x"]
        assert server.answer(1) == "c1@x"
        assert [contact for contact, _ in server.open] == ["c0@x", "c2@x"]
        server.answer(0, NOT_FOUND)
        assert [contact for contact, _ in server.open] == ["c2@x", "c3@x"]
        assert server.reports == []

    @given(
        st.integers(0, 12),
        st.integers(1, 5),
        st.lists(st.tuples(st.integers(0, 4), st.sampled_from(["", NOT_FOUND])), min_size=12, max_size=12),
    )
    def test_never_more_than_asked_for_and_never_fewer_than_can_be(
        self, number: int, in_flight: int, answers: list[tuple[int, str]]
    ) -> None:
        """Whatever the order of the answers and whatever they are; each contact is sent once and reported."""
        server = Server()
        server.run(server.batch(number, in_flight))
        refused = set()
        for done, (position, error) in enumerate(answers[:number]):
            assert len(server.open) == min(in_flight, number - done)
            assert server.reports == []
            contact = server.answer(position % len(server.open), error)
            refused |= {contact} if error else set()
        assert len(server.items) == number
        assert server.report.accepted == number - len(refused)
        assert set(server.report.errors) == refused
        assert server.progress == [(done + 1, number) for done in range(number)]

    def test_changes_of_one_contact_follow_each_other(self, server: Server) -> None:
        """As without a batch: none undoes another."""
        batch = server.batch(1)
        batch.set_entry("c0@x", add_to_groups=["b"])
        server.run(batch)
        assert len(server.open) == 1
        server.answer()
        assert server.items[1] == "<item jid='c0@x' name='n0'><group>a</group><group>b</group></item>"
        server.answer()
        assert server.report == Report(2, {})


class TestReport:
    """How it went."""

    def test_all_is_well(self, server: Server) -> None:
        """Every change was accepted."""
        server.run(server.batch(2))
        server.answer()
        assert server.reports == []
        server.answer()
        assert server.report == Report(2, {})
        assert server.report.ok

    def test_errors_are_kept_with_their_contact(self, server: Server) -> None:
        """The others are made all the same."""
        server.run(server.batch(3))
        server.answer(1, NOT_FOUND)
        server.answer()
        server.answer()
        assert (server.report.accepted, list(server.report.errors), server.report.ok) == (2, ["c1@x"], False)
        error = server.report.errors["c1@x"]
        assert isinstance(error, StanzaError)
        assert error.condition == "item-not-found"

    def test_an_empty_batch_is_done_at_once(self, server: Server) -> None:
        """With nothing sent and nothing to complain of, without a stream too."""
        server.run(server.batch())
        assert (server.report, server.report.ok, server.progress, server.items) == (Report(0, {}), True, [], [])
        server.wire.lose()
        server.run(server.batch())
        assert server.reports == [Report(0, {})] * 2

    def test_a_second_run_sends_what_came_since(self, server: Server) -> None:
        """Nothing twice; the first report stays as it was."""
        batch = server.batch(1)
        server.run(batch)
        server.answer(0, NOT_FOUND)
        batch.set_entry("c5@x")
        assert len(batch) == 1
        server.run(batch)
        server.answer()
        first, second = server.reports
        assert (first.accepted, list(first.errors), second) == (0, ["c0@x"], Report(1, {}))
        assert len(server.items) == 2
        server.run(batch)
        assert server.reports[2] == Report(0, {})

    def test_two_runs_at_a_time_have_a_report_each(self, server: Server) -> None:
        """A second run while the first is under way is another one."""
        batch = server.batch(1)
        server.run(batch)
        batch.set_entry("c5@x")
        server.run(batch)
        server.answer(0, NOT_FOUND)
        server.answer()
        assert [(report.accepted, list(report.errors)) for report in server.reports] == [(0, ["c0@x"]), (1, [])]

    def test_the_first_error_of_a_contact_is_kept(self, server: Server) -> None:
        """A change after it fails because of it, more often than not."""
        batch = server.batch(1)
        batch.remove_entry("c0@x")
        server.run(batch)
        server.answer(0, NOT_FOUND)
        server.answer(0, NOT_FOUND.replace("item-not-found", "not-allowed"))
        assert "item-not-found" in repr(vars(server.report.errors["c0@x"]))

    def test_cancelling_ends_it(self, server: Server) -> None:
        """Nothing more is sent."""
        running = server.batch(6, in_flight=2).run()
        running.addErrback(lambda _: None)
        server.look()
        running.cancel()
        server.look()
        assert len(server.items) == 2


class TestProgress:
    """After each change, well or not."""

    def test_it_counts(self, server: Server) -> None:
        """How many are done, and how many there are."""
        server.run(server.batch(3, in_flight=2))
        assert server.progress == []
        server.answer(0, NOT_FOUND)
        server.answer()
        assert server.progress == [(1, 3), (2, 3)]
        server.answer()
        assert server.progress == [(1, 3), (2, 3), (3, 3)]

    def test_the_last_comes_before_the_report(self, server: Server) -> None:
        """Whoever closes a progress bar with the report has seen it full."""
        order: list[str] = []
        batch = server.batch(1, progress=lambda done, total: order.append("progress"))
        batch.run().addCallback(lambda _: order.append("report"))
        server.look()
        server.answer()
        assert order == ["progress", "report"]

    def test_a_callback_that_raises_is_logged(self, server: Server, log: Sequence[LogEvent]) -> None:
        """The changes go on, and it is called again."""

        def broken(done: int, total: int) -> None:
            server.progress.append((done, total))
            raise ValueError("broken")

        server.run(server.batch(3, in_flight=1, progress=broken))
        for _ in range(3):
            server.answer()
        assert server.report == Report(3, {})
        assert server.progress == [(1, 3), (2, 3), (3, 3)]
        failures = [event["log_failure"].value for event in log if "log_failure" in event]
        assert [str(failure) for failure in failures] == ["broken"] * 3

    def test_it_need_not_be_told(self, server: Server) -> None:
        """Without a callback too."""
        server.run(server.batch(1, progress=None))
        server.answer()
        assert server.report.ok

    def test_a_callback_may_collect_more(self, server: Server) -> None:
        """For the next run."""
        batch = server.batch(1, progress=lambda done, total: batch.set_entry("c7@x"))
        server.run(batch)
        server.answer()
        assert server.report == Report(1, {})
        assert len(batch) == 1


class TestConnection:
    """A stream that ends, and one that is not there."""

    def test_what_was_not_tried_is_not_tried_any_more(self, server: Server) -> None:
        """What was under way fails as it does alone, the rest says why; over the next stream nothing is sent."""
        server.run(server.batch(6, in_flight=2))
        server.answer()
        server.wire.lose()
        report = server.report
        assert report.accepted == 1
        assert sorted(report.errors) == [f"c{number}@x" for number in range(1, 6)]
        assert all(isinstance(error, ConnectionError) for error in report.errors.values())
        tried = [str(error) for error in report.errors.values() if not str(error).startswith("Not tried")]
        assert tried == ["The stream ended before the server had answered; whether it acted is not known."] * 2
        server.wire.connect()
        assert "type='set'" not in server.wire.sent()

    def test_what_is_not_tried_is_over_too(self, server: Server) -> None:
        """Progress comes to its end whatever happens."""
        server.run(server.batch(6, in_flight=2))
        server.answer()
        server.wire.lose()
        assert server.progress[-1] == (6, 6)

    def test_two_changes_of_one_contact_end_with_the_stream(self, server: Server) -> None:
        """The one that waits for its turn is not kept for the next stream."""
        batch = server.batch(1, in_flight=2)
        batch.set_entry("c0@x", name="again")
        server.run(batch)
        server.wire.lose()
        assert (server.report.accepted, list(server.report.errors)) == (0, ["c0@x"])
        server.wire.connect()
        assert "type='set'" not in server.wire.sent()

    def test_without_a_stream_it_fails_at_once(self) -> None:
        """Every change says why; nothing is kept."""
        server = Server()
        server.wire.lose()
        server.run(server.batch(3, in_flight=2))
        assert (server.report.accepted, len(server.report.errors)) == (0, 3)
        assert all(isinstance(error, ConnectionError) for error in server.report.errors.values())

    def test_a_time_out_with_a_stream_is_one_change_only(self, server: Server) -> None:
        """The others have their own time each, from when they are sent."""
        server.run(server.batch(3, in_flight=1, timeout=5))
        server.wire.clock.advance(5)
        server.look()
        server.open.pop(0)
        server.wire.clock.advance(4)
        server.answer()
        server.answer()
        assert (server.report.accepted, list(server.report.errors)) == (2, ["c0@x"])
        assert type(server.report.errors["c0@x"]) is TimeoutError

    def test_the_client_has_a_time_out_of_its_own(self) -> None:
        """It holds where the batch names none."""
        server = Server(timeout=7)
        server.run(server.batch(1))
        server.wire.clock.advance(6.9)
        assert server.reports == []
        server.wire.clock.advance(0.2)
        assert type(server.report.errors["c0@x"]) is TimeoutError

    def test_nothing_is_left_on_the_clock(self, server: Server) -> None:
        """When all is answered, and when the stream is lost."""
        server.wire.clock.advance(100)
        server.run(server.batch(3))
        server.answer()
        server.wire.lose()
        assert len(server.reports) == 1
        assert not server.wire.clock.getDelayedCalls()


class TestRenaming:
    """A group gets another name member by member, which is a batch."""

    def test_every_member_moves(self, server: Server) -> None:
        """Those of other groups are not touched; the report is a batch's."""
        server.wire.push(item("c3@x", "z"), "v2")
        server.wire.roster.rename_group("a", "b").addCallback(server.reports.append)
        server.look()
        assert sorted(server.items) == [
            "<item jid='c0@x' name='Old'><group>b</group></item>",
            "<item jid='c1@x'><group>b</group></item>",
        ]
        failed = server.answer(0, NOT_FOUND)
        server.answer()
        assert (server.report.accepted, list(server.report.errors)) == (1, [failed])

    def test_the_same_name_empties_nothing(self, server: Server) -> None:
        """Each member is in the group afterwards."""
        server.wire.roster.rename_group("a", "a")
        server.look()
        assert all("<group>a</group>" in sent for sent in server.items)
        assert len(server.items) == 2

    def test_a_group_that_is_not_there(self, server: Server) -> None:
        """KeyError, and nothing is sent."""
        with pytest.raises(KeyError):
            server.wire.roster.rename_group("q", "r")


def test_many_that_fail_at_once_cost_no_depth() -> None:
    """Thousands that are not tried any more end in a loop and not in a recursion."""
    server = Server()
    server.run(server.batch(5000, in_flight=1))
    server.wire.lose()
    assert len(server.report.errors) == 5000
