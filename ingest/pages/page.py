"""A page from pdfium to its text: lines, tables, columns, reading order, paragraphs.

Pages are read one by one and put into words together, because what repeats on several is left out, and how a divided
word is written shows elsewhere in the document. Knows nothing about documents.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ragsys.ingest.pages.characters import HYPHEN, characters, lines, text_of
from ragsys.ingest.pages.paragraphs import running_text
from ragsys.ingest.pages.reading_order import Block, blocks, in_columns, in_reading_order
from ragsys.ingest.pages.ruled_tables import ruled_tables
from ragsys.ingest.pages.running_heads import running_heads
from ragsys.ingest.parsers.tables import markdown_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragsys.ingest.pages.characters import Characters

__all__ = ["Page", "page_texts", "read_page"]

_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
# Bounded, or a word of a million letters would be tried from each of them.
_DIVIDED = re.compile(rf"([^\W_]{{0,60}}+){HYPHEN}([^\W_]*+)")


@dataclass(frozen=True, slots=True)
class Page:
    """The blocks of a page in reading order; the places of the characters are those of `characters`."""

    characters: Characters
    blocks: tuple[Block, ...]


def read_page(page: Any) -> Page:
    """An upright page of a PDF. Raises what pdfium does."""
    text_page = page.get_textpage()
    try:
        found = characters(text_page, page.get_bbox())
        all_lines = lines(found, text_page)
        tables = ruled_tables(page, found, all_lines)
    finally:
        text_page.close()
    taken = {number for table in tables for number in table.lines}
    ordered = blocks(in_columns(found, [line for number, line in enumerate(all_lines) if number not in taken]))
    for table in tables:
        members = [all_lines[number] for number in sorted(table.lines)]
        at = next((i for i, block in enumerate(ordered) if block.lines[0].start > members[0].start), len(ordered))
        ordered.insert(at, Block(members, table.box, markdown_table(table.rows)))
    return Page(found, tuple(in_reading_order(found, ordered)))


def page_texts(pages: Sequence[Page]) -> list[str]:
    """The text of each page, without running heads."""
    shown = [
        [(text_of(page.characters, line), line) for block in page.blocks if block.table is None for line in block.lines]
        for page in pages
    ]
    texts = []
    for page, all_lines, repeated in zip(pages, shown, running_heads(shown), strict=True):
        heads = {all_lines[number][1].start for number in repeated}
        kept = [block.without(heads) for block in page.blocks]
        texts.append(running_text(page.characters, [block for block in kept if block.lines]))
    return _whole_words(texts)


def _whole_words(texts: Sequence[str]) -> list[str]:
    """Texts with the words that lines divided put together, with a hyphen where the pages show that it is one's own."""
    words: set[str] = set()
    for text in texts:
        words.update(_WORD.findall(_DIVIDED.sub(" ", text).lower()))

    def whole(match: re.Match[str]) -> str:
        first, second = match.groups()
        joined, linked = (first + second).lower(), f"{first}-{second}".lower()
        if not second[:1].islower() or linked in words:
            own = bool(second) and joined not in words
        else:
            # Both halves are words and the whole is not: "long-" and "term".
            own = joined not in words and first.lower() in words and second.lower() in words
        return f"{first}-{second}" if own else first + second

    return [_DIVIDED.sub(whole, text) if HYPHEN in text else text for text in texts]
