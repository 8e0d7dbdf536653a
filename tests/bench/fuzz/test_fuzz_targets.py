"""Every target: a run holds and gets deep, any bytes are a case, and each promise is seen to be broken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.fuzz import keys
from bench.fuzz.case import WrongError
from bench.fuzz.targets import TARGETS
from bench.fuzz.worker import case_of, sentence_of
from rosterkit.conformance.server.mutant import applied
from rosterkit.conformance.server.mutants import MUTANTS
from rosterkit.core import jid
from rosterkit.net.control.call import Call
from rosterkit.wire import handshake, sasl
from rosterkit.wire.framing import Framer
from rosterkit.wire.reader import Reader
from rosterkit.wire.stream import ServerStream
from rosterkit.wire.websocket import WebSocket

CASES = {"network": 4, "control": 10}


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with keys.quick_keys():
        yield


def first_wrong(name: str, cases: int, seed: str = "test") -> str | None:
    """What is wrong with the first wrong one of so many cases."""
    found = (sentence_of(TARGETS[name], case_of(TARGETS[name], seed, number)) for number in range(cases))
    return next((sentence for sentence in found if sentence is not None), None)


@pytest.mark.parametrize("name", TARGETS)
def test_a_run_holds_and_gets_deep(name: str) -> None:
    """Nothing is wrong, most inputs are mutated, and enough of them reach the phase that the target names."""
    target, phases = TARGETS[name], Counter[str]()
    inputs = mutated = 0
    for number in range(CASES.get(name, 150)):
        case = case_of(target, "test", number)
        played = target.play(case)
        phases.update(set(played.phases) if played.inputs == 1 else played.phases)
        inputs, mutated = inputs + played.inputs, mutated + case.mutated
    assert mutated * 2 >= inputs
    assert phases[target.deep[0]] >= target.deep[1] * inputs


@pytest.mark.parametrize("name", TARGETS)
def test_a_number_makes_one_case(name: str) -> None:
    """The same seed and number, the same steps; other ones, others."""
    target = TARGETS[name]
    assert case_of(target, "a", 3) == case_of(target, "a", 3)
    assert len({case_of(target, "a", number).steps for number in range(20)}) > 15


@settings(max_examples=150)
@given(name=st.sampled_from(list(TARGETS)), data=st.binary(max_size=400))
def test_any_bytes_are_a_case(name: str, data: bytes) -> None:
    """For the engine that knows nothing else; none of them is wrong."""
    with keys.quick_keys():
        assert sentence_of(TARGETS[name], TARGETS[name].from_bytes(data)) is None


def test_the_shares_are_a_whole() -> None:
    """Every input belongs to one target."""
    assert sum(target.share for target in TARGETS.values()) == pytest.approx(1.0)


def _forgets_bytes(real: Callable[..., Any]) -> Callable[..., Any]:
    def push(self: Framer, data: bytes) -> None:
        real(self, data[:40])

    return push


def _takes_anything(real: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *_: True


def _says_more(real: Callable[..., Any]) -> Callable[..., Any]:
    return lambda self, words: real(self, words) + b"\n"


def _sends_too_long(real: Callable[..., Any]) -> Callable[..., Any]:
    def made(self: WebSocket, limit: int) -> None:
        real(self, limit * 100)

    return made


def _raises(real: Callable[..., Any]) -> Callable[..., Any]:
    def fail(*_: Any) -> None:
        raise ZeroDivisionError("a bug")

    return fail


BROKEN: dict[str, tuple[str, Any, str, Callable[[Any], Any], str]] = {
    "bytes get lost": ("reader", Framer, "push", _forgets_bytes, "in pieces or whole|step by step"),
    "nothing is read": ("reader", Reader, "_event", lambda _: lambda self, frame: None, "Error"),
    "words after the end": ("negotiation", ServerStream, "_last_words", _says_more, "after the end|in pieces"),
    "any password": ("sasl", sasl, "matches", _takes_anything, "was let in"),
    "any handshake": ("component", handshake.hmac, "compare_digest", _takes_anything, "without the proof"),
    "any length": ("websocket", WebSocket, "__init__", _sends_too_long, "bytes came"),
    "any localpart": ("jid", jid, "prepare_local", lambda _: lambda text: text, "no stanza can carry"),
    "a bug in a call": ("control", Call, "fields", _raises, "ZeroDivisionError"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_promise_is_seen(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Within a few hundred inputs, and by its sentence."""
    target, owner, attribute, change, said = BROKEN[name]
    monkeypatch.setattr(owner, attribute, change(getattr(owner, attribute)))
    jid._parse.cache_clear()
    sentence = first_wrong(target, 400)
    jid._parse.cache_clear()
    assert sentence is not None
    assert any(part in sentence for part in said.split("|")), sentence


@pytest.mark.parametrize(
    "name",
    ["items-with-resource", "roster-cut-short", "item-twice", "set-unanswered", "groups-not-pushed",
      "removals-not-pushed", "pushes-no-approvals"],
)  # fmt: skip
def test_mutants_of_the_server_are_caught(name: str) -> None:
    """Wrong servers of the conformance suite that break what is promised here, by a few stories."""
    (wrong,) = (mutant for mutant in MUTANTS if mutant.name == name)
    with applied(wrong):
        sentence = first_wrong("network", 12)
    assert sentence is not None
    assert sentence.startswith(WrongError.__name__), sentence
