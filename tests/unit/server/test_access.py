"""Who may call what: a matrix made from the route table, so that a new route cannot be forgotten."""

import re

import pytest
import web
from fastapi.routing import APIRoute
from starlette.routing import Mount

from ragsys.server.app import ROUTERS
from ragsys.server.guard import OPEN, OPEN_BELOW
from ragsys.server.page import WEB
from ragsys.server.tokens import Scope

TOKENS = {
    "read": ("read", ["user:ann"]),
    "write": ("write", ["user:ann"]),
    "admin": ("admin", []),
    "other": ("write", ["user:bob"]),
    "elsewhere": ("admin", [], ["another index"]),
}
OWNED = {"{document}", "{session}", "{upload}"}
QUESTION = {"question": "chain"}
MESSAGE = {"messages": [{"role": "user", "content": "chain"}], "model": "notes"}
# Every route of the server: the scope that it has to ask for, and a request that it answers. One without an entry here
# fails a test. In paths, {document}, {session} and {upload} are Ann's.
TABLE = {
    ("GET", "/"): (None, {}),
    ("GET", "/widget.js"): (None, {}),
    ("GET", "/health"): (None, {}),
    ("GET", "/ready"): (None, {}),
    ("GET", "/metrics"): (Scope.ADMIN, {}),
    ("GET", "/openapi.json"): (Scope.READ, {}),
    ("GET", "/v1/me"): (Scope.READ, {}),
    ("GET", "/v1/models"): (Scope.READ, {}),
    ("GET", "/v1/models/{name}"): (Scope.READ, {}),
    ("GET", "/v1/search"): (Scope.READ, {"params": {"query": "chain", "index": "notes"}}),
    ("POST", "/v1/search"): (Scope.READ, {"json": {"query": "chain", "index": "notes"}}),
    ("GET", "/v1/ask"): (Scope.READ, {"params": {**QUESTION, "index": "notes"}}),
    ("POST", "/v1/ask"): (Scope.READ, {"json": {**QUESTION, "index": "notes"}}),
    ("POST", "/v1/chat/completions"): (Scope.READ, {"json": MESSAGE}),
    ("POST", "/v1/responses"): (Scope.READ, {"json": {"input": "chain", "model": "notes"}}),
    ("POST", "/v1/embeddings"): (Scope.READ, {"json": {"input": "chain", "model": "notes"}}),
    ("POST", "/v1/rerank"): (Scope.READ, {"json": {"query": "chain", "documents": ["chain"], "model": "notes"}}),
    ("GET", "/v1/sessions"): (Scope.READ, {}),
    ("POST", "/v1/sessions"): (Scope.READ, {}),
    ("GET", "/v1/sessions/{session}"): (Scope.READ, {}),
    ("DELETE", "/v1/sessions/{session}"): (Scope.READ, {}),
    ("GET", "/v1/sessions/{session}/ask"): (Scope.READ, {"params": {**QUESTION, "index": "notes"}}),
    ("POST", "/v1/sessions/{session}/ask"): (Scope.READ, {"json": QUESTION, "params": {"index": "notes"}}),
    ("GET", "/v1/documents"): (Scope.READ, {}),
    ("POST", "/v1/documents"): (Scope.WRITE, {"files": {"file": ("new.md", b"A new note.\n")}}),
    ("GET", "/v1/documents/{document}"): (Scope.READ, {}),
    ("DELETE", "/v1/documents/{document}"): (Scope.WRITE, {}),
    ("GET", "/v1/documents/{document}/text"): (Scope.READ, {}),
    ("GET", "/v1/uploads"): (Scope.WRITE, {}),
    ("GET", "/v1/uploads/{upload}"): (Scope.WRITE, {}),
    ("GET", "/v1/uploads/{upload}/events"): (Scope.WRITE, {}),
}
# What names no index is answered to a token for another one, with nothing in it.
NO_INDEX = {"/metrics", "/openapi.json", "/v1/me", "/v1/models"}


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


def routes(running):
    """Every route of the API, by its method and path."""
    every = [route for router in (running.app, *ROUTERS) for route in router.routes if isinstance(route, APIRoute)]
    assert set(running.app.openapi()["paths"]) < {route.path for route in every}
    return {(method, route.path): route for route in every for method in sorted(route.methods)}


def things(running, token):
    """Ids of what is there: a document and an upload of Ann's, and a session of the caller's, else Ann's."""
    with running.client("write") as ann, running.client(token if token in {"read", "admin"} else "write") as own:
        sent = ann.post("/v1/documents", files={"file": ("mine.md", b"My note.\n")}, params={"wait": True}).json()
        mine = sent["uploads"][0]
        session = own.post("/v1/sessions").json()["id"]
    return {"name": "notes", "document": mine["document"], "upload": mine["id"], "session": session}


def expected(method, path, token):
    """Status and code that a caller is to get; None as a code is any success."""
    scope, _ = TABLE[method, path]
    if scope is None:
        return None
    if token in {None, "wrong"}:
        return 401, "unauthorized"
    if Scope[TOKENS[token][0].upper()] < scope:
        return 403, "forbidden"
    if token == "other" and OWNED.intersection(re.findall(r"\{\w+\}", path)):
        return 404, "session-not-found" if "{session}" in path else "not-found"
    if token == "elsewhere" and path not in NO_INDEX:
        return 404, "index-not-found"
    return None


def test_every_route_is_in_the_table(closed):
    """Each route asks for the scope that is written down here, and none is open but those that are meant to be."""
    table = {place: scope_of(route) for place, route in routes(closed).items()}
    assert table == {place: scope for place, (scope, _) in TABLE.items()}
    assert {path for (_, path), (scope, _) in TABLE.items() if scope is None} == OPEN
    mounted = {route.path for route in closed.app.routes if isinstance(route, Mount)}
    assert {f"{path}/" for path in mounted} == {OPEN_BELOW}


@pytest.mark.parametrize("token", [None, "wrong", *TOKENS])
def test_the_matrix(closed, token):
    """Each route answers who has its scope, asks for a token where there is none, and refuses the rest."""
    headers = {"Authorization": "Bearer rag_wrong"} if token == "wrong" else {}
    there = things(closed, token)
    with closed.client(None if token == "wrong" else token, **headers) as client:
        for method, path in routes(closed):
            request = dict(TABLE[method, path][1])
            if path.startswith("/v1/") and path not in NO_INDEX and not {"json", "params"} & request.keys():
                request["params"] = {"index": "notes"}
            response = client.request(method, path.format(**there), **request)
            if method == "DELETE" and response.is_success:
                there = things(closed, token)
            refused = expected(method, path, token)
            if refused is None:
                assert response.is_success, (method, path, response.text)
            else:
                assert (response.status_code, response.json()["error"]["code"]) == refused, (method, path)


def test_files_of_the_page_are_open_and_nothing_else_is(closed):
    """Below the page's folder its files are read by everybody, and neither written nor left; elsewhere is nothing."""
    with closed.client() as client:
        for file in sorted(WEB.rglob("*")):
            if file.is_file() and not file.name.startswith("."):
                assert client.get(f"/web/{file.relative_to(WEB).as_posix()}").status_code == 200
        assert client.post("/web/index.html", json={}).status_code == 405
        for path in ("/web/..%2fapp.py", "/web/%2e%2e/app.py", "/web//etc/passwd", "/web/", "/web/nothing"):
            assert client.get(path).status_code == 404
        for path in ("/nothing", "/v1", "/v1/nothing", "/web", "/docs", "/mcp"):
            assert client.get(path).status_code == 401


@pytest.mark.parametrize(("token", "found"), [("read", 2), ("write", 2), ("admin", 0), ("other", 0)])
def test_a_search_sees_what_the_token_may(closed, token, found):
    """Documents of Ann are found with Ann's tokens only; the owner's manages them, and searches what everyone may."""
    with closed.client(token) as client:
        hits = client.post("/v1/search", json={"query": "the", "index": "notes"}).json()["hits"]
        mine = [hit for hit in hits if hit["document"]["source"].endswith(tuple(web.NOTES))]
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
    "headers",
    [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "http://["}, {"Sec-Fetch-Site": "cross-site"}],
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
