"""The page, and the document that describes the API."""

import pytest
import web

from ragsys.server import page
from ragsys.server.examples import ANSWER, COMPLETION, HITS, RESPONSE


@pytest.fixture
def pages(tmp_path, monkeypatch):
    """A server with a token whose page is two files."""
    folder = tmp_path / "web"
    folder.mkdir()
    (folder / "index.html").write_text("<!doctype html><script src='/web/page.js'></script>")
    (folder / "page.js").write_text("1")
    monkeypatch.setattr(page, "WEB", folder)
    tokens = {"reader": ("read", [])}
    with web.serving(tmp_path, {"notes": web.fill(tmp_path)}, tokens=tokens) as running:
        yield running


def test_the_page_is_open_and_loads_nothing_from_elsewhere(pages):
    """Whoever opens it needs no token; its policy lets scripts and requests be of this server only."""
    with pages.client() as client:
        for path in ("/", "/web/page.js"):
            shown = client.get(path)
            assert shown.status_code == 200
            policy = shown.headers["content-security-policy"]
            assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
            assert "unsafe" not in policy
        assert client.get("/v1/models").status_code == 401


@pytest.mark.parametrize("path", ["/web/../tokens.json", "/web/%2e%2e/tokens.json", "/web/..%2ftokens.json", "/web/"])
def test_the_page_is_all_that_is_open(pages, path):
    """Nothing outside its folder can be reached through it."""
    with pages.client() as client:
        assert client.get(path).status_code in {401, 404}


def test_the_document_describes_every_route_with_examples(plain):
    """Each body has an example, each route says that it takes a token, and pages that load scripts are not there."""
    with plain.client() as client:
        document = client.get("/openapi.json").json()
        assert client.get("/docs").status_code == 404
    bodies = document["components"]["schemas"]
    for name in ("Ask", "AskInSession", "Chat", "Embed", "Rerank", "Search"):
        assert bodies[name]["examples"]
    for path, methods in document["paths"].items():
        for route in methods.values():
            assert "security" in route or path in {"/health", "/ready"}
            assert {"4XX", "5XX"} <= set(route["responses"])


def test_examples_are_as_what_is_sent(plain):
    """The fields of the examples are those of real answers, all the way down to lists."""
    asked = {"messages": [{"role": "user", "content": web.QUESTION}]}
    with plain.client() as client:
        hits = client.post("/v1/search", json={"query": "chain"}).json()
        answer = client.post("/v1/ask", json={"question": web.QUESTION}).json()
        completion = client.post("/v1/chat/completions", json=asked).json()
        response = client.post("/v1/responses", json={"input": web.QUESTION}).json()
    for example, sent in ((HITS, hits), (ANSWER, answer), (COMPLETION, completion), (RESPONSE, response)):
        assert fields(example) == fields(sent)


def fields(value, name=""):
    """The names in an object and below it; those of measurements and metadata are nobody's promise."""
    if isinstance(value, list):
        return fields(value[0], name) if value else {}
    if not isinstance(value, dict) or name in {"timings", "metadata", "profile"}:
        return None
    return {key: fields(item, key) for key, item in value.items()}
