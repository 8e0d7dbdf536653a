"""Limits of accounts and sessions: one more than may be is refused, and nothing has changed."""

from __future__ import annotations

import pytest
from rig import Client, Far, Rig

from rosterkit.core import jid, room
from rosterkit.core.limits import Limits
from rosterkit.core.subscription import State
from rosterkit.core.world import Settings

FAR = "far.test"


def rig(limits: Limits) -> Rig:
    """A network with these limits, and a component that may come."""
    return Rig(settings=Settings(limits=limits), expected=(FAR,))


def lines(end: Client | Far) -> list[str]:
    """What has come to one end, in words; its inbox is empty then."""
    return end.seen()


def held(here: Rig) -> dict[str, object]:
    """Everything stored of Juliet."""
    (account,) = (account for account in here.store.load() if account.jid == "juliet@localhost")
    return {"items": dict(account.roster.items), "requests": dict(account.roster.requests)}


def test_another_resource_is_bound_only_while_there_are_few() -> None:
    """At the limit a new one is refused with resource-constraint, while one of the old names may be taken over."""
    here = rig(Limits(resources=2))
    limits = here.world.settings.limits
    for name in ("a", "b"):
        assert room.for_resource(here.account("juliet"), name, limits) is None
        here.connect("juliet", name)
    refusal = room.for_resource(here.account("juliet"), None, limits)
    assert refusal is not None
    assert (refusal.type, refusal.condition) == ("wait", "resource-constraint")
    assert room.for_resource(here.account("juliet"), "b", limits) is None
    assert room.for_resource(here.account("romeo"), None, limits) is None


def test_a_full_roster_takes_changes_and_no_new_entry() -> None:
    """A set for one more contact is refused with policy-violation; the others can be changed and removed."""
    here = rig(Limits(entries=2))
    client = here.login("juliet")
    for name in ("one", "two"):
        client.set_item(f"<item jid='{name}@x.test'/>")
    before = held(here)
    lines(client)
    client.set_item("<item jid='three@x.test'/>")
    assert lines(client) == ["error 1 policy-violation"]
    assert held(here) == before
    client.set_item("<item jid='two@x.test' name='Two'/>")
    client.set_item("<item jid='one@x.test' subscription='remove'/>")
    client.set_item("<item jid='three@x.test'/>")
    assert set(here.account("juliet").roster.items) == {"two@x.test", "three@x.test"}


@pytest.mark.parametrize("asked_before", [False, True])
@pytest.mark.parametrize("type", ["subscribe", "subscribed"])
def test_a_full_roster_takes_no_entry_by_a_subscription(type: str, asked_before: bool) -> None:
    """Asking, approving and approving beforehand are refused where they would make an entry; nobody hears of it."""
    here = rig(Limits(entries=1))
    client, far = here.login("juliet"), here.component(FAR)
    client.set_item("<item jid='one@x.test'/>")
    if asked_before:
        far.presence("subscribe", f"two@{FAR}", "juliet@localhost")
    before = held(here)
    lines(client), lines(far)
    client.presence(type, f"two@{FAR}")
    assert lines(client) == [f"presence error policy-violation from two@{FAR}"]
    assert lines(far) == []
    assert held(here) == before


@pytest.mark.parametrize("type", ["unsubscribe", "unsubscribed"])
def test_a_full_roster_can_always_say_no(type: str) -> None:
    """What makes no entry is never refused: a request can be declined."""
    here = rig(Limits(entries=0))
    client, far = here.login("juliet"), here.component(FAR)
    far.presence("subscribe", f"two@{FAR}", "juliet@localhost")
    lines(client)
    client.presence(type, f"two@{FAR}")
    assert lines(client) == []
    assert here.state("juliet", f"two@{FAR}") is (State.NONE if type == "unsubscribed" else State.NONE_IN)


def test_so_many_requests_are_kept() -> None:
    """One more is refused with resource-constraint and not seen; a kept one may be replaced, answers make room."""
    here = rig(Limits(requests=2))
    client, far = here.login("juliet"), here.component(FAR)
    for name in ("one", "two"):
        far.presence("subscribe", f"{name}@{FAR}", "juliet@localhost")
    before = held(here)
    lines(client)
    far.presence("subscribe", f"three@{FAR}", "juliet@localhost")
    assert lines(far) == ["presence error resource-constraint from juliet@localhost"]
    assert lines(client) == []
    assert held(here) == before
    far.presence("subscribe", f"two@{FAR}", "juliet@localhost", body="<status>again</status>")
    assert here.account("juliet").roster.requests[f"two@{FAR}"].body == b"<status>again</status>"
    client.presence("unsubscribed", f"one@{FAR}")
    far.presence("subscribe", f"three@{FAR}", "juliet@localhost")
    assert set(here.account("juliet").roster.requests) == {f"two@{FAR}", f"three@{FAR}"}


def test_a_request_that_holds_too_much_is_refused() -> None:
    """With not-acceptable, byte by byte; nothing is kept of it, and whoever has asked with less may ask so again."""
    body = "<status>" + "ä" * 10 + "</status>"
    here = rig(Limits(request_bytes=len(body.encode())))
    client, far = here.login("juliet"), here.component(FAR)
    far.presence("subscribe", f"one@{FAR}", "juliet@localhost", body=body.replace("ä", "öö", 1))
    assert lines(far) == ["presence error not-acceptable from juliet@localhost"]
    assert lines(client) == []
    far.presence("subscribe", f"one@{FAR}", "juliet@localhost", body=body)
    assert lines(far) == []
    assert here.state("juliet", f"one@{FAR}") is State.NONE_IN


def test_what_is_approved_already_needs_no_room() -> None:
    """A request that was approved beforehand is answered however many are kept."""
    here = rig(Limits(requests=0))
    client, far = here.login("juliet"), here.component(FAR)
    client.presence("subscribed", f"one@{FAR}")
    far.presence("subscribe", f"one@{FAR}", "juliet@localhost")
    assert here.state("juliet", f"one@{FAR}") is State.FROM


def test_directed_presence_goes_to_so_many_contacts() -> None:
    """One more is refused with policy-violation; those who have had it get it again, and taking back makes room."""
    here = rig(Limits(directed=2, resources=2))
    client, far = here.login("juliet"), here.component(FAR)
    for target in (f"one@{FAR}/a", f"one@{FAR}/b", f"two@{FAR}"):
        client.presence("", target)
    lines(far)
    client.presence("", f"one@{FAR}/c")
    client.presence("", f"three@{FAR}")
    assert [line.partition(" from")[0] for line in lines(client)] == ["presence error policy-violation"] * 2
    assert lines(far) == []
    client.presence("", f"one@{FAR}/b")
    client.presence("unavailable", f"two@{FAR}")
    client.presence("", f"three@{FAR}")
    assert len(lines(far)) == 3
    assert client.link.has_directed(jid.parse(f"three@{FAR}"))


def test_nobody_registers_where_there_are_enough() -> None:
    """With resource-constraint, and no account is made; somebody who goes makes room."""
    here = Rig(("juliet", "romeo"), Settings(registration=True, limits=Limits(accounts=2)))
    wanted = "<query xmlns='jabber:iq:register'><username>nurse</username><password>x</password></query>"
    guest = here.guest()
    guest.iq("set", wanted)
    assert guest.seen() == ["error 1 resource-constraint"]
    assert set(here.world.accounts) == {"juliet@localhost", "romeo@localhost"}
    here.login("romeo").iq("set", "<query xmlns='jabber:iq:register'><remove/></query>")
    guest.iq("set", wanted)
    assert guest.seen() == ["result 1"]
