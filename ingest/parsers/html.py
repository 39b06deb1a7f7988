"""HTML: what a reader sees, in order, with headings; scripts, styles and hidden elements are left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ragsys.errors import NestedTooDeeplyError, NoTextError
from ragsys.ingest.encoding import decode, decode_declared
from ragsys.ingest.parsers.layout import BLANK, NEWLINE, Page
from ragsys.ingest.parsers.tables import MOST_ACROSS, grid_text, spread
from ragsys.language import base
from ragsys.types import Extraction

if TYPE_CHECKING:
    from ragsys.types import Scalar

__all__ = ["HtmlParser"]

_DROPPED = frozenset({
    "script", "style", "noscript", "noframes", "template", "iframe", "svg", "canvas", "audio", "video",
    "object", "head", "nav", "button", "select",
})  # fmt: skip
_BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "caption", "center", "details", "dialog", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header",
    "hgroup", "hr", "legend", "main", "ol", "p", "pre", "section", "summary", "table", "ul",
})  # fmt: skip
_LINES = frozenset({"dd", "li", "tbody", "tfoot", "thead", "tr"})
_LISTS = frozenset({"ol", "ul"})
_CELLS = frozenset({"td", "th"})
_GROUPS = frozenset({"tbody", "tfoot", "thead"})
_LAID_OUT = "pre, form"
_PLACING = frozenset({"none", "presentation"})
# Longer cells are paragraphs that a table only places: of tables with header cells, without them, around another.
_LONGEST_CELL, _LONGEST_PLAIN, _LONGEST_NESTED = 500, 200, 100
_FEWEST, _FIGURES, _DEEPEST_TABLE = 2, 5, 10
_PREFORMATTED = frozenset({"pre", "textarea"})
_HIDDEN_STYLE = re.compile(
    r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden|(?:opacity|font-size)\s*:\s*0*+(?:\.0*+)?(?:[a-z]+|%)?)\s*"
    r"(?:!\s*important\s*)?(?:;|$)",
    re.IGNORECASE,
)
_COLOUR = re.compile(r"(?:^|;)\s*(color|background)(?:-color)?\s*:\s*([^;!]+)", re.IGNORECASE)
_SAME = {"#fff": "white", "#ffffff": "white", "rgb(255,255,255)": "white", "#000": "black", "#000000": "black"}
_NO_COLOURS = {"", "inherit", "initial", "unset", "revert", "currentcolor"}
_HEADING = re.compile(r"h[1-6]")
_SPACE = re.compile(r"\s+")
_CHARSET = re.compile(rb"<meta[^>]{1,200}charset=[\"']?([\w-]{1,40})", re.IGNORECASE)
# Elements that a parser looks for among all open ones at every tag: the time grows with the square of their nesting.
_NESTED = re.compile(
    r"<(/?)(?:address|article|aside|blockquote|center|details|dialog|div|dl|fieldset|figure|footer|header|hgroup|main|"
    r"nav|ol|optgroup|pre|search|section|summary|ul)\b",
    re.IGNORECASE,
)
_DEEPEST = 1000
_HEAD = 2048
# XHTML may write an empty element as `<title/>`, which in HTML would open one.
_XHTML = re.compile(r"^\s*<\?xml|//DTD XHTML|/1999/xhtml")
_EMPTY = re.compile(r"""<([A-Za-z][\w:.-]*)((?:[^<>"'/]|"[^"<]*"|'[^'<]*'|/(?!>))*)/>""")
_VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
})  # fmt: skip
_FIELDS = {"author": "author", "description": "description", "date": "date", "keywords": "keywords"}


class HtmlParser:
    """Walks the DOM that selectolax (Lexbor) builds; blocks become paragraphs, table rows lines of cells."""

    name = "html"

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """The visible text. Raises `NoTextError`, or `NestedTooDeeplyError` where parsing would take hours."""
        from selectolax.lexbor import LexborHTMLParser

        source = _decode(data, name)
        if _depth(source) > _DEEPEST:
            raise NestedTooDeeplyError(f"{name} nests its elements more than {_DEEPEST} deep")
        tree = LexborHTMLParser(source)
        page = Page()
        if tree.body is not None:
            _walk(tree.body, page)
        text = page.text()
        if not text.strip():
            raise NoTextError(f"{name} shows no text")
        title = tree.css_first("title")
        heading = page.headings[0].title if page.headings else None
        name_of = _SPACE.sub(" ", title.text()).strip() if title is not None else ""
        return Extraction(text, name_of or heading, (), tuple(page.headings), _metadata(tree))


def _decode(data: bytes, name: str) -> str:
    """By the declared encoding where it is true, else as any text; in XHTML, empty elements are closed as in HTML."""
    declared = _CHARSET.search(data[:_HEAD])
    text = decode_declared(data, declared.group(1).decode("ascii"), name) if declared else decode(data, name)
    return _EMPTY.sub(_closed, text) if _XHTML.search(text, 0, _HEAD) else text


def _closed(match: re.Match[str]) -> str:
    tag, attributes = match.groups()
    return match.group() if tag.lower() in _VOID else f"<{tag}{attributes}></{tag}>"


def _depth(source: str) -> int:
    """How deep block elements are nested at the deepest place."""
    depth = deepest = 0
    for match in _NESTED.finditer(source):
        depth = max(depth - 1, 0) if match.group(1) else depth + 1
        deepest = max(deepest, depth)
    return deepest


def _metadata(tree: Any) -> dict[str, Scalar]:
    found: dict[str, Scalar] = {}
    for node in tree.css("meta[name][content]"):
        key = (node.attributes.get("name") or "").lower()
        content = (node.attributes.get("content") or "").strip()
        if key in _FIELDS and content:
            found[_FIELDS[key]] = content
    root = tree.css_first("html")
    # Without its region, so that a filter for "zh" finds "zh-CN".
    language = base(root.attributes.get("lang") or "") if root is not None else ""
    return {**found, "lang": language} if language else found


def _data_table(table: Any) -> list[list[tuple[object, str]]]:
    """The cells of a table in rows, one that spans several places in each; nothing of one that only lays out a page.

    A table of data has two columns and rows, and little in each cell: no long text, and no heading but one that is all
    of a cell in the first row. Without a header cell of its own it has to fill its columns in every row, with less in
    each cell and no code or form, and not to be called a mere presentation. A table in a cell is part of its words.
    """
    lines = _lines(table)
    headed = any(cell.tag == "th" for line in lines for cell in line)
    if len(lines) < _FEWEST or not (headed or _is_even(table, lines)):
        return []
    written: list[list[tuple[str, int, int]]] = []
    for line in lines:
        row = []
        for cell in line:
            words = _words_of(cell, first=not written, headed=headed)
            if words is None:
                return []
            row.append((words, _span(cell, "rowspan"), _span(cell, "colspan")))
        written.append(row)
    rows = spread(written)
    return rows if rows and len(rows[0]) >= _FEWEST else []


def _words_of(cell: Any, *, first: bool, headed: bool) -> str | None:
    """What stands in a cell; None where it is more than a table of data has in one."""
    inside = Page()
    _walk(cell, inside, tables=False)
    words = inside.text().strip()
    if not headed and cell.css_first(_LAID_OUT) is not None:
        return None
    plain = _LONGEST_PLAIN if cell.css_first("table") is None else _LONGEST_NESTED
    longest = _LONGEST_CELL if headed else plain
    titled = [heading.title for heading in inside.headings]
    return None if len(words) > longest or (titled and not (first and titled == [words])) else words


def _is_even(table: Any, lines: list[list[Any]]) -> bool:
    """Whether a table without header cells may be one of data: as many places in every row, and not called layout."""
    if (table.attributes.get("role") or "").strip().lower() in _PLACING:
        return False
    places = [0] * len(lines)
    for number, line in enumerate(lines):
        for cell in line:
            across = _span(cell, "colspan")
            for down in range(min(_span(cell, "rowspan"), len(lines) - number)):
                places[number + down] += across
    return len(set(places)) == 1


def _lines(table: Any) -> list[list[Any]]:
    """The cells of each row that is seen, not those of tables inside."""
    parts = [part for child in table.iter() for part in (child.iter() if child.tag in _GROUPS else (child,))]
    return [
        [cell for cell in line.iter() if cell.tag in _CELLS and not _is_hidden(cell)]
        for line in parts
        if line.tag == "tr" and not _is_hidden(line)
    ]


def _span(cell: Any, name: str) -> int:
    """How many places a cell covers one way."""
    value = (cell.attributes.get(name) or "").strip()
    return min(max(int(value), 1), MOST_ACROSS) if value.isascii() and value.isdigit() and len(value) < _FIGURES else 1


def _walk(node: Any, page: Page, *, tables: bool = True) -> None:
    """Add what `node` shows. Depth is bounded by an explicit stack, not by Python's.

    With `tables`, those of data are Markdown rows; without, the cells of a row follow one another. So do those of a
    table deep inside others, because each of these looks at all that it holds.
    """
    # An element to enter, or the tag and the mark of one to leave; how deep in tables it is.
    stack: list[tuple[Any, str, int, bool, int]] = [(node, "", 0, False, 0 if tables else _DEEPEST_TABLE)]
    while stack:
        current, leaving, mark, preformatted, depth = stack.pop()
        if leaving:
            _leave(leaving, mark, page)
            continue
        tag = current.tag or "-instruction"  # a processing instruction has none
        if tag == "-text":
            _text(current.text(deep=False) or "", page, preformatted=preformatted)
        elif tag == "br":
            page.line_break(preformatted=preformatted)
        elif tag in _DROPPED or tag.startswith(("-", "_")) or _is_hidden(current):
            continue
        elif tag == "table" and depth < _DEEPEST_TABLE and (rows := _data_table(current)):
            for caption in (child for child in current.iter() if child.tag == "caption"):
                _walk(caption, page, tables=False)
            page.add_block(grid_text(rows))
        else:
            _enter(tag, page)
            inside = preformatted or tag in _PREFORMATTED
            depth += tag == "table"
            stack.append((None, tag, page.mark(), inside, depth))
            stack.extend((child, "", 0, inside, depth) for child in reversed(list(current.iter(include_text=True))))


def _enter(tag: str, page: Page) -> None:
    if tag in _LISTS:
        page.open_list(numbered=tag == "ol")
    elif tag in _BLOCKS:
        page.separate(BLANK)
    elif tag in _LINES:
        page.separate(NEWLINE)
    if tag == "li":
        page.open_item()
    elif tag == "tr":
        page.open_row()
    elif tag in _CELLS:
        page.open_cell()


def _leave(tag: str, mark: int, page: Page) -> None:
    if _HEADING.fullmatch(tag):
        page.close_heading(mark, int(tag[1]))
    if tag in _PREFORMATTED:
        page.trim()
    if tag in _LISTS:
        page.close_list()
    elif tag == "tr":
        page.close_row()
    elif tag in _CELLS:
        page.close_cell()
    elif tag in _LINES or tag == "dt":
        page.separate(NEWLINE)
    elif tag in _BLOCKS:
        page.separate(BLANK)


def _text(text: str, page: Page, *, preformatted: bool) -> None:
    shown = text.replace("\u00ad", "")  # a soft hyphen shows at the end of a line only
    if preformatted:
        page.add(shown.replace("\r", ""))
    else:
        page.add_flowing(_SPACE.sub(" ", shown))


def _is_hidden(node: Any) -> bool:
    attributes = node.attributes
    style = attributes.get("style") or ""
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or bool(_HIDDEN_STYLE.search(style))
        or _is_unreadable(style)
    )


def _is_unreadable(style: str) -> bool:
    """Whether a style gives letters no colour, or that of the ground that it gives them."""
    colours = {name.lower(): value.lower().replace(" ", "") for name, value in _COLOUR.findall(style)}
    front, ground = (_SAME.get(colour, colour) for colour in (colours.get("color", ""), colours.get("background", "")))
    return front == "transparent" or (front not in _NO_COLOURS and front == ground)
