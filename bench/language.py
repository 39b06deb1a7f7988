"""How often the language of a question, of its first words and of a document is told, on every development set.

A share that is not right is either undetermined, which brings no warning, or wrong. Where the package chatterbot-corpus
is installed (`pip install chatterbot-corpus`, BSD), its sentences of chat in 18 languages are told as well; they hold
some English, which counts as wrong.

    python bench/language.py
"""

from __future__ import annotations

import random
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import report
import yaml

from ragsys.evaluation.datasets import open_dataset
from ragsys.language import UNDETERMINED, detect

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SETS = {
    "xquad_en": "en",
    "squad_v2_dev": "en",
    "scifact": "en",
    "npl": "en",
    "covidqa": "en",
    "xquad_zh": "zh",
    "cmrc2018_dev": "zh",
}
CHAT = {
    "bengali": "bn", "dutch": "nl", "english": "en", "french": "fr", "german": "de", "hebrew": "he", "indonesian": "id",
    "italian": "it", "japanese": "ja", "korean": "ko", "persian": "fa", "portuguese": "pt", "russian": "ru",
    "spanish": "es", "traditionalchinese": "zh", "chinese": "zh", "turkish": "tr", "ukrainian": "uk",
}  # fmt: skip
MOST = 1500
MOST_CHAT = 400
WORDS, CHARACTERS = 3, 5
LONGEST = 120
SEED = 1


def main() -> None:
    """Tell every text's language and write the shares."""
    figures = dict(development())
    figures |= dict(chat())
    for name, row in figures.items():
        print(f"{name:40} {row}")
    report.write(Path(__file__).stem, figures, seed=SEED, n=sum(row["n"] for row in figures.values()))


def development() -> Iterator[tuple[str, dict[str, Any]]]:
    """Questions, their first three words or five characters, and documents of the development sets."""
    for name, code in SETS.items():
        dataset = open_dataset(report.data_folder(name))
        questions = [question.text for question in dataset.questions][:MOST]
        first = [q[:CHARACTERS] if code == "zh" else " ".join(q.split()[:WORDS]) for q in questions]
        documents = [document.text for document, _ in zip(dataset.documents(), range(MOST), strict=False)]
        for kind, texts in (("questions", questions), ("first words", first), ("documents", documents)):
            yield f"{name}, {kind}", shares(texts, code)


def chat() -> Iterator[tuple[str, dict[str, Any]]]:
    """Short sentences of chat, if the package is here."""
    spec = find_spec("chatterbot_corpus")
    for language, code in CHAT.items() if spec is not None and spec.origin else ():
        texts: list[str] = []
        for file in sorted((Path(str(spec.origin)).parent / "data" / language).glob("*.yml")):  # type: ignore[union-attr]
            said = yaml.safe_load(file.read_text(encoding="utf-8"))["conversations"]
            texts += [text for turns in said for text in turns if isinstance(text, str) and _long_enough(text, code)]
        distinct = sorted(set(texts))
        yield f"chat, {language}", shares(random.Random(SEED).sample(distinct, min(MOST_CHAT, len(distinct))), code)


def shares(texts: Sequence[str], code: str) -> dict[str, Any]:
    """How many texts there are, and the shares that are told right, not at all, and wrong."""
    found = [detect(text).code for text in texts]
    right, unknown = found.count(code), found.count(UNDETERMINED)
    n = len(found)
    return {
        "n": n,
        "right": round(right / n, 3),
        "undetermined": round(unknown / n, 3),
        "wrong": round((n - right - unknown) / n, 3),
    }


def _long_enough(text: str, code: str) -> bool:
    return len(text) < LONGEST and (code in {"zh", "ja"} or len(text.split()) >= WORDS)


if __name__ == "__main__":
    main()
