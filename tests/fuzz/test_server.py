"""No request that the OpenAPI document describes, or nearly describes, is a server error."""

import sys
from pathlib import Path

REQUESTS = 150


def test_no_request_is_a_server_error(tmp_path, monkeypatch):
    """Requests made of the document, valid and not, get an answer or an error with a code."""
    monkeypatch.setattr(sys, "path", [str(Path(__file__).parent), *sys.path])
    import server_fuzz

    found = server_fuzz.fuzz(tmp_path, requests=REQUESTS, start=1)
    assert len(found.routes) > 20
    assert found.statuses[200]
    assert found.failures == []
