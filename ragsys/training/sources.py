"""Questions with their passages, to learn from: read from JSON lines, and kept apart from what is measured on.

A row has `question`, `passage` (or `passages`), `answers` and `lang`; `answerable` false says that its passage does not
answer. Knows nothing of prompts.
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ragsys.errors import DatasetError
from ragsys.sentences import sentence_spans

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

__all__ = ["Kept", "Row", "disjoint", "measured_texts", "read_rows", "simplified"]

_FILE = "train.jsonl"
_NOTHING = re.compile(r"[\W_]+")
# A run of text that short is met by chance.
_LEAST = 40
_LEAST_CJK = 16
_CJK = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Row:
    """A question about a passage: what answers it (nothing, where the passage does not), and on which sentences."""

    source: str
    id: str
    language: str
    question: str
    passage: str
    title: str
    answers: tuple[str, ...]
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """The rows that share nothing with what is measured on, and how many did."""

    rows: list[Row]
    dropped: int


def read_rows(path: Path) -> tuple[list[Row], str]:
    """The rows of a file, or of the `train.jsonl` in a folder, and the file's SHA-256.

    Raises:
        DatasetError: no such file, or a line that is no row.
    """
    file = path / _FILE if path.is_dir() else path
    try:
        data = file.read_bytes()
    except OSError as error:
        raise DatasetError(f"cannot read {file}: {error.strerror}", hint=_HINT) from None
    rows = []
    for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            rows.append(_row(json.loads(line), path.name, number))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DatasetError(f"{file}, line {number}: {error!r}", hint=_HINT) from None
    return rows, hashlib.sha256(data).hexdigest()


_HINT = 'each line is {"question": ..., "passage": ..., "answers": [...]}; no answers where the passage has none'


def _row(fields: dict[str, Any], source: str, number: int) -> Row:
    answers = fields.get("answers", [])
    if not isinstance(answers, list) or not all(isinstance(answer, str) for answer in answers):
        raise TypeError("answers is a list of texts")
    evidence = fields.get("evidence") or []
    evidence = [evidence] if isinstance(evidence, str) else evidence
    question, passage = str(fields["question"]).strip(), str(fields["passage"]).strip()
    if not question or not passage:
        raise ValueError("a question or a passage is empty")
    right = [answer.strip() for answer in answers if answer.strip()] if fields.get("answerable", True) else []
    language = str(fields.get("lang") or ("zh" if _CJK.search(question) else "en"))
    return Row(
        source=source,
        id=str(fields.get("id", number)),
        language=language,
        question=question,
        passage=passage,
        title=str(fields.get("title") or ""),
        answers=tuple(right),
        evidence=tuple(map(str, evidence)),
    )


def measured_texts(folder: Path) -> frozenset[str]:
    """What the evaluation sets below `folder` (BEIR's layout) consist of: their sentences and questions, normalised."""
    found: set[str] = set()
    for corpus in sorted(folder.glob("*/corpus.jsonl")):
        for text in _texts(corpus, "text"):
            found.update(_pieces(text))
    for queries in sorted(folder.glob("*/queries.jsonl")):
        found.update(_plain(text) for text in _texts(queries, "text"))
    return frozenset(found)


def disjoint(rows: Iterable[Row], measured: frozenset[str]) -> Kept:
    """The rows of whose passage no sentence, and whose question, is not among what is measured on.

    Stricter than comparing paragraphs: one shared sentence of some length is enough to leave a row out.
    """
    kept, dropped = [], 0
    leaks: Callable[[str], bool] = lru_cache(maxsize=None)(lambda text: not measured.isdisjoint(_pieces(text)))
    for row in rows:
        if leaks(row.passage) or _plain(row.question) in measured:
            dropped += 1
        else:
            kept.append(row)
    return Kept(kept, dropped)


def _texts(path: Path, field: str) -> Iterator[str]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield str(json.loads(line)[field])


def _pieces(text: str) -> Iterator[str]:
    """The sentences of a text that are long enough to be nobody else's, normalised."""
    for start, end in sentence_spans(text):
        piece = _plain(text[start:end])
        if len(piece) >= (_LEAST_CJK if _CJK.search(piece) else _LEAST):
            yield piece


def _plain(text: str) -> str:
    """Letters and digits only, folded, traditional characters as simplified ones."""
    return _NOTHING.sub("", simplified(unicodedata.normalize("NFKC", text)).casefold())


def simplified(text: str) -> str:
    """Chinese in simplified characters; anything else as it is."""
    return str(_converter()(text)) if _CJK.search(text) else text


@lru_cache(maxsize=1)
def _converter() -> Callable[[str], str]:
    from opencc import OpenCC

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert
