"""What of a passage can be evidence by itself: its sentences, and of a table each row, with the header above it.

A table is two or more lines that begin with a pipe, as Markdown writes it and all parsers here. Where a passage begins
below the header of its table, the header is the last of its headings. Knows nothing of questions.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragsys.sentences import iter_sentence_spans
from ragsys.types import table_header

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["units_of"]

_ROWS = re.compile(r"^(?: {0,3}\|[^\n]*(?:\n|\Z))+", re.MULTILINE)
_ROW = re.compile(r"[^\n]*(?:\n|\Z)")
_RULE = re.compile(r" {0,3}\|(?: *:?-+:? *\|)+\s*")
# The end of a row that was too long for the passage before.
_REST = re.compile(r"[^\n|][^\n]*\|[ \t]*(?:\n|\Z)")


def units_of(text: str, heading: Sequence[str] = ()) -> Iterator[tuple[int, int, str]]:
    """The sentences and rows of a passage in their order, each as its span of `text` and the header that it is below.

    A sentence has the header "", as have a header itself and the rows of a table without one. The line between a header
    and the rows is left out; but for it, the spans tile the text.
    """
    header = table_header(heading)
    rest = _REST.match(text) if header else None
    at = first = rest.end() if rest is not None else 0
    if first:
        yield 0, first, header
    for run in _ROWS.finditer(text, at):
        rows = [match.span() for match in _ROW.finditer(text, run.start(), run.end()) if match.group()]
        above = "" if text[first : run.start()].strip() else header
        ruled = len(rows) > 1 and _is_rule(text, rows[1])
        if not (above or ruled or _closed(text, rows)):
            continue
        yield from ((start, end, "") for start, end in iter_sentence_spans(text, at, run.start()))
        if ruled:
            above = text[slice(*rows[0])].strip()
        for number, row in enumerate(rows):
            if not _is_rule(text, row):
                yield *row, "" if ruled and not number else above
        at = run.end()
    yield from ((start, end, "") for start, end in iter_sentence_spans(text, at, len(text)))


def _is_rule(text: str, row: tuple[int, int]) -> bool:
    return _RULE.fullmatch(text, *row) is not None


def _closed(text: str, rows: Sequence[tuple[int, int]]) -> bool:
    """Whether lines without a rule are rows: two or more that end with a pipe, as few lines of code or verse do."""
    return len(rows) > 1 and all(text[start:end].rstrip().endswith("|") for start, end in rows)
