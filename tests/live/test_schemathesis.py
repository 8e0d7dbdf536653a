"""The control API called by schemathesis, from nothing but its OpenAPI file: no 500, no answer of another shape."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import RunningServer

pytestmark = pytest.mark.live

CHECKS = "not_a_server_error,response_schema_conformance,status_code_conformance,content_type_conformance"
SEED = {
    "accounts": {"juliet": {"password": "x", "roster": {"romeo@fuzz.test": {}}}, "romeo": {"password": "x"}},
    "contacts": {"nurse@far.test": {}},
}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    """A server with the network of which the file's examples speak; it ends without a complaint in its log."""
    started = RunningServer(tmp_path, "--control-port", "0")
    call(started, "PUT", "/networks/fuzz.test", SEED)
    yield started
    started.stop()


def root(server: RunningServer) -> str:
    """Where the API is."""
    return f"http://127.0.0.1:{server.ready['control']['port']}/v1"


def call(server: RunningServer, method: str, path: str, body: object = None) -> object:
    """One call."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(root(server) + path, data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def test_nothing_that_the_file_allows_breaks_the_server(server: RunningServer, tmp_path: Path):
    """Thousands of calls, most of them of things that are there; afterwards the network can still be made anew."""
    command = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "run"]
    options = [
        "--checks",
        CHECKS,
        "--exclude-path-regex",
        "events",
        "--max-examples",
        "40",
        "--request-timeout",
        "20",
    ]
    command += [f"{root(server)}/openapi.json", *options]
    hooks = {"SCHEMATHESIS_HOOKS": str(Path(__file__).with_name("schemathesis_hooks.py"))}
    ended = subprocess.run(
        command, cwd=tmp_path, env=os.environ | hooks, capture_output=True, text=True, check=False, timeout=300
    )
    assert ended.returncode == 0, ended.stdout[-5000:] + ended.stderr[-2000:]
    assert "passed" in ended.stdout
    assert call(server, "PUT", "/networks/fuzz.test", SEED)
