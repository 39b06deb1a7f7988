"""What every request passes before anything else looks at it, and every answer on its way out.

Host and origin (against DNS rebinding and other sites' pages), the token, the rate, the kind and the size of the body;
whether there is a place for it; then the log line and the metrics. An ASGI middleware; knows no route but those that
are open and those that wait at a gate.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import secrets
import time
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from ragsys.errors import (
    BodyTooLargeError,
    HostRefusedError,
    InternalError,
    MediaTypeError,
    OriginRefusedError,
    OverloadedError,
    RagsysError,
    SlowRequestError,
)
from ragsys.server.admission import waits_at
from ragsys.server.identity import identify
from ragsys.server.log import log_event
from ragsys.server.origins import WIDGET, headers_for, may_embed
from ragsys.server.outgoing import Answer
from ragsys.server.trace import Trace
from ragsys.stages import listening

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from ragsys.server.service import Service

__all__ = ["OPEN", "Guard"]

# Open to everybody: whether the server is up, and the page, which holds nothing.
OPEN = frozenset({"/health", "/ready", "/", WIDGET})
OPEN_BELOW = "/web/"
UPLOADS = "/v1/documents"
_BODIES = frozenset({"POST", "PUT", "PATCH"})
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_FRAMING = 1 << 16  # bytes of an upload that are not the file
_SILENCE = 30.0
_FAULTS = 500
_GONE = 499  # what nginx writes into its log for a client that did not wait


class Guard:
    """Wraps the application of a service."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = _headers(scope)
        given = headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else secrets.token_hex(8)
        trace = Trace(request_id, time.monotonic() + self._service.settings.server_deadline)
        scope["ragsys.trace"] = trace
        trace.parent = headers.get("traceparent", "")
        answer = Answer(send, trace, is_page=_is_page(scope["path"]))
        embedded: dict[str, str] = {}
        if may_embed(scope["path"], headers.get("origin"), self._service.origins):
            embedded = headers_for(scope["path"], headers.get("origin"))
            answer.embedded(embedded)
        try:
            self._check(scope, headers, trace)
            if scope["method"] == "OPTIONS" and "Access-Control-Allow-Origin" in embedded:
                await Response(status_code=204)(scope, receive, answer.send)  # a browser asks first
                return
            with listening(trace.stages.add):
                await self._app(scope, _Body(receive, self._limit(scope)).receive, answer.send)
        except RagsysError as error:
            await answer.fail(error, scope, receive)
        except ClientDisconnect:
            answer.status = answer.status or _GONE
        except Exception as error:  # noqa: BLE001 - whatever it is, it becomes an answer and a line in the log
            log_event("fault", {"request_id": trace.id}, failed=error)
            await answer.fail(InternalError("a fault of the server"), scope, receive)
        finally:
            self._record(scope, trace, answer.status)

    def _check(self, scope: Scope, headers: Mapping[str, str], trace: Trace) -> None:
        """Raises what a request is refused with before it is read."""
        path = scope["path"]
        self._check_host(headers, path)
        asks_first = scope["method"] == "OPTIONS" and headers.get("access-control-request-method") is not None
        if path not in OPEN and not path.startswith(OPEN_BELOW) and not asks_first:
            trace.identity = identify(headers.get("authorization"), self._service.tokens)
            self._service.rate.take(trace.identity.id)
        if scope["method"] in _BODIES:
            wanted = "multipart/form-data" if path == UPLOADS else "application/json"
            kind = headers.get("content-type", "").partition(";")[0].strip().lower()
            length = headers.get("content-length")
            if kind != wanted and not (kind == "" and length in {None, "0"}):
                raise MediaTypeError(f"this takes {wanted}")
            if length is not None and length.isdecimal() and int(length) > self._limit(scope):
                raise BodyTooLargeError(f"the body has {length} bytes; the limit is {self._limit(scope)}")
        # Whoever would wait where as many wait as may is told so now: what a refusal costs, others wait longer for.
        waits = waits_at(scope["method"], path)
        if waits is not None and "last-event-id" not in headers:
            trace.route, gate = waits
            self._service.gates[gate].refuse_if_full()

    def _check_host(self, headers: Mapping[str, str], path: str) -> None:
        host = headers.get("host", "")
        name = _name_of(host)
        # A name can be made to point here by whoever owns it; an address cannot.
        if not (name == "localhost" or _is_address(name) or name in self._service.hosts):
            raise HostRefusedError("this server does not go by that name")
        origin, site = headers.get("origin"), headers.get("sec-fetch-site", "none")
        foreign = origin is not None and _site_of(origin) != host.lower()
        elsewhere = foreign or site not in {"none", "same-origin"}
        if elsewhere and not may_embed(path, origin, self._service.origins):
            raise OriginRefusedError("a page of another site made this request")

    def _limit(self, scope: Scope) -> int:
        """The most bytes of a body."""
        settings = self._service.settings
        return settings.max_file_bytes + _FRAMING if scope["path"] == UPLOADS else settings.server_body_bytes

    def _record(self, scope: Scope, trace: Trace, status: int) -> None:
        """Write the request into the log and the metrics, by its route: a path may hold what was asked."""
        route = getattr(scope.get("route"), "path", trace.route)
        seconds = time.monotonic() - trace.began
        self._service.metrics.request(trace, route, scope["method"], status, seconds)
        if self._service.traces is not None and trace.code != OverloadedError.code:  # what is not begun has no stages
            self._service.traces.request(
                f"{scope['method']} {route}",
                trace.stages,
                seconds,
                trace.told(route, scope["method"], status),
                code=trace.code if status >= _FAULTS or not status else "",
                parent=trace.parent,
            )
        fields = {
            "request_id": trace.id,
            "method": scope["method"],
            "route": route,
            "status": status,
            "ms": round(1000 * seconds, 1),
            "token": trace.identity.id if trace.identity else None,
            "index": trace.index or None,
            "result": trace.result or None,
            "code": trace.code or None,
            "tokens": trace.tokens or None,
            "stages_ms": {name: round(1000 * taken, 1) for name, taken in trace.stages.seconds().items()} or None,
        }
        log_event("request", {name: value for name, value in fields.items() if value is not None})


class _Body:
    """A body that is neither too large nor too slow."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive, self._left, self._more = receive, limit, True
        self._limit = limit

    async def receive(self) -> Message:
        """The next message. Raises `BodyTooLargeError` and `SlowRequestError`."""
        if not self._more:  # what comes now is that the client has gone, at any time
            return await self._receive()
        try:
            async with asyncio.timeout(_SILENCE):
                message = await self._receive()
        except TimeoutError:
            raise SlowRequestError("the rest of the body did not come") from None
        if message["type"] == "http.request":
            self._more = bool(message.get("more_body", False))
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                raise BodyTooLargeError(f"the limit is {self._limit} bytes")
        return message


def _headers(scope: Scope) -> dict[str, str]:
    """The headers by their names in small letters; of several of a name, the first."""
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in reversed(scope["headers"])}


def _is_page(path: str) -> bool:
    return path == "/" or path.startswith(OPEN_BELOW)


def _name_of(host: str) -> str:
    """The name in a Host header, without its port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower().rstrip(".")


def _site_of(origin: str) -> str | None:
    """Host and port in an Origin header; None where it is none."""
    try:
        return urlsplit(origin).netloc.lower()
    except ValueError:  # such as an unfinished IPv6 address
        return None


@lru_cache(256)
def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
