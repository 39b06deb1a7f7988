"""Examples as token ids, in batches of like lengths. Knows nothing of models or of what the texts say."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragsys.generate.encoding import PromptEncoder
    from ragsys.training.examples import Example

__all__ = ["Encoded", "Padded", "Sized", "encode", "epoch_of", "pad", "portions"]

_IGNORED = -100  # what torch's cross entropy leaves out


@dataclass(frozen=True, slots=True)
class Encoded:
    """The ids of a prompt and of what should follow it, its end included."""

    prompt: tuple[int, ...]
    target: tuple[int, ...]

    def __len__(self) -> int:
        """The number of tokens."""
        return len(self.prompt) + len(self.target)

    @property
    def labels(self) -> int:
        """How much it counts in a loss."""
        return len(self.target)


class Sized(Protocol):
    """An example as the loop sees it: how long it is, and how much it counts in a loss."""

    def __len__(self) -> int:
        """The number of tokens."""
        ...

    @property
    def labels(self) -> int:
        """How much it counts in a loss."""
        ...


@dataclass(frozen=True, slots=True)
class Padded:
    """A batch, padded on the left: ids, mask and positions (n, tokens), and labels (n, `last`) of the last tokens.

    Only the last tokens have labels, so that logits, the largest thing in a small model, are computed for those alone.
    """

    ids: Any
    mask: Any
    positions: Any
    labels: Any
    last: int


def encode(examples: Sequence[Example], encoder: PromptEncoder, end: int, longest: int) -> tuple[list[Encoded], int]:
    """The examples that have at most `longest` tokens, and how many have more; `end` is the token that ends a text.

    A base model goes on after the label with a space, a chat model begins anew (`composer`, `drafting.weigh`).
    """
    kept, dropped = [], 0
    for example in examples:
        prompt = encoder.encode(example.prompt)
        target = encoder.continuation(encoder.lead + encoder.plain(example.target))
        if len(prompt) + len(target) + 1 > longest:
            dropped += 1
        else:
            kept.append(Encoded(tuple(prompt), (*target, end)))
    return kept, dropped


def epoch_of(encoded: Sequence[Sized], *, batch_tokens: int, step_tokens: int, seed: int) -> list[list[list[int]]]:
    """One pass over the examples: steps of batches of positions in `encoded`.

    Batches are of like lengths (little is padding) and steps of batches drawn at random. The same seed gives the same
    order.
    """
    draw = random.Random(seed)  # noqa: S311 - an order, not a secret
    order = list(range(len(encoded)))
    draw.shuffle(order)
    order.sort(key=lambda at: len(encoded[at]))  # stable: equals stay shuffled
    batches = portions(encoded, order, batch_tokens)
    draw.shuffle(batches)
    steps: list[list[list[int]]] = [[]]
    size = 0
    for batch in batches:
        tokens = sum(len(encoded[at]) for at in batch)
        if steps[-1] and size + tokens > step_tokens:
            steps.append([])
            size = 0
        steps[-1].append(batch)
        size += tokens
    return [step for step in steps if step]


def portions(encoded: Sequence[Sized], order: Sequence[int], batch_tokens: int) -> list[list[int]]:
    """Batches in the given order of at most `batch_tokens` tokens each, padding included; at least one example."""
    batches: list[list[int]] = []
    widest = 0
    for at in order:
        widest = max(widest, len(encoded[at]))
        if not batches or widest * (len(batches[-1]) + 1) > batch_tokens:
            batches.append([])
            widest = len(encoded[at])
        batches[-1].append(at)
    return batches


def pad(batch: Sequence[Encoded], device: str) -> Padded:
    """The tensors of a batch."""
    import torch

    width, last = max(map(len, batch)), max(len(item.target) for item in batch)
    ids = torch.zeros((len(batch), width), dtype=torch.long)
    mask = torch.zeros((len(batch), width), dtype=torch.long)
    labels = torch.full((len(batch), last), _IGNORED, dtype=torch.long)
    for row, item in enumerate(batch):
        ids[row, width - len(item) :] = torch.tensor((*item.prompt, *item.target))
        mask[row, width - len(item) :] = 1
        labels[row, last - len(item.target) :] = torch.tensor(item.target)
    positions = (mask.cumsum(1) - 1).clamp(min=0)
    return Padded(ids.to(device), mask.to(device), positions.to(device), labels.to(device), last)
