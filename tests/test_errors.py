"""The errors that can be sent: named values, legal by RFC 6120, each under the name of its condition."""

from __future__ import annotations

import pytest

from rosterkit import errors
from rosterkit.errors import RosterkitError, StanzaError, StreamError

#: The types that RFC 6120 §8.3.3 lets each condition have; the first is the usual one.
STANZA_TYPES = {
    "bad-request": ("modify",),
    "conflict": ("cancel",),
    "feature-not-implemented": ("cancel", "modify"),
    "forbidden": ("auth",),
    "gone": ("cancel",),
    "internal-server-error": ("cancel",),
    "item-not-found": ("cancel",),
    "jid-malformed": ("modify",),
    "not-acceptable": ("modify",),
    "not-allowed": ("cancel",),
    "not-authorized": ("auth",),
    "policy-violation": ("modify", "wait"),
    "recipient-unavailable": ("wait",),
    "redirect": ("modify",),
    "registration-required": ("auth",),
    "remote-server-not-found": ("cancel",),
    "remote-server-timeout": ("wait",),
    "resource-constraint": ("wait",),
    "service-unavailable": ("cancel",),
    "subscription-required": ("auth",),
    "undefined-condition": ("auth", "cancel", "continue", "modify", "wait"),
    "unexpected-request": ("wait", "modify"),
}
#: RFC 6120 §4.9.3.
STREAM_CONDITIONS = {
    "bad-format", "bad-namespace-prefix", "conflict", "connection-timeout", "host-gone", "host-unknown",
    "improper-addressing", "internal-server-error", "invalid-from", "invalid-namespace", "invalid-xml",
    "not-authorized", "not-well-formed", "policy-violation", "remote-connection-failed", "reset",
    "resource-constraint", "restricted-xml", "see-other-host", "system-shutdown", "undefined-condition",
    "unsupported-encoding", "unsupported-feature", "unsupported-stanza-type", "unsupported-version",
}  # fmt: skip

STANZA_ERRORS = {name: value for name, value in vars(errors).items() if isinstance(value, StanzaError)}
STREAM_ERRORS = {name: value for name, value in vars(errors).items() if isinstance(value, StreamError)}
EXCEPTIONS = [getattr(errors, name) for name in errors.__all__ if name.endswith("Error")]


@pytest.mark.parametrize(("name", "error"), STANZA_ERRORS.items())
def test_a_stanza_error_is_legal_and_bears_its_name(name: str, error: StanzaError):
    """Condition and type go together as in RFC 6120 §8.3.3, and the name is the condition's."""
    assert error.type in STANZA_TYPES[error.condition]
    assert name == error.condition.replace("-", "_").upper()


@pytest.mark.parametrize(("name", "error"), STREAM_ERRORS.items())
def test_a_stream_error_is_legal_and_bears_its_name(name: str, error: StreamError):
    """The condition is one of RFC 6120 §4.9.3, and the name is the condition's."""
    assert error.condition in STREAM_CONDITIONS
    assert name == "STREAM_" + error.condition.replace("-", "_").upper()


def test_saying_something_leaves_the_constant_alone():
    """A sentence for one case makes another value of the same kind and condition."""
    said = errors.BAD_REQUEST.saying("Two items.")
    assert said == StanzaError("modify", "bad-request", "Two items.")
    assert errors.BAD_REQUEST.text == ""
    assert errors.STREAM_CONFLICT.saying("Gone.") == StreamError("conflict", "Gone.")


def test_every_exception_has_one_root():
    """Whoever catches RosterkitError catches everything that is raised on purpose."""
    raised = [kind for kind in EXCEPTIONS if issubclass(kind, Exception)]
    assert len(raised) >= 4
    assert all(issubclass(kind, RosterkitError) for kind in raised)
