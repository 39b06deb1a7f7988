"""Adapters: low-rank matrices for one model, checked by hash before anything is made of them.

A folder of three files: adapter_model.safetensors and adapter_config.json are peft's, so that others can use them, and
adapter.json is ours: the hash of each of the two, the weights and the profile of prompts that it was trained for, and
how it came about. Nothing is unpickled and no code of a folder is run.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ragsys.errors import AdapterBaseError, AdapterError, ModelError
from ragsys.models.fetch import hash_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ragsys.models.store import LocalModel

__all__ = ["CARD", "CONFIG", "FORMAT", "WEIGHTS", "Adapter", "LowRankPair", "read_adapter"]

CARD = "adapter.json"
CONFIG = "adapter_config.json"
WEIGHTS = "adapter_model.safetensors"
FORMAT = 1
_KEY = re.compile(r"base_model\.model\.(?P<layer>[\w.]+)\.lora_(?P<side>[AB])\.weight")
# What peft can do beyond W + scale * B A, and what each has to be for it not to.
_PLAIN: Mapping[str, tuple[object, ...]] = {
    "peft_type": ("LORA",),
    "bias": ("none", None),
    "use_dora": (False, None),
    "fan_in_fan_out": (False, None),
    "modules_to_save": (None, []),
    "rank_pattern": ({}, None),
    "alpha_pattern": ({}, None),
    "lora_bias": (False, None),
    "layer_replication": (None, []),
    "trainable_token_indices": (None, [], {}),
    "target_parameters": (None, []),
}
_DIGITS = 8


@dataclass(frozen=True, slots=True)
class LowRankPair:
    """What is added to one matrix: `scale` * up @ down, as names of tensors in the adapter's file."""

    down: str
    up: str
    scale: float


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter whose files are what its card says.

    `digest` is the SHA-256 of the card, which names those of the other files. `base` and `base_sha256` name the model
    that it was trained for. `card` is all that is written of it: data, script, seed, metrics, licence, limits.
    """

    path: Path
    digest: str
    name: str
    base: str
    base_sha256: str
    profile: str
    licence: str
    card: Mapping[str, Any] = field(repr=False)

    @property
    def model_name(self) -> str:
        """What a base model with this adapter is called: its base, the profile, and the adapter's first digits."""
        base = self.base.rstrip("/").rpartition("/")[2]
        return f"{base}+{self.profile.replace('/', '-')}.{self.digest[:_DIGITS]}"

    def check_base(self, model: LocalModel) -> None:
        """Raise `AdapterBaseError` unless it was trained for these weights."""
        if model.manifest.weights_sha256 != self.base_sha256:
            raise AdapterBaseError(
                f"the adapter {self.name} was trained for {self.base} with weights {self.base_sha256[:12]}, "
                f"and {model.name} has {model.manifest.weights_sha256[:12]}"
            )

    def pairs(self) -> dict[str, LowRankPair]:
        """What is added to which tensor of the base model, by the tensor's name.

        Raises:
            AdapterError: it does more than adding low-rank matrices to linear layers, or is incomplete.
        """
        config = _json(self.path / CONFIG)
        for name, allowed in _PLAIN.items():
            if config.get(name, allowed[0]) not in allowed:
                raise AdapterError(f"{self.path / CONFIG} asks for {name} = {config[name]!r}, which is not applied")
        try:
            rank, alpha = int(config["r"]), float(config["lora_alpha"])
        except (KeyError, TypeError, ValueError):
            raise AdapterError(f"{self.path / CONFIG} does not say its rank and scale") from None
        if rank < 1:
            raise AdapterError(f"{self.path / CONFIG} has the rank {rank}")
        scale = alpha / rank**0.5 if config.get("use_rslora") else alpha / rank
        sides: dict[str, dict[str, str]] = {}
        for key in _tensor_names(self.path / WEIGHTS):
            match = _KEY.fullmatch(key)
            if match is None:
                raise AdapterError(f"{self.path / WEIGHTS} holds {key!r}, which is no low-rank matrix")
            sides.setdefault(f"{match['layer']}.weight", {})[match["side"]] = key
        if not sides or any(len(found) != 2 for found in sides.values()):  # noqa: PLR2004 - A and B
            raise AdapterError(f"{self.path / WEIGHTS} does not hold both matrices of each layer")
        return {name: LowRankPair(found["A"], found["B"], scale) for name, found in sides.items()}


def read_adapter(folder: Path, digest: str | None = None) -> Adapter:
    """The adapter in a folder; with `digest`, only if its card has that SHA-256.

    Raises:
        AdapterError: no adapter, or a file that is not what the card says.
    """
    try:
        data = (folder / CARD).read_bytes()
    except OSError as error:
        raise AdapterError(
            f"{folder} holds no adapter: {CARD}: {error.strerror}",
            hint="name a folder that `ragsys tune generator` wrote, or set adapter to auto or none",
        ) from None
    found = hashlib.sha256(data).hexdigest()
    if digest is not None and found != digest:
        raise AdapterError(f"{folder / CARD} does not have its pinned SHA-256")
    card = _json(folder / CARD)
    try:
        adapter = Adapter(
            path=folder,
            digest=found,
            name=str(card["name"]),
            base=str(card["base"]["name"]),
            base_sha256=str(card["base"]["weights_sha256"]),
            profile=str(card["profile"]),
            licence=str(card["licence"]),
            card=card,
        )
        files = {CONFIG: str(card["files"][CONFIG]), WEIGHTS: str(card["files"][WEIGHTS])}
        number = int(card["format"])
    except (KeyError, TypeError, ValueError) as error:
        raise AdapterError(f"{folder / CARD} lacks or misuses {error}") from None
    if number != FORMAT:
        raise AdapterError(f"{folder / CARD} has format {number}, and this version reads {FORMAT}")
    for name, expected in files.items():
        try:
            right = hash_of(folder / name) == expected
        except ModelError as error:
            raise AdapterError(error.message) from None
        if not right:
            raise AdapterError(f"{folder / name} is not the file that its card names")
    return adapter


def _tensor_names(path: Path) -> list[str]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np") as file:
            return list(file.keys())
    except (OSError, SafetensorError) as error:
        raise AdapterError(f"{path} cannot be read: {error}") from None


def _json(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AdapterError(f"{path} cannot be read: {error}") from None
    if not isinstance(value, dict):
        raise AdapterError(f"{path} is no JSON object")
    return value
