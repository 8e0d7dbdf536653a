"""profanity, unmodified, in a terminal: what somebody types, and what they can read."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

from person import DEADLINE, Account, Place
from terminal import Terminal


class ProfanityUser:
    """Somebody with a fresh profanity: no settings, no accounts, a home of its own.

    ``trusted`` is the CA file that the program finds where OpenSSL looks for the system's; None trusts no server.
    """

    def __init__(self, account: Account, place: Place, home: Path, trusted: str | None) -> None:
        self.account = account
        self.jid = account.jid
        self.full_jid = f"{account.jid}/terrace"
        self.place = place
        self._terminal = Terminal(["profanity"], _environment(home, trusted))

    async def shows(self, pattern: str, times: int = 1) -> None:
        """Wait until so many lines with the regular expression have been on the screen, which nothing ever leaves."""
        try:
            async with asyncio.timeout(DEADLINE):
                while self._count(pattern) < times:
                    await self._terminal.changed()
        except TimeoutError:
            screen = "\n".join(line for line in self._terminal.lines if line)
            raise AssertionError(f"profanity does not show {pattern!r} {times} times but\n{screen}") from None

    async def types(self, line: str, pattern: str) -> None:
        """Type a line, and wait for one more line with the regular expression."""
        before = self._count(pattern)
        self._terminal.enter(line)
        await self.shows(pattern, before + 1)

    async def set_up(self) -> None:
        """Make an account in profanity's settings for the server's address and port, with STARTTLS required."""
        await self.shows("Type '/help'")
        await self.types("/roster hide", "Roster disabled")  # beside the console it would be read with it
        await self.types(f"/account add {self.jid}", "Account created")
        settings = {"resource": "terrace", "server": self.place.host, "port": self.place.port, "tls": "force"}
        for name, value in settings.items():
            await self.types(
                f"/account set {self.jid} {name} {value}", rf"Updated .* for account {self.jid}: {value}"
            )

    async def connect(self, outcome: str) -> None:
        """Connect with the account and its password, and wait for one more line that tells the outcome."""
        await self.types(f"/connect {self.jid}", "Enter password:")
        await self.types(self.account.password, outcome)

    async def log_in(self) -> None:
        """Set profanity up and log in."""
        await self.set_up()
        await self.connect(f"{self.full_jid} logged in successfully")

    async def quit(self) -> None:
        """Leave the program as its user would, and wait until it has ended."""
        self._terminal.enter("/quit")
        async with asyncio.timeout(DEADLINE):
            while not self._terminal.ended:
                await self._terminal.changed()

    def close(self) -> None:
        """End the program, whatever it does."""
        self._terminal.close()

    def _count(self, pattern: str) -> int:
        return sum(re.search(pattern, line) is not None for line in self._terminal.lines)


def _environment(home: Path, trusted: str | None) -> dict[str, str]:
    """The environment of a program that shall see nothing of the account under which the tests run."""
    folders = {name: str(home / name) for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")}
    return {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "TERM": "xterm",
        "LANG": "C.UTF-8",
        "SSL_CERT_FILE": trusted or str(home / "no.pem"),
        "SSL_CERT_DIR": str(home),
        **folders,
    }
