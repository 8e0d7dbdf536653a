"""How it is found out what a client believes: the steps that are taken, played by hand with made-up answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from played import ROSTER, Played

from rosterkit.conformance.asking import asking, with_answers
from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.orders import Reply
from rosterkit.conformance.script import (
    Ask,
    Await,
    Break,
    Fence,
    Give,
    Given,
    LoggedIn,
    LogIn,
    Remember,
    Say,
    Script,
    Stuck,
    Tell,
)
from rosterkit.conformance.verdicts import Oracle
from rosterkit.core.journal import Entry

NO_ORDERS = Stuck("It takes no orders.", True)


def edit(jid: str, name: str | None, *groups: str) -> Seen:
    """A roster set of the client."""
    named = f" name='{name}'" if name is not None else ""
    inner = "".join(f"<group>{group}</group>" for group in groups)
    xml = f"<iq type='set' id='e'><query {ROSTER}><item jid='{jid}'{named}>{inner}</item></query></iq>"
    return Seen(Entry(99, 0.0, "c1", None, None, "in", "iq", xml.encode()))


def presented(ver: str) -> Seen:
    """A request for the roster."""
    return Seen(
        Entry(
            99, 0.0, "c2", None, None, "in", "roster", f"<iq type='get'><query {ROSTER} ver='{ver}'/></iq>".encode()
        )
    )


class Client:
    """Answers steps: ``roster`` is what it tells, ``edits`` what it sends when it is made to add a group."""

    def __init__(
        self,
        orders: bool = True,
        roster: list[dict[str, Any]] | None = None,
        tells: list[dict[str, Any]] | None = None,
        edits: Callable[[str], Seen | None] = lambda jid: None,
        comes_back: Seen | None = None,
    ) -> None:
        self.orders, self.roster, self.tells, self.edits, self.comes_back = orders, roster, tells, edits, comes_back
        self.asked: list[str] = []
        self.number = 100

    def __call__(self, step: Any) -> Any:
        """What a step gives; a Stuck is to be thrown."""
        self.number += 10
        if isinstance(step, Give):
            return self._give(step)
        if isinstance(step, Tell):
            return self.tells if self.tells is not None else Stuck("No command.", True)
        if isinstance(step, Await):
            return self.edits(self.asked[-1]) if self.asked else self.comes_back
        if isinstance(step, LogIn):
            return LoggedIn("c2", "me@case.test/r", self.number)
        return "answered" if isinstance(step, Fence) else None

    def _give(self, step: Give) -> Any:
        if not self.orders:
            return NO_ORDERS
        if step.order.do == "roster":
            if self.roster is None:
                return Stuck("It does not tell.", True)
            return Given(self.number, Reply(1, None, tuple(self.roster), ("x@y",)))
        self.asked.append(step.order.values["jid"])
        return Given(self.number, Reply(1))


def play(script: Script, client: Callable[[Any], Any]) -> list[Any]:
    """Every step that a script takes with this client."""
    steps = [next(script)]
    while True:
        answer = client(steps[-1])
        try:
            steps.append(script.throw(answer) if isinstance(answer, Stuck) else script.send(answer))
        except StopIteration:
            return steps


def noted(ask: Ask, client: Client, played: Played | None = None) -> dict[str, Any]:
    """What is noted in the end, which is the last step."""
    played = played or Played()
    last = play(asking(ask, played.evidence), client)[-1]
    assert isinstance(last, Remember)
    return last.what["belief"]


class TestReport:
    """The client's own word is the best."""

    def test_the_roster_that_is_told_is_noted(self):
        """With the requests that wait, and nothing else is tried."""
        client = Client(roster=[{"jid": "a@b"}])
        steps = play(asking(Ask("after", ("a@b",)), Played().evidence), client)
        assert [type(step) for step in steps] == [Give, Remember]
        belief = steps[-1].what["belief"]
        assert belief["oracle"] == "report"
        assert (belief["roster"], belief["requests"]) == ([{"jid": "a@b"}], ["x@y"])
        assert (belief["mark"], belief["about"]) == ("after", ["a@b"])

    def test_an_empty_roster_is_an_answer(self):
        """A client that knows nobody has been asked all the same."""
        assert noted(Ask("after"), Client(roster=[]))["roster"] == []

    def test_a_command_comes_next(self):
        """Where the client itself tells nothing, a command may."""
        assert noted(Ask("after"), Client(tells=[{"jid": "a@b"}]))["roster"] == [{"jid": "a@b"}]
        assert noted(Ask("after"), Client(orders=False, tells=[]))["oracle"] == "report"

    def test_a_person_who_answers_nothing_has_told_nothing(self):
        """An order without a reply is not an empty roster."""
        client = Client()
        client._give = lambda step: Given(1, None)  # type: ignore[method-assign]
        assert noted(Ask("after"), client)["oracle"] is None


class TestEdit:
    """Else it is made to edit an entry."""

    def client(self, played: Played, **names: str | None) -> Client:
        """One that sends its cache, in which friend is as the server has told him."""
        friend = played.scene.roster[0]
        known = {
            friend.jid: (friend.name, friend.groups),
            **{f"{name}@b": (told, ("G",)) for name, told in names.items()},
        }
        new = played.scene.groups[-1]
        return Client(edits=lambda jid: edit(jid, known.get(jid, (None, ()))[0], *known.get(jid, (None, ()))[1], new))

    def test_one_known_contact_shows_that_it_sends_its_cache(self):
        """The known one comes first, then everybody whom it is about; what came after the first order counts."""
        played = Played()
        client = self.client(played, ann="Ann")
        belief = noted(Ask("after", ("ann@b", "bob@b")), client, played)
        assert client.asked == [played.scene.friend, "ann@b", "bob@b"]
        assert (belief["oracle"], belief["group"]) == ("edit", played.scene.groups[-1])
        assert belief["since"] == 130  # that of the first order for an edit, after those to tell the roster

    def test_another_known_contact_is_taken_where_the_first_is_what_it_is_about(self):
        """What the case has changed shows nothing about the client's habits."""
        played = Played()
        client = Client(edits=lambda jid: edit(jid, played.scene.roster[1].name, *played.scene.roster[1].groups))
        assert noted(Ask("after", (played.scene.friend,)), client, played)["oracle"] == "edit"
        assert client.asked[0] == played.scene.idol

    @pytest.mark.parametrize("sends", ["nothing", "no name", "no groups"])
    def test_a_client_that_sends_no_cache_is_not_read(self, sends: str):
        """Where the known contact comes without what is known of it, nothing follows from the others."""
        played = Played()
        friend, new = played.scene.roster[0], played.scene.groups[-1]
        sent = {
            "nothing": None,
            "no name": edit(friend.jid, None, *friend.groups, new),
            "no groups": edit(friend.jid, friend.name, new),
        }[sends]
        client = Client(edits=lambda jid: sent)
        assert noted(Ask("after", ("ann@b",)), client, played)["oracle"] is None
        assert client.asked == [friend.jid]

    def test_without_anybody_whom_it_is_about_nothing_is_edited(self):
        """An edit changes what it asks about; it is not done for nothing."""
        played = Played()
        client = self.client(played)
        assert noted(Ask("after"), client, played)["oracle"] is None
        assert client.asked == []

    def test_a_contact_of_whom_nothing_is_sent_does_not_end_it(self):
        """A client may send no edit for somebody whom it does not know."""
        played = Played()
        friend = played.scene.roster[0]
        client = Client(edits=lambda jid: edit(jid, friend.name, *friend.groups) if jid == friend.jid else None)
        assert noted(Ask("after", ("ann@b",)), client, played)["oracle"] == "edit"


class TestVersion:
    """Else it is let come back, and presents a version."""

    def versioned(self) -> Played:
        """A play in which the client has shown to know versions."""
        played = Played()
        played.got(f"<iq type='get' id='r'><query {ROSTER} ver=''/></iq>")
        return played

    def test_its_connection_ends_and_its_next_request_is_awaited(self):
        """The steps are those of coming back, and what counts begins with that login."""
        client = Client(orders=False, comes_back=presented("v1"))
        steps = play(asking(Ask("after"), self.versioned().evidence), client)
        assert [type(step) for step in steps] == [Give, Tell, Break, LogIn, Await, Fence, Remember]
        assert steps[-1].what["belief"]["oracle"] == "ver"
        assert steps[-1].what["belief"]["since"] == steps[4].since - 1

    def test_a_client_without_versions_is_left_alone(self):
        """It is not made to log in again for nothing."""
        steps = play(asking(Ask("after"), Played().evidence), Client(orders=False, comes_back=presented("v1")))
        assert not any(isinstance(step, Break) for step in steps)
        assert steps[-1].what["belief"]["oracle"] is None

    def test_a_client_that_asks_for_nothing_shows_nothing(self):
        """Without a request there is no version."""
        assert noted(Ask("after"), Client(orders=False), self.versioned())["oracle"] is None

    def test_a_client_that_does_not_come_back_shows_nothing(self):
        """Not to find out is no reason to end the case."""

        def answer(step: Any) -> Any:
            return Stuck("Nobody came.") if isinstance(step, LogIn) else Client(orders=False)(step)

        steps = play(asking(Ask("after"), self.versioned().evidence), answer)
        assert steps[-1].what["belief"]["oracle"] is None


def test_what_is_noted_can_be_read_again():
    """The evidence of a journal with the note in it has the belief under its mark."""
    played = Played()
    for roster in (None, [{"jid": "a@b", "name": "A"}]):
        played.note(belief=noted(Ask(f"with {roster}"), Client(roster=roster), played))
    assert played.evidence().belief("with None").oracle is None
    assert played.evidence().belief("with [{'jid': 'a@b', 'name': 'A'}]").oracle is Oracle.REPORT


class TestWithAnswers:
    """A script with such questions in it."""

    def test_questions_become_their_steps_and_the_rest_goes_through(self):
        """Other steps are passed on, and what they give comes back; a question gives nothing."""
        given: list[Any] = []

        def script() -> Script:
            given.append((yield Say("<x/>", "a")))
            given.append((yield Ask("after")))
            given.append((yield Fence()))

        def answer(step: Any) -> Any:
            return 7 if isinstance(step, Say) else Client(roster=[])(step)

        wrapped = with_answers(script(), Played().evidence)
        steps = play(wrapped, answer)
        assert [type(step) for step in steps] == [Say, Give, Remember, Fence]
        assert given == [7, None, "answered"]

    def test_the_scripts_own_value_is_the_last_word(self):
        """What a script gives, the script with answers gives too."""

        def script() -> Script:
            yield Fence()
            return "end"

        wrapped = with_answers(script(), Played().evidence)
        next(wrapped)
        with pytest.raises(StopIteration) as over:
            wrapped.send("answered")
        assert over.value.value == "end"

    def test_what_is_stuck_is_stuck_in_the_script(self):
        """A script may catch it where it happened, and go on."""
        caught: list[str] = []

        def script() -> Script:
            try:
                yield LogIn()
            except Stuck as stuck:
                caught.append(str(stuck))
            yield Fence()

        play(
            with_answers(script(), Played().evidence),
            lambda step: Stuck("Nobody came.") if isinstance(step, LogIn) else "answered",
        )
        assert caught == ["Nobody came."]

    def test_a_script_that_does_not_catch_it_is_over(self):
        """Then whoever plays it gets it."""

        def script() -> Script:
            yield LogIn()

        wrapped = with_answers(script(), Played().evidence)
        next(wrapped)
        with pytest.raises(Stuck, match="Nobody came"):
            wrapped.throw(Stuck("Nobody came."))

    def test_the_evidence_is_that_of_the_moment(self):
        """What has happened before the question is there when it is asked."""
        played = Played()

        def script() -> Script:
            yield Fence()
            yield Ask("after")

        def answer(step: Any) -> Any:
            if isinstance(step, Fence):
                played.got(f"<iq type='get' id='r'><query {ROSTER} ver=''/></iq>")
            return Client(orders=False, comes_back=presented("v1"))(step)

        steps = play(with_answers(script(), played.evidence), answer)
        assert steps[-1].what["belief"]["oracle"] == "ver"
