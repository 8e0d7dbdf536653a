"""A rosterkit server where rosterkit itself cannot be imported: any Python, nothing but its standard library."""

import json
import os
import subprocess
import urllib.request
from contextlib import contextmanager


class Server:
    """A server that is ready; ``ROSTERKIT`` names the command where it is not on the PATH."""

    def __init__(self, child):
        self.ready = json.loads(child.stdout.readline())

    def call(self, method, path, body=None):
        """Call the control API; what it refuses is an HTTPError."""
        url = f"http://127.0.0.1:{self.ready['control']['port']}/v1{path}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)


@contextmanager
def serving():
    """A server for a ``with`` block; it ends with it, or with this process."""
    options = ["--exit-with-stdin", "--c2s-port", "0", "--tls-port", "none", "--control-port", "0"]
    command = [os.environ.get("ROSTERKIT", "rosterkit"), "serve", *options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        yield Server(child)
        child.stdin.close()
