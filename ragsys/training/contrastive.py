"""An embedder that is trained to tell the passage that belongs to a query from all others in its batch.

InfoNCE with in-batch and hard negatives (van den Oord, Li and Vinyals, "Representation Learning with Contrastive
Predictive Coding", 2018; Karpukhin et al., "Dense Passage Retrieval", EMNLP 2020). The table of words, most of a small
multilingual model, stays as it is: a user's documents hold too few of its rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ragsys.embed.tokenization import read_shape
from ragsys.errors import ConfigError
from ragsys.models.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ragsys.training.pairs import Pair

__all__ = ["Contrastive", "Learnt", "learn_from"]


@dataclass(frozen=True, slots=True)
class Learnt:
    """A pair as the training loop sees it."""

    query: str
    passage: str
    others: tuple[str, ...]
    size: int

    def __len__(self) -> int:
        """About the number of tokens."""
        return self.size

    @property
    def labels(self) -> int:
        """Each query counts once."""
        return 1


class Contrastive:
    """The sentence-transformers model in `folder`; `temperature` divides cosines before the softmax."""

    def __init__(self, folder: Path, *, device: str, longest: int, temperature: float, seed: int = 0) -> None:
        import torch
        from sentence_transformers import SentenceTransformer

        if not temperature > 0:
            raise ConfigError(f"the temperature cannot be {temperature}: it is above zero")
        torch.manual_seed(seed)
        self.device = device
        with quiet():
            self.model: Any = SentenceTransformer(
                str(folder), device=device, local_files_only=True, model_kwargs={"dtype": torch.float32}
            )
        self._shape = read_shape(folder)
        self.model.max_seq_length = min(longest, self._shape.max_length)
        self._temperature = temperature
        self.encoder: Any = self.model[0].model
        self.encoder.get_input_embeddings().weight.requires_grad = False
        for name, value in self.encoder.named_parameters():
            if name.startswith("pooler."):  # made anew where a folder has none, and of no use here
                value.requires_grad = False

    @property
    def trained(self) -> dict[str, Any]:
        """The parameters that are trained, by name."""
        return {name: value for name, value in self.model.named_parameters() if value.requires_grad}

    def restore(self, tensors: Mapping[str, Any]) -> None:
        """Set trained parameters by their names."""
        import torch

        with torch.no_grad():
            for name, value in self.trained.items():
                value.copy_(tensors[name])

    def loss(self, items: Sequence[Learnt]) -> Any:
        """The summed cross entropy of each query with its passage among all passages of the batch."""
        import torch

        passages = [item.passage for item in items]
        others = [text for item in items for text in item.others]
        queries = self._vectors([item.query for item in items], self._shape.query_prefix)
        texts = [*passages, *others]
        scores = queries @ self._vectors(texts, self._shape.passage_prefix).T / self._temperature
        # The same passage, or one that belongs to the same query, is no wrong answer.
        same = [
            [at != row and (text == passages[row] or (at < len(items) and items[at].query == item.query))
             for at, text in enumerate(texts)]
            for row, item in enumerate(items)
        ]  # fmt: skip
        scores = scores.masked_fill(torch.tensor(same, device=scores.device), -torch.inf)
        labels = torch.arange(len(items), device=scores.device)
        return torch.nn.functional.cross_entropy(scores, labels, reduction="sum")

    def _vectors(self, texts: Sequence[str], prefix: str) -> Any:
        """Normalised vectors with a gradient; what is longer than the training reads is cut, here only."""
        import torch

        read = getattr(self.model, "preprocess", None) or self.model.tokenize  # its name before release 6
        features = read([prefix + text for text in texts])
        features = {name: value.to(self.device) for name, value in features.items() if hasattr(value, "to")}
        return torch.nn.functional.normalize(self.model(features)["sentence_embedding"], dim=1)


def learn_from(pairs: Sequence[Pair], count_tokens: Any, longest: int) -> list[Learnt]:
    """The pairs with their sizes in tokens, as `Embedder.count_tokens` counts them."""
    sizes = []
    for pair in pairs:
        counted = count_tokens([pair.query, pair.passage, *pair.others])
        sizes.append(sum(min(longest, size) for size in counted))
    return [Learnt(p.query, p.passage, p.others, size) for p, size in zip(pairs, sizes, strict=True)]
