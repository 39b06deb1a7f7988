"""/v1/responses, called by OpenAI's own client: whole and streamed, with citations, and nothing kept."""

import json

import openai
import pytest
import web

LONG = "The chain is oiled " + " ".join(f"word{number}" for number in range(400))


@pytest.fixture
def client(plain):
    """OpenAI's client, told the address and nothing else."""
    with openai.OpenAI(base_url=f"{plain.url}/v1", api_key="unused", max_retries=0) as made:
        yield made


def test_a_response_carries_its_citations(client, plain):
    """Its text is the answer's; annotations point into it and to where the quote can be read; nothing is kept."""
    made = client.responses.create(model="notes", input=web.QUESTION, instructions="You are a parrot.", store=True)
    answer = made.model_extra["ragsys"]["answer"]
    assert (made.status, made.output_text, made.error) == ("completed", answer["text"], None)
    assert (made.instructions, made.model_extra["store"]) == ("You are a parrot.", False)
    (annotation, *_), (cited, *_) = made.output[0].content[0].annotations, answer["citations"]
    assert annotation.type == "url_citation"
    assert (annotation.start_index, annotation.end_index) == (cited["answer_start"], cited["answer_end"])
    assert made.usage.total_tokens == made.usage.input_tokens + made.usage.output_tokens > 0
    with plain.client() as reader:
        assert reader.get(annotation.url).json()["quote"]["text"] == cited["quote"]


def test_a_stream_says_the_same(client):
    """The client's own reading of the stream comes to the whole response; events are numbered, and none is missing."""
    whole = client.responses.create(model="notes", input=web.QUESTION)
    with client.responses.stream(model="notes", input=web.QUESTION) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_response()
    assert final.output_text == whole.output_text
    assert final.output[0].content[0].annotations == whole.output[0].content[0].annotations
    events = list(client.responses.create(model="notes", input=web.QUESTION, stream=True))
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == whole.output_text
    assert [event.type for event in events] == kinds
    assert list(dict.fromkeys(kinds)) == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.annotation.added",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]


def test_an_abstention_is_a_response(client):
    """What the documents do not hold is said as text, without citations."""
    made = client.responses.create(model="notes", input="Who painted the ceiling of the chapel?")
    assert made.model_extra["ragsys"]["answer"]["status"] == "abstained"
    assert made.output_text == made.model_extra["ragsys"]["answer"]["text"]
    assert made.output[0].content[0].annotations == []


def test_a_follow_up_is_understood_from_the_input(client):
    """Messages, with their texts in parts; what came back from here can be sent again, and calls of tools pass by."""
    first = client.responses.create(model="notes", input=web.QUESTION)
    said = [
        {"role": "developer", "content": "You are a parrot."},
        {"role": "user", "content": web.QUESTION},
        *(item.model_dump() for item in first.output),
        {"type": "function_call_output", "call_id": "1", "output": "x"},
        {"role": "user", "content": [{"type": "input_text", "text": "And how?"}]},
    ]
    made = client.responses.create(model="notes", input=said)
    assert "chain" in made.model_extra["ragsys"]["answer"]["question"]


@pytest.mark.parametrize(
    "asked",
    [
        {"previous_response_id": "resp_1"},
        {"conversation": "conv_1"},
        {"background": True},
        {"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "x"}]}]},
        {"input": [{"role": "assistant", "content": "x"}]},
        {"input": [{"type": "function_call_output", "call_id": "1", "output": "x"}]},
        {"input": " "},
    ],
    ids=lambda asked: next(iter(asked)),
)
def test_what_cannot_be_done_is_refused(client, asked):
    """What would need responses that are kept, pictures, and input without a question: with the code for it."""
    with pytest.raises(openai.UnprocessableEntityError) as refused:
        client.responses.create(**{"model": "notes", "input": web.QUESTION, **asked})
    assert refused.value.code == "request-invalid"


def test_a_failure_inside_a_stream_is_its_last_event(tmp_path):
    """The time runs out while it is written: the response has failed, with the code, and the stream ends."""
    generator = web.PatientGenerator(LONG, pause=0.05)
    served = web.serving(tmp_path, {"notes": web.fill(tmp_path)}, generator=generator, server_deadline=3.0)
    body = {"input": web.QUESTION, "stream": True, "max_output_tokens": 1000}
    with served as running, running.client() as client:
        with client.stream("POST", "/v1/responses", json=body) as response:
            found = web.events(response)
        web.until(lambda: running.service.generating.running == 0)
    name, data, _ = found[-1]
    failed = json.loads(data)
    assert (name, failed["response"]["status"]) == ("response.failed", "failed")
    assert failed["response"]["error"]["code"] == "deadline"
