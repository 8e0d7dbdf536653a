"""Lets `rosterkit check client` grade profanity, the terminal program: types its commands and reads its screen.

    rosterkit check client --exec 'python profanity_driver.py {jid} {password} {host} {port} {ca} {state}'

It needs the package pyte, which is the terminal.  What is believed is what /roster, /info and /sub received show; where
the lines of /roster can be read in two ways, or are more than the screen has, that order is answered with an error.
profanity has no command to unsubscribe, and none that sets name and groups at once.
"""

import fcntl
import itertools
import json
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from pathlib import Path

import pyte

ROWS, COLUMNS = 200, 250
PATIENCE = 10.0
_TIME = r"^\d\d:\d\d:\d\d - "
_ROSTER, _REQUESTS = re.compile(_TIME + r"Roster: jid \(nick\)"), re.compile(_TIME + "Outstanding subscription")
# "jid (name) - subscription, request sent - group, group"; every part but the JID may be missing.
_ENTRY = re.compile(_TIME + r"  (\S+)(?: \((.*)\))? -(?: (\w*))?(, request sent)?(?: - ([\w .]+(?:, [\w .]+)*))?$")
_ABOUT = re.compile(_TIME + r"(\S+)(?: \(.*\))?:$")
_RESOURCE = re.compile(_TIME + r"  (.+) \(-?\d+\), (?:online|away|chat|dnd|xa)")
_REFUSED = re.compile(_TIME + r"(.*(?:not currently connected|not found|Invalid usage|not in roster).*)$")


class Profanity:
    """profanity in a terminal of its own, with a home of its own."""

    def __init__(self, jid, password, host, port, ca, state):
        self.jid = jid
        self._screen = pyte.Screen(COLUMNS, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self._marks = self._tried = 0
        environment = prepared(Path(state), jid, password, host, port, ca)
        self._child, self.terminal = pty.fork()
        if self._child == 0:
            signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it would outlive this program
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
            os.execvpe("profanity", ["profanity"], environment)

    def read(self):
        """Take in what it shows."""
        try:
            self._stream.feed(os.read(self.terminal, 65536))
        except OSError:  # it has ended: then this program ends too, and is run again
            _, status = os.waitpid(self._child, 0)
            print(f"profanity has ended with {os.waitstatus_to_exitcode(status)}.", file=sys.stderr)
            sys.exit(0)

    def stay_online(self):
        """Connect where it says that it is offline, at once and then every second."""
        if "[offline]" in self._screen.display[0] and time.monotonic() > self._tried + 1:
            self._tried = time.monotonic()
            self._enter(f"/connect {self.jid}")

    def type(self, *commands):
        """Type them, and give the lines that they have brought; raise RuntimeError for one that was refused."""
        self._marks += 1
        for command in ("/win 1", "/clear", *commands, f"/mark{self._marks}"):
            self._enter(command)
        lines = self._lines_until(re.compile(_TIME + f"Unknown command: /mark{self._marks}$"))
        for line in lines:
            if refused := _REFUSED.match(line):
                raise RuntimeError(refused[1])
        return lines

    def _enter(self, command):
        os.write(self.terminal, command.encode() + b"\r")

    def _lines_until(self, mark):
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            lines = [line.rstrip() for line in self._screen.display]
            if any(mark.match(line) for line in lines):
                return lines
            if select.select([self.terminal], [], [], PATIENCE)[0]:
                self.read()
        raise RuntimeError("profanity does not react any more.")


def prepared(state, jid, password, host, port, ca):
    """Write its settings and its account; give the environment in which it sees nothing else."""
    files = {
        "config/profanity/profrc": "[ui]\nroster=false\nsplash=false\ninpblock=10\ninpblock.dynamic=false\n"
        "[connection]\nreconnect=0\n",
        "data/profanity/accounts": f"[{jid}]\nenabled=true\nresource=check\nserver={host}\nport={port}\n"
        f"password={password}\ntls.policy=force\npresence.last=online\npresence.login=online\n",
    }
    for name, text in files.items():
        file = state / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    folders = {f"XDG_{name.upper()}_HOME": str(state / name) for name in ("config", "data", "cache")}
    trusted = {"SSL_CERT_FILE": ca, "SSL_CERT_DIR": str(state)}
    return {"HOME": str(state), "PATH": os.environ["PATH"], "TERM": "xterm", "LANG": "C.UTF-8", **folders, **trusted}


def believed(profanity):
    """What it shows of its roster."""
    lines = profanity.type("/roster")
    if not any(map(_ROSTER.match, lines)):
        raise RuntimeError("The roster is longer than the screen.")
    roster = dict(map(read, below(_ROSTER, lines)))
    about = None
    for line in profanity.type(*(f"/info {jid}" for jid in roster)):
        if (found := _ABOUT.match(line)) and found[1] in roster:
            about = found[1]
        elif about in roster and (found := _RESOURCE.match(line)):
            roster[about]["available"].append(found[1])
    requests = [line.split()[-1] for line in below(_REQUESTS, profanity.type("/sub received"))]
    return {"roster": list(roster.values()), "requests": requests}


def below(header, lines):
    """The lines that follow a header and are indented below it, or are the rest of such a line."""
    after = itertools.dropwhile(lambda line: not header.match(line), lines)
    return itertools.takewhile(
        lambda line: line and not re.match(_TIME + r"(?!  )", line), itertools.islice(after, 1, None)
    )


def read(line):
    """The JID of an entry, and the entry."""
    if not (found := _ENTRY.match(line)):
        raise RuntimeError(f"This line of the roster could mean more than one thing: {line}")
    jid, name, subscription, asked, groups = found.groups()
    kept = {"jid": jid, "name": name, "subscription": subscription or None, "ask": "subscribe" if asked else None}
    return jid, {**kept, "groups": groups.split(", ") if groups else [], "available": []}


def set_entry(profanity, jid, name, groups):
    """As its user would: add it with its name or rename it, then put it into each group and out of the others."""
    before = {entry["jid"]: entry for entry in believed(profanity)["roster"]}.get(jid)
    profanity.type(f'/roster nick {jid} "{name}"' if before else f'/roster add {jid} "{name}"')
    until = time.monotonic() + 1
    while not any(entry["jid"] == jid for entry in believed(profanity)["roster"]):
        if time.monotonic() > until:  # the server has refused it, or says nothing: then nothing is there for groups
            return
    now = set(before["groups"]) if before else set()
    for group in [one for one in groups if one not in now]:
        profanity.type(f'/roster group add "{group}" {jid}')
    for group in now - set(groups):
        profanity.type(f'/roster group remove "{group}" {jid}')


def obey(profanity, order):
    """Do what is ordered, and give what the answer says."""
    jid = order.get("jid")
    match order["do"]:
        case "roster":
            return believed(profanity)
        case "set":
            set_entry(profanity, jid, order["name"], order["groups"])
        case "rename":
            profanity.type(f'/roster nick {jid} "{order["name"]}"')
        case "regroup":
            profanity.type(f'/roster group add "{order["group"]}" {jid}')
        case "remove":
            profanity.type(f"/roster remove {jid}")
        case "subscribe":
            profanity.type(f"/sub request {jid}")
        case "approve":
            profanity.type(f"/sub allow {jid}")
        case "deny":
            profanity.type(f"/sub deny {jid}")
        case _:
            return {"error": f"profanity has no command to {order['do']}."}
    return {}


def answer(profanity, order):
    try:
        said = obey(profanity, order)
    except Exception as error:
        said = {"error": str(error)}
    print(json.dumps({"done": order["order"], **said}), flush=True)


def main():
    profanity = Profanity(*sys.argv[1:])
    orders, waiting = b"", [0, profanity.terminal]
    while True:
        ready, _, _ = select.select(waiting, [], [], 1)
        if profanity.terminal in ready:
            profanity.read()
        profanity.stay_online()
        if 0 in ready:
            data = os.read(0, 65536)
            *lines, orders = (orders + data).split(b"\n")
            for line in lines:
                answer(profanity, json.loads(line))
            if not data:  # no more orders
                waiting.remove(0)


if __name__ == "__main__":
    main()
