"""Tools and resources through the SDK's client in one process: bounds, errors, cancelling, and nothing that leaks."""

import asyncio
import itertools
import logging
import subprocess
import sys
import threading
import time

import jsonschema
import pytest

mcp = pytest.importorskip("mcp")

from ragsys import AsyncQueryEngine, QueryEngine, Settings, TextDocument  # noqa: E402 - after the skip
from ragsys.mcp.service import build_server  # noqa: E402
from ragsys.mcp.tools import TOOLS  # noqa: E402
from ragsys.testing import HashEmbedder, ScriptedGenerator  # noqa: E402

EXTRACT = Settings(answer_mode="extract", min_confidence=0.0)


class Endless(ScriptedGenerator):
    """Writes until it is stopped, and says so when it is."""

    def __init__(self):
        super().__init__([])
        self.begun, self.stopped = threading.Event(), threading.Event()

    def stream(self, messages, decoding):
        """A word after the other, none of them twice."""
        self.begun.set()
        try:
            for number in itertools.count():
                time.sleep(0.001)
                yield f"chain{number} "
        finally:
            self.stopped.set()


class Broken(HashEmbedder):
    """Fails with a text that nobody should see."""

    def embed_queries(self, texts):
        """Nothing."""
        raise ValueError("the secret is kettle")


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """An index of one long text and of many short ones."""
    path = tmp_path_factory.mktemp("index") / "index"
    long = "The bicycle chain is oiled. " * 9000
    notes = [TextDocument(f"note:{n:03}", f"Note {n} is about kettle {n}.", metadata={"n": n}) for n in range(120)]
    with QueryEngine.open(path, settings=EXTRACT, embedder=HashEmbedder(dim=256)) as engine:
        engine.add_documents([TextDocument("chain", long, title="Chains"), *notes])
    return path


def with_client(index, work, *, settings=EXTRACT, **models):
    """What `work` makes of a client of a server over the index."""

    async def main():
        models.setdefault("embedder", HashEmbedder(dim=256))
        async with (
            AsyncQueryEngine(index, settings=settings, create=False, principals=(), **models) as engine,
            mcp.Client(build_server(engine), read_timeout_seconds=60) as client,
        ):
            return await work(client)

    return asyncio.run(main())


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_schemas_are_schemas(tool):
    """What a tool takes and returns is described by valid schemas that leave nothing open at the top."""
    for schema in (tool.takes, tool.returns):
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["type"] == "object"
        assert schema["additionalProperties"] is False
    for name, described in tool.takes["properties"].items():
        assert "maximum" in described or "maxLength" in described, name


@pytest.mark.parametrize(
    ("tool", "arguments", "code"),
    [
        ("search", {}, "usage"),
        ("search", {"query": "x" * 4001}, "usage"),
        ("search", {"query": "chain", "k": 21}, "usage"),
        ("search", {"query": "chain", "k": 2.5}, "usage"),
        ("search", {"query": "chain", "text": True}, "usage"),
        ("search", {"query": "chain", "filter": "n >"}, "filter-invalid"),
        ("search", {"query": " "}, "query-invalid"),
        ("ask", {"question": "chain " * 200}, "query-invalid"),
        ("get_document", {"document": "nothing"}, "not-found"),
        ("get_document", {"document": "note:001", "start": 4000}, "usage"),
        ("get_document", {"document": "note:001", "length": 20_001}, "usage"),
        ("list_documents", {"limit": 101}, "usage"),
        ("add", {"path": "/etc"}, "usage"),
    ],
)
def test_what_is_wrong_is_said(index, tool, arguments, code):
    """A call that cannot be carried out is an error with our code, which the model can read."""
    result = with_client(index, lambda client: client.call_tool(tool, arguments))
    assert result.is_error
    assert f"[{code}]" in result.content[0].text
    assert len(result.content[0].text) < 1000


def test_results_are_bounded(index):
    """However long documents are and however many, a result stays small and says where to go on."""

    async def work(client):
        settings = {"document": "chain"}
        parts = []
        while True:
            got = (await client.call_tool("get_document", settings)).structured_content
            parts.append(got["text"])
            if got["next"] is None:
                break
            settings["start"] = got["next"]
        listed = (await client.call_tool("list_documents", {})).structured_content
        rest = (await client.call_tool("list_documents", {"start": listed["next"]})).structured_content
        some = (await client.call_tool("list_documents", {"filter": "n < 3"})).structured_content
        return parts, listed, rest, some

    parts, listed, rest, some = with_client(index, work)
    assert "".join(parts) == "The bicycle chain is oiled. " * 9000
    assert max(map(len, parts)) == 20_000
    assert (listed["total"], len(listed["documents"]), len(rest["documents"]), rest["next"]) == (121, 100, 21, None)
    assert [document["metadata"]["n"] for document in some["documents"]] == [0, 1, 2]


def test_a_long_hit_is_cut_and_says_so(index):
    """A hit with all its neighbours is shortened to a span that is still exact."""
    settings = Settings(answer_mode="extract", min_confidence=0.0, context=50)
    result = with_client(
        index, lambda client: client.call_tool("search", {"query": "bicycle chain oiled", "k": 1}), settings=settings
    )
    (hit,) = result.structured_content["hits"]
    assert hit["cut"]
    assert len(hit["text"]) == hit["end"] - hit["start"] == 4000
    assert hit["text"] == ("The bicycle chain is oiled. " * 9000)[hit["start"] : hit["end"]]


def test_resources_come_in_pages_and_spans(index):
    """All documents are listed page by page; a span is exact; what is too long or not there is refused."""

    async def work(client):
        first = await client.list_resources()
        second = await client.list_resources(cursor=first.next_cursor)
        chain = next(str(r.uri) for r in first.resources if r.name == "Chains")
        span = await client.read_resource(f"{chain}/4-11")
        refused = []
        for uri in (
            chain,
            f"{chain}/5-4",
            f"{chain}/0-999999",
            f"{chain}/x",
            "ragsys://documents/00",
            "file:///etc/passwd",
        ):
            try:
                await client.read_resource(uri)
            except mcp.MCPError as error:
                refused.append(error.data["code"])
        return first, second, span, refused

    first, second, span, refused = with_client(index, work)
    assert (len(first.resources), len(second.resources), second.next_cursor) == (100, 21, None)
    assert span.contents[0].text == "bicycle"
    assert refused == ["usage", "usage", "usage", "not-found", "not-found", "not-found"]


def test_cancelling_stops_the_generator(index):
    """A host that no longer wants an answer does not leave a generator running."""
    generator = Endless()

    async def work(client):
        asking = asyncio.create_task(client.call_tool("ask", {"question": "When is the bicycle chain oiled?"}))
        assert await asyncio.to_thread(generator.begun.wait, 30)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        return await asyncio.to_thread(generator.stopped.wait, 30)

    settings = Settings(answer_mode="generate", min_confidence=0.0, max_new_tokens=100_000)
    assert with_client(index, work, settings=settings, generator=generator)


def test_a_bug_tells_nobody_what_it_met(index, caplog):
    """An exception that is not ours reaches neither the host nor the log with its text; the log says where it was."""
    with caplog.at_level(logging.DEBUG):
        result = with_client(
            index, lambda client: client.call_tool("search", {"query": "chain"}), embedder=Broken(dim=256)
        )
    assert result.is_error
    assert "secret" not in result.content[0].text + caplog.text
    assert "ValueError" in caplog.text
    assert "test_service.py" in caplog.text


def test_without_the_sdk_it_says_what_to_install(tmp_path):
    """`ragsys mcp` where the extra is missing is a typed error that names it, and nothing else needs it."""
    code = "import sys; sys.modules['mcp'] = None; from ragsys.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "mcp"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "error [extra-missing]" in done.stderr
    assert "ragsys[mcp]" in done.stderr
