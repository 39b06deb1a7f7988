"""Plots as inline SVG, drawn by hand: bars of differences, lines, steps, and a reliability diagram.

Colours are CSS classes, so that a page decides on light and dark. Every text is escaped. Knows nothing about runs.
"""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragsys.evaluation.abstention import Bin

__all__ = ["SERIES", "bars", "lines", "reliability_diagram"]

SERIES = 6  # how many colours the page has to know: .s0 to .s5
_WIDTH, _HEIGHT = 640, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 12, 40
_WIDEST_BAR = 24
# Where the y axis of shares may begin: as high as all of them allow, so that what lies close together is told apart.
_FLOORS = (0.95, 0.9, 0.8, 0.5, 0.0)

Point = tuple[float, float]


def lines(
    series: Sequence[tuple[str, Sequence[Point]]],
    *,
    title: str,
    x_label: str,
    y_label: str,
    log_x: bool = False,
    top: float | None = None,
    floor: bool = False,
) -> str:
    """One line a series, with a legend. The y axis ends at `top`, or above the highest point, and begins at 0.

    With `floor` it begins at the highest of a few round shares below all points; the axis says which.
    """
    points = [point for _, found in series for point in found]
    if not points:
        return ""
    low, high = min(x for x, _ in points), max(x for x, _ in points)
    y_high = top if top is not None else (max(y for _, y in points) or 1.0) * 1.05

    y_low = next(share for share in _FLOORS if share <= min(y for _, y in points)) if floor else 0.0

    def place(x: float, y: float) -> Point:
        share = _share(x, low, high, log=log_x)
        height = (y - y_low) / (y_high - y_low)
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT), _TOP + (1 - height) * (_HEIGHT - _TOP - _BOTTOM)

    body = [_axis_y(y_high, y_low), _axis_x([(place(x, y_low)[0], f"{x:g}") for x in _ticks(low, high, log=log_x)])]
    legend = []
    for number, (name, found) in enumerate(series):
        colour = f"s{number % SERIES}"
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in found))
        body.append(f'<polyline class="{colour} line" points="{path}"/>')
        if len(found) <= 20:  # noqa: PLR2004 - dots only where they can be told apart
            dots = (place(*point) for point in found)
            body += [f'<circle class="{colour} dot" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>' for x, y in dots]
        legend.append(f'<span class="{colour} key">{escape(name)}</span>')
    return _figure(title, x_label, y_label, "".join(body), "".join(legend))


def bars(values: Sequence[float], *, title: str, x_label: str, y_label: str) -> str:
    """Values in descending order as bars up and down from zero."""
    ordered = sorted(values, reverse=True)
    if not ordered:
        return ""
    reach = max(abs(ordered[0]), abs(ordered[-1])) or 1.0
    middle = _TOP + (_HEIGHT - _TOP - _BOTTOM) / 2
    half = (_HEIGHT - _TOP - _BOTTOM) / 2
    width = min(_WIDEST_BAR, (_WIDTH - _LEFT - _RIGHT) / len(ordered))
    body = []
    for label, share in ((f"{reach:+.2f}", 1.0), ("0", 0.0), (f"{-reach:+.2f}", -1.0)):
        y = middle - share * half
        body.append(f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{_WIDTH - _RIGHT}" y2="{y:.1f}"/>')
        body.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{label}</text>')
    for position, value in enumerate(ordered):
        height = abs(value) / reach * half
        y = middle - height if value > 0 else middle
        kind = "up" if value > 0 else "down"
        x = _LEFT + position * width
        if height > 0:
            body.append(f'<rect class="{kind}" x="{x:.2f}" y="{y:.1f}" width="{width:.2f}" height="{height:.1f}"/>')
    return _figure(title, x_label, y_label, "".join(body), "")


def reliability_diagram(bins: Sequence[Bin], *, title: str) -> str:
    """Mean confidence against how right answers of that confidence were; the size of a dot is their number."""
    if not bins:
        return ""
    side = _HEIGHT - _TOP - _BOTTOM
    total = sum(item.count for item in bins)
    body = [_axis_y(1.0, right=_LEFT + side), _axis_x([(_LEFT + x * side, f"{x:g}") for x in (0, 0.25, 0.5, 0.75, 1)])]
    body.append(f'<line class="ideal" x1="{_LEFT}" y1="{_TOP + side}" x2="{_LEFT + side}" y2="{_TOP}"/>')
    for item in bins:
        x, y = _LEFT + item.confidence * side, _TOP + (1 - item.right) * side
        radius = 3 + 12 * math.sqrt(item.count / total)
        body.append(
            f'<circle class="s0 dot see" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}">'
            f"<title>{item.count} answers, confidence {item.confidence:.2f}, right {item.right:.2f}</title></circle>"
        )
    return _figure(title, "confidence", "right (mean F1)", "".join(body), "", right=_LEFT + side)


def _share(x: float, low: float, high: float, *, log: bool) -> float:
    if high <= low:
        return 0.5
    if log:
        return (math.log(x) - math.log(low)) / (math.log(high) - math.log(low))
    return (x - low) / (high - low)


def _ticks(low: float, high: float, *, log: bool) -> list[float]:
    """Round numbers between two values, about six of them."""
    if high <= low:
        return [low]
    if log:
        marks = [step * 10**power for power in range(-9, 10) for step in (1, 2, 5)]
        return [mark for mark in marks if low <= mark <= high]
    raw = (high - low) / 5
    power = 10 ** math.floor(math.log10(raw))
    step = next(s * power for s in (1, 2, 5, 10) if s * power >= raw)
    first = math.ceil(low / step)
    return [round(number * step, 10) for number in range(first, math.floor(high / step) + 1)]


def _axis_y(high: float, low: float = 0.0, *, right: float = _WIDTH - _RIGHT) -> str:
    found = []
    for value in _ticks(low, high, log=False):
        y = _TOP + (1 - (value - low) / (high - low)) * (_HEIGHT - _TOP - _BOTTOM)
        found.append(f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{right}" y2="{y:.1f}"/>')
        found.append(f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    return "".join(found)


def _axis_x(marks: Sequence[tuple[float, str]]) -> str:
    y = _HEIGHT - _BOTTOM + 16
    return "".join(f'<text x="{x:.1f}" y="{y}" text-anchor="middle">{escape(label)}</text>' for x, label in marks)


def _figure(title: str, x_label: str, y_label: str, body: str, legend: str, *, right: float = _WIDTH - _RIGHT) -> str:
    """The whole figure; one that is narrower than the page ends at `right`, and is not drawn larger than others."""
    middle = (_LEFT + right) / 2
    width = right + _RIGHT
    share = "" if width == _WIDTH else f' style="width:{100 * width / _WIDTH:.0f}%;min-width:17rem"'
    return (
        f"<figure><figcaption>{escape(title)}</figcaption>"
        f'<div class="plot"><svg viewBox="0 0 {width} {_HEIGHT}"{share} role="img" aria-label="{escape(title)}">{body}'
        f'<text x="{middle}" y="{_HEIGHT - 6}" text-anchor="middle">{escape(x_label)}</text>'
        f'<text x="14" y="{_HEIGHT / 2 - 14}" text-anchor="middle" transform="rotate(-90 14 {_HEIGHT / 2 - 14})">'
        f'{escape(y_label)}</text></svg></div><p class="legend">{legend}</p></figure>'
    )
