"""Accounts made for a run, and removed after it."""

from __future__ import annotations

from typing import Any

import pytest
from twisted.internet.task import Clock

from rosterkit.conformance.probing.lines import ProbeError
from rosterkit.conformance.probing.memory import network_in_memory
from rosterkit.conformance.probing.memory_lines import MemoryLines
from rosterkit.conformance.probing.registering import Registrar
from rosterkit.core.world import Settings
from rosterkit.net.network import Network


def result(fired: Any) -> Any:
    """What a Deferred has fired with; raises its failure."""
    outcome: list[Any] = []
    fired.addBoth(outcome.append)
    if hasattr(outcome[0], "raiseException"):
        outcome[0].raiseException()
    return outcome[0]


@pytest.fixture
def network() -> Network:
    """A server of ours that makes accounts."""
    made = network_in_memory(Clock())
    made.world.settings = Settings(registration=True)
    return made


@pytest.fixture
def registrar(network: Network) -> Registrar:
    """Whoever makes them."""
    return Registrar(MemoryLines(network, Clock()), "capulet.test", Clock(), 1.0)


def test_an_account_is_made_and_removed(network: Network, registrar: Registrar):
    """It is there in between, with a name that nobody has."""
    before = set(network.world.accounts)
    account = result(registrar.make())
    assert set(network.world.accounts) - before == {account.bare}
    assert registrar.made == [account]
    assert result(registrar.remove(account)) is True
    assert set(network.world.accounts) == before
    assert registrar.made == []


def test_no_two_have_a_name_or_a_password_in_common(registrar: Registrar):
    """Runs at once do not disturb each other."""
    made = [result(registrar.make()) for _ in range(3)]
    assert len({account.local for account in made}) == len({account.password for account in made}) == 3


def test_a_server_that_makes_none_is_told(network: Network, registrar: Registrar):
    """With what it says, and what to change."""
    network.world.settings = Settings(registration=False)
    with pytest.raises(ProbeError, match="makes no accounts"):
        result(registrar.make())


def test_an_account_that_is_gone_already_is_not_removed(network: Network, registrar: Registrar):
    """False, and no error: the run is at its end."""
    account = result(registrar.make())
    network.world.accounts.clear()
    assert result(registrar.remove(account)) is False


class _Mute(MemoryLines):
    """What lines say comes nowhere once they are in."""

    def enter(self, *words: Any, **more: Any) -> Any:
        return super().enter(*words, **more).addCallback(_muted)


def _muted(line: Any) -> Any:
    line.send = lambda _: None
    return line


def test_of_an_account_that_nobody_answers_for_nothing_is_known(network: Network):
    """It may be made all the same, so it is among those to be removed; one that is refused is not."""
    clock = Clock()
    registrar = Registrar(_Mute(network, clock), "capulet.test", clock, 1.0)
    asked = registrar.make()
    clock.advance(1)
    with pytest.raises(ProbeError, match="did not answer"):
        result(asked)
    assert len(registrar.made) == 1
    network.world.settings = Settings(registration=False)
    refused = Registrar(MemoryLines(network, clock), "capulet.test", clock, 1.0)
    with pytest.raises(ProbeError, match="makes no accounts"):
        result(refused.make())
    assert not refused.made


class _Noted(MemoryLines):
    """Each line that was had is in ``had``."""

    had: list[Any]

    def enter(self, *words: Any, **more: Any) -> Any:
        def note(line: Any) -> Any:
            self.had.append(line)
            return line

        return super().enter(*words, **more).addCallback(note)


@pytest.mark.parametrize("registers", [True, False])
def test_no_line_stays(network: Network, registers: bool):
    """Whatever the server says."""
    network.world.settings = Settings(registration=registers)
    lines = _Noted(network, Clock())
    lines.had = []
    made: Any = Registrar(lines, "capulet.test", Clock(), 1.0).make()
    made.addErrback(lambda _: None)
    assert [line.is_open for line in lines.had] == [False]
