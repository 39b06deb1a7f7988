"""Source code: kept as it is, so that quotes are the code's own; each definition is a heading, each line has its place.

A definition begins with the comments and decorators before it, so that they are found together with it. Python's are
those of its own parser, those of other languages are told by how lines begin and how far they are indented.
"""

from __future__ import annotations

import ast
import re
import warnings
from pathlib import PurePath
from typing import TYPE_CHECKING

from ragsys.errors import NoTextError
from ragsys.ingest.encoding import decode, decode_declared
from ragsys.ingest.parsers.languages import LANGUAGES, language_of
from ragsys.ingest.parsers.pieces import thinned
from ragsys.types import Extraction, Heading, Place

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ragsys.ingest.parsers.languages import Language

__all__ = ["SourceParser"]

_COOKIE = re.compile(rb"\A(?:[^\n]*\n)?[ \t\f]*#[^\n]*?coding[:=][ \t]*([-\w.]{1,40})")
# A definition of Python up to the end of its name. No other statement stands before one on its line.
_NAMED = re.compile(r"[ \t\f]*(?:async(?:[ \t\f]|\\\n)+)?(?:def|class)(?:[ \t\f]|\\\n)+([^\s\\(\[:#]+)")
_TAB = 4
_LONGEST_COMMENT = 500
_LONGEST_NAMING = 8


class SourceParser:
    """Headings are the names of classes and functions, inside those that they are defined in."""

    name = "source"

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """The code as it is. `name` tells the language; one that is not known has no headings."""
        cookie = _COOKIE.match(data)
        text = decode_declared(data, cookie.group(1).decode("ascii"), name) if cookie else decode(data, name)
        if not text.strip():
            raise NoTextError(f"{name} holds nothing but white space")
        language = language_of(PurePath(name).suffix)
        lines = text.split("\n")
        starts = [0]
        for line in lines:
            starts.append(starts[-1] + len(line) + 1)
        found = _definitions(text, lines, language) if language else ()
        headings = tuple(Heading(starts[first], level, title) for first, level, title in found)
        metadata = {"programming_language": language.name} if language else {}
        return Extraction(text, headings=headings, metadata=metadata, places=thinned(tuple(_places(starts, text))))


def _definitions(text: str, lines: Sequence[str], language: Language) -> Iterator[tuple[int, int, str]]:
    """The first line (from 0), the level and the name of each definition, in order, one a line at most."""
    found = list(_python(text, lines)) if language is LANGUAGES["python"] else []
    after = 0
    for line, level, title in found or _by_lines(lines, language):
        first = _with_comments(lines, line, after, language.before)
        yield first, level, title
        after = line + 1


def _python(text: str, lines: Sequence[str]) -> Iterator[tuple[int, int, str]]:
    """Classes, functions and methods by Python's own grammar; nothing where the code is none of this version's."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    waiting: list[tuple[ast.stmt, int]] = [(node, 1) for node in reversed(tree.body)]
    seen = -1
    while waiting:
        node, level = waiting.pop()
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            inside = [child for name in ("body", "orelse", "finalbody") for child in getattr(node, name, ())]
            waiting += [(child, level) for child in reversed(inside)]
            continue
        line = min(part.lineno for part in (node, *node.decorator_list)) - 1
        if line > seen:
            seen = line
            yield line, level, _name_of(node, lines)
        if isinstance(node, ast.ClassDef):
            waiting += [(child, level + 1) for child in reversed(node.body)]


def _name_of(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef, lines: Sequence[str]) -> str:
    """The name as it is written: the grammar has it in its compatibility form (NFKC)."""
    first = node.lineno - 1
    written = _NAMED.match("\n".join(lines[first : first + _LONGEST_NAMING]))
    return written.group(1) if written is not None else node.name


def _by_lines(lines: Sequence[str], language: Language) -> Iterator[tuple[int, int, str]]:
    """Lines that look like definitions; one is inside the last one that is indented less."""
    outer: list[int] = []
    commented = False
    for number, (line, following) in enumerate(zip(lines, [*lines[1:], ""], strict=True)):
        if language.block_comments:
            opened, closed = line.rfind("/*"), line.rfind("*/")
            inside, commented = commented, opened > closed or (commented and closed < 0)
            if inside:
                continue
        title = language.definition(line, following)
        if title is None:
            continue
        indent = len(line.expandtabs(_TAB)) - len(line.expandtabs(_TAB).lstrip())
        outer = [*(other for other in outer if other < indent), indent]
        yield number, len(outer), title


def _with_comments(lines: Sequence[str], line: int, after: int, before: tuple[str, ...]) -> int:
    """The first line of what belongs to a definition: comments and decorators without a blank line between."""
    first = line
    while first > max(after, line - _LONGEST_COMMENT):
        above = lines[first - 1].strip()
        if above.endswith("*/") and not above.startswith("/*"):
            opening = next((at for at in range(first - 1, after - 1, -1) if "/*" in lines[at]), None)
            if opening is None:
                break
            first = opening
        elif above.startswith(before) and not above.startswith("#!"):
            first -= 1
        else:
            break
    return first


def _places(starts: Sequence[int], text: str) -> Iterator[Place]:
    """Each line; empty space at the end of the file is none."""
    for number in range(text.rstrip("\n").count("\n") + 1):
        yield Place(starts[number], "line", str(number + 1), str(number + 1))
