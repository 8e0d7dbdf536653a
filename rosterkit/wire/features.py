"""What a client is offered at the start of each of its streams (RFC 6120 §4.3.2).

There is never white space between the children: some clients cannot take it.

Tests: ``tests/wire/test_features.py``.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from rosterkit.core import markup
from rosterkit.limits import UNLIMITED, Limits
from rosterkit.wire.names import BIND, SASL, SESSION, TLS
from rosterkit.wire.sasl import ANONYMOUS, MECHANISMS

__all__ = ["Settings", "after_login", "before_login"]

_REGISTER = markup.element("register", xmlns="http://jabber.org/features/iq-register")
_BIND = markup.element("bind", xmlns=BIND)
_SESSION = markup.element("session", markup.element("optional"), xmlns=SESSION)
_VERSIONING = markup.element("ver", xmlns="urn:xmpp:features:rosterver")
_PRE_APPROVAL = markup.element("sub", xmlns="urn:xmpp:features:pre-approval")


class Settings(NamedTuple):
    """What a server lets its clients do.

    ``limit`` is the most bytes of one stanza.  ``starttls`` says that there is a certificate, so that TLS can be
    offered; ``allow_plaintext`` that logging in may precede TLS; ``anonymous`` that one may log in as nobody.
    ``without`` names mechanisms that are not offered, because there are accounts that have no keys for them.  Of
    ``limits`` those of a stream are kept.
    """

    limit: int
    versioning: bool
    pre_approval: bool
    registration: bool
    allow_plaintext: bool
    starttls: bool
    anonymous: bool = False
    without: tuple[str, ...] = ()
    limits: Limits = UNLIMITED


@lru_cache(maxsize=64)
def before_login(settings: Settings, secured: bool) -> bytes:
    """TLS while there is none, mandatory unless plaintext is allowed; SASL and registration where they may happen."""
    content = ""
    if settings.starttls and not secured:
        content += markup.element(
            "starttls", "" if settings.allow_plaintext else markup.element("required"), xmlns=TLS
        )
    if secured or settings.allow_plaintext:
        content += _mechanisms(settings) + (_REGISTER if settings.registration else "")
    return _features(content)


@lru_cache(maxsize=64)
def after_login(settings: Settings) -> bytes:
    """Bind, the optional session of RFC 3921, and what the roster can do."""
    return _features(
        _BIND
        + _SESSION
        + (_VERSIONING if settings.versioning else "")
        + (_PRE_APPROVAL if settings.pre_approval else "")
    )


def _mechanisms(settings: Settings) -> str:
    names = [name for name in MECHANISMS if name not in settings.without]
    names += [ANONYMOUS] if settings.anonymous else []
    return markup.element("mechanisms", "".join(markup.element("mechanism", name) for name in names), xmlns=SASL)


def _features(content: str) -> bytes:
    return markup.element("stream:features", content).encode()
