"""Answers on their way out: generated in a thread, counted, and stopped when nobody waits any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragsys.errors import RagsysError
from ragsys.generate import Rewritten, Token
from ragsys.server.calls import service_of, until_gone
from ragsys.server.log import log_event
from ragsys.server.problems import problem_body
from ragsys.server.sse import EventStream, event
from ragsys.server.trace import trace_of
from ragsys.types import Answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from fastapi import Request

    from ragsys.server.work import Stream

__all__ = ["Made", "begin", "counted", "fault", "native_events", "whole"]

Made = Rewritten | Token | Answer
# How long the first word of an answer may take before the reader is told that one is coming.
_PATIENCE = 2.0


async def begin(request: Request, make: Callable[[], Iterator[Made]]) -> Stream[Made]:
    """The events of an answer. What is wrong with the question is raised here, before anything is sent."""
    service, trace = service_of(request), trace_of(request)
    stream = await service.workers.stream(service.generating, trace.ends, make)
    trace.result = "stopped"
    try:
        await stream.peek(_PATIENCE, Rewritten)
    except BaseException:
        stream.stop()
        trace.result = "failed"
        raise
    return stream


async def whole(request: Request, make: Callable[[], Iterator[Made]]) -> tuple[Answer, int]:
    """The answer and the number of pieces that the generator wrote. A client that goes away stops it."""
    stream = await begin(request, make)

    async def read() -> Answer:
        async for made in counted(request, stream):
            if isinstance(made, Answer):
                return made
        raise AssertionError("a stream ends with its answer")

    found = await until_gone(request, read(), stream.stop)
    return found, trace_of(request).tokens


async def counted(request: Request, stream: Stream[Made]) -> AsyncIterator[Made]:
    """The events of a stream, with what the log and the metrics know of them."""
    trace = trace_of(request)
    async for made in stream:
        if isinstance(made, Token):
            trace.tokens += 1
        elif isinstance(made, Answer):
            trace.result = made.status
        yield made


def native_events(request: Request, stream: Stream[Made]) -> EventStream:
    """An answer as events for a browser's `EventSource`: rewritten, draft, answer, then done; or error, then done.

    A draft is to be shown while it is written, and gives way to the answer. `done` carries an id, so that a browser
    which connects again, as it does when a stream ends, is told that there is nothing more.
    """
    trace = trace_of(request)

    async def events() -> AsyncIterator[bytes]:
        try:
            async for made in counted(request, stream):
                if isinstance(made, Token):
                    yield event({"text": made.text}, "draft")
                elif isinstance(made, Answer):
                    yield event(made, "answer")
                else:
                    yield event(made, "rewritten")
        except RagsysError as error:
            trace.code, trace.result = error.code, "failed"
            yield event(problem_body(error, trace.id), "error")
        except Exception as error:  # noqa: BLE001 - the answer has begun: what is left is to say so
            yield event(fault(request, error), "error")
        yield event({"request_id": trace.id}, "done", identity=trace.id)

    return EventStream(events(), stop=stream.stop)


def fault(request: Request, error: Exception) -> dict[str, object]:
    """The body of an error that should not have been, which goes into the log."""
    from ragsys.errors import InternalError

    trace = trace_of(request)
    trace.code, trace.result = InternalError.code, "failed"
    log_event("fault", {"request_id": trace.id}, failed=error)
    return problem_body(InternalError("a fault of the server"), trace.id)
