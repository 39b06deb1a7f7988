"""The mean vector of questions in English and in Chinese: what ragsys.retrieve.centring takes off a query.

Five hundred questions a language from each of two training sets, none of them in a development set; the default
embedder in both of its precisions. Writes ragsys/retrieve/centres.json.
"""

from __future__ import annotations

import json
import random
from typing import Any

import numpy as np
import report

from ragsys.config import load_settings
from ragsys.models import load_embedder
from ragsys.retrieve.centring import CENTRES

SETS = {"en": ("squad2_train_sample", "qed_dev"), "zh": ("cmrc2018_trial", "drcd_dev")}
EACH = 500
SEED = 0
_DIGITS = 5


def main() -> None:
    """Embed the questions by each backend and write the means."""
    questions = {language: drawn(language) for language in SETS}
    spaces: dict[str, Any] = {}
    for backend in ("onnx", "torch"):
        embedder = load_embedder(load_settings({"embed_backend": backend})[0])
        spaces[embedder.space.digest] = {
            language: [round(float(x), _DIGITS) for x in np.mean(embedder.embed_queries(texts), axis=0)]
            for language, texts in questions.items()
        }
        print(backend, embedder.space.digest, flush=True)
    made = {
        "model": embedder.space.model,
        "questions": {language: {"sets": SETS[language], "n": len(texts)} for language, texts in questions.items()},
        "seed": SEED,
        "spaces": spaces,
    }
    CENTRES.write_text(json.dumps(made) + "\n", encoding="utf-8")


def drawn(language: str) -> list[str]:
    """Questions of the sets of a language, as many of each."""
    chosen: list[str] = []
    for name in SETS[language]:
        lines = (report.data_folder("train") / name / "train.jsonl").read_text(encoding="utf-8").splitlines()
        texts = sorted({json.loads(line)["question"] for line in lines})
        chosen += random.Random(SEED).sample(texts, min(EACH, len(texts)))
    return chosen


if __name__ == "__main__":
    main()
