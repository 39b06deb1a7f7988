"""The compatible API, called by the clients that people have: OpenAI's own and LangChain's."""

import json

import openai
import pytest
import web

from ragsys.tasks.loaded import Models


@pytest.fixture
def client(plain):
    """OpenAI's client, told the address and nothing else."""
    with openai.OpenAI(base_url=f"{plain.url}/v1", api_key="unused", max_retries=0) as made:
        yield made


def ask(client, **options):
    """A chat completion of one question."""
    return client.chat.completions.create(
        model="notes", messages=[{"role": "user", "content": web.QUESTION}], **options
    )


def test_a_completion_carries_its_citations(client, plain):
    """Annotations point into the text and to an address at which the quote can be read; the answer is beside it."""
    made = ask(client)
    message = made.choices[0].message
    assert made.choices[0].finish_reason == "stop"
    answer = made.model_extra["ragsys"]["answer"]
    assert message.content == answer["text"]
    (annotation, *_), (cited, *_) = message.annotations, answer["citations"]
    assert annotation.type == "url_citation"
    assert (annotation.url_citation.start_index, annotation.url_citation.end_index) == (
        cited["answer_start"],
        cited["answer_end"],
    )
    assert annotation.url_citation.url.startswith(plain.url)
    with plain.client() as reader:
        assert reader.get(annotation.url_citation.url).json()["quote"]["text"] == cited["quote"]


def test_a_stream_says_the_same(client):
    """The pieces of a stream make the whole answer; drafts are no content, and the last chunk has the citations."""
    chunks = list(ask(client, stream=True, stream_options={"include_usage": True}))
    content = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    whole = ask(client)
    assert content == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    drafts = [
        chunk.model_extra["ragsys"]["draft"] for chunk in chunks if "draft" in chunk.model_extra.get("ragsys", ())
    ]
    assert drafts
    last = next(chunk for chunk in chunks if chunk.choices and chunk.choices[0].finish_reason)
    assert last.choices[0].delta.model_extra["annotations"]
    assert chunks[-1].usage.total_tokens == whole.usage.total_tokens


def test_a_follow_up_is_understood_from_the_messages(client):
    """The words that a question lacks come from the messages before it."""
    said = [
        {"role": "system", "content": "You are a parrot."},
        {"role": "user", "content": "When is the chain oiled?"},
        {"role": "assistant", "content": "After every ride."},
        {"role": "user", "content": [{"type": "text", "text": "And how?"}]},
    ]
    made = client.chat.completions.create(model="notes", messages=said)
    assert "chain" in made.model_extra["ragsys"]["answer"]["question"]


def test_errors_are_those_of_the_client(client):
    """An unknown model, no messages and a picture are what OpenAI's client raises for them, with our codes."""
    with pytest.raises(openai.NotFoundError) as missing:
        client.chat.completions.create(model="other", messages=[{"role": "user", "content": "x"}])
    assert missing.value.code == "index-not-found"
    for messages in ([], [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]):
        with pytest.raises(openai.UnprocessableEntityError) as refused:
            client.chat.completions.create(model="notes", messages=messages)
        assert refused.value.code == "request-invalid"


def test_embeddings_are_the_embedders(client, plain):
    """Vectors are those that the index's embedder makes, as numbers and as base64; other dimensions are refused."""
    texts = ["The chain is oiled.", "刹车"]
    made = client.embeddings.create(model="notes", input=texts)
    numbers = client.embeddings.create(model="notes", input=texts, encoding_format="float")
    embedder = Models(plain.service.settings, plain.service.loaded).embedder
    for got, also, expected in zip(made.data, numbers.data, embedder.embed_passages(texts).tolist(), strict=True):
        assert list(got.embedding) == pytest.approx(expected)
        assert list(also.embedding) == pytest.approx(expected)
    assert made.usage.prompt_tokens == sum(embedder.count_tokens(texts))
    with pytest.raises(openai.UnprocessableEntityError):
        client.embeddings.create(model="notes", input="x", dimensions=3)


def test_models_are_the_indexes(client):
    """Each index is a model."""
    assert [model.id for model in client.models.list()] == ["notes"]
    assert client.models.retrieve("notes").object == "model"


def test_langchain_asks_and_streams(plain):
    """LangChain's classes for OpenAI work as they are."""
    from langchain_openai import ChatOpenAI, OpenAIEmbeddings

    where = {"base_url": f"{plain.url}/v1", "api_key": "unused"}
    chat = ChatOpenAI(model="notes", **where)
    said = chat.invoke(web.QUESTION).content
    assert "oiled" in str(said)
    assert "".join(str(chunk.content) for chunk in chat.stream(web.QUESTION)) == said
    embeddings = OpenAIEmbeddings(model="notes", check_embedding_ctx_length=False, **where)
    assert (
        len(embeddings.embed_query("chain")) == Models(plain.service.settings, plain.service.loaded).embedder.space.dim
    )


def test_a_rerank_orders_documents(plain):
    """The document that shares the query's words comes first, in the shape of Cohere and Jina."""
    asked = {"query": "chain rain", "documents": ["burrs", {"text": "chain in rain"}], "top_n": 1}
    with plain.client() as client:
        made = client.post("/v1/rerank", json={**asked, "return_documents": True}).json()
    (first,) = made["results"]
    assert (first["index"], first["document"]["text"]) == (1, "chain in rain")
    assert made["model"] == "hash-embedder"


def test_a_stream_is_lines_of_json_and_an_end(plain):
    """On the wire: `data: ` and a JSON object for each event, and `data: [DONE]` at the end."""
    body = {"messages": [{"role": "user", "content": web.QUESTION}], "stream": True}
    with plain.client() as client, client.stream("POST", "/v1/chat/completions", json=body) as response:
        found = web.events(response)
    assert found[-1][1] == "[DONE]"
    assert all(json.loads(data)["object"] == "chat.completion.chunk" for _, data, _ in found[:-1])
