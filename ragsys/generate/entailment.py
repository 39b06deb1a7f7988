"""The entailment model: a sequence classifier that was trained on natural language inference. Off unless it is named.

After Dagan, Glickman and Magnini, "The PASCAL Recognising Textual Entailment Challenge" (2005); used to check that an
answer follows from what it cites, as in Honovich et al., "TRUE" (NAACL 2022). Knows nothing of citations.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragsys.errors import ModelRejectedError
from ragsys.models.device import pick_device
from ragsys.models.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragsys.config import Settings
    from ragsys.protocols import Entailment

__all__ = ["EntailmentModel", "load_entailment"]

_LONGEST = 512
_AT_ONCE = 16


def load_entailment(settings: Settings) -> Entailment | None:
    """The model in the folder that the setting names, or None where it names none.

    Raises:
        ModelRejectedError: there is no such folder, or no classifier with a label "entailment" in it.
    """
    if not settings.entailment:
        return None
    folder = Path(settings.entailment).expanduser()
    if not folder.is_dir():
        raise ModelRejectedError(
            f"there is no folder {folder} to take an entailment model from",
            hint="name a folder of transformers files in the setting `entailment`, or leave it empty",
        )
    return EntailmentModel(folder, device=pick_device(settings.device), threads=settings.threads)


class EntailmentModel:
    """A sequence classifier on transformers, with labels named entailment and, where it has one, contradiction."""

    def __init__(self, folder: Path, *, device: str = "cpu", threads: int = 0) -> None:
        import torch
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        if threads:
            torch.set_num_threads(threads)
        self._name = folder.name
        try:
            with quiet():
                self._tokenizer: Any = AutoTokenizer.from_pretrained(
                    folder, local_files_only=True, trust_remote_code=False
                )
                model: Any = AutoModelForSequenceClassification.from_pretrained(
                    folder, local_files_only=True, trust_remote_code=False
                )
        except Exception as error:  # noqa: BLE001 - a damaged folder leads to whatever its libraries raise
            reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
            raise ModelRejectedError(f"{self._name} cannot be loaded as an entailment model: {reason}") from None
        labels = {str(label).lower(): int(number) for number, label in model.config.id2label.items()}
        if "entailment" not in labels:
            raise ModelRejectedError(
                f"{self._name} has no label named entailment; it has {', '.join(sorted(labels))}",
                hint="choose a model that was trained on natural language inference (MNLI, XNLI, ANLI)",
            )
        self._entailed, self._contradicted = labels["entailment"], labels.get("contradiction")
        self._model = model.to(device).eval()
        self._device = device
        positions = getattr(model.config, "max_position_embeddings", None) or _LONGEST
        self._limit = min(_LONGEST, int(positions), int(self._tokenizer.model_max_length))

    @property
    def name(self) -> str:
        """The folder's name."""
        return self._name

    def judge(self, pairs: Sequence[tuple[str, str]]) -> list[tuple[float, float]]:
        """Probabilities of entailment and contradiction; without a label for that, what is not entailed is neither."""
        import torch

        found: list[tuple[float, float]] = []
        for start in range(0, len(pairs), _AT_ONCE):
            premises, hypotheses = zip(*pairs[start : start + _AT_ONCE], strict=True)
            inputs = self._tokenizer(
                list(premises), list(hypotheses), padding=True, truncation="only_first", max_length=self._limit,
                return_tensors="pt",
            )  # fmt: skip
            with torch.inference_mode():
                logits = self._model(**inputs.to(self._device)).logits
            other = self._contradicted
            found += [
                (row[self._entailed], 0.0 if other is None else row[other])
                for row in torch.softmax(logits.float(), dim=-1).tolist()
            ]
        return found
