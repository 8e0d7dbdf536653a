"""Service discovery: what a domain and an account say of themselves, and to whom (XEP-0030)."""

from __future__ import annotations

import pytest
from lxml import etree
from rig import Client, Far, Rig
from scene import FAR, JULIET, ROMEO

from rosterkit.core.ext import blocking, disco
from rosterkit.core.world import Settings

INFO, ITEMS = f"<query xmlns='{disco.INFO_NAMESPACE}'/>", f"<query xmlns='{disco.ITEMS_NAMESPACE}'/>"


def answer(end: Client | Far) -> etree._Element:
    """The payload of the one result that came."""
    (stanza,) = end.stanzas()
    assert stanza.type == "result"
    return etree.fromstring(stanza.body)


def features(query: etree._Element) -> list[str | None]:
    """The features that a query names."""
    return [child.get("var") for child in query if child.tag.endswith("feature")]


def identities(query: etree._Element) -> list[tuple[str | None, str | None]]:
    """Category and type of each identity."""
    return [(child.get("category"), child.get("type")) for child in query if child.tag.endswith("identity")]


@pytest.mark.parametrize("registering", [True, False])
def test_the_domain_is_a_server(registering: bool) -> None:
    """Identity server/im, and each feature that it has once: registration only where it is on (XEP-0030 §3.1)."""
    client = Rig(settings=Settings(registration=registering)).login("juliet")
    client.iq("get", INFO, "localhost")
    query = answer(client)
    assert query.tag == disco.INFO and identities(query) == [("server", "im")]
    expected = [disco.INFO_NAMESPACE, disco.ITEMS_NAMESPACE, "urn:xmpp:ping", "jabber:iq:version", blocking.NAMESPACE]
    assert features(query) == expected + ["jabber:iq:register"] * registering


def test_the_domain_lists_its_components() -> None:
    """The items are the components that are connected now (XEP-0030 §4.1)."""
    rig = Rig(expected=("late.test",))
    client, _, far = rig.login("juliet"), rig.component("near.test"), rig.component("far.test")
    client.iq("get", ITEMS, "localhost")
    assert [item.get("jid") for item in answer(client)] == ["far.test", "near.test"]
    far.leave()
    client.iq("get", ITEMS, "localhost")
    assert [item.get("jid") for item in answer(client)] == ["near.test"]


@pytest.mark.parametrize("to", [None, JULIET])
def test_the_own_account(to: str | None) -> None:
    """One's own account is account/registered and has no items (XEP-0030 §8)."""
    client = Rig().connect("juliet")
    client.iq("get", INFO, to)
    assert identities(answer(client)) == [("account", "registered")]
    client.iq("get", ITEMS, to)
    assert len(answer(client)) == 0


@pytest.mark.parametrize("payload", [INFO, ITEMS])
def test_an_account_answers_subscribers_only(payload: str) -> None:
    """Who has a subscription gets an answer; a stranger gets that of a missing account (XEP-0030 §8)."""
    rig = Rig()
    client, other = rig.login("juliet"), rig.login("romeo")
    for to in (ROMEO, "nobody@localhost"):
        client.iq("get", payload, to)
        assert client.seen() == ["error 1 service-unavailable"]
    client.presence("subscribe", ROMEO)
    other.presence("subscribed", JULIET)
    client.take(), other.take()
    client.iq("get", payload, ROMEO)
    assert answer(client).tag in (disco.INFO, disco.ITEMS)
    other.iq("get", payload, JULIET)
    assert other.seen() == ["error 1 service-unavailable"], "a subscription goes one way"


def test_a_component_may_ask() -> None:
    """The domain answers anybody, an account its subscribers elsewhere too."""
    rig = Rig()
    client, far = rig.login("juliet"), rig.component("far.test")
    far.iq("get", INFO, FAR, "localhost")
    assert identities(answer(far)) == [("server", "im")]
    far.iq("get", INFO, FAR, JULIET)
    assert far.seen() == ["error 1 service-unavailable"]
    far.presence("subscribe", FAR, JULIET)
    client.presence("subscribed", FAR)
    far.take()
    far.iq("get", INFO, f"{FAR}/x", JULIET)
    assert identities(answer(far)) == [("account", "registered")]


@pytest.mark.parametrize("to", ["localhost", JULIET])
@pytest.mark.parametrize("namespace", [disco.INFO_NAMESPACE, disco.ITEMS_NAMESPACE])
def test_there_are_no_nodes(namespace: str, to: str) -> None:
    """A query for a node finds nothing (XEP-0030 §3.2); a stranger's account does not even say that."""
    client = Rig().login("juliet")
    query = f"<query xmlns='{namespace}' node='x'/>"
    client.iq("get", query, to)
    client.iq("get", query, ROMEO, id="2")
    assert client.seen() == ["error 1 item-not-found", "error 2 service-unavailable"]


@pytest.mark.parametrize("payload", [INFO, ITEMS])
@pytest.mark.parametrize("to", ["localhost", JULIET])
def test_discovery_is_not_set(to: str, payload: str) -> None:
    """Only a get is discovery (XEP-0030 §3.1)."""
    client = Rig().login("juliet")
    client.iq("set", payload, to)
    assert client.seen() == ["error 1 service-unavailable"]
