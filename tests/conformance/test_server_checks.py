"""What is looked at in every play of a server: kept by our own, broken by what breaks it, and by nothing else."""

from __future__ import annotations

import pytest
import served
from served import CONTACT, ME, Told, roster

from rosterkit.conformance.probing.memory import play_in_memory
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, kept
from rosterkit.conformance.server.checks import CHECKS
from rosterkit.conformance.server.evidence import Evidence
from rosterkit.conformance.server.mutant import Mutant, applied
from rosterkit.conformance.server.mutants import iqs
from rosterkit.conformance.server.mutants.checks import MUTANTS
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import COMPONENT, Script, fetched, online, told
from rosterkit.conformance.verdicts import Finding, Level, Verdict

BY_ID = {check.id: check for check in CHECKS}
HOME = f"{ME}/home"
TWICE = next(wrong for wrong in iqs.MUTANTS if wrong.name == "answered-twice")
UNANSWERED = next(wrong for wrong in iqs.MUTANTS if wrong.name == "no-payload-lost")
DENIED = "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"


def everything(people: People) -> Script:
    """A little of all that checks look at."""
    yield from online("me", people.me)
    yield from online("contact", people.contact)
    yield from told("me", stanzas.roster_set("add", stanzas.item("romeo@montague.test", "Romeo & Co")), "add")
    yield from told("me", stanzas.presence("subscribe", people.contact), "ask")
    yield from told("me", stanzas.iq("get", "info", "<query xmlns='http://jabber.org/protocol/disco#info'/>"), "info")
    info = stanzas.iq("get", "of", "<query xmlns='http://jabber.org/protocol/disco#info'/>", to=people.domain)
    yield from told("me", info, "of")
    yield from told("me", stanzas.iq("get", "empty", to=people.domain), "empty")
    yield from told("me", stanzas.message(people.contact, "Bread & butter"), "write")
    yield from told(COMPONENT, stanzas.ping("ping", people.domain, f"{people.remote}/phone"), "ping")
    yield from fetched("me", "again")


CASE = ServerCase(
    "rfc6121/2.1.6/one", Level.MUST, "", "", "", "", everything, lambda _: kept(""), accounts=2, component=True
)


def found(evidence: Evidence) -> dict[str, Finding | None]:
    """What every check says."""
    return {check.id: check.judge(evidence) for check in CHECKS}


def verdict(id_: str, told: Told) -> Verdict | None:
    """What one check says."""
    finding = BY_ID[id_].judge(told.evidence())
    return finding.verdict if finding is not None else None


def bound() -> Told:
    """A line of the account."""
    return Told().entered("me", HOME)


def test_our_own_server_keeps_all():
    """And each has something to look at."""
    verdicts = {id_: finding and finding.verdict for id_, finding in found(play_in_memory(CASE).evidence()).items()}
    assert set(verdicts.values()) == {Verdict.PASS}


def test_an_empty_play_has_nothing_to_do_with_any_rule():
    """None, and not PASS."""
    assert set(found(Told().evidence()).values()) == {None}


@pytest.mark.parametrize("wrong", [*MUTANTS, TWICE, UNANSWERED], ids=lambda wrong: wrong.name)
def test_each_mutant_fails_its_check(wrong: Mutant):
    """And no other."""
    with applied(wrong):
        failed = [id_ for id_, finding in found(play_in_memory(CASE).evidence()).items() if _bad(finding)]
    wanted = {
        TWICE.name: "rfc6120/8.2.3/answered-once-by-the-server",
        UNANSWERED.name: "rfc6120/8.2.3/answered-by-the-server",
    }
    assert failed == [wanted.get(wrong.name, wrong.caught_in[0])]


def _bad(finding: Finding | None) -> bool:
    return finding is not None and finding.verdict in (Verdict.FAIL, Verdict.NON_STRICT)


# Requests

ANSWERED, ONCE = "rfc6120/8.2.3/answered-by-the-server", "rfc6120/8.2.3/answered-once-by-the-server"


def asked(told: Told, to: str | None = None, line: str = "me", sender: str = "") -> Told:
    """A request."""
    address = f" to='{to}'" if to is not None else ""
    return told.said(line, f"<iq type='get' id='q'{address}{sender}><q xmlns='x'/></iq>")


def fenced(told: Told) -> Told:
    """The server has done everything."""
    return told.note(fence="answered", rounds=2)


@pytest.mark.parametrize("to", [None, "capulet.test", "Capulet.test", ME, CONTACT, "nobody@capulet.test"])
def test_whatever_only_the_server_can_answer_has_to_be(to: str | None):
    """Its domain, its accounts, and nobody in particular."""
    assert verdict(ANSWERED, fenced(asked(bound(), to))) is Verdict.FAIL
    assert verdict(ANSWERED, fenced(asked(bound(), to).came("me", "<iq type='error' id='q'/>"))) is Verdict.PASS


@pytest.mark.parametrize("to", [f"{CONTACT}/desk", "romeo@montague.test", "capulet.test/x"])
def test_what_others_are_asked_is_not_the_servers_to_answer(to: str):
    """A resource may be silent, another server gone."""
    assert verdict(ANSWERED, fenced(asked(bound(), to))) is None


def test_a_request_without_a_fence_behind_it_tells_nothing():
    """Nor one on a line that was over before the fence."""
    assert verdict(ANSWERED, asked(bound())) is None
    for end in ({"over": "The server has ended the stream."}, {"left": "cut"}):
        assert verdict(ANSWERED, fenced(asked(bound()).note("me", **end))) is None
    assert verdict(ANSWERED, fenced(asked(bound())).note("me", left="close")) is Verdict.FAIL


def test_a_request_in_anothers_name_need_not_be_answered():
    """The server may drop it."""
    assert verdict(ANSWERED, fenced(asked(bound(), None, sender=f" from='{CONTACT}'"))) is None
    assert verdict(ANSWERED, fenced(asked(bound(), None, sender=f" from='{ME}'"))) is Verdict.FAIL


def test_what_is_said_on_the_way_in_is_no_request_of_a_case():
    """Bind is seen to by the line itself."""
    told = Told().said("me", "<iq type='set' id='enter-bind'><bind/></iq>").entered("me", HOME)
    assert verdict(ANSWERED, fenced(told)) is None


def test_a_component_is_answered_too():
    """Where it speaks for its own domain."""
    told = Told().entered(COMPONENT, "montague.test")
    asked(told, "capulet.test", COMPONENT, " from='romeo@montague.test/phone'")
    assert verdict(ANSWERED, fenced(told)) is Verdict.FAIL


def test_an_id_that_was_used_twice_has_two_answers():
    """And no third."""
    twice = asked(asked(bound())).came("me", "<iq type='result' id='q'/>")
    assert verdict(ANSWERED, fenced(twice)) is Verdict.FAIL
    twice.came("me", "<iq type='error' id='q'/>")
    assert verdict(ANSWERED, fenced(twice)) is verdict(ONCE, twice) is Verdict.PASS
    assert verdict(ONCE, twice.came("me", "<iq type='result' id='q'/>")) is Verdict.FAIL


def test_the_same_id_on_another_line_is_another_request():
    """Ids belong to a stream."""
    told = asked(bound().entered("me-2", f"{ME}/work")).came("me", "<iq type='result' id='q'/>")
    asked(told, line="me-2").came("me-2", "<iq type='result' id='q'/>")
    assert verdict(ONCE, told) is Verdict.PASS


# Pushes and items


def push(told: Told, items: str = "<item jid='r@m.test'/>", head: str = "id='p'") -> Told:
    """A push."""
    return told.came("me", served.push(items).replace("id='p'", head))


@pytest.mark.parametrize(
    ("check", "head", "right"),
    [
        ("rfc6121/2.1.6/every-push-from-the-account", "id='p'", True),
        ("rfc6121/2.1.6/every-push-from-the-account", f"id='p' from='{ME}'", True),
        ("rfc6121/2.1.6/every-push-from-the-account", f"id='p' from='{HOME}'", False),
        ("rfc6121/2.1.6/every-push-from-the-account", "id='p' from='capulet.test'", False),
        ("rfc6120/8.1.3/push-has-id", "", False),
        ("rfc6120/8.1.3/push-has-id", "id=''", False),
    ],
)
def test_the_head_of_a_push(check: str, head: str, right: bool):
    """Who it is from, and that it has an id."""
    assert verdict(check, push(bound(), head=head)) is (Verdict.PASS if right else Verdict.FAIL)


def test_pushes_to_one_resource_have_different_ids():
    """Those to two resources may have the same."""
    told = push(push(bound()), head="id='q'").entered("me-2", f"{ME}/work")
    told.came("me-2", served.push("<item jid='r@m.test'/>"))
    assert verdict("rfc6120/8.1.3/pushes-have-own-ids", told) is Verdict.PASS
    assert verdict("rfc6120/8.1.3/pushes-have-own-ids", push(told)) is Verdict.FAIL


@pytest.mark.parametrize(
    ("items", "failed"),
    [
        ("<item jid='r@m.test' subscription='remove'/>", []),
        ("<item jid='m.test' subscription='both'/>", []),
        ("", ["rfc6121/2.1.6/every-push-with-one-item"]),
        ("<item jid='a@m.test'/><item jid='b@m.test'/>", ["rfc6121/2.1.6/every-push-with-one-item"]),
        ("<item/>", ["rfc6121/2.1.2.3/bare-jids-from-the-server"]),
        ("<item jid='r@m.test/x'/>", ["rfc6121/2.1.2.3/bare-jids-from-the-server"]),
        ("<item jid='r@m.test' subscription=''/>", ["rfc6121/2.1.2.5/subscriptions-from-the-server"]),
    ],
)
def test_what_a_push_holds(items: str, failed: list[str]):
    """One item, with a bare JID and a subscription that there is."""
    assert [id_ for id_, finding in found(push(bound(), items).evidence()).items() if _bad(finding)] == failed


def test_a_jid_that_the_client_has_put_in_is_its_own():
    """The case about such a set says what is wrong with keeping it; of others it is no MUST."""
    item, check = "<item jid='r@m.test/x'/>", "rfc6121/2.1.2.3/bare-jids-from-the-server"
    put = bound().said("me", stanzas.roster_set("s", item))
    assert verdict(check, push(put, item)) is Verdict.PASS
    assert verdict(check, push(bound(), item)) is Verdict.NON_STRICT
    assert verdict(check, push(put, "<item/>")) is Verdict.FAIL


@pytest.mark.parametrize(
    ("items", "failed"),
    [
        ("", []),
        ("<item jid='a@m.test'/><item jid='b@m.test'/>", []),
        ("<item jid='a@m.test'/><item jid='A@m.test'/>", ["rfc6121/2.1.4/no-entry-twice"]),
        ("<item jid='a@m.test' subscription='remove'/>", ["rfc6121/2.1.2.5/subscriptions-from-the-server"]),
    ],
)
def test_what_a_roster_holds(items: str, failed: list[str]):
    """Any number of items, none twice, and none that is removed."""
    told = bound().came("me", roster("g", items))
    assert [id_ for id_, finding in found(told.evidence()).items() if _bad(finding)] == failed


# Addresses, errors, streams


@pytest.mark.parametrize("sender", ["capulet.test", CONTACT, f"{CONTACT}/desk 😀", "capulet.test/x", "[::1]"])
def test_a_sender_may_be_whatever_an_address_may_be(sender: str):
    """Resources of all characters too."""
    told = bound().came("me", f"<message from='{sender}'/>")
    assert verdict("rfc6120/8.1.2.1/from-an-address", told) is Verdict.PASS


@pytest.mark.parametrize("sender", ["", "@capulet.test", "capulet.test/", "juliet@", "/x"])
def test_a_sender_with_an_empty_part_is_no_address(sender: str):
    """Clients fall over it."""
    told = bound().came("me", f"<message from='{sender}'/>")
    assert verdict("rfc6120/8.1.2.1/from-an-address", told) is Verdict.FAIL


def test_an_error_comes_from_where_the_stanza_was_sent_to():
    """Also where that is no address: the two are exchanged (RFC 6120 §8.3.1)."""
    check, error = "rfc6120/8.1.2.1/from-an-address", "<message type='error' from='@capulet.test'/>"
    assert verdict(check, bound().said("me", "<message to='@capulet.test'/>").came("me", error)) is Verdict.PASS
    assert verdict(check, bound().came("me", error)) is Verdict.FAIL


@pytest.mark.parametrize(
    ("stanza", "right"),
    [
        ("<presence/>", True),
        (f"<presence to='{ME}'/>", True),
        (f"<presence to='{HOME}'/>", True),
        (f"<presence to='{ME.upper()}'/>", True),
        (f"<message to='{ME}/gone'/>", True),
        (f"<presence to='{ME}/gone'/>", False),
        (f"<message to='{CONTACT}'/>", False),
        ("<message to='capulet.test'/>", False),
    ],
)
def test_a_stanza_is_for_who_gets_it(stanza: str, right: bool):
    """Only a message may have been for another resource, in whose place this one gets it."""
    told = bound().came("me", stanza)
    assert verdict("rfc6120/8.1.1.1/to-the-receiver", told) is (Verdict.PASS if right else Verdict.FAIL)


def test_an_error_of_somebody_else_is_not_the_servers():
    """What the tester itself has said as an error comes as it is."""
    told = bound().said("contact", "<message type='error' id='e'/>").came("me", "<message type='error' id='e'/>")
    assert verdict("rfc6120/8.3.2/one-condition", told) is None


@pytest.mark.parametrize(
    ("error", "right"),
    [
        (DENIED, True),
        (DENIED.replace("</error>", "<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>No.</text></error>"), True),
        (DENIED.replace("</error>", "<too-late xmlns='urn:example:errors'/></error>"), True),
        (f"<q xmlns='x'/>{DENIED}", True),
        (DENIED.replace("service-unavailable", "no-idea"), False),
        (DENIED.replace(" type='cancel'", ""), False),
        (DENIED * 2, False),
        ("<error type='cancel'/>", False),
        ("", False),
    ],
)
def test_an_error_has_one_condition(error: str, right: bool):
    """With a text, a condition of the application, and what it is about; never two, none or one made up."""
    told = bound().came("me", f"<iq type='error' id='e'>{error}</iq>")
    assert verdict("rfc6120/8.3.2/one-condition", told) is (Verdict.PASS if right else Verdict.FAIL)


def test_a_stream_that_the_server_ends_was_well_formed():
    """Only where the tester has to end it for what came it was not."""
    check = "rfc6120/11.3/well-formed-from-the-server"
    ended = bound().note("me", over="The server has ended the stream with the error not-well-formed.")
    assert verdict(check, ended) is Verdict.PASS
    broken = bound().note("me", over="What the server sends is no XMPP (not-well-formed): The XML is cut off.")
    assert verdict(check, broken) is Verdict.FAIL
