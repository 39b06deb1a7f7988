r"""LaTeX: what is to be read, with sections as headings; mathematics stays the source that it is.

Commands and comments go, their arguments stay. Nothing is run, defined or included: a macro of the document's own shows
its arguments. Every piece of the source is looked at a bounded number of times.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragsys.errors import NoTextError
from ragsys.ingest.encoding import decode
from ragsys.ingest.parsers import tex_commands as tex
from ragsys.ingest.parsers.pieces import Pieces
from ragsys.ingest.parsers.tables import separator, table_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragsys.types import Extraction, Scalar

__all__ = ["LatexParser"]

_TOKEN = re.compile(
    r"(?P<comment>%[^\n]*(?:\n[ \t]*)?)|\\(?P<command>[A-Za-z@]+)\*?(?:[ \t]*\n(?![ \t]*\n)|[ \t]+)?|\\(?P<symbol>.)"
    r"|(?P<math>\$\$?)|(?P<brace>[{}])|(?P<blank>\n[ \t]*\n\s*)|(?P<space>\s+)|(?P<mark>[~&])"
    r"|(?P<text>[^\\%${}\s~&]+)|(?P<other>.)",
    re.DOTALL,
)
_BEGIN = re.compile(r"\\begin\s*\{document\}")
_END = re.compile(r"\\end\s*\{document\}")
_NAMED = re.compile(r"\s*\{([A-Za-z@]+)(\*?)\}")
_GROUP = re.compile(r"[ \t]*\n?[ \t]*\{")
_OPTION = re.compile(r"[ \t]*\[[^\[\]\n]{0,500}\]")
_BRACES = re.compile(r"\\.|[{}]", re.DOTALL)
_QUOTES = (("``", "“"), ("''", "”"), ("---", "\u2014"), ("--", "\u2013"))
# A line that ends between two Chinese characters is no space.
_HAN = re.compile(r"(?<=[\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef])\n(?=[\u3000-\u30ff\u4e00-\u9fff\uff00-\uffef])")
_LETTER = re.compile(r"\s*(?:\{\s*(\\[ij]|[^{}\\]{0,3})\s*\}|(\\[ij])(?![A-Za-z])\s?|([^\s{}\\]))")
_BARE = re.compile(r"\\[A-Za-z@]+(?:#\d)*")
_WORDLIKE = frozenset({"LaTeX", "TeX", "ldots", "dots"})
_CELL = "\x1f"
_DEEPEST = 12
_LONGEST_ARGUMENT = 20_000
# Each brace that is never closed costs a long look for what would close it.
_MOST_UNCLOSED = 50


class LatexParser:
    """A document, or a part of one; title, authors and date come first where the source says them."""

    name = "latex"

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """The text. Raises `NoTextError` where nothing would be shown."""
        source = decode(data, name)
        begin, end = _BEGIN.search(source), _END.search(source)
        body = source[
            begin.end() if begin else 0 : end.start() if end and (not begin or end.start() > begin.end()) else None
        ]
        said = {key: _said(source, key) for key in ("title", "author", "date")}
        pieces = Pieces()
        pieces.heading(1, said["title"])
        pieces.paragraph("\n".join(filter(None, (said["author"], said["date"]))))
        _Reader(pieces).read(body)
        if not pieces:
            raise NoTextError(f"{name} shows no text")
        metadata: dict[str, Scalar] = {key: said[key] for key in ("author", "date") if said[key]}
        return pieces.result(said["title"] or (pieces.headings[0].title if pieces.headings else None), metadata)


def _said(source: str, command: str) -> str:
    r"""What the document says of itself with a command such as `\title`."""
    match = re.search(rf"\\{command}\s*(?:\[[^\]\n]{{0,300}}\])?\s*(?=\{{)", source)
    if not match or source[: match.start()].rpartition("\n")[2].lstrip().startswith("%"):
        return ""
    argument, _ = _argument(source, match.end())
    shown = _shown(re.sub(r"\\(?:and|And|AND)\b", ", ", re.sub(r"\\thanks\s*\{[^{}]*\}", "", argument)), 0)
    return " ".join(shown.split()).replace(" ,", ",")


class _Reader:
    """Reads source once, from left to right, into pieces."""

    def __init__(self, pieces: Pieces, depth: int = 0) -> None:
        self._pieces = pieces
        self._depth = depth
        self._line: list[str] = []
        self._lists: list[int | None] = []
        # The number of columns of each open table, 0 before its first row.
        self._tables: list[int] = []
        self._source = ""
        self._at = 0
        self._fresh = True
        self._unclosed = 0

    def read(self, source: str) -> None:
        """All of `source`."""
        self._source, self._at = source, 0
        while self._at < len(source):
            match = _TOKEN.match(source, self._at)
            if match is None:
                break
            self._at = match.end()
            self._take(str(match.lastgroup), match.group(str(match.lastgroup)), match.start())
        self._flush()

    def _take(self, kind: str, piece: str, start: int) -> None:
        if kind in {"text", "other"}:
            self._line.append(piece)
        elif kind == "space":
            self._line.append("\n" if "\n" in piece else " ")
        elif kind == "blank":
            if not self._tables:
                self._flush()
        elif kind == "mark":
            self._line.append(_CELL if piece == "&" and self._tables else "&" if piece == "&" else "\u00a0")
        elif kind == "math":
            self._verbatim(start, self._source.find(piece, self._at, self._at + _LONGEST_ARGUMENT), piece)
        elif kind == "symbol":
            self._symbol(piece, start)
        elif kind == "command":
            self._command(piece, start)

    def _symbol(self, piece: str, start: int) -> None:
        if piece in "([":
            close = "\\)" if piece == "(" else "\\]"
            self._verbatim(start, self._source.find(close, self._at, self._at + _LONGEST_ARGUMENT), close)
        elif piece == "\\":
            self._skip_options()
            self._flush(line=True)
        elif piece in tex.ACCENTS:
            self._line.append(tex.accented(piece, self._letter()))
        elif piece in "%&_#$ {}":
            self._line.append(piece)

    def _command(self, name: str, start: int) -> None:
        if name in {"begin", "end"}:
            self._environment(name, start)
        elif name in tex.SECTIONS:
            self._skip_options()
            self._flush()
            self._pieces.heading(tex.SECTIONS[name], self._shown_argument())
        elif name == "item":
            self._item()
        elif name in {"caption", "footnote", "footnotetext", "bibitem"}:
            self._aside(name)
        elif name in tex.CITED or name in tex.REFERRED or name in {"url", "href", "path"}:
            self._reference(name)
        elif name in tex.DROPPED or name in tex.DEFINING:
            self._skip_arguments()
        elif name in tex.WORDS or name in tex.ACCENTS:
            self._character(name, start)
        elif name in {"par", "maketitle", "newpage", "clearpage", "tableofcontents"}:
            self._flush()
        else:
            self._skip_options()

    def _environment(self, which: str, start: int) -> None:
        named = _NAMED.match(self._source, self._at)
        if named:
            self._at = named.end()
            if which == "begin":
                self._begin(named.group(1), start)
            else:
                self._end(named.group(1))

    def _reference(self, name: str) -> None:
        self._skip_options()
        target = self._argument().strip()
        if name == "href":
            self._line.append(f"{self._shown_argument()} ({target})")
        else:
            self._line.append(f"[{target}]" if name in tex.CITED else target)

    def _character(self, name: str, start: int) -> None:
        """A letter or a word that is written as a command."""
        if name in tex.ACCENTS:
            self._line.append(tex.accented(name, self._letter()))
            return
        self._line.append(tex.WORDS[name])
        # TeX drops the space that ends a command; readers of the source seldom mean that.
        if name in _WORDLIKE and self._source[start : self._at].endswith((" ", "\n")):
            self._line.append(" ")

    def _begin(self, name: str, start: int) -> None:
        if name in tex.CODE or name in tex.MATH:
            closing = re.compile(rf"\\end\s*\{{{name}\*?\}}").search(self._source, self._at)
            end = closing.start() if closing else len(self._source)
            self._flush()
            if name in tex.MATH:
                self._pieces.paragraph(self._source[start : closing.end() if closing else end])
            elif name != "comment":
                if name in tex.CODE_ARGUMENTS:
                    self._skip_arguments()
                code = self._source[min(self._at, end) : end].strip("\n")
                self._pieces.paragraph(f"```\n{code}\n```" if code.strip() else "")
            self._at = closing.end() if closing else end
            return
        self._flush()
        if name in tex.LISTS:
            self._lists.append(0 if "enum" in name else None)
        elif name in tex.TABLES:
            self._tables.append(0)
        if name in tex.TITLED:
            self._pieces.heading(2, tex.TITLED[name])
        if name in tex.TABLES or name in {"thebibliography", "minipage", "multicols", "wrapfigure"}:
            self._skip_arguments()
        self._skip_options()

    def _end(self, name: str) -> None:
        self._flush(line=bool(self._tables))
        if name in tex.LISTS and self._lists:
            self._lists.pop()
        elif name in tex.TABLES and self._tables:
            self._tables.pop()
        self._fresh = True

    def _item(self) -> None:
        self._flush(line=True)
        mark = "-"
        if self._lists and (number := self._lists[-1]) is not None:
            self._lists[-1] = number + 1
            mark = f"{number + 1}."
        term = _OPTION.match(self._source, self._at)
        self._at = term.end() if term else self._at
        named = f"{_shown(term.group().strip()[1:-1], self._depth + 1)}: " if term else ""
        self._line.append(f"{'  ' * max(len(self._lists) - 1, 0)}{mark} {named}")

    def _aside(self, name: str) -> None:
        """Text that stands outside the sentence around it."""
        self._skip_options()
        text = self._argument() if name == "bibitem" else self._shown_argument()
        if name in {"caption", "bibitem"}:
            self._flush()
            self._line.append(f"[{text}] " if name == "bibitem" else text)
            if name == "caption":
                self._flush()
        else:
            self._line.append(f" ({text.strip()})")

    def _verbatim(self, start: int, end: int, close: str) -> None:
        """Mathematics: the source from `start` to the mark that closes it."""
        if end < 0 or (close == "$" and "\n\n" in self._source[self._at : end]):
            self._line.append(self._source[start : self._at])
            return
        self._at = end + len(close)
        self._line.append(self._source[start : self._at])

    def _letter(self) -> str:
        """What an accent is put on: the next letter, a group, or a letter without a dot."""
        match = _LETTER.match(self._source, self._at)
        if match is None:
            return ""
        self._at = match.end()
        return (match.group(1) or match.group(2) or match.group(3) or "").removeprefix("\\")

    def _argument(self) -> str:
        group = _GROUP.match(self._source, self._at)
        if group is None:
            return ""
        if self._unclosed >= _MOST_UNCLOSED:
            self._at = group.end()
            return ""
        argument, self._at = _argument(self._source, group.end() - 1)
        self._unclosed += self._at == group.end() and not argument
        return argument

    def _shown_argument(self) -> str:
        return _shown(self._argument(), self._depth + 1)

    def _skip_options(self) -> None:
        while match := _OPTION.match(self._source, self._at):
            self._at = match.end()

    def _skip_arguments(self) -> None:
        """All options and groups that follow; of a definition, the name without braces, too."""
        bare = _BARE.match(self._source, self._at)
        self._at = bare.end() if bare else self._at
        self._skip_options()
        while _GROUP.match(self._source, self._at):
            self._argument()
            self._skip_options()

    def _flush(self, *, line: bool = False) -> None:
        """What is on the line becomes a paragraph, or the next line of one."""
        text = "".join(self._line)
        self._line.clear()
        for written, shown in _QUOTES:
            text = text.replace(written, shown)
        text = _HAN.sub("", text).replace("\n", " ").replace("\u00a0", " ")
        if not text.strip(f" {_CELL}"):
            pass
        elif self._tables:
            self._row(text.split(_CELL))
        else:
            indent = len(text) - len(text.lstrip(" ")) if self._lists else 0
            self._add(" " * indent + " ".join(text.replace(_CELL, " ").split()))
        self._fresh = self._fresh or not line

    def _row(self, cells: Sequence[str]) -> None:
        width = self._tables[-1]
        self._add(table_row(cells, width))
        if not width:
            self._tables[-1] = len(cells)
            self._add(separator(len(cells)))

    def _add(self, text: str) -> None:
        if self._fresh:
            self._pieces.paragraph(text)
        else:
            self._pieces.line(text)
        self._fresh = False


def _argument(source: str, at: int) -> tuple[str, int]:
    """What is in the braces that open at `at`, and where they are closed; not much where they never are."""
    depth = 0
    for match in _BRACES.finditer(source, at, at + _LONGEST_ARGUMENT):
        depth += {"{": 1, "}": -1}.get(match.group(), 0)
        if depth == 0 and match.group() == "}":
            return source[at + 1 : match.start()], match.end()
    return "", at + 1


def _shown(source: str, depth: int) -> str:
    """A piece of source as the text that it shows; as it is where pieces are inside pieces without end."""
    if depth > _DEEPEST:
        return source
    pieces = Pieces()
    _Reader(pieces, depth).read(source)
    return pieces.result().text.strip()
