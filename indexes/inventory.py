"""What is in an index, document by document, counted for a report on its coverage. Knows nothing about folders."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from ragsys.indexes import schema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Connection

__all__ = ["Item", "inventory"]

_NO_PAGES = "[]"


@dataclass(frozen=True, slots=True)
class Item:
    """A document: its pages, those without text, its passages, and characters of its text that no passage covers."""

    source: str
    parser: str
    passages: int
    pages: int
    blank_pages: int
    uncovered: int


def inventory(connection: Connection, *conditions: ColumnElement[bool]) -> Iterator[Item]:
    """Every document that meets the conditions, by source; the text of one with pages is read, one at a time."""
    document, passage = schema.document.c, schema.passage.c
    before = func.lag(passage.end, 1, 0).over(partition_by=passage.document, order_by=passage.ordinal)
    gaps = select(passage.document, passage.end, func.max(passage.start - before, 0).label("gap")).subquery()
    covered = (
        select(
            gaps.c.document,
            func.count().label("passages"),
            func.max(gaps.c.end).label("last"),
            func.sum(gaps.c.gap).label("gap"),
        )
        .group_by(gaps.c.document)
        .subquery()
    )
    rows = connection.execute(
        select(
            document.key,
            document.source,
            document.parser,
            document.page_starts,
            func.coalesce(covered.c.passages, 0),
            func.length(document.text) - func.coalesce(covered.c.last, 0) + func.coalesce(covered.c.gap, 0),
        )
        .outerjoin(covered, covered.c.document == document.key)
        .where(*conditions)
        .order_by(document.source)
    )
    for key, source, parser, page_starts, passages, uncovered in rows:
        pages, blank = 0, 0
        if page_starts != _NO_PAGES:
            text = connection.execute(select(document.text).where(document.key == key)).scalar_one()
            starts = json.loads(page_starts)
            pages = len(starts)
            edges = [*starts, len(text)]
            blank = sum(not text[edges[n] : edges[n + 1]].strip() for n in range(pages))
        yield Item(source, parser, passages, pages, blank, uncovered)
