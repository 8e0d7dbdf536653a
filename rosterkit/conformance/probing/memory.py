"""Plays in memory: our own server without sockets, new for each play, at the other end of a fake wire.

Tests: ``tests/conformance/test_server_matrix.py``.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from twisted.internet.task import Clock

from rosterkit.conformance.probing.memory_lines import MemoryLines
from rosterkit.conformance.probing.play import Play
from rosterkit.conformance.server.case import STARTTLS, ServerCase
from rosterkit.conformance.server.people import People
from rosterkit.core import jid
from rosterkit.core.credentials import Credentials
from rosterkit.core.roster import Roster
from rosterkit.net.network import Network
from rosterkit.net.seed import Seed, SeedAccount, new_version
from rosterkit.wire.entering import Account
from rosterkit.wire.passwords import derive

__all__ = ["ACCOUNTS", "COMPONENT", "network_in_memory", "play_in_memory"]

DOMAIN, COMPONENT = "capulet.test", "montague.test"
_PASSWORD = "secret"
#: One for all accounts: what it costs is the derivation.
_CREDENTIALS: Credentials = derive(_PASSWORD, b"conformance case")
ACCOUNTS: Sequence[Account] = tuple(Account(name, DOMAIN, _PASSWORD) for name in ("juliet", "nurse", "peter"))


def play_in_memory(case: ServerCase, seed: str = "0", network: Network | None = None, clean: bool = False) -> Play:
    """A play of ``case`` with our own server, from its beginning to its end.

    ``network`` is a new one unless the caller has one of :func:`network_in_memory`; ``clean`` is as in
    :meth:`Play.run <rosterkit.conformance.probing.play.Play.run>`.
    """
    clock = Clock()
    network = network or network_in_memory(clock)
    lines = MemoryLines(network, clock, starttls=case.transports == STARTTLS)
    accounts = ACCOUNTS[: case.accounts]
    bare = [account.bare for account in accounts]
    people = People(case.id, seed, bare, COMPONENT)
    play = Play(case, people, dict(zip(bare, accounts, strict=True)), lines, clock)
    ended = play.run(clean=clean)
    assert ended.called, f"{case.id} waits for something that cannot come in memory"
    if play.mistake is not None:
        ended.addErrback(lambda _: None)
        play.mistake.raiseException()
    return play


_NUMBERS = itertools.count(1)


def network_in_memory(clock: Clock) -> Network:
    """A network with the three accounts, which expects the component."""
    accounts = tuple(
        SeedAccount(jid.parse(account.bare), _CREDENTIALS, Roster.new(new_version())) for account in ACCOUNTS
    )
    seed = Seed(f"play-{next(_NUMBERS)}", (DOMAIN,), accounts=accounts, components={COMPONENT: _PASSWORD})
    return Network(seed, clock)
