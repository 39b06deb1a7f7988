"""An adapter for a generator, from rows to a folder: examples, training, measuring against the base, keeping.

The base answers the same questions from the same evidence with the prompt that it has in the product without an
adapter, so that the comparison is between what a user has and what a user would get.
"""

from __future__ import annotations

import hashlib
import json
import random
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from ragsys.errors import DatasetError
from ragsys.evaluation.runs import describe_machine, describe_versions
from ragsys.generate.encoding import PromptEncoder
from ragsys.generate.profile import GROUNDED, profile_of
from ragsys.generate.tokenizer import load_tokenizer
from ragsys.models.memory import LONGEST_CONTEXT
from ragsys.training.batches import encode
from ragsys.training.examples import Maker, Mix, is_held_out
from ragsys.training.loop import train
from ragsys.training.measuring import judge, measure, summarised
from ragsys.training.pool import PassagePool

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from ragsys.models.store import LocalModel
    from ragsys.training.batches import Encoded
    from ragsys.training.examples import Example
    from ragsys.training.loop import Trained, TrainingProgress
    from ragsys.training.lora import LowRank
    from ragsys.training.measuring import Verdict
    from ragsys.training.recipe import Recipe
    from ragsys.training.sources import Row

__all__ = ["LEAST_HELD_OUT", "Fitted", "Lesson", "Prepared", "fit", "prepare"]

# With fewer held-out questions no interval would ever lie above zero, or by luck alone.
LEAST_HELD_OUT = 20
# Of few rows a larger share is held out.
_WANTED, _MOST_HELD_OUT = 60, 0.5


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is learnt from: the mix of examples, the share of passages held out, and how many of those are answered.

    `most` limits the examples to train on, 0 is all; `context` are the tokens of a prompt.
    """

    mix: Mix
    held_out: float = 0.1
    measured: int = 200
    most: int = 0
    context: int = 960


@dataclass(frozen=True, slots=True)
class Prepared:
    """Examples, encoded; `asked` are the ones that are answered to measure, `asked_base` the same for the base model.

    `identity` stands for all of this and the model's weights.
    """

    encoder: PromptEncoder
    ends: frozenset[int]
    encoded: Sequence[Encoded]
    held_out: Sequence[Encoded]
    asked: Sequence[Example]
    asked_base: Sequence[Example]
    too_long: int
    identity: str


@dataclass(frozen=True, slots=True)
class Fitted:
    """A training and what came of it; `log` is its record as JSON has it."""

    trained: Trained
    verdict: Verdict
    base: Mapping[str, Any]
    tuned: Mapping[str, Any]
    log: Mapping[str, Any]


def prepare(
    base: LocalModel,
    rows: Sequence[Row],
    lesson: Lesson,
    recipe: Recipe,
    *,
    similarity: Callable[[str, Sequence[str]], NDArray[np.float32]] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Prepared:
    """Make the examples of a training. `similarity` is as in `Maker`.

    Raises:
        DatasetError: too few rows, or too few that an example can be made of.
    """
    converted = any(".gguf" in file for file in base.manifest.origin)
    tokenizer = load_tokenizer(base.path, converted=converted)
    encoder, ends = PromptEncoder(tokenizer), _ends(base, tokenizer)
    order = sorted(rows, key=lambda row: (row.source, row.id))
    random.Random(recipe.seed).shuffle(order)  # noqa: S311 - an order, not a secret
    pool = PassagePool(order)
    plain = replace(GROUNDED, prompt=profile_of(base.name).prompt, name="base")
    makers = [
        Maker(
            pool,
            profile,
            lesson.mix,
            count_tokens=encoder.count_tokens,
            room=room,
            seed=recipe.seed,
            similarity=similarity,
        )
        for profile, room in ((GROUNDED, lesson.context), (plain, LONGEST_CONTEXT))
    ]
    share = min(_MOST_HELD_OUT, max(lesson.held_out, _WANTED / max(1, len(order))))
    held = [row for row in order if is_held_out(row, share)]
    others = [row for row in order if not is_held_out(row, share)]
    asked = _taken(makers[0], held, lesson.measured, None)
    wanted = {(example.source, example.id) for example in asked}
    asked_base = {(e.source, e.id): e for e in makers[1].make([r for r in held if (r.source, r.id) in wanted])}
    pairs = [(e, asked_base[e.source, e.id]) for e in asked if (e.source, e.id) in asked_base]
    examples = _taken(makers[0], others, lesson.most, progress)
    encoded, too_long = encode(examples, encoder, min(ends), recipe.longest)
    held_out, _ = encode([example for example, _ in pairs], encoder, min(ends), recipe.longest)
    if not encoded or len(pairs) < LEAST_HELD_OUT:
        raise DatasetError(
            f"{len(encoded)} examples to train on and {len(pairs)} to measure by are too few",
            hint=f"give more questions: at least {LEAST_HELD_OUT} are held out to measure by",
        )
    whole = json.dumps(
        [base.manifest.weights_sha256, recipe.as_dict(), [[*item.prompt, *item.target] for item in encoded]]
    )
    identity = hashlib.sha256(whole.encode()).hexdigest()
    return Prepared(encoder, ends, encoded, held_out, [e for e, _ in pairs], [e for _, e in pairs], too_long, identity)


def fit(
    model: LowRank,
    prepared: Prepared,
    recipe: Recipe,
    folder: Any,
    *,
    progress: Callable[[TrainingProgress], None] | None = None,
    answering: Callable[[str, int, int], None] | None = None,
) -> Fitted:
    """Train, going on from the checkpoint below `folder` if there is one, and measure against the base.

    Raises as `loop.train`.
    """
    began = time.time()
    ends = set(prepared.ends)

    def scores(examples: Sequence[Example], what: str) -> Any:
        report = (lambda done, total: answering(what, done, total)) if answering is not None else None
        return measure(model, examples, prepared.encoder, ends, report)

    trained = train(
        model,
        prepared.encoded,
        prepared.held_out,
        recipe,
        folder=folder,
        identity=prepared.identity,
        progress=progress,
        measure=lambda: summarised(scores(prepared.asked, "answering with the adapter")),
    )
    with model.model.disable_adapter():
        before = scores(prepared.asked_base, "answering without an adapter")
    model.restore(trained.tensors)
    after = scores(prepared.asked, "answering with the adapter")
    verdict = judge([item.score for item in before], [item.score for item in after], recipe.seed)
    log = {
        "recipe": recipe.as_dict(),
        "examples": {
            "trained": len(prepared.encoded),
            "held_out": len(prepared.held_out),
            "answered": len(prepared.asked),
            "too_long": prepared.too_long,
            "tokens": sum(map(len, prepared.encoded)),
        },
        "looks": [
            {"step": k.step, "loss": k.loss, "held_out": k.held_out, "seconds": k.seconds, "metrics": dict(k.metrics)}
            for k in trained.looks
        ],
        "steps": trained.steps,
        "planned": trained.planned,
        "minutes": round(trained.seconds / 60, 2),
        "base": summarised(before),
        "tuned": summarised(after),
        "verdict": verdict.as_dict(),
        "precision": model.precision,
        "device": model.device,
        "machine": describe_machine(),
        "versions": describe_versions(),
        "identity": prepared.identity,
        "wall_minutes": round((time.time() - began) / 60, 2),
    }
    return Fitted(trained, verdict, summarised(before), summarised(after), log)


def _taken(
    maker: Maker, rows: Sequence[Row], most: int, progress: Callable[[str, int, int], None] | None
) -> list[Example]:
    """The first `most` examples that can be made of some rows; 0 is all of them."""
    taken: list[Example] = []
    for done, row in enumerate(rows):
        if progress is not None:
            progress("making examples", done, len(rows))
        taken += maker.make([row])
        if most and len(taken) >= most:
            break
    return taken


def _ends(base: LocalModel, tokenizer: Any) -> frozenset[int]:
    """The tokens that end a text of this model."""
    path = base.path / "generation_config.json"
    found = json.loads(path.read_text(encoding="utf-8")).get("eos_token_id") if path.is_file() else None
    found = tokenizer.eos_token_id if found is None else found
    ids = found if isinstance(found, list) else [found]
    if not ids or any(not isinstance(number, int) for number in ids):
        raise DatasetError(f"{base.name} does not say which token ends a text")
    return frozenset(ids)
