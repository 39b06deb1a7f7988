"""What a training that was killed goes on from: the trained weights, the optimiser's state, and how far it was.

Safetensors and JSON. A checkpoint is a folder that is renamed when it is whole; the one before it goes afterwards.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ragsys.errors import ModelError
from ragsys.models.fetch import cannot_write

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Checkpoint", "load_checkpoint", "save_checkpoint"]

_LATEST, _STATE, _TENSORS = "latest", "state.json", "state.safetensors"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Tensors by name, and `progress`: JSON values that the training wrote and reads again."""

    tensors: Mapping[str, Any]
    progress: Mapping[str, Any]


def save_checkpoint(folder: Path, tensors: Mapping[str, Any], progress: Mapping[str, Any]) -> None:
    """Write a checkpoint below `folder`. Raises `DiskFullError` or `ModelError`; the one before it is still there."""
    from safetensors.torch import save_file

    building, place, old = folder / "writing", folder / _LATEST, folder / "before"
    try:
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True)
        save_file({name: value.detach().cpu().contiguous() for name, value in tensors.items()}, building / _TENSORS)
        (building / _STATE).write_text(json.dumps(progress), encoding="utf-8")
        shutil.rmtree(old, ignore_errors=True)
        if place.exists():
            place.rename(old)
        building.rename(place)
    except OSError as error:
        raise cannot_write(place, error) from None
    shutil.rmtree(old, ignore_errors=True)


def load_checkpoint(folder: Path, identity: str) -> Checkpoint | None:
    """The last checkpoint below `folder`, or None where there is none.

    `identity` stands for everything that the training depends on.

    Raises:
        ModelError: it is of another training, or cannot be read.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    # Killed between two renames: the one before is whole.
    place = next((folder / name for name in (_LATEST, "before") if (folder / name / _STATE).is_file()), None)
    if place is None:
        return None
    try:
        progress = json.loads((place / _STATE).read_text(encoding="utf-8"))
        tensors = load_file(place / _TENSORS)
    except (OSError, ValueError, SafetensorError) as error:
        raise ModelError(f"{place} cannot be read: {error}", hint="remove the folder to begin anew") from None
    if progress.get("identity") != identity:
        raise ModelError(
            f"{place} is of another training: the data, the recipe or the model is not the same",
            hint="name another folder, or remove this one to begin anew",
        )
    return Checkpoint(tensors, progress)
