"""What judges of servers can ask of a journal: parts between marks, answers, pushes, presence, rosters."""

from __future__ import annotations

from served import Told, push, roster

from rosterkit.conformance.server.evidence import is_push, pushed_item


def item(jid: str = "romeo@montague.test") -> str:
    """Whoever it is, with all that an item may have."""
    return f"<item jid='{jid}' subscription='to' ask='subscribe' approved='1' name='R'><group>A</group></item>"


def test_a_part_goes_from_its_mark_to_the_next():
    """Or to the one that is named; what the tester says and other lines hear is not among what came."""
    told = Told().mark("a").came("me", "<message id='1'/>").came("other", "<message id='2'/>")
    told.mark("b").said("me", "<message id='3'/>").came("me", "<message id='4'/>").mark("c")
    evidence = told.came("me", "<message id='5'/>").evidence()
    assert [seen.id for seen in evidence.came("me", "a")] == ["1"]
    assert [seen.id for seen in evidence.came("me", "a", until="c")] == ["1", "4"]
    assert [seen.id for seen in evidence.came("me", "c")] == ["5"]
    assert evidence.came("me", "nowhere") == []


def test_what_is_no_stanza_did_not_come():
    """Headers, features and the end of a stream are no stanzas."""
    evidence = Told().mark("a").came("me", "</stream:stream>", "stream").evidence()
    assert evidence.came("me", "a") == []


def test_an_answer_is_found_wherever_it_came():
    """By the line and the id of what was said under the mark; a set with that id is none."""
    told = Told().mark("a").said("me", "<iq type='get' id='q'/>").came("me", "<iq type='set' id='q'/>").mark("b")
    evidence = told.came("other", "<iq type='result' id='q'/>").came("me", "<iq type='error' id='q'/>").evidence()
    answer = evidence.answer("a")
    assert answer is not None
    assert answer.type == "error"
    assert len(evidence.answers("a")) == 1
    assert evidence.answer("b") is None


def test_a_roster_is_read_from_its_result():
    """By the JID; None where there is no result, and no item is no entry."""
    told = Told().mark("get").said("me", "<iq type='get' id='get'/>").came("me", roster("get", item(), "v2"))
    found = told.evidence().roster("get")
    assert found is not None
    held = found["romeo@montague.test"]
    assert (held.name, held.groups, held.state, held.approved) == ("R", ("A",), ("to", True), True)
    assert told.evidence().version("get") == "v2"
    empty = Told().mark("get").said("me", "<iq type='get' id='get'/>").came("me", "<iq type='result' id='get'/>")
    assert empty.evidence().roster("get") == {}
    refused = Told().mark("get").said("me", "<iq type='get' id='get'/>").came("me", "<iq type='error' id='get'/>")
    assert refused.evidence().roster("get") is None
    assert Told().evidence().roster("get") is None


def test_pushes_are_found_by_whom_they_are_about():
    """A push is an iq of type set with a roster query."""
    told = Told().mark("a").came("me", push(item())).came("me", push(item("paris@montague.test")))
    evidence = told.came("me", "<iq type='set' id='x'><other xmlns='x'/></iq>").evidence()
    assert len(evidence.pushes("me", "a")) == 2
    (one,) = evidence.pushes("me", "a", "paris@montague.test")
    assert is_push(one)
    assert pushed_item(one).jid == "paris@montague.test"


def test_a_push_without_an_item_says_nothing():
    """A judge of a server that sends one must not fail by it."""
    told = Told().mark("a").came("me", push())
    assert pushed_item(told.evidence().pushes("me", "a")[0]).jid == ""


def test_presence_is_found_by_type_and_sender():
    """A bare sender stands for all its resources, None for available presence, and an error is a type too."""
    told = Told().mark("a").came("me", "<presence from='r@m.test/x'/>")
    told.came("me", "<presence type='unavailable' from='r@m.test/y'/>").came("me", "<presence from='s@m.test/x'/>")
    evidence = told.came("me", "<presence type='error'/>").evidence()
    assert len(evidence.presences("me", "a")) == 4
    assert [seen.sender for seen in evidence.presences("me", "a", None)] == ["r@m.test/x", "s@m.test/x"]
    assert len(evidence.presences("me", "a", sender="r@m.test")) == 2
    assert [seen.type for seen in evidence.presences("me", "a", sender="r@m.test/y")] == ["unavailable"]


def test_features_are_those_offered_last():
    """Each restart of a stream has an offer of its own; one that is no XML is none."""
    sub = "{urn:xmpp:features:pre-approval}sub"
    first = (
        "<features xmlns='http://etherx.jabber.org/streams'><sub xmlns='urn:xmpp:features:pre-approval'/></features>"
    )
    told = Told().came("me", first, "stream")
    assert told.evidence().has_feature("me", sub)
    assert not told.evidence().has_feature("other", sub)
    told.came("me", "<features xmlns='http://etherx.jabber.org/streams'/>", "stream")
    assert not told.evidence().has_feature("me", sub)


def test_ends_that_nobody_has_done_are_seen():
    """A line that the tester has left, or that may end, is no surprise."""
    assert Told().note("me", over="It ended.").evidence().ended() is not None
    assert Told().note("me", left="close").note("me", over="It ended.").evidence().ended() is None
    assert Told().note("me", may_end=True).note("me", over="It ended.").evidence().ended() is None
    other = Told().note("other", left="close").note("me", over="It ended.").evidence().ended()
    assert other is not None
