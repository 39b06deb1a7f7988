"""What presentations of all formats have in common: the order in which shapes are read, and pages that are slides."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ragsys.types import Extraction

__all__ = ["in_reading_order", "with_pages"]

Shape = TypeVar("Shape")


def in_reading_order(
    shapes: Iterable[Shape], box: Callable[[Shape], tuple[float, float, float] | None]
) -> Iterator[Shape]:
    """From top to bottom; shapes side by side are a row, read from left to right.

    `box` gives the top, the left edge and the height of a shape, None for one that is placed nowhere: it is read after
    the shape before it. A shape belongs to a row if it begins above the middle of the row's first.
    """
    known: list[tuple[float, float, float, Shape]] = []
    for shape in shapes:
        known.append((*(box(shape) or (known[-1][:3] if known else (0.0, 0.0, 0.0))), shape))
    row: list[tuple[float, float, float, Shape]] = []
    for entry in sorted(known, key=lambda entry: entry[0]):
        if row and entry[0] >= row[0][0] + row[0][2] / 2:
            yield from _from_left(row)
            row = []
        row.append(entry)
    yield from _from_left(row)


def with_pages(extraction: Extraction, slides: int) -> Extraction:
    """The same with a page for each slide; one that shows no text begins where the next does."""
    begins = {int(place.first): place.start for place in extraction.places}
    starts: list[int] = []
    after = len(extraction.text) - 1
    for number in range(slides, 0, -1):
        after = begins.get(number, after)
        starts.append(after)
    return replace(extraction, page_starts=(0, *starts[-2::-1]))


def _from_left(row: list[tuple[float, float, float, Shape]]) -> Iterator[Shape]:
    return (shape for *_, shape in sorted(row, key=lambda entry: entry[1]))
