"""Appendix A on the whole server, cell by cell: with a contact elsewhere, then with one on this server."""

from __future__ import annotations

import pytest
from rig import WAYS, Client, Rig
from scene import FAR, JULIET, ROMEO, TYPES, push, scene, stored

from rosterkit.core.roster import Item
from rosterkit.core.subscription import State

NAMES = {
    "N": State.NONE,
    "N+PO": State.NONE_OUT,
    "N+PI": State.NONE_IN,
    "N+PO+PI": State.NONE_OUT_IN,
    "T": State.TO,
    "T+PI": State.TO_IN,
    "F": State.FROM,
    "F+PO": State.FROM_OUT,
    "B": State.BOTH,
}

# Appendix A.2: state | subscribe, unsubscribe, subscribed, unsubscribed: whether it is routed, and the state after.
OUT = """
N       | route N+PO    | route N    | no N    | no N
N+PO    | route N+PO    | route N    | no N+PO | no N+PO
N+PI    | route N+PO+PI | route N+PI | route F | route N
N+PO+PI | route N+PO+PI | route N+PI | route F+PO | route N+PO
T       | route T       | route N    | no T    | no T
T+PI    | route T+PI    | route N+PI | route B | route T
F       | route F+PO    | route F    | no F    | route N
F+PO    | route F+PO    | route F    | no F+PO | route N+PO
B       | route B       | route F    | no B    | route T
"""

# Appendix A.3: the same four coming in: whether it is delivered, and the state after.
IN = """
N       | deliver N+PI    | no N         | no N         | no N
N+PO    | deliver N+PO+PI | no N+PO      | deliver T    | deliver N
N+PI    | no N+PI         | deliver N    | no N+PI      | no N+PI
N+PO+PI | no N+PO+PI      | deliver N+PO | deliver T+PI | deliver N+PI
T       | deliver T+PI    | no T         | no T         | deliver N
T+PI    | no T+PI         | deliver T    | no T+PI      | deliver N+PI
F       | reply F         | deliver N    | no F         | no F
F+PO    | reply F+PO      | deliver N+PO | deliver B    | deliver F
B       | reply B         | deliver T    | no B         | deliver F
"""


def cells(table: str) -> list[tuple[State, str, str, State]]:
    """The cells of a table: the state, the type, what happens, the state after."""
    found = []
    for line in table.strip().splitlines():
        before, *row = (cell.strip() for cell in line.split("|"))
        for kind, cell in zip(TYPES, row, strict=True):
            action, after = cell.split()
            found.append((NAMES[before], kind, action, NAMES[after]))
    return found


def called(cell: tuple[State, str, str, State]) -> str:
    """A name for a cell."""
    return f"{cell[0].name}-{cell[1]}"


def dress(client: Client) -> tuple[str | None, tuple[str, ...]]:
    """Give the contact's entry, where there is one, a name and a group, which subscription stanzas leave alone."""
    if FAR in client.link.account.roster.items:
        client.set_item(f"<item jid='{FAR}' name='T'><group>g</group></item>")
        client.take()
    return dressed(client)


def dressed(client: Client) -> tuple[str | None, tuple[str, ...]]:
    """Name and groups of the contact's entry."""
    item = client.link.account.roster.items.get(FAR, Item(FAR))
    return item.name, item.groups


def shown(before: State, after: State) -> bool:
    """Whether the change shows in the roster."""
    return before.value[:2] != after.value[:2]


# With a contact elsewhere


@pytest.mark.parametrize("cell", cells(OUT), ids=called)
@pytest.mark.parametrize("to", [FAR, f"{FAR}/phone"])
def test_outbound(cell: tuple[State, str, str, State], to: str) -> None:
    """Outbound: routed or not, between bare JIDs, and the state after; a full `to` is cut (§A.2, §3.1.2 …)."""
    before, kind, action, after = cell
    rig, client, far = scene(before, pre_approval=False)
    clothes = dress(client)
    version = rig.account("juliet").roster.version
    client.presence(kind, to, "<x xmlns='urn:x'/>", id="p1")
    assert rig.state("juliet", FAR) is stored(rig) is after
    assert dressed(client) == clothes
    got = far.take()
    routed = [sent for sent in got if sent.stanza.type == kind]  # type: ignore[union-attr]
    assert len(routed) == (action == "route")
    for sent in routed:
        stanza = sent.stanza  # type: ignore[union-attr]
        assert (stanza.sender.full, sent.to, stanza.id) == (JULIET, FAR, "p1")  # type: ignore[union-attr]
        assert stanza.body == b"<x xmlns='urn:x'/>"
    assert client.seen() == ([push(after)] if shown(before, after) else [])
    assert (rig.account("juliet").roster.version != version) == shown(before, after)


@pytest.mark.parametrize("cell", cells(OUT), ids=called)
def test_outbound_presence(cell: tuple[State, str, str, State]) -> None:
    """Who loses the subscription hears unavailable before unsubscribed, who gains it is shown presence (§3.1.5,
    §3.2.2); nobody else hears anything."""
    before, kind, action, after = cell
    _, client, far = scene(before)
    client.presence(kind, FAR)
    expected = [f"presence {kind} from {JULIET}"] if action == "route" else []
    if before.seen and not after.seen:
        expected.insert(0, f"presence unavailable from {JULIET}/a")
    if after.seen and not before.seen:
        expected.append(f"presence available from {JULIET}/a")
    assert far.seen() == expected


@pytest.mark.parametrize("cell", cells(IN), ids=called)
@pytest.mark.parametrize(("sender", "to"), [(FAR, JULIET), (f"{FAR}/phone", f"{JULIET}/a")])
def test_inbound(cell: tuple[State, str, str, State], sender: str, to: str) -> None:
    """Inbound: delivered or not, between bare JIDs, before the push, and the state after (§A.3, §3.1.3 …)."""
    before, kind, action, after = cell
    rig, client, far = scene(before)
    clothes, known = dress(client), rig.account("juliet").roster
    far.presence(kind, sender, to, "<x xmlns='urn:x'/>", id="p1")
    assert rig.state("juliet", FAR) is stored(rig) is after
    assert dressed(client) == clothes
    if before is after and not before.pending_in:
        assert rig.account("juliet").roster is known, "nothing has changed, so nothing is stored"
    got = client.take()
    delivered = [sent for sent in got if hasattr(sent, "stanza")]
    assert len(delivered) == (action == "deliver")
    for sent in delivered:
        stanza = sent.stanza  # type: ignore[union-attr]
        assert (stanza.type, stanza.id, stanza.sender.full, sent.to) == (kind, "p1", FAR, JULIET)  # type: ignore[union-attr]
        assert stanza.body == b"<x xmlns='urn:x'/>"
    pushed = [item for _, item, _ in (sent for sent in got if not hasattr(sent, "stanza"))]  # type: ignore[misc]
    assert len(pushed) == shown(before, after) == (rig.account("juliet").roster.version != known.version)
    assert got == delivered + [sent for sent in got if sent not in delivered], "the push stands behind the stanza"


@pytest.mark.parametrize("cell", cells(IN), ids=called)
def test_inbound_answers(cell: tuple[State, str, str, State]) -> None:
    """A request of a subscriber is answered for the user; who unsubscribes hears unavailable (§3.1.3, §3.3.3)."""
    before, kind, action, after = cell
    _, _, far = scene(before)
    far.presence(kind, FAR, JULIET)
    expected = []
    if action == "reply":
        expected = [f"presence subscribed from {JULIET} to {FAR}", f"presence available from {JULIET}/a to {FAR}"]
    if before.seen and not after.seen:
        expected = [f"presence unavailable from {JULIET}/a to {FAR}"]
    assert far.addressed() == expected


@pytest.mark.parametrize("cell", cells(IN), ids=called)
def test_inbound_to_a_resource_that_is_not_there(cell: tuple[State, str, str, State]) -> None:
    """To a full JID that is not there a subscribe counts as to the bare one; the others do nothing (§8.5.3.2.2)."""
    before, kind, _, after = cell
    rig, client, far = scene(before)
    far.presence(kind, FAR, f"{JULIET}/gone")
    if kind == "subscribe":
        assert rig.state("juliet", FAR) is after
    else:
        assert rig.state("juliet", FAR) is before and client.seen() == []


# With both users here: each on its own roster


def mirror(state: State) -> State:
    """The state of the other user, where both rosters agree."""
    subscription = {"none": "none", "to": "from", "from": "to", "both": "both"}[state.subscription]
    return State((subscription, state.pending_in, state.ask))


@pytest.mark.parametrize("cell", cells(OUT), ids=called)
def test_both_rosters_agree(cell: tuple[State, str, str, State]) -> None:
    """With both users here, every outbound stanza leaves two rosters that agree (§3.1.2 to §3.3.3)."""
    before, kind, _, after = cell
    rig = Rig()
    one, other = rig.login("juliet"), rig.login("romeo")
    ways = {"out": (one, ROMEO), "in": (other, JULIET)}
    for way in WAYS[before]:
        direction, _, type = way.partition(" ")
        who, to = ways[direction]
        who.presence(type, to)
    assert (rig.state("juliet", ROMEO), rig.state("romeo", JULIET)) == (before, mirror(before))
    one.presence(kind, ROMEO)
    assert (rig.state("juliet", ROMEO), rig.state("romeo", JULIET)) == (after, mirror(after))
