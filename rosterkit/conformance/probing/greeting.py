"""Who the server says that it is: its name and version, asked for once at the beginning of a run (XEP-0092).

Tests: ``tests/conformance/test_greeting.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from twisted.internet.defer import inlineCallbacks
from twisted.internet.interfaces import IReactorTime

from rosterkit.conformance.probing.lines import Lines
from rosterkit.conformance.probing.play import Play
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.case import ServerCase, kept
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Enter, Script, asked
from rosterkit.conformance.verdicts import Level
from rosterkit.wire.entering import Account

__all__ = ["greet"]

_VERSION = "jabber:iq:version"


@inlineCallbacks
def greet(lines: Lines, account: Account, clock: IReactorTime, patience: float) -> Any:
    """What the server tells ``account`` of itself: ``name``, ``version`` and ``os``, those of them that it tells.

    Fails with :class:`~rosterkit.conformance.probing.lines.ProbeError` where the account is not let in.
    """
    play = Play(_GREETING, People(_GREETING.id, "", [account.bare]), {account.bare: account}, lines, clock, patience)
    yield play.run(strictly=True)
    return _told(play)


def _told(play: Play) -> Mapping[str, str]:
    answer = play.evidence().answer("version")
    if answer is None or answer.type != "result" or answer.payload is None:
        return {}
    fields = {name: answer.payload.findtext(f"{{{_VERSION}}}{name}") for name in ("name", "version", "os")}
    return {name: text for name, text in fields.items() if text}


def _script(people: People) -> Script:
    yield Enter("greeter", people.me)
    yield from asked(
        "greeter", stanzas.iq("get", "version", f"<query xmlns='{_VERSION}'/>", to=people.domain), "version"
    )


_GREETING = ServerCase(
    "rosterkit/0/greeting", Level.MAY, "", "", "", "", _script, lambda _: kept("It said who it is.")
)  # fmt: skip
