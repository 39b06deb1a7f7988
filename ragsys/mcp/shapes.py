"""What tools return: JSON in which every text is an exact span of a document, and of bounded size.

Knows neither the protocol nor the engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragsys.notices import Notice
    from ragsys.types import Answer, Citation, Document, DocumentRef, Hit, SearchResult

__all__ = [
    "ANSWER",
    "DOCUMENT",
    "DOCUMENTS",
    "FOUND",
    "Shape",
    "answer_shape",
    "document_shape",
    "found_shape",
    "uri_of",
]

Shape = dict[str, Any]

# Code points of one span, entries and code points of metadata: what a model is given has to leave it room to think.
_MOST_TEXT = 4000
_MOST_KEYS, _MOST_VALUE = 30, 300
_NEAREST = 3

_TEXT: Shape = {"type": "string"}
_COUNT: Shape = {"type": "integer", "minimum": 0}
_WARNINGS: Shape = {"type": "array", "items": _TEXT}


def _object(properties: Shape, *optional: str) -> Shape:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _or_null(shape: Shape) -> Shape:
    return {"anyOf": [shape, {"type": "null"}]}


_NAMED: Shape = {"id": _TEXT, "source": _TEXT, "title": _or_null(_TEXT), "sha256": _TEXT}
_SPAN: Shape = {
    "start": _COUNT,
    "end": _COUNT,
    "cut": {"type": "boolean", "description": "true where the span goes on and was shortened here"},
    "page": _or_null({"type": "integer", "minimum": 1}),
    "place": _or_null(_TEXT),
    "uri": {"type": "string", "description": "a resource with exactly this span"},
    "document": _object(_NAMED),
}
_HIT = _object(
    {"rank": _COUNT, "score": {"type": "number"}, "heading": {"type": "array", "items": _TEXT}, "text": _TEXT, **_SPAN}
)
_CITATION = _object(
    {
        "marker": _COUNT,
        "answer_start": _COUNT,
        "answer_end": _COUNT,
        "quote": _TEXT,
        "support": {"type": "number"},
        **_SPAN,
    }
)
DOCUMENT = _object(
    {**_NAMED, "uri": _TEXT, "characters": _COUNT, "pages": _or_null(_COUNT), "metadata": {"type": "object"}}
)
FOUND = _object(
    {
        "query": _TEXT,
        "hits": {"type": "array", "items": _HIT},
        "coverage": _object({"documents": _COUNT, "searched": _COUNT, "failed": _COUNT, "seq": _COUNT}),
        "warnings": _WARNINGS,
    }
)
ANSWER = _object(
    {
        "question": _TEXT,
        "status": {"enum": ["answered", "abstained"]},
        "text": _TEXT,
        "confidence": {"type": "number"},
        "reason": _or_null(_TEXT),
        "citations": {"type": "array", "items": _CITATION},
        "nearest": {"type": "array", "items": _HIT, "description": "where nothing was answered: what comes closest"},
        "models": _object({"embedder": _TEXT, "generator": _TEXT}),
        "index": _object({"seq": _COUNT, "digest": _TEXT}),
        "warnings": _WARNINGS,
    }
)
DOCUMENTS = _object(
    {
        "documents": {"type": "array", "items": DOCUMENT},
        "total": _COUNT,
        "next": {**_or_null(_COUNT), "description": "`start` of the next page; null after the last"},
    }
)


def uri_of(document: str, start: int | None = None, end: int | None = None) -> str:
    """The address of a document, or of a span of its text.

    >>> uri_of("5f0c6d1be2a94873", 10, 25)
    'ragsys://documents/5f0c6d1be2a94873/10-25'
    """
    whole = f"ragsys://documents/{document}"
    return whole if start is None else f"{whole}/{start}-{end}"


def found_shape(result: SearchResult) -> Shape:
    """What a search found."""
    coverage = result.coverage
    return {
        "query": result.query,
        "hits": [_hit(hit) for hit in result.hits],
        "coverage": {
            "documents": coverage.documents,
            "searched": coverage.searched,
            "failed": coverage.failed,
            "seq": coverage.seq,
        },
        "warnings": _warnings(result.warnings),
    }


def answer_shape(answer: Answer) -> Shape:
    """An answer with its citations; the nearest passages where there is none."""
    nearest = answer.passages[:_NEAREST] if answer.status == "abstained" else ()
    return {
        "question": answer.question,
        "status": answer.status,
        "text": answer.text,
        "confidence": answer.confidence,
        "reason": answer.reason,
        "citations": [_citation(citation) for citation in answer.citations],
        "nearest": [_hit(hit) for hit in nearest],
        "models": {"embedder": answer.models.embedder, "generator": answer.models.generator},
        "index": {"seq": answer.index.seq, "digest": answer.index.digest},
        "warnings": _warnings(answer.warnings),
    }


def document_shape(document: Document) -> Shape:
    """A document without its text. Of its metadata, what is short."""
    short = [(k, v) for k, v in document.metadata.items() if not isinstance(v, str) or len(v) <= _MOST_VALUE]
    return {
        **_named(document),
        "uri": uri_of(document.id),
        "characters": document.characters,
        "pages": document.pages,
        "metadata": dict(short[:_MOST_KEYS]),
    }


def _hit(hit: Hit) -> Shape:
    return {
        "rank": hit.rank,
        "score": hit.score,
        "heading": list(hit.heading),
        "text": hit.text[:_MOST_TEXT],
        **_span(hit),
    }


def _citation(citation: Citation) -> Shape:
    return {
        "marker": citation.marker,
        "answer_start": citation.answer_start,
        "answer_end": citation.answer_end,
        "quote": citation.quote[:_MOST_TEXT],
        "support": citation.support,
        **_span(citation),
    }


def _span(at: Hit | Citation) -> Shape:
    end = min(at.end, at.start + _MOST_TEXT)
    return {
        "start": at.start,
        "end": end,
        "cut": end < at.end,
        "page": at.page,
        "place": at.place,
        "uri": uri_of(at.document.id, at.start, end),
        "document": _named(at.document),
    }


def _named(document: Document | DocumentRef) -> Shape:
    return {"id": document.id, "source": document.source, "title": document.title, "sha256": document.sha256}


def _warnings(notices: tuple[Notice, ...]) -> list[str]:
    return [f"{notice.code}: {notice.message}" for notice in notices]
