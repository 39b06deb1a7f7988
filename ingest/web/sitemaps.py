"""Sitemaps (sitemaps.org, protocol 0.9): lists of pages, and lists of lists, told by what they hold.

XML is read as that of any document: no entities, nothing that it names. Fetches nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ragsys.errors import DocumentError, UrlError
from ragsys.ingest.parsers.xml_source import local, parse_xml
from ragsys.ingest.web.bodies import GZIP, gathered
from ragsys.ingest.web.urls import is_url, joined

if TYPE_CHECKING:
    from ragsys.ingest.web.fetching import Page

__all__ = ["MOST_BYTES", "Sitemap", "read_sitemap"]

# The protocol's own limit, which holds after unpacking as well.
MOST_BYTES = 50 * 1024 * 1024
_HEAD = 4096
# Atomic, or a page of comments would take for ever.
_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:(?><\?.*?\?>)\s*+|(?><!--.*?-->)\s*+)*+<(?:\w+:)?(?:urlset|sitemapindex)\b", re.DOTALL
)
_PLAIN = "text/plain"


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a sitemap lists, in its order, in normal form: pages, or other sitemaps; `bad` counts what is no address."""

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    bad: int = 0


def read_sitemap(page: Page) -> Sitemap | None:
    """What a sitemap lists; None where the page is none.

    Raises:
        DocumentError: it is one, and declares entities or does not end as XML has to.
    """
    data = _unpacked(page.data)
    if data is None:
        return None
    if _ROOT.match(data[:_HEAD]):
        return _of_xml(page.url, data)
    return _of_text(page.url, data) if page.kind == _PLAIN else None


def _unpacked(data: bytes) -> bytes | None:
    """What may be a sitemap: as it is, or out of its gzip; None where that is too large or is damaged."""
    if not data.startswith(GZIP):
        return data if len(data) <= MOST_BYTES else None
    try:
        return gathered([data], MOST_BYTES, packed=True)
    except DocumentError:
        return None


def _of_xml(url: str, data: bytes) -> Sitemap:
    root = parse_xml(data, url)
    if root is None:
        raise DocumentError(f"the sitemap {url} is not well-formed")
    entries = [element for element in root if local(element) in {"url", "sitemap"}]
    places = (next((child.text for child in entry if local(child) == "loc"), None) for entry in entries)
    found = [_listed(url, (place or "").strip()) for place in places]
    good = tuple(dict.fromkeys(address for address in found if address is not None))
    bad = found.count(None)
    return Sitemap(sitemaps=good, bad=bad) if local(root) == "sitemapindex" else Sitemap(good, bad=bad)


def _of_text(url: str, data: bytes) -> Sitemap | None:
    """A list of addresses and nothing else."""
    lines = [line.strip() for line in data.decode("utf-8-sig", "replace").splitlines() if line.strip()]
    if not lines or not all(is_url(line) and " " not in line for line in lines):
        return None
    found = [_listed(url, line) for line in lines]
    return Sitemap(tuple(dict.fromkeys(a for a in found if a is not None)), bad=found.count(None))


def _listed(base: str, place: str) -> str | None:
    try:
        return joined(base, place) if is_url(place) else None
    except UrlError:
        return None
