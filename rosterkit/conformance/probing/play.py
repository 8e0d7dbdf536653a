"""A play of one case: the script's steps done on lines to the server under test, and everything kept in a journal.

Tests: ``tests/conformance/test_server_play.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from twisted.internet.defer import CancelledError, Deferred, DeferredList, TimeoutError, inlineCallbacks
from twisted.internet.interfaces import IReactorTime
from twisted.logger import Logger
from twisted.python.failure import Failure

from rosterkit.conformance.evidence import Seen
from rosterkit.conformance.probing.fence import Fence, SilentError
from rosterkit.conformance.probing.lines import Line, Lines, ProbeError
from rosterkit.conformance.probing.record import Record
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
from rosterkit.conformance.server.steps import Fence as Fenced
from rosterkit.core.journal import OVERHEAD, Entry
from rosterkit.wire.entering import Account, Phase
from rosterkit.wire.struck import without_secrets

__all__ = ["Play"]

_log = Logger()

#: The most that is listened to, what the journal adds included.
_MOST_HEARD = 16 * 1024 * 1024
_FLOOD = "The server floods the tester: more than 16 MiB have come in one play, and its lines were cut."


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
        #: The accounts that could not be made clean again, and why.
        self.unclean: dict[str, str] = {}
        #: What has gone wrong in the script or in the play itself.
        self.mistake: Failure | None = None
        #: Whether so much has come that nobody listened any more.
        self.flooded = False
        self._open: dict[str, Line] = {}
        self._record = Record(self._open, clock)
        self._fence = Fence(people, lines, self._open, clock, patience)
        self._muted: set[str] = set()
        self._lined: set[str] = set()
        self._ends: dict[str, str] = {}  # how lines have ended
        self._awaited: list[Awaited] = []
        self._strictly = False
        self._heard = 0  # how many bytes have come

    @property
    def entries(self) -> Sequence[Entry]:
        """The journal so far; once the script is over nothing comes to it any more."""
        return self._record.entries

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
        self._record.note(None, people=self.people.as_json())
        try:
            if self.case.component:
                yield self._join()
            yield self._script(self.case.script(self.people))
        except Stuck as stuck:
            self._record.note(None, stuck=str(stuck), **({"unsupported": True} if stuck.unsupported else {}))
        except ProbeError as error:
            self._record.note(None, stuck=str(error))
            if strictly:
                raise
        except CancelledError:
            self._record.note(None, stuck="The play was cut short.")
            raise
        except Exception:  # noqa: BLE001  # a mistake in one script does not cost the run
            self.mistake = Failure()
            _log.failure(
                "{case} failed by a mistake of rosterkit; please report it.", self.mistake, case=self.case.id
            )
            self._record.note(None, stuck="The case failed by a mistake of rosterkit; please report it.")
        finally:
            try:
                yield self._look_inside()
                self._end()
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
                self._record.note(None, held=account, roster=roster)

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
        self._record.note(COMPONENT, entered=line.jid or "")

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
        self._record.note(step.line, entered=line.jid or "")
        return Entered(line.jid or "", line.features.decode("utf-8", "replace"))

    def _say(self, step: Say) -> int:
        number = self._record.mark(step.line, step.mark) if step.mark else self._record.cursor
        self._send(step.line, step.xml)
        return number

    def _send(self, label: str, xml: str) -> None:
        line = self._open.get(label)
        if line is None or not line.is_open:
            raise Stuck(f"The line {label} is not there any more. {self._ends.get(label, '')}".rstrip())
        data = xml.encode("utf-8", "surrogatepass")
        self._record.add(label, "out", _kind_of(data), without_secrets(data))  # a login may be said by hand
        line.send(data)
        self._lines.pump()

    @inlineCallbacks
    def _fence_in(self, _: Fenced) -> Any:
        try:
            rounds = yield self._fence.wait()
        except SilentError as error:
            for label in error.labels:
                self._record.note(label, fence="silent")
            raise
        self._record.note(None, fence="answered", rounds=rounds)

    @inlineCallbacks
    def _await(self, step: Await) -> Any:
        since = step.since if step.since is not None else self._record.last_mark
        for seen in map(Seen, self._record.since(since, step.line)):
            if step.match(seen):
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
            self._record.mark(step.line, step.mark)
        self._record.note(step.line, left=step.how)
        line = self._open.pop(step.line, None)
        if line is None or not line.is_open:
            return
        if step.how == "cut":
            line.cut()
        else:
            yield line.close()
        self._lines.pump()

    def _may_end(self, step: MayEnd) -> None:
        self._record.note(step.line, may_end=True)

    def _mute(self, step: Mute) -> None:
        self._muted.add(step.line)

    def _remember(self, step: Remember) -> None:
        self._record.note(None, **step.what)

    def _look(self, step: Look) -> list[Seen]:
        return [Seen(entry) for entry in self._record.since(step.since, step.line)]

    def _end(self) -> None:
        """What happens from now on is none of the play's."""
        for label, line in self._open.items():
            if line.is_open:
                self._record.note(label, left="close")
        self._record.end()
        self._muted.clear()

    def _close_all(self) -> Any:
        """End every line; fires when all connections are gone."""
        lines = list(self._open.values())
        self._open.clear()
        closed = DeferredList([line.close() for line in lines if line.is_open], consumeErrors=True)
        self._lines.pump()
        return closed

    # What lines say

    def came(self, line: Line, data: bytes, kind: str) -> None:
        """The server has said something."""
        if kind == "iq" and self._fence.takes(line, data):
            return
        if not self._listens(data):
            return
        entry = self._record.add(line.label, "in", kind, data)
        if kind != "stream":
            self._fence.news += 1
        if kind == "iq":
            self._answer(line, Seen(entry))
        for awaited in [one for one in self._awaited if one.line == line.label]:
            seen = Seen(entry)
            if awaited.match(seen):
                self._awaited.remove(awaited)
                awaited.done.callback(seen)

    def said(self, line: Line, data: bytes, kind: str) -> None:
        """A line has said something by itself, on its way in."""
        self._record.add(line.label, "out", kind, data)

    def over(self, line: Line, text: str) -> None:
        """A line is at its end."""
        self._record.note(line.label, over=text)
        self._ends[line.label] = text
        self._fence.lost(line.label)
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
        self._record.note(None, stuck=_FLOOD)
        self._end()
        for line in list(self._open.values()):
            line.cut()
        self._fence.forget()
        return False

    def _answer(self, line: Line, seen: Seen) -> None:
        """A client answers pushes with an empty result, and what it does not know with an error."""
        if seen.type not in ("get", "set") or line.label in self._muted or not line.is_open or seen.id is None:
            return
        if is_push(seen) and line.label != COMPONENT:
            answer = stanzas.iq("result", seen.id)
        else:
            answer = stanzas.refusal(seen, from_address=line.label == COMPONENT)
        self._record.add(line.label, "out", "iq", answer.encode())
        line.send(answer.encode())


_Doer: TypeAlias = Callable[[Play, Any], Any]
_DO: Mapping[type, _Doer] = {
    Enter: Play._enter,
    Say: Play._say,
    Fenced: Play._fence_in,
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
