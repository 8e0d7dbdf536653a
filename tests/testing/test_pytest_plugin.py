"""The pytest plugin, as somebody else's tests see it."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

from processes_seen import alive, gone

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


BREAKING = """
import os, signal


def test_dropped(rosterkit_domain):
    rosterkit_domain.drop()


def test_killed(rosterkit_domain, rosterkit_server):
    os.kill(rosterkit_server.ready["pid"], signal.SIGKILL)
    os.waitid(os.P_PID, rosterkit_server.ready["pid"], os.WEXITED | os.WNOWAIT)


def test_next(rosterkit_domain):
    assert rosterkit_domain.sessions() == []
"""
ENDLESS = """
def test_endless(rosterkit_server):
    print("the server is", rosterkit_server.ready["pid"], flush=True)
    import threading
    threading.Event().wait()
"""
#: Without pytest-twisted; the plugin once, as an installation brings it by itself.
LOADED = {entry.name for entry in entry_points(group="pytest11")}
PLUGINS = ("-p", "no:twisted", *(() if "rosterkit" in LOADED else ("-p", "rosterkit.testing.pytest_plugin")))
COMMAND = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *PLUGINS)
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


def run(folder: Path, answers: bool, *options: str) -> subprocess.CompletedProcess[str]:
    """The tests above in a process of their own, with a client that answers pushes or does not."""
    (folder / "raw_client.py").write_text(CLIENT.read_text(encoding="utf-8"))
    (folder / "test_client.py").write_text(TESTS.replace("ANSWERS", str(answers)))
    return pytest_in(folder, *options)


def pytest_in(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Pytest in a process of its own."""
    return subprocess.run(
        [*COMMAND, *options, "."], cwd=folder, capture_output=True, text=True, check=False, timeout=60
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


def test_it_works_in_parallel(tmp_path: Path):
    """Each process of xdist has a server of its own."""
    ended = run(tmp_path, True, "-n", "2")
    assert ended.returncode == 0, ended.stdout
    assert "2 passed" in ended.stdout


def test_a_test_may_break_what_it_was_given(tmp_path: Path):
    """A domain that is dropped, a server that is killed: the next test has another one."""
    (tmp_path / "test_breaking.py").write_text(BREAKING)
    ended = pytest_in(tmp_path)
    assert "3 passed" in ended.stdout, ended.stdout
    assert "error" not in ended.stdout


def test_killed_tests_leave_no_server(tmp_path: Path):
    """SIGKILL on pytest in the middle of a test."""
    (tmp_path / "test_endless.py").write_text(ENDLESS)
    with subprocess.Popen([*COMMAND, "-s", "."], cwd=tmp_path, stdout=subprocess.PIPE, text=True) as tests:
        assert tests.stdout is not None
        pid = next(int(line.split()[-1]) for line in tests.stdout if "the server is" in line)
        assert alive(pid)
        tests.kill()
        tests.wait()
    assert gone(pid)


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
