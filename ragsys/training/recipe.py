"""The choices of a training, read from one TOML file, and the names of what they mean."""

from __future__ import annotations

import tomllib
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, get_type_hints

from ragsys.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Recipe", "read_recipe"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an adapter is trained (Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022).

    `rank` and `alpha`: the matrices are W + alpha / rank * B A, on the linear layers named in `targets`. `rate` rises
    over the share `warmup` of the steps and falls to zero as a cosine. A step reads about `step_tokens` tokens, in
    batches of about `batch_tokens`. Every `check_every` steps the loss on held-out examples is looked at; training ends
    early after `patience` looks without an improvement. `precision` is auto, fp32 or bf16.
    """

    rank: int = 16
    alpha: float = 32.0
    dropout: float = 0.05
    targets: tuple[str, ...] = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")
    rate: float = 2e-4
    warmup: float = 0.05
    decay: float = 0.0
    clip: float = 1.0
    epochs: float = 1.0
    step_tokens: int = 8192
    batch_tokens: int = 2048
    longest: int = 1024
    check_every: int = 50
    patience: int = 4
    checkpointing: bool = True
    precision: str = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be."""
        positive = ("rank", "alpha", "rate", "epochs", "step_tokens", "batch_tokens", "longest", "check_every")
        for name in (*positive, "patience"):
            if getattr(self, name) <= 0:
                raise ConfigError(f"{name} cannot be {getattr(self, name)}: it is above zero")
        if self.precision not in {"auto", "fp32", "bf16"}:
            raise ConfigError(f"precision cannot be {self.precision!r}: it is auto, fp32 or bf16")
        if not self.targets:
            raise ConfigError("targets names no layer")

    def as_dict(self) -> dict[str, Any]:
        """The choices by name, for a record."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def read_recipe(path: Path) -> tuple[Recipe, Mapping[str, Any]]:
    """The recipe in the table `training` of a TOML file, and the whole file.

    Raises:
        ConfigError: it cannot be read, or a choice is unknown or cannot be.
    """
    try:
        whole = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"cannot read {path}: {error}") from None
    kinds = get_type_hints(Recipe)
    chosen: dict[str, Any] = {}
    for name, value in whole.get("training", {}).items():
        if name not in {field.name for field in fields(Recipe)}:
            raise ConfigError(f"unknown choice {name!r} in {path}")
        kind = tuple if isinstance(value, list) else kinds[name]
        try:
            chosen[name] = kind(value)
        except (TypeError, ValueError):
            raise ConfigError(f"{name} cannot be {value!r} in {path}") from None
    return Recipe(**chosen), whole
