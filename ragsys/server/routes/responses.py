"""/v1/responses, as OpenAI's clients call it: the same answers as those of /v1/chat/completions, in the newer shape.

Nothing is kept: `store` has no effect, and an earlier response cannot be gone on with by its id. A stream has only what
is verified; its last event holds the whole response, with the answer in `ragsys.answer`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from ragsys.errors import RagsysError, RequestError
from ragsys.server.answers import begin, counted, fault, whole
from ragsys.server.bodies import ChatMessage, InputItem, Respond
from ragsys.server.calls import Reader, answer, index_of
from ragsys.server.examples import RESPONSE, shown
from ragsys.server.problems import problem_body
from ragsys.server.routes.chat import PIECE, conversation, url_citations
from ragsys.server.sse import EventStream, event
from ragsys.server.trace import trace_of
from ragsys.types import Answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from ragsys.server.answers import Made
    from ragsys.server.work import Stream

__all__ = ["router"]

router = APIRouter(tags=["chat"])

_TEXTS = frozenset({"text", "input_text", "output_text"})
_AT = {"output_index": 0, "content_index": 0}


@router.post("/v1/responses", responses=shown(RESPONSE, events=True))
async def respond(request: Request, *, asked: Respond, identity: Reader) -> Response:
    """An answer to the input; of messages, to the last in the light of those before. Instructions have no effect."""
    served = index_of(request, identity, asked.model)
    engine = served.engine(identity)
    _check_kept(asked)
    messages = [ChatMessage(role="user", content=asked.input)] if isinstance(asked.input, str) else _said(asked.input)
    question, history = conversation(messages)
    decoding = asked.decoding(served.settings.max_new_tokens)

    def make() -> Iterator[Made]:
        return engine.reply(question, history, top_k=asked.k, where=asked.filter, decoding=decoding)

    shape = _Shape(request, asked, served.name)
    if asked.stream:
        stream = await begin(request, make)
        return EventStream(_events(request, shape, stream), stop=stream.stop)
    found, _ = await whole(request, make)
    return answer(shape.completed(found))


def _check_kept(asked: Respond) -> None:
    """Raises `RequestError` for what would need responses that are kept."""
    for name in ("previous_response_id", "conversation", "background"):
        if getattr(asked, name):
            raise RequestError(
                f"{name}: responses are not kept here",
                hint="send the earlier messages as input, or use /v1/sessions, whose conversations are kept",
            )


def _said(items: list[InputItem]) -> list[ChatMessage]:
    """The messages among the items. Raises `RequestError` for one that is no text."""
    said = []
    for item in items:
        if item.type != "message" or item.role is None:
            continue  # calls of tools and their results, thoughts
        parts = [item.content] if isinstance(item.content, str) else [_text(part) for part in item.content or ()]
        said.append(ChatMessage(role=item.role, content="\n".join(parts)))
    return said


def _text(part: dict[str, Any]) -> str:
    text = part.get("text") if part.get("type") in _TEXTS else None
    if not isinstance(text, str):
        raise RequestError("only texts are understood")
    return text


class _Shape:
    """A response as it grows."""

    def __init__(self, request: Request, asked: Respond, model: str) -> None:
        self._request, self._trace = request, trace_of(request)
        self.message = f"msg_{self._trace.id}"
        self._frame = {
            "id": f"resp_{self._trace.id}",
            "object": "response",
            "created_at": int(time.time()),
            "model": model,
            "error": None,
            "incomplete_details": None,
            "instructions": asked.instructions,
            "max_output_tokens": asked.max_output_tokens,
            "parallel_tool_calls": False,
            "previous_response_id": None,
            "store": False,
            "temperature": asked.temperature or 0.0,
            "text": {"format": {"type": "text"}},
            "tool_choice": "none",
            "tools": [],
            "top_p": asked.top_p or 1.0,
            "metadata": {},
        }

    def begun(self) -> dict[str, Any]:
        """Nothing is said yet."""
        return {**self._frame, "status": "in_progress", "output": [], "usage": None}

    def failed(self, problem: dict[str, Any]) -> dict[str, Any]:
        """It ends with an error."""
        error = {"code": problem["error"]["code"], "message": problem["error"]["message"]}
        return {**self._frame, "status": "failed", "output": [], "usage": None, "error": error, "ragsys": problem}

    def part(self, text: str, annotations: list[dict[str, Any]]) -> dict[str, Any]:
        """What a message holds."""
        return {"type": "output_text", "text": text, "annotations": annotations, "logprobs": []}

    def item(self, status: str, content: list[dict[str, Any]]) -> dict[str, Any]:
        """The message."""
        about = {"id": self.message, "type": "message", "role": "assistant", "status": status}
        return {**about, "content": content}

    def annotations(self, found: Answer) -> list[dict[str, Any]]:
        """Citations, flat as they are in this API."""
        return [{"type": "url_citation", **cited} for cited in url_citations(self._request, found)]

    def completed(self, found: Answer) -> dict[str, Any]:
        """The whole response. Tokens as far as they are known: pieces of the draft, and words of the question."""
        words, pieces = len(found.question.split()), self._trace.tokens
        usage = {
            "input_tokens": words,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": pieces,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": words + pieces,
        }
        item = self.item("completed", [self.part(found.text, self.annotations(found))])
        about = {"status": "completed", "output": [item], "usage": usage}
        return {**self._frame, **about, "ragsys": {"answer": found}}


async def _events(request: Request, shape: _Shape, stream: Stream[Made]) -> AsyncIterator[bytes]:
    numbered = _numbered()
    try:
        yield numbered("response.created", {"response": shape.begun()})
        yield numbered("response.in_progress", {"response": shape.begun()})
        async for made in counted(request, stream):
            if isinstance(made, Answer):
                for sent in _answered(shape, made, numbered):
                    yield sent
    except RagsysError as error:
        trace = trace_of(request)
        trace.code, trace.result = error.code, "failed"
        yield numbered("response.failed", {"response": shape.failed(problem_body(error, trace.id))})
    except Exception as error:  # noqa: BLE001 - the answer has begun: what is left is to say so
        yield numbered("response.failed", {"response": shape.failed(fault(request, error))})


def _answered(shape: _Shape, found: Answer, numbered: Callable[[str, dict[str, Any]], bytes]) -> Iterator[bytes]:
    """The events of an answer: a message with one part, its pieces, its citations, and the end of each."""
    at: dict[str, Any] = {"item_id": shape.message, **_AT}
    yield numbered("response.output_item.added", {"output_index": 0, "item": shape.item("in_progress", [])})
    yield numbered("response.content_part.added", {**at, "part": shape.part("", [])})
    for piece in PIECE.findall(found.text):
        yield numbered("response.output_text.delta", {**at, "delta": piece, "logprobs": []})
    annotations = shape.annotations(found)
    for number, annotation in enumerate(annotations):
        about = {"annotation_index": number, "annotation": annotation}
        yield numbered("response.output_text.annotation.added", {**at, **about})
    part = shape.part(found.text, annotations)
    yield numbered("response.output_text.done", {**at, "text": found.text, "logprobs": []})
    yield numbered("response.content_part.done", {**at, "part": part})
    yield numbered("response.output_item.done", {"output_index": 0, "item": shape.item("completed", [part])})
    yield numbered("response.completed", {"response": shape.completed(found)})


def _numbered() -> Callable[[str, dict[str, Any]], bytes]:
    """What writes events of a kind, and counts them."""
    count = 0

    def write(kind: str, fields: dict[str, Any]) -> bytes:
        nonlocal count
        written = event({"type": kind, "sequence_number": count, **fields}, kind)
        count += 1
        return written

    return write
