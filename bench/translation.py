"""How well the generators translate: chrF on paragraphs of xquad, which exist in English and Chinese, and the checks.

chrF is sacrebleu's, with a bootstrap interval over the paragraphs; "copy" is the source itself, the least that it can
be. `clean` is the share of sentences that fail no check. What the checks say of good translations is measured on the
sentences of paragraphs that have as many in both languages; what they find, on the same with the next sentence, with a
distant one, with half of the right one, and with another number. Writes ragsys/generate/translation.json, which is
what `ragsys translate` says of a generator.

    python bench/translation.py [PARAGRAPHS] [MODEL ...]
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import report
from sacrebleu.metrics.chrf import CHRF

from ragsys.config import load_settings
from ragsys.evaluation.datasets import open_dataset
from ragsys.generate import Translator, load_generator
from ragsys.generate.skills import FILE
from ragsys.generate.translation_checks import LEAST_SIMILARITY, problems_of
from ragsys.models import load_embedder
from ragsys.sentences import sentence_spans

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragsys.protocols import Embedder

MODELS = ("gemma-3-270m", "SmolLM2-135M-Instruct")
PAIRS = (("en", "zh"), ("zh", "en"))
PARAGRAPHS = 24
SEED = 5
CHECKED = 60
TARGET = Path(__file__).parents[1] / "ragsys" / "generate" / FILE


def main() -> None:
    """Translate with every model both ways, measure the checks, write the figures."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else PARAGRAPHS
    texts = {
        code: {document.id: document.text for document in open_dataset(report.data_folder(f"xquad_{code}")).documents()}
        for code in ("en", "zh")
    }
    embedder = load_embedder(load_settings({})[0])
    ids = random.Random(SEED).sample(sorted(texts["en"]), wanted)
    figures: dict[str, Any] = {"checks": checks(texts, embedder), "models": {}}
    for name in sys.argv[2:] or MODELS:
        generator = load_generator(load_settings({"generator": name})[0])
        figures["models"][name] = {}
        for source, target in PAIRS:
            said, problems, count = [], Counter[str](), 0
            clean, began = 0, time.perf_counter()
            for identity in ids:
                translator = Translator(generator, source, target, embedder=embedder)
                sentences = list(translator.translate(texts[source][identity]))
                said.append(("" if target == "zh" else " ").join(sentence.target for sentence in sentences))
                problems.update(problem for sentence in sentences for problem in sentence.problems)
                count += len(sentences)
                clean += sum(not sentence.problems for sentence in sentences)
            row = {
                **chrf(said, [texts[target][identity] for identity in ids]),
                "copy": chrf([texts[source][i] for i in ids], [texts[target][i] for i in ids])["chrF"],
                "sentences": count,
                "clean": round(clean / count, 3),
                "problems": dict(problems.most_common()),
                "seconds_per_sentence": round((time.perf_counter() - began) / count, 2),
            }
            figures["models"][name][f"{source} > {target}"] = row
            print(name, source, target, row, flush=True)
    skills = {
        name: [skill(pair, row, wanted) for pair, row in rows.items()] for name, rows in figures["models"].items()
    }
    content = {"made_by": "bench/translation.py", "seed": SEED, "generators": skills}
    TARGET.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    report.write(Path(__file__).stem, figures, seed=SEED, n=wanted)


def skill(pair: str, row: dict[str, Any], n: int) -> dict[str, Any]:
    """What is kept of a row."""
    source, _, target = pair.partition(" > ")
    measured = {"chrf": row["chrF"], "low": row["low"], "high": row["high"], "n": n, "clean": row["clean"]}
    return {"source": source, "target": target, **measured}


def chrf(said: Sequence[str], right: Sequence[str]) -> dict[str, float]:
    """Corpus chrF with its 95 % bootstrap interval over the paragraphs."""
    score: Any = CHRF().corpus_score(list(said), [list(right)], n_bootstrap=1000)
    middle, half = score._mean, score._ci  # noqa: SLF001 - where sacrebleu keeps its interval
    low, high = float(middle - half), float(middle + half)
    return {"chrF": round(float(score.score), 1), "low": round(low, 1), "high": round(high, 1)}


def checks(texts: dict[str, dict[str, str]], embedder: Embedder) -> dict[str, Any]:
    """The share of right translations that each check fails, and of wrong ones that any finds."""
    rows: list[tuple[str, str]] = []
    for identity in random.Random(SEED).sample(sorted(texts["en"]), 3 * CHECKED):
        here, there = (_sentences(texts[code][identity]) for code in ("en", "zh"))
        if len(here) == len(there) > 1 and len(rows) < 5 * CHECKED:
            rows += zip(here, there, strict=True)
    english, chinese = [row[0] for row in rows], [row[1] for row in rows]
    cases = {
        "right": chinese,
        "next sentence": chinese[1:] + chinese[:1],
        "distant sentence": chinese[37:] + chinese[:37],
        "half of it": [text[: max(3, len(text) // 2)] for text in chinese],
        "a digit changed": [re.sub(r"\d", lambda m: str((int(m[0]) + 1) % 10), text, count=1) for text in chinese],
    }
    least = LEAST_SIMILARITY[embedder.space.model]
    vectors = embedder.embed_passages(english)
    figures: dict[str, Any] = {"sentences": len(rows), "least_similarity": least}
    for case, targets in cases.items():
        cosines = (vectors * embedder.embed_passages(targets)).sum(axis=1).tolist()
        use = [at for at in range(len(rows)) if case == "right" or targets[at] != chinese[at]]
        found = [problems_of(english[i], targets[i], to="zh", similarity=cosines[i], least=least) for i in use]
        each = Counter(problem for problems in found for problem in problems)
        figures[case] = {
            "n": len(use),
            "any": round(sum(map(bool, found)) / len(use), 3),
            **{name: round(number / len(use), 3) for name, number in each.most_common()},
        }
    print(figures, flush=True)
    return figures


def _sentences(text: str) -> list[str]:
    return [text[start:end].strip() for start, end in sentence_spans(text)]


if __name__ == "__main__":
    main()
