"""The training loop: steps in a planned order, looks at held-out loss, checkpoints, and an early end.

A step depends on nothing but the plan, the seed and the parameters before it, so a training that was killed and goes on
from its checkpoint ends where it would have ended.
"""

from __future__ import annotations

import math
import time
from dataclasses import astuple, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from ragsys.errors import DatasetError
from ragsys.training.batches import epoch_of, portions
from ragsys.training.checkpoint import load_checkpoint, save_checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from ragsys.training.batches import Sized
    from ragsys.training.recipe import Recipe

__all__ = ["Look", "Trained", "Trainee", "TrainingProgress", "held_out_loss", "plan", "train"]

_SAVE_SECONDS = 300.0


class Trainee(Protocol):
    """What can be trained: `model` is a torch module, `trained` its parameters that change, by name."""

    model: Any
    device: str

    @property
    def trained(self) -> dict[str, Any]:
        """The parameters that are trained, by name."""
        ...

    def loss(self, items: Any) -> Any:
        """The summed loss of some examples."""
        ...

    def restore(self, tensors: Mapping[str, Any]) -> None:
        """Set trained parameters by their names."""
        ...


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the training: after `step` steps, mean loss per label since the last look, and held-out loss.

    `metrics` is what `train` was told to measure at the end of each epoch, empty at other looks.
    """

    step: int
    loss: float
    held_out: float
    seconds: float
    metrics: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """How far a training is: steps done and planned, the last loss, the best held-out loss, and seconds left."""

    step: int
    steps: int
    loss: float
    held_out: float
    seconds_left: float


@dataclass(frozen=True, slots=True)
class Trained:
    """The best parameters by held-out loss, and how they came about."""

    tensors: Mapping[str, Any]
    looks: tuple[Look, ...]
    steps: int
    planned: int
    seconds: float

    @property
    def held_out(self) -> float:
        """The loss of the best parameters on held-out examples."""
        return min(look.held_out for look in self.looks)


def plan(encoded: Sequence[Sized], recipe: Recipe) -> list[list[list[int]]]:
    """Every step of a training: batches of positions in `encoded`."""
    steps: list[list[list[int]]] = []
    whole = 0
    for epoch in range(math.ceil(recipe.epochs)):
        steps += epoch_of(
            encoded,
            batch_tokens=recipe.batch_tokens,
            step_tokens=recipe.step_tokens,
            seed=recipe.seed + epoch,
        )
        whole = whole or len(steps)
    return steps[: max(1, round(recipe.epochs * whole))]


def train(
    model: Trainee,
    encoded: Sequence[Sized],
    held_out: Sequence[Sized],
    recipe: Recipe,
    *,
    folder: Path,
    identity: str,
    progress: Callable[[TrainingProgress], None] | None = None,
    measure: Callable[[], Mapping[str, Any]] | None = None,
) -> Trained:
    """Train on `encoded`, going on from a checkpoint below `folder` where there is one; `identity` names the training.

    `measure` is called at the end of each epoch, with the parameters as they are then.

    Raises:
        DatasetError: nothing to train on, or to measure by.
        ModelError: the checkpoint there is of another training.
        DiskFullError: a checkpoint does not fit; the one before it is there.
    """
    import torch

    if not encoded or not held_out:
        raise DatasetError("there are no examples to train on, or none to measure by")
    run = _Run(model, recipe, folder, identity)
    steps = plan(encoded, recipe)
    epoch = len(plan(encoded, replace(recipe, epochs=1.0)))
    run.resume()
    saved = time.monotonic()
    while run.step < len(steps) and not run.ended:
        began = time.monotonic()
        torch.manual_seed(recipe.seed * 1_000_003 + run.step)
        run.advance([[encoded[at] for at in batch] for batch in steps[run.step]], len(steps))
        run.seconds += time.monotonic() - began
        ends = run.step % epoch == 0 or run.step == len(steps)
        looked = ends or run.step % recipe.check_every == 0
        if looked:
            run.look(held_out, measure() if ends and measure is not None else {})
        if progress is not None:
            left = (len(steps) - run.step) * run.seconds / run.step
            progress(TrainingProgress(run.step, len(steps), run.last, run.best, left))
        if looked or time.monotonic() - saved > _SAVE_SECONDS:
            run.save()
            saved = time.monotonic()
    return Trained(run.best_tensors, tuple(run.looks), run.step, len(steps), run.seconds)


class _Run:
    """The state of one training."""

    def __init__(self, model: Trainee, recipe: Recipe, folder: Path, identity: str) -> None:
        import torch

        self.model, self.recipe = model, recipe
        self._folder, self._identity = folder, identity
        self._parameters = model.trained
        self._optimiser: Any = torch.optim.AdamW(
            self._parameters.values(), lr=recipe.rate, betas=(0.9, 0.999), weight_decay=recipe.decay
        )
        self.step, self.seconds, self.last, self.best = 0, 0.0, math.nan, math.inf
        self.looks: list[Look] = []
        self.best_tensors: dict[str, Any] = {}
        self._sum, self._labels = 0.0, 0

    @property
    def ended(self) -> bool:
        """Whether the last looks have all been in vain."""
        since = [look.held_out for look in self.looks]
        return len(since) - since.index(min(since)) > self.recipe.patience if since else False

    def advance(self, batches: Sequence[Sequence[Sized]], steps: int) -> None:
        """One step of the optimiser over some batches, every label counting the same."""
        import torch

        self.model.model.train()
        labels = sum(item.labels for batch in batches for item in batch)
        total = 0.0
        for batch in batches:
            loss = self.model.loss(batch) / labels
            loss.backward()
            total += float(loss.detach())
        torch.nn.utils.clip_grad_norm_(self._parameters.values(), self.recipe.clip)
        for group in self._optimiser.param_groups:
            group["lr"] = self.recipe.rate * _schedule(self.step, steps, self.recipe.warmup)
        self._optimiser.step()
        self._optimiser.zero_grad(set_to_none=True)
        self.step += 1
        self.last = total
        self._sum += total * labels
        self._labels += labels

    def look(self, held_out: Sequence[Sized], metrics: Mapping[str, Any]) -> None:
        """Measure held-out loss, and keep the parameters if they are the best so far."""
        value = held_out_loss(self.model, held_out, self.recipe.batch_tokens)
        self.looks.append(Look(self.step, self._sum / max(self._labels, 1), value, self.seconds, metrics))
        self._sum, self._labels = 0.0, 0
        if value < self.best:
            self.best = value
            self.best_tensors = {name: p.detach().cpu().clone() for name, p in self._parameters.items()}

    def save(self) -> None:
        """Write a checkpoint."""
        tensors = {f"now/{name}": value for name, value in self._parameters.items()}
        tensors |= {f"best/{name}": value for name, value in self.best_tensors.items()}
        for name, parameter in self._parameters.items():
            state = self._optimiser.state[parameter]
            tensors |= {f"{key}/{name}": value for key, value in state.items()}
        progress = {
            "identity": self._identity,
            "step": self.step,
            "seconds": self.seconds,
            "sum": self._sum,
            "labels": self._labels,
            "looks": [astuple(look) for look in self.looks],
        }
        save_checkpoint(self._folder, tensors, progress)

    def resume(self) -> None:
        """Go on from the checkpoint, if there is one."""
        found = load_checkpoint(self._folder, self._identity)
        if found is None:
            return
        named = _by_prefix(found.tensors)
        self.model.restore(named.pop("now"))
        self.best_tensors = named.pop("best", {})
        for name, parameter in self._parameters.items():
            self._optimiser.state[parameter] = {
                key: values[name] if key == "step" else values[name].to(self.model.device)
                for key, values in named.items()
            }
        self.step, self.seconds = found.progress["step"], found.progress["seconds"]
        self._sum, self._labels = found.progress["sum"], found.progress["labels"]
        self.looks = [Look(*values) for values in found.progress["looks"]]
        self.best = min((look.held_out for look in self.looks), default=math.inf)


def held_out_loss(model: Trainee, held_out: Sequence[Sized], batch_tokens: int) -> float:
    """The mean negative log probability of a label of the held-out examples."""
    import torch

    model.model.eval()
    order = sorted(range(len(held_out)), key=lambda at: len(held_out[at]))
    total, labels = 0.0, 0
    with torch.inference_mode():
        for batch in portions(held_out, order, batch_tokens):
            items = [held_out[at] for at in batch]
            total += float(model.loss(items))
            labels += sum(item.labels for item in items)
    return total / labels


def _schedule(step: int, steps: int, warmup: float) -> float:
    """The share of the full rate: up in a line, down as a cosine (Loshchilov and Hutter, "SGDR", ICLR 2017)."""
    rising = max(1, round(warmup * steps))
    if step < rising:
        return (step + 1) / rising
    return 0.5 * (1 + math.cos(math.pi * (step - rising) / max(1, steps - rising)))


def _by_prefix(tensors: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What was saved as "prefix/name", by prefix."""
    found: dict[str, dict[str, Any]] = {}
    for key, value in tensors.items():
        prefix, _, name = key.partition("/")
        found.setdefault(prefix, {})[name] = value
    return found
