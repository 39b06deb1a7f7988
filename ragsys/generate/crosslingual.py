"""Answering across languages: a question in one language, documents in another, with no word in common.

What `signals` and `evidence` look at (shared words) says nothing here, so the sentence is chosen by its cosine to the
question and its passage's, and whether it answers is a calibrated probability of its own.
Cosines favour texts in the question's own language (a title in English beats every Chinese sentence), so only whole
sentences in another one are looked at. Fitted for one embedder (bench/crosslingual.py); others have no such decision.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from ragsys.generate.abstention import Decision
from ragsys.generate.calibration import Calibration
from ragsys.generate.evidence import is_label, sentences_of
from ragsys.generate.numbers import numbers_of
from ragsys.generate.orders import informing
from ragsys.language import LANGUAGES, UNDETERMINED, base, detect, is_chinese, script_shares

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ragsys.generate.evidence import Evidence
    from ragsys.types import Hit

__all__ = ["FILE", "Across", "CrossSignals", "decide_across", "language_of", "look_across"]

FILE = "crosslingual.json"
_PASSAGE_WEIGHT = 1.0
_WHOLE = re.compile(r"[.!?。！？…][\"'”’」』）)\]]*$")


@dataclass(frozen=True, slots=True)
class CrossSignals:
    """What the cosines of the candidate sentences say, and the question's numbers.

    `best` is the cosine of the chosen sentence to the question, `margin` what it has above the median candidate, `lead`
    what its rating has above the best of another passage (0 where there is none); `digits` is the share of the
    question's numbers that the candidates hold, 1 where it has none.
    """

    best: float
    margin: float
    lead: float
    digits: float


@dataclass(frozen=True, slots=True)
class Across:
    """The decision, the candidates best first, and the calibration that it was made by."""

    decision: Decision
    evidence: tuple[Evidence, ...]
    calibration: Calibration


def language_of(hit: Hit) -> str:
    """The language of a hit's document; of its text where the document names none, or is plainly wrong about it."""
    code = base(str(hit.document.metadata.get("lang", "")))
    told = code in LANGUAGES and is_chinese(hit.text) == (code == "zh")
    return code if told else detect(hit.text).code


def decide_across(
    question: str, hits: Sequence[Hit], *, cosine: Callable[[str], float], embedder: str
) -> Across | None:
    """Decide whether sentences in other languages answer a question; None where that does not arise.

    It arises where the best hit's document is in another language than the question, and the embedder is the one that
    the calibration was fitted for. `cosine` compares a sentence of the hits with the question.
    """
    known = _load()
    if not hits or embedder not in known:
        return None
    asked = detect(question).code
    if asked == UNDETERMINED or language_of(hits[0]) in {asked, UNDETERMINED}:
        return None
    looked = look_across(question, [hit for hit in hits if language_of(hit) != asked], cosine)
    if looked is None:
        return None
    signals, evidence = looked
    calibration = known[embedder]
    confidence = round(calibration.probability(asdict(signals)), 3)
    if confidence >= calibration.threshold:
        return Across(Decision(answered=True, confidence=confidence), evidence, calibration)
    reason = (
        "question and passages are in different languages, and an answer in these passages is not probable enough "
        f"({confidence:.2f} of {calibration.threshold:.2f})"
    )
    return Across(Decision(answered=False, confidence=confidence, reason=reason), evidence, calibration)


def look_across(
    question: str, hits: Sequence[Hit], cosine: Callable[[str], float]
) -> tuple[CrossSignals, tuple[Evidence, ...]] | None:
    """The signals, and the whole sentences of the hits in another script or language, best first; None without any."""
    script = _script(question)
    same_script = all(_script(hit.text) == script for hit in hits)
    rated = []
    for hit in hits:
        for item in informing(sentences_of(hit), question):
            other = same_script or _script(item.text) != script
            if other and _WHOLE.search(item.text) and not is_label(item):
                similar = cosine(item.text)
                rated.append((similar + _PASSAGE_WEIGHT * (hit.scores.dense or 0.0), similar, item))
    if not rated:
        return None
    rated.sort(key=lambda row: (-row[0], row[2].hit.rank, row[2].start))
    rating, best, chosen = rated[0]
    cosines = sorted(row[1] for row in rated)
    others = [row[0] for row in rated if row[2].hit.passage_id != chosen.hit.passage_id]
    digits = numbers_of(question).digits
    held = numbers_of("\n".join(row[2].text for row in rated)).every
    signals = CrossSignals(
        best=best,
        margin=best - cosines[len(cosines) // 2],
        lead=rating - others[0] if others else 0.0,
        digits=len(digits & held) / len(digits) if digits else 1.0,
    )
    return signals, tuple(row[2] for row in rated)


def _script(text: str) -> str:
    """The script that most of a text is in."""
    shares = script_shares(text)
    return max(shares, key=lambda name: shares[name], default="")


@lru_cache(maxsize=1)
def _load() -> Mapping[str, Calibration]:
    """The coefficients that come with ragsys, by embedder."""
    whole = json.loads(files("ragsys.generate").joinpath(FILE).read_text(encoding="utf-8"))
    return {name: Calibration.parse("shipped/across", row) for name, row in whole["embedders"].items()}
