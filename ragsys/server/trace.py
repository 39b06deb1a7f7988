"""What is known of one request while it is carried out: for its answer, the log and the metrics.

Holds ids, counts and seconds, and never a word of a question or a document.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ragsys.stages import Stages

if TYPE_CHECKING:
    from starlette.requests import HTTPConnection

    from ragsys.server.identity import Identity

__all__ = ["Trace", "trace_of"]


@dataclass(slots=True)
class Trace:
    """One request. `ends` is when it has to be done, a `time.monotonic`; `parent` is the caller's `traceparent`."""

    id: str
    ends: float
    began: float = field(default_factory=time.monotonic)
    identity: Identity | None = None
    route: str = "none"
    index: str = ""
    stages: Stages = field(default_factory=Stages)
    parent: str = ""

    def told(self, route: str, method: str, status: int) -> dict[str, str | int]:
        """What a span says of it, by the names of OpenTelemetry's conventions where these have one."""
        values: dict[str, str | int] = {
            "http.request.method": method,
            "http.route": route,
            "http.response.status_code": status,
            "ragsys.request_id": self.id,
        }
        perhaps: dict[str, str | int] = {
            "ragsys.index": self.index,
            "ragsys.result": self.result,
            "ragsys.tokens": self.tokens,
            "error.type": self.code,
        }
        return values | {name: value for name, value in perhaps.items() if value}

    tokens: int = 0
    result: str = ""
    code: str = ""


def trace_of(connection: HTTPConnection) -> Trace:
    """The trace that the guard began for a request."""
    found = connection.scope["ragsys.trace"]
    if not isinstance(found, Trace):
        raise TypeError(found)
    return found
