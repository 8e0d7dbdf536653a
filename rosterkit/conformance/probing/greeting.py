"""Who the server says that it is: its name and version, asked for once at the beginning of a run (XEP-0092).

Tests: ``tests/conformance/test_greeting.py``.
"""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import inlineCallbacks
from twisted.internet.interfaces import IReactorTime

from rosterkit.conformance.probing.alone import played_alone
from rosterkit.conformance.probing.lines import Account, Lines
from rosterkit.conformance.server import stanzas
from rosterkit.conformance.server.people import People
from rosterkit.conformance.server.steps import Enter, Script, asked

__all__ = ["greet"]

_VERSION = "jabber:iq:version"


@inlineCallbacks
def greet(lines: Lines, account: Account, clock: IReactorTime, patience: float) -> Any:
    """What the server tells ``account`` of itself: ``name``, ``version`` and ``os``, those of them that it tells.

    Fails with :class:`~rosterkit.conformance.probing.lines.ProbeError` where the account is not let in.
    """
    evidence = yield played_alone(_script, account, lines, clock, patience)
    answer = evidence.answer("version")
    if answer is None or answer.type != "result" or answer.payload is None:
        return {}
    fields = {name: answer.payload.findtext(f"{{{_VERSION}}}{name}") for name in ("name", "version", "os")}
    return {name: text for name, text in fields.items() if text}


def _script(people: People) -> Script:
    yield Enter("greeter", people.me)
    yield from asked(
        "greeter", stanzas.iq("get", "version", f"<query xmlns='{_VERSION}'/>", to=people.domain), "version"
    )
