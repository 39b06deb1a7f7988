"""Charts and diagrams of Open XML (DrawingML): what their titles, categories, series and shapes say.

Numbers are those that the document shows: the values kept with the chart, not the workbook that is embedded in it.
"""

from __future__ import annotations

from typing import Any

from ragsys.ingest.parsers.tables import markdown_table

__all__ = ["chart_text", "diagram_text"]

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
_DGM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
# More points than a reader could tell apart are a picture, not a table.
_MOST_POINTS = 1000
_DIGITS = 12


def chart_text(root: Any) -> str:
    """The title as a paragraph, then a table: a row for each category, a column for each series; "" for no chart."""
    chart = None if root is None else root.find(f"{_C}chart")
    if chart is None:
        return ""
    title = _words(chart.find(f"{_C}title"))
    series = [one for one in chart.iter(f"{_C}ser") if isinstance(one.tag, str)]
    names = [_name(one, number) for number, one in enumerate(series, 1)]
    columns = [_points(one.find(f"{_C}val"), one.find(f"{_C}yVal")) for one in series]
    categories: dict[int, str] = {}
    for one in series:
        categories = _points(one.find(f"{_C}cat"), one.find(f"{_C}xVal")) | categories
    rows = sorted({at for column in (categories, *columns) for at in column})[:_MOST_POINTS]
    table = [["", *names]]
    table += [[categories.get(at, str(at + 1)), *(column.get(at, "") for column in columns)] for at in rows]
    axes = [
        words
        for axis in chart.iter(f"{_C}catAx", f"{_C}valAx", f"{_C}dateAx")
        if (words := _words(axis.find(f"{_C}title")))
    ]
    paragraphs = [title, ", ".join(axes), markdown_table(table) if any(columns) else ""]
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def diagram_text(root: Any) -> str:
    """The words of each shape of a diagram (SmartArt's data model) as a list, in the order of the model."""
    if root is None:
        return ""
    shapes = (_words(point) for point in root.iter(f"{_DGM}pt"))
    return "\n".join(f"- {words}" for words in shapes if words)


def _words(element: Any) -> str:
    if element is None:
        return ""
    paragraphs = ("".join(text.text or "" for text in one.iter(f"{_A}t")) for one in element.iter(f"{_A}p"))
    return " ".join(" ".join(paragraphs).split())


def _name(series: Any, number: int) -> str:
    words = [value.text or "" for value in series.findall(f"{_C}tx//{_C}v")]
    return " ".join(words).strip() or f"{number}"


def _points(*sources: Any) -> dict[int, str]:
    """The values kept of the first source that is there, by index; those of several levels joined."""
    source = next((one for one in sources if one is not None), None)
    found: dict[int, str] = {}
    for point in [] if source is None else source.iter(f"{_C}pt"):
        value = point.findtext(f"{_C}v") or ""
        index = point.get("idx", "")
        if index.isdigit():
            at = int(index)
            found[at] = f"{value.strip()} {found[at]}" if at in found else _shown(value.strip())
    return found


def _shown(value: str) -> str:
    """A number without the noise of its last binary digits."""
    if "." not in value:
        return value
    try:
        return f"{float(value):.{_DIGITS}g}"
    except ValueError:
        return value
