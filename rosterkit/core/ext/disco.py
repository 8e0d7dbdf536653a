"""Service discovery (XEP-0030): what a domain and an account are and can do."""

from __future__ import annotations

from rosterkit.core import markup
from rosterkit.core.ext import blocking, ping, registration, version
from rosterkit.core.jid import Jid
from rosterkit.core.stanza import Iq
from rosterkit.core.world import World
from rosterkit.errors import ITEM_NOT_FOUND, SERVICE_UNAVAILABLE, StanzaError

INFO_NAMESPACE = "http://jabber.org/protocol/disco#info"
ITEMS_NAMESPACE = "http://jabber.org/protocol/disco#items"
INFO = f"{{{INFO_NAMESPACE}}}query"
ITEMS = f"{{{ITEMS_NAMESPACE}}}query"

_FEATURES = (INFO_NAMESPACE, ITEMS_NAMESPACE, ping.NAMESPACE, version.NAMESPACE)


def domain_info(world: World, iq: Iq, to: Jid) -> bytes | StanzaError:
    """Who the server is and the features that it has."""
    features = [*_FEATURES, blocking.NAMESPACE]
    if world.settings.registration:
        features.append(registration.NAMESPACE)
    return _info(iq, "server", "im", version.NAME, features)


def domain_items(world: World, iq: Iq, to: Jid) -> bytes | StanzaError:
    """The components that are connected."""
    items = "".join(markup.element("item", jid=domain) for domain in sorted(world.components))
    return _unless_node(iq, markup.element("query", items, xmlns=ITEMS_NAMESPACE))


def account_info(world: World, iq: Iq, to: Jid) -> bytes | StanzaError:
    """That the account is one, for itself and those who may see its presence (XEP-0030 §8)."""
    if not _may_see(world, iq, to):
        return SERVICE_UNAVAILABLE
    kind = "anonymous" if world.accounts[to.bare].temporary else "registered"  # XEP-0175
    return _info(iq, "account", kind, None, _FEATURES[:2])


def account_items(world: World, iq: Iq, to: Jid) -> bytes | StanzaError:
    """An empty list, to the same."""
    if not _may_see(world, iq, to):
        return SERVICE_UNAVAILABLE
    return _unless_node(iq, markup.element("query", xmlns=ITEMS_NAMESPACE))


def _info(
    iq: Iq, category: str, kind: str, name: str | None, features: list[str] | tuple[str, ...]
) -> bytes | StanzaError:
    content = markup.element("identity", category=category, type=kind, name=name)
    content += "".join(markup.element("feature", var=feature) for feature in features)
    return _unless_node(iq, markup.element("query", content, xmlns=INFO_NAMESPACE))


def _unless_node(iq: Iq, query: str) -> bytes | StanzaError:
    assert iq.child is not None
    return ITEM_NOT_FOUND.saying("There are no nodes here.") if iq.child.get("node") else query.encode()


def _may_see(world: World, iq: Iq, to: Jid) -> bool:
    account = world.accounts.get(to.bare)
    if account is None or iq.sender is None:
        return False
    return iq.sender.bare == to.bare or account.roster.state(iq.sender.bare).seen
