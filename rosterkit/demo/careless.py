"""A client that believes every roster push, whoever sends it: what the demo holds a careful one against.

Tests: ``tests/demo/test_story.py``.
"""

from __future__ import annotations

from typing import Any

from twisted.words.xish import domish

from rosterkit.core import markup
from rosterkit.core.replica import Read, read_item
from rosterkit.core.roster import NAMESPACE
from rosterkit.xmpp.elements import View
from rosterkit.xmpp.handlers import XMPPHandler

__all__ = ["CarelessRoster"]

_GET = f"<iq type='get' id='roster'><query xmlns='{NAMESPACE}'/></iq>"
_PUSH = f"/iq[@type='set']/query[@xmlns='{NAMESPACE}']"


class CarelessRoster(XMPPHandler):  # type: ignore[misc]  # Wokkel has no types
    """Asks for the roster, then takes and answers each push without a look at its sender, which is the mistake.

    ``contacts`` has what pushes have said, by bare JID.
    """

    def __init__(self) -> None:
        super().__init__()
        self.contacts: dict[str, Read] = {}

    def connectionInitialized(self) -> None:
        """A stream is ready."""
        stream: Any = self.xmlstream
        stream.addObserver(_PUSH, self._push)
        stream.send(_GET)

    def _push(self, iq: domish.Element) -> None:
        iq.handled = True  # type: ignore[attr-defined]  # by which Twisted knows what is taken
        for query in View(iq):
            for read in map(read_item, query):
                if isinstance(read, Read):
                    self.contacts[read.jid] = read
        answer = markup.element("iq", "", type="result", id=iq.getAttribute("id"), to=iq.getAttribute("from"))
        self.xmlstream.send(answer)
