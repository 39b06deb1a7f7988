"""What a server counts, for Prometheus. One registry for each server; nothing of it is global."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

if TYPE_CHECKING:
    from collections.abc import Callable

    from ragsys.server.gate import Gate
    from ragsys.server.trace import Trace
    from ragsys.stages import Stages

__all__ = ["Metrics"]

_METHODS = frozenset({"GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS"})
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)


class Metrics:
    """Counters of one server; label values are routes, codes and names of indexes, never what was asked."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "ragsys_requests", "Requests by route, method and status", ("route", "method", "status"), registry=registry
        )
        self._seconds = Histogram(
            "ragsys_request_seconds", "Seconds of a whole request", ("route",), registry=registry, buckets=_SECONDS
        )
        self._of_routes: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._stages = Histogram(
            "ragsys_stage_seconds", "Seconds of a stage", ("stage",), registry=registry, buckets=_SECONDS
        )
        self._refused = Counter("ragsys_errors", "Errors by code", ("code",), registry=registry)
        self._answers = Counter(
            "ragsys_answers", "Answers by index and by whether there was one", ("index", "result"), registry=registry
        )
        self._tokens = Counter("ragsys_generated_tokens", "Pieces that generators wrote", registry=registry)
        self._stopped = Counter("ragsys_stopped_generations", "Generations whose asker went away", registry=registry)
        self._uploads = Counter("ragsys_uploads", "Uploads by how they ended", ("result",), registry=registry)
        self._gauges = {
            name: Gauge(f"ragsys_{name}", text, ("gate",), registry=registry)
            for name, text in (("running", "Requests being carried out"), ("waiting", "Requests in the queue"))
        }
        self._cached = Gauge("ragsys_cache", "What caches were asked for and had", ("cache", "kind"), registry=registry)
        self._pending = Gauge(
            "ragsys_uploads_pending", "Uploads that are not indexed yet", ("index",), registry=registry
        )

    def request(self, trace: Trace, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request that is done."""
        # Whoever calls chooses the method: a label for each would grow without end.
        requests, route_seconds = self._of_route(route, method if method in _METHODS else "other", status)
        requests.inc()
        route_seconds.observe(seconds)
        self.staged(trace.stages)
        if trace.code:
            self._refused.labels(trace.code).inc()
        if trace.result:
            self._answers.labels(trace.index, trace.result).inc()
        if trace.result == "stopped":
            self._stopped.inc()
        if trace.tokens:
            self._tokens.inc(trace.tokens)

    def staged(self, stages: Stages) -> None:
        """Count the stages of a piece of work."""
        for stage, taken in stages.seconds().items():
            self._stages.labels(stage).observe(taken)

    def _of_route(self, route: str, method: str, status: int) -> tuple[Counter, Histogram]:
        """The two that count requests; finding them by their labels takes longer than counting."""
        found = self._of_routes.get((route, method, status))
        if found is None:
            found = self._requests.labels(route, method, str(status)), self._seconds.labels(route)
            self._of_routes[route, method, status] = found
        return found

    def upload(self, result: str) -> None:
        """Count an upload that is done."""
        self._uploads.labels(result).inc()

    def watch(self, gate: Gate) -> None:
        """Show how full a gate is whenever somebody looks."""
        self._gauges["running"].labels(gate.name).set_function(lambda: gate.running)
        self._gauges["waiting"].labels(gate.name).set_function(lambda: gate.waiting)

    def watch_caches(self, reused: Callable[[], dict[str, tuple[int, int]]]) -> None:
        """Show how much was asked of each cache, and how much it had."""

        def show(cache: str, kind: str, at: int) -> None:
            self._cached.labels(cache, kind).set_function(lambda: reused()[cache][at])

        for cache in reused():
            show(cache, "asked", 0)
            show(cache, "hit", 1)

    def pending(self, index: str, count: int) -> None:
        """Say how many uploads of an index are not indexed yet."""
        self._pending.labels(index).set(count)

    def text(self) -> bytes:
        """All of it, in Prometheus' text format."""
        return generate_latest(self._registry)
