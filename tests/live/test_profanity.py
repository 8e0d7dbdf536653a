"""profanity as it comes from Debian, driven through a terminal, against a real server process.

What the user types must reach the server: a second resource of the account, or the contact, reads it there with
slixmpp.  What happens at the server must be told on the screen.
"""

from __future__ import annotations

import pytest
from person import Contact
from profanity_user import ProfanityUser
from roster_behaviour import NURSE
from slixmpp_person import SlixmppPerson

pytestmark = pytest.mark.live


@pytest.fixture(scope="module")
def library() -> type[SlixmppPerson]:
    """Whose client everybody else uses."""
    return SlixmppPerson


@pytest.fixture
def start(people, tmp_path):
    """Starts profanity for a new account; every one that still runs is ended after the test."""
    started = []

    def user(*, trusted: bool = True, password: str | None = None) -> ProfanityUser:
        account, place = people.server.account("juliet"), people.server.place
        account = account._replace(password=password or account.password)
        started.append(ProfanityUser(account, place, tmp_path, place.ca_file if trusted else None))
        return started[-1]

    yield user
    for one in started:
        one.close()


@pytest.fixture
def juliet(people, start):
    """Somebody who uses profanity and has logged in."""

    async def logged_in() -> ProfanityUser:
        user = start()
        await user.log_in()
        return user

    return people.runner.run(logged_in())


async def beside(people, user):
    """Give a second resource of a profanity user's account, with slixmpp, online."""
    other = people.person(user.account, "chamber")
    await other.log_in()
    return other


async def befriend(people, user):
    """Give a slixmpp user who is online, and who and the profanity user see each other."""
    [romeo] = await people.online("romeo")
    await user.types(f"/sub request {romeo.jid}", "Sent subscription request")
    await romeo.sees("subscribe", user.jid)
    romeo.approve(user.jid)
    romeo.subscribe(user.jid)
    await user.shows(f"Received authorization request from {romeo.jid}")
    await user.types(f"/sub allow {romeo.jid}", "Accepted subscription")
    await romeo.sees("available", user.full_jid)
    await romeo.has(user.jid, Contact(subscription="both"))
    return romeo


class TestLogin:
    """Accounts, certificates and passwords."""

    async def test_over_starttls_with_the_ca(self, people, start):
        """With the CA among the system's, an account set up by hand logs in without a question, under TLS."""
        user = start()
        await user.set_up()
        await user.connect(f"{user.full_jid} logged in successfully, online")
        await user.shows(r"\[TLS\].*\[online\]")

    async def test_an_unknown_certificate_is_the_users_choice(self, people, start):
        """Without the CA profanity shows the certificate; /tls deny ends the attempt, /tls allow logs in."""
        user = start(trusted=False)
        await user.set_up()
        await user.connect("TLS certificate verification failed")
        await user.types("/tls deny", "Login failed")
        await user.connect("TLS certificate verification failed")
        await user.types("/tls allow", "logged in successfully")

    async def test_a_wrong_password_is_told(self, people, start):
        """A wrong password ends in a failed login, and the program is ready for another try."""
        user = start(password="wrong")
        await user.set_up()
        await user.connect("Login failed")
        await user.shows(r"\[offline\]")

    async def test_a_session_can_follow_another(self, people, juliet):
        """After /disconnect the same profanity connects again and has its roster back."""
        await juliet.types(f"/roster add {NURSE} Nurse", "Roster item added")
        await juliet.types("/disconnect", "logged out successfully")
        await juliet.connect("logged in successfully")
        await juliet.types("/roster", rf"{NURSE} \(Nurse\) - none")


class TestRoster:
    """What is typed arrives in the roster; what others change is told."""

    async def test_adding(self, people, juliet):
        """/roster add makes an entry with its name."""
        await juliet.types(f"/roster add {NURSE} Nurse", rf"Roster item added: {NURSE} \(Nurse\)")
        chamber = await beside(people, juliet)
        assert chamber.roster() == {NURSE: Contact("Nurse")}

    async def test_renaming(self, people, juliet):
        """/roster nick gives another name, and /roster clearnick takes it away."""
        chamber = await beside(people, juliet)
        await juliet.types(f"/roster add {NURSE} Nurse", "Roster item added")
        await juliet.types(f"/roster nick {NURSE} Angelica", "Nickname for .* set to: Angelica")
        await chamber.has(NURSE, Contact("Angelica"))
        await juliet.types(f"/roster clearnick {NURSE}", "Nickname for .* removed")
        await chamber.has(NURSE, Contact())

    async def test_groups(self, people, juliet):
        """/roster group add and remove change one group and leave the others and the name."""
        chamber = await beside(people, juliet)
        await juliet.types(f"/roster add {NURSE} Nurse", "Roster item added")
        await juliet.types(f"/roster group add Verona {NURSE}", "Nurse added to group Verona")
        await chamber.has(NURSE, Contact("Nurse", frozenset({"Verona"})))
        await juliet.types(f"/roster group add Capulet {NURSE}", "Nurse added to group Capulet")
        await chamber.has(NURSE, Contact("Nurse", frozenset({"Verona", "Capulet"})))
        await juliet.types(f"/roster group remove Verona {NURSE}", "Nurse removed from group Verona")
        await chamber.has(NURSE, Contact("Nurse", frozenset({"Capulet"})))

    async def test_removing(self, people, juliet):
        """/roster remove takes the entry away everywhere."""
        chamber = await beside(people, juliet)
        await juliet.types(f"/roster add {NURSE} Nurse", "Roster item added")
        await chamber.has(NURSE, Contact("Nurse"))
        await juliet.types(f"/roster remove {NURSE}", f"Roster item removed: {NURSE}")
        await chamber.lacks(NURSE)

    async def test_what_another_resource_changes(self, people, juliet):
        """Entries that a second resource adds, names, groups and removes show up without asking again."""
        chamber = await beside(people, juliet)
        await chamber.add(NURSE, "Nurse", {"Verona"})
        await juliet.shows(f"Roster item added: {NURSE}")
        await juliet.types("/roster", rf"{NURSE} \(Nurse\) - none - Verona")
        await chamber.rename(NURSE, "Angelica")
        await chamber.regroup(NURSE, {"Capulet"})
        await chamber.has(NURSE, Contact("Angelica", frozenset({"Capulet"})))
        await juliet.types("/roster", rf"{NURSE} \(Angelica\) - none - Capulet")
        await chamber.remove(NURSE)
        await juliet.shows(f"Roster item removed: {NURSE}")


class TestSubscriptions:
    """/sub and what the other side makes of it."""

    async def test_a_request_that_is_accepted(self, people, juliet):
        """/sub request asks, /sub sent lists it, and the approval is told; then the entry says to."""
        [romeo] = await people.online("romeo")
        await juliet.types(f"/sub request {romeo.jid}", f"Sent subscription request to {romeo.jid}")
        await romeo.sees("subscribe", juliet.jid)
        await juliet.types("/sub sent", rf"-   {romeo.jid}")
        romeo.approve(juliet.jid)
        await juliet.shows(f"Subscription received from {romeo.jid}")
        await juliet.types(f"/sub show {romeo.jid}", f"{romeo.jid} subscription status: to")
        await romeo.has(juliet.jid, Contact(subscription="from"))

    async def test_a_request_that_is_refused(self, people, juliet):
        """A refusal is told, and the entry stays without a subscription and without ask."""
        [romeo] = await people.online("romeo")
        chamber = await beside(people, juliet)
        await juliet.types(f"/sub request {romeo.jid}", "Sent subscription request")
        await chamber.has(romeo.jid, Contact(asked=True))
        romeo.deny(juliet.jid)
        await juliet.shows(f"{romeo.jid} deleted subscription")
        await chamber.has(romeo.jid, Contact())

    async def test_allowing_a_request(self, people, juliet):
        """A request is told and listed by /sub received; /sub allow lets the other side see the user."""
        [romeo] = await people.online("romeo")
        romeo.subscribe(juliet.jid)
        await juliet.shows(f"Received authorization request from {romeo.jid}")
        await juliet.types("/sub received", rf"-   {romeo.jid}")
        await juliet.types(f"/sub allow {romeo.jid}", f"Accepted subscription for {romeo.jid}")
        await romeo.sees("subscribed", juliet.jid)
        await romeo.sees("available", juliet.full_jid)
        await romeo.has(juliet.jid, Contact(subscription="to"))
        await juliet.types(f"/sub show {romeo.jid}", f"{romeo.jid} subscription status: from")

    async def test_denying_a_request(self, people, juliet):
        """/sub deny refuses: the asker is told and sees nothing."""
        [romeo] = await people.online("romeo")
        romeo.subscribe(juliet.jid)
        await juliet.shows(f"Received authorization request from {romeo.jid}")
        await juliet.types(f"/sub deny {romeo.jid}", f"Deleted/denied subscription for {romeo.jid}")
        await romeo.sees("unsubscribed", juliet.jid)
        await romeo.has(juliet.jid, Contact())
        assert romeo.arrived("available", juliet.full_jid) == []

    async def test_a_request_that_waited(self, people, start):
        """A request made while the user was away is told after the login."""
        user = start()
        [romeo] = await people.online("romeo")
        romeo.subscribe(user.jid)
        await romeo.has(user.jid, Contact(asked=True))
        await user.log_in()
        await user.shows(f"Received authorization request from {romeo.jid}")

    async def test_allowing_before_being_asked(self, people, juliet):
        """/sub allow without a request approves in advance: the later request is answered by the server."""
        [romeo] = await people.online("romeo")
        chamber = await beside(people, juliet)
        await juliet.types(f"/sub allow {romeo.jid}", f"Accepted subscription for {romeo.jid}")
        await chamber.has(romeo.jid, Contact(approved=True))
        romeo.subscribe(juliet.jid)
        await romeo.sees("subscribed", juliet.jid)
        await romeo.sees("available", juliet.full_jid)

    async def test_both_ways(self, people, juliet):
        """After two requests and two approvals /sub show says both."""
        romeo = await befriend(people, juliet)
        await juliet.types(f"/sub show {romeo.jid}", f"{romeo.jid} subscription status: both")

    async def test_cancelling(self, people, juliet):
        """/sub deny on a contact hides the user from it, and leaves the user seeing the contact."""
        romeo = await befriend(people, juliet)
        await juliet.types(f"/sub deny {romeo.jid}", "Deleted/denied subscription")
        await romeo.sees("unavailable", juliet.full_jid)
        await romeo.sees("unsubscribed", juliet.jid)
        await romeo.has(juliet.jid, Contact(subscription="from"))

    async def test_removing_a_contact(self, people, juliet):
        """/roster remove ends the subscriptions both ways."""
        romeo = await befriend(people, juliet)
        await juliet.types(f"/roster remove {romeo.jid}", f"Roster item removed: {romeo.jid}")
        await romeo.sees("unavailable", juliet.full_jid)
        await romeo.has(juliet.jid, Contact())


class TestPresence:
    """Who is told of, and what the others see of the user."""

    async def test_a_contact_comes_changes_and_goes(self, people, juliet):
        """A contact's coming, its words and its going appear on the screen as they happen."""
        romeo = await befriend(people, juliet)
        street = await people.beside(romeo, "street")
        await juliet.shows(rf"\+\+ {romeo.jid} \(street\) is online")
        street.announce("away", "in Mantua")
        await juliet.shows(rf"\+\+ {romeo.jid} \(street\) is away, \"in Mantua\"")
        await street.log_out()
        await juliet.shows(rf"-- {romeo.jid} \(street\) is offline")

    async def test_contacts_who_are_there_already(self, people, juliet):
        """After a login the contacts who were online before are known with what they say."""
        romeo = await befriend(people, juliet)
        await juliet.types("/disconnect", "logged out successfully")
        romeo.announce("dnd", "duelling")
        await romeo.sees("available", romeo.full_jid, "duelling")
        await juliet.connect("logged in successfully")
        await juliet.shows(r"\(balcony\) is dnd, \"duelling\"")  # presence comes when it comes
        await juliet.types(f"/info {romeo.jid}", r"balcony \(0\), dnd, \"duelling\"")

    @pytest.mark.parametrize("show", ["away", "xa", "dnd", "chat", "online"])
    async def test_the_users_status_is_seen(self, people, juliet, show):
        """/status set reaches the contact, with its words."""
        romeo = await befriend(people, juliet)
        await juliet.types(f'/status set {show} "words of {show}"', f"Status set to {show}")
        seen = await romeo.sees("available", juliet.full_jid, f"words of {show}")
        assert seen.show == ("" if show == "online" else show)

    async def test_quitting_is_seen(self, people, juliet):
        """When the user quits the program, the contact sees it go."""
        romeo = await befriend(people, juliet)
        await juliet.quit()
        await romeo.sees("unavailable", juliet.full_jid)
