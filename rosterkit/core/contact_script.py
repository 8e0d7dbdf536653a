"""Scripts and orders of contacts, read from the tables of JSON or TOML; what is wrong becomes a sentence.

Whatever is read can be sent: it fits into XML, and markup has been through the reader that is handed in.

Tests: ``tests/core/test_contact_script.py``, ``tests/test_contacts_page.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

from rosterkit.core.contact import ANSWERS, RESOURCE, Order, Script, Step
from rosterkit.core.fields import MAX_TEXT_BYTES, Fields, listed, read_jid
from rosterkit.core.stanza import MESSAGE_TYPES, SHOWS, SUBSCRIPTION_TYPES, Stanza
from rosterkit.errors import ScriptError

__all__ = ["MAX_RESOURCES", "MAX_STEPS", "ORDERS", "SHORTEST", "Markup", "read_order", "read_script"]

#: The most resources, steps of a schedule and pre-approved JIDs that one script may have.
MAX_RESOURCES, MAX_STEPS, MAX_APPROVED = 50, 1000, 1000
#: The shortest time in seconds from one repetition to the next: two contacts must not keep the process busy.
SHORTEST = 0.01
#: How long a contact waits before it asks again, in seconds, where nothing else is said.
RESUBSCRIBE_AFTER = 1.0

_REQUEST = ("to", "id", "nick", "status", "children")
_PRESENCE = ("to", "resource", "id", "show", "status", "priority", "nick", "children")
#: The keys of each order.
ORDERS: Mapping[str, tuple[str, ...]] = {
    "subscribe": _REQUEST,
    "subscribed": _REQUEST,
    "unsubscribe": _REQUEST,
    "unsubscribed": _REQUEST,
    "presence": _PRESENCE,
    "unavailable": ("to", "resource", "id", "status", "children"),
    "connect": ("resource",),
    "disconnect": ("resource",),
    "vanish": ("resource",),
    "message": ("to", "resource", "id", "type", "body", "children"),
    "stanza": ("xml", "resource"),
}
_SCRIPT = (
    "answer",
    "after",
    "cancel_after",
    "subscribe_back",
    "subscribe_back_after",
    "resubscribe",
    "resubscribe_after",
    "pre_approves",
    "resources",
    "schedule",
)
_RESOURCE = ("name", "show", "status", "priority", "nick", "children")
_TIMES = ("after", "every")
_PRIORITIES = (-128, 127)

T = TypeVar("T")


class Markup(Protocol):
    """What reads markup (:mod:`rosterkit.wire.fragments`); both raise ValueError with a sentence."""

    def children(self, text: str, /) -> bytes:
        """The canonical XML of the children that ``text`` spells."""

    def stanza(self, text: str, /) -> Stanza:
        """The one stanza that ``text`` spells."""


def read_script(value: object, where: str, markup: Markup) -> Script:
    """The script that ``value`` spells; ``where`` is its dotted path, for the errors.

    Raises :class:`ScriptError` for a key that is not known and for a value that is not of its kind.
    """
    found = Fields(value, where, _SCRIPT)
    answer = found.choice("answer", ANSWERS, "accept")
    if answer != "accept":
        _refuse_without_acceptance(found, answer)
    return Script(
        answer,
        found.seconds("after", 0) or 0,
        found.seconds("cancel_after", None),
        _after(found, "subscribe_back", "subscribe_back_after", 0, 0),
        _after(found, "resubscribe", "resubscribe_after", RESUBSCRIBE_AFTER, SHORTEST),
        _read_approved(found),
        _read_resources(found, markup),
        _read_schedule(found, markup),
    )


def read_order(value: object, where: str, markup: Markup) -> Order:
    """The order that ``value`` spells; ``do`` must be there.  Raises :class:`ScriptError` as above."""
    return _read_order(value, where, markup, None, ())


def _refuse_without_acceptance(found: Fields, answer: str) -> None:
    """What begins with the acceptance has no effect without one; whoever wrote it means something else."""
    for key in ("cancel_after", "subscribe_back", "subscribe_back_after"):
        if key in found:
            raise ScriptError(found.path(key), f"stands beside answer {answer!r}", 'answer "accept"')


def _after(found: Fields, flag: str, key: str, usual: float, least: float) -> float | None:
    """When something is done: ``flag`` says that it is, ``key`` when; None for never."""
    wanted = found.flag(flag)
    after = found.seconds(key, usual, least)
    if key in found and not wanted:
        raise ScriptError(found.path(key), f"stands without {flag}", f"{flag} = true beside it")
    return after if wanted else None


def _read_approved(found: Fields) -> tuple[str, ...] | None:
    """Bare JIDs; None, for everybody, where the value is true."""
    value = found.raw("pre_approves")
    if "pre_approves" not in found or value is False:
        return ()
    if value is True:
        return None
    where = found.path("pre_approves")
    return _each(value, where, MAX_APPROVED, lambda member, path: read_jid(member, path).bare)


def _read_resources(found: Fields, markup: Markup) -> tuple[Order, ...]:
    if "resources" not in found:
        return Script().resources
    where = found.path("resources")
    orders = _each(
        found.raw("resources"), where, MAX_RESOURCES, lambda value, path: _read_resource(value, path, markup)
    )
    names = [order.resource for order in orders]
    for index, name in enumerate(names):
        if name in names[:index]:
            raise ScriptError(f"{where}.{index}.name", f"is {name!r:.60} a second time", "a name of its own")
    return orders


def _read_resource(value: object, where: str, markup: Markup) -> Order:
    found = Fields(value, where, _RESOURCE)
    return Order("presence", resource=found.resource("name") or RESOURCE, **_content(found, markup))


def _read_schedule(found: Fields, markup: Markup) -> tuple[Step, ...]:
    if "schedule" not in found:
        return ()
    where = found.path("schedule")
    return _each(found.raw("schedule"), where, MAX_STEPS, lambda value, path: _read_step(value, path, markup))


def _read_step(value: object, where: str, markup: Markup) -> Step:
    order = _read_order(value, where, markup, "presence", _TIMES)
    times = Fields(value, where, (*_TIMES, "do", *ORDERS[order.do]))
    return Step(order, times.seconds("after", 0) or 0, times.seconds("every", None, SHORTEST))


def _each(value: object, where: str, most: int, read: Callable[[object, str], T]) -> tuple[T, ...]:
    return tuple(read(member, path) for path, member in listed(value, where, most))


def _read_order(value: object, where: str, markup: Markup, usual: str | None, more: tuple[str, ...]) -> Order:
    """An order among ``more`` keys that belong to somebody else; ``usual`` is the ``do`` that need not be said."""
    anything = ("do", *more, *dict.fromkeys(key for keys in ORDERS.values() for key in keys))
    found = Fields(value, where, anything)
    if usual is None:
        found.needed("do", f"one of {', '.join(ORDERS)}")
    do = found.choice("do", tuple(ORDERS), usual or "")
    found = Fields(value, where, ("do", *more, *ORDERS[do]))
    if do in SUBSCRIPTION_TYPES or do == "message":
        found.needed("to", "the JID of whom it is sent to")
    if do == "stanza":
        found.needed("xml", "one stanza")
    return Order(do, to=found.address("to"), resource=found.resource("resource"), **_content(found, markup))


def _content(found: Fields, markup: Markup) -> dict[str, Any]:
    """What the stanza of an order says; every key that this order may not have is absent."""
    return {
        "id": found.text("id"),
        "type": found.choice("type", sorted(MESSAGE_TYPES), "normal"),
        "show": found.choice("show", sorted(SHOWS), "") if "show" in found else None,
        "status": found.text("status"),
        "priority": found.integer("priority", 0, *_PRIORITIES),
        "nick": found.text("nick"),
        "body": found.text("body"),
        **dict(_markup(found, markup)),
    }


def _markup(found: Fields, markup: Markup) -> Iterator[tuple[str, Any]]:
    children, xml = found.text("children"), found.text("xml")
    if children is not None:
        yield "children", _read(markup.children, children, found.path("children"), "XML elements")
    if xml is not None:
        yield "xml", xml
        yield "stanza", _read(markup.stanza, xml, found.path("xml"), "one stanza")


def _read(read: Callable[[str], T], text: str, where: str, expected: str) -> T:
    try:
        return read(text)
    except ValueError as error:
        problem = f"is refused: {str(error).rstrip('.')}"
        raise ScriptError(where, problem, f"{expected} of at most {MAX_TEXT_BYTES} bytes") from error
