"""What Prosody and ejabberd export is imported whole: clients make rosters there, and their users log in here."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from raw_streams import Client

from rosterkit.cli import main
from rosterkit.core.roster import Item
from rosterkit.store import StoredAccount, open_store
from rosterkit.testing.child import Child, running
from rosterkit.testing.ejabberd import Ejabberd
from rosterkit.testing.prosody import Prosody
from rosterkit.testing.setup import make_setup
from rosterkit.wire import passwords

pytestmark = pytest.mark.live

ACCOUNTS = {"juliet": "capulet", "romeo": "montague", "nurse": "balm"}
JULIET, ROMEO, NURSE = (f"{name}@localhost" for name in ACCOUNTS)
_PATIENCE = 20


class StoringProsody(Prosody):
    """A Prosody that stores accounts and rosters as XEP-0227 has them, one file for each account."""

    def configure(self) -> None:
        """Write accounts in that format."""
        super().configure()
        for name, password in ACCOUNTS.items():
            text = f"<host jid='localhost'><user name='{name}' password='{password}'/></host>"
            (self.exported / f"{name}@localhost.xml").write_text(
                f"<server-data xmlns='urn:xmpp:pie:0'>{text}</server-data>"
            )

    def export(self) -> Path:
        """The folder of the files."""
        self.stop()
        return self.exported

    @property
    def exported(self) -> Path:
        """The same, at any time."""
        return self.folder / "data"

    def _text(self) -> str:
        return f'storage = {{ accounts = "xep0227", roster = "xep0227" }}\n{super()._text()}'


class HashingProsody(StoringProsody):
    """It turns passwords into keys as their users log in."""

    def _text(self) -> str:
        return super()._text().replace("internal_plain", "internal_hashed")


class ExportingEjabberd(Ejabberd):
    """An ejabberd that exports everything at its second start, as ``ejabberdctl export_piefxis`` would."""

    password_format = "plain"

    def orders(self) -> list[str]:
        """What the machine does when it is up."""
        if not self.was_ready:
            return super().orders()
        export = (
            "{ok, _} = application:ensure_all_started(ejabberd), "
            'ok = ejabberd_piefxis:export_server(<<"exported">>), ok = file:write_file("done", <<>>).'
        )
        return [*super().orders(), "-eval", export]

    def export(self) -> Path:
        """The folder of the files."""
        folder = self.folder / "exported"
        folder.mkdir()
        self.stop()
        self.start()
        deadline = time.monotonic() + _PATIENCE
        while not (self.folder / "done").exists():
            assert time.monotonic() < deadline, self.log_tail()
            time.sleep(0.05)
        return folder

    def _configuration(self) -> dict[str, object]:
        return super()._configuration() | {"auth_password_format": self.password_format}


class HashingEjabberd(ExportingEjabberd):
    """It keeps keys alone."""

    password_format = "scram"


def play(server: Child) -> None:
    """Juliet sees Romeo; the nurse has asked both, and neither has answered."""
    with Client(server) as juliet, Client(server) as romeo, Client(server) as nurse:  # type: ignore[arg-type]
        for client, (name, password) in zip((juliet, romeo, nurse), ACCOUNTS.items(), strict=True):
            client.log_in(name, password)
            client.roster()
            client.send("<presence/>")
        groups = "<group>Friends</group><group>Lovers</group>"
        juliet.iq(
            "set", f"<query xmlns='jabber:iq:roster'><item jid='{ROMEO}' name='R &amp; J'>{groups}</item></query>"
        )
        juliet.send(f"<presence to='{ROMEO}' type='subscribe'/>")
        romeo.until(_presence("subscribe"))
        romeo.send(f"<presence to='{JULIET}' type='subscribed'/>")
        juliet.until(_presence("subscribed"))
        for client, contact in ((juliet, JULIET), (romeo, ROMEO)):
            nurse.send(f"<presence to='{contact}' type='subscribe'/>")
            client.until(_presence("subscribe"))
        assert nurse.roster().count(b"subscribe") == 2


def _presence(kind: str) -> bytes:
    return rb"<presence[^>]*type=['\"]%b['\"]" % kind.encode()


def imported(folder: Path, database: Path) -> Iterator[StoredAccount]:
    """The accounts that come of the files in ``folder``."""
    main(["import", "--db", str(database), *map(str, sorted(folder.glob("*.xml")))])
    with closing(open_store(database)) as store:
        yield from store.load()


@pytest.mark.parametrize("kind", [StoringProsody, HashingProsody, ExportingEjabberd, HashingEjabberd])
def test_everything_arrives(
    kind: type[StoringProsody | ExportingEjabberd], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    """Passwords in plain text and keys, names, groups, states, and requests that wait."""
    with running(kind, make_setup(ACCOUNTS)) as server:
        play(server)
        accounts = {account.jid: account for account in imported(server.export(), tmp_path / "roster.db")}
    # Prosody's own storage of this kind keeps requests that were answered.
    assert all("leaves nothing to ask for" in line for line in capsys.readouterr().err.splitlines())
    assert sorted(accounts) == sorted((JULIET, ROMEO, NURSE))
    for account in accounts.values():
        assert passwords.matches(ACCOUNTS[account.jid.partition("@")[0]], account.credentials)
    juliet, romeo, nurse = (accounts[jid].roster for jid in (JULIET, ROMEO, NURSE))
    assert (juliet.items[ROMEO].name, juliet.items[ROMEO].subscription) == ("R & J", "to")
    assert sorted(juliet.items[ROMEO].groups) == ["Friends", "Lovers"]
    assert dict(romeo.items) == {JULIET: Item(JULIET, subscription="from")}
    assert dict(nurse.items) == {contact: Item(contact, ask=True) for contact in (JULIET, ROMEO)}
    assert list(juliet.requests) == list(romeo.requests) == [NURSE]
