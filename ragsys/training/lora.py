"""A causal language model with low-rank matrices beside its own, of which only those are trained (peft).

Owns how such a model is made, what a batch costs it, and the names of its tensors. Knows nothing of schedules.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from ragsys.errors import ConfigError, ExtraMissingError, GenerationError
from ragsys.models.quiet import quiet
from ragsys.training.batches import pad

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ragsys.training.batches import Encoded
    from ragsys.training.recipe import Recipe

__all__ = ["LowRank", "precision_of"]


class LowRank:
    """The model in `folder` with fresh low-rank matrices, of which B is zero: it starts as the base model.

    Raises:
        ExtraMissingError: peft is not installed.
        GenerationError: the folder cannot be loaded.
        ConfigError: no layer has one of the names in `Recipe.targets`.
    """

    def __init__(self, folder: Path, recipe: Recipe, *, device: str) -> None:
        import torch
        from transformers import AutoModelForCausalLM

        try:
            from peft import LoraConfig, get_peft_model
        except ImportError:
            raise ExtraMissingError(
                "training needs peft, which is not installed", hint="run `pip install 'ragsys[train]'`"
            ) from None
        self.device = device
        self.precision = precision_of(recipe.precision, device)
        try:
            with quiet():
                base = AutoModelForCausalLM.from_pretrained(
                    folder, dtype=torch.float32, local_files_only=True, trust_remote_code=False
                )
        except Exception as error:  # noqa: BLE001 - a damaged folder leads to whatever its libraries raise
            reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
            raise GenerationError(f"{folder.name} cannot be loaded: {reason}") from None
        config = LoraConfig(
            r=recipe.rank,
            lora_alpha=recipe.alpha,
            lora_dropout=recipe.dropout,
            target_modules=list(recipe.targets),
            bias="none",
            task_type="CAUSAL_LM",
        )
        torch.manual_seed(recipe.seed)
        try:
            self.model: Any = get_peft_model(base, config)
        except ValueError as error:
            raise ConfigError(f"nothing to train: {next(iter(str(error).splitlines()))}") from None
        if recipe.checkpointing and base.supports_gradient_checkpointing:
            with quiet():  # the method is about to be called something else
                base.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        self.model.config.use_cache = False
        self.model.to(device)

    @property
    def trained(self) -> dict[str, Any]:
        """The parameters that are trained, by name."""
        return {name: value for name, value in self.model.named_parameters() if value.requires_grad}

    def loss(self, items: Sequence[Encoded]) -> Any:
        """The summed negative log probability of the labels of some examples; logits are made for those tokens only."""
        import torch

        batch = pad(items, self.device)
        with self._cast():
            logits = self.model(
                input_ids=batch.ids,
                attention_mask=batch.mask,
                position_ids=batch.positions,
                use_cache=False,
                logits_to_keep=batch.last + 1,
            ).logits
        logits = logits[:, -batch.last - 1 : -1].float()
        return torch.nn.functional.cross_entropy(logits.flatten(0, 1), batch.labels.flatten(), reduction="sum")

    def generate(self, prompt: list[int], ends: set[int], most: int) -> list[int]:
        """The most probable continuation of a prompt, for measuring; its end is not in it."""
        import torch

        with torch.inference_mode(), self._cast():
            ids = torch.tensor([prompt], device=self.device)
            out = self.model.generate(
                input_ids=ids,
                attention_mask=torch.ones_like(ids),
                max_new_tokens=most,
                do_sample=False,
                use_cache=True,
                eos_token_id=sorted(ends),
                pad_token_id=min(ends),
            )
        return [token for token in out[0, len(prompt) :].tolist() if token not in ends]

    def restore(self, tensors: Mapping[str, Any]) -> None:
        """Set trained parameters by their names."""
        import torch

        own = self.trained
        with torch.no_grad():
            for name, value in own.items():
                value.copy_(tensors[name])

    def adapter(self, tensors: Mapping[str, Any]) -> dict[str, Any]:
        """Trained parameters by the names that peft's files have."""
        return {name.replace(".default.", "."): value for name, value in tensors.items()}

    def settings(self) -> dict[str, Any]:
        """The content of peft's adapter_config.json, without the path of the base model."""
        config = self.model.peft_config["default"].to_dict()
        plain = {name: sorted(value) if isinstance(value, set) else value for name, value in config.items()}
        plain |= {"base_model_name_or_path": None, "inference_mode": True}
        return {
            name: getattr(value, "value", value)
            for name, value in plain.items()
            if isinstance(value, str | int | float | bool | list | type(None)) or hasattr(value, "value")
        }

    def _cast(self) -> AbstractContextManager[Any]:
        import torch

        if self.precision == "fp32":
            return nullcontext()
        return torch.autocast(self.device.partition(":")[0], dtype=torch.bfloat16)


def precision_of(wanted: str, device: str) -> str:
    """fp32 or bf16: for "auto", bf16 where the device computes in it by itself."""
    if wanted != "auto":
        return wanted
    import torch

    if device.startswith("cuda"):
        return "bf16" if torch.cuda.is_bf16_supported() else "fp32"
    if device != "cpu":
        return "fp32"
    # Without these units bf16 is emulated, and slower than fp32.
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return "bf16" if supported is not None and supported() else "fp32"
