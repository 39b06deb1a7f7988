"""Jupyter notebooks (nbformat 3 and 4): Markdown as it is, code and what it printed in fences, a place a cell."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from ragsys.errors import NestedTooDeeplyError, NoTextError
from ragsys.ingest.encoding import decode
from ragsys.ingest.parsers.json_records import JsonParser
from ragsys.ingest.parsers.markdown import headings_of
from ragsys.ingest.parsers.pieces import Pieces
from ragsys.types import Extraction

if TYPE_CHECKING:
    from ragsys.types import Scalar

__all__ = ["NotebookParser"]

_FENCE = re.compile(r"^\s*(`{3,})", re.MULTILINE)
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_OVERWRITTEN = re.compile(r"^[^\n]*\r(?=[^\n])", re.MULTILINE)
# What a cell printed tells what it does; a log of an hour does not.
_LONGEST_OUTPUT = 2000
_LANGUAGE = re.compile(r"[\w+#.-]{1,40}")


class NotebookParser:
    """A notebook; JSON that is none is read as JSON."""

    name = "notebook"

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """The cells in order. Raises `NoTextError` where they are empty, `DocumentError` where JSON is too deep."""
        try:
            notebook = json.loads(decode(data, name))
        except ValueError:
            notebook = None
        except RecursionError:
            raise NestedTooDeeplyError(f"{name} nests its values too deep") from None
        cells = _cells(notebook)
        if cells is None:
            return JsonParser().parse(data, name=name)
        about = _mapping(notebook.get("metadata"))
        language = _language(about)
        pieces = Pieces()
        for number, cell in enumerate(cells, 1):
            pieces.place("cell", number)
            _write(pieces, _mapping(cell), language)
        if not pieces:
            raise NoTextError(f"{name} has no cell that holds anything")
        title = " ".join(_joined(about.get("title")).split())
        headed = pieces.headings[0].title if pieces.headings else None
        return pieces.result(title or headed, _metadata(about, language))


def _cells(notebook: Any) -> list[Any] | None:
    """The cells, in the older format those of all its sheets; None where this is no notebook."""
    if not isinstance(notebook, dict) or "nbformat" not in notebook:
        return None
    if isinstance(notebook.get("cells"), list):
        return list(notebook["cells"])
    sheets = notebook.get("worksheets")
    if not isinstance(sheets, list):
        return None
    return [cell for sheet in sheets for cell in _list(_mapping(sheet).get("cells"))]


def _write(pieces: Pieces, cell: dict[str, Any], language: str) -> None:
    source = _joined(cell.get("source", cell.get("input"))).replace("\r", "\n")
    kind = cell.get("cell_type")
    if kind == "heading":  # nbformat 3
        level = cell.get("level")
        pieces.heading(level if isinstance(level, int) and level > 0 else 1, source)
    elif kind == "code":
        if source.strip():
            pieces.paragraph(_fenced(source, language))
        for output in _list(cell.get("outputs")):
            shown = _output(_mapping(output))
            if shown.strip():
                pieces.paragraph(_fenced(shown, ""))
    else:
        pieces.graft(Extraction(source, headings=tuple(headings_of(source))))


def _output(output: dict[str, Any]) -> str:
    """What an output shows as text, up to a limit; a picture shows nothing."""
    if "ename" in output:
        text = f"{_joined(output.get('ename'))}: {_joined(output.get('evalue'))}"
    else:
        data = _mapping(output.get("data")) or output
        text = _joined(data.get("text") or data.get("text/markdown") or data.get("text/plain"))
    text = _OVERWRITTEN.sub("", _ESCAPES.sub("", text)).replace("\r", "\n").strip("\n").rstrip()
    if len(text) <= _LONGEST_OUTPUT:
        return text
    cut = text.rfind("\n", 0, _LONGEST_OUTPUT)
    return f"{text[: cut if cut > 0 else _LONGEST_OUTPUT].rstrip()}\n..."


def _fenced(text: str, language: str) -> str:
    """Text in a fence that is longer than any in it."""
    longest = max((len(mark) for mark in _FENCE.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{text.strip(chr(10))}\n{fence}"


def _language(about: dict[str, Any]) -> str:
    """The kernel's language, as a fence names it."""
    for key, inside in (("language_info", "name"), ("kernelspec", "language")):
        named = _mapping(about.get(key)).get(inside)
        if isinstance(named, str) and _LANGUAGE.fullmatch(named):
            return named.lower()
    return ""


def _metadata(about: dict[str, Any], language: str) -> dict[str, Scalar]:
    found: dict[str, Scalar] = {"programming_language": language} if language else {}
    names = [_mapping(author).get("name") for author in _list(about.get("authors"))]
    author = ", ".join(name for name in names if isinstance(name, str))
    return {**found, "author": author} if author else found


def _joined(source: Any) -> str:
    """A source, which is a string or a list of its lines."""
    text = "".join(line for line in source if isinstance(line, str)) if isinstance(source, list) else source
    if not isinstance(text, str):
        return ""
    text = text.replace("\0", "").replace("\r\n", "\n")
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
