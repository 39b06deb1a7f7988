"""Who may call what: a matrix made from the route table, so that a new route cannot be forgotten."""

import re

import pytest
import web
from fastapi.routing import APIRoute

from ragsys.server.app import ROUTERS
from ragsys.server.guard import OPEN
from ragsys.server.tokens import Scope

TOKENS = {
    "read": ("read", ["user:ann"]),
    "write": ("write", ["user:ann"]),
    "admin": ("admin", []),
    "other": ("write", ["user:bob"]),
    "elsewhere": ("admin", [], ["another index"]),
}
BODIES = {
    "/v1/search": {"query": "chain"},
    "/v1/ask": {"question": "chain"},
    "/v1/chat/completions": {"messages": [{"role": "user", "content": "chain"}]},
    "/v1/responses": {"input": "chain"},
    "/v1/embeddings": {"input": "chain"},
    "/v1/rerank": {"query": "chain", "documents": ["chain"]},
    "/v1/sessions/{session}/ask": {"question": "chain"},
}


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    """A server with a token of each kind; its documents are Ann's."""
    home = tmp_path_factory.mktemp("closed")
    with web.serving(home, {"notes": web.fill(home, acl=["user:ann"])}, tokens=TOKENS) as running:
        yield running


def scope_of(route):
    """The scope that a route asks for, or None."""
    scopes = [d.call.__dict__["scope"] for d in route.dependant.dependencies if "scope" in d.call.__dict__]
    return scopes[0] if scopes else None


def expected_scope(method, path):
    """The scope that a route has to ask for, written down a second time."""
    if path in OPEN:
        return None
    if path == "/metrics":
        return Scope.ADMIN
    changes = path.startswith("/v1/documents") and method != "GET"
    return Scope.WRITE if changes or path.startswith("/v1/uploads") else Scope.READ


def routes(running):
    """Every route of the API, with its method."""
    every = [route for router in (running.app, *ROUTERS) for route in router.routes if isinstance(route, APIRoute)]
    assert set(running.app.openapi()["paths"]) < {route.path for route in every}
    return [(route, method) for route in every for method in sorted(route.methods)]


def send(client, method, path):
    """A request that fits a route, as far as it can without knowing what is there; its status and code."""
    address = re.sub(r"\{\w+\}", "none", path)
    params = {}
    if method == "GET" and path in BODIES:
        params = {name: value for name, value in BODIES[path].items() if isinstance(value, str)}
    if (method, path) == ("POST", "/v1/documents"):
        response = client.post(address, files={"file": ("new.md", b"A new note.\n")})
    elif method == "POST":
        response = client.post(address, json=BODIES.get(path, {}))
    else:
        response = client.request(method, address, params=params)
    code = response.json()["error"]["code"] if response.status_code >= 400 else ""
    return response.status_code, code


def test_every_route_has_a_scope_or_is_known_to_be_open(closed):
    """Each route asks for the scope that it has to, and none is open but those that are meant to be."""
    table = {(method, route.path): scope_of(route) for route, method in routes(closed)}
    assert table == {(method, path): expected_scope(method, path) for method, path in table}


@pytest.mark.parametrize("token", [None, "wrong", *TOKENS])
def test_the_matrix(closed, token):
    """Each route lets through who has its scope, asks for a token where there is none, and refuses the rest."""
    headers = {"Authorization": "Bearer rag_wrong"} if token == "wrong" else {}
    with closed.client(None if token == "wrong" else token, **headers) as client:
        for route, method in routes(closed):
            status, code = send(client, method, route.path)
            scope = expected_scope(method, route.path)
            if scope is None:
                assert code != "unauthorized", route.path
            elif token in {None, "wrong"}:
                assert (status, code) == (401, "unauthorized"), route.path
            elif Scope[TOKENS[token][0].upper()] < scope:
                assert (status, code) == (403, "forbidden"), (method, route.path)
            else:
                assert status not in {401, 500}, (method, route.path, status)
                assert code != "forbidden" or token == "other", (method, route.path)


@pytest.mark.parametrize(("token", "found"), [("read", 2), ("write", 2), ("admin", 0), ("other", 0)])
def test_a_search_sees_what_the_token_may(closed, token, found):
    """Documents of Ann are found with Ann's tokens only; the owner's manages them, and searches what everyone may."""
    with closed.client(token) as client:
        hits = client.post("/v1/search", json={"query": "the", "index": "notes"}).json()["hits"]
        mine = [hit for hit in hits if not hit["document"]["source"].endswith("new.md")]
        assert len(mine) == found


def test_another_tenant_reads_nothing(closed):
    """A document's id is no key: whoever may not see it is told that it is not there, and cannot remove it."""
    with closed.client("read") as client:
        identity = client.get("/v1/documents").json()["documents"][0]["id"]
    with closed.client("other") as client:
        for method, path in (("GET", ""), ("GET", "/text"), ("DELETE", "")):
            refused = client.request(method, f"/v1/documents/{identity}{path}")
            assert (refused.status_code, refused.json()["error"]["code"]) == (404, "not-found")


def test_a_token_for_another_index_sees_none(closed):
    """An index that a token is not for is not there."""
    with closed.client("elsewhere") as client:
        assert client.get("/v1/models").json()["data"] == []
        assert client.post("/v1/search", json={"query": "x", "index": "notes"}).status_code == 404


def test_a_conversation_is_its_own_tokens(closed):
    """A session that one caller began is not there for another, the owner's list apart."""
    with closed.client("read") as ann, closed.client("other") as bob:
        session = ann.post("/v1/sessions", json={}).json()["id"]
        assert ann.get(f"/v1/sessions/{session}").json()["turns"] == []
        assert bob.get(f"/v1/sessions/{session}").status_code == 404
        assert bob.post(f"/v1/sessions/{session}/ask", json={"question": "x"}).status_code == 404
        assert bob.delete(f"/v1/sessions/{session}").status_code == 404
        assert session not in {kept["id"] for kept in bob.get("/v1/sessions").json()["sessions"]}


def test_a_revoked_token_is_refused_at_once(tmp_path):
    """A server reads its tokens again when they change."""
    from ragsys.server.tokens import TokenFile

    with (
        web.serving(tmp_path, {"notes": web.fill(tmp_path)}, tokens=TOKENS) as running,
        running.client("read") as client,
    ):
        assert client.get("/v1/me").json()["principals"][0] == "user:ann"
        TokenFile(tmp_path / "tokens.json").revoke("read")
        assert client.get("/v1/me").status_code == 401


@pytest.mark.parametrize(
    ("host", "status"),
    [("evil.example", 421), ("localhost", 200), ("127.0.0.1:99", 200), ("[::1]", 200), ("notes.example:80", 200)],
)
def test_a_name_that_is_not_its_own_is_refused(tmp_path_factory, host, status):
    """Another site's name for this address gets nothing, whatever the token: that is how names are rebound."""
    home = tmp_path_factory.mktemp("hosts")
    served = web.serving(home, {"notes": web.fill(home)}, server_hosts="notes.example")
    with served as running, running.client(Host=host) as client:
        assert client.get("/v1/models").status_code == status


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_a_page_of_another_site_is_refused(plain, headers):
    """A browser says whose page asks; only this server's own may."""
    with plain.client(**headers) as client:
        refused = client.post("/v1/search", json={"query": "x"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "origin-refused")
    with plain.client(Origin=plain.url) as client:
        assert client.post("/v1/search", json={"query": "x"}).status_code == 200


def test_every_answer_has_the_headers_of_a_careful_server(plain):
    """No sniffing, no frames, no scripts, no caching, no name of a server; errors as well."""
    with plain.client() as client:
        for path in ("/health", "/v1/models", "/nowhere"):
            headers = client.get(path).headers
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["content-security-policy"].startswith("default-src 'none'")
            assert headers["cache-control"] == "no-store"
            assert "access-control-allow-origin" not in headers
