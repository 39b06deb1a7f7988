"""Text laid out as it is written: what separates two pieces is decided when the second one comes.

Paragraphs are separated by a blank line, list items and table rows by a newline. Knows nothing about HTML.
"""

from __future__ import annotations

import re

from ragsys.types import Heading

__all__ = ["BLANK", "NEWLINE", "Page"]

# What is to separate two pieces, the stronger the larger.
_NOTHING = 0
_SPACE = 1
NEWLINE = 2
BLANK = 3
_SEPARATORS = ("", " ", "\n", "\n\n")
_CELL = " | "
_INDENT = "  "
_SPACES = re.compile(r"\s+")
_LONGEST_TITLE = 300


class Page:
    """The text so far, in pieces, and the headings in it."""

    def __init__(self) -> None:
        self.headings: list[Heading] = []
        self._pieces: list[str] = []
        self._length = 0
        self._pending = _NOTHING
        self._prefix = ""
        # Nothing has been written in this item or cell: a block that begins it separates nothing.
        self._fresh = False
        self._lists: list[int | None] = []
        self._rows: list[int] = []
        self._cells = 0

    def text(self) -> str:
        """Everything, with one newline at the end."""
        return "".join(self._pieces).rstrip() + "\n"

    def mark(self) -> int:
        """A place to come back to."""
        return len(self._pieces)

    def add(self, text: str) -> None:
        """Write `text` as it is."""
        if not text:
            return
        separator = _SEPARATORS[self._pending] if self._pieces else ""
        if self._cells:
            separator = separator.rstrip(" ") + _CELL * self._cells
        for piece in (separator + self._prefix, text):
            if piece:
                self._pieces.append(piece)
                self._length += len(piece)
        self._pending, self._prefix, self._fresh, self._cells = _NOTHING, "", False, 0

    def add_block(self, text: str) -> None:
        """Write lines that stand by themselves, in a cell or an item as well."""
        self._pending, self._cells = BLANK, 0
        self.add(text)
        self.separate(BLANK)

    def add_flowing(self, text: str) -> None:
        """Write text whose runs of white space are single spaces; those at its ends separate, and no more."""
        if text.startswith(" "):
            self.separate(_SPACE)
        self.add(text.strip())
        if len(text) > 1 and text.endswith(" "):
            self.separate(_SPACE)

    def separate(self, how: int) -> None:
        """Keep what comes apart from what is written, at least by `how`."""
        if not self._fresh:
            self._pending = max(self._pending, how)

    def line_break(self, *, preformatted: bool) -> None:
        """A new line; two of them are a blank line."""
        if preformatted:
            self.add("\n")
        elif not self._fresh:
            self._pending = BLANK if self._pending >= NEWLINE else NEWLINE

    def trim(self) -> None:
        """Take white space off the end of what is written."""
        while self._pieces and self._pieces[-1].isspace():
            self._length -= len(self._pieces.pop())
        if self._pieces:
            kept = self._pieces[-1].rstrip()
            self._length -= len(self._pieces[-1]) - len(kept)
            self._pieces[-1] = kept

    def close_heading(self, mark: int, level: int) -> None:
        """What was written since `mark` is a heading, if anything was; one around other headings is none."""
        body = "".join(self._pieces[mark:])
        words = body.lstrip()
        start = self._length - len(words)
        if words and not (self.headings and self.headings[-1].start >= start):
            title = _SPACES.sub(" ", words[:_LONGEST_TITLE]).strip()
            self.headings.append(Heading(start, level, title))

    def open_list(self, *, numbered: bool) -> None:
        """Items follow, further in than those of the list around them."""
        self.separate(NEWLINE if self._lists else BLANK)
        self._lists.append(0 if numbered else None)

    def close_list(self) -> None:
        """The list is over."""
        if self._lists:
            self._lists.pop()
        self.separate(NEWLINE if self._lists else BLANK)

    def open_item(self) -> None:
        """An item of the list at hand follows."""
        mark = "-"
        if self._lists and (number := self._lists[-1]) is not None:
            self._lists[-1] = number + 1
            mark = f"{number + 1}."
        self._prefix = f"{_INDENT * max(len(self._lists) - 1, 0)}{mark} "
        self._fresh = True

    def open_row(self) -> None:
        """A row of cells follows."""
        self._rows.append(0)

    def open_cell(self) -> None:
        """A cell follows; an empty one keeps its place."""
        if self._rows:
            self._cells += self._rows[-1] > 0
            self._rows[-1] += 1
        self._fresh = True

    def close_cell(self) -> None:
        """The cell is over: what follows is another one, or the end of the row."""
        if not self._fresh:
            self._pending = _NOTHING

    def close_row(self) -> None:
        """The row is over; empty cells at its end are left out."""
        if self._rows:
            self._rows.pop()
        self._cells, self._fresh = 0, False
        self.separate(NEWLINE)
