"""``rosterkit export`` and ``rosterkit import``: what they print where, and their exit codes."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from rosterkit.cli import main
from rosterkit.options import Option
from rosterkit.transferring import COMMANDS

EXPORTED = Path(__file__).parent / "transfer" / "exported"
ACCOUNT = "<host xmlns='urn:xmpp:pie:0' jid='a.test'><user name='juliet' password='hush'>{}</user></host>"
COMMAND = [sys.executable, "-m", "rosterkit"]


def code_of(*arguments: str) -> object:
    """The exit code of the command, however it ends."""
    try:
        return main(arguments)
    except SystemExit as caught:
        return caught.code


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """An export of another server, of one account."""
    path = tmp_path / "a.xml"
    path.write_text(ACCOUNT.format(""))
    return path


@pytest.fixture
def database(tmp_path: Path, file: Path) -> str:
    """A database that has the account."""
    with redirect_stdout(io.StringIO()):
        assert main(["import", "--db", str(tmp_path / "roster.db"), str(file)]) == 0
    return str(tmp_path / "roster.db")


@pytest.mark.parametrize(
    ("command", "option"), [(command, option) for command, options in COMMANDS.items() for option in options]
)
def test_the_help_has_every_option(command: str, option: Option, capsys: pytest.CaptureFixture[str]):
    """With its argument and its sentence, and what the exit codes mean."""
    assert code_of(command, "--help") == 0
    text = " ".join(capsys.readouterr().out.split())
    assert f"--{option.name} {option.metavar} {option.help}".replace("  ", " ") in text
    assert "Exit codes: 0 " in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("export",), "rosterkit export: Say which database: rosterkit export --db PATH."),
        (("import",), "rosterkit import: Say which database: rosterkit import --db PATH."),
        (("import", "--db", "x"), "rosterkit import: Say which files to import; - is standard input."),
        (("export", "--db", ""), "rosterkit export: --db is ''; it takes a text that is not empty."),
        (("export", "--db", "none"), "and no database is found there: No such file or directory."),
        (("export", "--db", "n" * 300), "and no database is found there: File name too long."),
        (("export", "--db", "none", "--out", "no/folder/x"), "--out is "),
        (("import", "--db", "no/folder/x", "-"), "--db is "),
        (("import", "--db", ":memory:", "-"), "--db takes the path of a file"),
        (("import", "--db", "x", "--dryrun", "-"), "'--dryrun' is no option. Did you mean --dry-run?"),
        (("export", "--db", "x", "y"), "rosterkit export: 'y' is no option."),
        (("import", "--db", "x", "--domain", "a.test", "-"), "--domain is 'a.test'; it takes the old domain and"),
        (("import", "--db", "x", "--domain", "a.test=", "-"), "--domain: "),
        (("import", "--db", "x", "--domain", "a.test=b@c", "-"), "--domain is 'b@c'; it takes a domain alone"),
        (("import", "--db", "x", "--domain", "a=b", "--domain", "A=c", "-"), "--domain names a twice: remove one."),
        (("import", "--db", "x", "none.xml"), "none.xml cannot be read: No such file or directory."),
        (("import", "--db", "x", ""), "FILE is ''; it takes a text that is not empty."),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    arguments: tuple[str, ...],
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
):
    """On standard error; nothing is printed."""
    monkeypatch.chdir(tmp_path)
    assert code_of(*arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert captured.err.count("\n") == 1


def test_an_import_says_what_it_did(tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str]):
    """On standard output, without a password; first as it would be."""
    path = tmp_path / "roster.db"
    what = f"1 account with 0 entries, 0 kept requests and 0 blocked JIDs into {path}"
    assert main(["import", "--db", str(path), "--dry-run", str(file)]) == 0
    assert capsys.readouterr() == (f"Would import {what}; nothing was written.\n", "")
    assert main(["import", "--db", str(path), str(file)]) == 0
    assert capsys.readouterr() == (f"Imported {what}.\n", "")


def test_an_import_that_lacks_something_has_code_1(tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str]):
    """The rest is there; what is missing stands on standard error."""
    file.write_text(ACCOUNT.format("<query xmlns='jabber:iq:roster'><item jid='@'/><item jid='b.test'/></query>"))
    assert main(["import", "--db", str(tmp_path / "roster.db"), str(file)]) == 1
    captured = capsys.readouterr()
    assert captured.out.startswith("Imported 1 account with 1 entry, ")
    assert captured.out.endswith("1 thing could not be taken; the lines on standard error name each.\n")
    assert captured.err.startswith(f"{file}, line 1: juliet@a.test: the entry '@' is left out: ")
    assert captured.err.count("\n") == 1


def test_an_import_of_nobody_has_code_4(tmp_path: Path, file: Path, capsys: pytest.CaptureFixture[str]):
    """As a file of the wrong server would be; where nobody could be taken, that is said instead, with code 1."""
    file.write_text("<host xmlns='urn:xmpp:pie:0' jid='a.test'/>")
    assert main(["import", "--db", str(tmp_path / "roster.db"), str(file)]) == 4
    assert capsys.readouterr() == ("", "rosterkit import: No account is in what was named; name other files.\n")
    file.write_text("<host xmlns='urn:xmpp:pie:0' jid='a.test'><user name='a b'/></host>")
    assert main(["import", "--db", str(tmp_path / "roster.db"), str(file)]) == 1
    assert "rosterkit import: No account could be taken; the lines above say why.\n" in capsys.readouterr().err


def test_replacing_and_renaming(tmp_path: Path, file: Path, database: str, capsys: pytest.CaptureFixture[str]):
    """Each has its option; without it nothing changes."""
    assert main(["import", "--db", database, str(file)]) == 2
    assert "juliet@a.test, which is in " in capsys.readouterr().err
    assert main(["import", "--db", database, "--replace", str(file)]) == 0
    assert main(["import", "--db", database, "--domain", "A.test=b.test", str(file)]) == 0
    capsys.readouterr()
    assert main(["export", "--db", database]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["account"] for line in lines if "account" in line] == ["juliet@a.test", "juliet@b.test"]


def test_an_export_prints_or_makes_a_file(database: str, tmp_path: Path, capsysbinary: pytest.CaptureFixture[bytes]):
    """The same bytes; what was done stands on standard error."""
    assert main(["export", "--db", database]) == 0
    printed, said = capsysbinary.readouterr()
    assert (
        said == f"Exported 1 account with 0 entries, 0 kept requests and 0 blocked JIDs from {database}.\n".encode()
    )
    assert b"hush" not in printed
    assert main(["export", "--db", database, "--out", str(tmp_path / "out")]) == 0
    assert capsysbinary.readouterr() == (b"", said)
    assert (tmp_path / "out").read_bytes() == printed


def test_from_one_process_into_another(database: str, tmp_path: Path):
    """Standard output into standard input, as between two machines; other words in their names stay as they are."""
    export = subprocess.run([*COMMAND, "export", "--db", database], capture_output=True, check=True)
    into = [*COMMAND, "import", "--db", str(tmp_path / "b.db"), "-"]
    ended = subprocess.run(into, input=export.stdout, capture_output=True, check=True)
    assert ended.stdout.startswith(b"Imported 1 account with 0 entries,")
    again = subprocess.run([*COMMAND, "export", "--db", str(tmp_path / "b.db")], capture_output=True, check=True)
    assert again.stdout == export.stdout


def test_an_export_that_nobody_reads_is_a_failure(database: str):
    """Half an export must not look like one: exit code 2 and one sentence."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        ended = subprocess.run(
            [*COMMAND, "export", "--db", database], stdout=closed, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (ended.returncode, ended.stderr) == (
        2, "rosterkit export: The export is not whole: nobody has read it to its end.\n"
    )  # fmt: skip


def test_an_import_that_nobody_reads_about_is_done(file: Path, tmp_path: Path):
    """Its exit code says what was done; a terminal that knows ASCII alone gets it in ASCII."""
    file.write_text("<host xmlns='urn:xmpp:pie:0' jid='a.test'><user name='\u00e4'/></host>", encoding="utf-8")
    command = [*COMMAND, "import", "--replace", "--db", str(tmp_path / "b.db"), str(file)]
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as closed:
        ended = subprocess.run(command, stdout=closed, stderr=subprocess.PIPE, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")
    ascii_only = os.environ | {"PYTHONIOENCODING": "ascii"}
    assert (
        b"to \\xe4@a.test, which" in subprocess.run(command, capture_output=True, check=True, env=ascii_only).stdout
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device /dev/full of Linux")
def test_an_import_that_cannot_speak_is_done(file: Path, tmp_path: Path):
    """A full disk under what it says takes nothing from what is imported, nor from its exit code."""
    command = [*COMMAND, "import", "--replace", "--db", str(tmp_path / "b.db"), str(file)]
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
        assert (ended.returncode, ended.stderr) == (0, b"")
        file.write_text(ACCOUNT.format("<presence/>"))
        ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=full, check=False)
        assert (ended.returncode, ended.stdout[:18]) == (1, b"Imported 1 account")


def test_an_export_is_nothing_but_the_export(database: str):
    """What was done is not said into it where standard error is closed."""
    shell = ["sh", "-c", '"$@" 2>&-', "sh", *COMMAND, "export", "--db", database]
    printed = subprocess.run(shell, stdout=subprocess.PIPE, check=True).stdout
    assert printed.endswith(b'{"end": "rosterkit-accounts", "accounts": 1}\n')


def test_a_whole_server(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """What Prosody and ejabberd wrote is taken as it lies in their folders."""
    for number, folder in enumerate(sorted(EXPORTED.iterdir())):
        files = sorted(map(str, folder.iterdir()))
        assert main(["import", "--db", str(tmp_path / f"{number}.db"), *files]) == 0
        captured = capsys.readouterr()
        assert captured.out.startswith("Imported 3 accounts with ")
        assert captured.err == ""
