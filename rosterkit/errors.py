"""Every exception that rosterkit raises, and every stanza and stream error that it can send, as named values.

Errors that go out on a wire are plain values (:class:`StanzaError`, :class:`StreamError`): rules return them,
the encoder writes them, tests compare them.  Exceptions are for the caller of a Python interface.

Tests: ``tests/test_errors.py``.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = [
    "ApplicationCondition",
    "ConfigError",
    "ContactError",
    "FallenOutError",
    "JidError",
    "NotTakenError",
    "PasswordError",
    "PatternError",
    "RosterkitError",
    "ScenarioError",
    "ScriptError",
    "StanzaError",
    "StoreError",
    "StreamError",
]


class RosterkitError(Exception):
    """The root of every exception that rosterkit raises on purpose; its text is a sentence for a person."""


class ConfigError(RosterkitError):
    """A wrong option, file or TOML key; the text names the key, where it stands and what is allowed."""


class JidError(RosterkitError, ValueError):
    """A string that is not a JID; the text says which part is wrong and why."""


class NotTakenError(RosterkitError):
    """A server that never took the component that came to it; the text says why and what to change."""


class PasswordError(RosterkitError, ValueError):
    """A password that cannot be prepared (RFC 4013); the text says why, and never holds the password."""


class StoreError(RosterkitError):
    """The store could not load or commit; the text names the file and what to do next."""


class FallenOutError(RosterkitError):
    """A journal no longer keeps everything after the number that was asked for; ``first`` is the oldest it keeps."""

    def __init__(self, number: int, first: int) -> None:
        super().__init__(
            f"The entries {number + 1} to {first - 1} are no longer in the journal; the oldest kept is {first}. "
            f"Read from {first - 1}, read more often, or give the network a larger journal."
        )
        self.first = first


class PatternError(RosterkitError, ValueError):
    """A pattern for stanzas that cannot be used; the text says which one, what is wrong with it and where."""


class ContactError(RosterkitError):
    """A scripted contact that cannot stand where it should; the text says who stands there and what to do."""


class ScenarioError(RosterkitError):
    """A journal of which no scenario can be made; the text says why, and what to do."""


class ScriptError(RosterkitError, ValueError):
    """A script or an order for a scripted contact that cannot be used.

    ``key`` is the dotted path of the value that is wrong, ``problem`` what is wrong with it (``is missing``) and
    ``expected`` what it takes; the text says all of it in a sentence.
    """

    def __init__(self, key: str, problem: str, expected: str) -> None:
        super().__init__(f"{key} {problem}; it takes {expected}.")
        self.key = key
        self.problem = problem
        self.expected = expected


class ApplicationCondition(NamedTuple):
    """What an extension adds to the condition of a stanza error: an empty element of its own (RFC 6120 §8.3.2)."""

    namespace: str
    name: str


class StanzaError(NamedTuple):
    """A stanza error as RFC 6120 §8.3 has it: ``type``, ``condition`` and a sentence for the developer who reads it.

    ``text`` is sent in ``<text/>`` when it is not empty.  ``application`` stands beside the condition where an
    extension has one of its own.
    """

    type: str
    condition: str
    text: str = ""
    application: ApplicationCondition | None = None

    def saying(self, text: str) -> StanzaError:
        """The same error with ``text`` as its sentence."""
        return self._replace(text=text)


BAD_REQUEST = StanzaError("modify", "bad-request")
CONFLICT = StanzaError("cancel", "conflict")
FORBIDDEN = StanzaError("auth", "forbidden")
INTERNAL_SERVER_ERROR = StanzaError("cancel", "internal-server-error")
ITEM_NOT_FOUND = StanzaError("cancel", "item-not-found")
JID_MALFORMED = StanzaError("modify", "jid-malformed")
NOT_ACCEPTABLE = StanzaError("modify", "not-acceptable")
NOT_ALLOWED = StanzaError("cancel", "not-allowed")
POLICY_VIOLATION = StanzaError("modify", "policy-violation")
REMOTE_SERVER_NOT_FOUND = StanzaError("cancel", "remote-server-not-found")
REMOTE_SERVER_TIMEOUT = StanzaError("wait", "remote-server-timeout")
RESOURCE_CONSTRAINT = StanzaError("wait", "resource-constraint")
SERVICE_UNAVAILABLE = StanzaError("cancel", "service-unavailable")


class StreamError(NamedTuple):
    """A stream error as RFC 6120 §4.9 has it; it always ends its stream.

    ``text`` is sent in ``<text/>`` when it is not empty.
    """

    condition: str
    text: str = ""

    def saying(self, text: str) -> StreamError:
        """The same error with ``text`` as its sentence."""
        return self._replace(text=text)


STREAM_BAD_FORMAT = StreamError("bad-format")
STREAM_CONFLICT = StreamError("conflict", "Another client has bound this resource.")
STREAM_CONNECTION_TIMEOUT = StreamError("connection-timeout")
STREAM_HOST_UNKNOWN = StreamError("host-unknown")
STREAM_IMPROPER_ADDRESSING = StreamError("improper-addressing")
STREAM_INTERNAL_SERVER_ERROR = StreamError("internal-server-error")
STREAM_INVALID_FROM = StreamError("invalid-from")
STREAM_INVALID_NAMESPACE = StreamError("invalid-namespace")
STREAM_NOT_AUTHORIZED = StreamError("not-authorized")
STREAM_NOT_WELL_FORMED = StreamError("not-well-formed")
STREAM_POLICY_VIOLATION = StreamError("policy-violation")
STREAM_RESTRICTED_XML = StreamError("restricted-xml")
STREAM_SYSTEM_SHUTDOWN = StreamError("system-shutdown", "The server is shutting down.")
STREAM_UNSUPPORTED_ENCODING = StreamError("unsupported-encoding")
STREAM_UNSUPPORTED_STANZA_TYPE = StreamError("unsupported-stanza-type")
STREAM_UNSUPPORTED_VERSION = StreamError("unsupported-version")
