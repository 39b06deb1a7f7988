"""Other sites' pages that may hold the chat: by name, for the chat only, and never with anybody's cookies.

The Fetch standard, sections 3.2 (CORS) and 3.6 (Cross-Origin-Resource-Policy). Without a setting there are none, and a
request that a foreign page makes is refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["WIDGET", "headers_for", "may_embed", "origins_of"]

WIDGET = "/widget.js"
# What the chat needs: its script, the modules that this loads, and conversations.
_CHAT = re.compile(r"/web/(api|words)\.js|/v1/(ask|sessions(/[^/]+/ask)?)")


def origins_of(setting: str) -> frozenset[str]:
    """The origins of a setting, such as "https://docs.example.org, http://localhost:8080"."""
    return frozenset(origin.strip().rstrip("/").lower() for origin in setting.split(",") if origin.strip())


def may_embed(path: str, origin: str | None, origins: Collection[str]) -> bool:
    """Whether a page of `origin` may ask for `path`; a script tag says no origin."""
    if path == WIDGET:
        return bool(origins)
    return origin is not None and origin.lower() in origins and _CHAT.fullmatch(path) is not None


def headers_for(path: str, origin: str | None) -> dict[str, str]:
    """What an answer to such a page carries, so that its browser hands it over."""
    headers = {"Cross-Origin-Resource-Policy": "cross-origin"}
    if path == WIDGET or origin is None:
        return headers
    allowed = {
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": "authorization, content-type",
    }
    return (
        headers | {"Access-Control-Allow-Origin": origin, "Access-Control-Max-Age": "600", "Vary": "Origin"} | allowed
    )
