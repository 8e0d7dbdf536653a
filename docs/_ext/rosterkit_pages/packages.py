"""The packages of rosterkit and who imports whom: an image, and the same as a table.

Tests: ``tests/pages/test_packages.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from rosterkit_pages.imports import edges, levels, reduced
from rosterkit_pages.layers import Bend, Spot, chains, ordered, spread
from rosterkit_pages.markdown import literal, table

__all__ = ["page", "svg"]

_WIDTH, _HEIGHT = 160, 38  # of a package
_SIZES = (_WIDTH + 30, 34)  # what a package takes of its level, and what a line does that passes
_DOWN = 92  # from one level to the next
_MARGIN = 16
_BOX = f'width="{_WIDTH}" height="{_HEIGHT}" rx="8" fill="none" stroke="currentColor" stroke-width="1.5"'
_HEAD = (
    '<defs><marker id="import" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
    '<path d="M0 0 8 4 0 8z" fill="currentColor"/></marker></defs>'
)
Place = tuple[float, float]


def page() -> str:
    """Give the image, then a row for each package with all that it imports, from above to below."""
    graph = edges()
    rows = (
        [literal(name), ", ".join(literal(other) for other in sorted(graph[name])) or "nothing"]
        for level in levels(graph)
        for name in level
    )
    return f'<div class="diagram">{svg(graph)}</div>\n\n' + table(("package", "imports"), rows)


def svg(graph: Mapping[str, set[str]]) -> str:
    """The image, without a fixed size: rules at the bottom, an arrow from each package to what it imports.

    A package is ``<g class="package" data-name="wire">``, an import ``<path class="import" data-from data-to>``; an
    import that a way over other packages replaces has no arrow.
    """
    rows = levels(graph)
    lines = chains(rows, reduced(graph))
    placed = ordered(rows, lines, _SIZES)
    across = spread(placed, _SIZES)
    half = max(map(abs, across.values())) + _WIDTH / 2 + _MARGIN
    places = {
        spot: (half + across[spot], _MARGIN + _HEIGHT / 2 + level * _DOWN)
        for level, row in enumerate(placed)
        for spot in row
    }
    height = (len(rows) - 1) * _DOWN + _HEIGHT + 2 * _MARGIN
    return "".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * half:g} {height}" role="img" '
            'fill="currentColor" font-family="system-ui, sans-serif" font-size="13" text-anchor="middle">',
            f"<title>Which package of rosterkit imports which</title>{_HEAD}",
            *_arrows(lines, places),
            *(_box(spot, place) for spot, place in places.items() if not isinstance(spot, Bend)),
            "</svg>",
        )
    )


def _box(name: str, place: Place) -> str:
    x, y = place
    box = f'<rect x="{x - _WIDTH / 2:g}" y="{y - _HEIGHT / 2:g}" {_BOX}/>'
    return (
        f'<g class="package" data-name="{escape(name)}">{box}<text x="{x:g}" y="{y + 5:g}">{escape(name)}</text></g>'
    )


def _arrows(lines: Sequence[Sequence[Spot]], places: Mapping[Spot, Place]) -> Iterator[str]:
    """The lines; where several begin or end at a package, they share its side in the order of where they lead."""
    for line in lines:
        first, *between, last = line
        starts = sorted(places[other[1]] for other in lines if other[0] == first)
        ends = sorted(places[other[-2]] for other in lines if other[-1] == last)
        points = [_port(places[first], starts.index(places[line[1]]), len(starts), _HEIGHT / 2)]
        for x, y in (places[bend] for bend in between):
            points += [(x, y - _HEIGHT / 2), (x, y + _HEIGHT / 2)]
        points.append(_port(places[last], ends.index(places[line[-2]]), len(ends), -_HEIGHT / 2))
        says = escape(f"{first} imports {last}")
        names = f'data-from="{escape(str(first))}" data-to="{escape(str(last))}"'
        yield (
            f'<path class="import" {names} fill="none" stroke="currentColor" stroke-opacity="0.7" '
            f'marker-end="url(#import)" d="{_curve(points)}"><title>{says}</title></path>'
        )


def _port(place: Place, number: int, count: int, side: float) -> Place:
    x, y = place
    return x + ((number + 1) / (count + 1) - 0.5) * _WIDTH, y + side


def _curve(points: Sequence[Place]) -> str:
    """A line through all points, upright at each."""
    (x, y), *others = points
    parts = [f"M{x:g} {y:g}"]
    for to_x, to_y in others:
        middle = (y + to_y) / 2
        parts.append(f"C{x:g} {middle:g} {to_x:g} {middle:g} {to_x:g} {to_y:g}")
        x, y = to_x, to_y
    return "".join(parts)
