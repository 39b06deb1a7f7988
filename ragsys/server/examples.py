"""Answers as the OpenAPI document shows them; a test compares their fields with what the server sends."""

from __future__ import annotations

from typing import Any

__all__ = ["ANSWER", "COMPLETION", "HITS", "RESPONSE", "shown"]

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


def shown(example: dict[str, Any], *, events: bool = False) -> dict[int | str, dict[str, Any]]:
    """The success of a route in the OpenAPI document."""
    content: dict[str, Any] = {"application/json": {"example": example}}
    if events:
        content["text/event-stream"] = {"schema": {"type": "string"}}
    return {200: {"description": "done", "content": content}}
