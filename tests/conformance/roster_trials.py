"""What the tests of the cases about rosters share: which case each mutant is there for, and other servers' habits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from retold import BROKEN, chatty, found, terse, wordy

from rosterkit.conformance.evidence import CASE
from rosterkit.conformance.server.case import ServerCase
from rosterkit.conformance.server.mutant import Mutant, applied
from rosterkit.conformance.verdicts import Finding, Level
from rosterkit.core.journal import Entry

NAMED = {"ids": lambda one: getattr(one, "id", None) or getattr(one, "name", None) or one.__name__}


class Trials:
    """Cases and mutants, and by the name of each mutant the case that is there for it, without ``rfc6121/``."""

    def __init__(self, cases: Sequence[ServerCase], mutants: Sequence[Mutant], meant: Mapping[str, str]) -> None:
        self.by_name = {case.id.removeprefix("rfc6121/"): case for case in cases}
        self.mutants = {wrong.name: wrong for wrong in mutants}
        self.meant = meant

    def found(self, wrong: str, case: str | None = None) -> Finding:
        """What a mutant gets in the case that is there for it, or in another one."""
        with applied(self.mutants[wrong]):
            return found(self.by_name[case or self.meant[wrong]])

    def uncaught(self) -> Iterator[str]:
        """The mutants that their cases pass, and those whose case is of another section."""
        for name, wrong in self.mutants.items():
            if self.found(name).verdict not in BROKEN or not self.meant[name].startswith(f"{wrong.section}/"):
                yield name

    def idle(self) -> set[str]:
        """The cases of a MUST or SHOULD that no mutant is meant for."""
        judging = {name for name, case in self.by_name.items() if case.level is not Level.MAY}
        return judging - set(self.meant.values())


def result_first() -> Callable[[Entry], Iterator[Entry]]:
    """The server answers a set before it pushes the change, and not behind it (RFC 6121 §2.3.2 leaves it open)."""
    held: list[Entry] = []

    def told(entry: Entry) -> Iterator[Entry]:
        if entry.direction == "in" and entry.session == "me" and entry.data.startswith(b"<iq type='set'"):
            held.append(entry)
            return
        is_result = entry.direction == "in" and entry.kind == "iq" and entry.session == "me"
        if entry.kind == CASE:
            yield from held
        yield entry
        if is_result:
            yield from held
        if is_result or entry.kind == CASE:
            held.clear()

    return told


#: What servers may do in one way or another.
HABITS: Sequence[Callable[[], Callable[[Entry], Iterator[Entry]]]] = (
    result_first,
    *(lambda habit=habit: habit for habit in (chatty, terse, wordy)),  # type: ignore[misc]
)
