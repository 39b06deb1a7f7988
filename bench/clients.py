"""Many clients of one server in one process: HTTP/1.1 on connections that are kept, and the seconds of each request.

Written out, because a general client takes longer for a request than the server for a search, on the cores they share.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

_OK, _REFUSED = 200, 503


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: its status, its body, and the seconds to the first byte of the body and to the last."""

    status: int
    body: bytes
    first: float
    seconds: float


@dataclass(slots=True)
class Load:
    """What clients saw together."""

    clients: int
    seconds: float = 0.0
    answered: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    errors: int = 0

    def figures(self) -> dict[str, Any]:
        """Rates a second, and milliseconds."""
        sent = len(self.answered) + len(self.refused) + self.errors
        found: dict[str, Any] = {
            "clients": self.clients,
            "seconds": round(self.seconds, 1),
            "sent_per_second": round(sent / self.seconds, 1),
            "answered": len(self.answered),
            "answered_per_second": round(len(self.answered) / self.seconds, 1),
            "answered_ms": milliseconds(self.answered),
            "refused": len(self.refused),
            "errors": self.errors,
        }
        return found | ({"refused_ms": milliseconds(self.refused)} if self.refused else {})


def milliseconds(values: list[float], *shares: int) -> dict[str, float]:
    """p50, p95 and p99, or those that are named; none of no values."""
    wanted = (shares or (50, 95, 99)) if values else ()
    return {f"p{share}": round(report.percentile(values, share / 100) * 1000, 1) for share in wanted}


class Client:
    """A connection to a server on loopback, opened when it is needed."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, path: str, body: bytes, kind: str = "application/json") -> Reply:
        """Post a body and read the whole answer. Raises `OSError` or `EOFError` where the connection breaks."""
        began = time.perf_counter()
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        status, headers = _head(await reader.readuntil(b"\r\n\r\n"))
        parts, first = [], 0.0
        async for part in _parts(reader, headers):
            first = first or time.perf_counter() - began
            parts.append(part)
        if headers.get("connection") == "close":
            self.close()
        return Reply(status, b"".join(parts), first, time.perf_counter() - began)

    def close(self) -> None:
        """Close the connection."""
        if self._streams is not None:
            self._streams[1].close()
        self._streams = None


def _head(data: bytes) -> tuple[int, dict[str, str]]:
    first, *lines = data.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    return int(first.split()[1]), {name.lower(): value.strip().lower() for name, _, value in pairs}


async def _parts(reader: asyncio.StreamReader, headers: dict[str, str]) -> AsyncIterator[bytes]:
    """The body as it comes: whole, or chunk by chunk."""
    if headers.get("transfer-encoding") != "chunked":
        yield await reader.readexactly(int(headers["content-length"]))
        return
    while True:
        size = int(await reader.readline(), 16)
        chunk = await reader.readexactly(size + 2)
        if not size:
            return
        yield chunk[:size]


async def load(
    port: int, path: str, bodies: Sequence[bytes], *, clients: int, seconds: float, every: float = 0.0
) -> Load:
    """What `clients` see that post for `seconds`, each again as soon as it is answered, or after `every` seconds."""
    found, turn, began = Load(clients), itertools.cycle(bodies), time.perf_counter()

    async def one(at: int) -> None:
        client = Client(port)
        await asyncio.sleep(every * at / clients)
        while (now := time.perf_counter()) < began + seconds:
            await _count(client, path, turn, found)
            await asyncio.sleep(max(now + every - time.perf_counter(), 0))
        client.close()

    await asyncio.gather(*(one(at) for at in range(clients)))
    found.seconds = time.perf_counter() - began
    return found


async def _count(client: Client, path: str, bodies: Iterator[bytes], found: Load) -> None:
    try:
        reply = await client.post(path, next(bodies))
    except (OSError, EOFError):
        found.errors += 1
        with suppress(OSError):
            client.close()
        return
    if reply.status == _OK:
        found.answered.append(reply.seconds)
    elif reply.status == _REFUSED:
        found.refused.append(reply.seconds)
    else:
        found.errors += 1
