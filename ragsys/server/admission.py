"""Which requests wait at which gate, told by method and path alone, so that a full gate refuses before a body is read.

What is not named here and runs in a thread waits at the gate for searches, and is refused there.
"""

from __future__ import annotations

import re
from typing import Literal

__all__ = ["GENERATE", "SEARCH", "waits_at"]

GateName = Literal["search", "generate"]
SEARCH: GateName = "search"
GENERATE: GateName = "generate"

_SESSION = re.compile(r"/v1/sessions/[^/]+/ask")
_IN_SESSION = "/v1/sessions/{session}/ask"
_GATES: dict[tuple[str, str], GateName] = {
    ("GET", "/v1/search"): SEARCH,
    ("POST", "/v1/search"): SEARCH,
    ("POST", "/v1/embeddings"): SEARCH,
    ("POST", "/v1/rerank"): SEARCH,
    ("GET", "/v1/ask"): GENERATE,
    ("POST", "/v1/ask"): GENERATE,
    ("POST", "/v1/chat/completions"): GENERATE,
    ("POST", "/v1/responses"): GENERATE,
    ("GET", _IN_SESSION): GENERATE,
    ("POST", _IN_SESSION): GENERATE,
}


def waits_at(method: str, path: str) -> tuple[str, GateName] | None:
    """The route that a request is for and the gate that it waits at; None for one that waits at none before its body.

    >>> waits_at("POST", "/v1/sessions/7/ask")
    ('/v1/sessions/{session}/ask', 'generate')
    """
    route = _IN_SESSION if path.startswith("/v1/sessions/") and _SESSION.fullmatch(path) else path
    gate = _GATES.get((method, route))
    return None if gate is None else (route, gate)
