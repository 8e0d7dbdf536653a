"""A play of one case: the script's steps done on lines to the server under test, and everything kept in a journal.

Tests: ``tests/conformance/test_server_play.py``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from twisted.internet.defer import CancelledError, Deferred, DeferredList, TimeoutError, inlineCallbacks
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from rosterkit.conformance.evidence import CASE, Seen
from rosterkit.conformance.probing.lines import Line, Lines, ProbeError
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase
from rosterkit.conformance.server.cleaning import cleaned, cleaned_anew
from rosterkit.conformance.server.evidence import Evidence, evidence_of, is_push
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import (
    COMPONENT,
    Await,
    Enter,
    Entered,
    Fence,
    Leave,
    Look,
    MayEnd,
    Mute,
    Remember,
    Say,
    Script,
    Step,
    Stuck,
)
from rosterkit.core.journal import OVERHEAD, Entry, Journal
from rosterkit.wire.entering import Account, Phase
from rosterkit.wire.struck import without_secrets

__all__ = ["Play"]

_log = Logger()

#: The most bytes of a play that are remembered; the most that are listened to, what the journal adds included.
_JOURNAL = 64 * 1024 * 1024
_MOST_HEARD = 16 * 1024 * 1024
_FLOOD = "The server floods the tester: more than 16 MiB have come in one play, and its lines were cut."
_UNSETTLED = "The server sends on and on: after 20 rounds of pings nobody knows what is still under way."
#: A fence has at least so many rounds, and at most: there, back, and to whoever asked takes three.
_LEAST_ROUNDS, _MOST_ROUNDS = 3, 20
#: So many pings through the server may be answered by the server itself before that counts for nothing.
_MOST_UNREACHED = 30
_PING_ID = "fence-"
_IS_FENCE = re.compile(rb"""\bid=['"]fence-\d+['"]""")
_UNAVAILABLE = "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"


class Awaited(NamedTuple):
    """Somebody waits for a stanza on a line."""

    line: str
    match: Callable[[Seen], bool]
    done: Deferred[Seen | None]


class Play:
    """One play of ``case`` with ``people``; ``accounts`` are their accounts with passwords, by bare JID.

    ``patience`` is how many seconds the server has for each step.  ``read_roster`` gives the roster of a bare JID as
    the server has it, where somebody may read that.  It is the listener of its lines.  :meth:`run` fires when all is
    over and every line is closed; then ``entries`` is the whole journal.
    """

    def __init__(
        self,
        case: ServerCase,
        people: People,
        accounts: Mapping[str, Account],
        lines: Lines,
        clock: IReactorTime,
        patience: float = 10.0,
        read_roster: Callable[[str], Deferred[Any]] | None = None,
    ) -> None:
        self.case = case
        self.people = people
        people.trust({bare: account.password for bare, account in accounts.items()})
        self._accounts = accounts
        self._lines = lines
        self._clock = clock
        self._patience = patience
        self._read_roster = read_roster
        self._journal = Journal(_JOURNAL)
        self._played: Journal | None = None
        #: The accounts that could not be made clean again, and why.
        self.unclean: dict[str, str] = {}
        #: What has gone wrong in the script or in the play itself.
        self.mistake: Failure | None = None
        #: Whether so much has come that nobody listened any more.
        self.flooded = False
        self._began = clock.seconds()
        self._open: dict[str, Line] = {}
        self._muted: set[str] = set()
        self._marks: dict[str, int] = {}
        self._lined: set[str] = set()
        self._ends: dict[str, str] = {}  # how lines have ended
        self._pings: dict[str, str] = {}  # the label of the line, by the id of a ping that is not answered
        self._through: dict[str, str] = {}  # the line to which a ping goes through the server, by its id
        self._reached: set[str] = set()
        self._unreached = 0
        self._numbers = 0
        self._answered: Deferred[None] | None = None
        self._awaited: list[Awaited] = []
        self._strictly = False
        self._heard = 0  # how many bytes have come
        self._news = 0  # how many stanzas have come that are no answers to fences

    @property
    def entries(self) -> Sequence[Entry]:
        """The journal so far; once the script is over nothing comes to it any more."""
        return (self._played or self._journal).since(0)

    def evidence(self) -> Evidence:
        """What judges look at."""
        return evidence_of(self.people, self.entries)

    # From beginning to end

    @inlineCallbacks
    def run(self, strictly: bool = False, clean: bool = False) -> Any:
        """Play the script; fires with None, also where the script gets stuck.

        ``strictly`` lets a ProbeError of a line that is not let in go on to who asked for the play.  ``clean`` makes
        the accounts clean again after it; what that takes is in no journal.
        """
        self._strictly = strictly
        self._note(None, people=self.people.as_json())
        try:
            if self.case.component:
                yield self._join()
            yield self._script(self.case.script(self.people))
        except Stuck as stuck:
            self._note(None, stuck=str(stuck), **({"unsupported": True} if stuck.unsupported else {}))
        except ProbeError as error:
            self._note(None, stuck=str(error))
            if strictly:
                raise
        except CancelledError:
            self._note(None, stuck="The play was cut short.")
            raise
        except Exception:  # noqa: BLE001  # a mistake in one script does not cost the run
            self.mistake = Failure()
            _log.failure(
                "{case} failed by a mistake of rosterkit; please report it.", self.mistake, case=self.case.id
            )
            self._note(None, stuck="The case failed by a mistake of rosterkit; please report it.")
        finally:
            try:
                yield self._look_inside()
                self._end_journal()
                if clean:
                    yield self._clean()
            finally:
                yield self._close_all()

    @inlineCallbacks
    def _look_inside(self) -> Any:
        """Note what the server itself holds at the end of the play; judges do not look at that."""
        if self._read_roster is None:
            return
        for account in self.people.accounts:
            roster = yield self._read_roster(account)
            if roster is not None:
                self._note(None, held=account, roster=roster)

    @inlineCallbacks
    def _clean(self) -> Any:
        """Clean every account by a line that it has; ``unclean`` says of which that was not possible."""
        self._heard = 0
        for account in self.people.accounts:
            line = next((label for label, line in self._open.items() if self._serves(line, account)), None)
            try:
                yield self._script(cleaned(line, account) if line is not None else cleaned_anew(account))
            except (Stuck, ProbeError) as error:
                self.unclean[account] = str(error)
            except Exception:  # noqa: BLE001  # the other accounts and the lines want their end all the same
                self.unclean[account] = "Cleaning it failed by a mistake of rosterkit; please report it."
                _log.failure("{account}: {why}", account=account, why=self.unclean[account])

    @staticmethod
    def _serves(line: Line, account: str) -> bool:
        is_ours = line.jid is not None and line.jid.partition("/")[0] == account
        return is_ours and line.is_open and line.phase is Phase.BOUND

    @inlineCallbacks
    def _script(self, script: Script) -> Any:
        try:
            step = next(script)
            while True:
                try:
                    given = yield self._do(step)
                except Stuck as stuck:
                    step = script.throw(stuck)
                else:
                    step = script.send(given)
        except StopIteration:
            return

    def _do(self, step: Step) -> Any:
        return _DO[type(step)](self, step)

    # Steps

    @inlineCallbacks
    def _join(self) -> Any:
        line = yield self._lines.join(COMPONENT, self)
        self._open[COMPONENT] = line
        self._note(COMPONENT, entered=line.jid or "")

    @inlineCallbacks
    def _enter(self, step: Enter) -> Any:
        account = self._accounts[step.account]
        assert step.line not in self._lined, f"{self.case.id} has two lines {step.line!r}"
        self._lined.add(step.line)
        try:
            more = {"mechanism": step.mechanism} if step.mechanism is not None else {}
            line = yield self._lines.enter(step.line, account, step.upto, self, resource=step.resource, **more)
        except ProbeError as error:
            if self._strictly:
                raise
            raise Stuck(str(error)) from error
        self._open[step.line] = line
        self._note(step.line, entered=line.jid or "")
        return Entered(line.jid or "", line.features.decode("utf-8", "replace"))

    def _say(self, step: Say) -> int:
        number = self._mark(step.line, step.mark) if step.mark else self._journal.cursor
        self._send(step.line, step.xml)
        return number

    def _send(self, label: str, xml: str) -> None:
        line = self._open.get(label)
        if line is None or not line.is_open:
            raise Stuck(f"The line {label} is not there any more. {self._ends.get(label, '')}".rstrip())
        data = xml.encode("utf-8", "surrogatepass")
        self._record(label, "out", _kind_of(data), without_secrets(data))  # a login may be said by hand
        line.send(data)
        self._lines.pump()

    @inlineCallbacks
    def _fence(self, _: Fence | None = None) -> Any:
        rounds = 0
        while rounds < _MOST_ROUNDS:
            before = self._news
            answered = yield self._round()
            rounds += 1
            if not answered:
                return
            if self._news == before and (rounds >= _LEAST_ROUNDS or self._lines.is_settled):
                self._note(None, fence="answered", rounds=rounds)
                return
        raise Stuck(_UNSETTLED)

    @inlineCallbacks
    def _round(self) -> Any:
        """Ping on every line that can; whether every answer came."""
        self._lines.pump()
        if self._lines.is_settled:
            return True
        self._answered = Deferred()
        for label, line in list(self._open.items()):
            if line.is_open and line.phase is Phase.BOUND:
                self._ping(label, line)
                if self._lines.is_spread:
                    self._go_through(label, line)
        self._lines.pump()
        if not self._pings:
            return True
        try:
            yield self._answered.addTimeout(self._patience, self._clock)
        except TimeoutError:
            for label in dict.fromkeys(self._pings.values()):
                self._note(label, fence="silent")
            self._pings.clear()
            return False
        finally:
            self._answered = None
        return True

    def _ping(self, label: str, line: Line) -> None:
        self._numbers += 1
        id_ = f"{_PING_ID}{self._numbers}"
        self._pings[id_] = label
        sender = self.people.tester if label == COMPONENT else None
        line.send(stanzas.ping(id_, self.people.domain, sender).encode())

    def _go_through(self, label: str, line: Line) -> None:
        """Ask every other line something, which comes behind whatever went the same way before it, there and back.

        Between the nodes of a cluster stanzas are under way that no ping waits for, since each node answers its own.
        """
        sender = self.people.tester if label == COMPONENT else None
        for other_label, other in list(self._open.items()):
            if other_label == label or not other.is_open or other.phase is not Phase.BOUND:
                continue
            self._numbers += 1
            id_ = f"{_PING_ID}{self._numbers}"
            self._pings[id_] = label
            self._through[id_] = other_label
            to = self.people.tester if other_label == COMPONENT else other.jid
            line.send(stanzas.ping(id_, to, sender).encode())

    @inlineCallbacks
    def _await(self, step: Await) -> Any:
        since = step.since if step.since is not None else max(self._marks.values(), default=0)
        for entry in self._journal.since(since):
            seen = Seen(entry)
            if seen.session == step.line and seen.direction == "in" and step.match(seen):
                return seen
        if self._lines.is_settled:
            return None
        done: Deferred[Seen | None] = Deferred()
        awaited = Awaited(step.line, step.match, done)
        self._awaited.append(awaited)
        self._lines.pump()
        try:
            return (yield done.addTimeout(self._patience, self._clock))
        except TimeoutError:
            return None
        finally:
            if awaited in self._awaited:
                self._awaited.remove(awaited)

    @inlineCallbacks
    def _leave(self, step: Leave) -> Any:
        if step.mark:
            self._mark(step.line, step.mark)
        self._note(step.line, left=step.how)
        line = self._open.pop(step.line, None)
        if line is None or not line.is_open:
            return
        if step.how == "cut":
            line.cut()
        else:
            yield line.close()
        self._lines.pump()

    def _may_end(self, step: MayEnd) -> None:
        self._note(step.line, may_end=True)

    def _mute(self, step: Mute) -> None:
        self._muted.add(step.line)

    def _remember(self, step: Remember) -> None:
        self._note(None, **step.what)

    def _look(self, step: Look) -> list[Seen]:
        entries = self._journal.since(step.since)
        return [Seen(entry) for entry in entries if entry.session == step.line and entry.direction == "in"]

    def _end_journal(self) -> None:
        """What happens from now on is none of the play's: it stands in a journal that nobody reads."""
        if self._played is not None:
            return
        for label, line in self._open.items():
            if line.is_open:
                self._note(label, left="close")
        self._played = self._journal
        self._journal = Journal(_JOURNAL)
        self._muted.clear()

    def _close_all(self) -> Any:
        """End every line; fires when all connections are gone."""
        lines, self._open = list(self._open.values()), {}
        closed = DeferredList([line.close() for line in lines if line.is_open], consumeErrors=True)
        self._lines.pump()
        return closed

    # What lines say

    def came(self, line: Line, data: bytes, kind: str) -> None:
        """The server has said something."""
        if kind == "iq" and _IS_FENCE.search(data) and self._is_fence(line, data):
            return
        if not self._listens(data):
            return
        entry = self._record(line.label, "in", kind, data)
        if kind != "stream":
            self._news += 1
        if kind == "iq":
            self._answer(line, Seen(entry))
        for awaited in [one for one in self._awaited if one.line == line.label]:
            seen = Seen(entry)
            if awaited.match(seen):
                self._awaited.remove(awaited)
                awaited.done.callback(seen)

    def said(self, line: Line, data: bytes, kind: str) -> None:
        """A line has said something by itself, on its way in."""
        self._record(line.label, "out", kind, data)

    def over(self, line: Line, text: str) -> None:
        """A line is at its end."""
        self._note(line.label, over=text)
        self._ends[line.label] = text
        for id_ in [id_ for id_, label in self._pings.items() if line.label in (label, self._through.get(id_))]:
            self._pong(id_)
        for awaited in [one for one in self._awaited if one.line == line.label]:
            self._awaited.remove(awaited)
            awaited.done.callback(None)

    def _listens(self, data: bytes) -> bool:
        """Whether what comes still counts; a server that floods loses its lines, and the play is over for judges."""
        if self._heard > _MOST_HEARD:
            return False
        self._heard += len(data) + OVERHEAD
        if self._heard <= _MOST_HEARD:
            return True
        self.flooded = True
        self._note(None, stuck=_FLOOD)
        self._end_journal()
        for line in list(self._open.values()):
            line.cut()
        for id_ in list(self._pings):
            self._pong(id_)
        return False

    def _is_fence(self, line: Line, data: bytes) -> bool:
        """Whether it is the server's answer to a ping on this line, which is then taken; others use such ids too."""
        seen = Seen(Entry(0, 0.0, None, None, None, "in", "iq", data))
        if seen.id in self._through:
            return self._is_through(line, seen)
        if seen.type not in ("result", "error") or seen.sender not in (None, self.people.domain):
            return False
        if seen.id is None or self._pings.get(seen.id) != line.label:
            return False
        self._pong(seen.id)
        return True

    def _is_through(self, line: Line, seen: Seen) -> bool:
        """Whether it is a ping from one line to another, which is answered here, or what became of one.

        One that the server answers itself, since it does not know the other line yet, is no fence: there is another
        round, a few times.
        """
        id_ = seen.id or ""
        target = self._through.get(id_)
        if target == line.label and seen.type == "get":
            self._reached.add(id_)
            sender = seen.to if line.label == COMPONENT else None
            line.send(stanzas.iq("error", id_, _UNAVAILABLE, to=seen.sender, sender=sender).encode())
            return True
        if target is None or seen.type == "get" or self._pings.get(id_) != line.label:
            return False
        if id_ not in self._reached and self._unreached < _MOST_UNREACHED:
            self._unreached += 1
            self._news += 1
        self._pong(id_)
        return True

    def _pong(self, id_: str) -> None:
        del self._pings[id_]
        if not self._pings and self._answered is not None and not self._answered.called:
            self._answered.callback(None)

    def _answer(self, line: Line, seen: Seen) -> None:
        """A client answers pushes with an empty result, and what it does not know with an error."""
        if seen.type not in ("get", "set") or line.label in self._muted or not line.is_open or seen.id is None:
            return
        if line.label == COMPONENT:
            answer = stanzas.iq("error", seen.id, _UNAVAILABLE, to=seen.sender, sender=seen.to)
        elif is_push(seen):
            answer = stanzas.iq("result", seen.id)
        else:
            answer = stanzas.iq("error", seen.id, _UNAVAILABLE, to=seen.sender)
        self._record(line.label, "out", "iq", answer.encode())
        line.send(answer.encode())

    # The journal

    def _mark(self, label: str, mark: str) -> int:
        assert mark not in self._marks, f"{self.case.id} has two marks {mark!r}"
        self._note(label, mark=mark)
        self._marks[mark] = self._journal.cursor
        return self._journal.cursor

    def _note(self, label: str | None, **what: Any) -> None:
        self._record(label, "note", CASE, text=json.dumps(what))

    def _record(self, label: str | None, direction: str, kind: str, data: bytes = b"", text: str = "") -> Entry:
        line = self._open.get(label) if label is not None else None
        jid = line.jid if line is not None else None
        account = jid.partition("/")[0] if jid else None
        at = self._clock.seconds() - self._began
        return self._journal.add(at, label, account, jid, direction, kind, data, text=text)


_Doer: TypeAlias = Callable[[Play, Any], Any]
_DO: Mapping[type, _Doer] = {
    Enter: Play._enter,
    Say: Play._say,
    Fence: Play._fence,
    Await: Play._await,
    Leave: Play._leave,
    MayEnd: Play._may_end,
    Mute: Play._mute,
    Remember: Play._remember,
    Look: Play._look,
}
_NAME = re.compile(rb"\s*<([a-z]+)[\s/>]")


def _kind_of(data: bytes) -> str:
    """The kind of what the tester says, as far as it is a stanza."""
    found = _NAME.match(data)
    name = found[1].decode() if found is not None else ""
    return name if name in ("iq", "presence", "message") else "stream"
