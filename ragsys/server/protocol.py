"""HTTP/1.1 on a connection: uvicorn's protocol on llhttp, with a bound on heads that it has not.

llhttp takes a third of the processor time of a parser in Python, which is what a refusal under overload costs most. It
keeps a head of any size and waits for the rest of one for ever: here both end. Knows nothing of what is asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio

    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

__all__ = ["LONGEST_HEAD", "BoundedProtocol"]

LONGEST_HEAD = 1 << 16


class BoundedProtocol(HttpToolsProtocol):
    """A connection whose heads, and what follows a body in chunks, have at most 64 KiB; heads come in `patience`."""

    patience = 30.0
    _held = 0  # bytes that came since there was last a whole head, or some of a body
    _in_head = True
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a request, but not for ever."""
        super().connection_made(transport)
        self._timer = self.loop.call_later(self.patience, self._late)

    def data_received(self, data: bytes) -> None:
        """Parse what came. A head that is too large is refused, and the connection closed."""
        self._held += len(data)
        super().data_received(data)
        if not self._held or self.transport.is_closing():
            return
        if self._held > LONGEST_HEAD:
            self.send_400_response("The head of the request is too large.")
        elif self._in_head and self._timer is None:
            self._timer = self.loop.call_later(self.patience, self._late)

    def on_headers_complete(self) -> None:
        """A head is there."""
        self._in_head, self._held = False, 0
        self._forget_timer()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Some of the body is there."""
        self._held = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The next one may begin."""
        self._in_head, self._held = True, 0
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no more."""
        self._forget_timer()
        super().connection_lost(exc)

    def _late(self) -> None:
        """Close, unless an answer is under way: what follows it may be late."""
        self._timer = None
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is None or cycle.response_complete:
            self.transport.close()

    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
