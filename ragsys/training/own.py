"""What a user's own documents give a generator to learn from, without labels: statements with a gap."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from ragsys.errors import DatasetError
from ragsys.evaluation import generate
from ragsys.training.sources import Row

if TYPE_CHECKING:
    from ragsys.engine import QueryEngine

__all__ = ["rows_of_index"]


def rows_of_index(engine: QueryEngine, *, limit: int, seed: int = 0) -> list[Row]:
    """At most `limit` sentences of the documents with a number or a name taken out, each with its passage.

    What was taken out is the answer. They teach to find a fact in these documents and to say when it is not there, and
    not how people ask.

    Raises:
        DatasetError: the documents hold no such sentence.
    """
    with tempfile.TemporaryDirectory(prefix="ragsys-tune-") as scratch:
        made = generate(engine, Path(scratch), limit=limit, seed=seed, kinds=("masked",), corpus=False)
    wanted: dict[str, list[tuple[str, str, str]]] = {}
    for item in made:
        if item.answer is not None and item.sentence is not None:
            wanted.setdefault(item.document, []).append((item.sentence, item.text, item.answer))
    rows = []
    for passage in engine.passages():
        for sentence, question, answer in wanted.get(passage.document.id, ()):
            if sentence in passage.text:
                language = str(passage.document.metadata.get("lang") or "en")
                title = passage.document.title or ""
                rows.append(Row("documents", question, language, question, passage.text, title, (answer,), (sentence,)))
    if not rows:
        raise DatasetError("these documents hold no sentence to learn from", hint="give questions with --data")
    return list({row.question: row for row in rows}.values())
