"""SASL alone: nobody is let in without the password, and no message is more than a failure.

Tests: ``tests/bench/fuzz/test_fuzz_targets.py``.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterable

from bench.fuzz import keys
from bench.fuzz.case import Case, Played, Step, WrongError
from bench.fuzz.chance import Chance
from bench.fuzz.logins import exchange, wrong_exchange
from bench.fuzz.targets.host import Place, settings_of
from rosterkit.wire import login
from rosterkit.wire.sasl import Challenge, Exchange, Failure, Success
from rosterkit.wire.sasl import Step as Answer

__all__ = ["LoggingIn"]


class LoggingIn:
    """The first step names the mechanism, the others are texts of elements, in UTF-8."""

    name = "sasl"
    share = 0.10
    deep = "success", 0.1

    def make(self, chance: Chance) -> Case:
        """An exchange."""
        mutated = chance.random() < 0.9
        mechanism, texts = (wrong_exchange if mutated else exchange)(chance)
        return Case(tuple(Step(0, text.encode("utf-8", "replace")) for text in (mechanism, *texts)), int(mutated))

    def from_bytes(self, data: bytes) -> Case:
        """Texts with a line break between them; the first byte chooses among the mechanisms that there are."""
        mechanisms = (b"PLAIN", b"SCRAM-SHA-1", b"SCRAM-SHA-256", b"ANONYMOUS")
        first = mechanisms[data[0] % 4] if data else b""
        return Case((Step(0, first), *(Step(0, part) for part in data[1:].split(b"\n"))), 1)

    def play(self, case: Case) -> Played:
        """Answer until it is over."""
        mechanism, *texts = [step.data.decode("utf-8", "replace") for step in case.steps] or [""]
        place = Place(settings_of(8))
        attempt = Exchange(mechanism, "localhost", place.credentials, keys.ID, lambda: place.guest("localhost"))
        given: list[Answer] = []
        for number, text in enumerate(texts or [""]):
            given.append(attempt.respond(text) if number else attempt.start(text))
            login.xml(given[-1]).decode()
            if number and isinstance(given[-2], Success | Failure) and not isinstance(given[-1], Failure):
                raise WrongError(f"{given[-1]!r:.200} came after {given[-2]!r:.200}.")
        _check_success(mechanism, texts, given)
        return Played(tuple(_phases(mechanism, given)))


def _phases(mechanism: str, given: list[Answer]) -> Iterable[str]:
    for answer in given:
        if isinstance(answer, Challenge) and answer.data:
            yield "challenge"
        elif isinstance(answer, Success):
            yield "success"
            yield f"success by {mechanism}"
        elif isinstance(answer, Failure):
            yield answer.condition


def _check_success(mechanism: str, texts: list[str], given: list[Answer]) -> None:
    for number, answer in enumerate(given):
        if isinstance(answer, Success):
            _check_proof(mechanism, [_decoded(text) for text in texts[: number + 1] if text], answer)


def _check_proof(mechanism: str, messages: list[str], success: Success) -> None:
    """Whoever was let in has shown the password, or knows it; read by other means than the server's."""
    account = success.account.full
    if mechanism == "ANONYMOUS":
        right = account == "guest@localhost"
    elif mechanism == "PLAIN":
        # SASLprep maps a few characters to nothing or to others; the words hold one such: a soft hyphen.
        shown = messages[-1].split("\0")[2].replace("\u00ad", "")
        right = account in keys.ACCOUNTS and shown == keys.PASSWORD
    else:
        first, last = messages[0], messages[-1]
        nonce = first.partition(",r=")[2].partition(",")[0]
        wanted = keys.final_message(mechanism, first, nonce).rpartition(",p=")[2]
        right = account in keys.ACCOUNTS and (last.rpartition(",p=")[2] == wanted or ",a=" in first or "," in nonce)
        right = right or _has_extensions(first, last)
    if not right:
        raise WrongError(f"{account} was let in by {messages!r:.300}.")


def _has_extensions(first: str, last: str) -> bool:
    """Whether either message has attributes of which the proof depends beyond the usual ones."""
    return first.count(",") > 3 or last.count(",") > 2


def _decoded(text: str) -> str:
    try:
        return b64decode(text).decode("utf-8", "replace")
    except ValueError:
        return ""
