"""One parser a format, chosen by what a file holds; its name only decides between kinds of text."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING

from ragsys.errors import UnsupportedTypeError

if TYPE_CHECKING:
    from ragsys.protocols import Parser

__all__ = ["PARSERS", "parser_for"]

# name -> module:class; imported when a file needs it
PARSERS = {
    "html": "ragsys.ingest.parsers.html:HtmlParser",
    "markdown": "ragsys.ingest.parsers.markdown:MarkdownParser",
    "pdf": "ragsys.ingest.parsers.pdf:PdfParser",
    "text": "ragsys.ingest.parsers.text:TextParser",
}
_SUFFIXES = {".md": "markdown", ".markdown": "markdown", ".mdown": "markdown"}
_SUFFIXES |= dict.fromkeys((".html", ".htm", ".xhtml"), "html")
_MAGIC = (
    (b"PK\x03\x04", "a ZIP archive or an Office document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"SQLite format 3\x00", "a SQLite database"),
    (b"RIFF", "an audio or video file"),
    (b"ID3", "an audio file"),
    (b"OggS", "an audio file"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"{\\rtf", "an RTF document"),
)
_PDF_WITHIN = 1024
_HTML = re.compile(rb"^\s*(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)\b", re.IGNORECASE | re.DOTALL)


def parser_for(data: bytes, name: str) -> Parser:
    """The parser for a file's content. Raises `UnsupportedTypeError` naming what the file is."""
    for magic, kind in _MAGIC:
        if data.startswith(magic):
            raise UnsupportedTypeError(f"{name} is {kind}, which no parser reads")
    if b"%PDF-" in data[:_PDF_WITHIN]:
        return _load("pdf")
    suffix = PurePath(name).suffix.lower()
    if _HTML.match(data[:_PDF_WITHIN]):
        return _load("html")
    return _load(_SUFFIXES.get(suffix, "text"))


def _load(name: str) -> Parser:
    module, _, cls = PARSERS[name].partition(":")
    parser: Parser = getattr(import_module(module), cls)()
    return parser
