"""Software version (XEP-0092)."""

from __future__ import annotations

from lxml import etree
from rig import Rig
from scene import FAR, JULIET

import rosterkit

QUERY = "<query xmlns='jabber:iq:version'/>"


def test_the_domain_says_name_and_version() -> None:
    """Name and version of rosterkit, and nothing of the operating system (XEP-0092 §3)."""
    client = Rig().login("juliet")
    client.iq("get", QUERY, "localhost")
    (answer,) = client.stanzas()
    told = {child.tag.partition("}")[2]: child.text for child in etree.fromstring(answer.body)}
    assert told == {"name": "rosterkit", "version": rosterkit.__version__}


def test_an_account_has_no_version() -> None:
    """Only the domain answers; a client is asked at its full JID."""
    rig = Rig()
    client, far = rig.login("juliet"), rig.component("far.test")
    client.iq("get", QUERY)
    client.iq("get", QUERY, JULIET, id="2")
    client.iq("set", QUERY, "localhost", id="3")
    assert client.seen() == [f"error {number} service-unavailable" for number in (1, 2, 3)]
    far.iq("get", QUERY, FAR, "localhost")
    assert far.seen() == ["result 1"]
