"""What a client does with its roster, RFC 6121 2: the same scenarios for every library."""

from __future__ import annotations

import asyncio

import pytest
from person import Contact, SetRefusedError

NURSE = "nurse@elsewhere.example"
MONTAGUE = frozenset({"Montague", "Verona"})


class RosterBehaviour:
    """Fetching, adding, renaming, regrouping and removing, as seen by the setter and by other resources."""

    async def test_a_new_account_has_an_empty_roster(self, people):
        """The first roster of an account is a result without items, not an error (2.1.4)."""
        [juliet] = await people.online("juliet")
        assert juliet.roster() == {}

    async def test_an_added_contact_comes_back_as_a_push(self, people):
        """The setter learns of its own new entry by a push: name, groups and subscription none (2.3)."""
        [juliet] = await people.online("juliet")
        await juliet.add(NURSE, "Nurse", MONTAGUE)
        await juliet.has(NURSE, Contact("Nurse", MONTAGUE))

    async def test_a_contact_needs_neither_name_nor_groups(self, people):
        """An entry may be nothing but a JID."""
        [juliet] = await people.online("juliet")
        await juliet.add(NURSE)
        await juliet.has(NURSE, Contact())

    async def test_a_second_resource_gets_every_push(self, people):
        """Each change by one resource is pushed to the other one (2.1.6)."""
        [juliet] = await people.online("juliet")
        chamber = await people.beside(juliet)
        await juliet.add(NURSE, "Nurse", MONTAGUE)
        await chamber.has(NURSE, Contact("Nurse", MONTAGUE))
        await juliet.has(NURSE, Contact("Nurse", MONTAGUE))
        await juliet.rename(NURSE, "Angelica")
        await chamber.has(NURSE, Contact("Angelica", MONTAGUE))
        await juliet.remove(NURSE)
        await chamber.lacks(NURSE)

    async def test_a_renamed_contact_keeps_its_groups(self, people):
        """A set with another name and the same groups changes the name alone (2.4)."""
        [juliet] = await people.online("juliet")
        await juliet.add(NURSE, "Nurse", MONTAGUE)
        await juliet.has(NURSE, Contact("Nurse", MONTAGUE))
        await juliet.rename(NURSE, "Angelica")
        await juliet.has(NURSE, Contact("Angelica", MONTAGUE))

    async def test_groups_are_replaced(self, people):
        """A set replaces all groups: one goes, one stays, one comes (2.4)."""
        [juliet] = await people.online("juliet")
        await juliet.add(NURSE, "Nurse", MONTAGUE)
        await juliet.has(NURSE, Contact("Nurse", MONTAGUE))
        await juliet.regroup(NURSE, {"Verona", "Capulet"})
        await juliet.has(NURSE, Contact("Nurse", frozenset({"Verona", "Capulet"})))

    async def test_the_last_group_can_go(self, people):
        """A set without groups leaves the entry without groups (2.4)."""
        [juliet] = await people.online("juliet")
        await juliet.add(NURSE, "Nurse", MONTAGUE)
        await juliet.has(NURSE, Contact("Nurse", MONTAGUE))
        await juliet.regroup(NURSE, ())
        await juliet.has(NURSE, Contact("Nurse"))

    async def test_a_removed_contact_is_gone(self, people):
        """A removal is pushed to the setter, and the next login does not see the entry (2.5)."""
        [juliet] = await people.online("juliet")
        await juliet.add(NURSE)
        await juliet.has(NURSE, Contact())
        await juliet.remove(NURSE)
        await juliet.lacks(NURSE)
        assert (await people.beside(juliet)).roster() == {}

    async def test_removing_a_stranger_is_refused(self, people):
        """Removing what is not in the roster is answered item-not-found (2.5.3)."""
        [juliet] = await people.online("juliet")
        with pytest.raises(SetRefusedError, match="item-not-found"):
            await juliet.remove(NURSE)

    async def test_the_own_account_is_no_contact(self, people):
        """A set for the own bare JID is refused, and the roster stays as it was."""
        [juliet] = await people.online("juliet")
        with pytest.raises(SetRefusedError, match="not-allowed"):
            await juliet.add(juliet.jid, "Me")
        assert (await people.beside(juliet)).roster() == {}

    async def test_a_roster_outlives_the_session(self, people):
        """What one session made, the next one fetches."""
        [juliet] = await people.online("juliet")
        await juliet.add(NURSE, "Nurse", MONTAGUE)
        await juliet.log_out()
        again = await people.beside(juliet)
        assert again.roster() == {NURSE: Contact("Nurse", MONTAGUE)}

    async def test_any_text_survives(self, people):
        """Names and groups come back as they went: markup, quotes, other scripts, an emoji, inner white space."""
        name = 'Джульетта & <"Capulet\'s"> 🌹'
        groups = frozenset({"a & b", "<c>", "ヴェローナ", "two  blanks"})
        [juliet] = await people.online("juliet")
        await juliet.add(NURSE, name, groups)
        await juliet.has(NURSE, Contact(name, groups))
        assert (await people.beside(juliet)).roster() == {NURSE: Contact(name, groups)}

    async def test_a_jid_is_folded(self, people):
        """An entry is kept under the prepared form of its JID, whichever way it was written."""
        [juliet] = await people.online("juliet")
        await juliet.add("NURSE@Elsewhere.Example", "Nurse")
        await juliet.has(NURSE, Contact("Nurse"))

    async def test_three_hundred_contacts(self, people):
        """Sets sent without waiting for each other are all answered, and a long roster arrives whole at a login."""
        [juliet] = await people.online("juliet")
        wanted = {f"guest{number}@feast.example": Contact(f"Guest {number}", MONTAGUE) for number in range(300)}
        await asyncio.gather(*(juliet.add(jid, guest.name, guest.groups) for jid, guest in wanted.items()))
        assert (await people.beside(juliet)).roster() == wanted

    async def test_rosters_are_apart(self, people):
        """One account's changes reach nobody else's roster."""
        juliet, romeo = await people.online("juliet", "romeo")
        await juliet.add(NURSE, "Nurse")
        await juliet.has(NURSE, Contact("Nurse"))
        await juliet.reaches(romeo)
        assert romeo.roster() == {}
