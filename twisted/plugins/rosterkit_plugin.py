"""Makes ``twistd rosterkit`` and ``twistd rosterkit-peer`` known.

Every run of twistd imports this file, so it may import nothing else.
"""

from twisted.application.service import ServiceMaker

rosterkit = ServiceMaker(
    "rosterkit",
    "rosterkit.tap",
    "A small RFC 6121 server for testing XMPP clients: rosters, subscriptions, presence.",
    "rosterkit",
)

rosterkit_peer = ServiceMaker(
    "rosterkit-peer",
    "rosterkit.peer_tap",
    "Scripted contacts beside a real XMPP server, as an external component of it.",
    "rosterkit-peer",
)
