"""The scenes of the demo: what Juliet and Romeo do, and what the server and their clients are seen to make of it.

A scene does something, waits until it has had its effect, and then says so.  It says nothing that it has not found
in the server's journal, in the server's rosters or in a client's own: :class:`~rosterkit.demo.stage.NotAsToldError`
is raised instead.

Tests: ``tests/demo/test_story.py``.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from rosterkit.client.cache import MemoryCache
from rosterkit.demo.careless import CarelessRoster
from rosterkit.demo.stage import DOMAIN, Device, NotAsToldError, Stage
from rosterkit.demo.telling import Teller
from rosterkit.wire.patterns import parse_entry

__all__ = ["SCENES", "Story"]

JULIET, ROMEO = f"juliet@{DOMAIN}", f"romeo@{DOMAIN}"
NURSE, PARIS = f"nurse@{DOMAIN}", f"paris@{DOMAIN}"
_GET = "<iq type='get'><query xmlns='jabber:iq:roster'/></iq>"
_RESULT = "<iq type='result'><query xmlns='jabber:iq:roster'/></iq>"
_SET = "<iq type='set'><query xmlns='jabber:iq:roster'><item jid='{}'{}/></query></iq>"


def _set(contact: str, values: str = "") -> str:
    """A roster set, or a push, that is about a contact."""
    return _SET.format(contact, f" {values}" if values else "")


class Story:
    """The scenes, in the order of :data:`SCENES`, on a stage that has been started."""

    def __init__(self, stage: Stage, tell: Teller) -> None:
        self._stage = stage
        self._tell = tell
        self._kept = MemoryCache()
        self._devices: dict[str, Device] = {}

    async def play(self) -> None:
        """All of it; raises NotAsToldError where something does not happen as told, and what clients raise."""
        for scene in SCENES:
            await scene(self)

    # The scenes

    async def log_in(self) -> None:
        """Both get their rosters, which are empty."""
        await self._tell.scene("Two people log in", "2.1, 2.2, 2.6.2")
        self._tell.say(
            "A roster is a contact list that the server keeps, so that all devices of a person have the same one. "
            "After each login a client asks for it, and only then says that it is there."
        )
        since = await self._stage.cursor()
        laptop, phone = await self._enter("juliet/laptop"), await self._enter("romeo/phone")
        for device in (laptop, phone):
            self._tell.wire(await self._stage.sent(device, _GET, since))
            self._tell.wire(await self._stage.received(device, _RESULT, since))
            await self._stage.sent(device, "<presence/>", since)
            _need(len(device.roster) == 0, f"The roster of {device.name} is not empty.")
        here = [one for one in await self._stage.domain.sessions() if one["available"] and one["interested"]]
        _need(len(here) == 2, f"The server counts {len(here)} sessions, not two, that are there and know the roster.")
        self._tell.say("Both rosters are empty. From now on the server tells both clients of every change.")

    async def add(self) -> None:
        """Juliet adds Romeo to her roster, which changes nothing for him."""
        stage, tell = self._stage, self._tell
        laptop, phone = self._devices["juliet/laptop"], self._devices["romeo/phone"]
        await tell.scene("Juliet adds Romeo", "2.3")
        tell.say("Her client asks for the change; the server makes it and tells each of her devices that is there.")
        since = await stage.cursor()
        await laptop.roster.set_entry(ROMEO, wait_for_push=True)
        tell.wire(await stage.sent(laptop, _set(ROMEO), since))
        tell.wire(await stage.received(laptop, _set(ROMEO, "subscription='none'"), since))
        await stage.fence(phone)
        _need(len(phone.roster) == 0, "Romeo's roster is not empty any more.")
        told = [one for one in await stage.passed(phone, since) if JULIET in one["xml"]]
        _need(not told, "Romeo's client was told of it.")
        await stage.fence(laptop)
        _need(not laptop.roster[ROMEO].available, "Juliet's client shows Romeo as available.")
        await self._states("None", "None")
        tell.say(
            "Romeo has not heard of it, and Juliet does not see that he is there: merely to be listed is no "
            "subscription. Both sides call that None."
        )

    async def ask(self) -> None:
        """Juliet asks to see Romeo's presence."""
        stage, tell = self._stage, self._tell
        laptop, phone = self._devices["juliet/laptop"], self._devices["romeo/phone"]
        await tell.scene("Juliet asks to see Romeo", "3.1.1 to 3.1.3")
        tell.say("So she asks, and the server passes it on to him.")
        since = await stage.cursor()
        asked = phone.roster.on_subscribe.next()
        await laptop.roster.subscribe(ROMEO)
        tell.wire(await stage.sent(laptop, f"<presence type='subscribe' to='{ROMEO}'/>", since))
        tell.wire(await stage.received(phone, f"<presence type='subscribe' from='{JULIET}'/>", since))
        await stage.until(
            laptop, lambda roster: roster[ROMEO].ask == "subscribe", "Juliet's client shows her request."
        )
        await stage.fence(phone)
        _need(asked.called, "Romeo's client has not heard of the request.")
        _need(JULIET not in phone.roster, "Romeo's client has Juliet in its roster before he has said anything.")
        await self._states("None + Pending Out", "None + Pending In")
        tell.say(
            "Pending Out: her request has gone out. Pending In: it waits for his answer. Until then his roster does "
            "not show her."
        )

    async def accept(self) -> None:
        """Romeo says yes; the states move, and his presence appears."""
        stage, tell = self._stage, self._tell
        laptop, phone = self._devices["juliet/laptop"], self._devices["romeo/phone"]
        await tell.scene("Romeo says yes", "3.1.4 to 3.1.6, 4.2")
        since = await stage.cursor()
        await phone.roster.approve(JULIET)
        await stage.until(laptop, lambda roster: roster[ROMEO].available, "Juliet's client shows Romeo as available.")
        tell.wire(await stage.sent(phone, f"<presence type='subscribed' to='{JULIET}'/>", since))
        tell.wire(await stage.received(laptop, _set(ROMEO, "subscription='to'"), since))
        tell.wire(await stage.received(laptop, f"<presence from='{phone.jid}'/>", since))
        await self._states("To", "From")
        tell.say("To: presence comes to her. From: it comes from him.")
        where = ", ".join(laptop.roster[ROMEO].resources)
        _need(where == "phone", f"Juliet's client shows Romeo at {where or 'no resource'}, not at his phone.")
        tell.say(f"Juliet's client now shows Romeo as available, at his {where}.")
        await stage.until(phone, lambda roster: JULIET in roster, "Romeo's client shows Juliet in his roster.")
        await stage.fence(phone)
        _need(not phone.roster[JULIET].available, "Romeo's client shows Juliet as available.")
        tell.say("He does not see her: each direction is a subscription of its own, and he has not asked.")

    async def rename(self) -> None:
        """What one device of Juliet's does, the other learns by a roster push."""
        stage, tell = self._stage, self._tell
        laptop = self._devices["juliet/laptop"]
        await tell.scene("A second device learns of it", "2.1.6, 2.4")
        phone = await self._enter("juliet/phone", self._kept)
        _need(ROMEO in phone.roster, "Juliet's phone has logged in and does not know Romeo.")
        tell.say("Juliet's phone logs in and has the same roster. Then she gives Romeo a name on her laptop.")
        since = await stage.cursor()
        renamed = phone.roster.on_entry_name_changed.next()
        await laptop.roster.set_entry(ROMEO, name="My Romeo")
        tell.wire(await stage.sent(laptop, _set(ROMEO, "name='My Romeo'"), since))
        tell.wire(await stage.received(phone, _set(ROMEO, "name='My Romeo'"), since))
        tell.wire(await stage.sent(phone, "<iq type='result'/>", since))
        await stage.fence(phone)
        _need(renamed.called, "Juliet's phone has not told of a new name.")
        name = phone.roster[ROMEO].name
        _need(name == "My Romeo", f"Juliet's phone shows Romeo as {name!r}.")
        tell.say(f"That was a roster push: nobody had asked for it. Her phone has taken it and shows {name!r}.")

    async def lie(self) -> None:
        """A push from a stranger is refused by a careful client, and believed by a careless one."""
        stage, tell = self._stage, self._tell
        await tell.scene("Somebody lies", "2.1.6")
        careless = CarelessRoster()
        old = await self._enter("juliet/careless", handlers=[careless], roster=False)
        await stage.fence(old)
        tell.say(
            "A push counts only from Juliet's own account. What if a stranger sends one? A right server never lets "
            "it through; this one does, on purpose. To compare, a third client of Juliet's looks at no sender."
        )
        since = await stage.cursor()
        fault = "push-from-stranger"
        pushes = await stage.domain.inject("juliet", PARIS, fault, subscription="both", name="Count Paris")
        laptop, phone = self._devices["juliet/laptop"], self._devices["juliet/phone"]
        ids = {push["id"] for push in pushes}
        lies = [await stage.received(each, _set(PARIS), since) for each in (laptop, phone, old)]
        _need(all(lie.fault == fault for lie in lies), "A push about Paris has come without the fault.")
        tell.wire(lies[0])
        for device in (laptop, phone):
            await self._ignored(device, ids, since)
        listed = ", ".join(str(item.bare) for item in laptop.roster)
        tell.say(
            f"Laptop and phone have ignored it. On the laptop there is still: {listed}. The careless one answers:"
        )
        tell.wire(await stage.sent(old, "<iq type='result'/>", since))
        believed = careless.contacts.get(PARIS)
        _need(believed is not None, "The careless client has not believed the push, although it is made to.")
        name = believed.name if believed is not None else None
        tell.say(
            f"It believes that {name!r} is a contact of Juliet's, whom she has never added. "
            "rosterkit tells such lies on purpose, so that you see what your client makes of them."
        )

    async def come_back(self) -> None:
        """A client that has kept its roster is sent only what has changed meanwhile."""
        stage, tell = self._stage, self._tell
        laptop, phone = self._devices["juliet/laptop"], self._devices.pop("juliet/phone")
        await tell.scene("The phone comes back", "2.6")
        kept = phone.roster.version
        await phone.client.disconnect()
        here = [one["jid"] for one in await stage.domain.sessions()]
        _need(phone.jid not in here, "The server still has a session of Juliet's phone.")
        await laptop.roster.set_entry(NURSE, name="Nurse", wait_for_push=True)
        tell.say(
            "The phone was away, and meanwhile Juliet has added her nurse. It has kept its roster and says "
            "of which version it is."
        )
        since = await stage.cursor()
        phone = await self._enter("juliet/phone", self._kept)
        asked = await stage.sent(phone, f"<iq type='get'><query xmlns='jabber:iq:roster' ver='{kept}'/></iq>", since)
        tell.wire(asked)
        await stage.until(phone, lambda roster: NURSE in roster, "Juliet's phone knows the nurse.")
        tell.wire(await stage.received(phone, "/iq[@type='result'][not(*)]", since))
        tell.wire(await stage.received(phone, _set(NURSE), since))
        await stage.fence(phone)
        again = [contact for one in await stage.passed(phone, since) for contact in _contacts(one)]
        _need(again == [NURSE], f"The server has sent again {', '.join(again) or 'nothing'}, not {NURSE} alone.")
        known = [str(item.bare) for item in phone.roster]
        _need(sorted(known) == [NURSE, ROMEO], f"Juliet's phone knows {', '.join(known)}.")
        rest = ", ".join(contact for contact in known if contact not in again)
        tell.say("The empty result says: what you have kept is right, but for the changes that follow.")
        tell.say(f"Sent now: {', '.join(again)}. Not sent again, and still there: {rest}.")

    # What they have in common

    async def _enter(self, name: str, cache: MemoryCache | None = None, **more: Any) -> Device:
        self._devices[name] = device = await self._stage.enter(name, cache, **more)
        return device

    async def _ignored(self, device: Device, pushes: Collection[str], since: int) -> None:
        """See that a client has neither believed nor answered what a stranger has sent after ``since``."""
        await self._stage.fence(device)
        _need(PARIS not in device.roster, f"{device.name} has believed a push that a stranger sent.")
        answers = [one for one in await self._stage.passed(device, since) if _takes(one, pushes)]
        _need(not answers, f"{device.name} has answered a stranger's push as if it were good.")

    async def _states(self, juliet: str, romeo: str) -> None:
        """Tell the states of both sides, which have to be these."""
        found = await self._stage.states("juliet", "romeo")
        _need(
            found == (juliet, romeo), f"Juliet's side is {found[0]} and Romeo's {found[1]}, not {juliet} and {romeo}."
        )
        self._tell.states(*found)


SCENES = (Story.log_in, Story.add, Story.ask, Story.accept, Story.rename, Story.lie, Story.come_back)


def _need(is_so: bool, sentence: str) -> None:
    """Raise NotAsToldError with what is the case instead."""
    if not is_so:
        raise NotAsToldError(sentence)


def _takes(entry: dict[str, Any], pushes: Collection[str]) -> bool:
    """Whether a client has sent this to say that it has taken one of ``pushes``, which are named by their ids."""
    answer = parse_entry(entry["xml"].encode()) if entry["direction"] == "in" else None
    return answer is not None and answer.get("type") == "result" and answer.get("id") in pushes


def _contacts(entry: dict[str, Any]) -> list[str]:
    """The contacts of a roster result or a push that a client was sent."""
    element = parse_entry(entry["xml"].encode()) if entry["direction"] == "out" and entry["xml"] else None
    items = element.iter("{jabber:iq:roster}item") if element is not None else ()
    return [str(item.get("jid")) for item in items]
