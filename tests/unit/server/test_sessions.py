"""Conversations over HTTP: begun, asked, shown and deleted."""

import json

import web


def test_a_conversation_is_kept_and_understood(plain):
    """A follow-up has the words of the question before it; both turns are shown; then the session is gone."""
    with plain.client() as client:
        session = client.post("/v1/sessions").json()
        assert session["kept"]
        path = f"/v1/sessions/{session['id']}"
        client.post(f"{path}/ask", json={"question": web.QUESTION})
        follow_up = client.post(f"{path}/ask", json={"question": "And how?"}).json()
        assert "chain" in follow_up["question"]
        turns = client.get(path).json()["turns"]
        assert [turn["question"] for turn in turns] == [web.QUESTION, "And how?"]
        assert session["id"] in {kept["id"] for kept in client.get("/v1/sessions").json()["sessions"]}
        client.delete(path)
        missing = client.get(path)
        assert (missing.status_code, missing.json()["error"]["code"]) == (404, "session-not-found")


def test_a_turn_comes_as_events(plain):
    """The question as it was understood, the draft, the answer, the end; the turn is kept."""
    with plain.client() as client:
        path = f"/v1/sessions/{client.post('/v1/sessions').json()['id']}"
        with client.stream("GET", f"{path}/ask", params={"question": web.QUESTION}) as response:
            found = web.events(response)
        names = [name for name, _, _ in found]
        assert (names[0], names[-2:]) == ("rewritten", ["answer", "done"])
        assert json.loads(found[0][1])["standalone"] == web.QUESTION
        assert len(client.get(path).json()["turns"]) == 1
