"""The route for a client in any language: the script that the README shows, run as it stands."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
SCRIPT = ROOT / "examples" / "shell" / "answers_a_push.sh"
# A client that logs in over STARTTLS with the CA checked; it answers pushes, or not.
CLIENT = """
import base64, re, socket, ssl, sys
jid, password, host, port, ca = sys.argv[2:]
name, _, domain = jid.partition("@")
header = f"<stream:stream to='{domain}' version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>"
link = socket.create_connection((host, int(port)))
def ask(text, mark):
    link.sendall(text.encode())
    read = ""
    while mark not in read:
        data = link.recv(65536)
        if not data:
            sys.exit()
        read += data.decode()
    return read
ask(header, "</stream:features>")
ask("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "<proceed")
link = ssl.create_default_context(cafile=ca).wrap_socket(link, server_hostname=domain)
ask(header, "</stream:features>")
plain = base64.b64encode(f"\\0{name}\\0{password}".encode()).decode()
ask(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>", "<success")
ask(header, "</stream:features>")
ask("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>", "</iq>")
ask("<iq type='get' id='r'><query xmlns='jabber:iq:roster'/></iq>", "</iq>")
push = ask("", "</iq>")
if sys.argv[1] == "answers":
    ask("<iq type='result' id='%s'/>" % re.search("id='([^']*)'", push)[1], "</stream:stream>")
"""


def run(folder: Path, how: str) -> subprocess.CompletedProcess[str]:
    """The script with a client that ``answers`` or ``ignores`` pushes."""
    (folder / "client.py").write_text(CLIENT)
    command = folder / "rosterkit"
    command.write_text(
        f"#!/bin/sh\nexec '{sys.executable}' -c 'from rosterkit.cli import main; exit(main())' \"$@\"\n"
    )
    command.chmod(0o755)
    return subprocess.run(
        [SCRIPT, f"{sys.executable} client.py {how}"],
        cwd=folder,
        env=os.environ | {"PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_client_that_answers(tmp_path: Path):
    """The verdict is one line, the exit code 0."""
    ended = run(tmp_path, "answers")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("Entry ")
    assert "matches <iq type='result'" in ended.stdout


def test_a_client_that_ignores_pushes(tmp_path: Path):
    """The verdict says what was wanted, and the dialogue names the push that got no answer."""
    ended = run(tmp_path, "ignores")
    assert ended.returncode == 1
    assert "sent nothing that matches <iq type='result'" in ended.stdout
    assert "got no answer" in ended.stdout


def test_the_readme_shows_this_script():
    """Line by line, but for its first ones."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = text.partition("```bash\n")[2].partition("```")[0]
    assert SCRIPT.read_text(encoding="utf-8").endswith(shown)
    assert shown.startswith("# Start the server")
