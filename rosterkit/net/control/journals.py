"""Calls about what happened: the journal read, followed, waited on.  All of them are readers with a cursor.

Tests: ``tests/net/control/test_journals.py``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IPushProducer, IReactorTime
from twisted.web.server import Request
from zope.interface import implementer

from rosterkit.core.journal import Entry, Journal, entry_json
from rosterkit.core.transcript import transcript
from rosterkit.errors import FallenOutError, PatternError
from rosterkit.net.control.call import Answer, Call, Text
from rosterkit.net.control.looking import Looking
from rosterkit.net.control.networks import Networks
from rosterkit.net.control.refusal import Refusal, conflict, wrong
from rosterkit.net.control.seeds import account_jid
from rosterkit.net.control.sessions import find_session
from rosterkit.net.control.site import Routes
from rosterkit.net.network import Network
from rosterkit.wire.patterns import Pattern, parse_entry, read_pattern
from rosterkit.wire.waits import Outcome, Wait

__all__ = ["Journals", "asked_for"]

_ROOT = "/v1/networks/{network}"
_LABEL = re.compile(r"c[0-9]+\Z", re.ASCII)
_FILTERS = ("account", "session", "direction", "kind", "match")
#: Seconds that a call may wait, and the most that it may ask for, in entries and patterns.
_LONGEST_WAIT = 600.0
_MOST_ENTRIES = 10_000
_MOST_PATTERNS = 20
#: How many entries are written to a reader of events before it is looked whether it reads.
_AT_ONCE = 100


class Journals:
    """The journals of every network; ``reactor`` is the clock of every wait."""

    def __init__(self, networks: Networks, reactor: IReactorTime) -> None:
        self._networks = networks
        self._reactor = reactor

    def route(self, routes: Routes) -> None:
        """Answer these calls."""
        routes.add("GET", f"{_ROOT}/journal", self._read)
        routes.add("GET", f"{_ROOT}/transcript", self._transcript)
        routes.add("GET", f"{_ROOT}/events", self._events)
        routes.add("POST", f"{_ROOT}/wait", self._wait, changes=False)

    def _journal(self, call: Call) -> tuple[Network, Journal]:
        network = self._networks.find(call)
        if network.journal is None:
            raise conflict("network", "has no journal", "--journal, or another network")
        network.end_turn()
        return network, network.journal

    async def _read(self, call: Call) -> Answer:
        call.only(("since", "limit", "wait", *_FILTERS))
        network, journal = self._journal(call)
        wanted = _filter(network, call)
        since, limit = (
            call.number("since", journal.first - 1),
            min(call.number("limit", _MOST_ENTRIES), _MOST_ENTRIES),
        )
        waits = min(call.seconds("wait"), _LONGEST_WAIT)

        def look() -> tuple[list[Entry], int] | None:
            entries = _since(journal, since)
            found = [entry for entry in entries if wanted(entry)]
            if not found and waits:
                return None
            cursor = found[limit - 1].number if limit and len(found) > limit else journal.cursor
            return found[:limit], cursor

        found = look() or await self._until(journal, look, waits) or ([], journal.cursor)
        return Answer(200, {"entries": [entry_json(entry) for entry in found[0]], "cursor": found[1]})

    def _transcript(self, call: Call) -> Text:
        call.only(("since", "account", "session"))
        network, journal = self._journal(call)
        wanted = _filter(network, call)
        since = call.number("since", journal.first - 1)
        return Text(transcript([entry for entry in _since(journal, since) if wanted(entry)]))

    def _events(self, call: Call) -> Callable[[Request], None]:
        call.only(("since", *_FILTERS))
        network, journal = self._journal(call)
        since = call.number("since", journal.cursor)
        _since(journal, since)
        return _Events(journal, since, _filter(network, call), self._reactor).begin

    async def _wait(self, call: Call) -> Answer:
        network, journal = self._journal(call)
        found = call.fields("match", "not", "within", "since", "account", "session", "direction")
        match = _pattern(found.raw("match"), "match") if "match" in found else None
        forbidden = found.raw("not") if "not" in found else []
        if not isinstance(forbidden, list) or len(forbidden) > _MOST_PATTERNS or (match is None and not forbidden):
            raise wrong("not", "is no list of patterns, or there is no match", f"1 to {_MOST_PATTERNS} patterns")
        named = found.text("account")
        account = account_jid(named, network.seed.domains[0], "account") if named is not None else None
        within = min(found.seconds("within", 5.0) or 0.0, _LONGEST_WAIT)
        wait = Wait(
            match,
            [_pattern(value, f"not.{number}") for number, value in enumerate(forbidden)],
            account=account.bare if account is not None else None,
            session=_label(network, found.text("session")),
            direction=found.choice("direction", ("in", "out"), "in"),
            within=within,
        )
        cursor = found.integer("since", journal.first - 1, 0, 1 << 53)

        def look() -> Outcome | None:
            nonlocal cursor
            entries = _since(journal, cursor)
            cursor = journal.cursor
            return wait.look(entries)

        outcome = look() or await self._until(journal, look, within) or wait.timeout()
        return Answer(200, _outcome_json(outcome, journal))

    async def _until(self, journal: Journal, look: Callable[[], Any], seconds: float) -> Any:
        """What ``look`` finds first after an entry was added; None when the time is over."""
        return await Looking(journal, self._reactor, look, seconds).found if seconds else None


@implementer(IPushProducer)
class _Events:
    """A stream of server-sent events, one for each entry, until the reader leaves or the network is gone.

    To a reader that does not read nothing more is written: what falls out of the journal meanwhile is said.
    """

    def __init__(self, journal: Journal, cursor: int, wanted: Callable[[Entry], bool], reactor: IReactorTime) -> None:
        self._journal = journal
        self._cursor = cursor
        self._wanted = wanted
        self._reactor = reactor
        self._request: Request | None = None
        self._paused = False

    def begin(self, request: Request) -> None:
        """Write what there is, and then whatever comes."""
        self._request = request
        request.setHeader("content-type", "text/event-stream")
        request.registerProducer(self, True)
        request.write(b": entries of the journal follow\n\n")
        looking = Looking(self._journal, self._reactor, self._write, None)
        request.notifyFinish().addErrback(lambda _: self._left(looking))
        looking.found.addErrback(lambda _: self._finish())
        self._write()

    def pauseProducing(self) -> None:
        """The reader is slow."""
        self._paused = True

    def resumeProducing(self) -> None:
        """It has caught up."""
        self._paused = False
        self._write()

    def stopProducing(self) -> None:
        """It is gone; the request says so too."""
        self._paused = True

    def _left(self, looking: Looking) -> None:
        self._request = None
        looking.found.cancel()

    def _finish(self) -> None:
        request, self._request = self._request, None
        if request is not None:
            request.unregisterProducer()
            request.finish()

    def _write(self) -> None:
        """Write entries since the last time, as long as they are read."""
        while self._request is not None and not self._paused:
            try:
                entries = self._journal.since(self._cursor, _AT_ONCE)
            except FallenOutError as error:
                self._request.write(f"event: lost\ndata: {json.dumps(str(error))}\n\n".encode())
                self._cursor = error.first - 1
                continue
            if not entries:
                return
            self._cursor = entries[-1].number
            self._request.write(b"".join(_event(entry) for entry in entries if self._wanted(entry)))


def _event(entry: Entry) -> bytes:
    data = json.dumps(entry_json(entry), ensure_ascii=False)
    return f"id: {entry.number}\ndata: {data}\n\n".encode("utf-8", "replace")


def _since(journal: Journal, number: int) -> list[Entry]:
    try:
        return journal.since(number)
    except FallenOutError as error:
        raise Refusal(410, "since", "is no longer in the journal", str(error), first=error.first) from error


def _filter(network: Network, call: Call) -> Callable[[Entry], bool]:
    """Whether an entry is among those that the query asks for."""
    account, session = asked_for(network, call)
    direction, kind = call.query.get("direction"), call.query.get("kind")
    match = _pattern(call.query["match"], "?match") if "match" in call.query else None

    def wanted(entry: Entry) -> bool:
        if account is not None and entry.account != account:
            return False
        if session is not None and entry.session != session:
            return False
        if direction not in (None, entry.direction) or kind not in (None, entry.kind):
            return False
        return match is None or _matches(match, entry)

    return wanted


def _matches(pattern: Pattern, entry: Entry) -> bool:
    element = parse_entry(entry.data) if entry.data else None
    return element is not None and pattern.compare(element) is None


def asked_for(network: Network, call: Call) -> tuple[str | None, str | None]:
    """The account (a bare JID) and the session (its id) that a query names; None where it names none."""
    named = call.query.get("account")
    account = account_jid(named, network.seed.domains[0], "?account").bare if named is not None else None
    return account, _label(network, call.query.get("session"))


def _label(network: Network, session: str | None) -> str | None:
    """The id of a session that is or was there."""
    if session is None or session in network.connections:
        return session
    if _LABEL.match(session):
        return session  # it has gone
    label: str = find_session(network, session).peer.label
    return label


def _pattern(value: object, where: str) -> Pattern:
    try:
        return read_pattern(value, where)
    except PatternError as error:
        key, _, problem = str(error).removesuffix(".").partition(" ")  # its text begins with where
        raise wrong(key, problem, "") from error


def _outcome_json(outcome: Outcome, journal: Journal) -> dict[str, Any]:
    nearest = None
    if outcome.nearest is not None:
        nearest = {"entry": entry_json(outcome.nearest[0]), "difference": outcome.nearest[1]}
    return {
        "outcome": outcome.outcome,
        "verdict": outcome.verdict,
        "entry": entry_json(outcome.entry) if outcome.entry is not None else None,
        "cursor": outcome.entry.number if outcome.entry is not None else journal.cursor,
        "nearest": nearest,
    }
