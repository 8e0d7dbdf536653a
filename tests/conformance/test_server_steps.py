"""The steps of scripts for servers, and what the tester says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.steps import Enter, Entered, Fence, Say, Script, asked, fetched, online, told

TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=20)


def steps(script: Script, **gives: Any) -> list[Any]:
    """Every step of a script that is sent what its kind gives."""
    done, step = [], next(script)
    while True:
        done.append(step)
        try:
            step = script.send(gives.get(type(step).__name__))
        except StopIteration:
            return done


@pytest.mark.parametrize("move", [lambda: told("me", "<x/>", "m"), lambda: asked("me", "<x/>", "m")])
def test_what_is_told_is_done_before_anything_else(move: Callable[[], Script]):
    """Say, then a fence."""
    assert steps(move()) == [Say("me", "<x/>", "m"), Fence()]


def test_the_roster_is_asked_for_under_its_mark():
    """The id is the mark, so that the answer is found."""
    said, fence = steps(fetched("me", "get", "v1"))
    assert said == Say("me", "<iq type='get' id='get'><query xmlns='jabber:iq:roster' ver='v1'/></iq>", "get")
    assert fence == Fence()


def test_a_line_comes_online_as_clients_do():
    """Bind, roster, presence; each can be left out."""
    whole = steps(online("me", "a@b"), Enter=Entered("a@b/c", ""))
    assert [type(step) for step in whole] == [Enter, Say, Fence, Say, Fence]
    bare = steps(online("me", "a@b", roster=False, presence=None), Enter=Entered("a@b/c", ""))
    assert [type(step) for step in bare] == [Enter]
    assert [step.mark for step in whole if isinstance(step, Say)] == ["me-roster", "me-presence"]


@given(TEXT, TEXT, TEXT, st.lists(TEXT, max_size=3))
def test_whatever_is_in_it_a_stanza_is_xml(name: str, to: str, body: str, groups: list[str]):
    """Names, addresses and texts are written so that they come back."""
    item = etree.fromstring(stanzas.item(to, name, groups))
    assert (item.get("jid"), item.get("name"), [one.text or "" for one in item]) == (to, name, groups)
    message = etree.fromstring(stanzas.message(to, body))
    assert (message.get("to"), message.findtext("body")) == (to, body)
    assert etree.fromstring(stanzas.presence("subscribe", to, sender=name)).get("from") == name


def test_nothing_is_said_that_was_not_asked_for():
    """Attributes that are not given are not there."""
    assert stanzas.presence() == "<presence/>"
    assert stanzas.ping("a") == "<iq type='get' id='a'><ping xmlns='urn:xmpp:ping'/></iq>"
    assert stanzas.roster_get("a") == "<iq type='get' id='a'><query xmlns='jabber:iq:roster'/></iq>"
    assert stanzas.item("a@b", subscription="remove") == "<item jid='a@b' subscription='remove'></item>"
