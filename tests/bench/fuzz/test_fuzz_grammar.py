"""The grammar makes what it claims: right streams get in, and mutations change something."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.fuzz import keys
from bench.fuzz.bodies import call
from bench.fuzz.case import Case, Step
from bench.fuzz.frames import REQUEST, frame
from bench.fuzz.mutations import cut, mutate_bytes, mutate_node, shuffle
from bench.fuzz.nodes import Node, node, written
from bench.fuzz.stanzas import component_stanza, stanza
from bench.fuzz.streams import client_stream, component_stream, framed_stream, made, plain_stream
from bench.fuzz.targets import TARGETS
from bench.fuzz.xml_check import Document
from rosterkit.wire.websocket import Answer, Message, WebSocket

CHANCES = st.integers(0, 1 << 32).map(random.Random)


@pytest.fixture(autouse=True)
def _quick() -> Iterator[None]:
    with keys.quick_keys():
        yield


def share(
    name: str, phase: str, make: Callable[[random.Random], list[bytes]], bits: int = 1, count: int = 60
) -> float:
    """Which part of what ``make`` makes reaches ``phase``."""
    reached = 0
    for number in range(count):
        parts = make(random.Random(number))
        case = Case(tuple(Step(bits, part) for part in (parts if name == "framed" else [b"".join(parts)])))
        reached += phase in TARGETS[name].play(case).phases
    return reached / count


def test_right_streams_bind() -> None:
    """Nearly all of a client's: the one resource that is refused, and what may not stand there, come rarely."""
    assert share("negotiation", "bound", lambda chance: made(client_stream(chance), chance), bits=5) > 0.85
    assert share("framed", "bound", lambda chance: made(framed_stream(chance), chance)) > 0.7


def test_every_mechanism_gets_in() -> None:
    """PLAIN, both of SCRAM and ANONYMOUS are played through, with proofs that were made beforehand."""
    target, phases = TARGETS["sasl"], set()
    for number in range(200):
        phases.update(target.play(target.make(random.Random(number))).phases)
    assert {f"success by {name}" for name in ("PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256", "ANONYMOUS")} <= phases


def test_right_components_join() -> None:
    """Their handshake is that of the secret."""
    assert share("component", "joined", lambda chance: made(component_stream(chance), chance)) == 1.0


def test_right_documents_are_well_formed() -> None:
    """What is not mutated ends a stream by itself only where a stanza says so."""
    assert share("reader", "not-well-formed", lambda chance: made(plain_stream(chance), chance)) == 0.0


@given(CHANCES)
def test_stanzas_are_elements_however_they_are_written(chance: random.Random) -> None:
    """Quotes, blanks and references as they come; a component's have both addresses."""
    for make in (stanza, component_stanza):
        element = make(chance)
        document = Document()
        document.feed(f"<s xmlns:p='p'>{written(element, chance)}</s>".encode("utf-8", "replace"), final=True)
        assert document.error is None
        (tree,) = document.children
        assert tree[0] == element.name
        if make is component_stanza:
            assert {"to", "from"} <= tree[1].keys()


@given(CHANCES)
def test_a_mutated_element_is_another_one(chance: random.Random) -> None:
    """Mostly, and the one that it was made of stays as it is."""
    original = node("iq", node("query", "text", xmlns="urn:x"), type="get", id="a")
    before = original.copy()
    changed = [mutate_node(original, chance) for _ in range(10)]
    assert original == before
    assert sum(one != original for one in changed) >= 5
    assert all(isinstance(one, Node) for one in changed)


@given(CHANCES, st.binary(min_size=1, max_size=200))
def test_bytes_are_changed_and_cut(chance: random.Random, data: bytes) -> None:
    """Cutting loses nothing and gives no empty piece; a change is one, mostly."""
    pieces = cut(data, chance)
    assert b"".join(pieces) == data
    assert all(pieces)
    assert any(mutate_bytes(data, chance) != data for _ in range(20))


@given(CHANCES, st.lists(st.integers(), max_size=6))
def test_shuffled_parts_are_of_the_same_kind(chance: random.Random, parts: list[int]) -> None:
    """Nothing new comes in; none, one or all but one is more or less."""
    assert set(shuffle(parts, chance)) <= set(parts)


@given(st.binary(max_size=300) | st.sampled_from([b"x" * 126, b"x" * 65_536]))
def test_a_right_frame_is_a_message(data: bytes) -> None:
    """The request is granted, and a text comes as it was sent, of any length."""
    text = data.decode("latin-1").encode()
    answer, message = WebSocket(1 << 20).receive(REQUEST + frame(text))
    assert isinstance(answer, Answer)
    assert message == Message(text)


def test_calls_are_of_every_kind() -> None:
    """Each method and path of the description comes."""
    from bench.fuzz.bodies import _CALLS

    chance = random.Random(1)
    seen = {(method, path.count("/")) for method, path, _ in (call(chance) for _ in range(2000))}
    assert seen == {(method, path.count("/")) for method, path in _CALLS}
