"""A base model and its adapter made into one model, once: W + scale * B A for each matrix, in float32.

The result lies in the model folder like a model that was pulled, with a manifest that names both origins, and is loaded
like one. It is made beside its place and renamed when it is whole.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ragsys.errors import AdapterError, ModelHashError
from ragsys.models.adapter import WEIGHTS
from ragsys.models.fetch import cannot_write, require_space
from ragsys.models.placing import hashes_of, swap, write_manifest
from ragsys.models.store import DOWNLOADS, MANIFEST, Manifest, folder_name, read_manifest, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ragsys.models.adapter import Adapter, LowRankPair
    from ragsys.models.store import LocalModel

__all__ = ["merged", "merged_identity"]

_SMALL = 64 << 20  # what a model's other files take, and more


def merged_identity(adapter: Adapter) -> str:
    """Who the merged weights are: the base model's with this adapter."""
    return hashlib.sha256(f"{adapter.base_sha256} + {adapter.digest}".encode()).hexdigest()


def merged(base: LocalModel, adapter: Adapter, models_dir: Path) -> LocalModel:
    """The base model with its adapter, made now unless it is here already.

    Raises:
        AdapterBaseError: the adapter was trained for other weights.
        AdapterError: it fits no tensor of the model, or does more than can be merged.
        DiskFullError, ModelError: there is no room for it, or the model folder cannot be written to.
    """
    from filelock import FileLock

    adapter.check_base(base)
    name = adapter.model_name
    place = models_dir / folder_name(name)
    with FileLock(models_dir / f"{place.name}.lock"):
        if _is_whole(place, adapter):
            try:
                return resolve(name, models_dir)
            except ModelHashError:
                pass  # damaged since: it is made again
        building = models_dir / DOWNLOADS / f"{place.name}.building"
        shutil.rmtree(building, ignore_errors=True)
        try:
            building.mkdir(parents=True)
            _make(base, adapter, building)
            write_manifest(building, _manifest(base, adapter, building))
            swap(building, place)
        except OSError as error:
            raise cannot_write(place, error) from None
        finally:
            shutil.rmtree(building, ignore_errors=True)
    return resolve(name, models_dir)


def _is_whole(place: Path, adapter: Adapter) -> bool:
    if not (place / MANIFEST).is_file():
        return False
    try:
        return read_manifest(place).weights_sha256 == merged_identity(adapter)
    except ModelHashError:
        return False


def _make(base: LocalModel, adapter: Adapter, building: Path) -> None:
    """Write the merged model's files into `building`, shard by shard."""
    pairs = adapter.pairs()
    shards = sorted(base.path.glob("*.safetensors"))
    require_space(building, sum(p.stat().st_size for p in shards) + _SMALL, f"{base.name} with its adapter")
    for path in sorted(base.path.iterdir()):
        if path.is_file() and path.suffix != ".safetensors" and path.name != MANIFEST:
            shutil.copyfile(path, building / path.name)
    left = set(pairs)
    for shard in shards:
        left -= _merge_shard(shard, adapter, pairs, building / shard.name)
    if left:
        raise AdapterError(f"{base.name} has no tensor {min(left)}, which the adapter {adapter.name} changes")


def _merge_shard(shard: Path, adapter: Adapter, pairs: Mapping[str, LowRankPair], target: Path) -> set[str]:
    """Write one file of weights with what is added to them; the names of the tensors that were changed."""
    from safetensors import safe_open
    from safetensors.torch import save_file

    tensors: dict[str, Any] = {}
    changed = set()
    with safe_open(shard, "pt") as file, safe_open(adapter.path / WEIGHTS, "pt") as low:
        for name in list(file.keys()):
            tensors[name] = file.get_tensor(name)
            if name not in pairs:
                continue
            pair, weight = pairs[name], tensors[name]
            down, up = low.get_tensor(pair.down).float(), low.get_tensor(pair.up).float()
            if (up.shape[0], down.shape[1]) != tuple(weight.shape) or up.shape[1] != down.shape[0]:
                raise AdapterError(f"what the adapter {adapter.name} adds to {name} does not have its shape")
            tensors[name] = (weight.float() + pair.scale * (up @ down)).to(weight.dtype)
            changed.add(name)
        save_file(tensors, target, metadata={"format": "pt"})
    return changed


def _manifest(base: LocalModel, adapter: Adapter, building: Path) -> Manifest:
    origin = (*base.manifest.origin, f"adapter {adapter.name} {adapter.digest}")
    metrics = adapter.card.get("metrics")
    lineage = {
        "base": base.name,
        "base_sha256": adapter.base_sha256,
        "adapter": adapter.name,
        "adapter_sha256": adapter.digest,
        "profile": adapter.profile,
        "metrics": metrics if isinstance(metrics, dict) else {},
    }
    return replace(
        base.manifest,
        name=adapter.model_name,
        licence=f"{base.manifest.licence}; adapter {adapter.licence}",
        weights_sha256=merged_identity(adapter),
        origin=origin,
        files=hashes_of(building),
        lineage=lineage,
    )
