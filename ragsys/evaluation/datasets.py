"""Evaluation sets: questions, judgements and a corpus, from the layouts that people have them in.

BEIR folders (Thakur et al., "BEIR", NeurIPS 2021), TREC topics with qrels, and JSON lines of questions with answers.
Questions and judgements are read into memory; a corpus streams. Knows nothing about indexes.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ragsys.errors import DatasetError
from ragsys.evaluation.jsonl import read_jsonl, text_of
from ragsys.evaluation.trec import read_qrels, read_topics

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from ragsys.evaluation.trec import Qrels
    from ragsys.types import Metadata

__all__ = ["CorpusDocument", "Dataset", "Question", "open_dataset"]

_SPLITS = ("test", "dev", "train")
_CORPUS, _QUERIES, _ANSWERS = "corpus.jsonl", "queries.jsonl", "answers.jsonl"


@dataclass(frozen=True, slots=True)
class Question:
    """A question; `answerable` is None where the set does not say, and `evidences` are alternative gold quotes.

    `kind` says what sort of question it is, where the set tells sorts apart, as `ragsys eval generate` does.
    """

    id: str
    text: str
    answers: tuple[str, ...] = ()
    answerable: bool | None = None
    evidences: tuple[str, ...] = ()
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class CorpusDocument:
    """A document of a corpus."""

    id: str
    title: str
    text: str
    metadata: Metadata


@dataclass(frozen=True, slots=True)
class Dataset:
    """An evaluation set. `qrels` is empty where there are no judgements, `corpus` None where there are no documents."""

    name: str
    questions: tuple[Question, ...]
    qrels: Qrels
    corpus: Path | None = None

    def judged(self) -> tuple[Question, ...]:
        """The questions that retrieval is measured on: with judgements, or with answers where there are no judgements.

        A question without any judgement is left out, as in BEIR; one whose judgements are all zero counts.
        """
        if self.qrels:
            return tuple(question for question in self.questions if question.id in self.qrels)
        return tuple(question for question in self.questions if question.answers and question.answerable is not False)

    def answered(self) -> tuple[Question, ...]:
        """The questions that answers are measured on: those that the set says something about."""
        return tuple(question for question in self.questions if question.answerable is not None)

    def documents(self) -> Iterator[CorpusDocument]:
        """The corpus, one document at a time.

        Raises:
            DatasetError: a malformed line, or an id that comes twice.
        """
        if self.corpus is None:
            return
        seen: set[str] = set()
        for number, row in read_jsonl(self.corpus):
            where = f"{self.corpus}, line {number}"
            identity = text_of(row, ("_id", "id"), where)
            if identity in seen:
                raise DatasetError(f"{where}: the document {identity!r} comes twice")
            seen.add(identity)
            title = text_of(row, ("title",), where, default="").strip()
            yield CorpusDocument(identity, title, text_of(row, ("text",), where), _metadata(row))

    def digest(self) -> str:
        """SHA-256 over what is right, however it is asked: runs on sets of the same digest can be compared."""
        rows = [[q.id, q.answers, q.answerable, q.evidences] for q in self.questions]
        whole = json.dumps([rows, self.qrels], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(whole.encode()).hexdigest()


def open_dataset(
    path: Path, *, split: str | None = None, qrels: Path | None = None, queries: Path | None = None
) -> Dataset:
    """Open a BEIR folder, a folder of TREC topics and qrels, a topics file, or a JSON lines file of questions.

    `split` names the file under `qrels/` (the first of test, dev and train that is there), `qrels` names one anywhere.
    `queries` names another set whose question texts take the place of this one's, by id: questions in one language on
    documents in another.

    Raises:
        DatasetError: nothing is there that could be read, or a malformed line, with its number.
    """
    if path.is_dir():
        dataset = _folder(path, split, qrels)
    elif path.is_file():
        dataset = _file(path, qrels)
    else:
        raise DatasetError(f"there is no {path}")
    if not dataset.questions:
        raise DatasetError(f"there is no question in {path}")
    return dataset if queries is None else _asked_otherwise(dataset, queries)


def _folder(path: Path, split: str | None, qrels: Path | None) -> Dataset:
    corpus = path / _CORPUS if (path / _CORPUS).is_file() else None
    name = path.resolve().name
    if (path / _QUERIES).is_file():
        judged = read_qrels(qrels or _split(path, split)) if qrels or (path / "qrels").is_dir() else {}
        questions = _questions(path / _QUERIES)[0]
        if (path / _ANSWERS).is_file():
            questions = _with_answers(questions, path / _ANSWERS)
        return Dataset(name, questions, judged, corpus)
    topics, files = _one(path, "topics"), _one(path, "qrels")
    if topics is None or (qrels or files) is None:
        raise DatasetError(f"{path} holds neither {_QUERIES} nor topics and qrels")
    return Dataset(name, _topics(topics), read_qrels(qrels or files or path), corpus)


def _file(path: Path, qrels: Path | None) -> Dataset:
    judged = read_qrels(qrels) if qrels else {}
    if path.suffix.lower() in {".jsonl", ".json", ".ndjson"}:
        questions, named = _questions(path)
        return Dataset(path.stem, questions, judged or named)
    if not judged:
        raise DatasetError(f"{path} is read as TREC topics, and those need judgements", hint="name them with --qrels")
    return Dataset(path.stem, _topics(path), judged)


def _one(path: Path, word: str) -> Path | None:
    """The file of a folder whose name holds `word`; None where there is none or more than one."""
    found = [entry for entry in sorted(path.iterdir()) if entry.is_file() and word in entry.name.lower()]
    return found[0] if len(found) == 1 else None


def _split(path: Path, split: str | None) -> Path:
    folder = path / "qrels"
    for name in (split,) if split else _SPLITS:
        if (folder / f"{name}.tsv").is_file():
            return folder / f"{name}.tsv"
    there = ", ".join(sorted(entry.stem for entry in folder.glob("*.tsv"))) or "none"
    raise DatasetError(f"{folder} has no {split or 'test'}.tsv; there is: {there}", hint="name one with --split")


def _topics(path: Path) -> tuple[Question, ...]:
    questions = tuple(Question(identity, text) for identity, text in read_topics(path))
    return _distinct(questions, path)


def _questions(path: Path) -> tuple[tuple[Question, ...], Qrels]:
    """Questions of a JSON lines file; one without an id has its line's number, `docs` name the documents it is on."""
    questions, qrels = [], {}
    for number, row in read_jsonl(path):
        where = f"{path}, line {number}"
        question = Question(
            id=text_of(row, ("_id", "id"), where, default=str(number)),
            text=text_of(row, ("text", "question", "query"), where),
            kind=_kind(row),
        )
        questions.append(_with(question, row, where) if {"answers", "answer", "answerable"} & row.keys() else question)
        documents = _strings(row, ("docs", "doc"), where)
        if documents:
            qrels[question.id] = dict.fromkeys(documents, 1)
    return _distinct(tuple(questions), path), qrels


def _distinct(questions: tuple[Question, ...], path: Path) -> tuple[Question, ...]:
    seen: set[str] = set()
    for question in questions:
        if question.id in seen:
            raise DatasetError(f"{path}: the question {question.id!r} comes twice")
        seen.add(question.id)
    return questions


def _with_answers(questions: tuple[Question, ...], path: Path) -> tuple[Question, ...]:
    rows = {}
    for number, row in read_jsonl(path):
        where = f"{path}, line {number}"
        rows[text_of(row, ("_id", "id"), where)] = (row, where)
    return tuple(_with(q, *rows[q.id]) if q.id in rows else q for q in questions)


def _with(question: Question, row: Mapping[str, Any], where: str) -> Question:
    answers = _strings(row, ("answers", "answer"), where)
    answerable = row.get("answerable", bool(answers))
    if not isinstance(answerable, bool):
        raise DatasetError(f"{where}: 'answerable' is neither true nor false")
    return replace(
        question, answers=answers, answerable=answerable, evidences=_strings(row, ("evidences", "evidence"), where)
    )


def _strings(row: Mapping[str, Any], names: tuple[str, ...], where: str) -> tuple[str, ...]:
    """A field that is a text or a list of texts."""
    for name in names:
        value = row.get(name)
        if value is None:
            continue
        values = value if isinstance(value, list) else [value]
        return tuple(text_of({name: item}, (name,), where) for item in values)
    return ()


def _kind(row: Mapping[str, Any]) -> str | None:
    """What a question's metadata say that it is; what they say otherwise is nobody's business here."""
    kind = _metadata(row).get("kind")
    return kind if isinstance(kind, str) else None


def _metadata(row: Mapping[str, Any]) -> Metadata:
    given = row.get("metadata")
    if not isinstance(given, dict):
        return {}
    return {str(key): value for key, value in given.items() if isinstance(value, str | int | float | bool)}


def _asked_otherwise(dataset: Dataset, queries: Path) -> Dataset:
    source = queries / _QUERIES if queries.is_dir() else queries
    texts = {question.id: question.text for question in _questions(source)[0]}
    kept = {question.id for question in (*dataset.judged(), *dataset.answered())}
    missing = [question.id for question in dataset.questions if question.id in kept and question.id not in texts]
    if missing:
        raise DatasetError(f"{source} lacks {len(missing)} questions of {dataset.name}, {missing[0]!r} first")
    questions = tuple(replace(q, text=texts[q.id]) for q in dataset.questions if q.id in texts)
    return replace(dataset, questions=questions)
