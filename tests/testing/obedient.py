"""A client in a thread that does what a roster client does, and no more: it asks, is available, answers pushes."""

from __future__ import annotations

import re
import threading

from raw_client import ROSTER, RawClient

from rosterkit.testing.domains import Account, Domain

_PUSH = re.compile(r"<iq (?=[^>]*type='set')[^>]*id='([^']+)'[^>]*><query [^>]*><item")


class Obedient:
    """A client in a thread: asks for its roster, is available, answers pushes unless it is ``deaf``."""

    def __init__(self, domain: Domain, account: Account, deaf: bool = False) -> None:
        self._client = RawClient(domain.host, domain.port, *account)
        self._deaf = deaf
        self._client.say(ROSTER + "<presence><priority>1</priority></presence>")
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        try:
            while True:
                stanza = self._client.until("</iq>")
                push = _PUSH.search(stanza)
                if push is not None and not self._deaf:
                    self._client.say(f"<iq type='result' id='{push[1]}'/>")
        except (AssertionError, OSError):
            return

    def close(self) -> None:
        """Leave."""
        self._client.shut()
        self._thread.join(5)


class Clients:
    """Those that a play has started."""

    def __init__(self, domain: Domain, deaf: bool = False) -> None:
        self._domain = domain
        self._deaf = deaf
        self.started: list[Obedient] = []

    def start(self, account: Account) -> None:
        """One more."""
        self.started.append(Obedient(self._domain, account, self._deaf))

    def __enter__(self) -> Clients:
        return self

    def __exit__(self, *_: object) -> None:
        for client in self.started:
            client.close()
