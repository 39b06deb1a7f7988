"""How much memory a model takes and how much this machine has, without loading anything.

An estimate: weights as they are loaded, the keys and values of a full context for a generator, and what the libraries
take before any model. What a model really took is measured by `ragsys models bench`.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ragsys.models.store import LocalModel

__all__ = ["LONGEST_CONTEXT", "machine_memory", "memory_needed"]

LONGEST_CONTEXT = 4096
_SINGLE = 4
# Resident after importing them, measured: torch with transformers, and ONNX Runtime with tokenizers.
_TORCH, _ONNX = 450 << 20, 120 << 20
_TABLES = 15  # bytes in memory for one in tokenizer.json, measured on a vocabulary of 250,002 pieces
_WIDTHS = {"F64": 8, "I64": 8, "F32": 4, "I32": 4, "F16": 2, "BF16": 2, "I8": 1, "U8": 1, "BOOL": 1}


def machine_memory() -> int | None:
    """Bytes that this process may use: the machine's, or its control group's where that is less; None if unknown."""
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        with contextlib.suppress(OSError, ValueError):
            total = min(total, int(Path(limit).read_text(encoding="ascii")))
    return total


def memory_needed(model: LocalModel) -> int | None:
    """Bytes that a model takes while it works on a CPU; None where its files do not say."""
    onnx = model.path / "int8.onnx"
    if model.manifest.kind == "embedder" and onnx.is_file():
        # The file, the weights as the runtime lays them out, and the tokenizer's tables.
        tokenizer = model.path / "tokenizer.json"
        return _ONNX + 2 * onnx.stat().st_size + _TABLES * (tokenizer.stat().st_size if tokenizer.is_file() else 0)
    try:
        weights = sum(
            _elements(path) for path in model.path.rglob("*.safetensors") if path.name != "pieces.safetensors"
        )
        cache = _cache(model.path / "config.json") if model.manifest.kind == "generator" else 0
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return _TORCH + _SINGLE * (weights + cache)


def _elements(path: Path) -> int:
    """The numbers in a safetensors file, by its header."""
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        if size > path.stat().st_size:
            raise ValueError(f"{path} is no safetensors file")
        header = json.loads(file.read(size))
    spans = [(entry["dtype"], entry["data_offsets"]) for name, entry in header.items() if name != "__metadata__"]
    return sum((end - start) // _WIDTHS.get(kind, _SINGLE) for kind, (start, end) in spans)


def _cache(path: Path) -> int:
    """The numbers in the keys and values of a full context."""
    config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    heads = config.get("num_attention_heads") or 1
    size = config.get("head_dim") or config["hidden_size"] // heads
    context = min(config.get("max_position_embeddings") or LONGEST_CONTEXT, LONGEST_CONTEXT)
    return 2 * int(config["num_hidden_layers"]) * int(config.get("num_key_value_heads") or heads) * int(size) * context
