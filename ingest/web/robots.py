"""What a site asks of whoever follows its lists: robots.txt (RFC 9309), once for each site in a run."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.robotparser import RobotFileParser

from ragsys.errors import DocumentError, PageGoneError, PageRefusedError, RobotsRefusedError

if TYPE_CHECKING:
    from ragsys.ingest.web.fetching import Fetcher

__all__ = ["Robots"]

_MOST = 500 * 1024
_NAME = "ragsys"
# A site may ask for longer pauses than ours, but not for ones that never end.
_LONGEST_PAUSE = 30.0


class Robots:
    """The rules of the sites that a run comes to."""

    def __init__(self, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._rules: dict[str, RobotFileParser] = {}

    def check(self, url: str) -> None:
        """Raise `RobotsRefusedError` where the site asks not to fetch a page, or does not say whether it does."""
        if not self._of(url).can_fetch(_NAME, url):
            raise RobotsRefusedError(f"robots.txt asks not to fetch {url}")

    def pause(self, url: str) -> float:
        """The seconds that the site asks to wait between two pages."""
        asked = self._of(url).crawl_delay(_NAME)
        return min(float(asked or 0), _LONGEST_PAUSE)

    def _of(self, url: str) -> RobotFileParser:
        site = "/".join(url.partition("?")[0].split("/")[:3])
        if site not in self._rules:
            self._rules[site] = rules = RobotFileParser()
            try:
                page = self._fetcher.fetch(f"{site}/robots.txt", most=_MOST)
                rules.parse([] if page is None else page.data.decode("utf-8-sig", "replace").splitlines())
            except (PageGoneError, PageRefusedError):
                rules.parse([])
            except DocumentError:
                # Where the rules cannot be had, there may be some.
                rules.parse(["User-agent: *", "Disallow: /"])
        return self._rules[site]
