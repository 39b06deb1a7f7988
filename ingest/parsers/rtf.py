r"""Rich Text Format: paragraphs, headings, lists, tables and footnotes (RTF specification 1.9.1).

A document is one stream of words, control words and groups; what a control word changes ends with its group. Headings
are told by outline levels, in a paragraph or its style. Left out: hidden text, what tracked changes deleted, comments,
pictures, headers and footers, and fields but for their results.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ragsys.errors import NoTextError
from ragsys.ingest.parsers.pieces import Pieces
from ragsys.ingest.parsers.tables import markdown_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragsys.types import Extraction, Scalar

__all__ = ["RtfParser"]

_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?\d{1,10})?[ ]?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|[\r\n\x00]+|([^\\{}\r\n\x00]+)"
)
# Destinations whose text is no part of the document. Any that begins with \* and is not known is another.
_LEFT_OUT = frozenset({
    "fonttbl", "colortbl", "stylesheet", "info", "pict", "header", "headerl", "headerr", "headerf", "footer", "footerl",
    "footerr", "footerf", "annotation", "atnid", "atnauthor", "xe", "tc", "fldinst", "object", "listtable", "pntext",
    "listoverridetable",
    "themedata", "colorschememapping", "datastore", "latentstyles", "revtbl", "rsidtbl", "nonshppict",
    "generator", "xmlnstbl", "mmathPr", "bkmkstart", "bkmkend", "filetbl", "ftnsep", "ftnsepc", "aftnsep", "aftnsepc",
})  # fmt: skip
_READ = frozenset({"fonttbl", "stylesheet", "info"})
_ENDS = frozenset({"par", "sect", "page", "cell", "nestcell", "row", "nestrow"})
_KEPT = frozenset({"shppict", "shptxt", "shpinst", "fldrslt", "ud"})
_SIGNS = {
    "tab": "\t", "emdash": "\u2014", "endash": "\u2013", "bullet": "\u2022", "lquote": "\u2018", "rquote": "\u2019",
    "ldblquote": "\u201c", "rdblquote": "\u201d", "emspace": " ", "enspace": " ", "qmspace": " ", "line": "\n",
    "~": " ",
    "_": "\u2011",
}  # fmt: skip
_FIELDS = {"author": "author", "subject": "subject", "keywords": "keywords", "doccomm": "description"}
_CHARSETS = {
    0: "cp1252", 77: "mac-roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gb18030", 136: "big5", 161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250",
}  # fmt: skip
_DEEPEST = 1000
_BODY_LEVEL = 9
_SPACES = re.compile(r"[ \t\u00a0]+")
_HEADING = re.compile(r"(?:heading|标题|überschrift|titre) ?([1-9])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _State:
    """What holds in a group until it ends."""

    destination: str = ""
    hidden: bool = False
    font: int = 0
    skip: int = 1


@dataclass(slots=True)
class _Paragraph:
    """The paragraph at hand: its text so far, and what its control words say of it."""

    text: list[str] = field(default_factory=list)
    level: int | None = None
    style: int = 0
    in_table: bool = False
    mark: str = ""
    depth: int = 0


class RtfParser:
    """Reads the stream once; nothing in it is executed, fetched or unpacked."""

    name = "rtf"

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """The document. Raises `NoTextError`."""
        reader = _Reader()
        reader.read(data)
        if not reader.pieces:
            raise NoTextError(f"{name} holds no text")
        first = reader.pieces.headings[0].title if reader.pieces.headings else None
        return reader.pieces.result(reader.title or first, reader.metadata())


class _Reader:
    """The document as far as it has been read."""

    def __init__(self) -> None:
        self.pieces = Pieces()
        self._state, self._stack = _State(), [_State()]
        self._bytes = bytearray()
        self._skipped = 0
        self._starred = False
        self._codepage = "cp1252"
        self._fonts: dict[int, str] = {}
        self._levels: dict[int, int] = {}
        self._style_text: list[str] = []
        self._words: dict[str, list[str]] = {}
        self._paragraph = _Paragraph()
        self._cells: list[str] = []
        self._rows: list[list[str]] = []
        self._notes: list[list[str]] = []
        self._marker: list[str] = []
        self._before = ""

    @property
    def title(self) -> str | None:
        """The title of the document's properties."""
        return " ".join(_whole(self._words.get("title", [])).split()) or None

    def metadata(self) -> dict[str, Scalar]:
        """The other properties."""
        found = {key: " ".join(_whole(self._words.get(word, [])).split()) for word, key in _FIELDS.items()}
        return {key: value for key, value in found.items() if value}

    def read(self, data: bytes) -> None:
        """Read a whole document."""
        for word, number, byte, symbol, brace, text in self._tokens(data):
            if byte:
                self._take(bytes([int(byte, 16)]))
                continue
            if text and not self._skipped:
                self._bytes += text
                continue
            if text:
                cut = min(self._skipped, len(text))
                self._skipped -= cut
                self._bytes += text[cut:]
                continue
            if brace or symbol or word:
                self._flush()
            if brace:
                self._brace(opens=brace == b"{")
            elif symbol:
                self._symbol(symbol.decode("latin-1"))
            elif word:
                self._control(word.decode("ascii"), int(number) if number else None)
        self._flush()
        self._end_paragraph()
        self._end_table()
        for label, note in enumerate(self._notes, 1):
            self.pieces.paragraph(f"[^{label}]: " + " ".join(_whole(note).split()))

    @staticmethod
    def _tokens(data: bytes) -> Iterator[tuple[bytes, ...]]:
        at = 0
        while (match := _TOKEN.match(data, at)) is not None:
            at = match.end()
            word, number = match.group(1), match.group(2)
            if word == b"bin" and number:
                at += max(int(number), 0)
                continue
            yield tuple(part or b"" for part in match.groups())

    def _brace(self, *, opens: bool) -> None:
        self._skipped = 0
        if opens:
            if len(self._stack) < _DEEPEST:
                self._stack.append(self._state)
            self._starred = False
            return
        if self._state.destination == "style" and self._stack[-1].destination != "style":
            self._end_style()
        self._state = self._stack.pop() if len(self._stack) > 1 else self._stack[0]

    def _symbol(self, symbol: str) -> None:
        if symbol == "*":
            self._starred = True
        elif symbol in "\\{}":
            self._put(symbol)
        elif symbol in "\r\n":
            self._control("par", None)
        else:
            self._put(_SIGNS.get(symbol, ""))

    def _control(self, word: str, number: int | None) -> None:
        starred, self._starred = self._starred, False
        if word in _SIGNS:
            self._put(_SIGNS[word])
        elif word == "u" and number is not None:
            self._put(chr(number % 65536))
            self._skipped = self._state.skip
        elif not self._enters(word, starred=starred):
            self._says(word, number)
        if word in {"uc", "v", "deleted", "plain", "f"}:
            self._letters(word, number)

    def _enters(self, word: str, *, starred: bool) -> bool:
        """Whether a control word says what the text of its group is for."""
        if word in _FIELDS or (word == "title" and self._state.destination == "info"):
            self._state = replace(self._state, destination=word)
        elif word == "footnote":
            self._put_in_body(f"[^{len(self._notes) + 1}]")
            self._notes.append([])
            self._state = replace(self._state, destination=word)
        elif word == "listtext":
            self._marker = []
            self._state = replace(self._state, destination=word)
        elif word in _LEFT_OUT or (starred and word not in _KEPT):
            self._state = replace(self._state, destination=word if word in _READ else "out")
        else:
            return False
        return True

    def _says(self, word: str, number: int | None) -> None:
        """What a control word says where it stands."""
        inside = self._state.destination
        if inside == "fonttbl" and word in {"f", "fcharset"}:
            self._font(word, number or 0)
        elif inside in {"stylesheet", "style"}:
            if word in {"s", "outlinelevel", "cs", "ds", "ts"}:
                self._style(word, number or 0)
        elif word == "ansicpg" and number:
            self._codepage = _known(f"cp{number}")
        elif word == "mac":
            self._codepage = "mac-roman"
        elif word in _ENDS:
            self._ends(word)
        elif not inside:
            self._layout(word, number)

    def _letters(self, word: str, number: int | None) -> None:
        """What control words say of the letters after them."""
        if word == "uc":
            self._state = replace(self._state, skip=max(number or 0, 0))
        elif word == "f":
            self._state = replace(self._state, font=number or 0)
        else:
            self._state = replace(self._state, hidden=word != "plain" and number != 0)

    def _ends(self, word: str) -> None:
        """The end of a paragraph, a cell or a row; a note is one paragraph."""
        if self._state.destination:
            self._put(" ")
        elif word in {"cell", "nestcell"}:
            self._cells.append(" ".join(_whole([*self._said(), *self._paragraph.text]).split()))
            self._paragraph.text = []
        elif word in {"row", "nestrow"}:
            self._rows.append(self._cells)
            self._cells = []
        else:
            self._end_paragraph()

    def _layout(self, word: str, number: int | None) -> None:
        """What control words say of the paragraph at hand."""
        here = self._paragraph
        if word == "pard":
            self._paragraph = _Paragraph(here.text)
        elif word == "intbl":
            here.in_table = True
        elif word == "s":
            here.style = number or 0
        elif word == "outlinelevel":
            here.level = number
        elif word == "ilvl":
            here.depth = min(max(number or 0, 0), _BODY_LEVEL)

    def _said(self) -> list[str]:
        """The number or bullet before a paragraph, once."""
        mark = " ".join(_whole(self._marker).split())
        self._marker = []
        bullet = mark and not any(map(str.isalnum, mark))
        return ["- " if bullet else f"{mark} "] if mark else []

    def _end_paragraph(self) -> None:
        here = self._paragraph
        text = "\n".join(_SPACES.sub(" ", line).strip() for line in _whole(here.text).split("\n")).strip()
        here.text = []
        if here.in_table or self._cells:
            here.text = [f"{text} "] if text else []
            return
        self._end_table()
        mark = "".join(self._said())
        level = self._levels.get(here.style) if here.level is None else here.level + 1
        if not text:
            return
        if level is not None and 0 < level <= _BODY_LEVEL:
            self.pieces.heading(level, text if mark == "- " else mark + text)
            self._before = ""
        elif mark:
            item = "  " * here.depth + mark + text
            self.pieces.line(item) if self._before == "list" else self.pieces.paragraph(item)
            self._before = "list"
        else:
            self.pieces.paragraph(text)
            self._before = ""

    def _end_table(self) -> None:
        if self._rows:
            self.pieces.paragraph(markdown_table(self._rows))
            self._rows = []
            self._before = ""

    def _font(self, word: str, number: int) -> None:
        if word == "f":
            self._state = replace(self._state, font=number)
        else:
            self._fonts[self._state.font] = _CHARSETS.get(number, "")

    def _style(self, word: str, number: int) -> None:
        if word == "outlinelevel":
            self._levels[self._paragraph.style] = number + 1
        else:
            self._state = replace(self._state, destination="style")
            self._paragraph.style = number if word == "s" else -1
            self._style_text = []

    def _end_style(self) -> None:
        match = _HEADING.fullmatch("".join(self._style_text).strip(" ;"))
        if match:
            self._levels.setdefault(self._paragraph.style, int(match.group(1)))
        self._paragraph.style = 0

    def _take(self, byte: bytes) -> None:
        if self._skipped:
            self._skipped -= 1
        else:
            self._bytes += byte

    def _flush(self) -> None:
        """Decode what has come in bytes: characters of two bytes may be in two tokens."""
        if self._bytes:
            encoding = self._fonts.get(self._state.font) or self._codepage
            text = self._bytes.decode(encoding, "replace").replace("\r", "").replace("\x00", "")
            self._bytes.clear()
            self._put(text)

    def _put(self, text: str) -> None:
        if self._state.hidden or not text:
            return
        where = self._state.destination
        if not where:
            self._put_in_body(text)
        elif where == "footnote":
            self._notes[-1].append(text)
        elif where == "listtext":
            self._marker.append(text)
        elif where == "style":
            self._style_text.append(text)
        elif where in _FIELDS or where == "title":
            self._words.setdefault(where, []).append(text)

    def _put_in_body(self, text: str) -> None:
        self._paragraph.text.append(text)


def _whole(pieces: list[str]) -> str:
    """Pieces as one text: characters beyond the first plane come as two halves, and half a one is replaced."""
    return "".join(pieces).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _known(encoding: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        return "cp1252"
