"""Roster versions on the whole server: what a version is answered with, and what pushes say of it (§2.6)."""

from __future__ import annotations

from rig import Client, Rig

from rosterkit.core import jid
from rosterkit.core.commands import AddAccount, RemoveAccount
from rosterkit.core.effects import SendRoster
from rosterkit.core.roster import Item, Roster
from rosterkit.core.stanza import Iq
from rosterkit.core.world import Settings


def version(client: Client, ver: str | None = None) -> str:
    """The version that a roster get is answered with."""
    client.take()
    client.get_roster(ver)
    (answer,) = client.take()
    assert isinstance(answer, SendRoster)
    return answer.roster.version


def whole(client: Client, ver: str | None = None) -> SendRoster:
    """The answer to a roster get, which must be the whole roster and nothing else."""
    client.take()
    client.get_roster(ver)
    (answer,) = client.take()
    assert isinstance(answer, SendRoster)
    return answer


def interim(client: Client, ver: str) -> list[tuple[Item, str | None]]:
    """What follows the empty result of a roster get."""
    client.take()
    client.get_roster(ver)
    result, *pushes = client.take()
    assert isinstance(result.stanza, Iq) and (result.stanza.type, result.stanza.body) == ("result", b"")  # type: ignore[union-attr]
    return [(item, after) for _, item, after in pushes]  # type: ignore[misc]


def filled(rig: Rig, *contacts: str) -> Client:
    """Juliet, interested, with these contacts."""
    client = rig.login("juliet")
    for contact in contacts:
        client.set_item(f"<item jid='{contact}'/>")
    client.take()
    return client


def test_empty_version_gets_the_whole_roster() -> None:
    """A client with nothing cached sends ver='' and gets everything, with the version (§2.6.2)."""
    answer = whole(filled(Rig(), "romeo@localhost"), "")
    assert set(answer.roster.items) == {"romeo@localhost"} and answer.versioned


def test_no_version_gets_the_whole_roster_with_its_version() -> None:
    """A request without ver gets the whole roster; ours always says its version (§2.6.3)."""
    assert whole(filled(Rig(), "romeo@localhost")).versioned


def test_unchanged_version_gets_an_empty_result() -> None:
    """Nothing changed since: an empty result without a query, and no push (§2.6.3)."""
    client = filled(Rig(), "romeo@localhost")
    assert interim(client, version(client)) == []


def test_unknown_version_gets_the_whole_roster() -> None:
    """A version that the server does not know is answered with everything (§2.6.3)."""
    client = filled(Rig(), "romeo@localhost", "nurse@localhost", "tybalt@localhost")
    assert len(whole(client, "never given").roster.items) == 3


def test_known_version_gets_what_has_changed() -> None:
    """Interim pushes: each changed entry once, in the order of its last change, each with that version (§2.6.3)."""
    client = filled(Rig(), "a@x.test", "b@x.test", "c@x.test", "d@x.test", "e@x.test")
    start = version(client)
    versions = []
    for item in (
        "<item jid='b@x.test' name='1'/>",
        "<item jid='c@x.test' name='2'/>",
        "<item jid='d@x.test' subscription='remove'/>",
        "<item jid='b@x.test' name='3'/>",
    ):
        client.set_item(item)
        versions.append(client.pushes()[0][2])
    got = interim(client, start)
    assert [(item.jid, item.subscription, item.name, after) for item, after in got] == [
        ("c@x.test", "none", "2", versions[1]),
        ("d@x.test", "remove", None, versions[2]),
        ("b@x.test", "none", "3", versions[3]),
    ]
    assert got[-1][1] == version(client)


def test_a_client_cut_off_between_interim_pushes_goes_on() -> None:
    """Whoever comes back with the version of any interim push gets what is still missing (§2.6.3)."""
    client = filled(Rig(), *(f"{name}@x.test" for name in "abcdefgh"))
    start = version(client)
    for name in "bcdbc":
        client.set_item(f"<item jid='{name}@x.test' name='new'/>")
    got = interim(client, start)
    for index, (_, after) in enumerate(got):
        assert after is not None
        assert interim(client, after) == got[index + 1 :]


def test_an_entry_removed_and_added_again_is_sent_in_its_final_state() -> None:
    """Several changes of one entry are sent once, as it is now (§2.6.3)."""
    client = filled(Rig(), "a@x.test", "b@x.test", "c@x.test")
    start = version(client)
    client.set_item("<item jid='b@x.test' subscription='remove'/>")
    client.set_item("<item jid='b@x.test' name='again'/>")
    assert [item for item, _ in interim(client, start)] == [Item("b@x.test", "again")]


def test_the_whole_roster_where_it_is_the_smaller_answer() -> None:
    """Interim pushes are sent when they are fewer than the entries, else the whole roster (§2.6.3)."""
    client = filled(Rig(), "a@x.test", "b@x.test")
    start = version(client)
    client.set_item("<item jid='a@x.test' name='1'/>")
    assert len(interim(client, start)) == 1
    client.set_item("<item jid='b@x.test' name='1'/>")
    assert len(whole(client, start).roster.items) == 2


def test_everything_removed_is_an_empty_roster() -> None:
    """After the last removal an old version gets a query without items, not a push (§2.1.4, §2.6.3)."""
    client = filled(Rig(), "a@x.test")
    start = version(client)
    client.set_item("<item jid='a@x.test' subscription='remove'/>")
    assert whole(client, start).roster.items == {}


def test_history_is_bounded() -> None:
    """Beyond the versions that are kept, the whole roster is sent (§2.6.3)."""
    contacts = [f"{name}@x.test" for name in "abcdefgh"]
    client = filled(Rig(settings=Settings(history=3)), *contacts)
    versions = [version(client)]
    for name in "abc":
        client.set_item(f"<item jid='{name}@x.test' name='new'/>")
        versions.append(version(client))
    assert len(whole(client, versions[0]).roster.items) == 8
    assert [item.jid for item, _ in interim(client, versions[1])] == ["b@x.test", "c@x.test"]
    assert interim(client, versions[3]) == []


def test_without_history_only_the_current_version_is_known() -> None:
    """With no versions kept, an unchanged roster is still an empty result, a changed one is sent whole (§2.6.3)."""
    client = filled(Rig(settings=Settings(history=0)), "a@x.test", "b@x.test")
    start = version(client)
    assert interim(client, start) == []
    client.set_item("<item jid='a@x.test' name='1'/>")
    assert len(whole(client, start).roster.items) == 2


def test_every_push_carries_the_version_after_its_change() -> None:
    """Each push has the version that the roster has then, and no two states share one (§2.6.3)."""
    rig = Rig()
    client, contact = rig.login("juliet"), rig.login("romeo")
    seen: list[str | None] = [version(client)]
    for change in range(3):
        client.set_item(f"<item jid='nurse@localhost' name='{change}'/>")
    client.presence("subscribe", "romeo@localhost")
    contact.presence("subscribed", "juliet@localhost")
    contact.presence("subscribe", "juliet@localhost")
    client.presence("subscribed", "romeo@localhost")
    client.set_item("<item jid='romeo@localhost' subscription='remove'/>")
    seen += [after for _, _, after in client.pushes()]
    assert len(seen) == len(set(seen)) == 8
    assert seen[-1] == version(client)


def test_a_kept_request_does_not_change_the_version() -> None:
    """What leads to no push is no modification: the version stays (§2.6.3)."""
    rig = Rig()
    client = rig.login("juliet")
    start = version(client)
    rig.login("romeo").presence("subscribe", "juliet@localhost")
    client.take()
    assert interim(client, start) == []


def test_a_recreated_account_never_repeats_a_version() -> None:
    """An old version of a removed account is unknown to the one created after it (§2.6.3)."""
    rig = Rig()
    old = version(rig.connect("juliet"))
    address = jid.parse("juliet@localhost")
    for command in (RemoveAccount(address), AddAccount(address, {})):
        rig.apply(rig.server.command(command, 0.0))
    assert whole(rig.connect("juliet"), old).roster.version != old


def test_interim_pushes_go_to_the_asker_only() -> None:
    """Interim pushes are for the resource that asked; they follow its result (§2.6.3)."""
    rig = Rig()
    client = filled(rig, "a@x.test", "b@x.test")
    start = version(client)
    client.set_item("<item jid='a@x.test' name='1'/>")
    client.take()
    other = rig.connect("juliet", "b")
    other.get_roster(start)
    assert other.seen() == ["result 1", "push a@x.test subscription=none ask=no"]
    assert client.seen() == []


def test_interim_pushes_make_the_resource_interested() -> None:
    """A versioned get is a request for the roster, whatever answers it (§2.2)."""
    rig = Rig()
    start = version(filled(rig, "a@x.test"))
    other = rig.connect("juliet", "b")
    other.get_roster(start)
    other.take()
    rig.login("juliet", "c").set_item("<item jid='b@x.test'/>")
    assert len(other.pushes()) == 1


def test_without_versioning_there_are_no_versions() -> None:
    """With versioning off a `ver` has no effect, and neither result nor push carries one (§2.6.1)."""
    client = filled(Rig(settings=Settings(versioning=False)), "a@x.test")
    answer = whole(client)
    assert not answer.versioned
    assert not whole(client, answer.roster.version).versioned
    client.set_item("<item jid='a@x.test' name='1'/>")
    assert [after for _, _, after in client.pushes()] == [None]


def test_versions_survive_a_restart() -> None:
    """After a restart an old version still leads to the right roster (§2.6.3)."""
    rig = Rig()
    client = filled(rig, "a@x.test", "b@x.test", "c@x.test")
    start = version(client)
    client.set_item("<item jid='b@x.test' name='1'/>")
    again = rig.restarted().connect("juliet")
    assert [item.jid for item, _ in interim(again, start)] == ["b@x.test"]
    assert interim(again, rig.account("juliet").roster.version) == []


def test_pending_in_is_not_in_the_roster() -> None:
    """A contact known only by a pending request in is in no result (§2.1.4 with §3.1.3)."""
    rig = Rig()
    client = rig.login("juliet")
    rig.login("romeo").presence("subscribe", "juliet@localhost")
    client.take()
    client.get_roster()
    assert client.seen() == ["roster []"]


def test_a_fresh_roster_has_a_version() -> None:
    """Even the empty roster of a new account can be asked for by version (§2.6.3)."""
    rig = Rig()
    client = rig.connect("juliet")
    assert interim(client, version(client)) == []
    assert isinstance(rig.account("juliet").roster, Roster)
