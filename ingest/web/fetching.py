"""One page from one server: redirects by our own rules, everything bounded, a typed error for whatever goes wrong.

Each address, also one that a redirect leads to, is resolved once and checked, and the connection goes to what was
checked; TLS is verified against the name. Nothing is sent along: no cookies, no credentials, no referrer, and no proxy
is asked, since a proxy would resolve names by itself. Knows neither documents nor sitemaps.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from threading import Event
from typing import TYPE_CHECKING, Self

import httpcore2

from ragsys._version import __version__
from ragsys.errors import (
    PageError,
    PageGoneError,
    PageRedirectError,
    PageRefusedError,
    PageTimeoutError,
    PageTooLargeError,
    PageUnreachableError,
    UrlError,
)
from ragsys.ingest.web.addresses import allowed_hosts, checked_addresses, look_up
from ragsys.ingest.web.bodies import content_type, gathered
from ragsys.ingest.web.connecting import Checked, Patience
from ragsys.ingest.web.urls import joined, site_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ragsys.config import Settings
    from ragsys.ingest.web.addresses import Resolve

__all__ = ["USER_AGENT", "Fetcher", "Page", "Validators"]

USER_AGENT = f"ragsys/{__version__}"
_REDIRECTS = 5
_HEADERS = 200
_LONGEST_VALIDATOR = 500
_MOVED = frozenset({301, 302, 303, 307, 308})
_NOT_MODIFIED, _TOO_MANY = 304, 429
_GONE = frozenset({404, 410})
_PORTS = {b"http": 80, b"https": 443}


@dataclass(frozen=True, slots=True)
class Validators:
    """By what a server tells whether a page has changed since it was sent: ETag and Last-Modified, as it wrote them."""

    etag: str = ""
    modified: str = ""

    def headers(self) -> list[tuple[bytes, bytes]]:
        """The headers of a conditional request."""
        named = ((b"If-None-Match", self.etag), (b"If-Modified-Since", self.modified))
        return [(name, value.encode("latin-1")) for name, value in named if value]

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Self:
        """Those of a response; one that could not be sent back is none."""
        found = [headers.get(name, "") for name in ("etag", "last-modified")]
        return cls(*(v if v.isascii() and v.isprintable() and len(v) <= _LONGEST_VALIDATOR else "" for v in found))


@dataclass(frozen=True, slots=True)
class Page:
    """What a server sent for an address; `url` is where redirects ended. `data` is unpacked, in no known encoding."""

    url: str
    data: bytes
    kind: str
    charset: str
    validators: Validators


class Fetcher:
    """Fetches pages one after another; `stop`, from another thread, ends the one at hand and all later ones.

    `resolve` gives the addresses of a host and a port.
    """

    def __init__(self, settings: Settings, *, resolve: Resolve = look_up) -> None:
        self._hosts = allowed_hosts(settings.allowed_hosts)
        self._seconds, self._most, self._pause = settings.page_seconds, settings.max_file_bytes, settings.page_pause
        self._resolve = resolve
        self._tls = httpcore2.default_ssl_context()
        self._stopped = Event()
        self._patience: Patience | None = None
        self._asked: dict[str, float] = {}

    def stop(self) -> None:
        """Let nothing be waited for any more."""
        self._stopped.set()
        if (patience := self._patience) is not None:
            patience.interrupt()

    def fetch(
        self,
        url: str,
        known: Validators = Validators(),
        *,
        most: int | None = None,
        check: Callable[[str], None] = lambda _url: None,
        pause: float = 0.0,
    ) -> Page | None:
        """A page; None where it is as it was when the server sent `known`.

        `most` bytes instead of the largest file; `check` is asked about each address before it is connected to, and
        raises where it must not be. Between two requests to a host lie `pause` seconds, or those of the settings.

        Raises:
            PageError: one of its kinds.
        """
        self._wait(site_of(url), max(pause, self._pause))
        patience = self._patience = Patience(time.monotonic() + self._seconds, self._stopped)
        try:
            return self._follow(url, known, most or self._most, check, patience)
        except httpcore2.TimeoutException:
            raise PageTimeoutError(f"{url} took longer than the {self._seconds:g} s that it may") from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            raise PageUnreachableError(f"{url} cannot be fetched: {_line(error)}") from None

    def _wait(self, host: str, seconds: float) -> None:
        """Leave a server in peace between two requests."""
        before = self._asked.get(host)
        if before is not None:
            self._stopped.wait(max(before + seconds - time.monotonic(), 0))
        self._asked[host] = time.monotonic()

    def _follow(
        self, url: str, known: Validators, most: int, check: Callable[[str], None], patience: Patience
    ) -> Page | None:
        """The page at the end of a chain of redirects, each checked like the first address."""
        seen: list[str] = []
        while len(seen) <= _REDIRECTS:
            check(url)
            seen.append(url)
            found = self._ask(url, known, most, patience)
            if not isinstance(found, str):
                return found
            if url.startswith("https:") and not found.startswith("https:"):
                raise PageRedirectError(f"{url} leads from https to {found}")
            if found in seen:
                raise PageRedirectError(f"{url} leads back to {found}")
            url = found
        raise PageRedirectError(f"{seen[0]} leads on more than {_REDIRECTS} times")

    def _ask(self, url: str, known: Validators, most: int, patience: Patience) -> Page | str | None:
        """The page at an address, where it leads instead, or None where it has not changed."""
        request = httpcore2.Request(
            "GET",
            url,
            headers=[
                (b"Host", site_of(url).encode()),
                (b"User-Agent", USER_AGENT.encode()),
                (b"Accept", b"*/*"),
                (b"Accept-Encoding", b"gzip"),
                (b"Connection", b"close"),
                *known.headers(),
            ],
        )
        origin = request.url.origin
        host = origin.host.decode()
        port = origin.port or _PORTS[origin.scheme]
        seconds = patience.left(httpcore2.ConnectTimeout)
        addresses = checked_addresses(host, port, self._hosts, self._resolve, seconds)
        connection = httpcore2.HTTPConnection(
            origin, ssl_context=self._tls, network_backend=Checked(addresses, patience)
        )
        with connection:
            response = connection.handle_request(request)
            try:
                return _answer(url, response, known, most)
            finally:
                response.close()


def _answer(url: str, response: httpcore2.Response, known: Validators, most: int) -> Page | str | None:
    """What a response says. Raises `PageError`."""
    if len(response.headers) > _HEADERS:
        raise PageTooLargeError(f"{url} comes with more than {_HEADERS} headers")
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers}
    status = response.status
    if status in _MOVED and "location" in headers:
        try:
            return joined(url, headers["location"])
        except UrlError as error:
            raise PageRedirectError(f"{url} leads to what is no address: {error.message}") from None
    if status == _NOT_MODIFIED and known != Validators():
        return None
    _refuse(url, status)
    packing = headers.get("content-encoding", "identity").strip().lower()
    if packing not in {"identity", "gzip", "x-gzip"}:
        raise PageError(f"{url} comes packed as {_line(packing)}, which was not asked for")
    length = headers.get("content-length", "")
    if length.isdigit() and int(length[:20]) > most:
        raise PageTooLargeError(f"{url} has {length[:20]} bytes; the limit is {most}")
    kind, charset = content_type(headers.get("content-type", ""))
    data = gathered(response.iter_stream(), most, packed=packing != "identity")
    return Page(url, data, kind, charset, Validators.of(headers))


def _refuse(url: str, status: int) -> None:
    """Raise what a status stands for that is no success."""
    if status in _GONE:
        raise PageGoneError(f"{url} is not there (HTTP {status})")
    if 400 <= status < 500 and status != _TOO_MANY:  # noqa: PLR2004 - the classes of HTTP
        raise PageRefusedError(f"{url} is refused to us (HTTP {status})")
    if status != 200:  # noqa: PLR2004 - the only status that brings a whole page
        raise PageError(f"{url} is not to be had now (HTTP {status})")


def _line(text: object) -> str:
    """One short line without control characters: a server may have had a part in it."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())[:200]
