"""The image of the imports: every package, and every import that it shows."""

from __future__ import annotations

import re

from lxml import etree
from rosterkit_pages.imports import edges, reduced
from rosterkit_pages.packages import page, svg


def test_the_image_has_every_package_and_every_import():
    """It is XML, and an arrow stands for each import that no other way replaces."""
    graph = edges()
    image = etree.fromstring(svg(graph))
    assert sorted(image.xpath("//@data-name")) == sorted(graph)
    arrows = [(arrow.get("data-from"), arrow.get("data-to")) for arrow in image.xpath("//*[@class='import']")]
    assert sorted(arrows) == sorted(reduced(graph))


def test_an_arrow_leads_downwards():
    """From the lower side of one package to the upper side of the other."""
    image = etree.fromstring(svg({"net": {"core"}, "core": set()}))
    (arrow,) = image.xpath("//*[@class='import']")
    numbers = [float(number) for number in re.findall(r"-?[\d.]+", arrow.get("d"))]
    boxes = {box.getparent().get("data-name"): float(box.get("y")) for box in image.xpath("//*[@height][@y]")}
    assert boxes["net"] < numbers[1] < numbers[-1] == boxes["core"]


def test_a_name_is_text():
    """Whatever a folder is called."""
    assert "<b>" not in svg({"<b>": set()})


def test_the_table_has_what_the_image_leaves_out():
    """All imports of a package in its row."""
    text = page()
    for name, others in edges().items():
        (row,) = re.findall(rf"^\| `{re.escape(name)}` \| (.+) \|$", text, re.MULTILINE)
        assert set(re.findall("`([^`]+)`", row)) == others
