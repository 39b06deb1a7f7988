"""Web addresses in their one form, which is the source of a document. Asks no network."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragsys.errors import UrlError
from ragsys.members import MARK

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["is_url", "joined", "normal", "parted", "site_of"]

_SCHEMES = ("http://", "https://")
_LONGEST, _SHOWN = 2000, 80
_LAST_PORT = 65_535
_HOST = re.compile(rb"[\w.-]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*")
_PORTS = {"http": 80, "https": 443}


def is_url(text: object) -> bool:
    """Whether this is meant as a web address; a `Path` never is."""
    return isinstance(text, str) and text.lower().startswith(_SCHEMES)


def parted(paths: Iterable[str | Path]) -> tuple[list[Path], list[str]]:
    """Files and folders, and web addresses in their normal form, each once. Raises `UrlError`."""
    from pathlib import Path

    files: list[Path] = []
    urls: dict[str, None] = {}
    for path in paths:
        if isinstance(path, str) and is_url(path):
            urls[normal(path)] = None
        else:
            files.append(Path(path))
    return files, list(urls)


def normal(url: str) -> str:
    """A web address as a source: small letters in scheme and host, no default port, no fragment, all of it ASCII.

    Raises:
        UrlError: no address of http or https, one with a user or a password in it (which the message does not repeat),
            or one that is too long.
    """
    import httpx2

    try:
        parsed = httpx2.URL(url.strip()).copy_with(fragment=None)
    except (httpx2.InvalidURL, ValueError):
        raise UrlError(f"{_shown(url)} is no web address") from None
    if parsed.scheme not in _PORTS or not _HOST.fullmatch(parsed.raw_host):
        raise UrlError(f"{_shown(url)} is no address of http or https")
    if parsed.userinfo:
        raise UrlError(f"an address on {parsed.host[:_SHOWN]} has a user or a password in it")
    if parsed.port is not None and not 0 < parsed.port <= _LAST_PORT:
        raise UrlError(f"{_shown(url)} names a port that there is not")
    host = parsed.netloc.decode().lower()  # that of IPv6 comes as it was typed
    text = f"{parsed.scheme}://{host}{parsed.raw_path.decode()}"
    if len(text) > _LONGEST:
        raise UrlError(f"an address on {parsed.host[:_SHOWN]} is longer than {_LONGEST} characters")
    return text.replace(MARK, "%21/")


def joined(base: str, reference: str) -> str:
    """Where a reference on a page leads, in its normal form. Raises `UrlError`."""
    import httpx2

    try:
        return normal(str(httpx2.URL(base).join(reference)))
    except (httpx2.InvalidURL, ValueError):
        raise UrlError(f"{base} leads to what is no web address") from None


def site_of(url: str) -> str:
    """The host of an address in its normal form, with its port where that is an unusual one."""
    return url.split("/", 3)[2]


def _shown(url: str) -> str:
    """An address for a message: nothing that might be a password."""
    text = url.rpartition("@")[2] if "@" in url else url
    return repr(text[:_SHOWN].encode("utf-8", "backslashreplace").decode())
