"""A bot behind HTTP: one route that streams an answer as server-sent events. A start for your own, not a product.

    pip install fastapi uvicorn
    ragsys add ~/papers
    uvicorn --app-dir examples/bot web:app --port 8000
    curl -N localhost:8000/chat -H 'content-type: application/json' -d '{"question": "When is the chain oiled?"}'

It listens on this machine only and knows nobody: whoever can reach it can ask. `ragsys serve` is the one with tokens.
"""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, Field

from ragsys import Answer, AsyncConversation, AsyncQueryEngine, RagsysError


class Ask(BaseModel):
    """A question, and the conversation that it belongs to."""

    question: str = Field(min_length=1, max_length=4000)
    session: str | None = None


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """The index is open as long as the server runs."""
    async with AsyncQueryEngine(os.environ.get("RAGSYS_INDEX", ".ragsys"), create=False) as engine:
        app.state.engine = engine
        yield


app = FastAPI(lifespan=lifespan)


@app.exception_handler(RagsysError)
async def refuse(_request: Request, error: RagsysError) -> JSONResponse:
    """Every error has a code and a status of its own."""
    return JSONResponse({"error": {"code": error.code, "message": error.message}}, error.http_status)


@app.post("/chat")
async def chat(ask: Ask, request: Request) -> StreamingResponse:
    """Stream a turn. Where the reader goes away, the generator stops."""
    talk = await request.app.state.engine.chat(ask.session)
    return StreamingResponse(events(talk, ask.question), media_type="text/event-stream")


async def events(talk: AsyncConversation, question: str) -> AsyncIterator[str]:
    """The session, the draft in pieces, and the checked answer, which replaces the draft."""
    yield sse("session", {"id": talk.id})
    try:
        async for event in talk.stream(question):
            if isinstance(event, Answer):
                citations = [asdict(citation) for citation in event.citations]
                yield sse("answer", {"status": event.status, "text": event.text, "citations": citations})
            elif text := getattr(event, "text", ""):
                yield sse("draft", {"text": text})
    except RagsysError as error:  # the status is sent already: an event has to say it
        yield sse("error", {"code": error.code, "message": error.message})


def sse(name: str, data: object) -> str:
    """One server-sent event."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
