"""Sitemaps (sitemaps.org, protocol 0.9): lists of pages, and lists of lists, told by what they hold.

XML is read without entities, and without a tree of it in memory. Fetches nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from ragsys.errors import DocumentError, EntitiesRefusedError
from ragsys.ingest.web.bodies import GZIP, gathered
from ragsys.ingest.web.urls import is_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ragsys.ingest.web.fetching import Page

__all__ = ["MOST_BYTES", "Sitemap", "read_sitemap"]

# The protocol's own limits; that of bytes holds after unpacking as well.
MOST_BYTES = 50 * 1024 * 1024
_MOST_ENTRIES = 50_000
# Entries have a handful of elements; some name the page in all languages of the site.
_MOST_ELEMENTS = 2_000_000
_HEAD = 4096
_LONGEST = 10_000
# Atomic, or a page of comments would take for ever.
_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:(?><\?.*?\?>)\s*+|(?><!--.*?-->)\s*+)*+<(?:\w+:)?(?:urlset|sitemapindex)\b", re.DOTALL
)
_PLAIN = "text/plain"
# Where the address of an entry stands: the root, the entry, its address.
_ENTRY, _PLACE = 2, 3


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a sitemap lists, in its order and as it stands there: pages, or sitemaps; `cut` where there are more."""

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    cut: bool = False


def read_sitemap(page: Page) -> Sitemap | None:
    """What a sitemap lists; None where the page is none.

    Raises:
        DocumentError: it is one, and declares entities, does not end as XML has to, or has no end of elements.
    """
    data = _unpacked(page.data)
    if data is None:
        return None
    if _ROOT.match(data[:_HEAD]):
        return _of_xml(page.url, data)
    return _of_text(data) if page.kind == _PLAIN else None


def _unpacked(data: bytes) -> bytes | None:
    """What may be a sitemap: as it is, or out of its gzip; None where that is too large or is damaged."""
    if not data.startswith(GZIP):
        return data if len(data) <= MOST_BYTES else None
    try:
        return gathered([data], MOST_BYTES, packed=True)
    except DocumentError:
        return None


class _Places:
    """The addresses of a sitemap, as its elements go by."""

    def __init__(self, url: str) -> None:
        self._url, self._depth, self._elements = url, 0, 0
        self._place: list[str] | None = None
        self._in_entry = False
        self.root = ""
        self.found: list[str] = []
        self.cut = False

    def start(self, tag: str, _attributes: Mapping[str, str]) -> None:
        """An element begins."""
        self._depth += 1
        self._elements += 1
        if self._elements > _MOST_ELEMENTS:
            raise DocumentError(f"the sitemap {self._url} has more than {_MOST_ELEMENTS} elements")
        name = tag.rpartition("}")[2]
        if self._depth == 1:
            self.root = name
        elif self._depth == _ENTRY:
            self._in_entry = name in {"url", "sitemap"}
        elif self._depth == _PLACE and self._in_entry and name == "loc":
            self._place = []

    def data(self, text: str) -> None:
        """Text stands here."""
        if self._place is not None and len(self._place) < _LONGEST:
            self._place.append(text)

    def end(self, _tag: str) -> None:
        """An element ends."""
        self._depth -= 1
        if self._place is None or self._depth != _ENTRY:
            return
        place, self._place = "".join(self._place).strip(), None
        self.cut = len(self.found) == _MOST_ENTRIES
        if not self.cut:
            self.found.append(place[:_LONGEST])

    def close(self) -> _Places:
        """All of it has gone by."""
        return self


def _of_xml(url: str, data: bytes) -> Sitemap:
    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    places = _Places(url)
    parser = DefusedXMLParser(target=places, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    try:
        parser.feed(data)
        parser.close()
    except DefusedXmlException:
        raise EntitiesRefusedError(
            f"the sitemap {url} declares entities of its own, which are never expanded"
        ) from None
    except (ParseError, ValueError, LookupError):
        raise DocumentError(f"the sitemap {url} is not well-formed") from None
    found = tuple(dict.fromkeys(places.found))
    return Sitemap((), found, places.cut) if places.root == "sitemapindex" else Sitemap(found, (), places.cut)


def _of_text(data: bytes) -> Sitemap | None:
    """A list of addresses and nothing else."""
    found: list[str] = []
    for row in BytesIO(data.removeprefix(b"\xef\xbb\xbf")):
        line = row.decode("utf-8", "replace").strip()
        if line and not (is_url(line) and " " not in line):
            return None
        if line and len(found) <= _MOST_ENTRIES:
            found.append(line[:_LONGEST])
    if not found:
        return None
    return Sitemap(tuple(dict.fromkeys(found[:_MOST_ENTRIES])), cut=len(found) > _MOST_ENTRIES)
