"""Connections to addresses that were checked before, and to no others, with one deadline for all that is said there."""

from __future__ import annotations

import contextlib
import socket
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpcore2

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Sequence
    from threading import Event

__all__ = ["Checked", "Patience"]

_CONNECT = 10.0


@dataclass(slots=True)
class Patience:
    """Until when to wait (`time.monotonic`), unless somebody stops it before, from whichever thread."""

    ends: float
    stopped: Event
    open: Any = field(default=None, repr=False)

    def left(self, kind: type[httpcore2.TimeoutException]) -> float:
        """Seconds that are left. Raises `kind` where there are none."""
        seconds = self.ends - time.monotonic()
        if seconds <= 0 or self.stopped.is_set():
            raise kind
        return seconds

    def interrupt(self) -> None:
        """Wake whoever waits for the other side."""
        if isinstance(stream := self.open, socket.socket):
            with contextlib.suppress(OSError):
                stream.shutdown(socket.SHUT_RDWR)


class Checked(httpcore2.NetworkBackend):
    """Connects to one of `addresses`, whatever host is asked for: its name has been resolved, and is not again."""

    def __init__(self, addresses: Sequence[str], patience: Patience) -> None:
        self._addresses, self._patience = addresses, patience
        self._sockets = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline is ours
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """A connection to the first address that takes one. Raises `ConnectError` or `ConnectTimeout`."""
        failure: Exception = httpcore2.ConnectError(f"{host} has no address")
        for address in self._addresses:
            seconds = min(_CONNECT, self._patience.left(httpcore2.ConnectTimeout))
            try:
                stream = self._sockets.connect_tcp(address, port, seconds, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                return _Patient(stream, self._patience)
        raise failure


class _Patient(httpcore2.NetworkStream):
    """A stream that nobody can keep open by saying a little now and then."""

    def __init__(self, stream: httpcore2.NetworkStream, patience: Patience) -> None:
        self._stream, self._patience = stream, patience
        patience.open = stream.get_extra_info("socket")

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the deadline is ours
        return self._stream.read(max_bytes, self._patience.left(httpcore2.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 - the deadline is ours
        self._stream.write(buffer, self._patience.left(httpcore2.WriteTimeout))

    def close(self) -> None:
        self._patience.open = None
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 - the deadline is ours
    ) -> httpcore2.NetworkStream:
        seconds = self._patience.left(httpcore2.ConnectTimeout)
        return _Patient(self._stream.start_tls(ssl_context, server_hostname, seconds), self._patience)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
