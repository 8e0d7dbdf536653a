"""The copy of the own roster: fetched, pushed to, kept in a cache, told of event by event.

A push that comes while a fetch is under way is applied after its result, as nobody can tell which of them is the
newer one; where the result was a whole roster the fetch is then done once more, from the version that was reached.
So no push is lost and none is overruled by an older result.  Where the fetch fails, pushes are applied and the
version is given up: the next fetch is a whole one, and the cache stays an older truth until then.

Tests: ``tests/client/test_own_roster.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from twisted.internet.defer import Deferred, ensureDeferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.logger import Logger

from rosterkit.client.cache import CacheError, RosterCache, Snapshot
from rosterkit.client.item import Item, read_json, to_json
from rosterkit.client.resources import NOBODY, Resources
from rosterkit.core import jid, markup
from rosterkit.core.replica import Event, Pushed, Read, Replica
from rosterkit.core.roster import NAMESPACE
from rosterkit.core.stanza import Element
from rosterkit.xmpp.elements import child_named
from rosterkit.xmpp.requests import Requests

__all__ = ["FORMAT", "OwnRoster"]

_log = Logger()
#: The number of the exported form.
FORMAT = 1
_QUERY = f"{{{NAMESPACE}}}query"
#: Seconds after a change until the cache is asked to write.
_FLUSH_AFTER = 1.0
#: How often a fetch is repeated because pushes came across it.
_MOST_REPEATS = 3


class OwnRoster:
    """``taking`` is called before a push (with its item) or a whole roster (None) is applied, ``tell`` with each
    event while the state is as the event says, ``changed`` afterwards.

    Besides the events of :mod:`rosterkit.core.replica` there is ``item_skipped``, whose ``group`` is the sentence.
    """

    def __init__(
        self,
        requests: Requests,
        clock: IReactorTime,
        cache: RosterCache | None,
        taking: Callable[[Read | None], None],
        tell: Callable[[Event], None],
        changed: Callable[[], None],
    ) -> None:
        self.account: str | None = None
        self._owner: str | None = None  # whose roster was imported
        self.resources = Resources()
        self.replica: Replica[Item] = Replica(self._new_item)
        self._requests = requests
        self._clock = clock
        self._cache = cache
        self._in_step = False  # whether the cache holds what we hold, but for what is not flushed yet
        self._flushing: IDelayedCall | None = None
        self._taking = taking
        self._tell = tell
        self._changed = changed
        self._received = False  # whether this stream has had its initial roster
        self._fetching: list[Deferred[None]] = []
        self._held: list[Pushed] | None = None  # the pushes that came while a fetch is under way
        self._applying = False
        self._later: list[Pushed] = []

    # Streams

    def logged_in(self, account: str) -> None:
        """A stream of ``account`` (a bare JID) is ready; the first time what the cache holds is taken over.

        What belongs to another account is let go, without events.
        """
        self._received = False
        if self.account == account:
            return
        before = self.account or self._owner
        if before not in (None, account):
            _log.warn("{old}'s roster is let go, as this stream is {new}'s.", old=before, new=account)
            self.replica.load(None, ())
        self.account = account
        self._in_step = False
        if not self.replica.items and self.replica.version is None:
            self._load()

    def lost(self) -> list[Item]:
        """Nobody is known to be available any more; gives the contacts that were.  The cache is written."""
        self._received = False
        self.flush()
        gone = [item for bare in self.resources.forget() if (item := self.replica.items.get(bare)) is not None]
        for item in gone:
            item.resources = NOBODY
        return gone

    @property
    def settled(self) -> bool:
        """Whether the roster of this stream has come, no fetch is under way, and nothing is being applied."""
        return self._received and not self._applying and not self._fetching

    # Fetching

    def fetch(self, versioned: bool, timeout: float) -> Deferred[None]:
        """Ask for the roster, or for what has changed, and take it over; a call while one is under way joins it.

        Fails as :meth:`Requests.send` does; then nothing has changed.
        """
        waiting: Deferred[None] = Deferred()
        self._fetching.append(waiting)
        if len(self._fetching) == 1:
            ensureDeferred(self._fetch(versioned, timeout)).addBoth(self._fetched)
        return waiting

    async def _fetch(self, versioned: bool, timeout: float) -> None:
        for _ in range(1 + _MOST_REPEATS):
            if not await self._fetch_once(versioned, timeout):
                return
        self.replica.version = None  # nobody knows which was the newest: the next fetch is a whole one
        self._in_step = False

    async def _fetch_once(self, versioned: bool, timeout: float) -> bool:
        """One request and its result; whether pushes came across a whole roster."""
        version = (self.replica.version or "") if versioned else None  # §2.6.2: "" where nothing is cached
        self._held = []
        whole = False
        try:
            query = markup.element("query", xmlns=NAMESPACE, ver=version)
            result = await self._requests.send("get", query, timeout, now_only=True)
            answer = child_named(result, _QUERY)
            whole = answer is not None
            self._take_result(answer)
        finally:
            held, self._held = self._held, None
            for pushed in held:
                self.push(pushed)
        return whole and bool(held)

    def _fetched(self, outcome: Any) -> None:
        waiting, self._fetching = self._fetching, []
        for each in waiting:
            each.callback(outcome)  # a Failure among them fails it
        self._changed()

    def _take_result(self, answer: Element | None) -> None:
        if answer is not None:
            self._taking(None)
        self._apply(self.replica.apply_result(answer))
        if answer is not None:
            for problem in self.replica.problems:
                _log.warn("The server sent an item that cannot be used, and it is left out: {why}", why=problem)
                self._tell(Event("item_skipped", None, problem))
        if answer is not None or not self._in_step:
            self._save_whole()

    # Pushes and presence

    def push(self, pushed: Pushed) -> None:
        """Take a good push over, now or when the fetch that is under way has its result."""
        if self._held is not None:
            self._held.append(pushed)
        elif self._applying:  # a listener made it come
            self._later.append(pushed)
        else:
            if not self._received:  # what has changed before it is not known, and this version would hide it
                pushed = pushed._replace(version=None)
                self.replica.version = None
                self._in_step = False
            self._taking(pushed.read)
            self._apply(self.replica.apply(pushed))
            self._save_one(pushed.read.jid)
            self._changed()
            while self._later:
                self.push(self._later.pop(0))

    def presence(self, stanza: Element) -> Item | None:
        """Take presence over; gives the contact whose availability it has changed, if it is one."""
        found = self.resources.take(stanza, self.replica.items)
        item = self.replica.items.get(found[0]) if found is not None else None
        if item is not None:
            item.resources = self.resources.of(item.bare)
        return item

    def _new_item(self, read: Read) -> Item:
        item = Item.from_read(read)
        item.resources = self.resources.of(read.jid)  # its presence may have come before it
        return item

    def _apply(self, events: Iterator[Event]) -> None:
        self._applying = True
        try:
            for event in events:
                if event.name == "initial_roster_received":
                    if self._received:
                        continue
                    self._received = True
                self._tell(event)
        finally:
            self._applying = False

    # What is kept elsewhere

    def export(self) -> dict[str, Any]:
        """Everything that has to be kept to go on later, as JSON."""
        items = {bare: to_json(item) for bare, item in self.replica.items.items()}
        owner = self.account or self._owner
        return {"format": FORMAT, "owner": owner, "items": items, "ver": self.replica.version}

    def import_(self, data: Mapping[str, Any]) -> None:
        """Become what ``data`` holds, without events; ValueError for what is wrong in it, then nothing changes."""
        if self._applying or self._fetching:
            raise RuntimeError("The roster is being updated; import it before the connection is made.")
        version, reads = _read_export(data, self.account)
        self._owner = data.get("owner")
        self.replica.load(version, reads)
        self._in_step = False

    def flush(self) -> None:
        """Let the cache write what it has not written yet."""
        if self._flushing is not None:
            self._flushing.cancel()
            self._write()

    def _load(self) -> None:
        if self._cache is None or self.account is None:
            return
        try:
            snapshot = self._cache.load(self.account)
            kept = (
                None if snapshot is None else _read_export({"items": snapshot.items, "ver": snapshot.version}, None)
            )
        except CacheError as error:
            _log.warn("The roster is fetched whole, as its cache cannot be read: {error}", error=error)
            return
        except Exception:  # noqa: BLE001  # the application's own cache; the roster goes on without it
            _log.failure("The roster is fetched whole, as its cache failed.")
            return
        if kept is not None:
            self.replica.load(*kept)
            self._in_step = True

    def _save_whole(self) -> None:
        items = self.replica.items
        if self._cache is not None:
            snapshot = Snapshot(self.replica.version, {bare: to_json(item) for bare, item in items.items()})
            self._in_step = self._keep(lambda cache, account: cache.replace(account, snapshot))

    def _save_one(self, bare: str) -> None:
        if self._in_step:
            item = self.replica.items.get(bare)
            kept = to_json(item) if item is not None else None
            version = self.replica.version
            self._in_step = self._keep(lambda cache, account: cache.update(account, version, bare, kept))

    def _keep(self, act: Callable[[RosterCache, str], None]) -> bool:
        """Whether the cache has taken it.  If not it is left as it is, an older truth, until the next result."""
        taken = self._attempt(act)
        if taken and self._flushing is None:
            self._flushing = self._clock.callLater(_FLUSH_AFTER, self._write)
        return taken

    def _write(self) -> None:
        self._flushing = None
        self._in_step = self._attempt(lambda cache, _account: cache.flush()) and self._in_step

    def _attempt(self, act: Callable[[RosterCache, str], None]) -> bool:
        if self._cache is None or self.account is None:
            return False
        try:
            act(self._cache, self.account)
        except CacheError as error:
            _log.warn("The roster is not cached any further: {error}", error=error)
            return False
        except Exception:  # noqa: BLE001  # the application's own cache; the roster goes on without it
            _log.failure("The roster is not cached any further, as its cache failed.")
            return False
        return True


def _read_export(data: Mapping[str, Any], account: str | None) -> tuple[str | None, list[Read]]:
    """Version and entries of what was exported, here or by aioxmpp."""
    if not isinstance(data, Mapping) or not isinstance(data.get("items", {}), Mapping):
        raise ValueError("This is no exported roster: it must be an object with the objects of its items.")
    if data.get("format", FORMAT) != FORMAT:
        raise ValueError(f"This roster was exported in format {data['format']!r:.20}; only {FORMAT} can be read.")
    owner, version = data.get("owner"), data.get("ver")
    if owner is not None and account is not None and owner != account:
        raise ValueError(f"This is the roster of {owner!r:.80}, and this client is {account}'s.")
    if version is not None and not (isinstance(version, str) and markup.can_carry(version)):
        raise ValueError("The version (ver) must be null, or a string that XML can carry.")
    if (owner is not None and not isinstance(owner, str)) or not all(
        isinstance(key, str) for key in data.get("items", {})
    ):
        raise ValueError("The owner and the keys of the items must be JIDs as strings.")
    reads = {(read := read_json(jid.bare(key), item)).jid: read for key, item in data.get("items", {}).items()}
    return version, list(reads.values())
