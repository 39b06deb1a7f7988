"""Summaries against lead-k: ROUGE F1 with paired intervals, the share of supported sentences, seconds.

Only covidqa has reference summaries that were written as such: the papers' abstracts, which are taken off the papers.
The others are proxies. drcd_leads: the first paragraph of a Wikipedia article against the rest (as in Liu et al.,
"Generating Wikipedia by Summarizing Long Sequences", ICLR 2018); cmrc_leads: its first sentence. rustbook: what a
chapter says of itself at its end, under "Summary". clapnq and expmrc_cmrc ask for a summary with a question in mind,
against the answer that people wrote, and against the sentences that hold it. Lead-k is the first sentences that fit
into the same number of words, headings, tables and code left out as well.

python bench/summaries.py [--written SET...]     # what the generator is measured on; its other figures stay
"""

from __future__ import annotations

import argparse
import json
import random
import re
import time
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import report

from ragsys.config import load_settings
from ragsys.evaluation.rouge import rouge
from ragsys.evaluation.significance import bootstrap_interval
from ragsys.generate.extractive import candidates_of
from ragsys.sentences import sentence_spans
from ragsys.tasks.materials import models_of
from ragsys.tasks.summarizing import Material, Request, summarize
from ragsys.types import DocumentRef, SourceText

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ragsys.tasks.summary import Summary, SummaryMode

SEED = 1
MOST = 150
# What the generator is measured on, and on how many documents: a paper takes it ten prompts, the others one or two.
WRITTEN = {"covidqa": 4, "clapnq": 20, "cmrc_leads": 20}
MEASURES = ("unigrams", "bigrams", "sequence")
NAMES = ("ROUGE-1", "ROUGE-2", "ROUGE-L")


class Item(NamedTuple):
    """A text, what people or its author say of it, and the question in mind."""

    text: str
    references: tuple[str, ...]
    focus: str | None = None


def rows(*path: str) -> list[dict[str, Any]]:
    """The lines of a file of the development data."""
    return [json.loads(line) for line in report.data_folder(path[0]).joinpath(*path[1:]).open(encoding="utf-8")]


def covidqa() -> list[Item]:
    """Papers without their abstracts."""
    items = []
    for row in rows("covidqa", "corpus.jsonl"):
        found = re.search(r"Abstract: (.{300,}?)\n\nText: (.{3000,})", str(row["text"]), re.DOTALL)
        if found:
            items.append(Item(found[2], (found[1],)))
    return items


def drcd_leads() -> list[Item]:
    """Articles of at least 800 characters without their first paragraph."""
    articles: dict[str, dict[int, str]] = defaultdict(dict)
    for row in rows("train", "drcd_dev", "train.jsonl"):
        article, paragraph, _ = str(row["id"]).split("-")
        if row["passage"]:
            articles[article][int(paragraph)] = str(row["passage"])
    items = []
    for parts in articles.values():
        body = "\n\n".join(parts[number] for number in sorted(parts) if number != 1)
        if 1 in parts and len(parts) > 2 and len(body) >= 800:
            items.append(Item(body, (parts[1],)))
    return items


def cmrc_leads() -> list[Item]:
    """Articles without their first sentence."""
    items = []
    for row in rows("cmrc2018_dev", "corpus.jsonl"):
        text = str(row["text"])
        spans = sentence_spans(text)
        first = text[slice(*spans[0])].strip()
        if len(spans) >= 6 and 30 <= len(first) <= 200:
            items.append(Item(text[spans[0][1] :], (first,)))
    return items


def rustbook(language: str, heading: str) -> list[Item]:
    """Chapters up to their own summary."""
    chapters: dict[str, list[str]] = defaultdict(list)
    for path in sorted((report.data_folder("docs") / f"rustbook_{language}" / "src").glob("ch*.md")):
        chapters[path.name[:4]].append(path.read_text(encoding="utf-8"))
    items = []
    for parts in chapters.values():
        found = re.search(rf"^## {heading}\s*\n(.*)\Z", text := "\n\n".join(parts), re.DOTALL | re.MULTILINE)
        if found:
            items.append(Item(text[: found.start()], (re.sub(r"(?m)^\[[^\]]+\]:.*$", "", found[1]).strip(),)))
    return items


def clapnq() -> list[Item]:
    """Passages with a question, against the answers in full sentences."""
    return [
        Item(str(row["passage"]), tuple(row["answers"]), str(row["question"]))
        for row in rows("train", "clapnq_dev", "train.jsonl")
        if row["answerable"] and row["passage"] and len(sentence_spans(str(row["passage"]))) >= 4
    ]


def expmrc_cmrc() -> list[Item]:
    """Articles with a question, against the sentences that answer it."""
    texts = {row["_id"]: str(row["text"]) for row in rows("expmrc_cmrc_dev", "corpus.jsonl")}
    questions = {row["_id"]: str(row["text"]) for row in rows("expmrc_cmrc_dev", "queries.jsonl")}
    return [
        Item(texts[row["doc"]], tuple(filter(None, row["evidences"])), questions[row["_id"]])
        for row in rows("expmrc_cmrc_dev", "answers.jsonl")
        if any(row["evidences"]) and len(sentence_spans(texts[row["doc"]])) >= 4
    ]


# name -> its items, and the limit of words: about the length of the references
SETS: dict[str, tuple[Callable[[], list[Item]], int]] = {
    "covidqa": (covidqa, 200),
    "rustbook_en": (lambda: rustbook("en", "Summary"), 100),
    "rustbook_zh": (lambda: rustbook("zh", "总结"), 200),
    "drcd_leads": (drcd_leads, 250),
    "cmrc_leads": (cmrc_leads, 60),
    "clapnq": (clapnq, 50),
    "expmrc_cmrc": (expmrc_cmrc, 80),
}


def material(item: Item) -> Material:
    """A text as a document of its own."""
    return Material((DocumentRef("item", "item", None, "", {}),), lambda _: SourceText(item.text))


def fits(item: Item, words: int) -> bool:
    """Whether any sentence of a text is within the limit: in two articles none is."""
    found = candidates_of(DocumentRef("item", "item", None, "", {}), SourceText(item.text))
    return any(candidate.words <= words for candidate in found)


def lead(item: Item, words: int) -> str:
    """The first sentences that fit."""
    chosen: list[str] = []
    used = 0
    for candidate in candidates_of(DocumentRef("item", "item", None, "", {}), SourceText(item.text)):
        used += candidate.words
        if chosen and used > words:
            break
        chosen.append(candidate.text)
    return "\n".join(chosen)


def rate(text: str, item: Item) -> list[float]:
    """The three figures against the reference that the summary is nearest to."""
    figures = [rouge(text, reference) for reference in item.references]
    best = max(figures, key=lambda found: found.unigrams)
    return [getattr(best, name) for name in MEASURES]


def plain(summary: Summary) -> str:
    """A summary without its markers."""
    return "\n".join(summary.text[sentence.start : sentence.end] for sentence in summary.sentences)


def compared(ours: Sequence[list[float]], base: Sequence[list[float]]) -> dict[str, object]:
    """Means, and the differences to lead-k with their 95 % intervals."""
    found: dict[str, object] = {}
    for column, name in enumerate(NAMES):
        differences = [mine[column] - theirs[column] for mine, theirs in zip(ours, base, strict=True)]
        low, high = bootstrap_interval(differences, seed=SEED)
        found[name] = round(sum(figures[column] for figures in ours) / len(ours), 4)
        found[f"{name} to lead"] = [round(value, 4) for value in (sum(differences) / len(differences), low, high)]
    return found


def measure(items: Sequence[Item], words: int, mode: SummaryMode) -> dict[str, object]:
    """One mode on some items."""
    settings = load_settings()[0]
    models = models_of(settings)
    ours, base, summaries = [], [], []
    if mode == "abstractive":
        models.generator()  # loading is not what is timed
    if items[0].focus:
        models.embedder()
    began = time.perf_counter()
    for item in items:
        request = Request(words=words, focus=item.focus, mode=mode)
        summaries.append(summarize(material(item), models, settings, request))
    seconds = (time.perf_counter() - began) / len(items)
    for item, summary in zip(items, summaries, strict=True):
        ours.append(rate(plain(summary), item))
        base.append(rate(lead(item, words), item))
    found: dict[str, object] = {"documents": len(items), "words": words, **compared(ours, base)}
    found["lead"] = {name: round(sum(row[i] for row in base) / len(base), 4) for i, name in enumerate(NAMES)}
    found["seconds_per_document"] = round(seconds, 3)
    written = sum(summary.coverage.written or 0 for summary in summaries)
    if written:
        found["written"] = written
        found["supported"] = round(sum(summary.coverage.supported or 0 for summary in summaries) / written, 4)
        found["extract_stood_in"] = sum(summary.mode == "extractive" for summary in summaries)
    return found


def long_text() -> dict[str, object]:
    """A million characters, extracted."""
    items = rustbook("en", "Summary")
    text = ("\n\n".join(item.text for item in items) * 2)[:1_000_000]
    settings = load_settings()[0]
    summary = summarize(material(Item(text, ())), models_of(settings), settings, Request(mode="extractive"))
    return {
        "characters": len(text),
        "sentences": summary.coverage.sentences,
        "seconds": round(summary.timings["total"], 2),
    }


def main() -> None:
    """Measure both modes and write the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--written", nargs="*", default=list(WRITTEN), choices=list(WRITTEN), metavar="SET")
    options = parser.parse_args()
    figures: dict[str, Any] = {"long_text": long_text(), "extractive": {}, "abstractive": {}}
    sets = {name: (make(), words) for name, (make, words) in SETS.items()}
    for name, (items, words) in sets.items():
        random.Random(SEED).shuffle(items)
        items[:] = [item for item in items if fits(item, words)]
        figures["extractive"][name] = measure(items[:MOST], words, "extractive")
        print(name, figures["extractive"][name], flush=True)
    last = report.RESULTS / "summaries.json"
    if last.exists():
        figures["abstractive"] = json.loads(last.read_text(encoding="utf-8"))["figures"]["abstractive"]
    for name in options.written:
        items, words = sets[name]
        some = items[: WRITTEN[name]]
        figures["abstractive"][name] = {
            **measure(some, words, "abstractive"),
            "the same, extracted": measure(some, words, "extractive"),
        }
        print(name, figures["abstractive"][name], flush=True)
    total = sum(row["documents"] for row in figures["extractive"].values())
    report.write(Path(__file__).stem, figures, seed=SEED, n=total)


if __name__ == "__main__":
    main()
