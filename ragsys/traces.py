"""Traces for OpenTelemetry: a span for each piece of work and, below it, one for each of its stages.

Made when the work is over, of what was told of it (`ragsys.stages`), so that nothing is done or imported where nobody
asked for traces. They hold names of stages, routes, codes and indexes, and numbers: no text, no question, no token and
nobody's name. Nothing of OpenTelemetry's is global here: the tracer of another library is left alone.
"""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ragsys._version import __version__
from ragsys.errors import ConfigError, ExtraMissingError, OfflineError, RagsysError
from ragsys.offline import allow_loopback, is_loopback
from ragsys.stages import Stages, listening

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import SpanKind

    from ragsys.config import Settings

    Values = Mapping[str, str | int | float | bool]

__all__ = ["Traces", "traced", "traces_of"]

_PATIENCE = 3.0  # a command does not wait long for a collector that is not there
_DEFAULT = "http://localhost:4318"


class Traces:
    """Where pieces of work are told. `provider` makes the spans, and is closed with this."""

    def __init__(self, provider: TracerProvider) -> None:
        self._provider = provider
        self._tracer = provider.get_tracer("ragsys", __version__)

    def request(self, name: str, stages: Stages, seconds: float, values: Values, *, code: str, parent: str) -> None:
        """Tell of a request that was answered, in the trace that the caller's `traceparent` names, if it does."""
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        context = TraceContextTextMapPropagator().extract({"traceparent": parent}) if parent else None
        self._record(name, stages, seconds, values, SpanKind.SERVER, code, context)

    def work(self, name: str, stages: Stages, seconds: float, values: Values, *, code: str = "") -> None:
        """Tell of a piece of work that is done; `code` is what it failed with."""
        from opentelemetry.trace import SpanKind

        about = {**values, **({"error.type": code} if code else {})}
        self._record(name, stages, seconds, about, SpanKind.INTERNAL, code, None)

    def close(self) -> None:
        """Send what is left. What cannot be sent in time is lost."""
        self._provider.shutdown()

    def _record(  # noqa: PLR0917 - what a span is made of
        self,
        name: str,
        stages: Stages,
        seconds: float,
        values: Values,
        kind: SpanKind,
        code: str,
        context: Context | None,
    ) -> None:
        from opentelemetry.trace import Status, StatusCode, set_span_in_context

        if stages.more:
            values = {**values, "ragsys.stages_left_out": stages.more}
        now, ended = time.perf_counter(), time.time_ns()

        def at(moment: float) -> int:
            return ended - round((now - moment) * 1e9)

        span = self._tracer.start_span(name, context, kind, values, start_time=at(now - seconds))
        below = set_span_in_context(span)
        for stage in tuple(stages.told):
            counts = {f"ragsys.{count}": value for count, value in stage.counts.items()}
            part = self._tracer.start_span(stage.name, below, attributes=counts, start_time=at(stage.began))
            part.end(at(stage.ended))
        if code:
            span.set_status(Status(StatusCode.ERROR, code))
        span.end(ended)


def traces_of(settings: Settings, *, patience: float | None = None) -> Traces | None:
    """Traces as the setting and OpenTelemetry's own variables have them; None where there are to be none.

    A collector has `patience` seconds to take spans, where no variable says otherwise; None is OpenTelemetry's default.

    Raises:
        ExtraMissingError: OpenTelemetry's SDK or exporter is not installed.
        ConfigError: the variables want another exporter or protocol than OTLP over HTTP.
        OfflineError: spans would leave this machine, and ragsys is offline.
    """
    if not settings.traces or _variable("OTEL_TRACES_EXPORTER", "otlp").lower() == "none":
        return None
    _check_wanted()
    endpoint = _variable("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", _variable("OTEL_EXPORTER_OTLP_ENDPOINT", _DEFAULT))
    if settings.offline:
        _stay_here(endpoint)
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import OTELResourceDetector, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise ExtraMissingError(
            "traces need OpenTelemetry", hint="install it with: pip install 'ragsys[otel]', or unset the setting traces"
        ) from None
    ours = Resource({"service.name": "ragsys", "service.version": __version__})
    provider = TracerProvider(resource=ours.merge(OTELResourceDetector().detect()), shutdown_on_exit=False)
    said = _variable("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", _variable("OTEL_EXPORTER_OTLP_TIMEOUT", ""))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(timeout=None if said else patience)))
    return Traces(provider)


@contextmanager
def traced(settings: Settings, name: str) -> Iterator[None]:
    """Tell of the work of this block, if the setting says so. Raises as `traces_of`."""
    traces = traces_of(settings, patience=_PATIENCE)
    if traces is None:
        yield
        return
    stages, began, code = Stages(), time.perf_counter(), ""
    try:
        with listening(stages.add):
            yield
    except BaseException as error:
        code = error.code if isinstance(error, RagsysError) else type(error).__name__
        raise
    finally:
        traces.work(name, stages, time.perf_counter() - began, {}, code=code)
        traces.close()


def _variable(name: str, default: str) -> str:
    return os.environ.get(name, "").strip() or default


def _check_wanted() -> None:
    exporter = _variable("OTEL_TRACES_EXPORTER", "otlp")
    if exporter.lower() != "otlp":
        raise ConfigError(f"OTEL_TRACES_EXPORTER cannot be {exporter!r} here: it is otlp or none")
    of_all = _variable("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf")
    protocol = _variable("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", of_all)
    if protocol.lower() != "http/protobuf":
        raise ConfigError(f"the protocol of traces cannot be {protocol!r} here: it is http/protobuf")


def _stay_here(endpoint: str) -> None:
    """Let spans go to a collector on this machine, and nowhere else."""
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise ConfigError("the endpoint of traces (OTEL_EXPORTER_OTLP_ENDPOINT) is no address") from None
    if not (host == "localhost" or is_loopback(host)):
        raise OfflineError(
            "traces would be sent to another machine while ragsys is offline",
            hint="name a collector on this machine, or unset the setting traces",
        )
    allow_loopback(port)
