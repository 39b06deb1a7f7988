"""Tables whose cells are ruled: the grid that lines and boxes draw on a page, and what stands in each cell.

Only a grid with lines in both directions counts, at least two rows by two columns, most cells of it filled: without
rules, columns of numbers and columns of text look the same. A cell that spans others stands in the first of them.
"""

from __future__ import annotations

import ctypes
from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ragsys.ingest.pages.characters import HYPHEN, Box, stored

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ragsys.ingest.pages.characters import Characters, Line

__all__ = ["RuledTable", "ruled_tables"]

# Points: a rule is at most so thick and at least so long; rules that are closer than this are one.
_THICK, _LONG, _SAME = 3.0, 6.0, 3.0
# Pages with more drawings than this hold a map or a chart.
_MOST_OBJECTS, _MOST_RULES, _MOST_CELLS = 4_000, 1_500, 2_000
# The least share of cells with something in them, and the most characters in one: a frame around text is no cell.
_FILLED, _LONGEST = 0.5, 800
# A frame around columns of text is no cell either; at most this share of the characters may be in one.
_GAP, _FRAMED = 2.5, 0.3
_PATH = 2
_RECTANGLE = 6


@dataclass(frozen=True, slots=True)
class RuledTable:
    """The rows of a table, where it is, and the numbers of the lines that it is made of."""

    rows: tuple[tuple[str, ...], ...]
    box: Box
    lines: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Rule:
    """A line across (or down): at `at`, from `start` to `end` in the other direction."""

    at: float
    start: float
    end: float


def ruled_tables(page: Any, found: Characters, lines: Sequence[Line]) -> list[RuledTable]:
    """The tables of a page, none of which cuts through a line of text."""
    across, down = _rules(page)
    if len(across) < 3 or len(down) < 3 or len(across) + len(down) > _MOST_RULES:  # noqa: PLR2004 - two rows, two columns
        return []
    tables = []
    for some_across, some_down in _grids(across, down):
        table = _table(found, lines, some_across, some_down)
        if table is not None:
            tables.append(table)
    return tables


def _rules(page: Any) -> tuple[list[_Rule], list[_Rule]]:
    """Every straight line across, and every one down, that a page draws."""
    from pypdfium2 import raw

    across: list[_Rule] = []
    down: list[_Rule] = []
    count = raw.FPDFPage_CountObjects(page.raw)
    if count > _MOST_OBJECTS:
        return [], []
    segments = 0
    bounds = [ctypes.c_float() for _ in range(4)]
    for index in range(count):
        drawn = raw.FPDFPage_GetObject(page.raw, index)
        if raw.FPDFPageObj_GetType(drawn) != _PATH or not raw.FPDFPageObj_GetBounds(drawn, *bounds):
            continue
        left, bottom, right, top = (bound.value for bound in bounds)
        if top - bottom <= _THICK:
            if right - left >= _LONG:
                across.append(_Rule((top + bottom) / 2, left, right))
        elif right - left <= _THICK:
            if top - bottom >= _LONG:
                down.append(_Rule((left + right) / 2, bottom, top))
        elif raw.FPDFPath_CountSegments(drawn) <= _RECTANGLE:
            across += [_Rule(bottom, left, right), _Rule(top, left, right)]
            down += [_Rule(left, bottom, top), _Rule(right, bottom, top)]
        elif (segments := segments + raw.FPDFPath_CountSegments(drawn)) <= _MOST_OBJECTS:
            _add_segments(drawn, across, down)
    return across, down


def _add_segments(drawn: Any, across: list[_Rule], down: list[_Rule]) -> None:
    """The straight lines of a path that draws many of them."""
    from pypdfium2 import raw

    matrix = raw.FS_MATRIX()
    if not raw.FPDFPageObj_GetMatrix(drawn, matrix):
        return
    x, y = ctypes.c_float(), ctypes.c_float()
    before = (0.0, 0.0)
    for index in range(raw.FPDFPath_CountSegments(drawn)):
        segment = raw.FPDFPath_GetPathSegment(drawn, index)
        if not raw.FPDFPathSegment_GetPoint(segment, x, y):
            continue
        here = (
            matrix.a * x.value + matrix.c * y.value + matrix.e,
            matrix.b * x.value + matrix.d * y.value + matrix.f,
        )
        if raw.FPDFPathSegment_GetType(segment) == raw.FPDF_SEGMENT_LINETO:
            (x0, y0), (x1, y1) = sorted((before, here))
            low, high = sorted((y0, y1))
            if high - low <= 1 and x1 - x0 >= _LONG:
                across.append(_Rule((low + high) / 2, x0, x1))
            elif x1 - x0 <= 1 and high - low >= _LONG:
                down.append(_Rule((x0 + x1) / 2, low, high))
        before = here


def _grids(across: Sequence[_Rule], down: Sequence[_Rule]) -> Iterator[tuple[list[_Rule], list[_Rule]]]:
    """Rules that touch each other, directly or through others."""
    a = np.array([(rule.at, rule.start, rule.end) for rule in across])
    d = np.array([(rule.at, rule.start, rule.end) for rule in down])
    touch = (
        (d[None, :, 0] >= a[:, None, 1] - _SAME)
        & (d[None, :, 0] <= a[:, None, 2] + _SAME)
        & (a[:, None, 0] >= d[None, :, 1] - _SAME)
        & (a[:, None, 0] <= d[None, :, 2] + _SAME)
    )
    left = set(range(len(across)))
    while left:
        rows, columns = {left.pop()}, set[int]()
        new = rows
        while new:
            reached = set(np.flatnonzero(touch[sorted(new)].any(axis=0)).tolist()) - columns
            columns |= reached
            new = set(np.flatnonzero(touch[:, sorted(reached)].any(axis=1)).tolist()) - rows if reached else set()
            rows |= new
        left -= rows
        yield [across[i] for i in rows], [down[i] for i in columns]


def _table(
    found: Characters, lines: Sequence[Line], across: Sequence[_Rule], down: Sequence[_Rule]
) -> RuledTable | None:
    """What stands in the cells of a grid, if it is a table."""
    xs, ys = _positions(down), _positions(across)
    if len(xs) < 3 or len(ys) < 3 or len(xs) * len(ys) > _MOST_CELLS:  # noqa: PLR2004 - two columns, two rows
        return None
    box = Box(xs[0], ys[0], xs[-1], ys[-1])
    members = _inside(found, lines, box)
    if not members:
        return None
    cells = _cells(xs, ys, across, down)
    units: dict[int, list[int]] = {}
    for number in sorted(members):
        line = lines[number]
        for at in range(line.start, line.end):
            if found.inked[at]:
                left, top, right, bottom = (float(value) for value in found.boxes[at])
                column = bisect_right(xs, (left + right) / 2) - 1
                row = bisect_right(ys, (top + bottom) / 2) - 1
                units.setdefault(cells[row][column], []).append(at)
    if sum(len(each) for each in units.values() if _has_columns(found, each)) > _FRAMED * sum(map(len, units.values())):
        return None
    texts = {cell: _cell_text(found, each) for cell, each in units.items()}
    distinct = len({cell for row in cells for cell in row})
    if len(texts) < _FILLED * distinct or max(map(len, texts.values())) > _LONGEST:
        return None
    width = len(xs) - 1
    rows = [[""] * width for _ in cells]
    for cell, text in texts.items():
        rows[len(cells) - 1 - cell // width][cell % width] = text
    rows = [row for row in rows if any(row)]
    used = [column for column in range(width) if any(row[column] for row in rows)]
    small = len(rows) == len(used) == 2  # noqa: PLR2004 - the axes of a chart have empty cells
    if len(rows) < 2 or len(used) < 2 or (small and len(texts) < distinct):  # noqa: PLR2004
        return None
    return RuledTable(tuple(tuple(row[column] for column in used) for row in rows), box, frozenset(members))


def _inside(found: Characters, lines: Sequence[Line], box: Box) -> set[int] | None:
    """The lines in a box; None where it cuts through one."""
    members = set()
    for number, line in enumerate(lines):
        if (
            line.box.top < box.bottom
            or line.box.bottom > box.top
            or line.box.right < box.left
            or line.box.left > box.right
        ):
            continue
        boxes = found.boxes[line.start : line.end][found.inked[line.start : line.end]]
        middle, centre = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
        inside = (middle >= box.left) & (middle < box.right) & (centre >= box.bottom) & (centre < box.top)
        if inside.all():
            members.add(number)
        elif inside.any():
            return None
    return members


def _positions(rules: Sequence[_Rule]) -> list[float]:
    """Where rules lie, those that are nearly at one place taken together; ascending."""
    found: list[list[float]] = []
    for at in sorted(rule.at for rule in rules):
        if found and at - found[-1][-1] <= _SAME:
            found[-1].append(at)
        else:
            found.append([at])
    return [sum(group) / len(group) for group in found]


def _cells(xs: Sequence[float], ys: Sequence[float], across: Sequence[_Rule], down: Sequence[_Rule]) -> list[list[int]]:
    """For each row from below, each column's cell: its own number, or that of the cell that spans it."""
    width = len(xs) - 1
    # Number of a cell -> the cell whose text it shares: the upper left one of those that no rule parts.
    owner = list(range(width * (len(ys) - 1)))

    def root(cell: int) -> int:
        while owner[cell] != cell:
            cell = owner[cell]
        return cell

    for row in range(len(ys) - 2, -1, -1):
        middle = (ys[row] + ys[row + 1]) / 2
        for column in range(width):
            cell = row * width + column
            if column and not _is_ruled(down, xs[column], middle):
                owner[root(cell)] = root(cell - 1)
            elif row < len(ys) - 2 and not _is_ruled(across, ys[row + 1], (xs[column] + xs[column + 1]) / 2):
                owner[root(cell)] = root(cell + width)
    return [[root(row * width + column) for column in range(width)] for row in range(len(ys) - 1)]


def _is_ruled(rules: Sequence[_Rule], at: float, where: float) -> bool:
    return any(abs(rule.at - at) <= _SAME and rule.start - _SAME <= where <= rule.end + _SAME for rule in rules)


def _cell_text(found: Characters, units: Sequence[int]) -> str:
    """The characters of a cell in pdfium's order, a space where something lay between two of them."""
    pieces = [found.units[units[0]]]
    for before, at in pairwise(units):
        apart = at - before > 1 or _distance(found, before, at) > 1
        if apart and pieces[-1] != HYPHEN and not (_is_wide(pieces[-1]) and _is_wide(found.units[at])):
            pieces.append(" ")
        pieces.append(found.units[at])
    return stored("".join(pieces)).strip()


def _has_columns(found: Characters, units: Sequence[int]) -> bool:
    """Whether a cell is a frame around columns of its own."""
    near = ((before, at) for before, at in pairwise(units) if at - before <= 2)  # noqa: PLR2004 - a space between them
    return any(
        _distance(found, before, at) > _GAP and found.boxes[before, 3] < found.boxes[at, 1] for before, at in near
    )


def _distance(found: Characters, before: int, at: int) -> float:
    """The space between two characters, beside or above each other, in heights of the second one."""
    left, top, right, bottom = found.boxes[at].tolist()
    left_before, top_before, right_before, bottom_before = found.boxes[before].tolist()
    across = max(left - right_before, left_before - right)
    down = max(bottom - top_before, bottom_before - top)
    return float(max(across, down) / max(top - bottom, 1.0))


def _is_wide(unit: str) -> bool:
    return "\u2e80" <= unit <= "\u9fff" or "\uf900" <= unit <= "\ufaff" or "\uff00" <= unit <= "\uffef"
