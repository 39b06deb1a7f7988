"""`ragsys mcp` as a host starts it: the SDK's own client over a child's pipes, and over HTTP."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

mcp = pytest.importorskip("mcp")

CLI = Path(__file__).parents[1] / "support" / "hash_cli.py"
CHAIN = "The bicycle chain is oiled after every ride in the rain. 自行车链条每三千公里更换一次。"
SETTINGS = {"RAGSYS_ANSWER_MODE": "extract", "RAGSYS_MIN_CONFIDENCE": "0"}


def start(*arguments, cwd, **environ):
    """The command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, CLI, *arguments],
        cwd=cwd,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **SETTINGS, **environ},
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with an index of a public note, one of Ann's, and a file that failed."""
    tmp_path = tmp_path_factory.mktemp("mcp")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "chain.txt").write_text(CHAIN, encoding="utf-8")
    (tmp_path / "docs" / "kettle.txt").write_text("The kettle is descaled with vinegar.")
    for name, who in (("chain", "*"), ("kettle", "user:ann")):
        added = start("add", f"docs/{name}.txt", "--acl", who, cwd=tmp_path)
        assert added.communicate(timeout=60)[0] is not None
        assert added.returncode == 0
    return tmp_path


def child(folder, *arguments):
    """What the SDK's client starts."""
    environ = {**os.environ, **SETTINGS}
    return mcp.StdioServerParameters(
        command=sys.executable, args=[str(CLI), "mcp", *arguments], cwd=str(folder), env=environ
    )


async def everything(client):
    """What a host does with a server, in one go."""
    chain = str(next(r.uri for r in (await client.list_resources()).resources if "chain" in r.description))
    return {
        "tools": (await client.list_tools()).tools,
        "found": (await client.call_tool("search", {"query": "bicycle chain", "k": 3})).structured_content,
        "answer": (await client.call_tool("ask", {"question": "When is the bicycle chain oiled?"})).structured_content,
        "got": (
            await client.call_tool("get_document", {"document": chain.rsplit("/", 1)[1], "start": 4, "length": 7})
        ).structured_content,
        "listed": (await client.call_tool("list_documents", {})).structured_content,
        "text": (await client.read_resource(chain)).contents[0].text,
        "wrong": await client.call_tool("search", {"query": ""}),
        "unknown": await client.call_tool("rm", {"document": chain}),
    }


def check(seen):
    """What a stranger's host may and may not see, and that every span is exact."""
    assert [tool.name for tool in seen["tools"]] == ["search", "ask", "get_document", "list_documents"]
    assert all(tool.annotations.read_only_hint and tool.description for tool in seen["tools"])
    assert seen["text"] == CHAIN
    (document,) = seen["listed"]["documents"]
    assert document["source"].endswith("chain.txt")
    assert {hit["document"]["source"] for hit in seen["found"]["hits"]} == {document["source"]}
    for span, words in [(h, h["text"]) for h in seen["found"]["hits"]] + [
        (c, c["quote"]) for c in seen["answer"]["citations"]
    ]:
        assert CHAIN[span["start"] : span["end"]] == words
        assert span["uri"] == f"{document['uri']}/{span['start']}-{span['end']}"
    assert seen["answer"]["status"] == "answered"
    assert seen["answer"]["citations"]
    assert (seen["got"]["text"], seen["got"]["next"]) == (CHAIN[4:11], 11)
    assert seen["wrong"].is_error
    assert "[usage]: query" in seen["wrong"].content[0].text
    assert seen["unknown"].is_error


def test_a_host_can_use_it_over_pipes(folder):
    """Every tool and the resources answer over standard input and output, with exact spans, bounded to the public."""

    async def main():
        async with mcp.Client(child(folder), read_timeout_seconds=60) as client:
            return await everything(client)

    check(asyncio.run(main()))


def test_as_says_who_is_looking(folder):
    """With --as, a host sees what that name may see, in tools and in resources."""

    async def main():
        async with mcp.Client(child(folder, "--as", "user:ann"), read_timeout_seconds=60) as client:
            listed = (await client.call_tool("list_documents", {})).structured_content
            found = (await client.call_tool("search", {"query": "kettle vinegar"})).structured_content
            return listed, found, await client.read_resource(listed["documents"][1]["uri"] + "/4-10")

    listed, found, span = asyncio.run(main())
    assert listed["total"] == 2
    assert found["hits"][0]["document"]["source"].endswith("kettle.txt")
    assert span.contents[0].text == "kettle"


def test_standard_output_is_the_protocol_alone(folder):
    """A reply a line and nothing else, whatever a library prints; closing standard input ends it with 0."""
    process = start("mcp", cwd=folder, HASH_CLI_CHATTER="1")
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    lines = [
        {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello},
        {"jsonrpc": "2.0", "method": "notifications/initialized"},
        {
            "jsonrpc": "2.0",
            "id": 2,
            "method": "tools/call",
            "params": {"name": "search", "arguments": {"query": "chain"}},
        },
    ]
    process.stdin.write("".join(json.dumps(line) + "\n" for line in lines) + "this is no JSON\n")
    process.stdin.flush()
    replies = [json.loads(process.stdout.readline()) for _ in range(2)]
    rest, complaints = process.communicate(timeout=60)
    assert [reply["id"] for reply in replies if "result" in reply] == [1, 2]
    assert (process.returncode, rest) == (0, "")
    assert "chatter of a library" in complaints
    assert CHAIN[:30] not in complaints


def test_sigterm_ends_it_though_nobody_closes_its_input(folder):
    """A host that terminates it does not have to kill it."""
    process = start("mcp", cwd=folder)
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    process.stdin.write(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}) + "\n")
    process.stdin.flush()
    assert process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 143
    process.communicate()


@contextmanager
def served(folder, *arguments):
    """The address of the command on a free port."""
    process = start("mcp", "--http", "--port", "0", *arguments, cwd=folder)
    try:
        line = process.stderr.readline()
        yield re.search(r"http://\S+", line).group()
    finally:
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=60)
        assert (out, process.returncode) == ("", 143)


def test_a_host_can_use_it_over_http(folder):
    """The same over streamable HTTP; SIGTERM ends it, and standard output stays empty."""

    async def main(address):
        async with mcp.Client(address, read_timeout_seconds=60) as client:
            return await everything(client)

    with served(folder) as address:
        check(asyncio.run(main(address)))


def post(address, **headers):
    """The status of a first request with these headers."""
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}).encode()
    usual = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    named = {name.replace("_", "-"): value for name, value in headers.items() if name != "body"}
    request = urllib.request.Request(address, headers.get("body", body), usual | named)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code


def test_http_is_for_this_machine_only(folder):
    """A foreign Host, a foreign Origin, another type and an endless body are refused; a proxy's name can be allowed."""
    with served(folder, "--allow-host", "docs.example.org") as address:
        port = address.split(":")[2].split("/")[0]
        assert post(address) == 200
        assert post(address, Host=f"localhost:{port}", Origin=f"http://localhost:{port}") == 200
        assert post(address, Host="docs.example.org", Origin="https://docs.example.org") == 200
        assert post(address, Host="evil.example.org") == 421
        assert post(address, Host=f"evil.example.org:{port}") == 421
        assert post(address, Origin="http://evil.example.org") == 403
        assert post(address, Origin="http://localhost:1") == 403
        assert post(address, Content_Type="text/plain") == 400
        assert post(address, body=b" " * (300 * 1024)) == 413


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_it_listens_nowhere_else(folder, host):
    """An address that is not this machine's loopback is refused before anything listens."""
    process = start("mcp", "--http", "--host", host, cwd=folder)
    _, complaint = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "error [usage]" in complaint


def test_without_an_index_it_says_so(tmp_path):
    """Exit code 3 and the error on standard error, before a client is spoken to."""
    process = start("mcp", cwd=tmp_path)
    out, complaint = process.communicate(timeout=60)
    assert (process.returncode, out) == (3, "")
    assert "index-not-found" in complaint


@pytest.mark.parametrize("closed", ["<&-", ">&-"])
def test_closed_pipes_are_an_error(folder, closed):
    """Without standard input or output there is nobody to serve: a typed error, no traceback."""
    command = f'exec "{sys.executable}" "{CLI}" mcp {closed}'
    done = subprocess.run(["/bin/sh", "-c", command], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "error [usage]" in done.stderr
    assert "Traceback" not in done.stderr
