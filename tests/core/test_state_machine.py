"""Accounts, resources and a component do anything in any order; after every step the promises of a server hold.

What a client knows is built from the bytes that it was sent (``seat``), who may see whom from a second reading of the
RFC (``halves``), what is on disk from each save alone.  ``--hypothesis-profile=deep`` runs more and longer stories.
"""

from __future__ import annotations

import hypothesis.strategies as st
from halves import Network
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from rig import Client, Far, Rig
from seat import Ledger, Seat, Visible, visible

from rosterkit.core import jid
from rosterkit.core.commands import AddAccount, RemoveAccount
from rosterkit.core.effects import Send
from rosterkit.core.jid import Jid
from rosterkit.core.limits import Limits
from rosterkit.core.roster import Roster
from rosterkit.core.stanza import Iq, Message, Presence
from rosterkit.core.world import Settings

NAMES = ("juliet", "romeo", "nurse")
RESOURCES = ("a", "b")
LOCAL = tuple(f"{name}@localhost" for name in NAMES)
FAR = ("far@far.test", "one@far.test")
SUBSCRIPTIONS = ("subscribe", "subscribed", "unsubscribe", "unsubscribed")

names = st.sampled_from(NAMES)
contacts = st.sampled_from([*LOCAL, *FAR, "nobody@localhost"])
anybody = st.sampled_from([*LOCAL, *(f"{bare}/{r}" for bare in LOCAL for r in RESOURCES), *FAR, f"{FAR[0]}/x"])
blockable = st.sampled_from([*LOCAL, *FAR, "far.test", "localhost"])
picks = st.integers(min_value=0, max_value=1000)
settings = st.builds(
    Settings, versioning=st.sampled_from([True, True, False]), history=st.sampled_from([6, 500, 1, 0]),
    limits=st.just(Limits()),
    pre_approval=st.sampled_from([True, True, False]),
)  # fmt: skip


def command(name: str, jids: list[str]) -> str:
    """The payload of a block or unblock request."""
    items = "".join(f"<item jid='{other}'/>" for other in jids)
    return f"<{name} xmlns='urn:xmpp:blocking'>{items}</{name}>"


class Everything(RuleBasedStateMachine):
    """Three accounts, two resources each, one component, one store."""

    def __init__(self) -> None:
        super().__init__()
        self.seats: dict[tuple[str, str], Seat] = {}
        self.gone: list[Client] = []
        #: Every copy of its roster that a client of the account ever held, and what each version stood for.
        self.copies: dict[str, dict[object, Roster]] = {bare: {} for bare in LOCAL}
        self.meaning: dict[tuple[str, str], Visible] = {}
        self.numbers = 0
        self.far: Far | None = None
        self.far_unanswered = 0

    @initialize(settings=settings, going_on=st.sampled_from(["nothing", "asked", "both"]))
    def begin(self, settings: Settings, going_on: str) -> None:
        """Begin in the middle of things: everybody is there, has contacts elsewhere, and some are subscribed."""
        self.rig = Rig((), settings, expected=("far.test",))
        self.rig.store = Ledger()
        for bare in LOCAL:
            self.rig.apply(self.rig.server.command(AddAccount(jid.parse(bare), {}), 0.0))
        self.book = Network(LOCAL, settings.pre_approval)
        self._note()
        self.component_comes()
        for name in NAMES:
            self.bind(name, "a")
            self._get_roster(self.seats[name, "a"], None)
            self._available(self.seats[name, "a"], 0)
            for contact in ("two@far.test", "three@far.test", "four@far.test"):
                self._set(self.seats[name, "a"], contact, None, "")
        for asker, asked in (("juliet", "romeo"), ("romeo", "juliet")) if going_on == "both" else ():
            self._subscription(self.seats[asker, "a"], "subscribe", f"{asked}@localhost")
            self._subscription(self.seats[asked, "a"], "subscribed", f"{asker}@localhost")
        if going_on == "asked":
            self._subscription(self.seats["juliet", "a"], "subscribe", "romeo@localhost")

    # What clients do

    @rule(name=names, resource=st.sampled_from(RESOURCES))
    def bind(self, name: str, resource: str) -> None:
        """Bind a resource; a taken one changes hands."""
        bare = f"{name}@localhost"
        if bare not in self.book.books:
            return
        older = self.seats.pop((name, resource), None)
        client = self.rig.connect(bare, resource)
        if older is not None:
            assert older.client.closed is not None
            older.client.take()
            self.gone.append(older.client)
        self._arrivals(leaving=older)
        self.seats[name, resource] = Seat(client)

    @precondition(lambda self: self.seats)
    @rule(pick=picks, which=st.sampled_from([None, "", "garbage"]))
    def get_roster(self, pick: int, which: str | None) -> None:
        """Fetch the roster without a version, with none cached, or with one that no server ever gave."""
        self._get_roster(self._seat(pick), which)

    @precondition(lambda self: self.seats)
    @rule(pick=picks, which=picks, cut=st.one_of(st.none(), st.integers(min_value=1, max_value=3)))
    def get_roster_with_a_copy(self, pick: int, which: int, cut: int | None) -> None:
        """Fetch the roster with any copy that any client of the account ever held, and perhaps only half of it."""
        seat = self._seat(pick)
        old = list(self.copies[seat.bare].values())
        if not old:
            return
        copy = old[which % len(old)]
        seat.remember(copy)
        self._get_roster(seat, copy.version, cut)

    @precondition(lambda self: self.seats)
    @rule(pick=picks, priority=st.sampled_from([-1, 0, 5]))
    def available(self, pick: int, priority: int) -> None:
        """Initial or subsequent presence."""
        self._available(self._seat(pick), priority)

    @precondition(lambda self: self.seats)
    @rule(pick=picks)
    def unavailable(self, pick: int) -> None:
        """Unavailable presence; directed targets hear of it and are forgotten."""
        seat = self._seat(pick)
        seat.client.presence("unavailable")
        self._arrivals()
        seat.directed.clear()
        seat.sees.clear()

    @precondition(lambda self: self.seats)
    @rule(pick=picks, to=anybody, kind=st.sampled_from(["", "unavailable"]))
    def directed(self, pick: int, to: str, kind: str) -> None:
        """Presence for one address."""
        seat = self._seat(pick)
        refused = self.book.blocks(seat.bare, jid.parse(to).bare)
        if not refused:
            seat.directed.add(to)
        seat.client.presence(kind, to)
        self._arrivals()
        if kind and not refused:
            seat.directed.discard(to)
            seat.muted.add(jid.parse(to).bare)

    @precondition(lambda self: self.seats)
    @rule(pick=picks, contact=contacts, name=st.sampled_from([None, "", "x"]), group=st.sampled_from(["", "g", "h"]))
    def set_item(self, pick: int, contact: str, name: str | None, group: str) -> None:
        """Add or change an entry; one's own is refused."""
        self._set(self._seat(pick), contact, name, group)

    @precondition(lambda self: self.seats)
    @rule(pick=picks, contact=contacts)
    def remove_item(self, pick: int, contact: str) -> None:
        """Remove an entry, which need not be there."""
        seat = self._seat(pick)
        self.book.remove(seat.bare, contact)
        seat.client.set_item(f"<item jid='{contact}' subscription='remove'/>", self._request(seat))
        self._arrivals()

    @precondition(lambda self: self.seats)
    @rule(pick=picks, kind=st.sampled_from(SUBSCRIPTIONS), contact=contacts)
    def subscription(self, pick: int, kind: str, contact: str) -> None:
        """A subscription stanza of a client."""
        self._subscription(self._seat(pick), kind, contact)

    @precondition(lambda self: self.seats)
    @rule(pick=picks, to=anybody, kind=st.sampled_from(["probe", "message", "ping", "roster"]))
    def ask_and_tell(self, pick: int, to: str, kind: str) -> None:
        """A probe, a message or a request to anybody changes nothing."""
        seat = self._seat(pick)
        if kind == "probe":
            seat.client.presence("probe", to)
        elif kind == "message":
            seat.client.message(to, "chat")
        elif kind == "roster":
            query = "<query xmlns='jabber:iq:roster'><item jid='x@localhost'/></query>"
            other = to if to.partition("/")[0] != seat.bare else "localhost"
            seat.client.iq("set", query, other, self._request(seat))
        else:
            seat.client.iq("get", "<ping xmlns='urn:xmpp:ping'/>", to, self._request(seat))
        self._arrivals()

    @precondition(lambda self: self.seats)
    @rule(pick=picks, others=st.lists(blockable, min_size=1, max_size=2))
    def block(self, pick: int, others: list[str]) -> None:
        """Block some JIDs; the client takes nobody blocked for available any more."""
        seat = self._seat(pick)
        if seat.bare not in others:
            for other in others:
                self.book.block(seat.bare, other)
        seat.client.iq("set", command("block", others), id=self._request(seat))
        self._arrivals()
        for own in self.seats.values():
            own.directed = {to for to in own.directed if not self.book.blocks(own.bare, jid.parse(to).bare)}
            own.sees = {full for full in own.sees if not self.book.blocks(own.bare, jid.parse(full).bare)}

    @precondition(lambda self: self.seats)
    @rule(pick=picks, others=st.lists(blockable, max_size=2))
    def unblock(self, pick: int, others: list[str]) -> None:
        """Unblock some JIDs, or everybody."""
        seat = self._seat(pick)
        probing = any(own.available for own in self.seats.values() if own.bare == seat.bare)
        self.book.unblock(seat.bare, others or list(self.book.blocked.get(seat.bare, ())), probing)
        seat.client.iq("set", command("unblock", others), id=self._request(seat))
        self._arrivals()

    @precondition(lambda self: self.seats)
    @rule(pick=picks)
    def lose(self, pick: int) -> None:
        """A connection breaks."""
        self._lose(self._seat(pick))

    # What others do

    @precondition(lambda self: self.far is not None)
    @rule(kind=st.sampled_from([*SUBSCRIPTIONS, "", "unavailable", "probe"]), sender=st.sampled_from(FAR), to=anybody)
    def from_far(self, kind: str, sender: str, to: str) -> None:
        """Presence of any kind from a user of the component, also to an address that is not there."""
        there = to.partition("/")[0] in self.book.books
        present = "/" not in to or any(seat.full == to for seat in self.seats.values())
        if kind in SUBSCRIPTIONS and there and (present or kind == "subscribe"):  # §8.5.3.2.2
            self.book.arrive(to.partition("/")[0], kind, sender)
        if jid.parse(to).domain == "localhost":
            assert self.far is not None
            self.far.presence(kind, sender, to)
            self._arrivals()

    @precondition(lambda self: self.far is not None)
    @rule(sender=st.sampled_from(FAR), to=anybody)
    def far_asks(self, sender: str, to: str) -> None:
        """A request of a user of the component, which always passes to a resource that is there."""
        if jid.parse(to).domain == "localhost":
            assert self.far is not None
            self.far_unanswered += 1
            self.far.iq("get", "<ping xmlns='urn:xmpp:ping'/>", sender, to)
            self._arrivals()

    @precondition(lambda self: self.far is None)
    @rule()
    def component_comes(self) -> None:
        """The component connects."""
        self.far = self.rig.component("far.test")

    @precondition(lambda self: self.far is not None)
    @rule()
    def component_goes(self) -> None:
        """The component's connection breaks; whoever sends there meanwhile gets an error."""
        assert self.far is not None
        self.far.leave()
        self.far = None

    @rule(name=names)
    def remove_or_create(self, name: str) -> None:
        """Remove an account, or make it anew."""
        bare = f"{name}@localhost"
        if bare in self.book.books:
            self.book.drop(bare)
            self.rig.apply(self.rig.server.command(RemoveAccount(jid.parse(bare)), 0.0))
            self._arrivals()
            for key in [key for key in self.seats if key[0] == name]:
                seat = self.seats.pop(key)
                assert seat.client.closed is not None
                self.gone.append(seat.client)
        else:
            self.book.create(bare)
            self.rig.apply(self.rig.server.command(AddAccount(jid.parse(bare), {}), 0.0))
        self._note()

    @rule()
    def restart(self) -> None:
        """The server starts again from its store: everybody has to come back."""
        self.rig = self.rig.restarted()
        self.seats.clear()
        self.gone.clear()
        self.far = None
        self.component_comes()

    # What always holds

    @invariant()
    def every_roster_is_what_the_rfc_says(self) -> None:
        """Entries and kept requests are those of the second reading (§2, §3), and the account is there at all."""
        assert set(self.rig.world.accounts) == set(self.book.books)
        for bare, account in self.rig.world.accounts.items():
            assert visible(account.roster) == self.book.books[bare].visible()
            assert set(account.roster.requests) == self.book.books[bare].requests()
            assert set(account.roster.blocked) == self.book.blocked.get(bare, set())

    @invariant()
    def every_copy_is_the_roster(self) -> None:
        """Each interested resource's copy, from results and pushes only, is the server's roster (§2.1.6, §2.6)."""
        for seat in self.seats.values():
            if seat.interested:
                roster = self.rig.world.accounts[seat.bare].roster
                assert seat.copied == visible(roster), seat.full
                assert seat.replica.version == (roster.version if self.rig.world.settings.versioning else None)

    @invariant()
    def a_version_means_one_state(self) -> None:
        """No version ever stands for two states, over removals, new accounts and restarts (§2.6.1)."""
        for bare, account in self.rig.world.accounts.items():
            shown = visible(account.roster)
            assert self.meaning.setdefault((bare, account.roster.version), shown) == shown

    @invariant()
    def every_request_was_answered(self) -> None:
        """Each get and set has had its one answer (RFC 6120 §8.2.3)."""
        assert not any(seat.unanswered for seat in self.seats.values())
        assert self.far_unanswered == 0

    @invariant()
    def everything_is_on_disk(self) -> None:
        """What was saved, contact by contact, is the state: entries, requests, version and history."""
        store = self.rig.store
        assert isinstance(store, Ledger)
        assert store.rosters == {bare: account.roster for bare, account in self.rig.world.accounts.items()}

    @invariant()
    def everybody_knows_who_is_there(self) -> None:
        """Who is available sees all that it may see, and nobody who is gone (§4)."""
        for me in self.seats.values():
            there = {seat.full: seat for seat in self.seats.values() if me.available}
            for full in me.sees if me.available else ():
                seat = there.get(full)
                assert seat or not full.partition("/")[0].endswith("localhost"), f"{me.full} sees {full}, who is gone"
                assert seat is None or self._shows(seat, me.client.jid, self.book.seers()), f"{me.full} sees {full}"
            for full, seat in there.items():
                wanted = self.book.books[me.bare].wants.get(seat.bare) == "to"
                blocked = self.book.blocks(seat.bare, me.bare) or self.book.blocks(me.bare, seat.bare)
                mutual = wanted and not blocked and (seat.bare, me.bare) in self.book.seers()
                if seat.available and (mutual or seat.bare == me.bare) and me.bare not in seat.muted:
                    assert full in me.sees, f"{me.full} does not see {full}"

    @invariant()
    def nothing_is_sent_to_who_is_gone(self) -> None:
        """A stream that is over gets nothing."""
        assert not any(client.inbox for client in self.gone)

    def teardown(self) -> None:
        """A client that comes back with any copy of any age ends with the server's roster (§2.6.3)."""
        for bare in self.book.books:
            for copy in list(self.copies[bare].values()):
                seat = Seat(self.rig.connect(bare, "back"))
                seat.remember(copy)
                seat.asks_for_roster(self._request(seat), copy.version)
                for got in seat.client.take():
                    seat.takes(got)
                seat.client.leave()
                assert seat.copied == visible(self.rig.world.accounts[bare].roster)

    # Doing

    def _seat(self, number: int) -> Seat:
        return self.seats[sorted(self.seats)[number % len(self.seats)]]

    def _request(self, seat: Seat) -> str:
        self.numbers += 1
        seat.unanswered.add(f"r{self.numbers}")
        return f"r{self.numbers}"

    def _get_roster(self, seat: Seat, version: str | None, cut: int | None = None) -> None:
        seat.asks_for_roster(self._request(seat), version)
        if cut is not None:  # the connection breaks when so many of the answers have arrived
            for got in seat.client.take()[:cut]:
                seat.takes(got)
            self._copied(seat)
            self._lose(seat)
            return
        for got in seat.client.take():
            seat.takes(got)
            self._copied(seat)
        self._arrivals()

    def _available(self, seat: Seat, priority: int) -> None:
        if not seat.available:
            self.book.come(seat.bare)
        seat.client.presence(priority=priority)
        self._arrivals()

    def _set(self, seat: Seat, contact: str, name: str | None, group: str) -> None:
        self.book.set(seat.bare, contact, name, frozenset({group} - {""}))
        attribute = "" if name is None else f" name='{name}'"
        inner = f"<group>{group}</group>" if group else ""
        item = f"<item jid='{contact}'{attribute} subscription='both' approved='true'>{inner}</item>"
        seat.client.set_item(item, self._request(seat))
        self._arrivals()

    def _subscription(self, seat: Seat, kind: str, contact: str) -> None:
        self.book.send(seat.bare, kind, contact)
        seat.client.presence(kind, contact)
        self._arrivals()

    def _lose(self, seat: Seat) -> None:
        seat.client.leave()
        seat.client.take()
        self._arrivals()
        del self.seats[seat.client.jid.local, seat.client.jid.resource]
        self.gone.append(seat.client)

    # What comes of it

    def _arrivals(self, leaving: Seat | None = None) -> None:
        """Let everybody read what came, until nothing comes any more; then the step is over."""
        self.leaving = leaving
        while any(seat.client.inbox for seat in self.seats.values()) or (self.far and self.far.inbox):
            for seat in list(self.seats.values()):
                for got in seat.client.take():
                    stanza = seat.takes(got)
                    if stanza is not None:
                        assert isinstance(got, Send)
                        self._check(seat.client.jid, stanza)
                        self._react(seat, stanza)
            for got in self.far.take() if self.far else ():
                assert isinstance(got, Send) and got.to is not None
                self._check(jid.parse(got.to), got.stanza)
                self._answer_from_far(got)
        for seat in self.seats.values():
            if seat.interested:
                self._copied(seat)
        self._note()

    def _react(self, seat: Seat, stanza: Iq | Presence | Message) -> None:
        if isinstance(stanza, Iq) and stanza.type in ("get", "set"):
            assert stanza.sender is not None
            asker = stanza.sender
            # §8.5.3.1: a subscriber's request also reaches a resource that is not available
            subscribed = (seat.bare, asker.bare) in self.book.seers()
            known = subscribed or self._shows(seat, asker, set()) or asker.domain == "far.test"
            assert known or seat.bare == asker.bare, f"a request of {asker} reached {seat.full}"
            seat.client.answer("result", stanza.sender.full, stanza.id or "")
        elif isinstance(stanza, Message) and stanza.type != "error":
            assert stanza.to is not None
            assert stanza.to.full == seat.full or (seat.available and seat.client.link.presence.priority >= 0)

    def _answer_from_far(self, got: Send) -> None:
        stanza = got.stanza
        if isinstance(stanza, Iq) and stanza.type in ("result", "error"):
            self.far_unanswered -= 1
        elif isinstance(stanza, Iq):
            assert self.far is not None and stanza.sender is not None
            self.far.send(Iq("result", stanza.id, stanza.sender, jid.parse(str(got.to))))

    def _check(self, viewer: Jid, stanza: Iq | Presence | Message) -> None:
        """Available and unavailable presence reaches only who may have it, before the step or after it (§4).

        From somebody blocked comes nothing, to somebody blocked only the end of what was, or a request of before that
        its own server has kept (XEP-0191 §3.3).
        """
        if stanza.sender is not None and stanza.type != "error":
            assert not self.book.blocks(viewer.bare, stanza.sender.bare), f"{viewer.full} got {stanza}"
            old = stanza.type in ("unavailable", "unsubscribe", "unsubscribed", "subscribe")
            assert old or not self.book.blocks(stanza.sender.bare, viewer.bare), f"{viewer.full} got {stanza}"
        if not isinstance(stanza, Presence) or stanza.type not in ("", "unavailable"):
            return
        sender = stanza.sender
        assert sender is not None
        if sender.domain == "far.test" or sender.bare == viewer.bare:
            return
        seers = self._seers_of_the_step()
        seats = [seat for seat in (*self.seats.values(), self.leaving) if seat and seat.full == sender.full]
        entitled = (sender.bare, viewer.bare) in seers or any(self._shows(seat, viewer, seers) for seat in seats)
        assert entitled, f"{viewer.full} got {stanza.type or 'available'} from {sender.full}"

    def _seers_of_the_step(self) -> set[tuple[str, str]]:
        return self.seers | self.book.seers()

    @staticmethod
    def _shows(seat: Seat, viewer: Jid, seers: set[tuple[str, str]]) -> bool:
        """Whether the one at ``seat`` has shown itself to ``viewer``: by a subscription, or by directed presence."""
        own = seat.bare == viewer.bare or (seat.bare, viewer.bare) in seers
        return (own and seat.available) or not seat.directed.isdisjoint({viewer.bare, viewer.full})

    def _copied(self, seat: Seat) -> None:
        if seat.replica.version:
            copy = seat.snapshot()
            self.copies[seat.bare].setdefault((copy.version, frozenset(seat.copied.items())), copy)

    def _note(self) -> None:
        """Who may see whom when the next step begins."""
        self.seers = self.book.seers()


TestEverything = Everything.TestCase
