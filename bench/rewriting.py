"""Which rewriting of follow-up questions is used: our own conversations over xquad, among the passages of another set.

Follow-ups as they were typed, with words carried over by rules, as the default generator rewrites them (as it is, and
checked with the rules to fall back on), and as a person wrote them to stand alone. Success and reciprocal rank of the
document that answers; then, in mode extract, whether what is cited holds the answer. CANARD's own rewrites check the
rules on conversations that are not ours: terms of the rewriting that are right, and right ones that are there.

    python bench/rewriting.py           # RAGSYS_BENCH_CACHE keeps the indexes
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

import report

from ragsys import QueryEngine
from ragsys.config import load_settings
from ragsys.evaluation.corpus import Names, index_corpus
from ragsys.evaluation.datasets import open_dataset
from ragsys.evaluation.significance import bootstrap_interval
from ragsys.generate import load_generator
from ragsys.generate.carrying import stands_alone
from ragsys.generate.evidence import content_terms
from ragsys.generate.fitting import wilson
from ragsys.generate.prompt import STOP
from ragsys.generate.rewriting import Exchange, build_rewriting_prompt, rewrite
from ragsys.types import Answer, Decoding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragsys.protocols import Generator

LANGUAGES = {"en": ("xquad_en", "squad_v2_dev"), "zh": ("xquad_zh", "cmrc2018_dev")}
CONVERSATIONS = Path(__file__).parent / "conversations"
FENCE = "5eed5eed"
DEPTH = 10
SEED = 5
CANARD = 600


def main() -> None:
    """Measure both languages and CANARD, and write the figures."""
    figures: dict[str, Any] = {}
    generator = load_generator(load_settings({})[0])
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(os.environ.get("RAGSYS_BENCH_CACHE") or scratch)
        for language, sets in LANGUAGES.items():
            settings = load_settings({"answer_mode": "extract"})[0]
            with QueryEngine.open(home / f"rewriting-{language}", settings=settings) as engine:
                names = index(engine, *sets)
                figures[language] = measure(engine, names, list(conversations(language)), generator)
            print(language, json.dumps(figures[language]), flush=True)
    figures["canard_dev"] = canard()
    count = sum(figures[language]["follow_ups"] for language in LANGUAGES)
    report.write(Path(__file__).stem, figures, seed=SEED, n=count)


def index(engine: QueryEngine, folder: str, others: str) -> Names:
    """The documents of a set, among those of another set that are not the same texts."""
    dataset, rest = open_dataset(report.data_folder(folder)), open_dataset(report.data_folder(others))
    index_corpus(engine, dataset)
    index_corpus(engine, rest)
    begun = {_letters(document.text)[:80] for document in dataset.documents()}
    ours = Names(dataset, engine.documents())
    same = [
        document.source
        for document in engine.documents()
        if others in document.source and _letters(engine.text(document.id).split("\n\n", 1)[-1])[:80] in begun
    ]
    if same:
        engine.remove(*same)
    return ours


def conversations(language: str) -> Iterator[list[dict[str, str]]]:
    """The turns of each conversation."""
    for line in (CONVERSATIONS / f"{language}.jsonl").read_text(encoding="utf-8").splitlines():
        yield json.loads(line)["turns"]


def measure(
    engine: QueryEngine, names: Names, talks: list[list[dict[str, str]]], generator: Generator
) -> dict[str, Any]:
    """Retrieval by every way to rewrite, and answers by those that matter."""
    ranks: dict[str, list[int]] = {}
    answers: dict[str, Counter[str]] = {}
    follow_ups = touched = leaning = 0
    for turns in talks:
        talk = engine.chat(keep=False)
        history: list[Exchange] = []
        for turn in turns:
            spoken = talk.ask(turn["question"])
            if turn["kind"] != "first":
                follow_ups += 1
                ways = rewritings(turn, history, generator)
                for way, question in ways.items():
                    ranks.setdefault(way, []).append(rank(engine, names, question, turn["document"]))
                asked = {way: engine.ask(ways[way]) for way in ("typed", "gold", "carried")}
                for way, answer in {**asked, "carried, for the search only": spoken}.items():
                    answers.setdefault(way, Counter())[verdict(answer, turn["answer"])] += 1
                leaning += turn["kind"] != "alone" and not stands_alone(turn["question"])
                touched += turn["kind"] == "alone" and not stands_alone(turn["question"])
            history.append(Exchange(turn["question"], turn["answer"]))
    return {
        "follow_ups": follow_ups,
        "seen_to_lean": leaning,
        "lean": sum(turn["kind"] in {"pronoun", "ellipsis"} for turns in talks for turn in turns),
        "touched_though_alone": touched,
        "retrieval": {way: retrieval(found) for way, found in ranks.items()},
        "answers": {
            way: {**found, "right_share": asdict(wilson(found["right"], follow_ups))} for way, found in answers.items()
        },
    }


def rewritings(turn: dict[str, str], history: list[Exchange], generator: Generator) -> dict[str, str]:
    """The question of a turn in every form."""
    question = turn["question"]
    carried = rewrite(question, history).standalone
    written = question
    if not stands_alone(question):
        prompt = build_rewriting_prompt(question, history, FENCE)
        decoding = Decoding(max_new_tokens=64, stop=(*STOP, FENCE))
        written = "".join(generator.stream(prompt, decoding)).strip() or question
    checked = rewrite(question, history, generator, seed=int(FENCE, 16)).standalone
    return {
        "typed": question,
        "all before it": " ".join([*(exchange.question for exchange in history), question]),
        "carried": carried,
        "generated": written,
        "generated, checked": checked,
        "gold": turn["standalone"],
    }


def rank(engine: QueryEngine, names: Names, question: str, document: str) -> int:
    """At which rank the document is among the best ten, 0 where it is not."""
    found: list[str] = []
    for hit in engine.search(question, top_k=3 * DEPTH).hits:
        name = names.of(hit.document)
        if name not in found:
            found.append(name)
    return found.index(document) + 1 if document in found[:DEPTH] else 0


def retrieval(ranks: list[int]) -> dict[str, Any]:
    """Success at 1 and 5 with Wilson's interval, and reciprocal rank with the bootstrap's."""
    reciprocal = [1 / place if place else 0.0 for place in ranks]
    low, high = bootstrap_interval(reciprocal, seed=SEED)
    return {
        "Success@1": asdict(wilson(sum(place == 1 for place in ranks), len(ranks))),
        "Success@5": asdict(wilson(sum(0 < place <= 5 for place in ranks), len(ranks))),
        "RR@10": {"mean": round(sum(reciprocal) / len(ranks), 3), "low": round(low, 3), "high": round(high, 3)},
    }


def verdict(answer: Answer, expected: str) -> str:
    """Whether what is cited holds the expected answer, word for word or in all its content terms."""
    if answer.status != "answered":
        return "refused"
    quotes = " ".join(citation.quote for citation in answer.citations)
    terms = content_terms(expected)
    held = _letters(expected) in _letters(quotes) or (bool(terms) and terms <= content_terms(quotes))
    return "right" if held else "wrong"


def canard() -> dict[str, Any]:
    """Term precision and recall of the rules against CANARD's rewrites, and how many leaning questions they see."""
    lines = (report.data_folder("train/canard_dev") / "train.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [row for row in map(json.loads, lines) if row["history"]]
    ways: dict[str, list[tuple[float, float]]] = {"typed": [], "carried": []}
    lean = seen = 0
    for row in Random(SEED).sample(rows, CANARD):
        past = [Exchange(*pair) for pair in zip(row["history"][::2], row["history"][1::2], strict=False)]
        gold, typed = content_terms(row["rewrite"]), content_terms(row["question"])
        if not gold:
            continue
        if gold != typed:
            lean += 1
            seen += not stands_alone(row["question"])
        for way, question in (("typed", row["question"]), ("carried", rewrite(row["question"], past).standalone)):
            own = content_terms(question)
            ways[way].append((len(own & gold) / max(len(own), 1), len(own & gold) / len(gold)))
    means = {
        way: {
            "precision": round(sum(p for p, _ in found) / len(found), 3),
            "recall": round(sum(r for _, r in found) / len(found), 3),
        }
        for way, found in ways.items()
    }
    return {"questions": len(ways["typed"]), "lean": lean, "seen_to_lean": asdict(wilson(seen, lean)), "terms": means}


def _letters(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).lower()


if __name__ == "__main__":
    main()
