"""A scenario read from its document, which somebody may have written who wants to break us.

Tests: ``tests/core/test_scenario_reader.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rosterkit.core.fields import Fields, listed, read_jid
from rosterkit.core.scenario import STATES, VERSION, AnswerStep, CallStep, ClientStep, ExpectStep, Scenario, Step
from rosterkit.errors import ScriptError

__all__ = ["LONGEST_WAIT", "MOST_STEPS", "read_scenario"]

#: The most steps, own domains, and tables that lie in each other.
MOST_STEPS, _MOST_DOMAINS, _DEEPEST = 10_000, 100, 25
#: The most seconds of one wait.
LONGEST_WAIT = 600.0
#: The most characters of a pattern and of a path.
_LONGEST_PATTERN, _LONGEST_PATH = 65_536, 32_768
_METHODS = ("PUT", "PATCH", "POST", "DELETE")
#: What the calls of a scenario may be about: the parts of the network, and not the network itself.
_ABOUT = ("accounts", "sessions", "contacts", "faults", "clock")
_KINDS = ("client", "call", "expect", "expect_answer")


def read_scenario(value: object) -> Scenario:
    """The scenario that a document spells; whether network, bodies and patterns are right is the server's to say.

    Raises :class:`ScriptError` with the dotted path of what is wrong.
    """
    found = Fields(value, "", ("rosterkit", "version", "domains", "network", "steps"))
    if found.raw("rosterkit") != "scenario":
        raise ScriptError("rosterkit", "does not say 'scenario'", "a scenario, as the inspector exports it")
    if found.raw("version") != VERSION or isinstance(found.raw("version"), bool):
        raise ScriptError("version", "is another one", f"{VERSION}; a newer rosterkit may read this scenario")
    network = found.raw("network")
    if not isinstance(network, Mapping):
        raise ScriptError("network", "is missing or no table", "the beginning of a network")
    for key in ("domains", "own_port"):
        if key in network:
            raise ScriptError(f"network.{key}", "is decided by whoever plays it", "no such key")
    _check_depth(network, "network")
    members = listed(found.raw("steps"), "steps", MOST_STEPS)
    scenario = Scenario(_read_domains(found), network, tuple(_read_step(step, where) for where, step in members))
    _check_together(scenario)
    return scenario


def _read_domains(found: Fields) -> tuple[str, ...]:
    members = listed(found.raw("domains"), "domains", _MOST_DOMAINS)
    domains = [read_jid(text, where) for where, text in members]
    names = tuple(address.domain for address in domains)
    if not names or len(set(names)) < len(names) or any(one.full != one.domain for one in domains):
        raise ScriptError("domains", "names none, one twice, or more than a domain", "different domains")
    if not all("." in name for name in names):  # which no word of the document has, so that none is taken for one
        raise ScriptError("domains", "has a placeholder without a dot", "domains such as home.example")
    return names


def _read_step(value: object, where: str) -> Step:
    kind = next((one for one in _KINDS if isinstance(value, Mapping) and one in value), None)
    if kind is None:
        raise ScriptError(where, "is no step", f"a table with one of {', '.join(_KINDS)}")
    step: Step = _READERS[kind](value, where)
    return step


def _read_client(value: object, where: str) -> ClientStep:
    found = Fields(value, where, ("client", "until", "another", "within"))
    until = [text for _, text in listed(found.raw("until"), found.path("until"), 3)] if "until" in found else []
    if any(text not in STATES for text in until) or len(set(map(str, until))) < len(until):
        raise found.wrong("until", f"different ones of {', '.join(STATES)}")
    return ClientStep(_text(found, "client"), tuple(until), found.flag("another"), _within(found))


def _read_call(value: object, where: str) -> CallStep:
    found = Fields(value, where, ("call", "path", "body"))
    found.needed("path", "what stands after the network's own path")
    path = found.raw("path")
    parts = path.split("/") if isinstance(path, str) and len(path) <= _LONGEST_PATH and path.isprintable() else []
    if (
        not parts
        or parts[0] not in _ABOUT
        or not {"", ".", ".."}.isdisjoint(parts)
        or set("?# ") & set("".join(parts))
    ):
        raise found.wrong("path", f"a path below a network that begins with {', '.join(_ABOUT)}")
    _check_depth(found.raw("body"), found.path("body"))
    return CallStep(found.choice("call", _METHODS, ""), "/".join(parts), found.raw("body"))


def _read_expect(value: object, where: str) -> ExpectStep:
    found = Fields(value, where, ("expect", "account", "within"))
    pattern = found.raw("expect")
    if not isinstance(pattern, str) or not 0 < len(pattern) <= _LONGEST_PATTERN:
        raise found.wrong("expect", f"a pattern of at most {_LONGEST_PATTERN} characters")
    return ExpectStep(pattern, _text(found, "account"), _within(found))


def _read_answer(value: object, where: str) -> AnswerStep:
    found = Fields(value, where, ("expect_answer", "account", "push", "type", "within"))
    return AnswerStep(
        found.integer("expect_answer", 0, 1, MOST_STEPS),
        _text(found, "account"),
        found.integer("push", 1, 1, MOST_STEPS),
        found.choice("type", ("result", "error"), "result"),
        _within(found),
    )


_READERS: Mapping[str, Any] = {
    "client": _read_client,
    "call": _read_call,
    "expect": _read_expect,
    "expect_answer": _read_answer,
}


def _text(found: Fields, key: str) -> str:
    found.needed(key, "the name of an account")
    text = found.text(key)
    if not text:
        raise found.wrong(key, "the name of an account")
    return text


def _within(found: Fields) -> float:
    seconds = found.seconds("within", 10) or 0
    if seconds > LONGEST_WAIT:
        raise found.wrong("within", f"at most {LONGEST_WAIT:g} seconds")
    return seconds


def _check_depth(value: object, where: str) -> None:
    """Refuse tables that lie too deep in each other, before anything walks through them."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for one in level for inner in _inner(one)]
        if not level:
            return
    raise ScriptError(where, "has tables that lie too deep in each other", f"at most {_DEEPEST} levels")


def _inner(value: object) -> Sequence[object]:
    if isinstance(value, Mapping):
        return list(value.values())
    return value if isinstance(value, list | tuple) else ()


def _check_together(scenario: Scenario) -> None:
    """Answers belong to calls that were made before, clients to accounts whose password is known by then."""
    for number, step in enumerate(scenario.steps, 1):
        where = f"steps.{number - 1}"
        if isinstance(step, AnswerStep):
            asked = scenario.steps[step.step - 1] if step.step < number else None
            if not isinstance(asked, CallStep):
                raise ScriptError(f"{where}.expect_answer", "names no call before it", "the number of a call, from 1")
        elif isinstance(step, ClientStep) and not scenario.password(step.account, number):
            raise ScriptError(
                f"{where}.client",
                f"is {step.account!r:.60}, whose password stands nowhere before",
                "an account of the network, or of a PUT before",
            )
