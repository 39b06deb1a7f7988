"""Requests to a generating server: timeouts, retries, bounds, and a typed error for everything that goes wrong.

A request is tried again only while nothing of its answer has been given to the caller, with growing, randomised waits
(Brooker, "Exponential Backoff And Jitter", 2015: full jitter) or the one that the server asks for. No redirect is
followed, an address on this machine never goes through a proxy, and the key is in no message. Knows nothing of prompts.
"""

from __future__ import annotations

import contextlib
import json
import random
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from ragsys.errors import (
    EndpointAnswerError,
    EndpointBusyError,
    EndpointCredentialsError,
    EndpointError,
    EndpointModelError,
    EndpointTimeoutError,
    EndpointUnreachableError,
)
from ragsys.generate.sse import events

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import httpx2

__all__ = ["Transport"]

_TOO_MANY = 429
_AGAIN = frozenset({408, 425, _TOO_MANY, 500, 502, 503, 504})
_BAD_REQUEST = frozenset({400, 422})
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 8.0
_LARGEST = 16 << 20  # bytes of a whole answer
_LARGEST_REFUSAL = 1 << 16
_CONNECT = 10.0
_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Transport:
    """How to talk to the server at `base`, such as "http://127.0.0.1:8000/v1".

    `silence` and `deadline` are seconds: without a byte, and for a request with its retries. `pause` waits.
    """

    base: str
    key: str = field(default="", repr=False)
    silence: float = 60.0
    deadline: float = 300.0
    tries: int = 4
    local: bool = False
    pause: Callable[[float], None] = time.sleep

    def get(self, path: str) -> Any:
        """The JSON at a path. Raises `EndpointError`."""
        ends = time.monotonic() + self.deadline
        return self._again(lambda: self._get(path, ends), ends)

    def post(self, path: str, body: Mapping[str, Any]) -> Iterator[Any]:
        """The JSON of each event of an answer, or of the whole answer where the server does not stream.

        Raises:
            EndpointError: one of its kinds.
        """
        ends = time.monotonic() + self.deadline
        first, rest = self._again(lambda: self._begin(path, body, ends), ends)
        yield first
        try:
            yield from rest
        except _Retry as broken:  # too late for that
            raise broken.error from None

    def _get(self, path: str, ends: float) -> Any:
        with self._open("GET", path, None, ends) as response:
            return self._parsed(b"".join(_bounded(response, ends)).decode("utf-8", "replace"))

    def _begin(self, path: str, body: Mapping[str, Any], ends: float) -> tuple[Any, Iterator[Any]]:
        """The first event, which may still be tried again, and the rest, which may not."""
        answer = self._events(path, body, ends)
        try:
            return next(answer), answer
        except StopIteration:
            raise EndpointAnswerError("the server's answer is empty") from None

    def _events(self, path: str, body: Mapping[str, Any], ends: float) -> Iterator[Any]:
        with self._open("POST", path, body, ends) as response:
            chunks = _bounded(response, ends)
            if "text/event-stream" not in response.headers.get("content-type", ""):
                yield self._parsed(b"".join(chunks).decode("utf-8", "replace"))
                return
            try:
                for data in events(chunks):
                    if data == "[DONE]":
                        return
                    yield self._parsed(data)
            except ValueError as error:
                raise EndpointAnswerError(f"the server's stream cannot be read: {error}") from None

    def _again(self, attempt: Callable[[], Any], ends: float) -> Any:
        """What the attempt gives, at the first time or after waiting."""
        wait = _FIRST_WAIT
        for left in range(self.tries - 1, -1, -1):
            try:
                return attempt()
            except _Retry as refused:
                seconds = refused.after if refused.after is not None else random.uniform(0, wait)  # noqa: S311 - a wait
                if not left or time.monotonic() + seconds > ends:
                    raise refused.error from None
                self.pause(seconds)
                wait = min(2 * wait, _LONGEST_WAIT)
        raise AssertionError("the last attempt returns or raises")

    @contextlib.contextmanager
    def _open(self, method: str, path: str, body: Mapping[str, Any] | None, ends: float) -> Iterator[httpx2.Response]:
        """A response whose status is right, with its body still to come."""
        import httpx2

        headers = {"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {self.key}"} if self.key else {})
        left = max(ends - time.monotonic(), 0.001)
        timeout = httpx2.Timeout(min(self.silence, left), connect=min(_CONNECT, left))
        try:
            with (
                httpx2.Client(timeout=timeout, trust_env=not self.local, follow_redirects=False) as client,
                client.stream(method, f"{self.base}/{path}", json=body, headers=headers) as response,
            ):
                self._check(response, ends, str((body or {}).get("model", "")))
                yield response
        except httpx2.ConnectError as error:
            raise _Retry(EndpointUnreachableError(f"nobody answers at {self.base}: {self.plain(error)}")) from None
        except httpx2.ConnectTimeout:
            raise _Retry(EndpointUnreachableError(f"no connection to {self.base} within {_CONNECT:.0f} s")) from None
        except httpx2.TimeoutException:
            raise EndpointTimeoutError(f"{self.base} was silent for {self.silence:.0f} s") from None
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            raise _Retry(
                EndpointUnreachableError(f"the connection to {self.base} broke: {self.plain(error)}")
            ) from None

    def _check(self, response: httpx2.Response, ends: float, model: str) -> None:
        """Raise what a response that is no answer stands for."""
        if response.is_success and response.headers.get("content-encoding", "identity") == "identity":
            return
        if response.is_success:
            raise EndpointAnswerError("the server compresses its answer although it was told not to")
        if response.has_redirect_location:
            raise EndpointAnswerError(
                f"{self.base} sends on to {self.plain(response.headers['location'])}, and redirects are not followed",
                hint="if you trust that address, make it the setting generator",
            )
        said = self.plain(_reason(b"".join(_bounded(response, ends, _LARGEST_REFUSAL))))
        status = response.status_code
        error = _refusal(status, f"{self.base} answers HTTP {status}: {said}")
        if status in _BAD_REQUEST and model and model in said:
            error = EndpointModelError(error.message)
        if status in _AGAIN:
            raise _Retry(error, _retry_after(response.headers.get("retry-after")))
        raise error

    def _parsed(self, text: str) -> Any:
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise EndpointAnswerError(f"the server's answer is not JSON: {self.plain(text)[:40]}") from None

    def plain(self, text: object) -> str:
        """One short line, without control characters and without the key."""
        line = " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())
        return (line.replace(self.key, "***") if self.key else line)[:_SHOWN]


class _Retry(Exception):  # noqa: N818 - not an error that anybody sees
    """An attempt that may be made again, the error if it may not, and the seconds that the server asks to wait."""

    def __init__(self, error: EndpointError, after: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.after = after


def _bounded(response: httpx2.Response, ends: float, most: int = _LARGEST) -> Iterator[bytes]:
    """The bytes of a response, not too many and not for too long."""
    size = 0
    for chunk in response.iter_raw():
        size += len(chunk)
        if size > most:
            raise EndpointAnswerError(f"the server's answer has more than {most} bytes")
        if time.monotonic() > ends:
            raise EndpointTimeoutError("the server's answer took too long")
        yield chunk


def _reason(body: bytes) -> str:
    """What a refusal says, in whichever of the usual fields it says it."""
    text = body.decode("utf-8", "replace")
    try:
        said = json.loads(text)
    except ValueError:
        return text
    for name in ("error", "detail", "message"):
        if isinstance(said, dict) and said.get(name):
            said = said[name]
    return said if isinstance(said, str) else json.dumps(said, ensure_ascii=False)


def _refusal(status: int, message: str) -> EndpointError:
    kinds: dict[int, type[EndpointError]] = {
        401: EndpointCredentialsError,
        403: EndpointCredentialsError,
        404: EndpointModelError,
        408: EndpointTimeoutError,
        _TOO_MANY: EndpointBusyError,
        503: EndpointBusyError,
        504: EndpointTimeoutError,
    }
    return kinds.get(status, EndpointAnswerError)(message)


def _retry_after(header: str | None) -> float | None:
    """Seconds, from a number or a date."""
    if not header:
        return None
    with contextlib.suppress(ValueError, OverflowError):
        return max(float(header), 0.0)
    with contextlib.suppress(ValueError, TypeError):
        return max(parsedate_to_datetime(header).timestamp() - time.time(), 0.0)
    return None
