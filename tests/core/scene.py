"""Scenes that several tests play in: a contact elsewhere in any state, and a user with many resources."""

from __future__ import annotations

from rig import Client, Far, Rig

from rosterkit.core.subscription import State
from rosterkit.core.world import Settings

JULIET, ROMEO, FAR = "juliet@localhost", "romeo@localhost", "tybalt@far.test"
TYPES = ("subscribe", "unsubscribe", "subscribed", "unsubscribed")


def scene(state: State, pre_approval: bool = True) -> tuple[Rig, Client, Far]:
    """Juliet, interested and available, and a contact elsewhere in ``state``."""
    rig = Rig(settings=Settings(pre_approval=pre_approval))
    client, far = rig.login("juliet"), rig.component("far.test")
    rig.bring(client, far, FAR, state)
    return rig, client, far


def stored(rig: Rig) -> State:
    """The state of the contact elsewhere that the store holds."""
    (roster,) = (roster for bare, _, roster in rig.store.load() if bare == JULIET)
    return roster.state(FAR)


def push(after: State) -> str:
    """The line of the push of that contact's entry in this state."""
    return f"push {FAR} subscription={after.subscription} ask={'yes' if after.ask else 'no'}"


# The resources of the account: priority by name, None for a connected one that is not available.
NOBODY: dict[str, int | None] = {}
ONLY_CONNECTED: dict[str, int | None] = {"a": None}
ONLY_NEGATIVE: dict[str, int | None] = {"a": -1, "b": -128}
ONE: dict[str, int | None] = {"a": 0, "low": -1, "silent": None}
SEVERAL: dict[str, int | None] = {"a": 5, "b": 5, "c": 4, "d": 0, "low": -1, "silent": None}


def crowd(rig: Rig, resources: dict[str, int | None]) -> dict[str, Client]:
    """Romeo's resources with their priorities, inboxes empty."""
    clients = {name: rig.connect("romeo", name) for name in resources}
    for name, priority in resources.items():
        if priority is not None:
            clients[name].presence(priority=priority)
    for client in clients.values():
        client.take()
    return clients


def reached(clients: dict[str, Client]) -> dict[str, list[str]]:
    """What each resource got, those without anything left out."""
    got = {name: [str(sent.to) for sent in client.take()] for name, client in clients.items()}  # type: ignore[union-attr]
    return {name: to for name, to in got.items() if to}
