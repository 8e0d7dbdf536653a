"""Judges of delivery, on servers that are built in other ways than ours and break no rule, and on some that do."""

from __future__ import annotations

import pytest
from served import CONTACT, ME, Told

from rosterkit.conformance.server.case import ServerCase, judged
from rosterkit.conformance.server.cases import (
    delivery_absent,
    delivery_bare,
    delivery_behalf,
    delivery_full,
    delivery_full_iqs,
    delivery_judging,
    delivery_nobody,
    iqs,
    iqs_answers,
    stanzas,
    stanzas_errors,
    stanzas_order,
)
from rosterkit.conformance.server.steps import COMPONENT
from rosterkit.conformance.verdicts import Level, Verdict

CASES = {
    case.id.partition("/")[2]: case
    for module in (
        delivery_absent,
        delivery_bare,
        delivery_behalf,
        delivery_full,
        delivery_full_iqs,
        delivery_nobody,
        iqs,
        iqs_answers,
        stanzas,
        stanzas_errors,
        stanzas_order,
    )
    for case in module.CASES
}
HOME, WORK = f"{ME}/home", f"{ME}/work"
PHONE = "romeo@montague.test/phone"
DENIED = "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
TOO_MANY = DENIED.replace("service-unavailable", "resource-constraint")


def there(*lines: str) -> Told:
    """Lines of the account that are bound, and the component."""
    told = Told().entered(COMPONENT, "montague.test")
    for line, jid in zip(lines, (HOME, WORK), strict=False):
        told.entered(line, jid)
    return told


def written(told: Told, mark: str = "chat", type_: str = "chat", to: str = ME) -> Told:
    """Romeo writes."""
    told.mark(mark, COMPONENT)
    return told.said(
        COMPONENT, f"<message type='{type_}' id='{mark}' to='{to}' from='{PHONE}'><body>b</body></message>"
    )


def message(to: str = ME, more: str = "", type_: str = "chat", id_: str = "chat") -> str:
    """What Romeo has written as it comes."""
    return f"<message type='{type_}' id='{id_}' to='{to}' from='{PHONE}'><body>b</body>{more}</message>"


def denied(mark: str = "chat", error: str = DENIED, sender: str = ME) -> str:
    """An error about it, with what it is about in it, as many servers send it."""
    return f"<message type='error' id='{mark}' from='{sender}' to='{PHONE}'><body>b</body>{error}</message>"


def verdict(case: str | ServerCase, told: Told) -> Verdict:
    """What the judge says."""
    return judged(CASES[case] if isinstance(case, str) else case, told.evidence()).verdict


# What comes


def test_a_server_may_add_to_what_it_delivers():
    """A delay, an id of its own; and messages of its own are no copies."""
    told = written(there("me")).came("me", f"<message from='capulet.test' to='{ME}'><body>Welcome</body></message>")
    told.came("me", message(more="<delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/>"))
    assert verdict("8.5.2.1.1/chat", told) is Verdict.PASS


def test_a_message_is_known_again_without_its_id():
    """By its body; and without its body by its id."""
    for changed in (message().replace(" id='chat'", ""), message().replace("<body>b</body>", "")):
        assert verdict("8.5.2.1.1/chat", written(there("me")).came("me", changed)) is Verdict.PASS


def test_no_type_and_normal_are_the_same():
    """RFC 6121 §5.2.2."""
    told = written(there("me"), "normal", "normal").came("me", message(type_="normal", id_="normal"))
    assert verdict("8.5.2.1.1/normal", told) is Verdict.PASS


def test_a_carbon_copy_is_no_message_to_the_resource():
    """What is inside another message was not delivered (XEP-0280)."""
    copy = f"<forwarded xmlns='urn:xmpp:forward:0'>{message()}</forwarded>"
    told = written(there("me", "me-2")).came("me-2", message(WORK))
    told.came(
        "me", f"<message from='{ME}' to='{HOME}'><received xmlns='urn:xmpp:carbons:2'>{copy}</received></message>"
    )
    assert verdict("8.5.3.1/only-there", told) is Verdict.PASS


def test_the_same_text_from_somebody_else_is_no_copy():
    """Nor is a message that came in another part of the play."""
    other = message().replace(PHONE, "tybalt@montague.test/phone")
    assert verdict("8.5.2.1.1/chat", written(there("me")).came("me", other)) is Verdict.FAIL
    told = written(there("me")).mark("later").came("me", message())
    assert verdict("8.5.2.1.1/chat", told) is Verdict.FAIL


def test_an_address_is_compared_without_regard_to_case_before_the_slash():
    """A server may fold what it was given."""
    told = written(there("me"), to="Juliet@Capulet.test").came("me", message())
    assert verdict("8.5.2.1.1/to-kept", told) is Verdict.PASS
    assert verdict("8.5.2.1.1/to-kept", written(there("me")).came("me", message(HOME))) is Verdict.FAIL


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (("me",), "highest priority alone"),
        (("me", "me-2"), "every resource"),
        (("me-2",), "lower priority alone"),
        ((), "no resource"),
    ],
)
def test_it_is_told_which_of_several_resources_gets_a_message(lines: tuple[str, ...], words: str):
    """INFO, whatever the server chooses."""
    told = written(there("me", "me-2"))
    for line in lines:
        told.came(line, message())
    finding = judged(CASES["8.5.2.1.1/different-priorities"], told.evidence())
    assert finding.verdict is Verdict.INFO
    assert words in finding.words


# What is refused


def test_a_refusal_with_another_condition_is_mild():
    """Refusing is a MUST, the condition a SHOULD."""
    told = written(there("me"), "groupchat", "groupchat").came(COMPONENT, denied("groupchat", TOO_MANY))
    assert verdict("8.5.2.1.1/groupchat", told) is Verdict.NON_STRICT
    assert verdict("8.5.2.1.1/groupchat", written(there("me"), "groupchat", "groupchat")) is Verdict.FAIL


def test_an_error_with_what_it_is_about_is_no_delivery():
    """The copy of the message in it is not taken for the message."""
    told = written(there("me"), "groupchat", "groupchat").came(COMPONENT, denied("groupchat"))
    assert verdict("8.5.2.1.1/groupchat", told) is Verdict.PASS


def test_a_refusal_is_known_again_without_its_id():
    """By whom it is from."""
    told = written(there("me"), "groupchat", "groupchat")
    told.came(COMPONENT, denied("groupchat").replace(" id='groupchat'", ""))
    assert verdict("8.5.2.1.1/groupchat", told) is Verdict.PASS


def test_an_error_about_something_else_is_no_refusal():
    """With another id, from somebody else."""
    told = written(there("me"), "error", "error").came(COMPONENT, denied("other", sender=CONTACT))
    assert verdict("8.5.2.1.1/error", told) is Verdict.PASS


@pytest.mark.parametrize("case", ["8.5.3.2.1/normal", "8.5.3.2.1/headline", "8.5.3.2.1/groupchat"])
def test_silence_and_an_error_are_both_right_where_the_resource_is_not_there(case: str):
    """Only another resource must not get it."""
    type_ = case.rpartition("/")[2]
    gone = f"{ME}/gone"
    assert verdict(case, written(there("me"), "event", type_, gone)) is Verdict.PASS
    told = written(there("me"), "event", type_, gone).came(COMPONENT, denied("event", sender=gone))
    assert verdict(case, told) is Verdict.PASS
    told = written(there("me"), "event", type_, gone).came("me", message(gone, type_=type_, id_="event"))
    assert verdict(case, told) is Verdict.FAIL


# Nobody there


def logged_in(told: Told) -> Told:
    """The account comes after the message."""
    return told.entered("me", HOME).mark("me-presence").said("me", "<presence/>")


@pytest.mark.parametrize(
    ("back", "later", "right"),
    [
        (True, False, Verdict.PASS),
        (False, True, Verdict.PASS),
        (True, True, Verdict.PASS),
        (False, False, Verdict.NON_STRICT),
    ],
)
def test_an_offline_message_is_kept_or_sent_back(back: bool, later: bool, right: Verdict):
    """Both is as good as one of them; neither loses it."""
    told = written(there(), "event")
    if back:
        told.came(COMPONENT, denied("event"))
    logged_in(told)
    if later:
        told.came("me", message(id_="event", more="<delay xmlns='urn:xmpp:delay'/>"))
    assert verdict("8.5.2.2.1/chat", told) is right


def test_an_offline_groupchat_message_must_not_come_later():
    """Also where it was refused as well."""
    told = written(there(), "event", "groupchat").came(COMPONENT, denied("event"))
    assert verdict("8.5.2.2.1/groupchat", logged_in(told).came("me", message(type_="groupchat", id_="event"))) is (
        Verdict.FAIL
    )


@pytest.mark.parametrize(
    ("answers", "right"),
    [(("", "", ""), Verdict.PASS), ((DENIED, "", DENIED), Verdict.PASS), (("", TOO_MANY, ""), Verdict.FAIL)],
)
def test_a_message_to_nobody_tells_nothing(answers: tuple[str, ...], right: Verdict):
    """Silence and service-unavailable tell the same."""
    told = there()
    for mark, answer in zip(("chat", "normal", "full"), answers, strict=True):
        written(told, mark, "chat", told.people.nobody)
        if answer:
            told.came(COMPONENT, denied(mark, answer, told.people.nobody))
    assert verdict("8.5.1/message", told) is right


# Iqs


def asked(told: Told, type_: str = "get", to: str = ME) -> Told:
    """Romeo asks."""
    told.mark("event", COMPONENT)
    return told.said(COMPONENT, f"<iq type='{type_}' id='event' to='{to}' from='{PHONE}'><q xmlns='x'/></iq>")


def test_a_server_may_do_what_it_was_asked():
    """The answer for an account is a result or an error; it must be from the account."""
    case = "8.5.2.1.3/answered-for-account"
    told = asked(there("me")).came(COMPONENT, f"<iq type='result' id='event' from='{ME}'/>")
    assert verdict(case, told) is Verdict.PASS
    told = asked(there("me")).came(COMPONENT, f"<iq type='result' id='event' from='{HOME}'/>")
    assert verdict(case, told) is Verdict.FAIL
    assert verdict(case, asked(there("me"))) is Verdict.FAIL


def test_a_server_may_ask_things_itself():
    """Its own request is no answer to a result."""
    told = asked(there("me"), "result").came(
        COMPONENT, "<iq type='get' id='x' from='capulet.test'><q xmlns='y'/></iq>"
    )
    assert verdict("8.5.2.1.3/result", told) is Verdict.PASS


def test_passing_a_strangers_request_on_is_a_lesser_fault():
    """NON-STRICT, even where the client then refuses it."""
    told = there("me").entered("contact", f"{CONTACT}/desk").mark("event", "contact")
    told.said("contact", f"<iq type='get' id='event' to='{HOME}'><q xmlns='x'/></iq>")
    told.came("me", f"<iq type='get' id='event' to='{HOME}' from='{CONTACT}/desk'><q xmlns='x'/></iq>")
    told.came("contact", f"<iq type='error' id='event' from='{HOME}'>{DENIED}</iq>")
    assert verdict("8.5.3.1/iq-from-stranger", told) is Verdict.NON_STRICT


def said(xml: str) -> Told:
    """The account says something."""
    return there("me").mark("event").said("me", xml)


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("<iq type='error'><error type='modify'><bad-request xmlns='{}'/></error></iq>", Verdict.PASS),
        ("<iq type='error' id=''><error type='modify'><bad-request xmlns='{}'/></error></iq>", Verdict.PASS),
        ("<iq type='error'><error type='modify'><not-allowed xmlns='{}'/></error></iq>", Verdict.NON_STRICT),
        ("<iq type='result' id=''/>", Verdict.NON_STRICT),
        ("", Verdict.NON_STRICT),
    ],
)
def test_a_request_without_an_id_is_answered_in_some_way(answer: str, right: Verdict):
    """Only the right error is the right answer, and every other one is a lesser fault."""
    told = said("<iq type='get' to='capulet.test'><ping xmlns='urn:xmpp:ping'/></iq>")
    if answer:
        told.came("me", answer.format("urn:ietf:params:xml:ns:xmpp-stanzas"))
    assert verdict("8.2.3/no-id", told) is right


def test_a_payload_too_many_may_be_overlooked_but_not_the_request():
    """A result is NON-STRICT, silence FAIL."""
    request = "<iq type='get' id='event' to='capulet.test'><a xmlns='x'/><b xmlns='x'/></iq>"
    assert verdict("8.2.3/two-payloads", said(request).came("me", "<iq type='result' id='event'/>")) is (
        Verdict.NON_STRICT
    )
    assert verdict("8.2.3/two-payloads", said(request)) is Verdict.FAIL


def test_answers_of_two_resources_may_come_in_any_order():
    """Each has its own, and the other has none of it."""
    roster = "<query xmlns='jabber:iq:roster'/>"
    told = there("me", "me-2").mark("first").said("me", "<iq type='get' id='same'><q xmlns='x'/></iq>")
    told.mark("second", "me-2").said("me-2", f"<iq type='get' id='same'>{roster}</iq>")
    told.came("me-2", f"<iq type='result' id='same'>{roster}</iq>").came("me", "<iq type='error' id='same'/>")
    assert verdict("8.1.3/same-id", told) is Verdict.PASS
    assert verdict("8.1.3/same-id", told.came("me", f"<iq type='result' id='same'>{roster}</iq>")) is Verdict.FAIL


# Senders and errors


def claimed(sender: str) -> Told:
    """The account says to be somebody."""
    told = there("me").note("me", may_end=True).mark("event")
    body = stanzas._BODY
    return told.said("me", f"<message id='event' from='{sender}' to='{PHONE}'><body>{body}</body></message>")


def came_from(told: Told, sender: str) -> Told:
    """It comes."""
    return told.came(
        COMPONENT, f"<message id='event' from='{sender}' to='{PHONE}'><body>{stanzas._BODY}</body></message>"
    )


@pytest.mark.parametrize(
    ("told", "right"),
    [
        (came_from(claimed(CONTACT), HOME), Verdict.PASS),
        (claimed(CONTACT), Verdict.PASS),
        (claimed(CONTACT).came("me", f"<message type='error' id='event'>{DENIED}</message>"), Verdict.PASS),
        (claimed(CONTACT).note("me", over="The server has ended the stream."), Verdict.PASS),
        (came_from(claimed(CONTACT), CONTACT), Verdict.FAIL),
        (came_from(claimed(CONTACT), CONTACT.upper()), Verdict.FAIL),
    ],
)
def test_a_server_may_end_correct_refuse_or_drop_a_lie(told: Told, right: Verdict):
    """Only to pass it on is wrong."""
    assert verdict("8.1.2.1/somebody-else", told) is right


def test_the_end_of_a_play_is_not_the_servers_doing():
    """What ends after the tester has left was ended by the tester."""
    told = came_from(claimed(ME), HOME).note("me", left="close").note("me", over="The server has ended the stream.")
    assert verdict("8.1.2.1/own-bare", told) is Verdict.PASS
    told = claimed(ME).note("me", over="The server has ended the stream.")
    assert verdict("8.1.2.1/own-bare", told) is Verdict.NON_STRICT
    assert verdict("8.1.2.1/own-full", told) is Verdict.FAIL


def test_an_error_of_the_account_may_have_no_sender():
    """On the account's own stream that is the account (RFC 6120 §8.1.2.1); a component has no account."""
    told = (
        there("me")
        .mark("event")
        .said("me", f"<message type='groupchat' id='event' to='{ME}'><body>b</body></message>")
    )
    told.came("me", f"<message type='error' id='event' to='{HOME}'>{DENIED}</message>")
    assert verdict("8.3.1/addresses", told) is Verdict.PASS


@pytest.mark.parametrize(
    ("error", "right"),
    [
        (DENIED, Verdict.PASS),
        (DENIED.replace(" type='cancel'", " type='cancel' code='503' by='capulet.test'"), Verdict.PASS),
        (DENIED.replace("type='cancel'", "type='fatal'"), Verdict.FAIL),
        (DENIED.replace(" type='cancel'", ""), Verdict.FAIL),
        (DENIED.replace("urn:ietf:params:xml:ns:xmpp-stanzas", "urn:example:errors"), Verdict.FAIL),
        ("", Verdict.FAIL),
    ],
)
def test_an_error_says_what_it_is(error: str, right: Verdict):
    """Codes of old and addresses may stand beside it."""
    told = (
        there("me")
        .mark("event")
        .said("me", f"<message type='groupchat' id='event' to='{ME}'><body>b</body></message>")
    )
    assert verdict("8.3.2/type-and-condition", told.came("me", denied("event", error))) is right


# Order


def in_order(numbers: list[int]) -> Told:
    """Messages as they came."""
    told = there("me").mark("event").said("me", f"<message to='{PHONE}'><body>line 0</body></message>")
    for number in numbers:
        told.came(COMPONENT, f"<message from='{HOME}' to='{PHONE}'><body>line {number}</body></message>")
    return told


@pytest.mark.parametrize(
    ("numbers", "right"),
    [
        (list(range(20)), Verdict.PASS),
        ([1, 0, *range(2, 20)], Verdict.FAIL),
        (list(range(19)), Verdict.FAIL),
        ([*range(20), 3], Verdict.FAIL),
        ([], Verdict.FAIL),
    ],
)
def test_each_message_comes_once_in_its_place(numbers: list[int], right: Verdict):
    """None too early, too late, missing or twice."""
    assert verdict("10.1/to-remote", in_order(numbers)) is right


def test_what_was_never_said_is_nowhere():
    """The play did not come so far."""
    evidence = Told().evidence()
    assert delivery_judging.copies(evidence, "me", "event") == delivery_judging.refusals(evidence, "event") == []
    finding = delivery_judging.arrived(evidence, "event", "me", Level.SHOULD)
    assert finding is not None
    assert finding.verdict is Verdict.NON_STRICT
