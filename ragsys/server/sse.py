"""Server-sent events (WHATWG HTML, section 9.2), and a response that ends when its reader goes away.

Knows nothing of what the events say.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from starlette.responses import Response

from ragsys.plain import as_data

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from starlette.types import Receive, Scope, Send

__all__ = ["EventStream", "event", "to_json"]

_KEEP_ALIVE = 15.0
_STUCK = 60.0
_written = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def to_json(value: Any) -> bytes:
    """A result as JSON. What is no valid Unicode is written by its number."""
    return _written(as_data(value)).encode("utf-8", "backslashreplace")


def event(data: Any, name: str | None = None, *, identity: str | None = None) -> bytes:
    """One event; `identity` is what a browser sends back when it connects again."""
    head = (f"event: {name}\n" if name else "") + (f"id: {identity}\n" if identity else "")
    body = data.encode() if isinstance(data, str) else to_json(data)
    return head.encode() + b"data: " + body + b"\n\n"


class EventStream(Response):
    """Sends what `events` yields, and calls `stop` at the end, however that comes: done, gone away, or too slow."""

    def __init__(self, events: AsyncIterator[bytes], *, stop: Callable[[], None]) -> None:
        super().__init__(media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._events, self._stop = events, stop

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send, until there is nothing left or nobody there."""
        del scope
        sending = asyncio.create_task(self._send(send))
        gone = asyncio.create_task(_until_gone(receive))
        try:
            await asyncio.wait((sending, gone), return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._stop()
            for task in (sending, gone):
                task.cancel()
            await asyncio.gather(sending, gone, return_exceptions=True)
        if not sending.cancelled() and (error := sending.exception()) is not None and not isinstance(error, OSError):
            raise error

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for chunk in _kept_alive(self._events):
            async with asyncio.timeout(_STUCK):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _kept_alive(events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The events, with a comment now and then while there are none, so that nobody takes the connection for dead."""
    waiting: asyncio.Future[bytes] | None = None
    try:
        while True:
            if waiting is None:
                waiting = asyncio.ensure_future(anext(events))
            done, _ = await asyncio.wait((waiting,), timeout=_KEEP_ALIVE)
            if not done:
                yield b": still here\n\n"
                continue
            try:
                chunk = waiting.result()
            except StopAsyncIteration:
                return
            waiting = None
            yield chunk
    finally:
        if waiting is not None:
            waiting.cancel()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
