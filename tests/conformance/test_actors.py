"""The client's side of a play: programs that are started and ended, and people who come by themselves."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from processes_seen import alive, gone
from programs import STUBBORN, words
from pytest_twisted import async_yield_fixture, ensureDeferred
from twisted.internet import reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from rosterkit.conformance.runner.actors import GuestActor, Obedience, ProcessActor

SECONDS = 20
VALUES = {"password": "hush-hush", "host": "127.0.0.1", "port": "1", "case": "rfc6121/2.1.6/x"}
#: Says who it is and what it was given, then stays.
STAYS = words(
    "import json, sys, time; print(json.dumps(sys.argv[1:]), flush=True); time.sleep(60)",
    "{jid}",
    "{state}",
    "{password}",
)


class Time:
    """The reactor, in which what is further off than a second waits until the test moves :attr:`clock`."""

    def __init__(self) -> None:
        self.clock = Clock()

    def callLater(self, seconds: float, *call: Any) -> Any:
        """At once by the real time, later by the other."""
        return (self.clock if seconds >= 1.0 else reactor).callLater(seconds, *call)  # type: ignore[attr-defined]

    def __getattr__(self, name: str) -> Any:
        return getattr(reactor, name)


class StubPlay:
    """What an actor knows of a play; ``happened`` is what it has told it, call by call."""

    def __init__(self) -> None:
        self.logins = 0
        self.waits_for_login = True
        self.happened: list[tuple[Any, ...]] = []
        self._waiting: list[tuple[str, Deferred[tuple[Any, ...]]]] = []

    def next(self, name: str) -> Deferred[tuple[Any, ...]]:
        """The next call of that name."""
        waiting: Deferred[tuple[Any, ...]] = Deferred()
        waiting.addTimeout(SECONDS, reactor)
        self._waiting.append((name, waiting))
        return waiting

    def told(self, name: str) -> list[tuple[Any, ...]]:
        """The arguments of each call of that name."""
        return [call[1:] for call in self.happened if call[0] == name]

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name not in ("hear", "hear_roster", "note_end", "note_misread", "give_up", "tell"):
            raise AttributeError(name)

        def called(*arguments: Any) -> None:
            if name == "hear_roster" and not isinstance(arguments[0], list):
                raise ValueError("A roster is a list.")
            self.happened.append((name, *arguments))
            for waiting in [one for one in self._waiting if one[0] == name]:
                self._waiting.remove(waiting)
                waiting[1].callback(arguments)

        return called


class Stage:
    """Actors of one test, all of which have gone at its end."""

    def __init__(self) -> None:
        self.time = Time()
        self.play = StubPlay()
        self.actors: list[ProcessActor] = []

    def actor(self, command: list[str], teller: list[str] | None = None, messages: bool = False) -> ProcessActor:
        """One that runs ``command`` for the play."""
        obedience = Obedience(True, answers=True)
        actor = ProcessActor(self.time, command, VALUES, obedience, teller, messages)
        actor.play = self.play  # type: ignore[assignment]
        actor.gone.addTimeout(SECONDS, reactor)
        self.actors.append(actor)
        return actor

    async def close(self) -> None:
        """End everything; who ignores SIGTERM is killed."""
        for actor in self.actors:
            actor.leave()
            self.time.clock.advance(2.0)
            await actor.gone


@async_yield_fixture()
async def stage() -> AsyncIterator[Stage]:
    """Actors, a play that is a stub, and a time for what is further off."""
    stage = Stage()
    yield stage
    await stage.close()


@ensureDeferred
async def test_it_is_started_with_what_it_needs(stage: Stage) -> None:
    """Placeholders are filled, and the folder for its state is there."""
    actor = stage.actor(STAYS)
    actor.bring("a@x.test")
    ((line,),) = [await stage.play.next("hear")]
    me, state, password = json.loads(line)
    assert (me, password) == ("a@x.test", "hush-hush")
    assert list(Path(state).iterdir()) == []
    assert (actor.switches, actor.tells) == (True, False)


@ensureDeferred
async def test_its_environment_has_the_same(stage: Stage) -> None:
    """For a program whose command line cannot be changed, or a password that should not stand on it."""
    code = "import json, os; print(json.dumps({k: v for k, v in os.environ.items() if k.startswith('ROSTERKIT_')}))"
    stage.play.waits_for_login = False
    stage.actor(words(code)).bring("a@x.test")
    (line,) = await stage.play.next("hear")
    said = json.loads(line)
    assert said.pop("ROSTERKIT_STATE")
    assert said == {"ROSTERKIT_JID": "a@x.test", **{f"ROSTERKIT_{name.upper()}": VALUES[name] for name in VALUES}}


@ensureDeferred
async def test_it_is_started_again_while_a_login_is_wanted(stage: Stage) -> None:
    """With the same folder, in which it has left what the next run finds; after that it is not."""
    code = (
        "import pathlib, sys\n"
        "left = pathlib.Path(sys.argv[1]) / 'left'\n"
        "print(left.exists(), flush=True)\n"
        "left.touch()\n"
    )  # fmt: skip
    stage.actor(words(code, "{state}")).bring("a@x.test")
    assert await stage.play.next("hear") == ("False",)
    assert await stage.play.next("hear") == ("True",)
    stage.play.waits_for_login = False
    assert await stage.play.next("note_end") == (0, "")
    assert len(stage.play.told("hear")) == 2


@ensureDeferred
async def test_three_runs_without_a_login_are_enough(stage: Stage) -> None:
    """The case is given up with the exit code and the last words, in which no password stands."""
    code = "import sys; print('No, not', sys.argv[1], file=sys.stderr); sys.exit(7)"
    stage.actor(words(code, "{password}")).bring("a@x.test")
    (text,) = await stage.play.next("give_up")
    assert text == (
        "The client's program ended with the exit code 7 before it was logged in. Its last words: No, not ..."
    )
    assert stage.play.told("note_end") == [(7, "No, not ...")] * 3


@ensureDeferred
async def test_runs_without_a_login_after_one_with(stage: Stage) -> None:
    """They are counted from the last login on: a client that crashes at each start is not started without end."""
    stage.actor(words("import os; os.kill(os.getpid(), 9)")).bring("a@x.test")
    await stage.play.next("note_end")
    await stage.play.next("note_end")
    stage.play.logins += 1  # so the second had logged in
    (text,) = await stage.play.next("give_up")
    assert "by the signal 9" in text
    assert "said nothing" in text
    assert len(stage.play.told("note_end")) == 5


@ensureDeferred
async def test_one_that_cannot_be_started(stage: Stage) -> None:
    """The case is given up with a sentence, though not while it begins: the next one would begin inside of it."""
    actor = stage.actor(["{state}/nothing"])
    actor.bring("a@x.test")
    assert stage.play.told("give_up") == []
    (text,) = await stage.play.next("give_up")
    assert text.endswith("cannot be started: No such file or directory.")


@ensureDeferred
async def test_one_that_stays_is_waited_for_before_it_is_started_anew(stage: Stage) -> None:
    """It may come back by itself; ten seconds later it is ended, and started again."""
    actor = stage.actor(STAYS)
    actor.bring("a@x.test")
    await stage.play.next("hear")
    stage.play.waits_for_login, stage.play.logins = False, 1
    actor.bring("a@x.test")
    stage.play.waits_for_login = True
    stage.time.clock.advance(9.9)
    assert stage.play.told("note_end") == []
    stage.time.clock.advance(0.1)
    assert await stage.play.next("note_end") == (-15, "")
    await stage.play.next("hear")


@ensureDeferred
async def test_one_that_comes_back_by_itself_stays(stage: Stage) -> None:
    """Nothing happens to it when the time is over."""
    actor = stage.actor(STAYS)
    actor.bring("a@x.test")
    await stage.play.next("hear")
    actor.bring("a@x.test")
    stage.play.waits_for_login = False
    stage.time.clock.advance(60.0)
    actor.give('{"order": 1}', "Do it.")
    assert stage.play.told("note_end") == []
    assert len(stage.play.told("hear")) == 1


@ensureDeferred
async def test_another_account(stage: Stage) -> None:
    """The program ends and is started with the other one, in the same folder."""
    actor = stage.actor(STAYS)
    actor.bring("a@x.test")
    (first,) = await stage.play.next("hear")
    actor.bring("b@x.test")
    (second,) = await stage.play.next("hear")
    assert [json.loads(line)[0] for line in (first, second)] == ["a@x.test", "b@x.test"]
    assert json.loads(first)[1] == json.loads(second)[1]


@ensureDeferred
async def test_orders_by_standard_input(stage: Stage) -> None:
    """The line and nothing else; what the program says goes to the play."""
    actor = stage.actor(words("import sys\nfor line in sys.stdin: print('got', line, end='', flush=True)"))
    actor.give("nobody hears this", "")
    actor.bring("a@x.test")
    actor.give('{"order": 1}', "Do it.")
    assert await stage.play.next("hear") == ('got {"order": 1}',)


@ensureDeferred
async def test_a_password_in_an_error(stage: Stage) -> None:
    """It is struck out of what a program says went wrong, and of nothing else."""
    code = (
        "import json, sys; [print(json.dumps({key: 'No, ' + sys.argv[1]}), flush=True) for key in ('error', 'name')]"
    )
    stage.actor(words(code, "{password}")).bring("a@x.test")
    stage.play.waits_for_login = False
    await stage.play.next("note_end")
    assert stage.play.told("hear") == [('{"error": "No, ..."}',), ('{"name": "No, hush-hush"}',)]


@ensureDeferred
async def test_orders_by_message(stage: Stage) -> None:
    """A sentence for a person, a line for a program."""
    actor = stage.actor(STAYS, messages=True)
    actor.give('{"order": 1}', "Do it.")
    assert stage.play.told("tell") == [('Do it.\n{"order": 1}',)]


@ensureDeferred
async def test_the_end(stage: Stage) -> None:
    """The program ends, then its folder goes, then it is told; a second time is no error."""
    actor = stage.actor(STAYS)
    actor.bring("a@x.test")
    (line,) = await stage.play.next("hear")
    state = Path(json.loads(line)[1])
    actor.bring("a@x.test")
    actor.leave()
    assert state.exists()
    assert not actor.gone.called
    await actor.gone
    assert not state.exists()
    assert stage.time.clock.getDelayedCalls() == []
    assert stage.play.told("note_end") == []
    actor.leave()


@ensureDeferred
async def test_the_end_of_one_that_does_not_want_to(stage: Stage) -> None:
    """It is killed, and the wait is over then."""
    actor = stage.actor(words(STUBBORN + "print(os.getpid(), flush=True); time.sleep(60)"))
    actor.bring("a@x.test")
    await stage.play.next("hear")
    (pid,) = await stage.play.next("hear")
    actor.leave()
    assert alive(int(pid))
    stage.time.clock.advance(2.0)
    await actor.gone
    assert gone(int(pid))


@ensureDeferred
async def test_the_end_where_nothing_was_started(stage: Stage) -> None:
    """It is told at once."""
    actor = stage.actor(STAYS)
    actor.leave()
    assert actor.gone.called


def telling(stage: Stage, code: str) -> ProcessActor:
    """The command that tells the client's roster has this code, and is to tell it."""
    actor = stage.actor(STAYS, teller=words(code, "{jid}", "{password}"))
    assert actor.tells
    actor.tell("a@x.test")
    return actor


@pytest.mark.parametrize(
    ("code", "roster"),
    [
        ("import sys; print('[{\"jid\":\\n\"' + sys.argv[1] + '\"}]')", [{"jid": "a@x.test"}]),
        ("import sys; sys.stdin.read(); print('[]')", []),
    ],
)
@ensureDeferred
async def test_a_roster_is_told(stage: Stage, code: str, roster: list[Any]) -> None:
    """JSON on standard output, over as many lines as it likes; its standard input is at its end."""
    telling(stage, code)
    assert await stage.play.next("hear_roster") == (roster,)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import sys; print('[]'); sys.exit('No ' + sys.argv[2])", "It ended with 1: No ..."),
        ("pass", "Expecting value: line 1"),
        ("print('[' * 100_000)", "recursion"),
        ("print('{}')", "A roster is a list."),
        ("import os; os.write(1, b'\\xff' * 1_000_000)", "Expecting value"),
    ],
)
@ensureDeferred
async def test_something_else_is_told(stage: Stage, code: str, said: str) -> None:
    """It is noted what was wrong, without the password."""
    telling(stage, code)
    (text,) = await stage.play.next("note_misread")
    assert text.startswith("The command that tells the roster failed: ")
    assert said in text


@ensureDeferred
async def test_a_command_that_cannot_be_started_tells_nothing(stage: Stage) -> None:
    """That is noted, and the play goes on."""
    stage.actor(STAYS, teller=["{state}/nothing"]).tell("a@x.test")
    ((text,),) = stage.play.told("note_misread")
    assert "cannot be started" in text


@ensureDeferred
async def test_one_that_is_still_telling(stage: Stage) -> None:
    """What it tells is older than the question: the next one counts, and both end with the play."""
    code = (
        "import os, pathlib, sys, time\n"
        "first = pathlib.Path(sys.argv[1]) / 'first'\n"
        'if first.exists(): print(\'[{"jid": "new@x.test"}]\'); sys.exit()\n'
        + STUBBORN
        + "first.touch()\nprint('[]', flush=True)\ntime.sleep(60)\n"
    )
    actor = stage.actor(STAYS, teller=words(code, "{state}"))
    actor.tell("a@x.test")
    while not (actor._state / "first").exists():
        await turn()
    actor.tell("a@x.test")
    assert await stage.play.next("hear_roster") == ([{"jid": "new@x.test"}],)
    stage.time.clock.advance(2.0)  # the first is killed
    actor.leave()
    await actor.gone
    assert len(stage.play.told("hear_roster")) == 1
    assert stage.play.told("note_misread") == []


@ensureDeferred
async def test_a_command_that_never_ends(stage: Stage) -> None:
    """The end of the play is its end, long before it would have come by itself."""
    actor = telling(stage, "import time; time.sleep(600)")
    actor.leave()
    await actor.gone.addTimeout(30, reactor)  # type: ignore[arg-type]
    assert stage.play.told("hear_roster") == []


def turn() -> Deferred[None]:
    """The reactor has had a turn."""
    turn: Deferred[None] = Deferred()
    reactor.callLater(0.001, turn.callback, None)  # type: ignore[attr-defined]
    return turn


class TestObedience:
    """Whether the clients of a run do what they are told."""

    def test_three_orders_of_which_nothing_came(self):
        """After them none is worth trying."""
        obedience = Obedience(True, answers=False)
        for _ in range(2):
            obedience.unheard()
        assert obedience.takes_orders
        obedience.unheard()
        assert not obedience.takes_orders

    @pytest.mark.parametrize("answered", [True, False])
    def test_one_of_which_something_came(self, answered: bool):
        """After that, orders are given whatever comes of them; who has answered once is one who answers."""
        obedience = Obedience(True, answers=False)
        obedience.heard(answered)
        for _ in range(10):
            obedience.unheard()
        assert obedience.takes_orders
        assert obedience.answers is answered

    def test_who_takes_none(self):
        """It was said beforehand, and nothing changes it."""
        obedience = Obedience(False, answers=False)
        obedience.heard(True)
        assert not obedience.takes_orders

    def test_all_actors_of_a_run_share_it(self):
        """What one client shows counts for the others."""
        obedience = Obedience(True, answers=False)
        one, other = GuestActor(obedience), GuestActor(obedience)
        one.heard(True)
        assert other.answers
        for _ in range(3):
            other.unheard()
        assert one.takes_orders


class TestGuest:
    """Somebody who comes by himself."""

    def test_what_he_cannot_do(self):
        """He cannot be started, tells by no command, and has one account."""
        guest = GuestActor(Obedience(True, answers=False))
        guest.bring("a@x.test")
        guest.tell("a@x.test")
        guest.leave()
        assert (guest.tells, guest.switches) == (False, False)

    def test_orders(self):
        """They come as chat messages."""
        guest = GuestActor(Obedience(True, answers=False))
        play = StubPlay()
        guest.play = play  # type: ignore[assignment]
        guest.give('{"order": 3}', "Do it.")
        assert play.happened == [("tell", 'Do it.\n{"order": 3}')]
