"""The native API: search, ask, documents' texts, models, over a real server."""

import json

import pytest
import web


def test_a_search_finds_what_the_engine_finds(plain):
    """GET and POST give the same hits, in the shape of `ragsys search --json`, with the coverage."""
    with plain.client() as client:
        posted = client.post("/v1/search", json={"query": "chain oiled", "k": 1}).json()
        got = client.get("/v1/search", params={"query": "chain oiled", "k": 1}).json()
    assert posted["hits"] == got["hits"]
    assert posted["hits"][0]["document"]["source"].endswith("bike.md")
    assert posted["coverage"]["documents"] == 2


@pytest.mark.parametrize(("wrong", "right"), [("top_k", "k"), ("where", "filter"), ("explains", "explain")])
def test_a_field_of_another_name_is_answered_with_its_name_here(plain, wrong, right):
    """What other interfaces call a field, or a slip, is refused by its name with the one that it has here."""
    with plain.client() as client:
        posted = client.post("/v1/search", json={"query": "chain", wrong: "1"})
        got = client.get("/v1/search", params={"query": "chain", wrong: "1"})
    for refused in (posted, got):
        assert refused.status_code == 422
        error = refused.json()["error"]
        assert wrong in error["message"]
        assert error["hint"].startswith(f"did you mean {right}?")


def test_a_field_that_nobody_knows_is_answered_with_those_that_there_are(plain):
    """All fields of the request are named."""
    with plain.client() as client:
        error = client.post("/v1/ask", json={"question": "x", "zzz": 1}).json()["error"]
    assert "'zzz'" in error["message"]
    assert "min_confidence" in error["hint"]


def test_a_filter_and_an_explanation_are_passed_on(plain):
    """A filter keeps other documents out, and `explain` shows the numbers."""
    asked = {"query": "chain oiled", "filter": 'source ~ "*grinder.md"', "explain": True}
    with plain.client() as client:
        hits = client.post("/v1/search", json=asked).json()["hits"]
    assert {hit["document"]["title"] for hit in hits} == {"Grinder"}
    assert "terms" in hits[0]["explanation"]


def test_an_answer_is_cited(plain):
    """Every citation of an answer is verbatim where the document's text says so."""
    with plain.client() as client:
        found = client.post("/v1/ask", json={"question": web.QUESTION}).json()
        assert found["status"] == "answered"
        for cited in found["citations"]:
            where = {"start": cited["start"], "end": cited["end"], "context": 5}
            text = client.get(f"/v1/documents/{cited['document']['id']}/text", params=where).json()
            assert text["quote"]["text"] == cited["quote"]
            assert text["text"][cited["start"] - text["start"] :].startswith(cited["quote"])


def test_an_event_source_reads_the_draft_and_then_the_answer(plain):
    """Pieces of the draft, then the answer, then the end with an id; who comes back with it is told to stop."""
    with plain.client(Accept="text/event-stream") as client:
        with client.stream("GET", "/v1/ask", params={"question": web.QUESTION}) as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            found = web.events(response)
        names = [name for name, _, _ in found]
        assert names[-2:] == ["answer", "done"]
        assert set(names[:-2]) == {"draft"}
        assert json.loads(found[-2][1])["citations"]
        again = client.get("/v1/ask", params={"question": "x"}, headers={"Last-Event-ID": found[-1][2]})
        assert again.status_code == 204


def test_what_is_wrong_with_a_question_is_said_before_the_stream(plain):
    """A filter that does not parse is a 400 with its code, also where events were asked for."""
    with plain.client() as client:
        refused = client.post("/v1/ask", json={"question": "x", "filter": "=", "stream": True})
    assert refused.status_code == 400
    assert refused.json()["error"]["code"] == "filter-invalid"
    assert refused.json()["error"]["request_id"] == refused.headers["x-request-id"]


def test_extraction_needs_no_generator(plain):
    """`mode` extract answers with the best sentence."""
    with plain.client() as client:
        found = client.post("/v1/ask", json={"question": web.QUESTION, "mode": "extract"}).json()
    assert found["models"]["generator"] == "extract"


def test_documents_are_listed_and_shown(plain):
    """Documents come by source, page by page; one is shown by its id, and its text is as it was extracted."""
    with plain.client() as client:
        listed = client.get("/v1/documents", params={"limit": 1, "offset": 1}).json()
        assert (listed["total"], len(listed["documents"])) == (2, 1)
        identity = listed["documents"][0]["id"]
        assert client.get(f"/v1/documents/{identity}").json() == listed["documents"][0]
        text = client.get(f"/v1/documents/{identity}/text").json()
        assert text["text"] == web.NOTES["grinder.md"]
        assert (text["start"], text["end"], text["next"], text["quote"]) == (0, text["characters"], None, None)
        assert client.get("/v1/documents/none").status_code == 404


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_anybody_can_see_that_it_is_up(plain, path):
    """Health and readiness need nothing."""
    with plain.client() as client:
        assert client.get(path).status_code == 200


def test_an_unknown_index_is_not_found(plain):
    """A name that is not served is a 404 with the code of an index that is not there."""
    with plain.client() as client:
        refused = client.post("/v1/search", json={"query": "x", "index": "other"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (404, "index-not-found")


def test_of_several_indexes_one_is_named(tmp_path):
    """Two indexes in one process answer from their own documents; without a name, that is an error."""
    one = web.fill(tmp_path / "one", notes={"a.md": "The kettle whistles at noon.\n"})
    two = web.fill(tmp_path / "two", notes={"b.md": "The kettle rests at night.\n"})
    with web.serving(tmp_path, {"one": one, "two": two}) as running, running.client() as client:
        assert [model["id"] for model in client.get("/v1/models").json()["data"]] == ["one", "two"]
        hits = client.post("/v1/search", json={"query": "kettle", "index": "two"}).json()["hits"]
        assert [hit["text"] for hit in hits] == ["The kettle rests at night.\n"]
        assert client.post("/v1/search", json={"query": "kettle"}).status_code == 422
