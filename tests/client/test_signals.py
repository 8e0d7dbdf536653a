"""Signals: who is called, when, and what a listener's result or failure does."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import LogEvent, capturedLogs, formatEvent

from rosterkit.client.signals import BoundSignal, Mode, Signal


class Door:
    """Something with signals."""

    on_opened = Signal[[str]]()
    on_again = Signal[[str]]()
    on_moved = Signal[[str, int]]()


@pytest.fixture
def signal() -> BoundSignal[[str]]:
    """A signal that stands alone."""
    return BoundSignal("on_test")


@pytest.fixture
def log() -> Iterator[Sequence[LogEvent]]:
    """What is logged during the test."""
    with capturedLogs() as events:
        yield events


class Ear:
    """Remembers what it has heard."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def hear(self, word: str) -> None:
        """A listener that is a bound method."""
        self.heard.append(word)


def failing(word: str) -> None:
    """A listener with a bug."""
    raise ValueError(word)


def noting(calls: list[str], name: str, then: Callable[[], object] | None = None) -> Callable[[str], None]:
    """A listener that puts ``name`` down and then does something."""

    def listener(_word: str) -> None:
        calls.append(name)
        if then is not None:
            then()

    return listener


# As an attribute


def test_each_instance_has_its_own_signal_always_the_same() -> None:
    """Access on an instance gives one object for its life; another instance has another."""
    door, other = Door(), Door()
    assert door.on_opened is door.on_opened
    assert door.on_opened is not other.on_opened
    assert door.on_opened is not door.on_again


def test_the_class_gives_the_descriptor() -> None:
    """What documentation tools see is the descriptor itself."""
    assert isinstance(Door.on_opened, Signal)
    assert Door.on_opened is vars(Door)["on_opened"]


def test_a_signal_is_made_when_it_is_asked_for() -> None:
    """An instance that nobody listens to carries nothing."""
    door = Door()
    assert vars(door) == {}
    door.on_opened.fire("now")
    assert len(vars(door)) == 1


def test_a_signal_cannot_be_assigned_to_or_deleted() -> None:
    """A slip such as ``door.on_opened = handler`` raises and changes nothing."""
    door = Door()
    before = door.on_opened
    with pytest.raises(AttributeError, match=r"Door\.on_opened cannot be assigned to"):
        door.on_opened = failing  # type: ignore[assignment]
    with pytest.raises(AttributeError, match=r"Door\.on_opened cannot be deleted"):
        del door.on_opened
    assert door.on_opened is before


def test_equal_instances_do_not_share_signals() -> None:
    """Instances are told apart by identity, whatever their ``__eq__`` says, and need not be hashable."""

    class Same:
        on_opened = Signal[[str]]()
        __hash__ = None  # type: ignore[assignment]

        def __eq__(self, other: object) -> bool:
            return True

    assert Same().on_opened is not Same().on_opened


def test_a_signal_can_be_put_into_a_class_that_exists() -> None:
    """Two that never got a name do not become one."""

    class Late:
        first: Any
        second: Any

    Late.first, Late.second = Signal[[]](), Signal[[]]()
    late = Late()
    assert isinstance(late.first, BoundSignal)
    assert late.first is late.first is not late.second


def test_an_instance_is_not_kept_by_its_signals() -> None:
    """An object with signals is freed at once, without the garbage collector."""
    door = Door()
    door.on_opened.connect(failing)
    gone = weakref.ref(door)
    gc.disable()
    try:
        del door
        assert gone() is None
    finally:
        gc.enable()


# Order and emission


def test_listeners_are_called_in_the_order_of_connection(signal: BoundSignal[[str]]) -> None:
    """Also one that was connected twice."""
    calls: list[str] = []
    twice = noting(calls, "twice")
    for listener in (twice, noting(calls, "between"), twice):
        signal.connect(listener)
    signal.fire("x")
    assert calls == ["twice", "between", "twice"]


def test_arguments_reach_the_listener_by_both_ways_of_firing() -> None:
    """``fire`` and a call are the same."""
    seen: list[tuple[str, int]] = []
    signal: BoundSignal[[str, int]] = BoundSignal()

    def listener(word: str, number: int) -> None:
        seen.append((word, number))

    signal.connect(listener)
    signal.fire("a", 1)
    signal("b", 2)
    assert seen == [("a", 1), ("b", 2)]


def test_one_signal_can_pass_on_to_another(signal: BoundSignal[[str]]) -> None:
    """A bound signal is a listener."""
    ear, other = Ear(), BoundSignal[[str]]()
    other.connect(ear.hear)
    signal.connect(other)
    signal.fire("word")
    assert ear.heard == ["word"]


def test_a_listener_connected_during_an_emission_misses_it(signal: BoundSignal[[str]]) -> None:
    """It hears the next one."""
    ear = Ear()
    signal.connect(noting([], "", lambda: signal.connect(ear.hear)), Mode.ONCE)
    signal.fire("first")
    signal.fire("second")
    assert ear.heard == ["second"]


def test_a_listener_disconnected_before_its_turn_is_not_called(signal: BoundSignal[[str]]) -> None:
    """What is being torn down is never called into; those after it still are."""
    calls: list[str] = []
    signal.connect(noting(calls, "first", lambda: signal.disconnect(token)))
    token = signal.connect(noting(calls, "second"))
    signal.connect(noting(calls, "third"))
    signal.fire("x")
    assert calls == ["first", "third"]


def test_a_listener_reconnected_during_an_emission_misses_it(signal: BoundSignal[[str]]) -> None:
    """Disconnecting and connecting again makes a new connection, which is last."""
    calls: list[str] = []
    second = noting(calls, "second")

    def again() -> None:
        signal.disconnect(token)
        signal.connect(second)

    signal.connect(noting(calls, "first", again), Mode.ONCE)
    token = signal.connect(second)
    signal.fire("x")
    assert calls == ["first"]
    signal.fire("x")
    assert calls == ["first", "second"]


def test_a_listener_may_disconnect_itself_and_return_true(
    signal: BoundSignal[[str]], log: Sequence[LogEvent]
) -> None:
    """Disconnecting what is disconnected is no error, from inside a listener neither."""
    calls: list[str] = []

    def listener(_word: str) -> bool:
        calls.append("called")
        signal.disconnect(token)
        return True

    token = signal.connect(listener)
    signal.fire("x")
    signal.fire("x")
    assert calls == ["called"]
    assert not log


def test_firing_again_within_a_listener(signal: BoundSignal[[str]]) -> None:
    """The inner emission is complete before the outer one goes on."""
    heard: list[str] = []

    def first(word: str) -> None:
        heard.append(f"first {word}")
        if word == "outer":
            signal.fire("inner")

    signal.connect(first)
    signal.connect(lambda word: heard.append(f"second {word}"))
    signal.fire("outer")
    assert heard == ["first outer", "first inner", "second inner", "second outer"]


def test_a_once_listener_is_called_once_in_a_nested_emission(signal: BoundSignal[[str]]) -> None:
    """It is disconnected before it is called: one that fires the signal does not meet itself again."""
    calls: list[str] = []
    signal.connect(noting(calls, "once", lambda: signal.fire("inner")), Mode.ONCE)
    signal.fire("outer")
    signal.fire("later")
    assert calls == ["once"]


def test_a_once_listener_taken_by_an_inner_emission_misses_the_outer(signal: BoundSignal[[str]]) -> None:
    """The outer emission has it on its list, but it is gone."""
    ear = Ear()
    signal.connect(lambda word: signal.fire("inner") if word == "outer" else None)
    signal.connect(ear.hear, Mode.ONCE)
    signal.fire("outer")
    assert ear.heard == ["inner"]


# Connecting


def test_disconnecting_twice_or_what_is_unknown_does_nothing(signal: BoundSignal[[str]]) -> None:
    """Nor does the token of another signal."""
    ear = Ear()
    signal.connect(ear.hear)
    token = signal.connect(failing)
    foreign = BoundSignal[[str]]().connect(ear.hear)
    unknown: list[object] = [token, token, foreign, None, "nonsense", []]
    for unwanted in unknown:
        signal.disconnect(unwanted)
    signal.fire("word")
    assert ear.heard == ["word"]


def test_only_callables_can_be_connected(signal: BoundSignal[[str]]) -> None:
    """``connect(handler())`` instead of ``connect(handler)`` is found out when it is written."""
    with pytest.raises(TypeError, match="None cannot be called"):
        signal.connect(None)  # type: ignore[arg-type]


def test_the_modes_are_names_of_the_signal() -> None:
    """As in aioxmpp they are found on the class."""
    assert (Signal.STRONG, Signal.WEAK, Signal.ONCE) == (Mode.STRONG, Mode.WEAK, Mode.ONCE)


def test_a_strong_listener_is_kept(signal: BoundSignal[[str]]) -> None:
    """The signal alone keeps a bound method and its object alive."""
    ear = Ear()
    heard = ear.heard
    signal.connect(ear.hear)
    del ear
    gc.collect()
    signal.fire("word")
    assert heard == ["word"]


def test_a_weak_method_is_called_while_its_object_lives(signal: BoundSignal[[str]]) -> None:
    """A bound method is a passing object; what counts is the one that it is bound to."""
    ear = Ear()
    heard = ear.heard
    signal.connect(ear.hear, Signal.WEAK)
    gc.collect()
    signal.fire("word")
    del ear
    gc.collect()
    signal.fire("lost")
    assert heard == ["word"]


def test_a_weak_function_is_dropped_silently(signal: BoundSignal[[str]], log: Sequence[LogEvent]) -> None:
    """The death of a listener is no event, and leaves nothing in the signal."""
    heard: list[str] = []

    def listener(word: str) -> None:
        heard.append(word)

    signal.connect(listener, Signal.WEAK)
    signal.fire("word")
    assert "1 connected" in repr(signal)
    del listener
    gc.collect()
    assert "0 connected" in repr(signal)
    signal.fire("lost")
    assert heard == ["word"]
    assert not log


def test_a_weak_listener_that_dies_during_an_emission_is_not_called(signal: BoundSignal[[str]]) -> None:
    """Whoever lets go of it has disconnected it."""
    ears = [Ear()]
    heard = ears[0].heard
    signal.connect(noting([], "", ears.clear))
    signal.connect(ears[0].hear, Signal.WEAK)
    signal.fire("word")
    assert heard == []


def test_a_weak_listener_may_outlive_the_signal() -> None:
    """It keeps nothing of the signal, and its death then concerns nobody."""
    ear, signal = Ear(), BoundSignal[[str]]()
    signal.connect(ear.hear, Signal.WEAK)
    gone = weakref.ref(signal)
    gc.disable()
    try:
        del signal
        assert gone() is None
        del ear
    finally:
        gc.enable()


def test_what_cannot_be_held_weakly_is_refused(signal: BoundSignal[[str]]) -> None:
    """A sentence instead of a listener that is never called."""
    with pytest.raises(TypeError, match="cannot be held weakly; connect it with another mode"):
        signal.connect("".__add__, Signal.WEAK)
    assert "0 connected" in repr(signal)


# Results


@pytest.mark.parametrize(("result", "calls"), [(True, 1), ("yes", 1), ([0], 1), (None, 2), (False, 2), ("", 2)])
def test_a_true_result_disconnects(signal: BoundSignal[[str]], result: object, calls: int) -> None:
    """As in aioxmpp: a listener that returns a true value has had enough."""
    made: list[str] = []

    def listener(word: str) -> object:
        made.append(word)
        return result

    signal.connect(listener)
    signal.fire("x")
    signal.fire("x")
    assert len(made) == calls


def test_a_result_that_has_no_truth_is_a_failure(signal: BoundSignal[[str]], log: Sequence[LogEvent]) -> None:
    """An array of numbers raises when it is asked; the listeners after it are called."""

    class Array:
        def __bool__(self) -> bool:
            raise ValueError("ambiguous")

    ear = Ear()
    signal.connect(lambda _word: Array())
    signal.connect(ear.hear)
    signal.fire("word")
    assert ear.heard == ["word"]
    assert len(log) == 1


def test_a_coroutine_is_run_and_stays_connected(signal: BoundSignal[[str]], log: Sequence[LogEvent]) -> None:
    """An ``async def`` listener runs at every emission; its result is ignored."""
    heard: list[str] = []
    gate: Deferred[None] = Deferred()

    async def listener(word: str) -> bool:
        await gate
        heard.append(word)
        return True

    signal.connect(listener)
    signal.fire("first")
    signal.fire("second")
    assert heard == []
    gate.callback(None)
    assert heard == ["first", "second"]
    signal.fire("third")
    assert heard == ["first", "second", "third"]
    assert not log


def test_the_failure_of_a_coroutine_is_logged(signal: BoundSignal[[str]], log: Sequence[LogEvent]) -> None:
    """When it comes, with the name of the listener; it stays connected."""
    gate: Deferred[None] = Deferred()

    async def listener(word: str) -> None:
        await gate
        raise ValueError(word)

    signal.connect(listener)
    signal.fire("late")
    assert not log
    gate.callback(None)
    assert [str(event["log_failure"].value) for event in log] == ["late"]
    assert "test_the_failure_of_a_coroutine_is_logged.<locals>.listener" in formatEvent(log[0])
    signal.fire("again")
    assert len(log) == 2


def test_the_failure_of_a_deferred_is_logged(signal: BoundSignal[[str]], log: Sequence[LogEvent]) -> None:
    """A Deferred that a listener returns is watched and does not disconnect it."""
    results: list[Deferred[bool]] = [Deferred(), Deferred()]
    left = iter(results)
    signal.connect(lambda _word: next(left))
    signal.fire("x")
    signal.fire("x")
    results[0].callback(True)
    results[1].errback(ValueError("no"))
    assert [str(event["log_failure"].value) for event in log] == ["no"]


# Failures


def test_a_listener_that_raises_is_logged_and_stays(signal: BoundSignal[[str]], log: Sequence[LogEvent]) -> None:
    """The log has its name, the signal's and the traceback; the others run, and the next emission calls it again."""
    ear = Ear()
    signal.connect(failing)
    signal.connect(ear.hear)
    signal.fire("one")
    signal.fire("two")
    assert ear.heard == ["one", "two"]
    assert [str(event["log_failure"].value) for event in log] == ["one", "two"]
    assert "test_signals.failing of on_test failed" in formatEvent(log[0])
    assert "raise ValueError(word)" in log[0]["log_failure"].getTraceback()


def test_a_listener_without_a_name_is_logged_by_its_repr(signal: BoundSignal[[str]], log: Sequence[LogEvent]) -> None:
    """Also where the repr itself raises."""

    class Nameless:
        def __call__(self, word: str) -> None:
            raise ValueError(word)

        def __repr__(self) -> str:
            raise ValueError("no repr")

    signal.connect(Nameless())
    signal.fire("x")
    assert "Nameless" in formatEvent(log[0])


def test_a_signal_in_a_class_is_logged_by_class_and_attribute(log: Sequence[LogEvent]) -> None:
    """So that one finds it."""
    door = Door()
    door.on_opened.connect(failing)
    door.on_opened.fire("x")
    assert "Door.on_opened" in formatEvent(log[0])


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_is_no_exception_passes(signal: BoundSignal[[str]], kind: type[BaseException]) -> None:
    """Ctrl-C in a listener ends the program, and not the listener alone."""

    def interrupted(_word: str) -> None:
        raise kind

    signal.connect(interrupted)
    with pytest.raises(kind):
        signal.fire("x")


# next


@pytest.mark.parametrize(("arguments", "value"), [((), None), ((1,), 1), ((1, 2), (1, 2)), (((),), ())])
def test_next_fires_with_what_the_listeners_get(arguments: tuple[Any, ...], value: object) -> None:
    """Nothing, the argument, or all of them; once."""
    signal: BoundSignal[...] = BoundSignal()
    seen: list[object] = []
    signal.next().addCallback(seen.append)
    assert seen == []
    signal.fire(*arguments)
    signal.fire("later")
    assert seen == [value]


def test_next_gives_arguments_by_name_too() -> None:
    """They follow those by position."""
    signal: BoundSignal[...] = BoundSignal()
    seen: list[object] = []
    signal.next().addCallback(seen.append)
    signal.fire(1, group="a")
    assert seen == [(1, "a")]


def test_cancelling_next_disconnects(signal: BoundSignal[[str]], log: Sequence[LogEvent]) -> None:
    """The emission that follows meets nobody."""
    failures: list[Any] = []
    waiting = signal.next().addErrback(failures.append)
    waiting.cancel()
    assert failures[0].check(CancelledError)
    assert "0 connected" in repr(signal)
    signal.fire("x")
    assert not log


def test_waiting_for_the_next_within_a_callback(signal: BoundSignal[[str]]) -> None:
    """A callback that waits anew gets the emission after this one."""
    heard: list[str] = []

    def again(word: str) -> None:
        heard.append(word)
        signal.next().addCallback(again)

    signal.next().addCallback(again)
    signal.fire("one")
    signal.fire("two")
    assert heard == ["one", "two"]
