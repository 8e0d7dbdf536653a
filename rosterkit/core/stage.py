"""The stage: every scripted contact of one network, and the far world in which the remote ones live.

A local contact is an account of the network's own server, a remote one an account of the far server; at both a robot
is the client.  What the robots and the far world do to the network comes out as inputs for its own server.

Tests: ``tests/core/test_stage.py``, ``tests/core/test_contact.py``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator
from typing import TypeAlias

from rosterkit.core.agenda import Agenda
from rosterkit.core.cast import Contact, Input, RobotSession, is_robots
from rosterkit.core.commands import AddAccount, PutEntry, RemoveAccount
from rosterkit.core.contact import Order, Script
from rosterkit.core.effects import Close, Effect, Send
from rosterkit.core.far import FarLink, arriving, far_server
from rosterkit.core.jid import Jid
from rosterkit.core.robot import Act, Robot, Speak
from rosterkit.core.roster import Item, Kept, Roster
from rosterkit.core.seed import mirrored_roster
from rosterkit.core.stanza import Stanza
from rosterkit.core.state import Account, Link, Uplink
from rosterkit.core.world import World
from rosterkit.errors import ContactError

__all__ = ["Observer", "Stage"]

#: Called with the full JID of a contact, ``"in"`` for what it says and ``"out"`` for what it is told, the stanza,
#: and the ``to`` that it has.
Observer: TypeAlias = Callable[[str, str, Stanza, str | None], None]

#: The most effects and wakings of one run: contacts that keep answering each other let the process do other things.
_MOST_STEPS = 1000


class Stage:
    """The contacts of the network whose world is ``world``.

    The shell hands every effect for a link without a peer to :meth:`deliver`, once it is committed.  It calls
    :meth:`run` when ``wakes_at`` has come, does each of its inputs on the network's own server before it takes the
    next, and commits them as any others.  Nothing here needs a store: what remote contacts hold lasts as long as the
    stage.
    """

    def __init__(self, world: World, observe: Observer | None = None) -> None:
        self._world = world
        self._observe = observe
        self._far, self._uplink = far_server(world.new_id, world.new_version)
        self._links: dict[str, FarLink] = {}
        self._contacts: dict[str, Contact] = {}
        self._made: list[Contact] = []  # their accounts are among the inputs
        self._waiting: list[Contact] = []  # and those of these should be there
        self._queue: deque[Effect] = deque()
        self._inputs: deque[Input] = deque()
        self._agenda: Agenda[str] = Agenda()

    # What there is

    @property
    def domains(self) -> Collection[str]:
        """The remote scripted domains."""
        return self._links.keys()

    @property
    def contacts(self) -> Collection[str]:
        """The bare JIDs of all contacts, in the order in which they were added."""
        return self._contacts.keys()

    def contact(self, address: Jid) -> Contact | None:
        """The contact with this bare JID."""
        return self._contacts.get(address.bare)

    def account(self, address: Jid) -> Account | None:
        """The account of a contact: what it holds, and with what it is online; None also before it is made."""
        contact = self._contacts.get(address.bare)
        if contact is None:
            return None
        world = self._far.world if contact.remote else self._world
        return world.accounts.get(address.bare)

    # What can be done

    def serve(self, domain: str) -> None:
        """Let the far world answer for ``domain``, with or without contacts there; again is a no-op.

        Raises :class:`ContactError` where the network itself, a component of it or a real server does.
        """
        if domain in self._links:
            return
        world = self._world
        if domain in world.domains:
            raise ContactError(f"{domain} is a domain of the network itself; name another one as remote.")
        if world.uplink is not None:
            own = ", ".join(sorted(world.domains))
            raise ContactError(f"{domain} is for the server to which this is joined; a contact here is NAME@{own}.")
        if domain in world.expected or domain in world.components:
            raise ContactError(f"A component answers for {domain}; take its contacts to another domain.")
        link = self._links[domain] = FarLink(domain)
        self._far.world.domains |= {domain}
        self._inputs.append(Input("open", link))

    def add_contact(self, address: Jid, script: Script, now: float, roster: Roster | None = None) -> bool:
        """Let a contact with this bare JID behave as ``script`` says; True where it is new.

        A new one has ``roster``, or else one that agrees with those of the network's accounts as they are now.  One
        that is there goes offline and begins anew with what it holds.  A domain that is not the network's own becomes
        a remote one.  Raises :class:`ContactError` where somebody else stands there; then nothing has changed.
        """
        known = self._contacts.get(address.bare)
        if known is not None:
            self._replace(known, script, now)
            return False
        self._check(address)
        remote = address.domain not in self._world.domains
        if remote:
            self.serve(address.domain)
        if roster is None:
            roster = mirrored_roster(self._world.accounts.values(), address.bare, self._world.new_version())
        contact = self._contacts[address.bare] = Contact(Robot(script, address, self._world.new_id), remote)
        self._give(contact, Input("command", command=AddAccount(address, {}, roster)), now)
        if remote:
            self._start(contact, now)
        else:
            self._made.append(contact)
        return True

    def remove_contact(self, address: Jid, now: float) -> None:
        """Remove a contact with its account: those who know it are told as of a removed entry (RFC 6121 §2.5.2).

        KeyError where there is none.
        """
        contact = self._contacts.pop(address.bare)
        self._agenda.drop(address.bare)
        self._give(contact, Input("command", command=RemoveAccount(address)), now)

    def order(self, address: Jid, order: Order, now: float) -> None:
        """Let a contact do something; KeyError where there is none."""
        contact = self._contacts[address.bare]
        if contact.begun:
            self._do(contact, contact.robot.order(order), now)
        else:
            contact.orders.append(order)

    def put_entry(self, address: Jid, contact: str, item: Item | None, request: Kept | None, now: float) -> None:
        """Make what the contact at ``address`` holds about ``contact`` this item and this kept request.

        KeyError where there is no such contact.
        """
        command = PutEntry(address, contact, item, request)
        self._give(self._contacts[address.bare], Input("command", command=command), now)

    # What the shell does

    @property
    def wakes_at(self) -> float | None:
        """When :meth:`run` is to be called: 0 for at once, None for not before the next :meth:`deliver`."""
        return 0.0 if self._queue or self._inputs or self._made or self._waiting else self._agenda.next_at

    def deliver(self, effect: Effect) -> None:
        """Take an effect for a contact or a remote domain; it counts with the next :meth:`run`."""
        self._queue.append(effect)

    def run(self, now: float) -> Iterator[Input]:
        """Let the contacts and the far world do what is due; gives the inputs that come of it, each once, in order.

        Contacts act on what they have been told only when everything that they did before has been given out, so that
        a request that reaches several of their resources is answered once.
        """
        settled = not self._inputs
        self._start_waiting(now)
        for _ in range(_MOST_STEPS):
            if self._queue:
                self._take(self._queue.popleft(), now)
            elif settled and (due := self._agenda.pop_due(now)) is not None:
                contact = self._contacts[due[1]]
                self._do(contact, contact.robot.wake(now), now)
            else:
                break
        return self._given()

    def _given(self) -> Iterator[Input]:
        while self._inputs:  # in order also where a commit in between runs the stage again
            yield self._inputs.popleft()

    def _start_waiting(self, now: float) -> None:
        """Start the local contacts whose accounts were made by inputs of the last run; forget one that has none."""
        waiting, self._waiting, self._made = self._waiting, self._made, []
        to_come = {made.command.jid for made in self._inputs if isinstance(made.command, AddAccount)}
        for contact in waiting:
            if self._contacts.get(contact.jid.bare) is not contact:
                continue  # it was removed in the meantime
            if contact.jid.bare in self._world.accounts:
                self._start(contact, now)
            elif contact.jid in to_come:  # a commit in the middle of the last run
                self._waiting.append(contact)
            else:
                del self._contacts[contact.jid.bare]  # it could not be stored

    # What happens to a contact

    def _check(self, address: Jid) -> None:
        if not address.is_bare:
            raise ContactError(f"{address.full} has a resource; a contact is {address.bare}.")
        if address.domain not in self._world.domains:
            return
        if not address.local:
            raise ContactError(f"{address.bare} is the network itself; a contact there is NAME@{address.domain}.")
        account = self._world.accounts.get(address.bare)
        if account is not None and (account.credentials or not all(map(is_robots, account.sessions.values()))):
            raise ContactError(f"{address.bare} is an account with a password; remove it, or name another contact.")

    def _replace(self, contact: Contact, script: Script, now: float) -> None:
        self._do(contact, contact.robot.stop(), now)
        contact.robot = Robot(script, contact.jid, self._world.new_id)
        if contact.begun:
            self._start(contact, now)

    def _start(self, contact: Contact, now: float) -> None:
        account = self.account(contact.jid)
        if account is not None:
            account.grants = contact.script.pre_approves is None
        contact.begun = True
        self._do(contact, contact.robot.start(now), now)
        orders, contact.orders = contact.orders, []
        for order in orders:
            self._do(contact, contact.robot.order(order), now)

    def _do(self, contact: Contact, acts: list[Act], now: float) -> None:
        """Do the acts of a robot at its server, and remember when it wants to be woken."""
        for act in acts:
            made = contact.input(act, self.account(contact.jid))
            if made is not None:
                if isinstance(act, Speak) and self._observe is not None:
                    self._observe(*contact.said(act))
                self._give(contact, made, now)
        wakes_at = contact.robot.wakes_at
        if wakes_at is None:
            self._agenda.drop(contact.jid.bare)
        else:
            self._agenda.put(contact.jid.bare, wakes_at)

    def _give(self, contact: Contact, made: Input, now: float) -> None:
        """Bring an input to the contact's server: the far one does it at once, our own when the shell does."""
        if contact.remote:
            self._do_far(made, now)
        else:
            self._inputs.append(made)

    def _do_far(self, made: Input, now: float) -> None:
        try:
            effects = made.do(self._far, now)
        except Exception:
            self._far.roll_back()
            raise
        self._far.commit()
        self._queue += effects

    # What servers say

    def _take(self, effect: Effect, now: float) -> None:
        """Bring an effect of either server to whom it is for; what only a client needs (pushes) is let go."""
        if isinstance(effect, Send):
            if isinstance(effect.link, RobotSession):
                self._tell(effect.link, effect, now)
            elif isinstance(effect.link, FarLink):
                self._do_far(Input("receive", self._uplink, arriving(effect)), now)
            elif isinstance(effect.link, Uplink):
                self._pass_on(effect)
        elif isinstance(effect, Close):
            self._close(effect.link)

    def _tell(self, session: RobotSession, effect: Send, now: float) -> None:
        contact = self._playing(session)
        if contact is not None:
            if self._observe is not None:
                self._observe(session.jid.full, "out", effect.stanza, effect.to)
            self._do(contact, contact.robot.receive(arriving(effect), session.jid.resource, now), now)

    def _pass_on(self, effect: Send) -> None:
        """Bring what the far world has sent to the network, by the link of its sender's domain."""
        sender = effect.stanza.sender
        link = self._links.get(sender.domain) if sender is not None else None
        if link is not None:
            self._inputs.append(Input("receive", link, arriving(effect)))

    def _close(self, link: Link) -> None:
        """A server has ended a stream; a remote domain comes back."""
        if isinstance(link, FarLink):
            self._inputs.append(Input("open", link))
        elif isinstance(link, RobotSession):
            contact = self._playing(link)
            if contact is not None:
                del contact.sessions[link.jid.resource]
                contact.robot.closed(link.jid.resource)

    def _playing(self, session: RobotSession) -> Contact | None:
        """The contact to whom a stream that is open belongs."""
        contact = self._contacts.get(session.account.jid.bare)
        there = contact is not None and contact.sessions.get(session.jid.resource) is session
        return contact if there else None
