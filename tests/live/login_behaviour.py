"""How a client logs in, and how it is refused: the same scenarios for every library."""

from __future__ import annotations

import pytest
from person import LoginRefusedError


class LoginBehaviour:
    """Logins over STARTTLS with SCRAM; the certificate is verified against the CA of the ready line."""

    async def test_over_starttls_with_scram(self, people):
        """A client with only the CA file and a password gets TLS 1.2 or later, SCRAM and the resource it wished."""
        [juliet] = await people.online("juliet")
        assert juliet.tls_version() in ("TLSv1.2", "TLSv1.3")
        assert juliet.mechanism().startswith("SCRAM-SHA-")
        assert juliet.bound_jid() == juliet.full_jid

    async def test_a_wrong_password_is_refused(self, people):
        """A wrong password ends in not-authorized, after as many attempts as the library makes on one stream."""
        account = people.server.account("juliet")._replace(password="wrong")
        with pytest.raises(LoginRefusedError, match="not-authorized"):
            await people.person(account).log_in()

    async def test_a_stranger_is_refused_like_a_wrong_password(self, people):
        """Somebody without an account gets the same not-authorized: the answer does not tell who exists."""
        account = people.server.account("juliet")._replace(jid="nobody@localhost")
        with pytest.raises(LoginRefusedError, match="not-authorized"):
            await people.person(account).log_in()

    async def test_the_right_password_works_after_a_wrong_one(self, people):
        """A refused login leaves nothing behind: the same account logs in right afterwards."""
        account = people.server.account("juliet")
        with pytest.raises(LoginRefusedError):
            await people.person(account._replace(password="wrong")).log_in()
        await people.person(account).log_in()

    async def test_a_certificate_of_another_ca_is_refused(self, people, serve):
        """A client that trusts another server's CA gives up before SASL: verification is real in this lane."""
        elsewhere = people.server.place._replace(ca_file=serve().place.ca_file)
        with pytest.raises(LoginRefusedError, match="certificate"):
            await people.person(people.server.account("juliet"), place=elsewhere).log_in()

    async def test_a_session_can_follow_another(self, people):
        """The same client logs out and in again, with the same resource of the same account."""
        [juliet] = await people.online("juliet")
        await juliet.log_out()
        await juliet.log_in()
        assert juliet.bound_jid() == juliet.full_jid

    async def test_two_resources_see_each_other(self, people):
        """Two resources of one account are online together and get each other's presence (RFC 6121 4.2.2)."""
        [juliet] = await people.online("juliet")
        chamber = await people.beside(juliet)
        await juliet.sees("available", chamber.full_jid)
        await chamber.sees("available", juliet.full_jid)
