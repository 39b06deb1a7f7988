"""PowerPoint presentations: slide by slide, titles as headings, shapes from top to bottom and from left to right.

Speaker notes follow their slide. Left out: hidden slides and shapes, which their author took back; numbers, dates and
footers of slides, which repeat; comments. `hidden` in the metadata counts
hidden slides. A page is a slide, and a place as well.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ragsys.errors import DocumentError, NoTextError, OfficeDamagedError
from ragsys.ingest.parsers.charts import chart_text, diagram_text
from ragsys.ingest.parsers.office import Package, parse_xml, properties
from ragsys.ingest.parsers.pieces import Pieces
from ragsys.ingest.parsers.pptx_text import lines_of, shape_styles
from ragsys.ingest.parsers.slides import in_reading_order, with_pages
from ragsys.ingest.parsers.tables import grid_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragsys.types import Extraction

__all__ = ["PptxParser"]

_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_TITLES = frozenset({"title", "ctrTitle"})
_REPEATED = frozenset({"sldNum", "dt", "ftr", "hdr"})
_LONGEST_TITLE = 120
# Groups in groups: deeper ones than any program nests are read no further.
_DEEPEST = 50


class PptxParser:
    """Opens the package with python-pptx, which knows where a shape is whose layout places it."""

    name = "pptx"

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """The presentation. Raises `NoTextError`, and what `Package` raises."""
        import pptx

        package = Package(data, name)
        title, metadata = properties(package.xml("docProps/core.xml"))
        pieces = Pieces()
        hidden = 0
        try:
            presentation = pptx.Presentation(package.plain("pptx"))
            slides = list(presentation.slides)
            for number, slide in enumerate(slides, 1):
                if slide._element.get("show") in {"0", "false"}:  # noqa: SLF001  # python-pptx has no name for it
                    hidden += 1
                else:
                    _slide(slide, number, pieces, name)
        except DocumentError:
            raise
        except Exception as error:
            raise OfficeDamagedError(f"{name} cannot be read as a presentation ({type(error).__name__})") from error
        if not pieces:
            raise NoTextError(f"none of the {len(slides)} slides of {name} shows text")
        first = pieces.headings[0].title if pieces.headings else None
        if hidden:
            metadata["hidden"] = f"{hidden} slide{'s' * (hidden > 1)}"
        return with_pages(pieces.result(title or first, metadata), len(slides))


def _slide(slide: Any, number: int, pieces: Pieces, name: str) -> None:
    """What a slide shows, then what its speaker notes say."""
    shapes = list(in_reading_order(slide.shapes, _box))
    titles = [shape for shape in shapes if _role(shape) in _TITLES and shape.text_frame.text.strip()]
    blocks = [block for shape in shapes if shape not in titles for block in _shape(shape, slide, name)]
    if slide.has_notes_slide:
        notes = slide.notes_slide.notes_text_frame
        said = [] if notes is None else lines_of(notes._txBody, ())  # noqa: SLF001
        blocks += ["Notes:", *said] if said else []
    if not titles and not blocks:
        return
    pieces.place("slide", number)
    if titles:
        pieces.heading(1, " ".join(shape.text_frame.text for shape in titles))
    else:
        # Without a heading of its own it would stand under that of the slide before.
        first = blocks[0]
        if len(first) <= _LONGEST_TITLE and "\n" not in first and not first.startswith(("- ", "|")):
            del blocks[0]
            pieces.heading(1, first)
        else:
            pieces.heading(1, f"Slide {number}")
    for block in blocks:
        pieces.paragraph(block)


def _box(shape: Any) -> tuple[int, int, int] | None:
    """Top, left and height of a shape that is placed."""
    try:
        return None if shape.top is None else (shape.top, shape.left or 0, shape.height or 0)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def _role(shape: Any) -> str:
    """What a placeholder is for: "title", "body", "sldNum"; "" for another shape."""
    found = shape._element.find(f".//{_P}nvPr/{_P}ph")  # noqa: SLF001
    return "" if found is None else found.get("type", "obj")


def _shape(shape: Any, slide: Any, name: str, depth: int = 0) -> Iterator[str]:
    """The blocks of a shape: paragraphs, lists, tables, and what is in a group."""
    element = shape._element  # noqa: SLF001
    hidden = element.find(f"./*/{_P}cNvPr")
    if (hidden is not None and hidden.get("hidden") in {"1", "true"}) or _role(shape) in _REPEATED:
        return
    if element.tag == f"{_P}grpSp":
        if depth < _DEEPEST:
            for inner in in_reading_order(shape.shapes, _box):
                yield from _shape(inner, slide, name, depth + 1)
    elif getattr(shape, "has_text_frame", False):
        yield from lines_of(shape.text_frame._txBody, shape_styles(shape, slide))  # noqa: SLF001
    elif getattr(shape, "has_table", False):
        yield from filter(None, [_table(shape.table)])
    else:
        yield from filter(None, _drawn(element, slide, name))


def _drawn(element: Any, slide: Any, name: str) -> Iterator[str]:
    """A chart, a diagram, or the text of a shape that python-pptx does not know."""
    for found in element.iter("{*}chart", "{*}relIds", f"{_P}txBody"):
        if found.tag == f"{_P}txBody":
            yield from lines_of(found, ())
            continue
        key = found.get(f"{_R}id") or found.get(f"{_R}dm")
        if key is None or key not in slide.part.rels:
            continue
        root = parse_xml(slide.part.related_part(key).blob, name, "a chart")
        yield chart_text(root) or diagram_text(root)


def _table(table: Any) -> str:
    """The table, its merged cells in every place that they cover."""
    rows = len(table.rows)
    columns = len(table.columns)
    grid: list[list[tuple[object, str]]] = [[((row, column), "") for column in range(columns)] for row in range(rows)]
    for row in range(rows):
        for column in range(columns):
            cell = table.cell(row, column)
            if cell.is_spanned:
                continue
            text = " ".join(lines_of(cell._tc.txBody, ())) if cell._tc.txBody is not None else ""  # noqa: SLF001
            for down in range(row, min(row + cell.span_height, rows)):
                for right in range(column, min(column + cell.span_width, columns)):
                    grid[down][right] = ((row, column), text)
    return grid_text(grid)
