"""Why a server did not take a component: which reasons are final, and their sentences."""

from __future__ import annotations

import pytest
from twisted.internet.error import ConnectionDone
from twisted.words.protocols.jabber.error import StreamError

from rosterkit.errors import STREAM_NOT_WELL_FORMED
from rosterkit.peer.outcomes import refusal
from rosterkit.xmpp.component import ComponentError
from rosterkit.xmpp.streams import BrokenStreamError

PLACE, DOMAIN = "server.test:5347", "contacts.test"


@pytest.mark.parametrize(
    ("condition", "advice"),
    [
        ("not-authorized", "--secret-file"),
        ("host-unknown", "Add it to the server's configuration, or change --component."),
        ("conflict", "End the other component"),
        ("invalid-namespace", "change --component-connect."),
        ("unsupported-version", "change --component-connect."),
    ],
)
def test_what_stays_as_it_is_is_final(condition: str, advice: str):
    """Each sentence says where, what the server said, and what to change."""
    final = refusal(StreamError(condition, text="So it is."), PLACE, DOMAIN)
    assert final is not None
    said = str(final)
    assert said.startswith(PLACE) and f"{condition} (So it is)" in said and advice in said


@pytest.mark.parametrize("error", [ComponentError("It is none."), BrokenStreamError(STREAM_NOT_WELL_FORMED)])
def test_what_is_no_server_for_components_is_final(error: Exception):
    """Another port is meant."""
    final = refusal(error, PLACE, DOMAIN)
    assert final is not None and "--component-connect" in str(final)


@pytest.mark.parametrize(
    "error", [StreamError("system-shutdown"), StreamError("internal-server-error"), ConnectionDone()]
)
def test_what_may_come_right_is_not(error: Exception):
    """A server that starts, or restarts, or has too much to do."""
    assert refusal(error, PLACE, DOMAIN) is None
