"""The examples of the pages, as the source archive has them."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from release.dist.pages import Pages
from release.wrong import WrongError

PAGE = """# A page

```sh
one
```

```python
one = 1
```

```sh
two --and three
```
"""


@pytest.fixture
def pages(tmp_path: Path) -> Pages:
    """A source archive with one page."""
    (tmp_path / "README.md").write_text(PAGE)
    with tarfile.open(tmp_path / "x-1.tar.gz", "w:gz") as archive:
        archive.add(tmp_path / "README.md", "x-1/README.md")
    return Pages(tmp_path / "x-1.tar.gz", tmp_path / "unpacked")


def test_an_example_is_found_by_its_language_and_its_words(pages: Pages):
    """Whole, without its fences."""
    assert pages.root.name == "x-1"
    assert pages.block("README.md", "sh", "--and") == "two --and three\n"
    assert pages.block("README.md", "python", "one") == "one = 1\n"


@pytest.mark.parametrize(("having", "count"), [("four", 0), ("o", 2)])
def test_another_number_than_one_is_said(pages: Pages, having: str, count: int):
    """A page that was changed is noticed, not passed over."""
    with pytest.raises(WrongError, match=f"has {count} examples in sh"):
        pages.block("README.md", "sh", having)


def test_a_file_is_copied(pages: Pages, tmp_path: Path):
    """As it is."""
    (tmp_path / "place").mkdir()
    pages.copy("README.md", tmp_path / "place")
    assert (tmp_path / "place" / "README.md").read_text() == PAGE
