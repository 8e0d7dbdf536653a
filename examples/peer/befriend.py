"""A slixmpp client that asks a contact for its presence, and says how long it took until it was there.

Usage: befriend.py JID PASSWORD HOST PORT CA_FILE CONTACT
"""

from __future__ import annotations

import asyncio
import sys
import time

import slixmpp


class Friend(slixmpp.ClientXMPP):
    """Asks once, and is done when the contact has accepted and is available."""

    def __init__(self, jid: str, password: str, contact: str) -> None:
        super().__init__(jid, password)
        self.contact = contact
        self.done: asyncio.Future[str] = asyncio.get_event_loop().create_future()
        self.asked = 0.0
        self.accepted: float | None = None
        self.add_event_handler("session_start", self.start)
        self.add_event_handler("presence_subscribed", self.subscribed)
        self.add_event_handler("presence_available", self.available)
        self.add_event_handler("failed_all_auth", lambda _: self.done.set_exception(RuntimeError("wrong password")))

    async def start(self, _: object) -> None:
        """Log in as clients do, and ask."""
        await self.get_roster()
        self.send_presence()
        self.asked = time.monotonic()
        self.send_presence_subscription(pto=self.contact)

    def subscribed(self, presence: slixmpp.Presence) -> None:
        """The contact has accepted."""
        if presence["from"].bare == self.contact:
            self.accepted = time.monotonic() - self.asked

    def available(self, presence: slixmpp.Presence) -> None:
        """The contact is there."""
        if presence["from"].bare == self.contact and self.accepted is not None and not self.done.done():
            self.done.set_result(f"{self.contact} accepted after {self.accepted:.1f} s, and is available.")


async def main(jid: str, password: str, host: str, port: str, ca_file: str, contact: str) -> None:
    """Befriend the contact, and leave."""
    client = Friend(jid, password, contact)
    client.ca_certs = ca_file
    client.connect(host, int(port))
    try:
        print(await asyncio.wait_for(client.done, 20))
    finally:
        await client.del_roster_item(contact)
        await client.disconnect()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
