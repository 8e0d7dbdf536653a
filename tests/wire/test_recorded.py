"""Scenarios made of journals: which steps, in which order, and who is named how."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rosterkit.core import markup
from rosterkit.core.journal import Called, Entry, Journal
from rosterkit.core.scenario import AnswerStep, CallStep, ClientStep, ExpectStep, Scenario, path_part, whole
from rosterkit.core.scenario_pytest import as_pytest
from rosterkit.core.scenario_reader import read_scenario
from rosterkit.errors import ScenarioError
from rosterkit.wire import recorded
from rosterkit.wire.recorded import Beginning, Selection, record

GET = "<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>"
ASKS = "<iq type='get'><query xmlns='jabber:iq:roster'/></iq>"
BEGINNING = Beginning(("a.test",), {"accounts": {"juliet": {"password": "secret"}, "romeo": {"password": "secret"}}})


class Written:
    """A journal written line by line."""

    def __init__(self) -> None:
        self.journal = Journal(1 << 24)

    def said(self, session: str, data: str, kind: str = "iq", direction: str = "in", bound: bool = True) -> int:
        """A stanza of the account that the session is of: ``juliet.1`` is one of juliet."""
        account = f"{session.partition('.')[0]}@a.test"
        jid = f"{account}/{session}" if bound else None
        return self.journal.add(0, session, account, jid, direction, kind, data.encode()).number

    def logs_in(self, session: str, *more: str) -> None:
        """A session that is bound, and says ``interested`` and ``available`` things."""
        self.said(session, "<stream:stream>", "stream", bound=False)
        self.said(session, "<iq/>", "stream")
        for one in more:
            self.said(
                session,
                GET if one == "interested" else "<presence/>",
                "roster" if one == "interested" else "presence",
            )

    def leaves(self, session: str) -> None:
        """The connection is gone."""
        account = f"{session.partition('.')[0]}@a.test"
        self.journal.add(
            0, session, account, f"{account}/{session}", "note", "session", text="The connection is gone."
        )

    def calls(self, method: str, path: str, body: Any = None, pushed: tuple[str, ...] = (), **more: Any) -> int:
        """A call that leads to a push for each session; the number of its note."""
        since = self.journal.cursor
        for session in pushed:
            push = f"<iq type='set' id='p{self.journal.cursor}'><query xmlns='jabber:iq:roster'/></iq>"
            self.said(session, push, "push", "out")
        called = Called(method, path, body, since, 10, **more)
        return self.journal.add(0, None, None, None, "note", "call", call=called).number

    def answers(self, session: str, kind: str = "result") -> int:
        """The answer to the last push of a session."""
        entries = self.journal.since(0)
        push = next(one for one in reversed(entries) if one.kind == "push" and one.session == session)
        identity = push.data.decode().split("'")[3]
        return self.said(session, f"<iq type='{kind}' id='{identity}'/>")

    def scenario(self, **selection: Any) -> Scenario:
        """What is made of it."""
        return record(BEGINNING, self.journal.since(0), Selection(**selection))


@pytest.fixture
def journal() -> Written:
    """An empty one."""
    return Written()


def test_clients_calls_and_expectations_stand_in_their_order(journal: Written):
    """The client comes first, with what it is before the next call; what logging in says is no expectation."""
    journal.logs_in("juliet.1", "interested", "available")
    journal.calls("PUT", "accounts/juliet/roster/x@a.test", {"name": "X"}, pushed=("juliet.1",))
    journal.answers("juliet.1")
    journal.said("juliet.1", "<presence to='x@a.test' type='subscribe'/>", "presence")
    assert journal.scenario() == Scenario(
        ("home.example",),
        BEGINNING.network,
        (
            ClientStep("juliet", ("interested", "available")),
            ExpectStep(ASKS, "juliet"),
            ExpectStep("<presence/>", "juliet"),
            CallStep("PUT", "accounts/juliet/roster/x@home.example", {"name": "X"}),
            AnswerStep(4, "juliet"),
            ExpectStep("<presence type='subscribe' to='x@home.example'/>", "juliet"),
        ),
    )


def test_the_placeholder_stands_nowhere_else(journal: Written):
    """Whoever is called as it is keeps the name."""
    journal.calls("PUT", "accounts/juliet/roster/x@home.example", {"name": "HOME2.example and a.test"})
    made = journal.scenario()
    assert made.domains == ("home3.example",)
    (step,) = made.steps
    assert step == CallStep(
        "PUT", "accounts/juliet/roster/x@home.example", {"name": "HOME2.example and home3.example"}
    )


def test_a_selection_expects_what_is_in_it_and_keeps_every_call_before(journal: Written):
    """Nothing is expected of before, nothing is left of afterwards; clients are there for what is expected."""
    journal.logs_in("romeo.1", "interested")
    journal.logs_in("juliet.1", "interested")
    first = journal.calls("PUT", "accounts/juliet/roster/x@b.test", {}, pushed=("juliet.1",))
    answer = journal.answers("juliet.1")
    journal.said("romeo.1", "<presence/>", "presence")
    journal.calls("DELETE", "accounts/juliet/roster/x@b.test")
    kept = (
        ClientStep("juliet", ("interested",)),
        CallStep("PUT", "accounts/juliet/roster/x@b.test", {}),
        AnswerStep(2, "juliet"),
    )
    assert journal.scenario(since=first, until=answer).steps == kept
    assert journal.scenario(since=first, until=answer + 1, account="juliet@a.test").steps == kept
    assert journal.scenario(since=first, until=answer + 1, session="juliet.1").steps == kept
    assert journal.scenario(since=first, until=answer + 1, account="romeo@a.test").steps == (
        ClientStep("romeo", ("interested",)),
        kept[1],
        ExpectStep("<presence/>", "romeo"),
    )


def test_answers_know_their_push(journal: Written):
    """Each of two sessions its own, an error is one, and the answer to a push of no call is any result."""
    journal.logs_in("juliet.1", "interested")
    journal.logs_in("juliet.2", "interested")
    journal.calls("PUT", "accounts/juliet/roster/x@b.test", {}, pushed=("juliet.1", "juliet.2"))
    since = journal.answers("juliet.2", "error") - 1
    journal.answers("juliet.1")
    journal.said("juliet.1", "<iq type='set' id='own'/>", "push", "out")
    journal.said("juliet.1", "<iq type='result' id='own'/>")
    journal.calls("POST", "accounts/juliet/forget")
    *before, second, first, other, _ = journal.scenario(since=since).steps
    assert before == [
        ClientStep("juliet", ("interested",)),
        ClientStep("juliet", ("interested",), another=True),
        CallStep("PUT", "accounts/juliet/roster/x@b.test", {}),
    ]
    assert (second, first) == (AnswerStep(3, "juliet", 2, "error"), AnswerStep(3, "juliet", 1))
    assert other == ExpectStep("<iq type='result'/>", "juliet")


def test_sessions_are_named_by_account(journal: Written):
    """By the full JID only where there were several; in the path and in a fault; the one that is named is there."""
    journal.logs_in("juliet.1")
    journal.calls("POST", "faults", {"fault": "drop", "session": "juliet.1"})
    journal.calls("POST", "sessions/juliet@a.test%2Fjuliet.1/cut", {})
    journal.leaves("juliet.1")
    journal.logs_in("juliet.2")
    journal.logs_in("juliet.3")
    journal.calls("POST", "sessions/juliet.3/kick", {})
    calls = [step for step in journal.scenario(since=999).steps if not isinstance(step, ClientStep)]
    assert calls == [
        CallStep("POST", "faults", {"fault": "drop", "session": "juliet@home.example"}),
        CallStep("POST", "sessions/juliet@home.example/cut", {}),
        CallStep("POST", "sessions/juliet@home.example%2Fjuliet.3/kick", {}),
    ]
    clients = [step for step in journal.scenario(since=999).steps if isinstance(step, ClientStep)]
    assert [client.another for client in clients] == [False, False, True]


def test_an_account_that_a_call_made_has_the_password_of_the_scenario(journal: Written):
    """Its client comes after it; somebody whom nothing has made, as an anonymous one, is left out."""
    journal.calls("PUT", "accounts/Nurse", {"password": "***"})
    journal.logs_in("nurse.1", "interested")
    journal.logs_in("nobody.1", "interested")
    assert journal.scenario().steps == (
        CallStep("PUT", "accounts/nurse", {"password": "secret"}),
        ClientStep("nurse"),
        ExpectStep(ASKS, "nurse"),
    )


def test_somebody_who_was_there_before_his_password_was_known_is_left_out(journal: Written):
    """As one that has registered itself, and is given a new password later; the client that comes then is not."""
    journal.logs_in("nurse.1", "interested")
    journal.calls("PUT", "accounts/nurse", {"password": "***"})
    journal.said("nurse.1", "<presence/>", "presence")
    journal.logs_in("nurse.2", "interested")
    assert [type(step) for step in journal.scenario().steps] == [CallStep, ClientStep, ExpectStep]


WORDS = st.sampled_from(["juliet.1", "juliet.2", "romeo.1", "nobody.1"])
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
EVENTS = st.one_of(
    st.tuples(st.just("logs_in"), WORDS, st.sampled_from(["interested", "available"])),
    st.tuples(st.just("leaves"), WORDS),
    st.tuples(st.just("said"), WORDS, st.sampled_from(["<iq type='result' id='p1'/>", "<presence", "<iq/>"]) | TEXT),
    st.tuples(st.just("said"), WORDS, TEXT.map(lambda text: f"<message><body>{markup.text(text)}</body></message>")),
    st.tuples(
        st.just("calls"),
        st.sampled_from(["PUT", "DELETE"]),
        st.sampled_from(["accounts/nobody", "sessions/juliet.1/cut", "faults/f1"])
        | TEXT.map(lambda t: f"contacts/{path_part(t)}x"),
        st.none() | st.dictionaries(TEXT | st.just("session"), TEXT | WORDS, max_size=2),
    ),
)


@given(st.lists(EVENTS, max_size=20), st.integers(0, 60), st.none() | st.integers(0, 60))
def test_whatever_has_passed_is_a_scenario_that_can_be_read(events: list[Any], since: int, until: int | None):
    """As JSON, and as Python that says the same; nothing in it is on the own domain any more."""
    journal = Written()
    for name, *values in events:
        getattr(journal, name)(*values)
    made = journal.scenario(since=since, until=until)
    document = json.loads(json.dumps(made.as_json()))
    assert read_scenario(document).as_json() == document
    assert not whole(["a.test"]).search(str(document))
    compile(as_pytest(made), "exported", "exec")


def test_what_cannot_be_made_again_is_refused(journal: Written, monkeypatch: pytest.MonkeyPatch):
    """A body that was not kept, and more steps than a scenario may have."""
    number = journal.calls("PUT", "accounts/x", None, left_out=True)
    with pytest.raises(ScenarioError, match=rf"PUT accounts/x \(entry {number}\) was too long to be kept.*Reset"):
        journal.scenario()
    assert journal.scenario(until=number - 1).steps == ()
    monkeypatch.setattr(recorded, "MOST_STEPS", 1)
    other = Written()
    other.logs_in("juliet.1", "interested")
    with pytest.raises(ScenarioError, match=r"makes 2 steps.*Select less"):
        other.scenario()


def test_a_long_journal_takes_no_quadratic_time(journal: Written):
    """Every entry is looked at a few times, however many calls, pushes and answers there are."""
    looked = 0

    class Counting(Entry):  # type: ignore[misc]  # which nobody else makes
        @property
        def kind(self) -> str:
            nonlocal looked
            looked += 1
            return str(self[6])

    journal.logs_in("juliet.1", "interested")
    for _ in range(1_000):
        journal.calls("PUT", "accounts/juliet/roster/x@b.test", {}, pushed=("juliet.1",))
        journal.said("juliet.1", f"<iq type='result' id='p{journal.journal.cursor - 2}'/>")
    entries = [Counting(*entry) for entry in journal.journal.since(0)]
    made = record(BEGINNING, entries, Selection())
    assert sum(isinstance(step, AnswerStep) for step in made.steps) == 1_000
    assert looked < 10 * len(entries)
