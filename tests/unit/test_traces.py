"""Traces: spans of a request and of its stages, with numbers and without words, sent nowhere unless it is wanted."""

import json
import os
import subprocess
import sys
from pathlib import Path

import collector
import pytest
import web
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from ragsys import QueryEngine, Settings
from ragsys.errors import ConfigError, OfflineError
from ragsys.testing import HashEmbedder
from ragsys.traces import Traces, traces_of

CLI = Path(__file__).parents[1] / "support" / "hash_cli.py"
TOKENS = {"ann": ("write", ["user:ann"])}
UNUSED = """
import sys
from ragsys import QueryEngine, Settings
from ragsys.testing import HashEmbedder
with QueryEngine.open(sys.argv[1], settings=Settings(), embedder=HashEmbedder()) as engine:
    engine.add(sys.argv[2])
    engine.search("chain")
import ragsys.traces
print([name for name in sys.modules if name.startswith("opentelemetry")])
"""


@pytest.fixture
def exporter():
    """What keeps spans in memory."""
    return InMemorySpanExporter()


@pytest.fixture
def traces(exporter):
    """Traces that go there."""
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return Traces(provider)


@pytest.fixture(autouse=True)
def _without_variables(monkeypatch):
    for name in os.environ:
        if name.startswith("OTEL_"):
            monkeypatch.delenv(name)


def below(spans, root):
    """The spans of a root's stages, by their names."""
    return {span.name: span for span in spans if span.parent is not None and span.parent.span_id == root.span_id}


def rooted(exporter, name):
    """The last root of this name, and its stages."""
    spans = exporter.get_finished_spans()
    root = next(span for span in reversed(spans) if span.name == name)
    return root, below(spans, root.context)


def test_each_request_is_a_span_with_one_for_each_stage(tmp_path, traces, exporter):
    """Of a search its legs, of an answer evidence and generation, of an upload parsing, embedding and committing.

    They have the order and the counts of what was done, lie within the request, and hold no word of anybody's.
    """
    indexes = {"notes": web.fill(tmp_path, acl=["user:ann"])}
    with web.serving(tmp_path, indexes, tokens=TOKENS) as running, running.client("ann") as client:
        running.service.traces = traces
        client.post("/v1/search", json={"query": "xylophone chain"}, headers={"X-Request-ID": "mine"})
        client.get("/v1/search", params={"query": "xylophone"})
        client.post("/v1/ask", json={"question": web.QUESTION, "mode": "generate", "min_confidence": 0})
        client.post("/v1/search", json={"query": "x", "filter": "xylophone"})
        client.post("/v1/documents?wait=true", files={"file": ("kettle.md", b"# Kettle\n\nIt whistles at noon.\n")})
        web.until(lambda: any(span.name == "uploads" for span in exporter.get_finished_spans()))
        secrets = list(running.tokens.values())

    search, stages = rooted(exporter, "POST /v1/search")
    assert search.attributes["error.type"] == "filter-invalid"
    search, stages = rooted(exporter, "GET /v1/search")
    assert search.attributes["http.response.status_code"] == 200
    assert search.attributes["ragsys.index"] == "notes"
    assert search.kind.name == "SERVER"
    assert list(stages)[:2] == ["queue", "embed"]
    assert {"dense", "lexical", "fuse", "join"} <= stages.keys()
    assert stages["join"].attributes["ragsys.hits"] == 2
    assert stages["queue"].attributes["ragsys.before"] == 0
    for stage in stages.values():
        assert search.start_time <= stage.start_time <= stage.end_time <= search.end_time

    asked, stages = rooted(exporter, "POST /v1/ask")
    assert asked.attributes["ragsys.result"] == "answered"
    assert asked.attributes["ragsys.tokens"] == stages["generate"].attributes["ragsys.tokens"] > 0
    assert stages["cite"].attributes["ragsys.abstained"] == 0
    assert stages["evidence"].attributes["ragsys.sentences"] > 0
    assert stages["vectors"].attributes["ragsys.cached"] >= 0

    _, stages = rooted(exporter, "uploads")
    assert stages["parse"].attributes["ragsys.failed"] == 0
    assert stages["embed"].attributes["ragsys.passages"] == 1
    assert stages["commit"].attributes["ragsys.documents"] == 1

    told = "".join(span.to_json() for span in exporter.get_finished_spans())
    assert "mine" in told
    for word in ("xylophone", "oiled", "burrs", "kettle", "whistles", "user:ann", "query=", *secrets):
        assert word not in told.lower()


def test_a_refusal_under_overload_makes_no_span(tmp_path, traces, exporter):
    """There are most of them when there is least time; the log and the metrics have them."""
    with web.serving(tmp_path, {"notes": web.fill(tmp_path)}, server_queue=0) as running, running.client() as client:
        running.service.traces = traces
        running.service.searching.running = running.service.searching._slots
        assert client.post("/v1/search", json={"query": "chain"}).status_code == 503
        assert exporter.get_finished_spans() == ()
        running.service.searching.running = 0
        assert client.post("/v1/search", json={"query": "chain"}).status_code == 200
        web.until(exporter.get_finished_spans)


def test_a_request_goes_on_with_the_trace_of_its_caller(tmp_path, traces, exporter):
    """The header `traceparent` (W3C Trace Context) says whose child it is; one that is none is passed over."""
    trace, span = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    with web.serving(tmp_path, {"notes": web.fill(tmp_path)}) as running, running.client() as client:
        running.service.traces = traces
        client.get("/v1/models", headers={"traceparent": f"00-{trace}-{span}-01"})
        client.get("/v1/me", headers={"traceparent": "00-xylophone-x-01"})
        web.until(lambda: len(exporter.get_finished_spans()) == 2)
    child, _ = rooted(exporter, "GET /v1/models")
    assert (f"{child.context.trace_id:032x}", f"{child.parent.span_id:016x}") == (trace, span)
    other, _ = rooted(exporter, "GET /v1/me")
    assert other.parent is None


def test_a_command_is_sent_to_the_collector(tmp_path):
    """OTLP over HTTP, to where the variables say, also offline: a root with the stages, and the name of the service."""
    (tmp_path / "note.md").write_text("# Kettle\n\nThe kettle whistles at noon.\n")
    with collector.collecting() as (address, received):
        variables = {
            "RAGSYS_TRACES": "1",
            "OTEL_EXPORTER_OTLP_ENDPOINT": address,
            "OTEL_EXPORTER_OTLP_HEADERS": "x-key=1",
            "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment=test",
        }
        command = [sys.executable, str(CLI), "add", "note.md", "--index", "index", "--offline", "--json"]
        done = subprocess.run(
            command, cwd=tmp_path, env={**os.environ, **variables}, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stderr
    assert {path for path, _, _ in received} == {"/v1/traces"}
    assert received[0][1]["x-key"] == "1"
    spans, resource = collector.spans_of(received)
    assert {"ragsys add", "parse", "embed", "commit"} <= {span.name for span in spans}
    assert (resource["service.name"], resource["deployment.environment"]) == ("ragsys", "test")
    assert len({span.trace_id for span in spans}) == 1
    assert not any(b"kettle" in body.lower() or b"note.md" in body for _, _, body in received)


def test_a_command_is_done_though_nobody_collects(tmp_path):
    """Spans that cannot be sent are lost, and nothing else: the output and the exit code are as ever."""
    (tmp_path / "note.md").write_text("The chain is oiled.\n")
    variables = {"RAGSYS_TRACES": "1", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    command = [sys.executable, str(CLI), "add", "note.md", "--index", "index", "--json"]
    done = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, json.loads(done.stdout)["added"]) == (0, 1)


def test_nothing_is_imported_unless_it_is_wanted(tmp_path):
    """Adding and searching without the setting leaves OpenTelemetry alone, installed or not."""
    (tmp_path / "note.md").write_text("The chain is oiled.\n")
    command = [sys.executable, "-c", UNUSED, str(tmp_path / "index"), str(tmp_path / "note.md")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
    assert traces_of(Settings()) is None


def test_offline_means_no_collector_elsewhere(monkeypatch):
    """Another machine's address is refused before anything is made; the port of this machine's own is let through."""
    for name in ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"):
        monkeypatch.setenv(name, "http://collector.example.org:4318")
        with pytest.raises(OfflineError):
            traces_of(Settings(traces=True, offline=True))
        monkeypatch.setenv(name, "http://192.0.2.7/v1/traces")
        with pytest.raises(OfflineError):
            traces_of(Settings(traces=True, offline=True))
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://[::1]:4318/v1/traces")
    made = traces_of(Settings(traces=True, offline=True))
    made.close()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_TRACES_EXPORTER", "console"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"),
    ],
)
def test_what_is_not_spoken_is_said(monkeypatch, name, value):
    """Another exporter or protocol is an error at the start, not spans that never arrive; `none` is none."""
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError):
        traces_of(Settings(traces=True))
    monkeypatch.setenv("OTEL_TRACES_EXPORTER", "none")
    assert traces_of(Settings(traces=True)) is None


def test_an_engine_tells_its_stages_without_a_server(tmp_path):
    """Whoever listens around a call of the library hears the same stages."""
    from ragsys.stages import Stages, listening

    stages = Stages()
    engine = QueryEngine.open(web.fill(tmp_path), settings=Settings(), embedder=HashEmbedder())
    with engine, listening(stages.add):
        result = engine.search("chain")
    told = [stage.name for stage in stages.told]
    assert told == [name for name in result.timings if name != "total"]
