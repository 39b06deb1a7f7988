"""One parser a format, chosen by what a file holds; its name only decides between kinds of text."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import PurePath
from typing import TYPE_CHECKING

from ragsys.errors import UnsupportedTypeError
from ragsys.ingest.parsers.kinds import document_in, kind_of_text
from ragsys.ingest.parsers.office import office_document_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from ragsys.ingest.parsers.json_records import Fields
    from ragsys.protocols import Parser

__all__ = ["PARSERS", "WITH_FIELDS", "parser_for"]

# name -> module:class; imported when a file needs it
PARSERS = {
    "asciidoc": "ragsys.ingest.parsers.asciidoc:AsciidocParser",
    "csv": "ragsys.ingest.parsers.delimited:DelimitedParser",
    "docx": "ragsys.ingest.parsers.docx:DocxParser",
    "eml": "ragsys.ingest.parsers.eml:EmlParser",
    "epub": "ragsys.ingest.parsers.epub:EpubParser",
    "html": "ragsys.ingest.parsers.html:HtmlParser",
    "image": "ragsys.ingest.parsers.image:ImageParser",
    "json": "ragsys.ingest.parsers.json_records:JsonParser",
    "jsonl": "ragsys.ingest.parsers.json_records:JsonLinesParser",
    "latex": "ragsys.ingest.parsers.latex:LatexParser",
    "markdown": "ragsys.ingest.parsers.markdown:MarkdownParser",
    "mbox": "ragsys.ingest.parsers.mbox:MboxParser",
    "msg": "ragsys.ingest.parsers.msg:MsgParser",
    "notebook": "ragsys.ingest.parsers.notebook:NotebookParser",
    "odp": "ragsys.ingest.parsers.odp:OdpParser",
    "ods": "ragsys.ingest.parsers.ods:OdsParser",
    "odt": "ragsys.ingest.parsers.odt:OdtParser",
    "pdf": "ragsys.ingest.parsers.pdf:PdfParser",
    "pptx": "ragsys.ingest.parsers.pptx:PptxParser",
    "rst": "ragsys.ingest.parsers.restructured:RestructuredParser",
    "rtf": "ragsys.ingest.parsers.rtf:RtfParser",
    "source": "ragsys.ingest.parsers.source:SourceParser",
    "subtitles": "ragsys.ingest.parsers.subtitles:SubtitlesParser",
    "text": "ragsys.ingest.parsers.text:TextParser",
    "xlsx": "ragsys.ingest.parsers.xlsx:XlsxParser",
    "xml": "ragsys.ingest.parsers.xml:XmlParser",
}
# Those that `Fields` mean something to.
WITH_FIELDS = frozenset({"json", "jsonl"})
# Those that show what somebody has to recognise.
_SHOWN = frozenset({"image", "pdf"})
# Each begins a file, and nothing that begins so is text.
_MAGIC = (
    (rb"PK\x03\x04", "a ZIP archive or an Office document"),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document"),
    (rb"GIF8[79]a", "a GIF image"),
    (rb"\x1f\x8b", "a gzip archive"),
    (rb"BZh[1-9]1AY&SY", "a bzip2 archive"),
    (rb"\xfd7zXZ\x00", "an xz archive"),
    (rb"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (rb"\x7fELF", "a program"),
    (rb"MZ\x90", "a program"),
    (rb"SQLite format 3\x00", "a SQLite database"),
    (rb"RIFF....(?:WAVE|AVI |WEBP)", "an audio, video or image file"),
    (rb"ID3[\x00-\x08]", "an audio file"),
    (rb"OggS\x00", "an audio file"),
)
_KINDS = tuple((re.compile(magic, re.DOTALL), kind) for magic, kind in _MAGIC)
_IMAGE = re.compile(rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|II\*\x00|MM\x00\*")
_WITHIN = 1024
_PDF = b"%PDF-"
_PDF_END = b"startxref"


def parser_for(
    data: bytes,
    name: str,
    fields: Fields | None = None,
    recognise: Callable[[bytes], list[str]] | None = None,
) -> Parser:
    """The parser for a file's content; `fields` are those of JSON records that are meant.

    `recognise` gives the text of each page of an image, for scans and for images that are documents of their own.

    Raises:
        UnsupportedTypeError: no parser reads this kind of file, which the message names.
    """
    suffix = PurePath(name).suffix.lower()
    document = document_in(data, suffix) or office_document_in(data, name)
    if document is not None:
        return _load(document)
    for magic, kind in _KINDS:
        if magic.match(data):
            raise UnsupportedTypeError(f"{name} is {kind}, which no parser reads")
    head = data[:_WITHIN]
    # A PDF may have something before it; a text about PDF names the mark, too.
    if data.startswith(_PDF) or (_PDF in head and (suffix == ".pdf" or _PDF_END in data[-_WITHIN:])):
        return _load("pdf", recognise=recognise)
    if _IMAGE.match(data):
        return _load("image", recognise=recognise)
    return _load(kind_of_text(data, suffix), fields)


def _load(name: str, fields: Fields | None = None, recognise: Callable[[bytes], list[str]] | None = None) -> Parser:
    module, _, cls = PARSERS[name].partition(":")
    make = getattr(import_module(module), cls)
    parser: Parser = make(fields) if name in WITH_FIELDS else make(recognise) if name in _SHOWN else make()
    return parser
