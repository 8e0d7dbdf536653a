"""A client that gets its orders as chat messages of the conductor and answers them in the same way.

Its arguments are those of the scripted client: JID, PASSWORD, HOST, PORT.  It keeps nothing, so that no version
shows what it believes.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from rosterkit.conformance.model.client import ScriptedClient
from rosterkit.conformance.runner import scripted
from rosterkit.core import markup


class MessageClient(ScriptedClient):
    """Its user does what he is told."""

    def on_stanza(self, element: Any) -> None:
        """The last line of what the conductor says is an order."""
        super().on_stanza(element)
        sender, body = element.get("from") or "", element.findtext("{jabber:client}body")
        if sender.startswith("conductor@") and body:
            *sentences, line = body.split("\n")
            assert sentences
            assert json.loads(line)["order"]
            answer = markup.element("body", markup.text(self.order(line)))
            self.say(markup.element("message", answer, to=sender, type="chat"))

    @property
    def versioning(self) -> bool:
        """It does not know that."""
        return False


if __name__ == "__main__":
    scripted.ScriptedClient = MessageClient  # type: ignore[misc]
    sys.exit(scripted.main())
