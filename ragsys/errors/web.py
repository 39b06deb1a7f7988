"""A page that was not fetched, each reason by its own name."""

from __future__ import annotations

from ragsys.errors.documents import DocumentError
from ragsys.errors.usage import UsageError

__all__ = [
    "NetworkRefusedError",
    "PageError",
    "PageGoneError",
    "PageRedirectError",
    "PageRefusedError",
    "PageTimeoutError",
    "PageTooLargeError",
    "PageUnreachableError",
    "PrivateAddressError",
    "RobotsRefusedError",
    "SitemapCutError",
    "UrlError",
]


class NetworkRefusedError(UsageError):
    """A web address, while nothing may be fetched."""

    code = "network-not-allowed"
    http_status = 403
    hint = "add --allow-network (or the setting allow_network) if pages may be fetched from there"


class UrlError(UsageError):
    """A web address that cannot be one, or one that holds a password."""

    code = "url-invalid"
    hint = "give it as http://host/path or https://host/path, without a user or a password in it"


class PageError(DocumentError):
    """A page that the server does not give for now, or gives in a way that is not understood."""

    code = "page-failed"
    hint = "try again later"


class PageRefusedError(PageError):
    """A page that the server does not give to us."""

    code = "page-refused"
    hint = "it may want a login; save it with a browser and add the file"


class PageGoneError(PageError):
    """A page that the server says is not there."""

    code = "page-gone"
    hint = "check the address"


class PageUnreachableError(PageError):
    """Nobody answers there, not with a certificate that holds, or the answer broke off."""

    code = "page-unreachable"
    hint = "check the address and the connection, and try again later"


class PageTimeoutError(PageError):
    """A page that took too long."""

    code = "page-timeout"
    hint = "raise page_seconds, or try again later"


class PageTooLargeError(PageError):
    """A page beyond the limit, as it comes or unpacked, or one with endless headers."""

    code = "page-too-large"
    hint = "raise the limit with RAGSYS_MAX_FILE_BYTES if you trust the server"


class PageRedirectError(PageError):
    """A redirect that is not followed: one too many, in a circle, from https to http, or out of a sitemap's site."""

    code = "page-redirect"
    hint = "add the address that it leads to, if you trust that"


class PrivateAddressError(PageError):
    """A host whose address is not of the public internet."""

    code = "address-private"
    hint = "if it is a server of your own network that may be read, name its host in allowed_hosts"


class RobotsRefusedError(PageError):
    """A page of a sitemap that the site's robots.txt asks not to fetch."""

    code = "robots-refused"
    hint = "add the page by its own address if you may read it"


class SitemapCutError(PageError):
    """A sitemap that lists more than is taken of it."""

    code = "sitemap-cut"
    hint = "raise max_pages, or add the sitemaps of its parts"
