"""Which parser reads a text, and which documents are inside a container that other files use as well.

What a file holds comes first. Its name decides between kinds of text that nothing in them tells apart.
"""

from __future__ import annotations

import codecs
import re

from ragsys.ingest.parsers.languages import language_of
from ragsys.ingest.parsers.mbox import FIRST_LINE
from ragsys.ingest.parsers.subtitles import TIMES

__all__ = ["document_in", "kind_of_text"]

_HEAD = 4096
_HTML_WITHIN = 1024
_HTML = re.compile(
    # Each comment as a whole, or a file of nothing but comments would be tried in every way there is.
    r"^(?:<\?xml[^>]*>\s*)?(?:(?><!--.*?-->)\s*+)*+<(?:!doctype\s+html|html)\b",
    re.IGNORECASE | re.DOTALL,
)
_XML = re.compile(r"^(?:<\?xml[\s?]|<!DOCTYPE\s)")
_SUFFIXES = {
    "asciidoc": "adoc asciidoc asc", "csv": "csv tsv tab", "eml": "eml mht mhtml", "html": "html htm xhtml",
    "json": "json", "jsonl": "jsonl ndjson", "latex": "tex latex ltx", "markdown": "md markdown mdown",
    "mbox": "mbox mbx", "notebook": "ipynb", "rst": "rst rest", "subtitles": "srt vtt", "text": "txt log",
    "xml": "xml nxml dbk fb2 rss atom",
}  # fmt: skip
_BY_SUFFIX = {f".{suffix}": kind for kind, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}
# Only mail has these headers; a letter that begins "Subject:" is a text.
_MAIL_ONLY = re.compile(
    r"^(?:Received|Return-Path|Message-ID|MIME-Version|Delivered-To|DKIM-Signature|X-Mailer|Content-Transfer-Encoding):",
    re.IGNORECASE | re.MULTILINE,
)
_HEADERS = re.compile(r"(?:[!-9;-~]{1,80}:[^\n]*\n(?:[ \t][^\n]*\n)*){3,}(?:\n|$)")
_NUMBERED_CUE = re.compile(r"\s*\d{1,6}[ \t]*\n([^\n]*)")
_ZIP, _COMPOUND = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_EPUB, _EPUB_AT = b"mimetypeapplication/epub+zip", slice(30, 58)
_EPUB_PART = b"META-INF/container.xml"
_MSG_PART = "__properties_version1.0".encode("utf-16-le")


def document_in(data: bytes, suffix: str) -> str | None:
    """The parser for a document that is a ZIP archive or a compound file, if it is one of those known here."""
    if data.startswith(_ZIP) and (data[_EPUB_AT] == _EPUB or (suffix == ".epub" and _EPUB_PART in data)):
        return "epub"
    return "msg" if data.startswith(_COMPOUND) and _MSG_PART in data else None


def kind_of_text(data: bytes, suffix: str) -> str:
    """The parser for a file that is text; `suffix` is that of its name, in small letters."""
    head = _head(data)
    if _HTML.match(head[:_HTML_WITHIN]):
        return "html"
    if _XML.match(head):
        return "xml"
    named = "source" if language_of(suffix) is not None else _BY_SUFFIX.get(suffix)
    if named in {None, "text", "json"}:
        return _by_content(data, head) or named or "text"
    return named or "text"


def _head(data: bytes) -> str:
    """The beginning of a text, for its marks only: without white space before it, with plain newlines."""
    head = data[:_HEAD]
    encoding = "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "latin-1"
    text = head.removeprefix(codecs.BOM_UTF8).decode(encoding, "replace")
    return text.replace("\r\n", "\n").lstrip()


def _is_mailbox(data: bytes) -> bool:
    first = FIRST_LINE.match(data)
    return first is not None and _HEADERS.match(_head(data[first.end() :]).partition("\n\n")[0] + "\n") is not None


def _by_content(data: bytes, head: str) -> str | None:
    """What a text without a telling name is beyond doubt."""
    top = head.partition("\n\n")[0] + "\n"
    cue = _NUMBERED_CUE.match(head)
    # Parsers of JSON read as text what only looks like it.
    braced = (head[:1], data.rstrip()[-1:]) in {("{", b"}"), ("[", b"]")}
    marks = {
        "subtitles": head.startswith("WEBVTT") or (cue is not None and TIMES.match(cue.group(1)) is not None),
        "mbox": _is_mailbox(data),
        "eml": _HEADERS.fullmatch(top) is not None and _MAIL_ONLY.search(top) is not None,
        "latex": head.startswith("\\documentclass"),
        "notebook": braced and b'"nbformat"' in data and b'"cells"' in data,
        "json": braced,
    }
    return next((kind for kind, marked in marks.items() if marked), None)
