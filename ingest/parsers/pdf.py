"""PDF, through pdfium: the text of each page, where each page starts, the outline and the document's own metadata."""

from __future__ import annotations

import re
import threading
from itertools import islice
from typing import TYPE_CHECKING, Any

from ragsys.errors import OcrFailedError, PdfDamagedError, PdfEncryptedError, PdfNoTextError, PdfTooLongError
from ragsys.ingest.ocr import INSTALL
from ragsys.ingest.pages.page import Page, page_texts, read_page
from ragsys.ingest.pages.scans import is_drawn, page_png
from ragsys.ingest.parsers.rotated import rotated_text
from ragsys.types import Extraction, Heading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from ragsys.types import Scalar

__all__ = ["PdfParser"]

_PDFIUM = threading.Lock()  # pdfium is not safe to call from two threads
_LOCKED = frozenset({4, 5})  # FPDF_ERR_PASSWORD, and FPDF_ERR_SECURITY: a scheme that pdfium does not know
_HYPHEN = re.compile(r"[\ufffe\u00ad](?:\r\n?|\n)?")
_BREAK = re.compile(r"\r\n?|[\x0b\x0c]")
_DROPPED = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]")
_FIELDS = {"Author": "author", "Subject": "subject", "Keywords": "keywords"}


# What writers put where nobody gave a title or an author.
_NO_VALUE = frozenset({"", "untitled", "anonymous", "unspecified", "unknown"})
_WRITTEN_BY = re.compile(r"^Microsoft \w+ - ")
# A tree of pages may name one page again and again, or say that it has a million.
_MOST_PAGES = 20_000
# Pages that are looked at together for what repeats on them; what is known of them is in memory meanwhile.
_TOGETHER = 400
_MOST_BOOKMARKS = 10_000
_MOST_FOUND = 0.8
_LONGEST_TITLE = 300
_NUMBER = re.compile(r"\d+(?:\.\d+)*")


class PdfParser:
    """Pages in order, a blank line between them; a bookmark is a heading where its words stand on its page."""

    name = "pdf"

    def __init__(self, recognise: Callable[[bytes], list[str]] | None = None) -> None:
        self._recognise = recognise

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """The text of every page, recognised where a page only shows it; a page without text is an empty page.

        Raises:
            PdfDamagedError, PdfEncryptedError, PdfNoTextError, PdfTooLongError: as they say.
        """
        with _PDFIUM:
            document = _open(data, name)
            try:
                if len(document) > _MOST_PAGES:
                    raise PdfTooLongError(f"{name} has {len(document)} pages; at most {_MOST_PAGES} are read")
                pages = list(_page_texts(document))
                scanned, hint = _recognised(document, pages, self._recognise) if self._recognise else ({}, INSTALL)
                bookmarks = _bookmarks(document)
                properties = _properties(document)
            finally:
                document.close()
        pages = [scanned.get(number, page) for number, page in enumerate(pages)]
        if not any(page.strip() for page in pages):
            raise PdfNoTextError(f"none of the {len(pages)} pages of {name} carries text", hint=hint)
        starts, pieces, at = [], [], 0
        for page in pages:
            starts.append(at)
            pieces.append(page.rstrip() + "\n\n")
            at += len(pieces[-1])
        text = "".join(pieces)
        found = {key: _WRITTEN_BY.sub("", value).strip() for key, value in properties.items()}
        known = {key: value for key, value in found.items() if value.lower().strip("()") not in _NO_VALUE}
        metadata: dict[str, Scalar] = {ours: known[key] for key, ours in _FIELDS.items() if key in known}
        if scanned:
            metadata["ocr_pages"] = len(scanned)
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


def _page_texts(document: Any) -> Iterator[str]:
    """The text of every page; a page that cannot be read is empty rather than the end of the document."""
    for first in range(0, len(document), _TOGETHER):
        numbers = range(first, min(first + _TOGETHER, len(document)))
        read = [_read(document, number) for number in numbers]
        upright = iter(page_texts([page for page in read if isinstance(page, Page)]))
        for page in read:
            yield _clean(next(upright) if isinstance(page, Page) else page)


def _recognised(
    document: Any, pages: Sequence[str], recognise: Callable[[bytes], list[str]]
) -> tuple[dict[int, str], str]:
    """The text of pages that only show it, by their number, and a hint where one failed: it stays empty."""
    import pypdfium2

    found: dict[int, str] = {}
    hint = ""
    for number, text in enumerate(pages):
        if text.strip():
            continue
        try:
            page = document[number]
        except pypdfium2.PdfiumError:
            continue
        try:
            image = page_png(page) if is_drawn(page) else None
        except (pypdfium2.PdfiumError, ValueError):
            image = None
        finally:
            page.close()
        if image is None:
            continue
        try:
            seen = _clean("\n\n".join(recognise(image))).strip()
        except OcrFailedError as error:
            hint = error.hint
            continue
        if seen:
            found[number] = seen
    return found, hint


def _read(document: Any, number: int) -> Page | str:
    """What is on a page; of a rotated one, its text."""
    import pypdfium2

    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        return ""
    try:
        return _HYPHEN.sub("", rotated_text(page)) if page.get_rotation() else read_page(page)
    except pypdfium2.PdfiumError:
        return ""
    finally:
        page.close()


def _clean(text: str) -> str:
    """Text that can be stored, with one kind of line break."""
    return _DROPPED.sub("", _BREAK.sub("\n", text)).encode("utf-8", "replace").decode("utf-8")
