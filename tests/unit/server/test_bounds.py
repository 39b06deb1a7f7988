"""What a server refuses, and what it stops: sizes, kinds, numbers, queues, deadlines, and readers who go away."""

import concurrent.futures
import json
import logging
import socket

import pytest
import web

from ragsys.server.log import JsonLines

HEAD = "POST /v1/ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"
SLOW = {"question": web.QUESTION, "max_tokens": 1000}
LONG = "The chain is oiled " + " ".join(f"word{number}" for number in range(400))  # nothing twice, or it is cut


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/search", {"query": ""}),
        ("/v1/search", {"query": "x" * 4001}),
        ("/v1/search", {"query": "x", "k": 101}),
        ("/v1/search", {"query": "x", "k": 0}),
        ("/v1/search", {"query": "a\0b"}),
        ("/v1/search", {"query": "x", "colour": "red"}),
        ("/v1/ask", {"question": "x", "max_tokens": 5000}),
        ("/v1/ask", {"question": "\ud800"}),
        ("/v1/ask", {"question": "x", "mode": "guess"}),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "x" * 4001}]}),
        ("/v1/chat/completions", {"messages": [{"role": "user", "content": "x"}], "n": 2}),
        ("/v1/responses", {"input": "x" * 4001}),
        ("/v1/responses", {"input": []}),
        ("/v1/responses", {"input": [{"role": "user", "content": "x" * 4001}]}),
        ("/v1/responses", {"input": "x", "max_output_tokens": 5000}),
        ("/v1/embeddings", {"input": ["x"] * 257}),
        ("/v1/embeddings", {"input": []}),
        ("/v1/embeddings", {"input": " "}),
        ("/v1/rerank", {"query": "x", "documents": []}),
        ("/v1/search", ["x"]),
        ("/v1/search", None),
    ],
)
def test_what_does_not_fit_is_a_typed_error(plain, path, body):
    """Too long, too many, unknown or missing: 422 with the code, and a message that does not repeat the value."""
    with plain.client() as client:
        refused = client.post(path, content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "request-invalid")
    assert "x" * 50 not in refused.text


def test_a_body_that_is_too_large_is_not_read(tmp_path):
    """By its declared length, and by what really comes where none is declared."""
    served = web.serving(tmp_path, {"notes": web.fill(tmp_path)}, server_body_bytes=1000, max_file_bytes=2000)
    with served as running, running.client() as client:
        declared = client.post("/v1/search", json={"query": "x" * 2000})
        chunked = client.post(
            "/v1/search", content=iter([b" " * 600] * 4), headers={"Content-Type": "application/json"}
        )
        for refused in (declared, chunked):
            assert (refused.status_code, refused.json()["error"]["code"]) == (413, "body-too-large")
        file = client.post("/v1/documents", files={"file": ("a.md", b"x" * 2001)})
        assert (file.status_code, file.json()["error"]["code"]) == (422, "file-too-large")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_only_json_is_taken_where_json_is_expected(plain, kind):
    """What a form of another site could send is refused by its kind."""
    with plain.client() as client:
        refused = client.post("/v1/search", content=b'{"query": "x"}', headers={"Content-Type": kind})
        assert (refused.status_code, refused.json()["error"]["code"]) == (415, "media-type")


def test_unknown_paths_and_methods_have_codes(plain):
    """A path that is not there and a method that it does not take."""
    with plain.client() as client:
        assert client.get("/v1/nothing").json()["error"]["code"] == "route-not-found"
        refused = client.put("/v1/search", json={})
        assert (refused.status_code, refused.json()["error"]["code"]) == (405, "method-not-allowed")
        assert refused.headers["allow"]


def test_a_reader_who_goes_away_stops_the_generation(tmp_path, caplog):
    """The generator is closed long before its end, streaming or not, and its slot is free again."""
    generator = web.PatientGenerator(LONG, pause=0.02)
    with (
        web.serving(tmp_path, {"notes": web.fill(tmp_path)}, generator=generator) as running,
        running.client() as client,
    ):
        with client.stream("POST", "/v1/ask", json={**SLOW, "stream": True}) as response:
            next(response.iter_lines())
        web.until(lambda: generator.stopped == 1)
        address = ("127.0.0.1", int(running.url.rpartition(":")[2]))
        body = json.dumps(SLOW).encode()
        with socket.create_connection(address) as raw:
            raw.sendall(HEAD.format(len(body)).encode() + body)
            web.until(lambda: generator.running == 1)
        web.until(lambda: generator.stopped == 2)
        web.until(lambda: running.service.generating.running == 0)
        assert generator.said < len(LONG.split()) / 2
    assert not [record for record in caplog.records if record.getMessage() == "fault"]


def test_more_than_fits_is_refused_at_once_and_says_when(tmp_path):
    """Beyond the slots and the queue: 503 with Retry-After; no more run at a time than may; a search still answers."""
    generator = web.PatientGenerator(pause=0.1)
    limits = {"server_generations": 2, "server_queue": 1}
    served = web.serving(tmp_path, {"notes": web.fill(tmp_path)}, generator=generator, **limits)
    with served as running, concurrent.futures.ThreadPoolExecutor(6) as threads:

        def ask(_):
            with running.client() as client:
                return client.post("/v1/ask", json=SLOW)

        asked = threads.map(ask, range(6))
        web.until(lambda: generator.running == 2)
        with running.client() as client:
            assert client.post("/v1/search", json={"query": "chain"}).status_code == 200
        answers = list(asked)
        refused = [answer for answer in answers if answer.status_code == 503]
        assert len(refused) == 3
        assert all(answer.json()["error"]["code"] == "overloaded" for answer in refused)
        assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
        assert generator.most == 2
        with running.client() as client:
            assert client.post("/v1/ask", json=SLOW).status_code == 200


def test_a_caller_has_so_many_requests_a_minute(tmp_path):
    """Beyond its rate: 429 with Retry-After."""
    with web.serving(tmp_path, {"notes": web.fill(tmp_path)}, server_rate=8) as running, running.client() as client:
        statuses = [client.get("/v1/models").status_code for _ in range(4)]
        refused = client.get("/v1/models")
    assert statuses == [200, 200, 429, 429]
    assert (refused.json()["error"]["code"], int(refused.headers["retry-after"]) >= 1) == ("rate-limited", True)


def test_a_request_has_so_much_time(tmp_path):
    """What takes longer than the deadline is stopped and says so: before a stream as 504, inside it as an event."""
    generator = web.PatientGenerator(LONG, pause=0.05)
    served = web.serving(tmp_path, {"notes": web.fill(tmp_path)}, generator=generator, server_deadline=1.0)
    with served as running, running.client() as client:
        late = client.post("/v1/ask", json=SLOW)
        assert (late.status_code, late.json()["error"]["code"]) == (504, "deadline")
        with client.stream("POST", "/v1/ask", json={**SLOW, "stream": True}) as response:
            found = web.events(response)
        assert [name for name, _, _ in found][-2:] == ["error", "done"]
        assert json.loads(found[-2][1])["error"]["code"] == "deadline"
        web.until(lambda: generator.stopped == 2)


def test_a_slow_reader_holds_nobody_up(tmp_path):
    """Whoever does not read their stream keeps no slot: the next one is answered."""
    limits = {"server_generations": 1, "server_queue": 0}
    with web.serving(tmp_path, {"notes": web.fill(tmp_path)}, **limits) as running:
        address = ("127.0.0.1", int(running.url.rpartition(":")[2]))
        body = json.dumps({**SLOW, "stream": True}).encode()
        with socket.create_connection(address) as raw, running.client() as client:
            raw.sendall(HEAD.format(len(body)).encode() + body)
            web.until(lambda: running.service.generating.running == 1 or raw.recv(1, socket.MSG_PEEK))
            web.until(lambda: running.service.generating.running == 0)
            assert client.post("/v1/ask", json=SLOW).status_code == 200


def test_the_log_and_the_metrics_hold_no_words(tmp_path, caplog):
    """A line for each request with its route, stages and result; no questions, texts or secrets in either."""
    tokens = {"reader": ("read", []), "owner": ("admin", [])}
    caplog.set_level(logging.INFO, "ragsys.server")
    with web.serving(tmp_path, {"notes": web.fill(tmp_path)}, tokens=tokens) as running:
        with running.client("reader") as client:
            identity = client.get("/v1/documents").json()["documents"][0]["id"]
            client.get("/v1/search", params={"query": "xylophone"})
            client.post("/v1/ask", json={"question": web.QUESTION})
            client.get(f"/v1/documents/{identity}/text")
            client.post("/v1/search", json={"query": "xylophone", "filter": "xylophone"})
        with running.client("owner") as client:
            told = client.get("/metrics").text
        secrets = list(running.tokens.values())
    lines = [json.loads(JsonLines().format(record)) for record in caplog.records if record.name == "ragsys.server"]
    asked = next(line for line in lines if line.get("route") == "/v1/ask")
    assert (asked["status"], asked["result"], asked["index"]) == (200, "answered", "notes")
    assert asked["stages_ms"]["generate"] >= 0
    assert any(line.get("route") == "/v1/documents/{document}/text" for line in lines)
    assert 'ragsys_answers_total{index="notes",result="answered"} 1.0' in told
    assert 'ragsys_errors_total{code="filter-invalid"} 1.0' in told
    assert 'ragsys_waiting{gate="generate"} 0.0' in told
    assert 'ragsys_cache{cache="texts",kind="asked"} 0.0' not in told
    for word in ("xylophone", "oiled", "burrs", *secrets):
        assert word not in told
        assert word not in json.dumps(lines)


def test_what_goes_wrong_inside_is_told_by_its_code_only(tmp_path, caplog):
    """A fault's message may quote a document: the answer has its code and the log its place, and neither its words."""

    class Broken(web.PatientGenerator):
        def stream(self, messages, decoding):
            raise ValueError("the burrs are secret")
            yield ""

    with (
        web.serving(tmp_path, {"notes": web.fill(tmp_path)}, generator=Broken()) as running,
        running.client() as client,
    ):
        for body in (SLOW, {**SLOW, "stream": True}):
            failed = client.post("/v1/ask", json=body)
            assert (failed.status_code, failed.json()["error"]["code"]) == (500, "internal")
            assert "burrs" not in failed.text
    faults = [JsonLines().format(record) for record in caplog.records if record.getMessage() == "fault"]
    assert len(faults) == 2
    assert all("ValueError" in line and "burrs" not in line for line in faults)


def test_a_silent_client_holds_no_thread(plain):
    """A connection that sends nothing, or half a request, leaves the others alone."""
    address = ("127.0.0.1", int(plain.url.rpartition(":")[2]))
    idle = [socket.create_connection(address) for _ in range(20)]
    try:
        for connection in idle[::2]:
            connection.sendall(b"POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n")
        with plain.client() as client:
            assert client.post("/v1/search", json={"query": "chain"}).status_code == 200
    finally:
        for connection in idle:
            connection.close()
