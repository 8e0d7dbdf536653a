"""The scripted client against bytes that are made by hand: what it sends, and what it believes."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.model.contacts import Contact, Contacts
from rosterkit.conformance.orders import ORDERS, read_reply
from rosterkit.core.markup import can_carry

ME = "juliet@case.test"
HEADER = (
    "<stream:stream id='s' from='case.test' version='1.0' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams'>"
)
SASL = (
    "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>"
    "</stream:features>"
)
SUCCESS = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
VERSIONS = "<ver xmlns='urn:xmpp:features:rosterver'/>"
PRE_APPROVAL = "<sub xmlns='urn:xmpp:features:pre-approval'/>"
ROSTER = "{jabber:iq:roster}"
ITEMS = (
    "<item jid='ann@c' name='Ann' subscription='both'><group>G</group><group>H</group></item>"
    "<item jid='bob@c' subscription='to' ask='subscribe' approved='1'/>"
)


def bound(full: str = f"{ME}/model", id_: str = "m1") -> str:
    """The answer to its binding, which is the first request of all."""
    return (
        f"<iq type='result' id='{id_}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>{full}</jid></bind></iq>"
    )


class Server:
    """The other end of the wire, by hand.  ``sent`` are the stanzas that the client has sent since the last look."""

    def __init__(self, features: str = "", stored: dict[str, Any] | None = None, me: str = ME, **more: Any) -> None:
        self.stored = stored if stored is not None else {}
        self.client = ScriptedClient(me, "secret", self.stored, **more)
        self.features = (
            f"<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>{features}</stream:features>"
        )
        self.requests = 0

    def say(self, *pieces: str) -> None:
        """Bytes for the client, a packet for each piece."""
        for piece in pieces:
            self.client.receive(piece.encode())

    @property
    def raw(self) -> str:
        """What the client has sent, as it is."""
        return self.client.take().decode()

    @property
    def sent(self) -> list[etree._Element]:
        """The same, each stanza parsed."""
        return list(etree.fromstring(f"<s xmlns='jabber:client'>{self.raw}</s>"))

    def bind(self) -> None:
        """A login, up to the bound resource; the request for the roster is what was sent last."""
        self.client.connect()
        self.say(HEADER, SASL, SUCCESS, HEADER, self.features)
        found = re.search("id='([^']*)'", self.raw.rpartition("<iq")[2])
        assert found is not None
        self.say(bound(id_=found[1]))

    def log_in(self, items: str = ITEMS, ver: str | None = None) -> None:
        """A login with this roster."""
        self.bind()
        version = f" ver='{ver}'" if ver is not None else ""
        self.answer(self.sent[-1], f"<query xmlns='jabber:iq:roster'{version}>{items}</query>")
        assert [one.tag for one in self.sent] == ["{jabber:client}presence"]

    def answer(self, request: etree._Element, content: str = "", type_: str = "result", **attributes: str) -> None:
        """An answer to a request of the client."""
        more = "".join(f" {name.rstrip('_')}='{value}'" for name, value in attributes.items())
        self.say(f"<iq type='{type_}' id='{request.get('id')}'{more}>{content}</iq>")

    def push(self, items: str, sender: str | None = None, ver: str | None = None) -> list[etree._Element]:
        """A push; gives what the client sends."""
        who = f" from='{sender}'" if sender is not None else ""
        version = f" ver='{ver}'" if ver is not None else ""
        self.say(f"<iq type='set' id='p'{who}><query xmlns='jabber:iq:roster'{version}>{items}</query></iq>")
        return self.sent

    def order(self, do: str, **values: Any) -> list[etree._Element]:
        """An order; gives what the client sends."""
        reply = read_reply(self.client.order(json.dumps({"order": 1, "do": do, **values})))
        assert reply is not None
        assert reply.order == 1
        assert reply.error is None
        return self.sent

    @property
    def roster(self) -> dict[str, dict[str, Any]]:
        """What the client tells of its roster, by JID."""
        reply = read_reply(self.client.order('{"order": 1, "do": "roster"}'))
        assert reply is not None
        assert reply.roster is not None
        return {entry["jid"]: dict(entry) for entry in reply.roster}

    @property
    def waiting(self) -> tuple[str, ...]:
        """Whose requests wait, by its own word."""
        reply = read_reply(self.client.order('{"order": 1, "do": "roster"}'))
        assert reply is not None
        assert reply.requests is not None
        return reply.requests


@pytest.fixture
def online() -> Server:
    """A client that is online with two contacts."""
    server = Server()
    server.log_in()
    return server


class TestLogin:
    """From the connection to the roster."""

    def test_it_takes_each_step_when_it_is_offered(self):
        """Header, password, header, resource, roster, presence: nothing comes before its time."""
        server = Server()
        server.client.connect()
        assert server.raw.startswith("<stream:stream to='case.test' version='1.0'")
        server.say(HEADER)
        assert server.raw == ""
        server.say(SASL)
        (auth,) = server.sent
        assert auth.get("mechanism") == "PLAIN"
        assert b64decode(auth.text) == b"\0juliet\0secret"
        server.say(SUCCESS)
        assert server.raw.startswith("<stream:stream ")
        server.say(HEADER, server.features)
        (bind,) = server.sent
        assert (bind.get("type"), bind[0][0].text) == ("set", "model")
        server.say(bound())
        (request,) = server.sent
        assert (request.get("type"), request[0].tag, len(request[0])) == ("get", f"{ROSTER}query", 0)
        assert request.get("to") is None
        server.answer(request, "<query xmlns='jabber:iq:roster'/>")
        assert [(one.tag, dict(one.attrib)) for one in server.sent] == [("{jabber:client}presence", {})]

    @pytest.mark.parametrize("size", [1, 7, 100_000])
    def test_the_cut_of_the_bytes_makes_no_difference(self, size: int):
        """Byte by byte, in pieces, or as much as can be there at once."""
        server = Server()
        server.client.connect()
        whole = "".join(
            (
                HEADER,
                SASL,
                SUCCESS,
                HEADER,
                server.features,
                bound(),
                f"<iq type='result' id='m2'><query xmlns='jabber:iq:roster'>{ITEMS}</query></iq>",
            )
        )
        for begin in range(0, len(whole), size):
            server.say(whole[begin : begin + size])
        assert list(server.roster) == ["ann@c", "bob@c"]
        assert server.raw.endswith("<presence/>")

    def test_it_is_called_as_the_server_says(self):
        """The server may give another resource."""
        server = Server()
        server.client.connect()
        server.say(HEADER, SASL, SUCCESS, HEADER, server.features, bound(f"{ME}/other"))
        assert server.client.full == f"{ME}/other"

    def test_a_resource_is_written_as_text(self):
        """Whatever characters it has."""
        server = Server(resource="a'b & <c>")
        server.client.connect()
        server.raw  # noqa: B018  # the header
        server.say(HEADER, SASL, SUCCESS)
        server.raw  # noqa: B018  # the password
        server.say(HEADER, server.features)
        assert server.sent[0][0][0].text == "a'b & <c>"

    def test_a_password_that_is_refused_ends_it(self):
        """It closes the stream, and nothing that comes later is read."""
        server = Server()
        server.client.connect()
        server.say(HEADER, SASL, "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>")
        assert server.raw.endswith("</stream:stream>")
        assert server.client.ended
        server.say(SUCCESS)
        assert server.raw == ""

    @pytest.mark.parametrize("end", ["</stream:stream>", "<iq", "<!-- -->", "</iq>"])
    def test_the_end_of_the_stream_and_broken_xml_end_it(self, online: Server, end: str):
        """Both are answered with the end of its own stream; half a stanza is waited for."""
        online.say(end)
        assert online.client.ended is (end != "<iq")
        assert online.raw == ("" if end == "<iq" else "</stream:stream>")

    def test_it_comes_back_as_it_came(self, online: Server):
        """A new connection begins at the beginning, with another login and another request for the roster."""
        online.client.lost()
        online.log_in("<item jid='new@c'/>")
        assert list(online.roster) == ["new@c"]

    def test_a_refused_roster_does_not_keep_it_from_being_available(self):
        """It goes on with nothing."""
        server = Server()
        server.bind()
        server.answer(server.sent[-1], "<error type='cancel'/>", "error")
        assert [one.tag for one in server.sent] == ["{jabber:client}presence"]
        assert server.roster == {}


class TestVersions:
    """What it keeps from one session to the next."""

    def test_it_presents_none_where_none_are_offered(self):
        """Whatever it has stored."""
        server = Server(stored={ME: {"ver": "v1", "items": []}})
        server.bind()
        assert "ver" not in server.sent[-1][0].attrib

    def test_it_presents_an_empty_one_at_first(self):
        """And then the one that it was given, with another process too."""
        server = Server(VERSIONS)
        server.bind()
        request = server.sent[-1]
        assert request[0].get("ver") == ""
        server.answer(request, f"<query xmlns='jabber:iq:roster' ver='v1'>{ITEMS}</query>")
        again = Server(VERSIONS, server.stored)
        again.bind()
        assert again.sent[-1][0].get("ver") == "v1"

    def test_an_empty_result_says_that_all_is_as_it_was(self):
        """What it has stored is the roster then, as it was to the last attribute."""
        first = Server(VERSIONS)
        first.log_in(ver="v1")
        again = Server(VERSIONS, json.loads(json.dumps(first.stored)))
        again.bind()
        again.answer(again.sent[-1])
        assert again.roster == first.roster
        assert list(again.roster) == ["ann@c", "bob@c"]

    def test_a_whole_roster_takes_the_place_of_what_was_stored(self):
        """Who is not in it is gone."""
        first = Server(VERSIONS)
        first.log_in(ver="v1")
        again = Server(VERSIONS, first.stored)
        again.log_in("<item jid='new@c'/>", "v2")
        assert list(again.roster) == ["new@c"]
        assert again.stored[ME]["ver"] == "v2"

    def test_the_version_of_a_push_is_kept(self):
        """With the entry; a push without one changes the entry only."""
        server = Server(VERSIONS)
        server.log_in(ver="v1")
        server.push("<item jid='new@c'/>", ver="v2")
        server.push("<item jid='newer@c'/>")
        assert server.stored[ME]["ver"] == "v2"
        assert [one["jid"] for one in server.stored[ME]["items"]] == ["ann@c", "bob@c", "new@c", "newer@c"]

    def test_a_refused_push_leaves_no_version(self):
        """Neither entry nor version of a stranger's push are kept."""
        server = Server(VERSIONS)
        server.log_in(ver="v1")
        server.push("<item jid='new@c'/>", "x@y", "v2")
        assert server.stored[ME]["ver"] == "v1"

    def test_another_account_has_another_store(self):
        """It presents nothing of one account to the server of another."""
        first = Server(VERSIONS)
        first.log_in(ver="v1")
        other = Server(VERSIONS, first.stored, "romeo@case.test")
        other.bind()
        assert other.sent[-1][0].get("ver") == ""
        assert other.roster == {}


class TestPushes:
    """What it takes, and how it answers."""

    @pytest.mark.parametrize("sender", [None, ME])
    def test_a_push_of_its_server_counts(self, online: Server, sender: str | None):
        """It is answered once, with an empty result of its id to whom it came from."""
        sent = online.push("<item jid='new@c' name='New' subscription='from'/>", sender)
        assert [(one.get("type"), one.get("id"), one.get("to"), len(one)) for one in sent] == [
            ("result", "p", sender, 0)
        ]
        assert online.roster["new@c"]["name"] == "New"
        assert online.roster["new@c"]["subscription"] == "from"

    @pytest.mark.parametrize(
        "sender",
        ["x@y", "case.test", f"{ME}/model", f"{ME}/other", "ann@c", f"{ME}.evil.test", "", "JULIET@case.test"],
    )
    def test_a_push_of_anybody_else_is_refused(self, online: Server, sender: str):
        """It changes nothing, and is answered with an error."""
        before = online.roster
        sent = online.push("<item jid='new@c'/><item jid='ann@c' subscription='remove'/>", sender)
        assert [(one.get("type"), one.get("id"), one.get("to")) for one in sent] == [("error", "p", sender)]
        assert sent[0][0][0].tag == "{urn:ietf:params:xml:ns:xmpp-stanzas}service-unavailable"
        assert online.roster == before

    def test_a_push_replaces_the_entry(self, online: Server):
        """What it does not have is not there any more."""
        online.push("<item jid='ann@c'/>")
        assert online.roster["ann@c"] == {
            "jid": "ann@c", "groups": [], "subscription": "none", "approved": False, "available": [],
        }  # fmt: skip

    def test_a_removal_removes_one(self, online: Server):
        """And one that was not there is no mistake."""
        online.push("<item jid='ann@c' subscription='remove'/>")
        online.push("<item jid='nobody@c' subscription='remove'/>")
        assert list(online.roster) == ["bob@c"]

    @pytest.mark.parametrize(
        "items",
        [
            "",
            "<item jid='x@c'/><item jid='y@c'/>",
            "<item/>",
            "<item jid=''/>",
            "<item jid='@c'/>",
            "<item xmlns='urn:x' jid='x@c'/>",
        ],
    )
    def test_a_push_that_cannot_be_read_changes_nothing(self, online: Server, items: str):
        """No item, two, or one without a JID; it is answered all the same, and the client lives."""
        before = online.roster
        assert len(online.push(items)) == 1
        assert online.roster == before
        assert len(online.push("<item jid='new@c'/>")) == 1
        assert "new@c" in online.roster

    def test_a_push_may_come_before_the_roster(self):
        """It is answered, and the roster that comes then is the whole truth."""
        server = Server()
        server.bind()
        request = server.sent[-1]
        assert len(server.push("<item jid='new@c'/>")) == 1
        server.answer(request, f"<query xmlns='jabber:iq:roster'>{ITEMS}</query>")
        assert list(server.roster) == ["ann@c", "bob@c"]


class TestItems:
    """How an item is read."""

    @pytest.mark.parametrize(
        ("item", "key", "value"),
        [
            ("<item jid='ANN@C'/>", "jid", "ann@c"),
            ("<item jid='ann@c' name=' a  b '/>", "name", " a  b "),
            ("<item jid='ann@c' subscription='maybe'/>", "subscription", "none"),
            ("<item jid='ann@c'/>", "subscription", "none"),
            ("<item jid='ann@c' ask='subscribe'/>", "ask", "subscribe"),
            ("<item jid='ann@c' ask='unsubscribe'/>", "ask", None),
            ("<item jid='ann@c' approved='true'/>", "approved", True),
            ("<item jid='ann@c' approved='1'/>", "approved", True),
            ("<item jid='ann@c' approved='false'/>", "approved", False),
            ("<item jid='ann@c' approved='yes'/>", "approved", False),
            (
                "<item jid='ann@c'><group>B</group><group/><group>A</group><group>B</group></item>",
                "groups",
                ["B", "A"],
            ),
            ("<item jid='ann@c' x='y' xmlns:p='urn:p' p:z='1'><more xmlns='urn:m'/></item>", "jid", "ann@c"),
        ],
    )
    def test_what_it_tells(self, online: Server, item: str, key: str, value: object):
        """What is wrong or unknown in an item costs neither the item nor the client."""
        online.push(item)
        assert online.roster["ann@c"].get(key) == value

    def test_one_that_cannot_be_read_costs_no_other(self):
        """In a whole roster too."""
        server = Server()
        server.log_in("<item jid='a@c'/><item jid=''/><item name='x'/><item jid='b@c'/>")
        assert list(server.roster) == ["a@c", "b@c"]

    def test_everything_is_told(self, online: Server):
        """Name, groups, subscription, ask and approval, as a program's reply has them."""
        assert online.roster["bob@c"] == {
            "jid": "bob@c", "groups": [], "subscription": "to", "ask": "subscribe", "approved": True, "available": [],
        }  # fmt: skip
        assert online.roster["ann@c"]["groups"] == ["G", "H"]


class TestRequests:
    """What others ask of it."""

    def test_a_ping_is_answered(self, online: Server):
        """With an empty result to whoever has sent it."""
        online.say("<iq type='get' id='1' from='x@y/z'><ping xmlns='urn:xmpp:ping'/></iq>")
        (sent,) = online.sent
        assert (sent.get("type"), sent.get("id"), sent.get("to"), len(sent)) == ("result", "1", "x@y/z", 0)

    @pytest.mark.parametrize(
        "content",
        ["", "<query xmlns='jabber:iq:version'/>", "<query xmlns='jabber:iq:roster'/>", "<ping xmlns='urn:x'/>"],
    )
    def test_what_it_does_not_know_is_refused(self, online: Server, content: str):
        """And nobody gets its roster; each request has one answer."""
        online.say(f"<iq type='get' id='1' from='x@y'>{content}</iq>")
        (sent,) = online.sent
        assert (sent.get("type"), sent.get("id"), sent.get("to")) == ("error", "1", "x@y")

    def test_answers_and_other_stanzas_are_not_answered(self, online: Server):
        """Neither results nor errors, messages nor probes."""
        online.say(
            "<iq type='result' id='x'/>",
            "<iq type='error' id='y'/>",
            "<iq id='z'/>",
            "<message from='a@b'><body>Hi</body></message>",
            "<presence type='probe' from='a@b'/>",
        )
        assert online.raw == ""


class TestAnswers:
    """What counts as an answer to it."""

    @pytest.mark.parametrize("sender", ["x@y", "case.test", f"{ME}/other"])
    def test_only_whom_it_has_asked_can_answer(self, sender: str):
        """A stranger's roster is not taken; the right one is, after that."""
        server = Server()
        server.bind()
        request = server.sent[-1]
        query = "<query xmlns='jabber:iq:roster'><item jid='evil@c'/></query>"
        server.answer(request, query, from_=sender)
        assert server.raw == ""
        assert server.roster == {}
        server.answer(request, "<query xmlns='jabber:iq:roster'><item jid='ann@c'/></query>", from_=ME)
        assert list(server.roster) == ["ann@c"]

    def test_an_answer_counts_once(self):
        """A second roster for the same request is none, and neither is one for a request that it has not made."""
        server = Server()
        server.bind()
        request = server.sent[-1]
        server.answer(request, "<query xmlns='jabber:iq:roster'><item jid='ann@c'/></query>")
        server.answer(request, "<query xmlns='jabber:iq:roster'><item jid='evil@c'/></query>")
        server.say("<iq type='result'><query xmlns='jabber:iq:roster'><item jid='evil@c'/></query></iq>")
        assert list(server.roster) == ["ann@c"]

    def test_whoever_was_asked_by_name_answers_by_name(self, online: Server):
        """A request to somebody is answered by nobody else, its own server neither."""
        answers: list[etree._Element] = []
        online.client.request("get", "<query xmlns='jabber:iq:version'/>", answers.append, "x@y")
        (request,) = online.sent
        assert request.get("to") == "x@y"
        online.answer(request)
        online.answer(request, from_=ME)
        assert answers == []
        online.answer(request, from_="x@y")
        assert len(answers) == 1

    def test_no_two_of_its_requests_have_the_same_id(self, online: Server):
        """Nor do those of its next session."""
        ids = [online.order("remove", jid="ann@c")[0].get("id") for _ in range(3)]
        online.client.lost()
        online.bind()
        ids.append(online.sent[-1].get("id"))
        assert len(set(ids)) == 4


class TestPresence:
    """Who is there."""

    def available(self, server: Server) -> list[str]:
        """Ann's resources."""
        resources: list[str] = server.roster["ann@c"]["available"]
        return resources

    def test_resources_come_and_go(self, online: Server):
        """Each by itself; unavailable presence of a bare JID ends them all."""
        online.say("<presence from='ann@c/a'/>", "<presence from='ann@c/b'><show>away</show></presence>")
        online.say("<presence from='ann@c/a'/>")
        assert self.available(online) == ["a", "b"]
        online.say("<presence from='ann@c/a' type='unavailable'/>", "<presence from='ann@c/x' type='unavailable'/>")
        assert self.available(online) == ["b"]
        online.say("<presence from='ann@c' type='unavailable'/>")
        assert self.available(online) == []

    def test_who_cannot_be_reached_is_not_there(self, online: Server):
        """An error ends what it is about."""
        online.say("<presence from='ann@c/a'/>", "<presence from='ann@c' type='error'/>")
        assert self.available(online) == []

    def test_nothing_else_makes_anybody_available(self, online: Server):
        """A type that nobody knows, subscriptions, presence of nobody, its own."""
        before = online.roster
        for type_ in ("subscribed", "unsubscribed", "unsubscribe", "odd", ""):
            online.say(f"<presence from='ann@c/a' type='{type_}'/>")
        online.say("<presence/>", f"<presence from='{ME}/other'/>", "<presence from='x@y/z'/>")
        assert online.roster == before
        assert online.raw == ""

    def test_its_own_presence_is_nobodys(self):
        """Not even where the account is in its own roster."""
        server = Server()
        server.log_in(f"<item jid='{ME}'/>")
        server.say(f"<presence from='{ME}/other'/>")
        assert server.roster[ME]["available"] == []

    @pytest.mark.parametrize("end", ["lost", "close"])
    def test_without_a_stream_nobody_is_there(self, online: Server, end: str):
        """When the connection is gone, and when it begins again."""
        online.say("<presence from='ann@c/a'/>", "<presence from='x@y' type='subscribe'/>")
        getattr(online.client, end)()
        online.log_in()
        assert self.available(online) == []
        assert online.waiting == ()


class TestSubscriptions:
    """Who may see whom."""

    def test_a_request_waits_for_the_user(self, online: Server):
        """Nothing is sent; the same request again is the same, and a resource in it does not matter."""
        online.say("<presence from='x@y' type='subscribe'/>", "<presence from='x@y/z' type='subscribe'/>")
        assert online.waiting == ("x@y",)
        assert online.raw == ""

    def test_a_request_can_be_withdrawn(self, online: Server):
        """Then there is nothing to answer."""
        online.say("<presence from='x@y' type='subscribe'/>", "<presence from='x@y' type='unsubscribe'/>")
        assert online.waiting == ()
        assert online.order("approve", jid="x@y") == []

    @pytest.mark.parametrize(("do", "type_"), [("approve", "subscribed"), ("deny", "unsubscribed")])
    def test_a_request_is_answered_once(self, online: Server, do: str, type_: str):
        """The answer goes to the bare JID, and the request waits no more."""
        online.say("<presence from='x@y' type='subscribe'/>")
        (sent,) = online.order(do, jid="x@y/z")
        assert (sent.tag, sent.get("type"), sent.get("to")) == ("{jabber:client}presence", type_, "x@y")
        assert online.waiting == ()

    def test_nobody_is_approved_beforehand_where_that_is_not_offered(self, online: Server):
        """Where it is, it is done."""
        assert online.order("approve", jid="x@y") == []
        server = Server(PRE_APPROVAL)
        server.log_in()
        assert [one.get("type") for one in server.order("approve", jid="x@y")] == ["subscribed"]

    @pytest.mark.parametrize(
        ("do", "type_"), [("subscribe", "subscribe"), ("unsubscribe", "unsubscribe"), ("deny", "unsubscribed")]
    )
    def test_what_the_user_wants_is_asked_of_a_bare_jid(self, online: Server, do: str, type_: str):
        """With an id."""
        (sent,) = online.order(do, jid="x@y/z")
        assert (sent.get("type"), sent.get("to"), bool(sent.get("id"))) == (type_, "x@y", True)

    @pytest.mark.parametrize("type_", ["subscribed", "unsubscribed"])
    def test_a_notice_changes_nothing_by_itself(self, online: Server, type_: str):
        """The push says what has changed."""
        before = online.roster
        online.say(f"<presence from='x@y' type='{type_}'/>", f"<presence from='ann@c' type='{type_}'/>")
        assert online.roster == before
        assert online.raw == ""


class TestEdits:
    """What the user changes."""

    def item(self, sent: list[etree._Element]) -> tuple[dict[str, str], list[str | None]]:
        """The one item of the one set that was sent: its attributes and groups."""
        (iq,) = sent
        assert (iq.get("type"), iq.get("to")) == ("set", None)
        (query,) = iq
        assert query.tag == f"{ROSTER}query"
        assert dict(query.attrib) == {}
        (item,) = query
        return dict(item.attrib), [group.text for group in item]

    def test_a_name_is_changed_with_the_groups_as_they_are(self, online: Server):
        """A set replaces both, so that what is kept must be sent again; what only the server says is not sent."""
        assert self.item(online.order("rename", jid="ann@c", name="A")) == ({"jid": "ann@c", "name": "A"}, ["G", "H"])

    def test_a_group_is_added_with_the_name_as_it_is(self, online: Server):
        """One that is there already is not sent twice."""
        assert self.item(online.order("regroup", jid="ann@c", group="N")) == (
            {"jid": "ann@c", "name": "Ann"}, ["G", "H", "N"],
        )  # fmt: skip
        assert self.item(online.order("regroup", jid="ann@c", group="G"))[1] == ["G", "H"]

    def test_somebody_unknown_is_added(self, online: Server):
        """With nothing but what was ordered."""
        assert self.item(online.order("regroup", jid="x@y", group="N")) == ({"jid": "x@y"}, ["N"])
        assert self.item(online.order("set", jid="x@y", name="X", groups=["N", "M"])) == (
            {"jid": "x@y", "name": "X"}, ["N", "M"],
        )  # fmt: skip

    def test_a_removal_names_the_contact_only(self, online: Server):
        """Neither name nor groups."""
        assert self.item(online.order("remove", jid="ann@c")) == ({"jid": "ann@c", "subscription": "remove"}, [])

    @pytest.mark.parametrize("type_", ["result", "error"])
    def test_nothing_has_changed_until_the_push(self, online: Server, type_: str):
        """Neither the order nor the answer to it changes its list."""
        before = online.roster
        (sent,) = online.order("rename", jid="ann@c", name="A")
        assert online.roster == before
        online.answer(sent, type_=type_)
        assert online.roster == before
        online.push("<item jid='ann@c' name='A'/>")
        assert online.roster["ann@c"]["name"] == "A"

    @given(st.text(max_size=10).filter(can_carry), st.lists(st.text(min_size=1, max_size=10).filter(can_carry)))
    def test_whatever_the_names(self, name: str, groups: list[str]):
        """Every name and group arrives as it was ordered."""
        server = Server()
        server.log_in()
        attributes, sent = self.item(server.order("set", jid="x@y", name=name, groups=groups))
        assert (attributes["name"], sent) == (name, groups)

    def test_it_does_every_order_that_there_is(self):
        """The model lacks nothing that a case may order."""
        missing = [do for do in ORDERS if do != "roster" and not hasattr(ScriptedClient, f"order_{do}")]
        assert missing == []


class TestContacts:
    """What it keeps, by itself."""

    def test_a_contact_keeps_what_is_not_changed(self):
        """A new name, or new groups, and the rest as it was."""
        ann = Contact("ann@c", "Ann", ("G",), "both", True, True)
        assert ann.with_name("A") == Contact("ann@c", "A", ("G",), "both", True, True)
        assert ann.with_groups(["H", "I"]) == Contact("ann@c", "Ann", ("H", "I"), "both", True, True)

    def test_a_roster_without_a_version_is_not_stored(self):
        """Without one nobody could say later what it is worth."""
        stored: dict[str, Any] = {}
        contacts = Contacts(ME, stored)
        contacts.replace(etree.fromstring(f"<query xmlns='jabber:iq:roster'>{ITEMS}</query>"))
        assert list(contacts.items) == ["ann@c", "bob@c"]
        assert stored == {}

    def test_what_is_stored_can_be_written_as_json(self):
        """And is the same when it is read again."""
        stored: dict[str, Any] = {}
        contacts = Contacts(ME, stored)
        contacts.replace(etree.fromstring(f"<query xmlns='jabber:iq:roster' ver='v'>{ITEMS}</query>"))
        again = Contacts(ME, json.loads(json.dumps(stored)))
        assert (again.items, again.ver) == (contacts.items, "v")
