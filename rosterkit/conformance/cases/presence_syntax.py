"""Presence whose content is right, wrong, or nothing that anybody knows (RFC 6121 §4.7).

Tests: ``tests/conformance/test_catalogue.py``, ``tests/conformance/test_cases_presence.py``.
"""

from __future__ import annotations

from functools import partial

from rosterkit.conformance.case import Case
from rosterkit.conformance.cases.presence_judging import available
from rosterkit.conformance.cases.presence_steps import BALCONY, ORCHARD, comes, hears
from rosterkit.conformance.stanzas import presence
from rosterkit.conformance.verdicts import Level
from rosterkit.core import markup

__all__ = ["CASES"]

_NEW = "<mood xmlns='urn:example:nobody-knows-this' scale='12'><merry>very</merry></mood>"
_UNREACHABLE = "<error type='cancel'><remote-server-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"


def _priority(value: str) -> str:
    return markup.element("priority", value)


def _show(value: str) -> str:
    return markup.element("show", value)


CASES = (
    Case(
        "rfc6121/4.7.2.3/negative-priority",
        Level.SHOULD,
        "A contact whose priority is negative is available like any other.",
        "A friend whose only device takes no ordinary messages looks offline.",
        "A contact sends presence with the priority -1.",
        "The contact is available, with that resource.",
        hears(lambda scene: [comes(scene, BALCONY, _priority("-1"))]),
        partial(available, Level.SHOULD, (BALCONY,)),
    ),
    Case(
        "rfc6121/4.7.2.3/bad-priority",
        Level.MAY,
        "Presence with a priority that is none is survived.",
        "A contact with a broken client makes the user's client crash, or looks offline.",
        "A contact sends presence with the priority 'high' from one resource, and with 1000 from another.",
        "The contact is available with both; the RFC leaves it open.",
        hears(
            lambda scene: [
                comes(scene, BALCONY, _priority("high")),
                comes(scene, ORCHARD, _priority("1000")),
            ]
        ),
        partial(available, Level.MAY, (BALCONY, ORCHARD)),
    ),
    Case(
        "rfc6121/4.7.2.1/unknown-show",
        Level.MAY,
        "Presence with a show that nobody knows is survived.",
        "A contact with a broken client makes the user's client crash, or looks offline.",
        "A contact sends presence with the show 'sleeping'.",
        "The contact is available; the RFC leaves it open.",
        hears(lambda scene: [comes(scene, BALCONY, _show("sleeping"))]),
        partial(available, Level.MAY, (BALCONY,)),
    ),
    Case(
        "rfc6121/4.7.3/unknown-children",
        Level.MUST,
        "What a client does not know in presence is passed over, and the rest counts.",
        "Friends whose clients can do more than the user's own look offline.",
        "A contact sends presence with an element that nobody knows.",
        "The contact is available, with that resource.",
        hears(lambda scene: [comes(scene, BALCONY, _NEW)]),
        partial(available, Level.MUST, (BALCONY,)),
    ),
    Case(
        "rfc6121/4.7.1/presence-error",
        Level.SHOULD,
        "An error does not make anybody available, and costs nobody its place in the roster.",
        "A friend whose server cannot be reached looks online, or is gone from the list.",
        "A contact's server cannot be reached, and says so by presence of type error from the contact.",
        "The contact is in the roster, and not available.",
        hears(lambda scene: [presence(scene.friend, "error", _UNREACHABLE, scene.me)]),
        partial(available, Level.SHOULD, ()),
    ),
    Case(
        "rfc6121/4.7.1/unknown-type",
        Level.MAY,
        "Presence of a type that nobody knows is survived.",
        "A contact with a broken client makes the user's client crash, or looks online when it is not.",
        "A contact sends presence of the type 'asleep'.",
        "The contact is not available; the RFC leaves it open.",
        hears(lambda scene: [comes(scene, BALCONY, type_="asleep")]),
        partial(available, Level.MAY, ()),
    ),
)
