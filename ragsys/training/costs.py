"""What a training will take, before it begins: memory by arithmetic, time by one step on a batch of usual length."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ragsys.models.memory import machine_memory
from ragsys.training.loop import plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragsys.training.batches import Encoded, Sized
    from ragsys.training.loop import Trainee
    from ragsys.training.lora import LowRank
    from ragsys.training.recipe import Recipe

__all__ = ["Estimate", "estimate", "memory_of_training", "time_of"]

_SINGLE = 4
_LIBRARIES = 600 << 20  # torch, transformers and peft
# Per trained number: itself, its gradient, and two moments.
_STATE = 4
# Activations of one layer at a time, in hidden sizes and in feed-forward sizes a token, gradients included.
_HIDDEN, _FEED, _HEADS = 24, 8, 2
_LOGITS = 4  # copies of the logits that there are labels for: as computed, in float32, log softmax, gradient


@dataclass(frozen=True, slots=True)
class Estimate:
    """Steps, tokens, seconds and bytes of a training; whether it fits; what is trained, and in which precision."""

    steps: int
    tokens: int
    seconds: float
    bytes: int
    fits: bool | None
    trained: int
    parameters: int
    precision: str
    device: str


def estimate(model: LowRank, encoded: Sequence[Encoded], recipe: Recipe) -> Estimate:
    """What training on these examples takes; computes one batch forwards and backwards, and changes nothing."""
    steps = plan(encoded, recipe)
    tokens = sum(len(encoded[at]) for step in steps for batch in step for at in batch)
    seconds = time_of(model, encoded, recipe)
    needed = memory_of_training(model, encoded, recipe)
    there = _memory_there(model.device)
    return Estimate(
        steps=len(steps),
        tokens=tokens,
        seconds=seconds,
        bytes=needed,
        fits=None if there is None else needed <= there,
        trained=sum(value.numel() for value in model.trained.values()),
        parameters=sum(value.numel() for value in model.model.parameters()),
        precision=model.precision,
        device=model.device,
    )


def time_of(model: Trainee, encoded: Sequence[Sized], recipe: Recipe) -> float:
    """The seconds of a training, from one batch of usual length, forwards and backwards; nothing is changed."""
    steps = plan(encoded, recipe)
    tokens = sum(len(encoded[at]) for step in steps for batch in step for at in batch)
    batches = sorted((batch for step in steps for batch in step), key=lambda batch: len(encoded[batch[0]]))
    batch = [encoded[at] for at in batches[len(batches) // 2]]
    model.model.train()
    for _ in range(2):  # the first one also makes room and chooses kernels
        began = time.perf_counter()
        model.loss(batch).backward()
        _finish(model.device)
        seconds = time.perf_counter() - began
    model.model.zero_grad(set_to_none=True)
    return seconds * tokens / sum(map(len, batch))


def memory_of_training(model: LowRank, encoded: Sequence[Encoded], recipe: Recipe) -> int:
    """The bytes of a training at its largest, an estimate on the safe side."""
    config: Any = model.model.config
    longest = max(map(len, encoded))
    tokens = max(recipe.batch_tokens, longest)
    batches = [[encoded[at] for at in batch] for step in plan(encoded, recipe) for batch in step]
    labels = max(len(batch) * (1 + max(item.labels for item in batch)) for batch in batches)
    hidden, feed = int(config.hidden_size), int(getattr(config, "intermediate_size", 4 * config.hidden_size))
    layers, heads = int(config.num_hidden_layers), int(config.num_attention_heads)
    one_layer = tokens * (_HIDDEN * hidden + _FEED * feed) + _HEADS * tokens * longest * heads
    activations = one_layer + layers * tokens * hidden if recipe.checkpointing else layers * one_layer
    weights = sum(int(value.numel()) for value in model.model.parameters())
    trained = sum(int(value.numel()) for value in model.trained.values())
    logits = _LOGITS * labels * int(config.vocab_size)
    return _LIBRARIES + _SINGLE * (weights + _STATE * trained + activations + logits)


def _memory_there(device: str) -> int | None:
    if device.startswith("cuda"):
        import torch

        return int(torch.cuda.get_device_properties(device).total_memory)
    return machine_memory()


def _finish(device: str) -> None:
    """Wait until a device has computed what it was asked for."""
    if device.startswith("cuda"):
        import torch

        torch.cuda.synchronize(device)
