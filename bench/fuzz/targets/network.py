"""A whole network: clients on TCP and a WebSocket, a component, visitors, time that passes, a disk that is full.

Tests: ``tests/bench/fuzz/test_fuzz_targets.py``, ``tests/bench/fuzz/test_fuzz_invariants.py``.
"""

from __future__ import annotations

from base64 import b64encode

from bench.fuzz import keys
from bench.fuzz.case import Case, Played, Step, WrongError
from bench.fuzz.chance import ByteChance, Chance
from bench.fuzz.failures import failures_told
from bench.fuzz.frames import frame, frames
from bench.fuzz.invariants import Invariants
from bench.fuzz.mutations import mutate_bytes, mutate_node
from bench.fuzz.nodes import Node, written
from bench.fuzz.stanzas import component_stanza, registration, stanza
from bench.fuzz.town import COMPONENT, SEATS, Town

__all__ = ["FULL", "HOLD", "WholeNetwork"]

_VISITOR, _TIME, FULL = COMPONENT + 1, COMPONENT + 2, COMPONENT + 3
#: Added to an actor: the turn does not end behind this step.
HOLD = 16
_JOURNAL = 65_536
_SECRETS = [keys.PASSWORD.encode(), *(b64encode(f"\0{name}\0{keys.PASSWORD}".encode()) for name, _, _ in SEATS)]
_LENGTH = 60
_SHORT = 12


class WholeNetwork:
    """A case is a story: each step is what one actor sends at once; no bytes are the end of its connection.

    Beside the clients and the component, an actor may be somebody who has not logged in, the time, or the disk, which
    is full for one turn.  An actor that is not there comes first, logs in and asks for its roster.
    """

    name = "network"
    share = 0.25
    deep = "commit", 0.04

    def make(self, chance: Chance, length: int = _LENGTH) -> Case:
        """A story of so many steps."""
        steps: list[Step] = [Step(_JOURNAL if chance.random() < 0.2 else 0, b"")]
        mutated, last = 0, None
        for _ in range(length):
            step, node, changed = _step(chance, last)
            mutated += changed
            steps.append(step)
            last = node or last
        return Case(tuple(steps), mutated)

    def from_bytes(self, data: bytes) -> Case:
        """The bytes make the choices."""
        return self.make(ByteChance(data), _SHORT)

    def play(self, case: Case) -> Played:
        """Let it happen, and look at everything after each step."""
        journal = case.steps[0].actor if case.steps and case.steps[0].actor >= _JOURNAL else 0
        steps = case.steps[1:] if case.steps and not case.steps[0].data else case.steps
        with failures_told() as failed:
            town = Town(journal)
            invariants = Invariants(town)
            for actor in range(COMPONENT + 1):
                town.seat(actor)
            invariants.check()
            for step in steps:
                _do(town, step)
                if not step.actor & HOLD:
                    town.turn()
                    town.store.full = False
                    invariants.check()
                if failed:
                    break
            town.store.full = False
            town.turn()
            invariants.check()
            _check_journal(town)
            _leave(town, invariants)
        return Played((*["commit"] * town.store.commits, *invariants.met), len(steps))


def _step(chance: Chance, last: Node | None) -> tuple[Step, Node | None, int]:
    """What happens next, the stanza of it, and whether that is not as the grammar made it."""
    roll = chance.random()
    if roll < 0.03:
        return Step(chance.randrange(COMPONENT + 1), b""), None, 0
    if roll < 0.04:
        return Step(_TIME, chance.choice((b"1", b"10", b"400"))), None, 0
    if roll < 0.06:
        return Step(FULL | HOLD, b""), None, 0
    actor = chance.randrange(COMPONENT + 1) if roll < 0.97 else _VISITOR
    made = (
        registration(chance)
        if actor == _VISITOR
        else component_stanza(chance)
        if actor == COMPONENT
        else stanza(chance)
    )
    data, changed = _data(made, last, actor, chance)
    if actor < COMPONENT and SEATS[actor][2]:
        data = frame(data) if chance.random() < 0.9 else frames(data, chance)
    held = HOLD if chance.random() < 0.2 else 0
    return Step(actor | held, data), made, changed


def _data(made: Node, last: Node | None, actor: int, chance: Chance) -> tuple[bytes, int]:
    roll = chance.random()
    framed = actor < COMPONENT and SEATS[actor][2]
    if roll < 0.5:
        made = mutate_node(made, chance, (made, last) if last is not None else ())
    if framed and chance.random() < 0.97:
        made = Node(made.name, [("xmlns", "jabber:client"), *made.attributes], made.inside)
    data = written(made, chance).encode("utf-8", "replace")
    if 0.47 < roll < 0.54:
        data = mutate_bytes(data, chance)
    elif roll > 0.95:
        data += data  # it comes twice
        return data, 1
    return data, int(roll < 0.54)


def _do(town: Town, step: Step) -> None:
    actor = step.actor & (HOLD - 1)
    if actor == _TIME:
        town.clock.advance(float(step.data or b"1"))
    elif actor == FULL:
        town.store.full = True
    elif actor == _VISITOR:
        _visit(town, step.data)
    elif actor <= COMPONENT and not step.data:
        town.lose(actor)
    elif actor <= COMPONENT:
        full, town.store.full = town.store.full, False
        seat = town.seat(actor)
        town.store.full = full
        seat.say(step.data)


def _visit(town: Town, data: bytes) -> None:
    visitor = town.visit()
    visitor.say(
        b"<stream:stream to='localhost' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
    )
    visitor.say(data)
    full, town.store.full = town.store.full, False
    town.turn()
    town.store.full = full
    visitor.take()
    town.dismiss(visitor)


def _check_journal(town: Town) -> None:
    """What is remembered of logins holds no password (each seat has logged in with the same)."""
    journal = town.network.journal
    if journal is None:
        return
    for entry in journal.since(journal.first - 1):
        if any(secret in entry.data for secret in _SECRETS):
            raise WrongError(f"The journal holds a password: {entry!r:.300}")


def _leave(town: Town, invariants: Invariants) -> None:
    """Everybody goes; nobody is left in a table."""
    for actor in list(town.seats):
        town.lose(actor)
    town.turn()
    invariants.check()
    world = town.network.world
    if world.components or any(account.sessions for account in world.accounts.values()):
        raise WrongError("Everybody has gone, and somebody is still in the tables.")
    town.network.close()
