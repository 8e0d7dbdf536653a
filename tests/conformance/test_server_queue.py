"""Plays one beside the other: as many as there are accounts and jobs for, never two with the same account."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from twisted.internet.task import Clock

from rosterkit.conformance.probing.memory import ACCOUNTS, COMPONENT, network_in_memory
from rosterkit.conformance.probing.memory_lines import MemoryLines
from rosterkit.conformance.probing.play import Play
from rosterkit.conformance.probing.pool import Pool
from rosterkit.conformance.probing.queue import Hall, PlayQueue
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, kept
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Enter, Say, Script, online, told
from rosterkit.conformance.verdicts import Level


def case(name: str, accounts: int = 1, component: bool = False) -> ServerCase:
    """A case that leaves an entry behind."""

    def script(people: People) -> Script:
        yield from online("me", people.me)
        yield from told("me", stanzas.roster_set("add", stanzas.item("r@m.test")), "add")

    return ServerCase(
        f"rfc6121/2.3/{name}", Level.MUST, "", "", "", "", script, lambda _: kept(""), accounts, component
    )


class Evening:
    """A queue of plays with our own server in memory."""

    def __init__(
        self, cases: list[ServerCase], jobs: int = 4, accounts: int = 3, password: str | None = None
    ) -> None:
        self.clock = Clock()
        self.network = network_in_memory(self.clock)
        known = [one if password is None else one._replace(password=password) for one in ACCOUNTS[:accounts]]
        self.pool = Pool(known)
        self.played: list[Play] = []
        self.trouble: list[str] = []
        self.lost: list[str] = []
        hall = Hall(MemoryLines(self.network, self.clock), COMPONENT, self.clock, "s", 1.0)
        self.queue = PlayQueue(
            hall,
            cases,
            self.pool,
            jobs,
            lambda play, _: self.played.append(play),
            self.trouble.append,
            self.lost.append,
        )
        self.over = False
        self.queue.done.addCallback(lambda _: setattr(self, "over", True))
        self.queue.start()

    def names(self) -> Iterator[str]:
        """The cases in the order in which they were over."""
        return (play.case.id.rpartition("/")[2] for play in self.played)


def test_every_case_is_played_once():
    """Whatever they need, and in the end all accounts are free and clean."""
    evening = Evening([case("a"), case("b", 2), case("c", 3, True), case("d")])
    assert sorted(evening.names()) == ["a", "b", "c", "d"]
    assert evening.over
    assert evening.pool.free == 3
    assert not any(account.roster.items for account in evening.network.world.accounts.values())
    assert evening.trouble == []


def test_no_cases_are_over_at_once():
    """The run does not wait for nothing."""
    assert Evening([]).over


def test_a_server_that_lets_nobody_in_ends_the_run():
    """After three plays that could not begin; the reason is told once, and the rest is not tried."""
    evening = Evening([case(name) for name in "abcdef"], jobs=1, password="wrong")
    assert len(evening.played) == 3
    assert len(evening.trouble) == 1
    assert evening.over


def test_an_account_that_cannot_be_cleaned_is_not_used_again(monkeypatch: pytest.MonkeyPatch):
    """The next play would find what this one has left; where too few are left the run ends with the reason."""
    from rosterkit.core import roster_iq

    monkeypatch.setattr(roster_iq, "_remove", lambda *_: b"")
    evening = Evening([case("a", 3), case("b", 3)], jobs=1)
    assert list(evening.names()) == ["a"]
    (sentence,) = evening.lost
    assert ACCOUNTS[0].bare in sentence
    assert "is used no more" in sentence
    assert "Too few accounts are left" in evening.trouble[0]
    assert evening.over


def test_a_play_that_fails_by_our_mistake_does_not_stop_the_others():
    """A script that asks for a line that it has: the assertion is ours, the evening goes on."""

    def script(people: People) -> Script:
        yield Enter("me", people.me)
        yield Say("me", "<presence/>", "a")
        yield Say("me", "<presence/>", "a")

    bad = ServerCase("rfc6121/2.3/bad", Level.MUST, "", "", "", "", script, lambda _: kept(""))
    evening = Evening([bad, case("b"), case("c", 3)], jobs=1)
    assert set(evening.names()) >= {"b", "c"}
    assert evening.over
