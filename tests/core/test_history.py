"""The bounded log of roster versions, and what changed since one of them (RFC 6121 §2.6)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rosterkit.core.history import Entry, History, append, since

LOG = (Entry("v0", ""), Entry("v1", "a@x"), Entry("v2", "b@x"), Entry("v3", "a@x"), Entry("v4", "c@x"))


def test_append_adds_the_newest_at_the_end() -> None:
    """The log is oldest first, and the one before is left as it was."""
    log: History = (Entry("v0", ""),)
    assert append(log, "v1", "a@x", 5) == (Entry("v0", ""), Entry("v1", "a@x"))
    assert log == (Entry("v0", ""),)


def test_append_keeps_the_newest_up_to_the_limit() -> None:
    """The oldest lines fall out, also several at once after the limit was lowered; 0 keeps none."""
    assert append(LOG, "v5", "a@x", 6) == (*LOG, Entry("v5", "a@x"))
    assert append(LOG, "v5", "a@x", 5) == (*LOG[1:], Entry("v5", "a@x"))
    assert append(LOG, "v5", "a@x", 1) == (Entry("v5", "a@x"),)
    assert append(LOG, "v5", "a@x", 0) == ()


def test_nothing_changed_since_the_newest_version() -> None:
    """An empty list, which is not None."""
    assert since(LOG, "v4") == []


def test_each_contact_is_told_once_at_its_last_change() -> None:
    """A contact that changed twice stands where it changed last, with the version of that change (§2.6.3)."""
    assert since(LOG, "v0") == [Entry("v2", "b@x"), Entry("v3", "a@x"), Entry("v4", "c@x")]
    assert since(LOG, "v2") == [Entry("v3", "a@x"), Entry("v4", "c@x")]


def test_an_unknown_or_expired_version_gives_none() -> None:
    """None says that the log does not reach back: the whole roster must be sent."""
    assert since(LOG, "v9") is None
    assert since(LOG[2:], "v1") is None
    assert since(LOG, "") is None
    assert since((), "v0") is None


def test_the_oldest_line_is_the_version_before_the_first_change() -> None:
    """A client at the oldest version that is still there gets everything after it and not that line's own change."""
    assert since(LOG[1:], "v1") == [Entry("v2", "b@x"), Entry("v3", "a@x"), Entry("v4", "c@x")]


@given(
    changes=st.lists(st.sampled_from(["a@x", "b@x", "c@x"]), min_size=1, max_size=12),
    start=st.integers(0, 12),
    cut=st.integers(0, 12),
)
def test_a_client_cut_off_anywhere_ends_with_the_same_roster(changes: list[str], start: int, cut: int) -> None:
    """From any version, through any part of the interim pushes and a second login: the same copy as the server's."""
    log: History = (Entry("v0", ""),)
    states: list[dict[str, str]] = [{}]
    for number, contact in enumerate(changes, 1):
        log = append(log, f"v{number}", contact, 50)
        states.append({**states[-1], contact: f"v{number}"})
    version, copy = f"v{start % len(states)}", dict(states[start % len(states)])
    for pushes in (cut, None):
        told = since(log, version)
        assert told is not None
        for entry in told[:pushes]:
            copy[entry.contact] = states[-1][entry.contact]
            version = entry.version
    assert (copy, version) == (states[-1], f"v{len(changes)}")
