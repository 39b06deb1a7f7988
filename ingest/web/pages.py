"""The web pages of one run: each address a page, or a sitemap whose pages are looked at one after another.

A page that has not changed costs a conditional request. What the server says is gone is gone; whatever else goes wrong
is an outcome, and what is indexed stays. Runs in the thread that reads ahead, and asks no index.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from ragsys.errors import (
    DocumentError,
    EmptyFileError,
    NetworkRefusedError,
    OfflineError,
    PageGoneError,
    PageRedirectError,
    SitemapCutError,
)
from ragsys.ingest.discover import document_id
from ragsys.ingest.given import Given
from ragsys.ingest.looking import Read, Same, understood
from ragsys.ingest.reading import Content
from ragsys.ingest.web.bodies import file_name, in_utf8
from ragsys.ingest.web.fetching import Fetcher, Page, Validators
from ragsys.ingest.web.robots import Robots
from ragsys.ingest.web.sitemaps import read_sitemap
from ragsys.ingest.web.urls import is_url, site_of
from ragsys.ingest.web.walk import Walk
from ragsys.members import split
from ragsys.notices import Notice

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

    from ragsys.config import Settings
    from ragsys.indexes.records import KnownFile
    from ragsys.ingest.isolation import Reader
    from ragsys.ingest.looking import Step

    Trusted = Callable[[str], KnownFile | None]

__all__ = ["Pages", "content_of", "fetch_page", "require_network"]

_UNSURE = -1


def require_network(settings: Settings) -> None:
    """Raise `OfflineError` or `NetworkRefusedError` unless the settings let pages be fetched."""
    if settings.offline:
        raise OfflineError("ragsys is offline, so no page is fetched")
    if not settings.allow_network:
        raise NetworkRefusedError("a web address is only fetched where that is allowed")


def fetch_page(url: str, settings: Settings) -> tuple[Content, str]:
    """A page, by its normal address, and the name that it is read under. Raises `DocumentError`, `UsageError`."""
    require_network(settings)
    page = Fetcher(settings).fetch(url)
    if page is None:
        raise DocumentError(f"{url} is said not to have changed, which was not asked")
    return content_of(page)


def content_of(page: Page) -> tuple[Content, str]:
    """A page as if it were a file. Raises `EmptyFileError`."""
    if not page.data:
        raise EmptyFileError(f"{page.url} is empty")
    data = in_utf8(page.data, page.kind, page.charset)
    name = file_name(page.url.partition("?")[0].split("/", 3)[3], site_of(page.url), page.kind)
    return Content(data, hashlib.sha256(data).hexdigest(), len(data), _UNSURE), name


class Pages:
    """The pages at and behind `urls` (normal form); `again` says that they were added before.

    Attributes:
        present: every address that was looked at, whatever came of it.
        gone: those of documents that the server says are not there any more.
        unreached: those of `urls` from which nothing came.
        told: what the server said of a page, by address, to be kept with it: see `Given.web`.
    """

    def __init__(self, urls: Sequence[str], settings: Settings, *, again: bool = False) -> None:
        require_network(settings)
        self._urls, self._again = urls, again
        self._most = settings.max_pages
        self._fetcher = Fetcher(settings)
        self._robots = Robots(self._fetcher)
        self._before: dict[str, Mapping[str, str]] = {}
        self._containers: Collection[str] = ()
        self._excluded: Collection[str] = ()
        self._elsewhere = self._kept = 0
        self.present: set[str] = set()
        self.gone: set[str] = set()
        self.unreached: set[str] = set()
        self.told: dict[str, Mapping[str, str]] = {}

    def stop(self) -> None:
        """Let no page be waited for any more. May be called from another thread."""
        self._fetcher.stop()

    def begin(
        self, known: Mapping[str, KnownFile], containers: Collection[str], excluded: Collection[str] = ()
    ) -> None:
        """Take what the index remembers, before the first step.

        These are its documents, the sources of files with others in them, and the ids of those that stay away.
        """
        pages = [file for file in known.values() if is_url(file.source)]
        self._before = {split(file.source)[0]: Given.from_json(file.given).web for file in pages}
        self._containers, self._excluded = frozenset(containers), excluded

    def notices(self) -> list[Notice]:
        """What was left out, and what is kept although its sitemap is gone."""
        notices = []
        if self._elsewhere:
            message = f"{self._elsewhere} addresses in sitemaps are left out: of other sites, or none at all"
            notices.append(Notice("pages-elsewhere", message))
        if self._kept:
            message = f"a sitemap is not there any more: its {self._kept} pages are kept (`ragsys rm` removes them)"
            notices.append(Notice("root-missing", message))
        return notices

    def steps(self, trusted: Trusted, reader: Reader) -> Iterator[Step]:
        """Look at every page; `trusted` gives what the index remembers of one, where that still holds."""
        for url in self._urls:
            if url in self.present or document_id(url) in self._excluded:
                continue
            self.present.add(url)
            listed = self._listed_by(url)
            try:
                page = self._fetcher.fetch(url, self._validators(url, trusted))
                sitemap = None if page is None else read_sitemap(page)
            except DocumentError as error:
                if listed and isinstance(error, PageGoneError):
                    self._kept += len(listed)
                    continue
                yield from self._failed(url, error, root=True)
                continue
            if page is None or sitemap is None:
                yield from self._look(url, page, "", trusted, reader)
            else:
                yield from self._site(url, Walk(page.url, sitemap, self._fetcher, self._most), listed, trusted, reader)

    def _site(self, root: str, walk: Walk, listed: Sequence[str], trusted: Trusted, reader: Reader) -> Iterator[Step]:
        """The pages of a sitemap; `listed` are those that it led to before, which may still be there."""
        pages = list(walk.pages())
        self._elsewhere += walk.elsewhere
        for url, error in walk.failed.items():
            self.present.add(url)
            yield Read(url, url, error)
        if walk.cut:
            yield Read(root, root, SitemapCutError(walk.cut))

        def check(url: str) -> None:
            if site_of(url) != walk.site:
                raise PageRedirectError(f"a page of a sitemap leads out of its site, to {url}")
            self._robots.check(url)

        for url in dict.fromkeys([*pages, *listed]):
            if url in self.present or document_id(url) in self._excluded:
                continue
            self.present.add(url)
            try:
                check(url)
                known, pause = self._validators(url, trusted), self._robots.pause(url)
                found = self._fetcher.fetch(url, known, check=check, pause=pause)
            except DocumentError as failure:
                yield from self._failed(url, failure)
                continue
            yield from self._look(url, found, root, trusted, reader)

    def _look(self, url: str, page: Page | None, via: str, trusted: Trusted, reader: Reader) -> Iterator[Step]:
        """What a page holds, unless the index has it; `via` is the sitemap that led to it."""
        known, before = trusted(url), self._before.get(url, {})
        if page is None:
            self.told[url] = {**before, **({"via": via} if via else {})}
            yield Same(url)
            return
        said = {"etag": page.validators.etag, "modified": page.validators.modified, "via": via or before.get("via", "")}
        self.told[url] = {name: value for name, value in said.items() if value}
        try:
            content, name = content_of(page)
        except DocumentError as error:
            yield Read(url, url, error)
            return
        if known is not None and known.sha256 == content.sha256:
            yield Same(url)
            return
        yield from understood(url, content, name, reader)

    def _failed(self, url: str, error: DocumentError, *, root: bool = False) -> Iterator[Step]:
        """A page that was not to be had: gone, where the index has it and the server says so, or an outcome."""
        if isinstance(error, PageGoneError) and url in self._before:
            self.gone.add(url)
            return
        if root:
            self.unreached.add(url)
            if self._again and isinstance(error, PageGoneError):
                return  # as of a file that was there once
        yield Read(url, url, error)

    def _validators(self, url: str, trusted: Trusted) -> Validators:
        """By what to ask whether a page has changed: nothing, unless the index has all that was made of it then.

        Of a page with other documents in it that is not sure: they are not stored together.
        """
        if url in self._containers or trusted(url) is None:
            return Validators()
        before = self._before.get(url, {})
        return Validators(before.get("etag", ""), before.get("modified", ""))

    def _listed_by(self, root: str) -> list[str]:
        return [url for url, before in self._before.items() if before.get("via") == root]
