"""From one sitemap to all the pages that it leads to, over other sitemaps, within bounds and on one site."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from ragsys.errors import DocumentError, PageRedirectError, UrlError
from ragsys.ingest.web.sitemaps import MOST_BYTES, read_sitemap
from ragsys.ingest.web.urls import normal, site_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragsys.ingest.web.fetching import Fetcher
    from ragsys.ingest.web.sitemaps import Sitemap

__all__ = ["Walk"]

# Sitemaps that are read for one, and how deep they may lie in each other; the protocol knows one level.
_SITEMAPS, _DEEPEST = 1000, 3


class Walk:
    """The sitemap at an address and those that it lists, up to `most` pages of its own site.

    Attributes:
        site: the one that all of it has to be of.
        elsewhere: how many addresses are of another site, or none at all.
        failed: sitemaps that could not be read.
        cut: what is missing, in words; empty where nothing is.
    """

    def __init__(self, url: str, sitemap: Sitemap, fetcher: Fetcher, most: int) -> None:
        self._url, self._first, self._fetcher, self._most = url, sitemap, fetcher, most
        self.site = site_of(url)
        self.elsewhere = 0
        self.failed: dict[str, DocumentError] = {}
        self.cut = ""

    def pages(self) -> Iterator[str]:
        """Every page once, in the order of the lists."""
        given: set[str] = set()
        for sitemap in self._sitemaps():
            if sitemap.cut:
                self.cut = "one sitemap lists more than the 50,000 addresses that it may; the others are left out"
            for url in self._own(sitemap.pages):
                if url in given:
                    continue
                if len(given) == self._most:
                    self.cut = f"it lists more than {self._most} pages; the others are left out"
                    return
                given.add(url)
                yield url

    def _sitemaps(self) -> Iterator[Sitemap]:
        """Every sitemap, the first one first; each is fetched when it is its turn."""
        todo: deque[tuple[str, int]] = deque()
        asked, sitemap, depth = {self._url}, self._first, 0
        while True:
            yield sitemap
            fresh = [url for url in dict.fromkeys(self._own(sitemap.sitemaps)) if url not in asked]
            most = 0 if depth == _DEEPEST else _SITEMAPS - len(asked)
            if len(fresh) > most:
                self.cut = f"it leads to more than {_SITEMAPS} sitemaps, or more than {_DEEPEST} deep"
            asked.update(fresh[:most])
            todo.extend((url, depth + 1) for url in fresh[:most])
            found = None
            while found is None:
                if not todo:
                    return
                url, depth = todo.popleft()
                found = self._fetch(url)
            sitemap = found

    def _fetch(self, url: str) -> Sitemap | None:
        try:
            page = self._fetcher.fetch(url, most=MOST_BYTES, check=self._check)
            sitemap = None if page is None else read_sitemap(page)
        except DocumentError as error:
            self.failed[url] = error
            return None
        if sitemap is None:
            self.failed[url] = DocumentError(f"{url} is listed as a sitemap and is none")
        return sitemap

    def _check(self, url: str) -> None:
        if site_of(url) != self.site:
            raise PageRedirectError(f"a sitemap leads out of its site, to {url}")

    def _own(self, listed: tuple[str, ...]) -> Iterator[str]:
        """The addresses of this site, in normal form. They have to be whole: nothing is relative in a sitemap."""
        for place in listed:
            try:
                url = normal(place)
            except UrlError:
                url = ""
            if url and site_of(url) == self.site:
                yield url
            else:
                self.elsewhere += 1
