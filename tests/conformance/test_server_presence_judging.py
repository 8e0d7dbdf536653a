"""What judges of presence share: who heard it, who was spared it, and whether it is whole."""

from __future__ import annotations

import pytest
from served import ME, Told, roster

from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import kept
from rosterkit.conformance.server.cases.content_judging import lost
from rosterkit.conformance.server.cases.presence_judging import (
    begun,
    heard,
    kind,
    reached,
    spared,
    told_nothing,
    whole,
)
from rosterkit.conformance.server.evidence import bare
from rosterkit.conformance.verdicts import Level, Verdict

ROMEO = Told().people.remote
DESK = f"{ME}/desk"


def play(*presences: str, line: str = "component") -> Told:
    """After the event these stanzas have come on a line."""
    told = Told().entered("me", DESK).mark("event")
    for presence in presences:
        told.came(line, presence)
    return told


def presence(sender: str = DESK, to: str = ROMEO, type_: str | None = None, children: str = "") -> str:
    """Presence that the server sends."""
    return stanzas.presence(type_, to, sender=sender, children=children)


@pytest.mark.parametrize(
    ("address", "wanted"), [(DESK, ME), (ME.upper(), ME), ("a@b/c/D", "a@b"), (None, ""), ("", "")]
)
def test_a_bare_jid_is_one_for_every_resource(address: str | None, wanted: str):
    """However it is spelt, and where there is none."""
    assert bare(address) == wanted


def test_contacts_at_the_component_are_told_apart():
    """By whom the presence is for; a line of a client is one person."""
    other = Told().people.other_remote
    evidence = play(presence(), presence(to=f"{other}/phone")).evidence()
    assert [len(heard(evidence, who, "event")) for who in (ROMEO, other, "me")] == [1, 1, 0]
    assert len(heard(play(presence(to=ME), line="me").evidence(), "me", "event")) == 1


@pytest.mark.parametrize(
    ("stanza", "right", "words"),
    [
        (presence(), True, ""),
        (presence(children="<priority>0</priority>"), True, ""),
        (presence(sender=ME), False, f"is from {ME}, not from {DESK}"),
        (presence(sender=f"{ME}/couch"), False, f"No available presence from {DESK} came for {ROMEO}"),
        (presence(type_="unavailable"), False, "No available presence"),
        (presence(to=Told().people.other_remote), False, "No available presence"),
    ],
)
def test_presence_comes_from_the_full_jid(stanza: str, right: bool, words: str):
    """Of the resource that has sent it, for the contact, and with its type."""
    found = [one for one in reached(play(stanza).evidence(), "event", (ROMEO,)) if one is not None]
    assert not found if right else words in found[0].words


@pytest.mark.parametrize(
    ("stanza", "right"),
    [
        (presence(), False),
        (presence(type_="unavailable"), False),
        (presence(sender=f"{ME}/couch"), False),
        (presence(type_="unsubscribed"), True),
        (presence(sender="tybalt@capulet.test/x"), True),
        (presence(to=Told().people.other_remote), True),
    ],
)
def test_whoever_is_spared_hears_of_no_resource(stanza: str, right: bool):
    """Neither that one is there, nor that it is gone; the end of a subscription is something else."""
    found = [one for one in spared(play(stanza).evidence(), "event", (ROMEO,), level=Level.SHOULD) if one]
    assert [one.verdict for one in found] == ([] if right else [Verdict.NON_STRICT])


@pytest.mark.parametrize(
    ("stanza", "right"),
    [
        (presence(), False),
        (presence(sender=ME), False),
        (presence(type_="unavailable"), False),
        (presence(sender=ME, type_="unavailable"), True),
        (presence(sender=ME, type_="unsubscribed"), True),
        (presence(sender=ME, type_="error"), True),
        (presence(sender="nurse@capulet.test/desk"), True),
    ],
)
def test_an_answer_may_tell_nothing(stanza: str, right: bool):
    """Available presence tells that somebody is there, a resource that there is one."""
    assert (told_nothing(play(stanza).evidence(), ROMEO, "event") is None) is right


CHILDREN = "<show>away</show><status xml:lang='it'>Via</status><x xmlns='urn:x' a='1'><y>z</y></x>"


@pytest.mark.parametrize(
    ("children", "names"),
    [
        (CHILDREN, []),
        (f"<delay xmlns='urn:xmpp:delay'/>{CHILDREN}<priority>0</priority>", []),
        (CHILDREN.replace("xmlns='urn:x' a='1'", "a='1' xmlns='urn:x'"), []),
        (CHILDREN.replace("away", "xa"), ["show"]),
        (CHILDREN.replace(" xml:lang='it'", ""), ["status"]),
        (CHILDREN.replace("a='1'", "a='2'"), ["x"]),
        (CHILDREN.replace("<y>z</y>", ""), ["x"]),
        (CHILDREN.replace("urn:x", "urn:other"), ["x"]),
        ("", ["show", "status", "x"]),
    ],
)
def test_a_child_is_there_as_it_was_sent_or_lost(children: str, names: list[str]):
    """Its name, attributes, text and content; what else is there does not matter."""
    evidence = play(presence(children=children)).evidence()
    (seen,) = heard(evidence, ROMEO, "event")
    assert lost(seen, CHILDREN) == names
    finding = whole(evidence, ROMEO, "event", CHILDREN)
    assert finding is None if not names else finding is not None and ", ".join(names) in finding.words


def test_what_did_not_come_lacks_nothing():
    """That it did not come is for another to say."""
    assert whole(play().evidence(), ROMEO, "event", CHILDREN) is None


@pytest.mark.parametrize(
    ("item", "verdict"),
    [
        (f"<item jid='{ROMEO}' subscription='from'/>", Verdict.PASS),
        (f"<item jid='{ROMEO}' subscription='both'/>", Verdict.INCONCLUSIVE),
        ("", Verdict.INCONCLUSIVE),
    ],
)
def test_a_case_begins_in_its_states(item: str, verdict: Verdict):
    """What the roster shows when everything was led there; otherwise nothing is judged."""
    told = Told().note(befriended={ROMEO: "F"}).mark("begin").said("me", "<iq type='get' id='begin'/>")
    told.came("me", roster("begin", item))
    assert begun(lambda _: kept("Yes."), told.evidence()).verdict is verdict


def test_a_case_without_contacts_begins_anywhere():
    """Nothing was to be reached."""
    assert begun(lambda _: kept("Yes."), Told().evidence()).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("type_", "words"),
    [(None, "available presence"), ("unavailable", "unavailable presence"), ("error", "presence of type error")],
)
def test_kinds_of_presence_have_words(type_: str | None, words: str):
    """As they stand in a sentence."""
    assert kind(type_) == words
