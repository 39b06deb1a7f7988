"""The cross-encoder: query and passage read together, for the best candidates only. Never on unless it was asked for.

After Nogueira and Cho, "Passage Re-ranking with BERT" (2019). A passage that is longer than the model reads is scored
by its best window (MaxP, Dai and Callan, "Deeper Text Understanding for IR with Contextual Neural Language Modeling",
SIGIR 2019): nothing is cut silently.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ragsys.errors import ModelRejectedError, QueryError
from ragsys.models import resolve
from ragsys.models.device import pick_device
from ragsys.models.layout import kind_of
from ragsys.models.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from ragsys.config import Settings
    from ragsys.protocols import Reranker

__all__ = ["CrossEncoderReranker", "load_reranker"]

# Some read more; attention grows with the square, and passages are shorter.
_LONGEST = 512
# A pair has special tokens at its ends and between its halves: four at most in the families that there are.
_SPECIAL = 4
_LEAST_WINDOW = 16


def load_reranker(settings: Settings) -> Reranker:
    """The configured cross-encoder, a hub id or a folder.

    Raises:
        ModelMissingError, ModelUnknownError, ModelHashError: as `ragsys.models.resolve`.
        ModelRejectedError: the model is something else, or cannot be loaded.
    """
    model = resolve(settings.reranker, Path(settings.models_dir))
    # Sentence-transformers would give anything else a head of random weights.
    if (kind := kind_of(model.path, model.name)) != "reranker":
        raise ModelRejectedError(
            f"{model.name} is a model of another kind ({kind}); a reranker is a cross-encoder with one label",
            hint="choose a cross-encoder that was trained for ranking, such as one of the ms-marco family",
        )
    return CrossEncoderReranker(model.path, model.name, device=pick_device(settings.device), threads=settings.threads)


class CrossEncoderReranker:
    """A sequence classifier with one label, through sentence-transformers."""

    def __init__(self, folder: Path, name: str, *, device: str = "cpu", threads: int = 0) -> None:
        import torch
        from sentence_transformers import CrossEncoder

        if threads:
            torch.set_num_threads(threads)
        try:
            with quiet():
                self._model: Any = CrossEncoder(
                    str(folder), device=device, local_files_only=True, trust_remote_code=False
                )
        except Exception as error:  # noqa: BLE001 - a damaged folder leads to whatever its libraries raise
            reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
            raise ModelRejectedError(f"{name} cannot be loaded as a cross-encoder: {reason}") from None
        self._name = name
        self._tokenizer: Any = self._model.tokenizer
        positions = getattr(self._model.config, "max_position_embeddings", None) or _LONGEST
        self._limit = min(_LONGEST, int(positions), int(self._tokenizer.model_max_length))

    @property
    def name(self) -> str:
        """The model's name."""
        return self._name

    def scores(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """The relevance of each text, shape (n,); of a text that is too long, that of its best window."""
        room = self._limit - _SPECIAL - len(self._tokenizer(query, add_special_tokens=False)["input_ids"])
        if room < _LEAST_WINDOW:
            raise QueryError(
                f"the query leaves no room for a passage in the {self._limit} tokens that {self._name} reads"
            )
        windows, owners = [], []
        for owner, text in enumerate(texts):
            for window in self._windows(text, room):
                windows.append((query, window))
                owners.append(owner)
        best = np.full(len(texts), -np.inf, dtype=np.float32)
        if windows:
            found = self._model.predict(windows, show_progress_bar=False)
            np.maximum.at(best, owners, np.asarray(found, dtype=np.float32).reshape(-1))
        return best

    def _windows(self, text: str, room: int) -> list[str]:
        """The text in pieces of at most `room` tokens, each beginning in the middle of the one before it."""
        offsets = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
        if len(offsets) <= room:
            return [text]
        step = max(room // 2, 1)
        starts = range(0, len(offsets) - room + step, step)
        return [text[offsets[at][0] : offsets[min(at + room, len(offsets)) - 1][1]] for at in starts]
