"""Real XMPP servers for tests: Prosody, ejabberd and rosterkit itself, each as a child process of this one.

All three have the same interface, the domain ``localhost``, roster versioning, pre-approval where they can do it,
STARTTLS that is required, and passwords over SCRAM-SHA-1, SCRAM-SHA-256 and PLAIN::

    with prosody({"juliet": "capulet"}) as server:
        connect(server.host, server.port, ca_file=server.ca_file)
        server.stop()
        server.start()  # the same rosters, ports and certificates

Inside the block the server is ready: an account has logged in over verified TLS.  After it the processes and the
folder are gone.  Everything listens on loopback alone, at ports that were free, and nothing of what a package has
configured on the machine is read or changed, so any number of servers run side by side.  They run as whoever runs
the test, root too.  Only a test process that is itself killed without a word leaves them behind.

Prosody (0.12) and ejabberd (23) come from Debian's packages of these names; their own services are not needed and
best not started.  Linux is required.

Tests: ``tests/live/test_servers.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import MappingProxyType
from typing import Protocol

from rosterkit.testing.child import ServerError, running
from rosterkit.testing.ejabberd import Ejabberd
from rosterkit.testing.prosody import Prosody
from rosterkit.testing.serve import Rosterkit
from rosterkit.testing.setup import make_setup

__all__ = ["RunningServer", "ServerError", "ejabberd", "prosody", "rosterkit_server"]

_NOTHING: Mapping[str, str] = MappingProxyType({})


class RunningServer(Protocol):
    """A server that answers at ``host``, ``port``.  Its accounts, ports and certificates stay as long as it does.

    ``name`` is ``prosody``, ``ejabberd`` or ``rosterkit``; ``ca_file`` holds the certificate that clients trust, in
    PEM; ``component_port`` is None where no component was asked for.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 - said above
    @property
    def domain(self) -> str: ...  # noqa: D102
    @property
    def host(self) -> str: ...  # noqa: D102
    @property
    def port(self) -> int: ...  # noqa: D102
    @property
    def component_port(self) -> int | None: ...  # noqa: D102
    @property
    def ca_file(self) -> Path: ...  # noqa: D102

    def stop(self) -> None:
        """End it: it is asked, and killed where it has not gone after ten seconds; again is a no-op."""

    def start(self) -> None:
        """Start it again with what it had stored, at the same ports; a no-op while it runs.

        Raises :class:`ServerError` as the first start does, and where somebody has taken a port meanwhile.
        """

    def log_tail(self) -> str:
        """The last forty lines of its log, of all its starts; for the message of a test that failed."""


def prosody(
    accounts: Mapping[str, str] = _NOTHING, *, components: Mapping[str, str] = _NOTHING, registration: bool = False
) -> AbstractContextManager[RunningServer]:
    """A Prosody, for a ``with`` block; ready after a quarter of a second.

    ``accounts`` are passwords by name (the part before ``@localhost``), made at the first start and not again.
    ``components`` are secrets by domain (XEP-0114).  With ``registration`` a client may make accounts (XEP-0077).
    Without accounts it is ready when it offers logins over TLS.

    Raises :class:`~rosterkit.errors.RosterkitError` where an account or a component cannot be, and
    :class:`ServerError`, with the end of the log, where the program is not installed or does not come up.
    """
    return running(Prosody, make_setup(accounts, components, registration))


def ejabberd(
    accounts: Mapping[str, str] = _NOTHING, *, components: Mapping[str, str] = _NOTHING, registration: bool = False
) -> AbstractContextManager[RunningServer]:
    """An ejabberd, for a ``with`` block; ready after about two seconds.  Arguments and errors: :func:`prosody`.

    It is no Erlang node that others could reach: no epmd, no cookie, and ``ejabberdctl`` does not find it.
    """
    return running(Ejabberd, make_setup(accounts, components, registration))


def rosterkit_server(
    accounts: Mapping[str, str] = _NOTHING, *, components: Mapping[str, str] = _NOTHING, registration: bool = False
) -> AbstractContextManager[RunningServer]:
    """A ``rosterkit serve`` that keeps its rosters in a file, for a ``with`` block; ready after half a second.

    It is the rosterkit of the Python that runs the test.  Arguments and errors: :func:`prosody`.
    """
    return running(Rosterkit, make_setup(accounts, components, registration))
