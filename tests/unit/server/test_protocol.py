"""A connection: heads that are too large or do not come end it, and an answer that is under way is not cut off."""

import json
import socket

import pytest
import web

from ragsys.server.protocol import LONGEST_HEAD, BoundedProtocol

BEGUN = b"GET /health HTTP/1.1\r\nHost: localhost\r\n"


def connect(running):
    """A connection of our own."""
    return socket.create_connection(("127.0.0.1", int(running.url.rpartition(":")[2])), timeout=30)


def read_all(raw):
    """Everything until the server closes."""
    found = b""
    try:
        while part := raw.recv(1 << 16):
            found += part
    except ConnectionResetError:
        pass  # it closed with bytes of ours unread
    return found


CHUNKED = (
    b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n"
)


@pytest.mark.parametrize("begun", [BEGUN, CHUNKED], ids=["head", "trailer"])
@pytest.mark.parametrize("line", [b"X-Filler: " + b"x" * 1000 + b"\r\n", b"x" * 1000], ids=["lines", "line"])
def test_a_head_without_end_is_refused(plain, monkeypatch, begun, line):
    """Many headers, or one that goes on and on, before a body or behind it: the connection ends, without an answer."""
    monkeypatch.setattr(BoundedProtocol, "patience", 600.0)
    with connect(plain) as raw:
        raw.sendall(begun)
        try:
            for _ in range(4 * LONGEST_HEAD // len(line) + 1000):
                raw.sendall(line)
        except OSError:
            pass  # it has closed already
        found = read_all(raw)
    assert found == b"" or found.startswith(b"HTTP/1.1 400 ")


def test_a_body_in_many_small_chunks_is_read(plain):
    """What is said between the chunks of a body does not count as its head, however much it is together."""
    body = b'{"query": "chain"' + b" " * 8000 + b"}"
    chunks = iter([bytes([letter]) for letter in body])
    with plain.client() as client:
        found = client.post("/v1/search", content=chunks, headers={"Content-Type": "application/json"})
    assert (found.status_code, len(found.json()["hits"])) == (200, 2)


def test_a_head_of_some_size_is_read(plain):
    """Cookies and tokens of other software are let through."""
    with plain.client(**{"X-Long": "x" * (LONGEST_HEAD // 2)}) as client:
        assert client.get("/health").status_code == 200


@pytest.mark.parametrize("sent", [b"", BEGUN, b"\r\n"])
def test_a_head_that_does_not_come_ends_the_connection(plain, monkeypatch, sent):
    """Nothing at all, half a request, or empty lines: it holds its place for so long and no longer."""
    monkeypatch.setattr(BoundedProtocol, "patience", 0.2)
    with connect(plain) as raw:
        raw.sendall(sent)
        assert read_all(raw) == b""


def test_half_a_request_behind_an_answer_does_not_cut_it_off(tmp_path, monkeypatch):
    """What follows a request that is being answered may be late; the answer comes whole."""
    monkeypatch.setattr(BoundedProtocol, "patience", 0.1)
    generator = web.PatientGenerator(pause=0.1)
    body = json.dumps({"question": web.QUESTION}).encode()
    head = f"POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    with web.serving(tmp_path, {"notes": web.fill(tmp_path)}, generator=generator) as running, connect(running) as raw:
        raw.sendall(head.encode() + b"\r\n\r\n" + body)
        web.until(lambda: generator.running == 1)
        raw.sendall(BEGUN)
        found = read_all(raw)
    assert found.startswith(b"HTTP/1.1 200 ")
    assert b'"status":"answered"' in found
