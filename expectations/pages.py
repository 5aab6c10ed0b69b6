"""Pages of the Data Docs site: whole in themselves, readable without scripts, and asking nothing of the net.

Great Expectations renders pages that lean on ten libraries and a logo from elsewhere. ``readable`` lets through only
the tags and attributes that carry content; whatever else a page brings, known today or not, is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
STYLESHEET: Final = Path(__file__).with_name("site.css").read_text(encoding="utf-8")

_KEPT_TAGS: Final = frozenset(
    {
        "b", "br", "code", "details", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ol", "p", "pre", "small",
        "span", "strong", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul",
    }
)  # fmt: skip
_KEPT_ATTRIBUTES: Final = frozenset({"class", "colspan", "hidden", "id"})
_DROPPED_WHOLE: Final = frozenset(
    {"button", "footer", "form", "head", "iframe", "label", "nav", "object", "script", "style", "svg", "title"}
)
_VOID: Final = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_MARKS: Final = {
    "fa-check-circle": ("pass", "met"),
    "fa-times": ("fail", "not met"),
    "fa-exclamation": ("fail", "error"),
}
_SIDEBAR: Final = "col-lg-2"
_OVERVIEW: Final = "section-1-content-block-1"
"""Great Expectations' own heading: it calls a batch failed for a warning, and links to a page that we don't build."""


def page(title: str, body: str) -> str:
    """A whole page around a body that is HTML already; the title is text."""
    return (
        "<!DOCTYPE html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        f"<title>{escape(title)}</title>\n<style>\n{STYLESHEET}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def badge(kind: str, text: str) -> str:
    """A coloured word; the word alone says it too."""
    return f'<span class="mark {escape(kind)}">{escape(text)}</span>'


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of cells that are HTML already; each cell knows its heading, so that a phone can stack them."""
    head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
    body = "\n".join(_row(headings, row) for row in rows)
    return f'<table class="own"><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>'


def _row(headings: Sequence[str], cells: Sequence[str]) -> str:
    labelled = zip(headings, cells, strict=True)
    return "<tr>" + "".join(f'<td data-label="{escape(heading)}">{cell}</td>' for heading, cell in labelled) + "</tr>"


def readable(raw_page: str) -> str:
    """The content of a page by Great Expectations, as plain HTML."""
    reader = _Reader()
    reader.feed(raw_page)
    reader.close()
    return reader.html()


@dataclass(frozen=True, slots=True)
class _Open:
    """A tag that was opened: what was written for it ("" for nothing), and whether its content is dropped."""

    tag: str
    written: str
    is_dropped: bool


class _Reader(HTMLParser):
    """Copies what is on the list; sections that a script would unfold become ``details``."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._parts: list[str] = []
        self._open: list[_Open] = []

    def html(self) -> str:
        """What was kept, with every tag closed."""
        return "".join([*self._parts, *(f"</{one.written}>" for one in reversed(self._open) if one.written)])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        is_dropped = self._is_dropping or _is_dropped(tag, attributes)
        written = "" if is_dropped else self._written(tag, attributes)
        if written:
            self._parts.append(f"<{written}{_kept(attributes)}>")
        elif tag == "i" and not is_dropped:
            self._parts.append(_mark(attributes.get("class", "")))
        if tag not in _VOID:
            self._open.append(_Open(tag, written, is_dropped))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if not any(one.tag == tag for one in self._open):
            return
        while self._open:
            closed = self._open.pop()
            if closed.written:
                self._parts.append(f"</{closed.written}>")
            if closed.tag == tag:
                return

    def handle_data(self, data: str) -> None:
        if not self._is_dropping:
            self._parts.append(escape(data) if data.strip() else " ")

    @property
    def _is_dropping(self) -> bool:
        return bool(self._open) and self._open[-1].is_dropped

    def _written(self, tag: str, attributes: dict[str, str]) -> str:
        """The tag to write, or "" for none."""
        is_in_fold = bool(self._open) and self._open[-1].written == "details"
        if tag == "div" and attributes.get("id", "").endswith("-parent"):
            return "details"
        if tag == "a" and attributes.get("data-toggle") == "collapse":
            return "summary" if self._is_at_fold else ""
        if tag == "p" and is_in_fold:
            return ""  # it holds the link that unfolds; a summary must be the first child
        return tag if tag in _KEPT_TAGS else ""

    @property
    def _is_at_fold(self) -> bool:
        """Whether the innermost tag written is a ``details``."""
        written = [one.written for one in self._open if one.written]
        return bool(written) and written[-1] == "details"


def _is_dropped(tag: str, attributes: dict[str, str]) -> bool:
    return tag in _DROPPED_WHOLE or _SIDEBAR in attributes.get("class", "").split() or attributes.get("id") == _OVERVIEW


def _kept(attributes: dict[str, str]) -> str:
    return "".join(f' {name}="{escape(value)}"' for name, value in attributes.items() if name in _KEPT_ATTRIBUTES)


def _mark(classes: str) -> str:
    """An icon of a font that is not there, as a word."""
    return next((badge(*mark) for icon, mark in _MARKS.items() if icon in classes), "")
