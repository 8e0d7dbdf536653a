"""A client's program: what it says, what it is told, and how it ends, with everything that it has started."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from processes_seen import gone
from programs import PYTHON, STUBBORN, Run
from pytest_twisted import ensureDeferred
from twisted.internet import reactor

from rosterkit.conformance.runner import process
from rosterkit.conformance.runner.process import PLACEHOLDERS, ClientProcess, words_of
from rosterkit.errors import ConfigError


class TestSaid:
    """What it prints."""

    @ensureDeferred
    async def test_each_line_of_standard_output(self):
        """Without its end, whatever it is; the last one also where it has none."""
        run = Run("import os; os.write(1, b'one\\n\\ntwo\\r\\n\\xff\\x00three')")
        assert await run.ended == (0, "")
        assert run.lines == ["one", "", "two\r", "\ufffd\x00three"]

    @ensureDeferred
    async def test_a_line_that_comes_in_pieces(self):
        """It is one line."""
        run = Run(
            "import os, sys\n"
            "os.write(1, b'go\\n{\"do')\n"
            "sys.stdin.readline()\n"
            "os.write(1, b'ne\": 1}\\nlast\\n')\n"
        )  # fmt: skip
        assert await run.line() == "go"
        run.process.order("on")
        assert await run.line() == '{"done": 1}'
        await run.ended
        assert run.lines == ["go", '{"done": 1}', "last"]

    @ensureDeferred
    async def test_a_long_line(self):
        """A megabyte is as good as a word."""
        run = Run("print('x' * 1_000_000)\nprint('y')")
        await run.ended
        assert [len(line) for line in run.lines] == [1_000_000, 1]

    @ensureDeferred
    async def test_a_line_that_is_too_long(self, monkeypatch: pytest.MonkeyPatch):
        """It is dropped whole, its end too, and the next one is heard."""
        monkeypatch.setattr(process, "_LONGEST_LINE", 100_000)
        run = Run("import os\nfor _ in range(40): os.write(1, b'{' * 10_000)\nos.write(1, b'end\\nnext\\n')")
        await run.ended
        assert run.lines == ["next"]

    @ensureDeferred
    async def test_megabytes_of_it(self):
        """They cost time, and nothing is lost."""
        run = Run("import os\nfor _ in range(64): os.write(1, b'y\\n' * 32_768)")
        await run.ended
        assert len(run.lines) == 64 * 32_768


class TestEnded:
    """How it has ended."""

    @pytest.mark.parametrize(
        ("code", "end"),
        [
            ("pass", (0, "")),
            ("import sys; sys.exit(7)", (7, "")),
            ("import os, sys; print('Oh\\nno', file=sys.stderr, flush=True); os._exit(1)", (1, "Oh\nno")),
            ("import os; os.kill(os.getpid(), 9)", (-9, "")),
            ("import os; os.write(2, b'\\xff without an end'); os._exit(3)", (3, "\ufffd without an end")),
        ],
    )
    @ensureDeferred
    async def test_the_code_and_the_last_words(self, code: str, end: tuple[int, str]):
        """A signal is negative; the words are those on standard error."""
        run = Run(code)
        assert await run.ended == end

    @ensureDeferred
    async def test_only_the_last_words(self):
        """Of megabytes the end is kept."""
        run = Run("import os\nfor n in range(20): os.write(2, b'x' * 100_000 + b'\\n')\nos.write(2, b'the end')")
        _, words = await run.ended
        assert words.endswith("x\nthe end")
        assert len(words) <= 4096

    @ensureDeferred
    async def test_once(self):
        """However often it is told to end; afterwards that is a no-op, as an order is."""
        run = Run("import time; print(flush=True); time.sleep(60)")
        await run.line()
        run.process.end()
        run.process.end()
        assert await run.ended == (-15, "")
        run.process.end()
        run.process.order("nobody reads this")
        assert len(run.ends) == 1

    @ensureDeferred
    async def test_one_that_does_not_want_to_end(self, monkeypatch: pytest.MonkeyPatch):
        """It is killed after its time of grace."""
        monkeypatch.setattr(process, "_GRACE", 0.1)
        run = Run(STUBBORN + "time.sleep(60)")
        await run.line()
        run.process.end()
        assert await run.ended == (-9, "")

    @ensureDeferred
    async def test_what_it_has_started_ends_with_it(self):
        """Also where that ignores SIGTERM, and where the program itself has ended before."""
        child = STUBBORN + "time.sleep(60)"
        run = Run(f"import subprocess; print(subprocess.Popen({[*PYTHON, child]!r}).pid, flush=True)")
        await run.ended
        assert run.lines[0].isdigit()
        assert gone(int(run.lines[0]))

    @ensureDeferred
    async def test_one_that_left_its_group_with_our_pipes(self):
        """Somebody who writes on and on does not keep the end from being told."""
        child = "import os\nos.setsid()\nos.write(1, b'mine\\n')\nwhile True: os.write(1, b'more' * 1_000)"
        run = Run(
            "import subprocess, sys\n"
            f"child = subprocess.Popen({[*PYTHON, child]!r})\n"
            "print(child.pid, flush=True)\n"
            "sys.stdin.readline()\n"
        )
        pid = int(await run.line(str.isdigit))
        await run.line(lambda line: line == "mine") if "mine" not in run.lines else None
        run.process.order("end")
        await run.ended
        assert gone(pid)  # nobody reads what it writes any more


class TestOrders:
    """What it is told."""

    @ensureDeferred
    async def test_lines_on_standard_input(self):
        """Each as it is, in UTF-8, in their order."""
        run = Run("import sys\nfor line in sys.stdin.buffer: print(line, flush=True)")
        run.process.order("one")
        run.process.order("zwölf \u2028")
        assert await run.line(lambda line: "zw" in line) == repr("zwölf \u2028\n".encode())
        assert run.lines[0] == repr(b"one\n")
        run.process.no_more_orders()
        assert await run.ended == (0, "")

    @ensureDeferred
    async def test_one_that_has_closed_its_standard_input(self):
        """Orders go nowhere, and it lives on."""
        run = Run("import os, time; os.close(0); print('closed', flush=True); time.sleep(60)")
        await run.line()
        for _ in range(3):
            run.process.order("x" * 200_000)
        run.process.end()
        assert await run.ended == (-15, "")

    @ensureDeferred
    async def test_one_that_reads_nothing(self):
        """Nobody waits for it, and it ends as any other."""
        run = Run("import time; print(flush=True); time.sleep(60)")
        await run.line()
        for _ in range(10):
            run.process.order("x" * 200_000)
        run.process.end()
        assert (await run.ended)[0] == -15

    @ensureDeferred
    async def test_one_that_has_closed_everything(self):
        """It runs on, and its end is seen."""
        run = Run("import os, time\nprint(flush=True)\nfor n in range(3): os.close(n)\ntime.sleep(60)")
        await run.line()
        run.process.end()
        assert (await run.ended)[0] == -15


class TestSurroundings:
    """What it is started with."""

    @ensureDeferred
    async def test_its_environment(self):
        """The one that was given and no other."""
        run = Run("import json, os; print(json.dumps(dict(os.environ)))", LC_ALL="C", MINE="ü")
        await run.ended
        assert json.loads(run.lines[0]).items() >= {"LC_ALL": "C", "MINE": "ü"}.items()
        assert "PATH" not in json.loads(run.lines[0])

    @ensureDeferred
    async def test_a_group_of_its_own(self):
        """A signal to whoever started it, as Ctrl-C sends one, does not reach it."""
        run = Run("import os; print(os.getpgid(0) == os.getpid())")
        await run.ended
        assert run.lines == ["True"]

    @ensureDeferred
    async def test_nothing_stays_open(self):
        """A run costs no descriptor."""

        def descriptors() -> int:
            return len(list(Path("/proc/self/fd").iterdir()))

        await Run("pass").ended
        before = descriptors()
        for _ in range(3):
            await Run("print(1)").ended
        assert descriptors() <= before

    @pytest.mark.parametrize("words", [["/no/such/program"], ["a\0b"], ["/etc/passwd"], ["/tmp"]])
    def test_what_cannot_be_started(self, words: list[str]):
        """A sentence that names it."""
        with pytest.raises(ConfigError, match=r"cannot be started: \S.*\.$") as caught:
            ClientProcess(reactor, words, {}, lambda _: None, lambda *_: None)
        assert str(caught.value).startswith(words[0])


class TestWords:
    """A command line as it was typed."""

    def test_words_of_a_shell(self):
        """Quotes hold together, placeholders stay."""
        assert words_of("env X='a b' {jid} --at={host}:{port}", "--exec") == [
            "env",
            "X=a b",
            "{jid}",
            "--at={host}:{port}",
        ]

    def test_every_placeholder(self):
        """All that are documented are known."""
        command = " ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        assert words_of(f"env {command}", "--exec")[1:] == command.split()

    @pytest.mark.parametrize(
        ("command", "said"),
        [
            ("env {user}", r"--exec: \{user\} is no placeholder; there are \{jid\}, .*\{control\}\."),
            ("env {", "--exec: 'env {' cannot be read as a command: .*"),
            ("env {}", "cannot be read as a command"),
            ("env {0}", "cannot be read as a command"),
            ("env {jid.x}", "cannot be read as a command"),
            ("env {jid[x]}", "cannot be read as a command"),
            ("env {jid!z}", "cannot be read as a command"),
            ("env {port:d}", "cannot be read as a command"),
            ("env 'a", "cannot be read as a command"),
            ("", "--exec: there is no command."),
            ("  # nothing", "--exec: there is no program '#' that can be started."),
            ("no-such-program-anywhere {jid}", "--exec: there is no program 'no-such-program-anywhere'"),
            ("./setup.cfg {jid}", "--exec: there is no program './setup.cfg' that can be started."),
            ("/tmp", "--exec: there is no program '/tmp' that can be started."),
        ],
    )
    def test_what_is_no_command(self, command: str, said: str):
        """A sentence that says where and what."""
        with pytest.raises(ConfigError, match=said):
            words_of(command, "--exec")

    def test_a_program_that_is_known_later(self):
        """Where the name of the program has a placeholder, nobody can look for it yet."""
        assert words_of("{state}/client", "--exec") == ["{state}/client"]
