"""No request that the OpenAPI document describes, or nearly describes, is a server error; and no answer surprises."""

import sys
from pathlib import Path

import pytest

REQUESTS = 150


@pytest.fixture(autouse=True)
def beside(monkeypatch):
    """The modules of the fuzz are scripts as well."""
    monkeypatch.setattr(sys, "path", [str(Path(__file__).parent), *sys.path])


def test_every_answer_is_as_the_document_tells(tmp_path):
    """Requests made of the document, valid and not, and bent ones: status, kind and shape are those it tells of."""
    import server_fuzz

    found = server_fuzz.fuzz(tmp_path, requests=REQUESTS, start=1)
    assert len(found.routes) > 20
    assert {"the document", "uploads", "events", "methods and headers"} == set(found.made)
    assert found.statuses[200]
    assert found.streams
    assert found.failures == []


@pytest.mark.parametrize(
    ("status", "kind", "body", "fault"),
    [
        (200, "application/json", b'{"id": "1"}', None),
        (200, "application/json", b'{"id": []}', "shape"),
        (200, "application/json", b"{}", "shape"),
        (200, "application/json", b"{", "JSON"),
        (200, "text/html", b"<p>", "kind"),
        (201, "application/json", b'{"id": "1"}', "status"),
        (404, "application/json", b"{}", "shape"),
        (500, "application/json", b"{}", "server error"),
        (200, "text/event-stream", b"event: done\ndata: {}\n\n", None),
        (200, "text/event-stream", b"data: {}\n\ndata: [DONE]\n\n", None),
        (200, "text/event-stream", b"event: answer\ndata: {}\n\n", "end"),
        (200, "text/event-stream", b"data: x\n\ndata: [DONE]\n\n", "JSON"),
    ],
)
def test_an_answer_that_the_document_does_not_tell_of_is_seen(status, kind, body, fault):
    """Another status, kind or shape, an event that is no JSON, and events without an end are each said."""
    from server_conformance import Document

    from ragsys.server.examples import ERROR, shape, shown

    responses = {"200": shown({"id": "1"}, events=True)[200], "4XX": shown(ERROR)[200]}
    assert responses["200"]["content"]["application/json"]["schema"] == shape({"id": "1"})
    document = Document({"paths": {"/x": {"get": {"responses": responses}}}})
    said = document.fault("GET", "/x", status, {"content-type": kind, "x-request-id": "1"}, body)
    assert (said is None) if fault is None else fault in (said or "")


def test_what_the_document_does_not_tell_of_is_an_error_with_a_code():
    """A method that is not there answers with an error as every other is said."""
    from server_conformance import Document

    document, headers = Document({"paths": {"/x": {}}}), {"x-request-id": "1"}
    error = b'{"error": {"code": "method", "request_id": "1", "message": "no"}}'
    assert document.fault("PUT", "/x", 405, headers, error) is None
    for status, body in ((200, b"{}"), (405, b""), (405, b"[]")):
        assert document.fault("PUT", "/x", status, headers, body)
