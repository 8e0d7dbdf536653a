"""What a new user does first, in an environment that has rosterkit and what pip brought with it.

Each trial is a function that returns where all is well and raises :class:`~release.wrong.WrongError` with a sentence.
The commands are those of README.md and docs/transfer.md; where they need fixed ports, free ones take their place.

Tests: ``tests/release/test_trials.py``.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from urllib.request import urlopen

from release.dist.environment import Environment
from release.dist.pages import Pages
from release.wrong import WrongError

__all__ = ["TRIALS", "Trial"]

Trial = Callable[[Environment, Pages], None]
#: Seconds until a daemon that was told to end has to have ended.
_PATIENCE = 30.0
_COMMANDS = ("", "serve", "peer", "export", "import", "check", "check client", "check server", "check matrix", "demo", "play")
_WHERE = """
import importlib.resources, rosterkit, sys
print(rosterkit.__file__.startswith(sys.prefix), (importlib.resources.files("rosterkit") / "py.typed").is_file())
"""
#: A client for the example in pytest, made of the one that rosterkit's own tests have.
_MY_CLIENT = '''
import re, threading
from contextlib import contextmanager
from raw_client import ROSTER, RawClient


@contextmanager
def my_client(jid, password, host, port):
    with RawClient(host, port, jid, password) as client:
        client.ask(ROSTER, "</iq>")
        answering = threading.Thread(target=answer, args=(client,))
        answering.start()
        yield
        answering.join()


def answer(client):
    push = client.until("</iq>")
    client.say("<iq type='result' id='%s'/>" % re.search("id='([^']*)'", push)[1])


'''


def _expect(right: bool, sentence: str) -> None:
    if not right:
        raise WrongError(sentence)


def _installed(environment: Environment, _: Pages) -> None:
    said = environment.run("python", "-c", _WHERE)
    _expect(said == "True True\n", f"rosterkit is not the installed one, or has no py.typed: {said.strip()}")


def _version(environment: Environment, pages: Pages) -> None:
    wanted = f"rosterkit {pages.root.name.rpartition('-')[2]}\n"
    for command in (("rosterkit",), ("python", "-m", "rosterkit"), ("twistd", "rosterkit")):
        said = environment.run(*command, "--version")
        _expect(said == wanted, f"{' '.join(command)} --version says {said.strip()}, not {wanted.strip()}.")


def _help(environment: Environment, _: Pages) -> None:
    for words in _COMMANDS:
        said = environment.run("rosterkit", *words.split(), "--help")
        _expect(said.startswith(f"usage: rosterkit {words}".rstrip()), f"rosterkit {words} --help says: {said[:200]}")


def _twistd_help(environment: Environment, _: Pages) -> None:
    listed = set(environment.run("twistd", "--help").split())
    missing = {"rosterkit", "rosterkit-peer", "web"} - listed
    _expect(not missing, f"twistd --help does not list {', '.join(sorted(missing))}.")
    said = environment.run("twistd", "rosterkit", "--help")
    _expect("--max-stanza=" in said, "twistd rosterkit --help does not have our options.")


def _demo(environment: Environment, _: Pages) -> None:
    """The guided session without its pauses; it ends with 0 only where everything happened as it is told."""
    said = environment.run("rosterkit", "demo", "--pace", "0")
    _expect("<presence" in said, f"The demo shows no stanza: {said[-300:]}")


def _program(environment: Environment, pages: Pages) -> None:
    program = pages.block("README.md", "python", "subprocess.Popen")
    said = environment.run("python", "-c", program)
    _expect(
        bool(re.fullmatch(r"connect to port \d+ and trust /.*/ca\.pem\n", said)), f"The README's program says: {said}"
    )


def _configured(environment: Environment, pages: Pages) -> None:
    path = environment.place / "rosterkit.toml"
    path.write_text(pages.block("README.md", "toml", "c2s-port"))
    with environment.serving("--config", str(path)) as ready:
        _expect(ready["domains"] == ["montague.test", "capulet.test"], f"The README's TOML gives {ready['domains']}.")


def _under_twistd(environment: Environment, pages: Pages) -> None:
    """The daemon's end is in its log."""
    (environment.place / "rosterkit.toml").write_text(pages.block("README.md", "toml", "c2s-port"))
    environment.run("sh", "-ec", pages.block("README.md", "sh", "twistd --pidfile"))
    log, late = environment.place / "rosterkit.log", time.monotonic() + _PATIENCE
    while "Server Shut Down" not in log.read_text():
        _expect(time.monotonic() < late, f"twistd rosterkit has not ended:\n{log.read_text()[-1000:]}")
        time.sleep(0.1)


def _components(environment: Environment, pages: Pages) -> None:
    made, _, served = pages.block("README.md", "sh", "--components").partition("\nrosterkit serve")
    environment.run("sh", "-ec", made)
    _expect("--components components" in served, "The README's example of components is another one.")
    with environment.serving("--component-port", "0", "--components", "components") as ready:
        _expect(ready["component"]["port"] > 0, "No port for components.")


def _in_and_out(environment: Environment, pages: Pages) -> None:
    with environment.serving("--db", "roster.db", "--account", "juliet:capulet"):
        pass
    environment.run("sh", "-ec", pages.block("docs/transfer.md", "sh", "rosterkit export"))
    other = environment.run("rosterkit", "export", "--db", "other.db")
    _expect(other == (environment.place / "accounts.jsonl").read_text(), "What was imported is not what was exported.")


def _page(environment: Environment, _: Pages) -> None:
    """The inspector with every file that it names, and the OpenAPI file."""
    with environment.serving("--control-port", "0") as ready:
        base = f"http://127.0.0.1:{ready['control']['port']}/"
        shown = _got(base)
        for name in re.findall(r"""(?:src|href)=["']([^"':#]+)["']""", shown):
            _got(base + name.removeprefix("/"))
        _expect(json.loads(_got(base + "v1/openapi.json"))["openapi"].startswith("3.1"), "openapi.json is not 3.1.")


def _got(url: str) -> str:
    try:
        with urlopen(url, timeout=10) as answer:
            text: str = answer.read().decode()
            return text
    except OSError as wrong:
        raise WrongError(f"{url}: {wrong}") from wrong


def _listed(environment: Environment, _: Pages) -> None:
    for suite, case in (("client", "2.1.6/spoofed-stranger"), ("server", "2.1.6/one-item")):
        said = environment.run("rosterkit", "check", suite, "--list")
        _expect(f"rfc6121/{case} " in said, f"check {suite} --list does not have rfc6121/{case}.")


def _graded(environment: Environment, pages: Pages) -> None:
    """One case, with RosterClient; the report's templates and its schema are needed for it."""
    pages.copy("examples/check/rosterkit_driver.py", environment.place)
    program = "python rosterkit_driver.py {jid} {password} {host} {port} {ca} {state}"
    environment.run("rosterkit", "check", "client", "rfc6121/2.1.6/spoofed-stranger", "--exec", program)
    report = environment.place / "rosterkit-report"
    _expect("PASS" in (report / "index.html").read_text(), "The report does not say PASS.")
    environment.run("rosterkit", "check", "report", "merged", str(report))


def _library(environment: Environment, pages: Pages) -> None:
    program = pages.block("README.md", "python", "rosterkit.connect(")
    (environment.place / "run").mkdir()
    with environment.serving("--account", "juliet:capulet", "--ca-file", "run/ca.pem") as ready:
        told = program.replace('host="127.0.0.1"', f'host="127.0.0.1", port={ready["c2s"]["port"]}')
        _expect(told != program, "The README's RosterClient no longer connects to 127.0.0.1.")
        said = environment.run("python", "-c", told)
    _expect(said == "0 contacts: []\n", f"The README's RosterClient says: {said}")


def _in_pytest(environment: Environment, pages: Pages) -> None:
    environment.install("pytest")
    pages.copy("tests/testing/raw_client.py", environment.place)
    (environment.place / "test_mine.py").write_text(_MY_CLIENT + pages.block("README.md", "pytest", "my_client"))
    said = environment.run("python", "-m", "pytest", "-q", "test_mine.py")
    _expect("1 passed" in said, f"The README's test in pytest: {said}")


#: Sentence of each trial, in the order in which they are done.
TRIALS: dict[str, Trial] = {
    "the package is the installed one, with its type marker": _installed,
    "all three commands know the version": _version,
    "every command has its --help": _help,
    "twistd --help lists both plugins": _twistd_help,
    "the guided session": _demo,
    "the README's program starts a server": _program,
    "the README's TOML is served": _configured,
    "the README's commands for twistd": _under_twistd,
    "the README's components may connect": _components,
    "the inspector's files are there": _page,
    "export and import": _in_and_out,
    "the cases are listed": _listed,
    "a case is graded, with its report": _graded,
    "the README's RosterClient connects": _library,
    "the README's test in pytest passes": _in_pytest,
}
