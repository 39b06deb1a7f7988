"""What a full server refuses: before the body is read, in the same words, and nothing that it could have done."""

import asyncio
import contextlib
import json
import logging
import socket

import pytest
import web
from fastapi.routing import APIRoute

from ragsys.server.admission import waits_at
from ragsys.server.app import ROUTERS
from ragsys.server.log import JsonLines
from ragsys.server.metrics import Metrics
from ragsys.server.trace import Trace

TOKENS = {"reader": ("read", []), "owner": ("admin", [])}
WAITING = [
    ("GET", "/v1/search?query="),
    ("POST", "/v1/search"),
    ("POST", "/v1/embeddings"),
    ("POST", "/v1/rerank"),
    ("GET", "/v1/ask?question="),
    ("POST", "/v1/ask"),
    ("POST", "/v1/chat/completions"),
    ("POST", "/v1/responses"),
    ("GET", "/v1/sessions/none/ask"),
    ("POST", "/v1/sessions/none/ask"),
]


@contextlib.contextmanager
def filled(*gates):
    """Gates without a free slot, as calls that last would leave them."""
    taken = [(gate, gate.running) for gate in gates]
    for gate in gates:
        gate.running = gate._slots
    try:
        yield
    finally:
        for gate, before in taken:
            gate.running = before


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """A server with tokens at whose gates nobody may wait."""
    home = tmp_path_factory.mktemp("overload")
    with web.serving(home, {"notes": web.fill(home)}, tokens=TOKENS, server_queue=0) as running:
        yield running


@pytest.mark.parametrize(("method", "path"), WAITING)
def test_a_full_gate_refuses_before_the_body_is_looked_at(closed, method, path):
    """A body that is no JSON is not the reason: 503 with the code, when to come again, and the id of the request."""
    gates = closed.service.gates.values()
    head = {"Content-Type": "application/json", "X-Request-ID": "mine"}
    with closed.client("reader") as client, filled(*gates):
        refused = client.request(method, path, content=b"{" if method == "POST" else None, headers=head)
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "overloaded")
    assert int(refused.headers["retry-after"]) >= 1
    assert refused.json()["error"]["request_id"] == refused.headers["x-request-id"] == "mine"
    assert refused.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors" in refused.headers["content-security-policy"]


@pytest.mark.parametrize(("method", "path"), WAITING)
def test_who_may_not_ask_is_not_told_how_busy_it_is(closed, method, path):
    """Without a token it is 401, however full it is."""
    with closed.client() as client, filled(*closed.service.gates.values()):
        refused = client.request(method, path, headers={"Content-Type": "application/json"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "unauthorized")


def test_what_waits_at_no_gate_is_answered_as_ever(closed):
    """One full gate is not the other's; wrong methods, and browsers that connect again, have their usual answers."""
    service = closed.service
    with closed.client("reader") as client, filled(*service.gates.values()):
        assert client.get("/v1/me").status_code == 200
        assert client.put("/v1/search", json={}).status_code == 405
        assert client.get("/v1/ask?question=x", headers={"Last-Event-ID": "1"}).status_code == 204
    with closed.client("reader") as client, filled(service.generating):
        assert client.post("/v1/search", json={"query": "chain"}).status_code == 200
        assert client.post("/v1/ask", json={"question": "x"}).status_code == 503


def test_each_route_that_is_named_is_one(closed):
    """The table of those that wait names no route that is not there, and each that is there is tried above."""
    every = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    named = {
        (method, route.path)
        for route in every
        for method in route.methods
        if waits_at(method, route.path.replace("{session}", "none")) is not None
    }
    tried = {(method, path.partition("?")[0].replace("none", "{session}")) for method, path in WAITING}
    assert named == tried


def test_the_log_and_the_metrics_know_a_refusal(tmp_path, caplog):
    """Its route, its code and its status: as of a request that was carried out."""
    caplog.set_level(logging.INFO, "ragsys.server")
    with web.serving(tmp_path, {"notes": web.fill(tmp_path)}, server_queue=0) as running, running.client() as client:
        with filled(running.service.searching):
            refused = client.post("/v1/search", json={"query": "xylophone"})
        told = client.get("/metrics").text
    lines = [json.loads(JsonLines().format(record)) for record in caplog.records if record.name == "ragsys.server"]
    line = next(line for line in lines if line.get("request_id") == refused.headers["x-request-id"])
    assert (line["event"], line["level"], line["route"]) == ("request", "info", "/v1/search")
    assert (line["status"], line["code"]) == (503, "overloaded")
    assert 'ragsys_requests_total{method="POST",route="/v1/search",status="503"} 1.0' in told
    assert 'ragsys_errors_total{code="overloaded"} 1.0' in told


def test_the_connection_of_a_refusal_goes_on(closed):
    """The refusal comes before the body; what comes of it then is passed over, and the next request is answered."""
    body = b'{"query": "chain"}'
    token = closed.tokens["reader"]
    head = (
        "POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    address = ("127.0.0.1", int(closed.url.rpartition(":")[2]))
    with socket.create_connection(address, timeout=30) as raw, raw.makefile("rb") as answers:
        with filled(closed.service.searching):
            raw.sendall(head)
            assert status_of(answers) == 503
        raw.sendall(body + head + body)
        assert status_of(answers) == 200


def status_of(answers):
    """The status of the next answer, which is read to its end."""
    status = int(answers.readline().split()[1])
    size = 0
    while (line := answers.readline().strip()) != b"":
        name, _, value = line.partition(b":")
        size = int(value) if name.lower() == b"content-length" else size
    answers.read(size)
    return status


def test_places_are_given_in_the_order_of_asking(tmp_path):
    """While there is a place in the queue nobody is refused, and whoever comes later does not pass by."""

    async def run():
        service = running.service
        gate, order = service.searching, []

        async def wait(name):
            await gate.enter(20)
            order.append(name)

        await asyncio.gather(*(gate.enter(1) for _ in range(gate._slots)))
        waiting = [asyncio.create_task(wait(name)) for name in ("first", "second")]
        await asyncio.sleep(0)
        gate.refuse_if_full()
        for _ in range(gate._slots + len(waiting)):
            gate.leave()
        await asyncio.gather(*waiting)
        assert (order, gate.running) == (["first", "second"], 0)

    with web.serving(tmp_path, {"notes": web.fill(tmp_path)}, server_queue=3) as running:
        asyncio.run(run())


def test_methods_that_callers_make_up_are_one_label():
    """However many methods are sent, the metrics do not grow."""
    metrics = Metrics()
    for number in range(50):
        metrics.request(Trace(str(number), 0.0), "none", f"METHOD{number}", 405, 0.01)
    assert b'ragsys_requests_total{method="other",route="none",status="405"} 50.0' in metrics.text()
    assert b"METHOD" not in metrics.text()
