"""Answers as the OpenAPI document shows them; a test compares their fields with what the server sends."""

from __future__ import annotations

from typing import Any

__all__ = [
    "AGAIN",
    "ANSWER",
    "ARCHIVE",
    "BEGUN",
    "COMPLETION",
    "DOCUMENT",
    "DOCUMENTS",
    "EMBEDDINGS",
    "ERROR",
    "HITS",
    "ME",
    "MODEL",
    "MODELS",
    "RANKED",
    "RECEIVED",
    "REMOVED",
    "REMOVED_SESSION",
    "RESPONSE",
    "SESSION",
    "SESSIONS",
    "UPLOAD",
    "UPLOADS",
    "WINDOW",
    "shape",
    "shown",
    "streamed",
]

_DOCUMENT = {
    "id": "3f1c2a9d5e7b8046",
    "source": "/papers/solvents.pdf",
    "title": "Solvents",
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "metadata": {"lang": "en"},
}
_HIT = {
    "rank": 1,
    "score": 4.2,
    "passage_id": 17,
    "text": "In the second experiment, acetone was used.",
    "start": 1024,
    "end": 1067,
    "page": 3,
    "heading": ["Methods"],
    "document": _DOCUMENT,
    "scores": {"dense": 0.87, "lexical": 9.1, "fused": 4.2, "rerank": None},
    "explanation": None,
    "copies": [],
    "place": None,
}
_COVERAGE = {"documents": 12, "searched": 12, "failed": 0, "seq": 31}
HITS = {
    "query": "solvent of the second experiment",
    "hits": [_HIT],
    "coverage": _COVERAGE,
    "timings": {"embed": 0.012, "total": 0.021},
    "warnings": [],
}
ANSWER: dict[str, Any] = {
    "question": "Which solvent was used in the second experiment?",
    "status": "answered",
    "text": "Acetone was used. [1]",
    "confidence": 0.93,
    "citations": [
        {
            "marker": 1,
            "answer_start": 0,
            "answer_end": 17,
            "quote": "In the second experiment, acetone was used.",
            "start": 1024,
            "end": 1067,
            "page": 3,
            "document": _DOCUMENT,
            "support": 1.0,
            "place": None,
        }
    ],
    "sentences": [{"start": 0, "end": 17, "supported": True}],
    "passages": [_HIT],
    "models": {"embedder": "multilingual-e5-small", "generator": "gemma-3-270m"},
    "index": {"seq": 31, "digest": "c0ffee"},
    "coverage": _COVERAGE,
    "timings": {"embed": 0.012, "generate": 1.7, "total": 1.8},
    "reason": None,
    "profile": None,
    "language": "en",
    "translation": None,
    "warnings": [],
}
COMPLETION = {
    "id": "chatcmpl-4f0c2c1e9a7b3d58",
    "object": "chat.completion",
    "created": 1764000000,
    "model": "papers",
    "system_fingerprint": "ragsys-0.1.0",
    "choices": [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": ANSWER["text"],
                "refusal": None,
                "annotations": [
                    {
                        "type": "url_citation",
                        "url_citation": {
                            "start_index": 0,
                            "end_index": 17,
                            "title": "Solvents",
                            "url": "http://127.0.0.1:8765/v1/documents/3f1c2a9d5e7b8046/text"
                            "?index=papers&start=1024&end=1067",
                        },
                    }
                ],
            },
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {"prompt_tokens": 8, "completion_tokens": 5, "total_tokens": 13},
    "ragsys": {"answer": ANSWER},
}
RESPONSE: dict[str, Any] = {
    "id": "resp_4f0c2c1e9a7b3d58",
    "object": "response",
    "created_at": 1764000000,
    "model": "papers",
    "status": "completed",
    "error": None,
    "incomplete_details": None,
    "instructions": None,
    "max_output_tokens": None,
    "output": [
        {
            "id": "msg_4f0c2c1e9a7b3d58",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [
                {
                    "type": "output_text",
                    "text": ANSWER["text"],
                    "annotations": [
                        {
                            "type": "url_citation",
                            "start_index": 0,
                            "end_index": 17,
                            "title": "Solvents",
                            "url": "http://127.0.0.1:8765/v1/documents/3f1c2a9d5e7b8046/text"
                            "?index=papers&start=1024&end=1067",
                        }
                    ],
                    "logprobs": [],
                }
            ],
        }
    ],
    "parallel_tool_calls": False,
    "previous_response_id": None,
    "store": False,
    "temperature": 0.0,
    "text": {"format": {"type": "text"}},
    "tool_choice": "none",
    "tools": [],
    "top_p": 1.0,
    "metadata": {},
    "usage": {
        "input_tokens": 8,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 13,
    },
    "ragsys": {"answer": ANSWER},
}


DOCUMENT = _DOCUMENT
ARCHIVE = {
    "id": "9c1e7a5b3d2f4680",
    "source": "/srv/papers/.ragsys/uploads/files/shared/solvents.zip",
    "members": [_DOCUMENT],
    "failed": [{"source": "/srv/papers/.ragsys/uploads/files/shared/solvents.zip!/scan.pdf", "code": "pdf-damaged"}],
}
DOCUMENTS = {"total": 1, "offset": 0, "documents": [_DOCUMENT]}
REMOVED = {"removed": [_DOCUMENT]}
WINDOW = {
    "document": _DOCUMENT,
    "characters": 20480,
    "start": 24,
    "end": 2067,
    "text": "... In the second experiment, acetone was used. ...",
    "quote": None,
    "page": 3,
    "pages": [{"page": 3, "start": 980}],
    "next": None,
}
UPLOAD = {
    "id": "5b1f0e7c9d3a2846",
    "name": "solvents.pdf",
    "document": _DOCUMENT["id"],
    "sha256": _DOCUMENT["sha256"],
    "size": 48213,
    "state": "indexing",
    "embedded": 12,
    "passages": 40,
    "code": None,
    "message": None,
}
UPLOADS = {"uploads": [UPLOAD]}
RECEIVED = {
    "uploads": [UPLOAD],
    "refused": [{"name": "empty.txt", "code": "file-empty", "message": "the file is empty"}],
}
BEGUN = {"id": "b7c1d2e3f4a59687", "kept": True}
SESSIONS = {
    "sessions": [
        {
            "id": BEGUN["id"],
            "owner": None,
            "started_at": "2026-01-05T09:30:00.000+00:00",
            "last_at": "2026-01-05T09:31:12.000+00:00",
            "turns": 1,
            "first": ANSWER["question"],
        }
    ]
}
SESSION = {"id": BEGUN["id"], "turns": []}
REMOVED_SESSION = {"removed": BEGUN["id"]}
MODEL = {
    "id": "papers",
    "object": "model",
    "created": 0,
    "owned_by": "ragsys",
    "ragsys": {"embedder": "multilingual-e5-small", "generator": "gemma-3-270m", "reranker": None, "version": "0.1.0"},
}
MODELS = {"object": "list", "data": [MODEL]}
ME = {"id": "local", "scope": "admin", "principals": None, "tokens": False, "indexes": ["papers"]}
_USAGE = {"prompt_tokens": 8, "total_tokens": 8}
EMBEDDINGS = {
    "object": "list",
    "model": "papers",
    "data": [{"object": "embedding", "index": 0, "embedding": [0.6, -0.8]}],
    "usage": _USAGE,
}
RANKED = {
    "id": "4f0c2c1e9a7b3d58",
    "model": "multilingual-e5-small",
    "results": [{"index": 1, "relevance_score": 0.91}],
    "usage": _USAGE,
}
AGAIN: dict[int | str, dict[str, Any]] = {204: {"description": "an EventSource that connects again after the end"}}
ERROR = {
    "error": {
        "message": "the filter does not parse",
        "type": "invalid_request_error",
        "param": None,
        "code": "filter-invalid",
        "hint": "for example: source ~ '*/notes/*' AND year >= 2020",
        "request_id": "4f0c2c1e9a7b3d58",
    }
}
_EVENTS = {"text/event-stream": {"schema": {"type": "string"}}}
# Their keys are not always the same; an embedding may be a string.
_OPEN = frozenset({"metadata", "models", "timings", "embedding"})


def shown(
    example: dict[str, Any], *others: dict[str, Any], events: bool = False, status: int = 200
) -> dict[int | str, dict[str, Any]]:
    """A success of a route in the OpenAPI document: an example, and the shape that every answer has, or one of them."""
    shapes = [shape(one) for one in (example, *others)]
    schema = {"anyOf": shapes} if others else shapes[0]
    content: dict[str, Any] = {"application/json": {"schema": schema, "example": example}}
    return {status: {"description": "done", "content": content | (_EVENTS if events else {})}}


def streamed() -> dict[int | str, dict[str, Any]]:
    """The success of a route that answers with events only."""
    return {200: {"description": "events", "content": _EVENTS}, **AGAIN}


def shape(example: Any) -> dict[str, Any]:
    """The JSON Schema of what is made like an example: the keys of its objects, and what is a list."""
    if isinstance(example, dict):
        members = {key: {} if key in _OPEN else shape(value) for key, value in example.items()}
        return {"type": "object", "properties": members, "required": list(example)}
    if isinstance(example, list):
        return {"type": "array", "items": shape(example[0]) if example else {}}
    return {} if example is None else {"not": {"type": ["object", "array"]}}
