"""What a program that measures asks of the machine."""

from __future__ import annotations

import resource
import signal

import pytest

from bench.clients.process import allow_open_files, end_tidily


def test_a_hard_limit_that_is_too_low_ends_the_program_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is set; the sentence has the numbers."""
    monkeypatch.setattr(resource, "getrlimit", lambda _which: (256, 1024))
    monkeypatch.setattr(resource, "setrlimit", lambda *_: pytest.fail("It was set."))
    with pytest.raises(SystemExit, match=r"5000 connections need 5200 open files.*may have 1024.*ulimit -Hn 5200"):
        allow_open_files(5000)


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ((256, 8192), [(5200, 8192)]),
        ((256, resource.RLIM_INFINITY), [(5200, resource.RLIM_INFINITY)]),
        ((6000, 8192), []),
        ((resource.RLIM_INFINITY, resource.RLIM_INFINITY), []),
    ],
)
def test_the_soft_limit_is_raised_where_it_has_to_be(
    limits: tuple[int, int], expected: list[tuple[int, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As far as is needed, and never lowered."""
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "getrlimit", lambda _which: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _which, values: told.append(values))
    allow_open_files(5000)
    assert told == expected


def test_sigterm_ends_a_program_as_an_exception_does() -> None:
    """So that what it has started is stopped."""
    before = signal.getsignal(signal.SIGTERM)
    try:
        end_tidily()
        with pytest.raises(SystemExit) as ended:
            signal.raise_signal(signal.SIGTERM)
        assert ended.value.code == 143
    finally:
        signal.signal(signal.SIGTERM, before)
