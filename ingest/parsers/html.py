"""HTML: what a reader sees, in order, with headings; scripts, styles and hidden elements are left out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ragsys.errors import NoTextError
from ragsys.ingest.encoding import decode
from ragsys.types import Extraction, Heading

if TYPE_CHECKING:
    from ragsys.types import Scalar

__all__ = ["HtmlParser"]

_DROPPED = frozenset(
    {"script", "style", "noscript", "template", "iframe", "svg", "object", "head", "nav", "button", "select"}
)
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "thead",
        "tr",
        "ul",
    ]
)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0", re.IGNORECASE)
_HEADING = re.compile(r"h[1-6]")
_SPACE = re.compile(r"\s+")
_CHARSET = re.compile(rb"<meta[^>]+charset=[\"']?([\w-]+)", re.IGNORECASE)
_FIELDS = {"author": "author", "description": "description", "date": "date", "keywords": "keywords"}


@dataclass(slots=True)
class _Page:
    """The text so far, as pieces, and the headings in it."""

    pieces: list[str] = field(default_factory=list)
    length: int = 0
    headings: list[Heading] = field(default_factory=list)

    def add(self, text: str) -> None:
        self.pieces.append(text)
        self.length += len(text)

    def end_block(self) -> None:
        """Leave one blank line before what follows."""
        while self.pieces and not self.pieces[-1].strip():
            self.length -= len(self.pieces.pop())
        if self.pieces:
            stripped = self.pieces[-1].rstrip()
            self.length -= len(self.pieces[-1]) - len(stripped)
            self.pieces[-1] = stripped
            self.add("\n\n")


class HtmlParser:
    """Walks the DOM that selectolax (Lexbor) builds; blocks become paragraphs, table rows lines of cells."""

    name = "html"

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """The visible text."""
        from selectolax.lexbor import LexborHTMLParser

        tree = LexborHTMLParser(_decode(data, name))
        page = _Page()
        if tree.body is not None:
            _walk(tree.body, page)
        text = "".join(page.pieces).rstrip() + "\n"
        if not text.strip():
            raise NoTextError(f"{name} shows no text")
        title = tree.css_first("title")
        heading = page.headings[0].title if page.headings else None
        name_of = _SPACE.sub(" ", title.text()).strip() if title is not None else ""
        return Extraction(text, name_of or heading, (), tuple(page.headings), _metadata(tree))


def _decode(data: bytes, name: str) -> str:
    """By the declared encoding where it is true, else as any text."""
    declared = _CHARSET.search(data[:2048])
    if declared:
        try:
            return data.decode(declared.group(1).decode("ascii")).replace("\x00", "")
        except (LookupError, UnicodeDecodeError):
            pass
    return decode(data, name)


def _metadata(tree: Any) -> dict[str, Scalar]:
    found: dict[str, Scalar] = {}
    for node in tree.css("meta[name][content]"):
        key = (node.attributes.get("name") or "").lower()
        content = (node.attributes.get("content") or "").strip()
        if key in _FIELDS and content:
            found[_FIELDS[key]] = content
    root = tree.css_first("html")
    language = (root.attributes.get("lang") or "").strip() if root is not None else ""
    return {**found, "lang": language} if language else found


def _walk(node: Any, page: _Page) -> None:
    """Add what `node` shows. Depth is bounded by an explicit stack, not by Python's."""
    stack: list[tuple[Any, str, bool]] = [(node, "", False)]
    while stack:
        current, closing, preformatted = stack.pop()
        if closing:
            _close(closing, current, page)
            continue
        tag = current.tag
        if tag == "-text":
            _text(current.text(deep=False) or "", page, preformatted=preformatted)
            continue
        if tag in _DROPPED or tag.startswith(("-", "_")) or _is_hidden(current):
            continue
        if tag == "br":
            page.add("\n")
            continue
        inside = preformatted or tag in {"pre", "textarea"}
        if tag in _BLOCKS and tag not in {"tr", "tbody", "thead"}:
            page.end_block()
        start = page.length
        if tag == "li":
            page.add("- ")
        stack.append(((start, tag), tag, inside))
        children = list(current.iter(include_text=True))
        stack.extend((child, "", inside) for child in reversed(children))


def _close(tag: str, opened: tuple[int, str], page: _Page) -> None:
    if _HEADING.fullmatch(tag):
        text = "".join(page.pieces)[opened[0] :].strip()
        if text:
            page.headings.append(Heading(opened[0], int(tag[1]), _SPACE.sub(" ", text)))
    if tag in {"td", "th"}:
        page.add(" | ")
    elif tag == "tr":
        page.add("\n")
    elif tag in _BLOCKS:
        page.end_block()


def _text(text: str, page: _Page, *, preformatted: bool) -> None:
    if preformatted:
        page.add(text)
        return
    flat = _SPACE.sub(" ", text)
    if not page.pieces or page.pieces[-1].endswith((" ", "\n")):
        flat = flat.lstrip()
    if flat:
        page.add(flat)


def _is_hidden(node: Any) -> bool:
    attributes = node.attributes
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or bool(_HIDDEN_STYLE.search(attributes.get("style") or ""))
    )
