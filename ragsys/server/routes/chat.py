"""/v1/chat/completions, as OpenAI's clients call it: `model` names an index, the messages are the conversation.

Only what is verified is content. While a draft is written, its pieces come in `ragsys.draft` beside empty deltas, for
clients that know them; the last chunk carries the citations as annotations and the whole answer in `ragsys.answer`.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from ragsys.errors import RagsysError, RequestError
from ragsys.generate import Exchange, Rewritten, Token
from ragsys.server.answers import begin, counted, fault, whole
from ragsys.server.bodies import LONGEST_QUESTION, Chat, ChatMessage
from ragsys.server.calls import Reader, answer, index_of, service_of
from ragsys.server.examples import COMPLETION, shown
from ragsys.server.problems import problem_body
from ragsys.server.sse import EventStream, event
from ragsys.server.trace import trace_of
from ragsys.types import Answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from ragsys.server.answers import Made
    from ragsys.server.service import Served
    from ragsys.server.work import Stream

__all__ = ["PIECE", "conversation", "router", "url_citations"]

router = APIRouter(tags=["chat"])
PIECE = re.compile(r"\S+\s*|\s+")


@router.post("/v1/chat/completions", responses=shown(COMPLETION, events=True))
async def complete(request: Request, *, asked: Chat, identity: Reader) -> Response:
    """An answer to the last message in the light of those before it; system messages and tools have no effect."""
    served = index_of(request, identity, asked.model)
    engine = served.engine(identity)
    question, history = conversation(asked.messages)
    decoding = asked.decoding(served.settings.max_new_tokens)

    def make() -> Iterator[Made]:
        return engine.reply(question, history, top_k=asked.k, where=asked.filter, decoding=decoding)

    if asked.stream:
        usage = asked.stream_options is not None and asked.stream_options.include_usage
        stream = await begin(request, make)
        return EventStream(_chunks(request, served, stream, usage=usage), stop=stream.stop)
    found, pieces = await whole(request, make)
    message = {"role": "assistant", "content": found.text, "refusal": None, "annotations": _annotations(request, found)}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    frame = _frame(request, served, "chat.completion")
    return answer({**frame, "choices": [choice], "usage": _usage(found, pieces), "ragsys": {"answer": found}})


def conversation(messages: Sequence[ChatMessage]) -> tuple[str, list[Exchange]]:
    """The question, and what was said before it. Raises `RequestError` where the last message is no question."""
    said = [message for message in messages if message.role in {"user", "assistant"}]
    if not said or said[-1].role != "user":
        raise RequestError("the last message is to be the user's")
    question = _text(said[-1])
    if not question.strip() or len(question) > LONGEST_QUESTION:
        raise RequestError(f"a question has 1 to {LONGEST_QUESTION} characters")
    history: list[Exchange] = []
    for message in said[:-1]:
        if message.role == "user":
            history.append(Exchange(_text(message)))
        elif history and not history[-1].answer:
            history[-1] = Exchange(history[-1].question, _text(message))
    return question, history


def _text(message: ChatMessage) -> str:
    """The words of a message. Raises `RequestError` for pictures and whatever else is no text."""
    if isinstance(message.content, str):
        return message.content
    parts = [part.get("text") if part.get("type") == "text" else None for part in message.content or ()]
    if not all(isinstance(part, str) for part in parts):
        raise RequestError("only texts are understood")
    return "\n".join(map(str, parts))


async def _chunks(request: Request, served: Served, stream: Stream[Made], *, usage: bool) -> AsyncIterator[bytes]:
    frame = _frame(request, served, "chat.completion.chunk") | ({"usage": None} if usage else {})

    def chunk(delta: dict[str, Any], finish: str | None = None, **more: object) -> bytes:
        return event({**frame, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more})

    try:
        yield chunk({"role": "assistant", "content": ""})
        async for made in counted(request, stream):
            if isinstance(made, Token):
                yield chunk({}, ragsys={"draft": made.text})
            elif isinstance(made, Rewritten):
                yield chunk({}, ragsys={"rewritten": made})
            else:
                for piece in PIECE.findall(made.text):
                    yield chunk({"content": piece})
                yield chunk({"annotations": _annotations(request, made)}, "stop", ragsys={"answer": made})
                if usage:
                    yield event({**frame, "choices": [], "usage": _usage(made, trace_of(request).tokens)})
    except RagsysError as error:
        trace = trace_of(request)
        trace.code, trace.result = error.code, "failed"
        yield event(problem_body(error, trace.id))
    except Exception as error:  # noqa: BLE001 - the answer has begun: what is left is to say so
        yield event(fault(request, error))
    yield event("[DONE]")


def _frame(request: Request, served: Served, kind: str) -> dict[str, Any]:
    made = {"id": f"chatcmpl-{trace_of(request).id}", "object": kind, "created": int(time.time())}
    return {**made, "model": served.name, "system_fingerprint": service_of(request).fingerprint}


def url_citations(request: Request, found: Answer) -> list[dict[str, Any]]:
    """Citations as OpenAI writes those of web pages: where in the answer, and where the source can be read."""
    base, index = str(request.base_url), trace_of(request).index
    return [
        {
            "start_index": cited.answer_start,
            "end_index": cited.answer_end,
            "title": cited.document.title or cited.document.source.rpartition("/")[2],
            "url": f"{base}v1/documents/{cited.document.id}/text?index={index}&start={cited.start}&end={cited.end}",
        }
        for cited in found.citations
    ]


def _annotations(request: Request, found: Answer) -> list[dict[str, Any]]:
    return [{"type": "url_citation", "url_citation": cited} for cited in url_citations(request, found)]


def _usage(found: Answer, pieces: int) -> dict[str, int]:
    """Tokens as far as they are known: pieces that the generator wrote, and words of the question."""
    asked = len(found.question.split())
    return {"prompt_tokens": asked, "completion_tokens": pieces, "total_tokens": asked + pieces}
