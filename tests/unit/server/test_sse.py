"""Server-sent events on the wire."""

import json

from hypothesis import given
from hypothesis import strategies as st

from ragsys.server.sse import event, to_json


@given(st.dictionaries(st.text(st.characters(exclude_categories=())), st.text(st.characters(exclude_categories=()))))
def test_an_event_is_lines_whatever_it_says(data):
    """No text can end an event or begin another; what is read is what was sent."""
    sent = event(data, "answer", identity="x")
    head, body, end, rest = sent.split(b"\n", 2)[0], sent.split(b"\n")[2], sent[-2:], sent[:-2]
    assert (head, end) == (b"event: answer", b"\n\n")
    assert rest.count(b"\n") == 2
    assert json.loads(body.removeprefix(b"data: ")) == data


def test_values_are_json_of_their_fields():
    """Numbers, texts and nothing are JSON's."""
    assert json.loads(to_json({"a": (1, 2.5, None), "b": "水"})) == {"a": [1, 2.5, None], "b": "水"}
