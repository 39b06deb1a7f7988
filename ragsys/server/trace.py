"""What is known of one request while it is carried out: for its answer, the log and the metrics.

Holds ids, counts and seconds, and never a word of a question or a document.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import HTTPConnection

    from ragsys.server.identity import Identity

__all__ = ["Trace", "trace_of"]


@dataclass(slots=True)
class Trace:
    """One request. `ends` is when it has to be done, a `time.monotonic`."""

    id: str
    ends: float
    began: float = field(default_factory=time.monotonic)
    identity: Identity | None = None
    route: str = "none"
    index: str = ""
    stages: dict[str, float] = field(default_factory=dict)
    tokens: int = 0
    result: str = ""
    code: str = ""

    def staged(self, timings: Mapping[str, float]) -> None:
        """Add the seconds of each stage."""
        for name, seconds in timings.items():
            self.stages[name] = self.stages.get(name, 0.0) + seconds


def trace_of(connection: HTTPConnection) -> Trace:
    """The trace that the guard began for a request."""
    found = connection.scope["ragsys.trace"]
    if not isinstance(found, Trace):
        raise TypeError(found)
    return found
