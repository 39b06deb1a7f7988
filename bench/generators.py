"""Which generator is the default: token F1 with the gold paragraph in hand, by the product's own prompt, greedy.

Retrieval, citations and abstention are left out on purpose: only what the models make of the right passage is compared.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import report

from ragsys.config import load_settings
from ragsys.evaluation.answers import holds, token_f1
from ragsys.evaluation.datasets import open_dataset
from ragsys.evaluation.sampling import sample
from ragsys.generate import load_generator
from ragsys.generate.prompt import STOP, build_prompt
from ragsys.types import Decoding

MODELS = ("gemma-3-270m", "SmolLM2-135M-Instruct")
SETS = ("squad_v2_dev", "cmrc2018_dev")
QUESTIONS = 50
SEED = 1
FENCE = "5eed5eed"


def main() -> None:
    """Ask every model every question and write the means."""
    figures: dict[str, Any] = {}
    for name in MODELS:
        generator = load_generator(load_settings({"generator": name})[0])
        figures[name] = {}
        for folder in SETS:
            dataset = open_dataset(report.data_folder(folder))
            texts = {document.id: document.text for document in dataset.documents()}
            answerable = [q for q in dataset.answered() if q.answers and dataset.qrels.get(q.id)]
            rows = []
            began = time.perf_counter()
            for question in sample(answerable, QUESTIONS, SEED):
                passage = texts[next(iter(dataset.qrels[question.id]))]
                prompt = build_prompt(question.text, [passage], FENCE)
                said = "".join(generator.stream(prompt, Decoding(max_new_tokens=64, stop=(*STOP, FENCE)))).strip()
                rows.append((token_f1(said, question.answers), float(holds(said, question.answers))))
            figures[name][folder] = {
                "F1": round(sum(f1 for f1, _ in rows) / len(rows), 4),
                "holds_an_answer": round(sum(holding for _, holding in rows) / len(rows), 4),
                "seconds_per_question": round((time.perf_counter() - began) / len(rows), 2),
            }
            print(name, folder, figures[name][folder], flush=True)
    report.write(
        Path(__file__).stem, {"prompt": "gold paragraph, one example", "models": figures}, seed=SEED, n=QUESTIONS
    )


if __name__ == "__main__":
    main()
