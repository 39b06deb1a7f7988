"""A JSON Schema to a value that validates, each field with its citation.

Owns the question for each field, and what becomes of a field that the documents do not answer. Every field goes the way
of `ask`: search, decide, evidence, draft, cite; then its value is read out of the quote by rules (`casting`). Nothing
is invented: a field that is not answered is null where the schema allows null, left out where it is not required, and
otherwise there is no value at all.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from ragsys.generate.casting import Cast
from ragsys.generate.casting import cast as cast_value
from ragsys.generate.composer import EXTRACT
from ragsys.generate.schema import Branch, leaves, read_schema
from ragsys.language import is_chinese
from ragsys.tasks.answering import stream_answer
from ragsys.types import Answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ragsys.generate.profile import Mode
    from ragsys.generate.schema import Leaf
    from ragsys.tasks.workspace import Workspace
    from ragsys.types import AnswerStatus, Citation, Coverage, Decoding, IndexRef, ModelNames

__all__ = ["Filled", "FilledField", "fill_schema", "question_of"]

_WORD = re.compile(r"[a-z0-9]+|[A-Z]+(?![a-z])|[A-Z][a-z0-9]*|[^\W\d_a-zA-Z]+")
_NO_FIELD = "the documents answer none of the fields"


@dataclass(frozen=True, slots=True)
class FilledField:
    """One field: the question that was asked for it, and what was found, or why nothing was.

    `text` are the words of the document that the value was read from, a part of the citation's quote.
    """

    status: AnswerStatus
    question: str
    confidence: float
    text: str | None = None
    citation: Citation | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Filled:
    """An answer as JSON. `value` validates against the schema, or is None; `fields` are by JSON pointer (RFC 6901)."""

    question: str | None
    status: AnswerStatus
    value: Mapping[str, Any] | None
    fields: Mapping[str, FilledField]
    citations: tuple[Citation, ...]
    models: ModelNames
    index: IndexRef
    coverage: Coverage
    timings: Mapping[str, float]
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Missing:
    """A place where a value would have to be, and is not."""

    pointers: tuple[str, ...] = ()


def fill_schema(
    workspace: Workspace,
    schema: object,
    question: str | None = None,
    *,
    where: str | None = None,
    decoding: Decoding | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Filled:
    """Ask for each field of a schema and put the values together. Raises as `QueryEngine.fill`.

    `progress` is told each field's pointer, its number and how many there are, before it is asked for.
    """
    began = time.perf_counter()
    root = read_schema(schema)
    every = list(leaves(root))
    values: dict[str, Any] = {}
    fields: dict[str, FilledField] = {}
    answers: list[Answer] = []
    for number, leaf in enumerate(every):
        if progress is not None:
            progress(leaf.pointer, number, len(every))
        asked = question_of(leaf, question)
        # By measurement: a small model's draft leads to more wrong numbers, and to no more right ones.
        auto: Mode | None = None if leaf.kind == "string" and not leaf.options else "extract"
        events = stream_answer(workspace, asked, where=where, decoding=decoding, auto=auto)
        answer = next(event for event in events if isinstance(event, Answer))
        answers.append(answer)
        fields[leaf.pointer], value = _field(leaf, answer)
        if value is not None:
            values[leaf.pointer] = value.value
    built = _built(root, values)
    reason = None
    if not values:
        reason = _NO_FIELD
    elif isinstance(built, _Missing):
        reason = f"the documents do not answer what the schema requires: {', '.join(built.pointers)}"
    else:
        reason = _invalid(schema, built)
    fields = _numbered(fields)
    last = answers[-1]
    drafted = [answer.models for answer in answers if answer.models.generator != EXTRACT]
    return Filled(
        question=question,
        status="abstained" if reason else "answered",
        value=None if reason else built,
        fields=fields,
        citations=tuple(field.citation for field in fields.values() if field.citation is not None),
        models=drafted[-1] if drafted else last.models,
        index=last.index,
        coverage=last.coverage,
        timings={"total": time.perf_counter() - began, "per_field": (time.perf_counter() - began) / len(every)},
        reason=reason,
    )


def question_of(leaf: Leaf, question: str | None) -> str:
    """The question for a field: its description where that is one, else after what its names or description say.

    A question about the whole comes first, so that the search knows what it is all about.
    """
    described = leaf.description.strip()
    names = [_spoken(name) for name in leaf.names]
    about = described or names[-1]
    whole = (question or "").strip()
    context = [] if described else names[:-1]
    if re.search(r"[?\uff1f]$", about):
        asked = about
    elif is_chinese(about):
        asked = f"{'的'.join([*context, about])}是什么？"
    else:
        asked = f"What is the {about.rstrip('.')}{''.join(f' of the {name}' for name in reversed(context))}?"
    if not whole:
        return asked
    return f"{whole.rstrip('?？.。')}{'，' if is_chinese(whole) else ': '}{asked}"


def _spoken(name: str) -> str:
    """A property's name as words: ovenTemperature, oven_temperature and oven-temperature are "oven temperature"."""
    if " " in name:
        return name
    return " ".join(part if part.isupper() else part.lower() for part in _WORD.findall(name)) or name


def _field(leaf: Leaf, answer: Answer) -> tuple[FilledField, Cast | None]:
    """What an answer makes of a field: the value of the first citation that holds one."""
    if answer.status != "answered":
        return FilledField("abstained", answer.question, answer.confidence, reason=answer.reason), None
    reason = "the answer rests on no passage"
    for citation in answer.citations:
        said = answer.text[citation.answer_start : citation.answer_end]
        found = cast_value(leaf, answer.question, said, citation.quote)
        if isinstance(found, Cast):
            text = citation.quote[found.start : found.end]
            cited = replace(citation, answer_start=0, answer_end=len(text))
            return FilledField("answered", answer.question, answer.confidence, text, cited), found
        reason = found.reason
    return FilledField("abstained", answer.question, answer.confidence, reason=reason), None


def _built(node: Branch | Leaf, values: Mapping[str, Any]) -> Any:
    """The value of a node, None for null, or `_Missing` where there is none and none may be made up."""
    if not isinstance(node, Branch):
        if node.pointer in values:
            return values[node.pointer]
        return None if node.nullable else _Missing((node.pointer,))
    found: dict[str, Any] = {}
    lost: list[str] = []
    for name, child in node.properties.items():
        value = _built(child, values)
        if isinstance(value, _Missing):
            lost += value.pointers if name in node.required else ()
        elif value != {} or name in node.required:
            found[name] = value
    if not lost:
        return found
    return None if node.nullable else _Missing(tuple(lost))


def _invalid(schema: object, value: object) -> str | None:
    """What the schema has against the value: nothing, or every rule of ours was not enough."""
    import jsonschema

    checker = jsonschema.Draft202012Validator(cast("Any", schema), format_checker=jsonschema.FormatChecker())
    error = next(checker.iter_errors(value), None)
    return None if error is None else f"the value does not validate at {error.json_path}: {error.validator}"


def _numbered(fields: Mapping[str, FilledField]) -> dict[str, FilledField]:
    """The fields with one marker for each span that is cited, in their order."""
    markers: dict[tuple[str, int, int], int] = {}
    found = {}
    for pointer, field in fields.items():
        cited = field.citation
        if cited is not None:
            key = (cited.document.id, cited.start, cited.end)
            cited = replace(cited, marker=markers.setdefault(key, len(markers) + 1))
        found[pointer] = replace(field, citation=cited)
    return found
