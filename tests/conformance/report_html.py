"""A strict reader of our pages: every tag closed, only tags and attributes that we write, what they link to."""

from __future__ import annotations

from html.parser import HTMLParser

__all__ = ["PageRead", "read_page"]

_VOID = {"meta", "link", "br", "col"}
_TAGS = _VOID | {
    "a", "article", "b", "body", "code", "colgroup", "dd", "details", "div", "dl", "dt", "footer", "h1", "h2", "h3",
    "head", "header", "html", "li", "nav", "ol", "p", "pre", "section", "span", "strong", "style", "summary", "table",
    "tbody", "td", "th", "thead", "title", "tr",
}  # fmt: skip
_ATTRIBUTES = {
    "aria-label", "aria-labelledby", "charset", "class", "colspan", "content", "href", "http-equiv", "id", "lang",
    "name", "open", "rel", "role", "scope", "tabindex",
}  # fmt: skip


class PageRead(HTMLParser):
    """``problems`` are what is wrong; ``links`` every href, ``ids`` every id, ``text`` what a reader sees."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A tag that is opened."""
        if tag not in _TAGS:
            self.problems.append(f"<{tag}> is none of our tags")
        for name, value in attrs:
            if name not in _ATTRIBUTES:
                self.problems.append(f"{name} of <{tag}> is none of our attributes")
            if name == "href":
                self.links.append(value or "")
            if name == "id":
                self.ids.append(value or "")
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """A tag that is closed."""
        if not self._open or self._open.pop() != tag:
            self.problems.append(f"</{tag}> closes nothing")

    def handle_data(self, data: str) -> None:
        """Text."""
        if "style" not in self._open:
            self.text += data

    def handle_comment(self, data: str) -> None:
        """A comment; we write none."""
        self.problems.append(f"a comment: {data[:40]}")

    def close(self) -> None:
        """The end of the page."""
        super().close()
        self.problems += [f"<{tag}> is not closed" for tag in self._open]
        self.problems += [f"the id {id_} comes twice" for id_ in set(self.ids) if self.ids.count(id_) > 1]


def read_page(text: str) -> PageRead:
    """The page, read to its end."""
    page = PageRead()
    page.feed(text)
    page.close()
    return page
