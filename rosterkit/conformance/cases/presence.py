"""Presence: what a client says of itself, and whom it takes for available (RFC 6121 §4).

Tests: ``tests/conformance/test_catalogue.py``, ``tests/conformance/test_cases_presence.py``.
"""

from __future__ import annotations

from functools import partial

from rosterkit.conformance.case import Case
from rosterkit.conformance.cases.presence_judging import (
    available,
    available_somehow,
    not_known,
    nothing_told,
    shows_itself,
    shows_itself_again,
)
from rosterkit.conformance.cases.presence_steps import BALCONY, ORCHARD, comes, hears
from rosterkit.conformance.evidence import is_presence
from rosterkit.conformance.scene import Scene
from rosterkit.conformance.script import Ask, Await, Break, Fence, Say, Script, Strike, again, online, pushed
from rosterkit.conformance.stanzas import FULL, item, presence
from rosterkit.conformance.verdicts import Level

__all__ = ["CASES"]


def _first_session(_scene: Scene) -> Script:
    login = yield from online()
    yield Await(is_presence, login.number)


def _two_sessions(scene: Scene) -> Script:
    yield from _first_session(scene)
    login = yield from again()
    yield Await(is_presence, login.number)


def _cut(scene: Scene) -> Script:
    yield from online()
    yield Say(comes(scene, BALCONY), "comes")
    yield Fence()
    yield Strike("drop", {"on": "presence"})  # nobody tells the client who is not there any more
    yield Break("cut")
    yield from online()
    yield Ask("after")


def _removed(scene: Scene) -> Script:
    yield from online()
    yield from pushed("removed", item(scene.friend, subscription="remove"), ver=scene.token("removed"))
    yield Say(comes(scene, BALCONY), "comes")
    yield Fence()
    yield Ask("after", (scene.friend,))


_OF_ITSELF = (
    Case(
        "rfc6121/4.2.1/initial-presence",
        Level.MUST,
        "A client that wants to be seen sends presence that has neither an address nor a type.",
        "The user is online and nobody sees it, because no server takes what the client says for presence.",
        "The client logs in and is left alone.",
        "Presence without to and without type; a client may also stay invisible.",
        _first_session,
        shows_itself,
    ),
    Case(
        "rfc6121/4.2.1/presence-after-reconnect",
        Level.SHOULD,
        "Each session begins with initial presence of its own, if the one before it did.",
        "After the first lost connection the user looks offline to everybody, and does not know it.",
        "The server ends the stream when the client is online, and the client logs in again.",
        "Initial presence in the second session too.",
        _two_sessions,
        shows_itself_again,
    ),
)

_OF_CONTACTS = (
    Case(
        "rfc6121/4.2.4/contact-comes",
        Level.SHOULD,
        "Presence without a type makes the resource of the contact from which it comes available.",
        "The user's friend is online and looks offline.",
        "A contact sends presence from one resource.",
        "The contact is available, with that resource.",
        hears(lambda scene: [comes(scene, BALCONY)]),
        partial(available, Level.SHOULD, (BALCONY,)),
    ),
    Case(
        "rfc6121/4.2.4/without-resource",
        Level.MAY,
        "A contact can be available without any resource, as gateways to other networks are.",
        "Contacts on other networks look offline, or the client crashes when a gateway comes online.",
        "A contact sends presence from its bare JID.",
        "The contact is available; the RFC leaves it open.",
        hears(lambda scene: [presence(scene.friend, None, "", scene.me)]),
        partial(available_somehow, Level.MAY),
    ),
    Case(
        "rfc6121/4.2.4/presence-after-removal",
        Level.SHOULD,
        "Presence of a contact that was removed does not bring it back into the roster.",
        "Contacts that the user has removed come back as soon as they are online.",
        "A push removes a contact, and then presence comes from it.",
        "The contact is in the roster no more.",
        _removed,
        partial(not_known, lambda scene: scene.friend, "the contact that was removed"),
    ),
    Case(
        "rfc6121/4.4.4/latest-counts",
        Level.SHOULD,
        "New presence of a resource takes the place of its presence before.",
        "A friend who has gone to lunch is shown twice, here and away.",
        "A contact sends presence from one resource, then from the same one that it is away.",
        "The contact is available with that one resource, once.",
        hears(lambda scene: [comes(scene, BALCONY), comes(scene, BALCONY, "<show>away</show>")]),
        partial(available, Level.SHOULD, (BALCONY,)),
    ),
    Case(
        "rfc6121/4.5.4/contact-goes",
        Level.SHOULD,
        "Unavailable presence ends the availability of the resource from which it comes, and of no other.",
        "Friends who have gone look online, or those who have only switched off their phone look offline.",
        "A contact is available with two resources, and unavailable presence comes from the first.",
        "The contact is available with the second resource only.",
        hears(
            lambda scene: [
                comes(scene, BALCONY),
                comes(scene, ORCHARD),
                comes(scene, BALCONY, type_="unavailable"),
            ]
        ),
        partial(available, Level.SHOULD, (ORCHARD,)),
    ),
    Case(
        "rfc6121/4.5/offline-after-cut",
        Level.SHOULD,
        "When the connection is lost nobody is available any more, until new presence comes.",
        "After a lost connection friends look online who have gone long ago, and messages to them go nowhere.",
        "A contact is available, the connection breaks off, and in the next session no presence comes.",
        "The contact is not available.",
        _cut,
        partial(available, Level.SHOULD, ()),
    ),
)

_OF_STRANGERS = (
    Case(
        "rfc6121/4.6.5/stranger-not-added",
        Level.SHOULD,
        "Presence of somebody who is not in the roster adds nobody to it, and is not answered.",
        "Anybody can make himself a contact of the user, or learn that the user is online, by one stanza.",
        "Somebody who is not a contact sends presence to the client alone.",
        "Nobody is added, and the client sends nothing about itself.",
        hears(
            lambda scene: [presence(f"{scene.stranger}/{BALCONY}")],
            lambda scene: (scene.stranger,),
        ),
        partial(not_known, lambda scene: scene.stranger, "a stranger who has sent presence"),
    ),
    Case(
        "rfc6121/4.3/probe",
        Level.SHOULD,
        "A client answers no presence probe: its server decides who may know that it is there.",
        "A stranger whose probe slips through learns when the user is online.",
        "A probe from a stranger comes to the client, which no correct server would let through.",
        "No presence for the stranger.",
        hears(lambda scene: [presence(scene.stranger, "probe")]),
        nothing_told,
    ),
    Case(
        "rfc6121/4.2.2/own-presence",
        Level.SHOULD,
        "The user's own presence, and that of its other devices, adds nobody to the roster.",
        "The user finds itself among its contacts.",
        "The client is sent its own presence, and presence of another resource of the account.",
        "The account is not in its own roster.",
        hears(
            lambda scene: [
                presence(FULL, None, "", scene.me),
                presence(f"{scene.me}/{ORCHARD}", None, "<priority>5</priority>", scene.me),
            ]
        ),
        partial(not_known, lambda scene: scene.me, "its own account"),
    ),
)

CASES = (*_OF_ITSELF, *_OF_CONTACTS, *_OF_STRANGERS)
