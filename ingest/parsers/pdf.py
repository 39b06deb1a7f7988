"""PDF, through pdfium: the text of each page, where each page starts, the outline and the document's own metadata."""

from __future__ import annotations

import re
import threading
from contextlib import ExitStack
from itertools import islice
from typing import TYPE_CHECKING, Any

from ragsys.errors import PdfDamagedError, PdfEncryptedError, PdfNoTextError, PdfTooLongError
from ragsys.ingest.parsers.rotated import rotated_text
from ragsys.types import Extraction, Heading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragsys.types import Scalar

__all__ = ["PdfParser"]

_PDFIUM = threading.Lock()  # pdfium is not safe to call from two threads
_LOCKED = frozenset({4, 5})  # FPDF_ERR_PASSWORD, and FPDF_ERR_SECURITY: a scheme that pdfium does not know
_HYPHEN = re.compile(r"[\ufffe\u00ad]\n?")
_BREAK = re.compile(r"\r\n?|[\x0b\x0c]")
_DROPPED = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]")
_FIELDS = {"Author": "author", "Subject": "subject", "Keywords": "keywords"}


# What writers put where nobody gave a title or an author.
_NO_VALUE = frozenset({"", "untitled", "anonymous", "unspecified", "unknown"})
_WRITTEN_BY = re.compile(r"^Microsoft \w+ - ")
# A tree of pages may name one page again and again, or say that it has a million.
_MOST_PAGES = 20_000
_MOST_BOOKMARKS = 10_000
_MOST_FOUND = 0.8
_LONGEST_TITLE = 300
_NUMBER = re.compile(r"\d+(?:\.\d+)*")


class PdfParser:
    """Pages in order, a blank line between them; a bookmark is a heading where its words stand on its page."""

    name = "pdf"

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """The text of every page; a page without text is an empty page, not an error.

        Raises:
            PdfDamagedError, PdfEncryptedError, PdfNoTextError, PdfTooLongError: as they say.
        """
        with _PDFIUM:
            document = _open(data, name)
            try:
                if len(document) > _MOST_PAGES:
                    raise PdfTooLongError(f"{name} has {len(document)} pages; at most {_MOST_PAGES} are read")
                pages = [_page_text(document, number) for number in range(len(document))]
                bookmarks = _bookmarks(document)
                properties = _properties(document)
            finally:
                document.close()
        if not any(page.strip() for page in pages):
            raise PdfNoTextError(f"none of the {len(pages)} pages of {name} carries text")
        starts, pieces, at = [], [], 0
        for page in pages:
            starts.append(at)
            pieces.append(page.rstrip() + "\n\n")
            at += len(pieces[-1])
        text = "".join(pieces)
        found = {key: _WRITTEN_BY.sub("", value).strip() for key, value in properties.items()}
        known = {key: value for key, value in found.items() if value.lower().strip("()") not in _NO_VALUE}
        metadata: dict[str, Scalar] = {ours: known[key] for key, ours in _FIELDS.items() if key in known}
        headings = _headings(text, starts, bookmarks)
        return Extraction(text, known.get("Title"), tuple(starts), tuple(headings), metadata)


def _properties(document: Any) -> dict[str, str]:
    """The document's own metadata; none where it cannot be decoded."""
    import pypdfium2

    try:
        return {key: str(value) for key, value in document.get_metadata_dict(skip_empty=True).items()}
    except (pypdfium2.PdfiumError, UnicodeError):
        return {}


def _bookmarks(document: Any) -> list[tuple[int, int, str]]:
    """Level (from 1), page (from 0) and words of each entry of the outline; a broken outline is none."""
    import pypdfium2

    found = []
    try:
        for entry in islice(document.get_toc(), _MOST_BOOKMARKS):
            target = entry.get_dest()
            page = target.get_index() if target is not None else None
            if page is not None:
                found.append((entry.level + 1, page, entry.get_title()))
    except (pypdfium2.PdfiumError, ValueError):
        return []
    return found


def _headings(text: str, starts: Sequence[int], bookmarks: Sequence[tuple[int, int, str]]) -> list[Heading]:
    """Each bookmark whose words begin a line of its page, after the bookmark before.

    None at all where many are not found: a passage would stand under a heading of another section.
    """
    ends = [*starts[1:], len(text)]
    found: list[Heading] = []
    after = missed = 0
    for level, page, title in bookmarks:
        words = [re.escape(word) for word in title[:_LONGEST_TITLE].split()]
        if not words or not 0 <= page < len(starts):
            continue
        # Outlines write "1.2 Safety" where the page has "1.2. Safety".
        words[0] += r"\.?" if _NUMBER.fullmatch(title.split()[0]) else ""
        pattern = re.compile(r"^[ \t]*(" + r"[ \t]+".join(words) + ")", re.MULTILINE)
        match = pattern.search(text, max(starts[page], after), ends[page])
        missed += match is None
        if len(bookmarks) - missed < _MOST_FOUND * len(bookmarks):
            return []
        if match:
            after = match.end()
            found.append(Heading(match.start(1), level, match.group(1)))
    return found if len(found) >= _MOST_FOUND * len(bookmarks) else []


def _open(data: bytes, name: str) -> Any:
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) in _LOCKED or "password" in str(error).lower():
            raise PdfEncryptedError(f"{name} needs a password") from None
        raise PdfDamagedError(f"{name} cannot be opened as a PDF") from None


def _page_text(document: Any, number: int) -> str:
    """The text of a page; a page that cannot be read is empty rather than the end of the document."""
    import pypdfium2

    with ExitStack() as opened:
        try:
            page = document[number]
            opened.callback(page.close)
            if page.get_rotation():
                text = rotated_text(page)
            else:
                text_page = page.get_textpage()
                opened.callback(text_page.close)
                text = str(text_page.get_text_bounded())
        except pypdfium2.PdfiumError:
            return ""
    # pdfium marks a word that is broken over a line; join it as it was.
    text = _HYPHEN.sub("", _BREAK.sub("\n", text))
    return _DROPPED.sub("", text).encode("utf-8", "replace").decode("utf-8")
