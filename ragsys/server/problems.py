"""Errors as answers: a stable code, the request's id, and no text of a document.

What the caller did wrong is said as it is. What went wrong here is said by its kind only: messages of that sort may
name paths, or quote what was read.
"""

from __future__ import annotations

import inspect
import math
from functools import cache
from typing import Any

from starlette.responses import Response

from ragsys.errors import RagsysError, RefusedForNowError, UnauthorizedError
from ragsys.server.sse import to_json

__all__ = ["problem", "problem_body"]

_SERVERS = 500


def problem_body(error: RagsysError, request_id: str) -> dict[str, Any]:
    """The body of an error, in the shape that OpenAI's clients read, with a code, a hint and the request's id."""
    fault = error.http_status >= _SERVERS
    said = _summary(type(error).__doc__ or "an error") if fault else error.message
    kind = "server_error" if fault else "invalid_request_error"
    hint = type(error).hint if fault else error.hint
    about = {"message": said, "type": kind, "param": None, "code": error.code, "hint": hint, "request_id": request_id}
    return {"error": about}


def problem(error: RagsysError, request_id: str) -> Response:
    """The answer to a request that failed."""
    headers = {}
    if isinstance(error, RefusedForNowError):
        headers["Retry-After"] = str(math.ceil(error.retry_after))
    elif error.code == "index-busy":
        headers["Retry-After"] = "5"
    if isinstance(error, UnauthorizedError):
        headers["WWW-Authenticate"] = 'Bearer realm="ragsys"'
    return Response(
        to_json(problem_body(error, request_id)), error.http_status, headers=headers, media_type="application/json"
    )


@cache
def _summary(doc: str) -> str:
    """The first line of what is written of an error."""
    return inspect.cleandoc(doc).splitlines()[0]
