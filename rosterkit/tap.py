"""``twistd rosterkit``: its options made from :data:`rosterkit.options.OPTIONS`, its service from a Config.

twistd imports this before anybody has chosen a reactor, so nothing here imports one.

Tests: ``tests/test_tap.py``.
"""

from __future__ import annotations

from twisted.application.service import IService

from rosterkit.config import Config, load
from rosterkit.options import OPTIONS
from rosterkit.twistd_options import TwistdOptions, give_up

__all__ = ["Options", "makeService"]


class Options(TwistdOptions, name="rosterkit", options=OPTIONS, load=load):
    """The parsed command line; ``config`` is what it means."""

    longdesc = "The same options as in `rosterkit serve`. Secrets belong into --accounts, --components or --config."
    config: Config


def makeService(options: Options) -> IService:
    """The service that ``options`` describe; when it cannot start it says so in the log and ends twistd."""
    from rosterkit.net.collecting import rest_until
    from rosterkit.net.service import make_service

    service = make_service(options.config)
    rest_until(service.ready)
    service.ready.addErrback(give_up)
    return service
