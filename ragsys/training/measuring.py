"""What a generator says to held-out examples, and what that is worth: answers, refusals and numbers of passages."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from ragsys.evaluation.answers import token_f1
from ragsys.evaluation.significance import bootstrap_interval
from ragsys.generate.marking import marks, unmarked
from ragsys.generate.prompt import UNANSWERABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ragsys.generate.encoding import PromptEncoder
    from ragsys.training.examples import Example
    from ragsys.training.lora import LowRank

__all__ = ["Said", "Verdict", "judge", "measure", "scored", "summarised"]

_MOST = 64


@dataclass(frozen=True, slots=True)
class Said:
    """What was said to one example. `score` is its token F1; of an example without an answer, whether it refused."""

    score: float
    answerable: bool
    refused: bool
    number_right: bool | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """A tuned model against its base on the same held-out questions: mean scores and the interval of the difference.

    The 95 % interval is by paired bootstrap; the model is kept only where all of it is above zero.
    """

    n: int
    base: float
    tuned: float
    low: float
    high: float
    kept: bool

    def as_dict(self) -> dict[str, float | int | bool]:
        """The figures by name."""
        return asdict(self)


def measure(
    model: LowRank,
    examples: Sequence[Example],
    encoder: PromptEncoder,
    ends: set[int],
    progress: Callable[[int, int], None] | None = None,
) -> list[Said]:
    """Let the model answer greedily, as `ask` does, and score what it says."""
    model.model.eval()
    said = []
    for done, example in enumerate(examples):
        if progress is not None:
            progress(done, len(examples))
        ids = model.generate(encoder.encode(example.prompt), ends, _MOST)
        said.append(scored(example, encoder.decode(ids)))
    return said


def scored(example: Example, text: str) -> Said:
    """The worth of a text as the answer to an example; it ends with its line."""
    line = text.strip().partition("\n")[0]
    answer = "".join(unmarked([line])).strip()
    refused = not answer or answer.rstrip(".。").lower() in UNANSWERABLE.values()
    answerable = example.number is not None
    right = None
    if answerable and not refused:
        right = example.number in marks(line)
    score = float(refused) if not answerable else 0.0 if refused else token_f1(answer, example.answers)
    return Said(score, answerable, refused, right)


def summarised(said: Sequence[Said]) -> dict[str, float | int | None]:
    """Means over examples: F1 of those with an answer, precision and recall of refusals, right numbers."""
    answerable = [item for item in said if item.answerable]
    refusals = [item for item in said if item.refused]
    numbered = [item.number_right for item in said if item.number_right is not None]
    open_ones = [item for item in said if not item.answerable]
    return {
        "examples": len(said),
        "score": _mean([item.score for item in said]),
        "F1": _mean([item.score for item in answerable]),
        "refusal_precision": _mean([float(not item.answerable) for item in refusals]),
        "refusal_recall": _mean([float(item.refused) for item in open_ones]),
        "number_right": _mean([float(right) for right in numbered]),
    }


def judge(base: Sequence[float], tuned: Sequence[float], seed: int = 0) -> Verdict:
    """Whether the second of two rows of scores over the same questions is better beyond chance.

    >>> judge([0.0] * 30, [0.0, 1.0] * 15).kept
    True
    >>> judge([0.5] * 30, [0.5] * 30).kept
    False
    """
    differences = [new - old for old, new in zip(base, tuned, strict=True)]
    low, high = bootstrap_interval(differences, seed=seed)
    means = [sum(values) / max(len(values), 1) for values in (base, tuned)]
    return Verdict(len(differences), means[0], means[1], low, high, kept=low > 0)


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None
