"""Whether an answer is one that the OpenAPI document tells of: its status, its kind, its shape, the form of events."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs

_BUSY = 503
_STREAM = "text/event-stream"


class Document:
    """The OpenAPI document of a server, and what may come back from each of its routes."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.paths: dict[str, dict[str, Any]] = document["paths"]
        self._validators: dict[int, Any] = {}

    def fault(self, method: str, path: str, status: int, headers: dict[str, str], body: bytes) -> str | None:
        """What is wrong with an answer; None where nothing is. Where nothing is told of, only an error may come."""
        if status >= 500 and status != _BUSY:
            return "a server error"
        if not headers.get("x-request-id"):
            return "no request id"
        operation = self.paths.get(path, {}).get(method.lower())
        if operation is None:
            return None if 400 <= status < 500 and _coded(body) else "an error with a code was to come"
        responses = operation["responses"]
        told = responses.get(str(status)) or responses.get(f"{status // 100}XX")
        if told is None:
            return "a status that the document does not tell of"
        kind = headers.get("content-type", "").partition(";")[0]
        return self._content_fault(told.get("content", {}), kind, body)

    def _content_fault(self, content: dict[str, Any], kind: str, body: bytes) -> str | None:
        if kind not in content and (content or body):
            return f"the kind {kind}, where the document tells of {sorted(content)}"
        if kind == _STREAM:
            return _stream_fault(body)
        return self._shape_fault(content[kind].get("schema", {}), body) if kind == "application/json" else None

    def _shape_fault(self, schema: dict[str, Any], body: bytes) -> str | None:
        try:
            value = json.loads(body)
        except ValueError:
            return "it is no JSON"
        validator = self._validators.setdefault(id(schema), jsonschema_rs.validator_for(schema))
        wrong = next(validator.iter_errors(value), None)
        return None if wrong is None else f"another shape than the document tells of: {str(wrong)[:200]}"


def _coded(body: bytes) -> bool:
    """Whether it is an error as this server says them."""
    try:
        error = json.loads(body)["error"]
    except (ValueError, TypeError, KeyError):
        return False
    return bool(error.get("code") and error.get("request_id") and error.get("message"))


def _stream_fault(body: bytes) -> str | None:
    """What is wrong with events: each is JSON or the end, and the last one is an end."""
    events = [block for block in body.decode().split("\n\n") if block and not block.startswith(":")]
    data = ["\n".join(line[6:] for line in block.split("\n") if line.startswith("data: ")) for block in events]
    for said in data:
        if said != "[DONE]":
            try:
                json.loads(said)
            except ValueError:
                return f"an event that is no JSON: {said[:100]}"
    if not body.endswith(b"\n\n") or not events or not ("event: done" in events[-1] or data[-1] == "[DONE]"):
        return "events without an end"
    return None
