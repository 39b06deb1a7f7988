"""What every answer has on its way out: security headers, the request's id, and an error where nothing was answered.

Written for servers under overload, where most answers are refusals: headers are encoded once, not for each answer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragsys.server.problems import problem

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Message, Receive, Scope, Send

    from ragsys.errors import RagsysError
    from ragsys.server.trace import Trace

__all__ = ["Answer"]

_POLICY = b"content-security-policy"
_CACHE = b"cache-control"
_ID = b"x-request-id"
_SECURITY = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"cross-origin-resource-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=()",
}
_API = _SECURITY | {_POLICY: b"default-src 'none'; frame-ancestors 'none'"}
_PAGE = _SECURITY | {
    _POLICY: b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    b"connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}


class Answer:
    """The answer to one request. `status` is 0 until it has begun."""

    def __init__(self, send: Send, trace: Trace, *, is_page: bool) -> None:
        self._send, self._trace, self._is_page = send, trace, is_page
        self._headers = _PAGE if is_page else _API
        self.status = 0

    def embedded(self, headers: Mapping[str, str]) -> None:
        """Give it these headers as well, and instead of those of the same names."""
        self._headers = self._headers | {
            name.lower().encode("latin-1"): value.encode("latin-1") for name, value in headers.items()
        }

    async def send(self, message: Message) -> None:
        """Send a message, the first one with the headers."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            ours = self._headers
            headers = [pair for pair in message.get("headers", ()) if pair[0] not in ours and pair[0] != _ID]
            if not any(name == _CACHE for name, _ in headers):
                headers.append((_CACHE, b"no-cache" if self._is_page else b"no-store"))
            headers.append((_ID, self._trace.id.encode()))
            headers.extend(ours.items())
            message["headers"] = headers
        await self._send(message)

    async def fail(self, error: RagsysError, scope: Scope, receive: Receive) -> None:
        """Answer with an error, unless an answer has begun."""
        self._trace.code = error.code
        if not self.status:
            await problem(error, self._trace.id)(scope, receive, self.send)
