"""TREC files: topics, judgements (qrels) and runs, as trec_eval reads and writes them.

Knows nothing about measures. Identifiers stand between white space there, so white space and per cent signs inside
them are percent-encoded on the way out and decoded on the way in.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from ragsys.errors import DatasetError
from ragsys.evaluation.jsonl import numbered_lines

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["Qrels", "Ranking", "Rankings", "format_run", "read_qrels", "read_run_file", "read_topics"]

Qrels = dict[str, dict[str, int]]
Ranking = list[tuple[str, float]]
Rankings = dict[str, Ranking]

_TOPIC = re.compile(r"<top(?:ic)?\b([^>]*)>(.*?)</top(?:ic)?>", re.DOTALL | re.IGNORECASE)
_NUMBER_ATTRIBUTE = re.compile(r"(?:number|id)\s*=\s*[\"']([^\"']+)[\"']", re.IGNORECASE)
_NUMBER = re.compile(r"<num(?:ber)?>\s*(?:Number:)?\s*([^\s<]+)", re.IGNORECASE)
_TEXT = re.compile(r"<(title|query|question)>\s*(?:Topic:)?\s*([^<]+)", re.IGNORECASE)
_STEP = 1e-5
_RUN_COLUMNS = 6


def read_topics(path: Path) -> list[tuple[str, str]]:
    """Ids and texts of topics: `<top>` blocks (their title), XML `<topic number=...>`, or lines of id, tab, text.

    Raises:
        DatasetError: no topic, or one without a number or a text.
    """
    lines = list(numbered_lines(path))
    whole = "\n".join(line for _, line in lines)
    blocks = _TOPIC.findall(whole)
    if blocks:
        return [_topic(path, position, *block) for position, block in enumerate(blocks, start=1)]
    topics = []
    for number, line in lines:
        identity, tab, text = line.partition("\t")
        if not tab or not identity.strip() or not text.strip():
            raise DatasetError(f"{path}, line {number}: neither a <top> block nor an id, a tab and a text")
        topics.append((identity.strip(), text.strip()))
    return topics


def _topic(path: Path, position: int, attributes: str, body: str) -> tuple[str, str]:
    number = _NUMBER_ATTRIBUTE.search(attributes) or _NUMBER.search(body)
    text = _TEXT.search(body)
    if number is None or text is None or not text.group(2).strip():
        raise DatasetError(f"{path}, topic {position}: no number, or no title")
    return number.group(1), " ".join(html.unescape(text.group(2)).split())


def read_qrels(path: Path) -> Qrels:
    """Judgements by query and document: BEIR's three columns (with or without a header) or TREC's four.

    Negative judgements (spam, in some collections) count as not relevant.

    Raises:
        DatasetError: a line of another shape.
    """
    qrels: Qrels = {}
    for position, (number, line) in enumerate(numbered_lines(path)):
        fields = line.split("\t") if "\t" in line else line.split()
        if len(fields) == 4:  # noqa: PLR2004 - TREC's second column says nothing
            fields = [fields[0], fields[2], fields[3]]
        try:
            query, document, grade = fields
            relevance = int(grade)
        except ValueError:
            if position == 0 and not any(character.isdigit() for character in fields[-1]):
                continue  # the header
            raise DatasetError(f"{path}, line {number}: not a query, a document and a whole number") from None
        qrels.setdefault(unquote(query.strip()), {})[unquote(document.strip())] = max(relevance, 0)
    return qrels


def read_run_file(path: Path) -> Rankings:
    """Rankings of a TREC run file, by descending score and, as in trec_eval, ties by descending document id.

    Raises:
        DatasetError: a line that has not the six columns, or whose score is no number.
    """
    found: Rankings = {}
    for number, line in numbered_lines(path):
        fields = line.split()
        try:
            if len(fields) != _RUN_COLUMNS:
                raise ValueError(line)  # noqa: TRY301 - one message for both
            score = float(fields[4])
        except ValueError:
            raise DatasetError(f"{path}, line {number}: not `query Q0 document rank score tag`") from None
        found.setdefault(unquote(fields[0]), []).append((unquote(fields[2]), score))
    for ranking in found.values():
        ranking.sort(key=lambda item: item[0], reverse=True)
        ranking.sort(key=lambda item: item[1], reverse=True)
    return found


def format_run(rankings: Mapping[str, Sequence[tuple[str, float]]], tag: str) -> str:
    """Rankings as a TREC run file.

    Scores are written with five decimals and made to descend strictly, so every reader sees the order that was
    measured, whatever its rule for ties.
    """
    lines = []
    for query, ranking in rankings.items():
        before = float("inf")
        for rank, (document, score) in enumerate(ranking, start=1):
            before = min(round(score, 5), round(before - _STEP, 5))
            lines.append(f"{_encode(query)} Q0 {_encode(document)} {rank} {before:.5f} {tag}\n")
    return "".join(lines)


def _encode(identity: str) -> str:
    """An identifier without white space; what else it holds stays readable."""
    return "".join(quote(c) if c.isspace() or c == "%" or not c.isprintable() else c for c in identity)
