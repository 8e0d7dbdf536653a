"""Lines to a cluster: its nodes take turns."""

from __future__ import annotations

from typing import Any

from rosterkit.conformance.probing.spread_lines import SpreadLines


class Node:
    """Remembers who came."""

    def __init__(self, settled: bool) -> None:
        self.is_settled = settled
        self.came: list[str] = []
        self.pumped = 0

    def enter(self, label: str, *_: Any, **__: Any) -> str:
        """A client."""
        self.came.append(label)
        return label

    def join(self, label: str, _: Any) -> str:
        """The component."""
        self.came.append(label)
        return label

    def pump(self) -> None:
        """Counted."""
        self.pumped += 1


def test_clients_go_to_each_node_in_turn_and_the_component_to_the_first():
    """A server takes a domain from one component only."""
    nodes: Any = [Node(True), Node(False)]
    lines = SpreadLines(nodes)
    entering: Any = lines
    for label in ("a", "b", "c"):
        entering.enter(label, None, None, None)
    entering.join("component", None)
    assert [node.came for node in nodes] == [["a", "c", "component"], ["b"]]


def test_it_is_settled_where_every_node_is():
    """One that takes its time is enough."""
    nodes: Any = [Node(True), Node(False)]
    lines = SpreadLines(nodes)
    assert not lines.is_settled
    nodes[1].is_settled = True
    assert lines.is_settled
    lines.pump()
    assert [node.pumped for node in nodes] == [1, 1]
