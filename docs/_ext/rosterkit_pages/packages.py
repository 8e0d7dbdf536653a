"""The packages of rosterkit and who imports whom: an image, and the same as a table.

Tests: ``tests/pages/test_packages.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from rosterkit_pages.imports import edges, levels, reduced
from rosterkit_pages.markdown import literal, table

__all__ = ["page", "svg"]

_WIDTH, _HEIGHT = 150, 38  # of a package
_ACROSS, _DOWN = 178, 104  # from one to the next
_MARGIN = 16
# The page's own background hides the lines that pass behind a package.
_BOX = 'rx="8" stroke="currentColor" stroke-width="1.5" style="fill:var(--color-background-primary, Canvas)"'
_STRONG, _WEAK = 'stroke-opacity="0.75"', 'stroke-opacity="0.3" stroke-dasharray="3 4"'
_HEAD = (
    '<defs><marker id="import" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
    '<path d="M0 0 8 4 0 8z" fill="currentColor"/></marker></defs>'
)


def page() -> str:
    """Give the image, then a row for each package, from above to below."""
    graph = edges()
    rows = (
        [literal(name), ", ".join(literal(other) for other in sorted(graph[name])) or "nothing"]
        for level in levels(graph)
        for name in level
    )
    return f'<div class="diagram">{svg(graph)}</div>\n\n' + table(("package", "imports"), rows)


def svg(graph: Mapping[str, set[str]]) -> str:
    """The image, without a fixed size: rules at the bottom, an arrow from each package to what it imports.

    A package is ``<g class="package" data-name="wire">``, an import ``<path class="import" data-from data-to>``.  One
    that is also reached over another package is a dotted line.
    """
    rows = levels(graph)
    width = max(map(len, rows)) * _ACROSS - (_ACROSS - _WIDTH) + 2 * _MARGIN
    height = (len(rows) - 1) * _DOWN + _HEIGHT + 2 * _MARGIN
    places = _places(rows, width)
    return "".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" fill="currentColor" '
            'font-family="system-ui, sans-serif" font-size="13" text-anchor="middle">',
            f"<title>Which package of rosterkit imports which</title>{_HEAD}",
            *_arrows(graph, places),
            *(_box(name, place) for name, place in places.items()),
            "</svg>",
        )
    )


def _places(rows: Sequence[Sequence[str]], width: int) -> dict[str, tuple[float, float]]:
    """The middle of each package; every level is in the middle of the image."""
    places = {}
    for number, row in enumerate(rows):
        for column, name in enumerate(row):
            x = width / 2 + (column - (len(row) - 1) / 2) * _ACROSS
            places[name] = (x, _MARGIN + _HEIGHT / 2 + number * _DOWN)
    return places


def _box(name: str, place: tuple[float, float]) -> str:
    x, y = place
    box = f'<rect x="{x - _WIDTH / 2:g}" y="{y - _HEIGHT / 2:g}" width="{_WIDTH}" height="{_HEIGHT}" {_BOX}/>'
    return f'<g class="package" data-name="{escape(name)}">{box}<text x="{x:g}" y="{y + 5:g}">{escape(name)}</text></g>'


def _arrows(graph: Mapping[str, set[str]], places: Mapping[str, tuple[float, float]]) -> Iterator[str]:
    """The lines, spread over the sides of the packages in the order of where they lead."""
    strong = reduced(graph)
    above = {name: sorted((one for one in graph if name in graph[one]), key=places.__getitem__) for name in graph}
    for name, others in graph.items():
        below = sorted(others, key=places.__getitem__)
        for other in below:
            start = _port(places[name], below.index(other), len(below), _HEIGHT / 2)
            end = _port(places[other], above[other].index(name), len(above[other]), -_HEIGHT / 2)
            how = _STRONG if (name, other) in strong else _WEAK
            yield _arrow(name, other, start, end, how)


def _port(place: tuple[float, float], number: int, count: int, side: float) -> tuple[float, float]:
    x, y = place
    return x + ((number + 1) / (count + 1) - 0.5) * (_WIDTH - 16), y + side


def _arrow(name: str, other: str, start: tuple[float, float], end: tuple[float, float], how: str) -> str:
    (x, y), (to_x, to_y) = start, end
    bend = (to_y - y) * 0.5
    line = f"M{x:g} {y:g}C{x:g} {y + bend:g} {to_x:g} {to_y - bend:g} {to_x:g} {to_y:g}"
    return (
        f'<path class="import" data-from="{escape(name)}" data-to="{escape(other)}" fill="none" stroke="currentColor" '
        f'marker-end="url(#import)" {how} d="{line}"><title>{escape(name)} imports {escape(other)}</title></path>'
    )
