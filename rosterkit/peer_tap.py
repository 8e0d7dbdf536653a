"""``twistd rosterkit-peer``: its options made from the list of ``rosterkit peer``, its service from a PeerConfig.

twistd imports this before anybody has chosen a reactor, so nothing here imports one.

Tests: ``tests/test_peer_tap.py``.
"""

from __future__ import annotations

from twisted.application.service import IService

from rosterkit.peer_config import PEER_OPTIONS, PeerConfig, load_peer
from rosterkit.twistd_options import TwistdOptions, give_up

__all__ = ["Options", "makeService"]


class Options(TwistdOptions, name="rosterkit-peer", options=PEER_OPTIONS, load=load_peer):
    """The parsed command line; ``config`` is what it means."""

    longdesc = "The same options as in `rosterkit peer`. The secret belongs into --secret-file."
    config: PeerConfig


def makeService(options: Options) -> IService:
    """The service that ``options`` describe; when it cannot start it says so in the log and ends twistd."""
    from rosterkit.peer.service import make_peer_service

    service = make_peer_service(options.config)
    service.ready.addErrback(give_up)
    return service
