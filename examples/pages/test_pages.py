"""The commands of the tutorial and of the how-tos, as somebody copies them, at ports that are free."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
#: A few cases stand for all, which `make grade` plays.
FEW = ("rosterkit check client --exec", "rosterkit check client rfc6121/2.1.6 --exec")
ENVIRONMENT = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def blocks(page: str, language: str) -> list[str]:
    """What stands on a page in a language."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def free_port() -> int:
    """A port at which nobody listens now."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def until(ready, what: str):
    """What is ready, after twenty seconds at the latest."""
    for _ in range(200):
        with suppress(OSError, ValueError):
            if found := ready():
                return found
        time.sleep(0.1)
    raise AssertionError(f"{what} has not happened")


def get(url: str):
    with urllib.request.urlopen(url) as answer:
        return answer.read().decode()


def post(url: str, body: object):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def is_interested(sessions: str) -> bool:
    """Whether somebody has asked for the roster, by the answer to GET .../sessions."""
    return any(session["interested"] for session in json.loads(sessions)["sessions"])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the examples of the checkout."""
    shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("node_modules"))
    return tmp_path


def ran(block: str, folder: Path) -> str:
    """What commands that end well have said."""
    ended = subprocess.run(
        ["bash", "-ec", block], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=120
    )
    assert ended.returncode == 0, f"{block}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


@contextmanager
def running(block: str, folder: Path) -> Iterator[None]:
    """Commands in a terminal of their own, which stay until Ctrl-C."""
    terminal = subprocess.Popen(["bash", "-ec", block], cwd=folder, env=ENVIRONMENT, start_new_session=True)
    try:
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(terminal.pid, signal.SIGINT)
        try:
            terminal.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(terminal.pid, signal.SIGKILL)


def test_the_tutorial_works_as_it_stands(folder: Path):
    """The demo plays, a client is graded, a test of one's own passes, a change by hand is pushed to the client."""
    install, demo, grade, explain, test, serve, login, change = blocks("tutorial.md", "sh")
    assert "pip install" in install
    ports = {"6121": str(free_port()), "5222": str(free_port())}
    serve, login, change = (re.sub("6121|5222", lambda port: ports[port[0]], one) for one in (serve, login, change))
    ran(demo.strip() + " --pace 0", folder)
    ran(grade.replace(*FEW), folder)
    assert (folder / "rosterkit-report" / "index.html").is_file()
    assert "A push from a stranger changes nothing." in ran(explain, folder)
    (program,) = blocks("tutorial.md", "python")
    (folder / "test_my_client.py").write_text(program, encoding="utf-8")
    assert "1 passed" in ran(test, folder)
    control = f"http://127.0.0.1:{ports['6121']}"
    at_free_ports = serve.strip() + f" --c2s-port {ports['5222']} --tls-port none"
    with running(at_free_ports, folder):
        assert "<title>rosterkit</title>" in until(lambda: get(f"{control}/"), "the inspector")
        network = f"{control}/v1/networks/main"
        with running(login, folder):
            until(lambda: is_interested(get(f"{network}/sessions")), "her login")
            (push,) = json.loads(ran(change, folder))["pushes"]
            answer = {"match": f"<iq type='result' id='{push['id']}'/>", "within": 5, "since": 0}
            assert post(f"{network}/wait", answer)["outcome"] == "met"


@pytest.mark.parametrize("server", ["prosody", "ejabberd"])
def test_a_peer_joins_as_the_page_says(server: str, folder: Path):
    """The nurse accepts after two seconds, and her side can be looked at."""
    peer, look = blocks(f"howto/{server}.md", "sh")
    (contacts,) = blocks(f"howto/{server}.md", "toml")
    (folder / "contacts.toml").write_text(contacts, encoding="utf-8")
    start = (
        f"exec python -m rosterkit.testing {server} --account juliet:capulet "
        "--component contacts.example.com:REPLACE-ME --env server.env"
    )
    control = str(free_port())
    with running(start, folder):
        until(lambda: (folder / "server.env").read_text(), "the server's start")
        told = "set -a; . ./server.env; set +a\n"
        joining = told + peer.replace("localhost:5347", '"$HOST:$COMPONENT_PORT"').replace("6121", control)
        with running(joining, folder):
            until(lambda: get(f"http://127.0.0.1:{control}/"), "the peer's start")
            ask = (
                'python examples/peer/befriend.py juliet@localhost capulet "$HOST" "$PORT" "$CA_FILE" '
                "nurse@contacts.example.com"
            )
            accepted = re.search(r"accepted after (\d+\.\d) s", ran(told + ask, folder))
            assert accepted is not None
            assert 1.9 <= float(accepted[1]) < 4
            assert "items" in json.loads(ran(look.replace("6121", control), folder))


def test_a_failing_push_is_debugged_as_the_page_says(folder: Path):
    """Each question has its answer: the entry, the session, the dialogue, the push and what the client said."""
    roster, sessions, transcript, push, wait, check = blocks("howto/failing-push.md", "sh")
    start = (
        "exec rosterkit serve --account juliet:capulet --c2s-port 0 --tls-port none --control-port 0 "
        "--ca-file ca.pem --ready-file ready.json"
    )
    with running(start, folder):
        ready = until(lambda: json.loads((folder / "ready.json").read_text()), "the server's start")
        api = f"API=http://127.0.0.1:{ready['control']['port']}/v1/networks/main\n"
        port = ready["c2s"]["port"]
        login = f"exec python examples/check/slixmpp_driver.py juliet@localhost capulet 127.0.0.1 {port} ca.pem"
        with running(login, folder):
            until(lambda: is_interested(ran(api + sessions, folder)), "her login")
            assert json.loads(ran(api + roster, folder))["items"] == {}
            (pushed,) = json.loads(ran(api + push, folder))["pushes"]
            met = json.loads(ran(api + wait, folder))
            assert met["outcome"] == "met"
            assert pushed["id"] in ran(api + transcript, folder)
    assert "Exit code 0." in ran(check, folder)
