"""Answers as JSON: how many fields get the right value, on questions whose answer is one number.

The numbers are the annotators' (SQuAD 2 English, CMRC 2018 Chinese); each question is the description of one field, of
type number, and fields come ten to a schema. What is not answered is counted apart from what is answered wrongly.

    python bench/fill.py [FIELDS]       # of each language; RAGSYS_BENCH_CACHE keeps the indexes
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import report

from ragsys import QueryEngine
from ragsys.config import load_settings
from ragsys.evaluation.corpus import index_corpus
from ragsys.evaluation.datasets import open_dataset
from ragsys.evaluation.sampling import sample
from ragsys.generate.fitting import wilson
from ragsys.generate.numerals import numerals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragsys.evaluation.datasets import Question

SETS = ("squad_v2_dev", "cmrc2018_dev")
FIELDS, AT_ONCE, SEED = 100, 10, 12
# The questions that were looked at while the rules of `casting` were written.
LOOKED_AT, SEED_THEN = 100, 11
_UNIT = 6  # characters that an answer may have beside its number


def main() -> None:
    """Fill the fields of both sets in both modes."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else FIELDS
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(os.environ.get("RAGSYS_BENCH_CACHE") or scratch)
        for folder in SETS:
            dataset = open_dataset(report.data_folder(folder))
            every = [q for q in dataset.answered() if number_of(q) is not None]
            seen = {question.id for question in sample(every, LOOKED_AT, SEED_THEN)}
            chosen = sample([q for q in every if q.id not in seen], wanted, SEED)
            for mode in ("extract", "generate"):
                settings = load_settings({"answer_mode": mode})[0]
                with QueryEngine.open(home / f"calibrate-{folder}", settings=settings) as engine:
                    index_corpus(engine, dataset)
                    figures[f"{folder}, {mode}"] = filled(engine, chosen)
                print(folder, mode, figures[f"{folder}, {mode}"], flush=True)
    report.write(Path(__file__).stem, figures, seed=SEED, n=wanted)


def number_of(question: Question) -> float | None:
    """The number that every annotator gave, where the answer is one and nothing else but its unit."""
    found = set()
    for answer in question.answers:
        numbers = numerals(answer)
        if len(numbers) != 1 or len(answer) - (numbers[0].end - numbers[0].start) > _UNIT:
            return None
        found.add(numbers[0].value)
    return next(iter(found)) if len(found) == 1 else None


def filled(engine: QueryEngine, chosen: Sequence[Question]) -> dict[str, Any]:
    """What became of the fields."""
    counts: Counter[str] = Counter()
    seconds = 0.0
    for start in range(0, len(chosen), AT_ONCE):
        some = {f"field{i}": question for i, question in enumerate(chosen[start : start + AT_ONCE])}
        properties = {name: {"type": "number", "description": question.text} for name, question in some.items()}
        result = engine.fill({"type": "object", "properties": properties})
        seconds += result.timings["total"]
        for name, question in some.items():
            field = result.fields[f"/{name}"]
            value = (result.value or {}).get(name)
            if value is not None:
                counts["right" if value == number_of(question) else "wrong"] += 1
            elif field.citation is None and "number" in (field.reason or ""):
                counts["no number for certain"] += 1
            else:
                counts["not answered"] += 1
            if field.citation is not None:
                text = engine.text(field.citation.document.id)
                counts["verbatim"] += text[field.citation.start : field.citation.end] == field.citation.quote
                counts["cited"] += 1
    answered = counts["right"] + counts["wrong"]
    return {
        "fields": len(chosen),
        **counts,
        "right_of_answered": asdict(wilson(counts["right"], answered)),
        "seconds_per_field": round(seconds / max(len(chosen), 1), 2),
    }


if __name__ == "__main__":
    main()
