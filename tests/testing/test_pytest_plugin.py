"""The pytest plugin, as somebody else's tests see it."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
CLIENT = Path(__file__).with_name("raw_client.py")
TESTS = """
from raw_client import ROSTER, RawClient


def test_a_push_is_answered(rosterkit_domain):
    me = rosterkit_domain.account("juliet")
    with RawClient(rosterkit_domain.host, rosterkit_domain.port, *me) as client:
        client.ask(ROSTER, "</iq>")
        (push,) = rosterkit_domain.push(me.jid, "romeo@b.test", name="Romeo")
        client.until("</iq>")
        if ANSWERS:
            client.say(f"<iq type='result' id='{push['id']}'/>")
        rosterkit_domain.expect(f"<iq type='result' id='{push['id']}'/>", within=0.2)


def test_another_domain_each_time(rosterkit_domain, rosterkit_server):
    assert rosterkit_domain.sessions() == []
    assert rosterkit_domain.name in [n["name"] for n in rosterkit_server.call("GET", "/networks")["networks"]]
"""


MY_CLIENT = """
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


"""


def run(folder: Path, answers: bool) -> subprocess.CompletedProcess[str]:
    """Pytest in a process of its own, without any other plugin."""
    (folder / "raw_client.py").write_text(CLIENT.read_text(encoding="utf-8"))
    (folder / "test_client.py").write_text(TESTS.replace("ANSWERS", str(answers)))
    return pytest_in(folder)


def pytest_in(folder: Path) -> subprocess.CompletedProcess[str]:
    """Pytest in a process of its own, with this plugin, once: an installation brings it by itself."""
    loaded = {entry.name for entry in entry_points(group="pytest11")}
    plugin = () if "rosterkit" in loaded else ("-p", "rosterkit.testing.pytest_plugin")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *plugin]
    return subprocess.run(
        [*command, "-p", "no:twisted", "."], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )


def test_it_gives_a_server_and_a_domain_for_each_test(tmp_path: Path):
    """Without pytest-twisted, without a line of set-up."""
    ended = run(tmp_path, answers=True)
    assert ended.returncode == 0, ended.stdout
    assert "2 passed" in ended.stdout


def test_a_failed_test_shows_what_passed(tmp_path: Path):
    """The cause (a push that was not answered) stands in the output."""
    ended = run(tmp_path, answers=False)
    assert ended.returncode == 1
    assert "sent nothing that matches <iq type='result'" in ended.stdout
    assert "what passed at n1.test (rosterkit)" in ended.stdout
    assert "to juliet@n1.test/r got no answer" in ended.stdout


def test_the_example_of_the_readme_runs_as_written(tmp_path: Path):
    """With a client that answers."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    example = text.partition("```pytest\n")[2].partition("```")[0]
    (tmp_path / "raw_client.py").write_text(CLIENT.read_text(encoding="utf-8"))
    (tmp_path / "test_example.py").write_text(MY_CLIENT + example)
    ended = pytest_in(tmp_path)
    assert ended.returncode == 0, ended.stdout


def test_the_plugin_brings_nothing_before_it_is_wanted():
    """Neither Twisted nor lxml: it is loaded in everybody's tests."""
    code = "import sys, rosterkit.testing.pytest_plugin; print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"twisted", "lxml", "trustme", "rosterkit.testing.fixture"} & set(ended.stdout.split())
