"""Real XMPP servers for tests: Prosody, ejabberd, jabberd2 and rosterkit itself, each as a child of this process.

All have the same interface, the domain ``localhost``, roster versioning, pre-approval where they can do it, STARTTLS
that is required, and passwords over SCRAM-SHA-1, SCRAM-SHA-256 and PLAIN::

    with prosody({"juliet": "capulet"}) as server:
        connect(server.host, server.port, ca_file=server.ca_file)
        server.stop()
        server.start()  # the same rosters, ports and certificates

Inside the block the server is ready: an account has logged in over verified TLS, and somebody listens at every other
port.  After it the processes and the folder are gone.  Everything listens on loopback alone, at ports that were free,
and nothing of what a package has configured on the machine is read or changed, so any number of servers run side by
side.  They run as whoever runs the test, root too.  Only a test process that is itself killed without a word leaves
them behind.

Prosody (0.12), ejabberd (23) and jabberd2 (2.7) come from Debian's packages of these names; their own services are
not needed and best not started.  Linux is required.  All of it is told at length in ``docs/servers.md``.

Tests: ``tests/live/test_servers.py``, ``tests/live/test_ejabberd_cluster.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, Unpack

from rosterkit.testing.child import ServerError, running
from rosterkit.testing.cluster import running_cluster
from rosterkit.testing.ejabberd import Ejabberd
from rosterkit.testing.jabberd2 import Jabberd2
from rosterkit.testing.prosody import Prosody
from rosterkit.testing.serve import Rosterkit
from rosterkit.testing.setup import NOTHING, Options, make_setup

__all__ = [
    "Options",
    "RunningCluster",
    "RunningServer",
    "ServerError",
    "ejabberd",
    "ejabberd_cluster",
    "jabberd2",
    "prosody",
    "rosterkit_server",
]


class RunningServer(Protocol):
    """A server that answers at ``host``, ``port``.  Its accounts, ports and certificates stay as long as it does.

    ``name`` is ``prosody``, ``ejabberd``, ``jabberd2`` or ``rosterkit``; ``ca_file`` holds the certificate that
    clients trust, in PEM.
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
    def ca_file(self) -> Path: ...  # noqa: D102

    @property
    def component_port(self) -> int | None:
        """Where components connect (XEP-0114); None where no component was asked for."""

    @property
    def tls_port(self) -> int | None:
        """Where a client begins with TLS; None without ``direct_tls``."""

    @property
    def websocket_url(self) -> str | None:
        """Where a client speaks XMPP over WebSocket, ``wss://127.0.0.1:PORT/xmpp-websocket``; its certificate holds
        for this address.  None without ``websocket``.
        """

    def stop(self) -> None:
        """End it: it is asked, and killed where it has not gone after ten seconds; again is a no-op."""

    def start(self) -> None:
        """Start it again with what it had stored, at the same ports; a no-op while it runs.

        Raises :class:`ServerError` as the first start does, and where somebody has taken a port meanwhile.
        """

    def log_tail(self) -> str:
        """The last forty lines of its log, of all its starts; for the message of a test that failed."""


class RunningCluster(Protocol):
    """Servers that are one: an account logs in at any of the ``nodes``, and what one stores all of them have."""

    @property
    def nodes(self) -> tuple[RunningServer, ...]: ...  # noqa: D102 - said above


def prosody(
    accounts: Mapping[str, str] = NOTHING, **options: Unpack[Options]
) -> AbstractContextManager[RunningServer]:
    """A Prosody, for a ``with`` block; ready after a quarter of a second.

    ``accounts`` are passwords by name (the part before ``@localhost``), made at the first start and not again.
    Without accounts it is ready when it offers logins over TLS.  What else it can be asked for is said at
    :class:`Options`; all of it is off.

    Raises :class:`~rosterkit.errors.RosterkitError` where an account or a component cannot be, and
    :class:`ServerError` where the server cannot do what was asked for, where the program is not installed, and, with
    the end of the log, where it does not come up.
    """
    return running(Prosody, make_setup(accounts, **options))


def ejabberd(
    accounts: Mapping[str, str] = NOTHING, **options: Unpack[Options]
) -> AbstractContextManager[RunningServer]:
    """An ejabberd, for a ``with`` block; ready after about two seconds.  Arguments and errors: :func:`prosody`.

    It is the one that can do all :class:`Options`.  It is no Erlang node that others could reach: no epmd, no cookie,
    and ``ejabberdctl`` does not find it.
    """
    return running(Ejabberd, make_setup(accounts, **options))


def ejabberd_cluster(
    accounts: Mapping[str, str] = NOTHING,
    *,
    nodes: int = 2,
    shared_component: bool = False,
    **options: Unpack[Options],
) -> AbstractContextManager[RunningCluster]:
    """So many ejabberd that share everything, for a ``with`` block; two are ready after about five seconds.

    A component may connect at any node.  With ``shared_component`` it has to connect at every one of them, which is
    ``balanced`` over the number of ``nodes``: what is sent to one bare JID then comes at one connection, always the
    same, wherever its sender is connected.

    A node can be stopped and started while another runs.  Where all were stopped, the one that was stopped last has
    stored what the others have not, so it has to be started first; :class:`ServerError` where another is.

    Arguments and errors: :func:`prosody`; :class:`~rosterkit.errors.ConfigError` where there would be no node.
    """
    if shared_component:
        options["balanced"] = dict.fromkeys(options.get("components", NOTHING), nodes)
    return running_cluster(make_setup(accounts, **options), nodes)


def jabberd2(
    accounts: Mapping[str, str] = NOTHING, **options: Unpack[Options]
) -> AbstractContextManager[RunningServer]:
    """A jabberd2, for a ``with`` block; ready after a quarter of a second.  Arguments and errors: :func:`prosody`.

    All its components have the same secret; :class:`~rosterkit.errors.ConfigError` where they have not.  With
    ``registration`` a client that has made an account logs in over a new connection.
    """
    return running(Jabberd2, make_setup(accounts, **options))


def rosterkit_server(
    accounts: Mapping[str, str] = NOTHING, **options: Unpack[Options]
) -> AbstractContextManager[RunningServer]:
    """A ``rosterkit serve`` that keeps its rosters in a file, for a ``with`` block; ready after half a second.

    It is the rosterkit of the Python that runs the test.  Arguments and errors: :func:`prosody`.
    """
    return running(Rosterkit, make_setup(accounts, **options))
