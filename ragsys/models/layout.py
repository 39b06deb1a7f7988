"""Which files of a model are taken, and what kind of model they make. Knows names, and the JSON among the files.

Taken are safetensors weights, JSON, tokenizers, templates and texts, at the top and in the numbered folders that
sentence-transformers makes. Pickles, archives and code are never taken: reading them can run what is in them.
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Literal

from ragsys.errors import ModelRejectedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["choose", "identity", "is_weights", "kind_of"]

_FOLDER = re.compile(r"\d+_[A-Za-z]\w*")
_WEIGHTS = re.compile(r"model(-\d{5}-of-(?P<shards>\d{5}))?\.safetensors")
_PLAIN = re.compile(
    r"[\w.-]+\.(json|model|jinja)|vocab\.txt|merges\.txt|(README|LICEN[CS]E|NOTICE|USE_POLICY)[\w.-]*?(\.(md|txt))?",
    re.IGNORECASE | re.ASCII,
)
_UNSAFE = re.compile(r".*\.(bin|pt|pth|ckpt|pkl|pickle|h5|msgpack|ot|joblib|npz?)", re.IGNORECASE)
# Weights are expanded to fp32 whatever the file holds, so the most exact of the small ones is the best to fetch.
_GGUF_ORDER = ("q8_0", "q6_k", "q5_k_m", "q4_k_m", "q5_0", "q4_1", "q4_0", "f16", "bf16", "f32")


def choose(paths: Iterable[str], what: str) -> list[str]:
    """The files to take out of those that a repository or a folder holds, in order; `what` is its name.

    Raises:
        ModelRejectedError: there are no weights in a format that cannot run code.
    """
    names = sorted(paths)
    weights = [name for name in names if is_weights(name) and not name.endswith(".gguf")]
    if "model.safetensors" in weights:
        weights = [name for name in weights if "/" in name or name == "model.safetensors"]
    missing = sum({_shards(name) for name in weights}) - sum(_shards(name) > 0 for name in weights)
    if missing:
        raise ModelRejectedError(f"{what} lacks {missing} parts of its weights", hint="fetch the whole of it again")
    if weights:
        return [name for name in names if name in set(weights) or _is_plain(name)]
    gguf = _best_gguf(names)
    if gguf is not None:
        return [name for name in names if name == gguf or (_is_plain(name) and not name.endswith(".json"))]
    raise _no_weights(names, what)


def is_weights(name: str) -> bool:
    """Whether a file that was chosen holds weights: safetensors, or GGUF at the top."""
    folder, _, base = name.rpartition("/")
    if name.endswith(".gguf"):
        return not folder
    return _WEIGHTS.fullmatch(base) is not None and (not folder or _FOLDER.fullmatch(folder) is not None)


def _is_plain(name: str) -> bool:
    folder, _, base = name.rpartition("/")
    return _PLAIN.fullmatch(base) is not None and (not folder or _FOLDER.fullmatch(folder) is not None)


def _shards(name: str) -> int:
    """How many parts the weights have that this is one of; 0 for a file that is whole."""
    match = _WEIGHTS.fullmatch(name)
    return int(match["shards"]) if match and match["shards"] else 0


def _best_gguf(names: list[str]) -> str | None:
    files = [name for name in names if is_weights(name) and "-of-" not in name and "mmproj" not in name.lower()]

    def rank(name: str) -> int:
        return next((at for at, kind in enumerate(_GGUF_ORDER) if kind in name.lower()), len(_GGUF_ORDER))

    return min(files, key=rank, default=None)


def _no_weights(names: list[str], what: str) -> ModelRejectedError:
    if "adapter_model.safetensors" in names:
        return ModelRejectedError(
            f"{what} holds an adapter, not a whole model", hint="merge it into its base model and pull that folder"
        )
    unsafe = next((name for name in names if _UNSAFE.fullmatch(name)), None)
    found = f"its {unsafe} is in a format that can run code when it is read" if unsafe else "and no weights at all"
    return ModelRejectedError(
        f"{what} holds neither model.safetensors nor a whole GGUF file; {found}",
        hint="look for a copy with safetensors (a conversion on the hub may wait under NAME@refs/pr/NUMBER), or "
        "convert it on a machine where that code may run, and pull the folder",
    )


def kind_of(folder: Path, what: str) -> Literal["embedder", "generator", "reranker"]:
    """What the files in `folder` are: a sentence-transformers model, a causal language model, or a cross-encoder.

    Raises:
        ModelRejectedError: neither, or one that needs code of its own, which is never run.
    """
    config = _load(folder / "config.json")
    if _ranks(config):
        return "reranker"
    modules = _load(folder / "modules.json")
    if isinstance(modules, list):
        for module in modules:
            if not isinstance(module, dict) or not str(module.get("type")).startswith("sentence_transformers."):
                raise _needs_code(what)
            if module.get("path") and not _FOLDER.fullmatch(str(module["path"])):
                raise ModelRejectedError(f"modules.json of {what} leads to {module['path']!r}, outside of the model")
        return "embedder"
    named = config.get("architectures") if isinstance(config, dict) else None
    if not isinstance(named, list) or not named:
        raise ModelRejectedError(f"{what} has no modules.json, and no config.json that names an architecture")
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    if named[0] in set(MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.values()):
        return "generator"
    if isinstance(config, dict) and config.get("auto_map"):
        raise _needs_code(what)
    raise ModelRejectedError(
        f"{what} is a {named[0]}: neither a sentence-transformers model (it has no modules.json) nor a causal "
        "language model that transformers knows, nor a cross-encoder with one label",
        hint="choose a repository whose page says sentence-transformers, text generation, or text ranking",
    )


def _ranks(config: object) -> bool:
    """Whether a configuration is a cross-encoder's: a sequence classifier with one label, the relevance."""
    if not isinstance(config, dict) or config.get("auto_map"):
        return False
    labels, named = config.get("id2label"), config.get("architectures")
    classifies = isinstance(named, list) and bool(named) and str(named[0]).endswith("ForSequenceClassification")
    return classifies and isinstance(labels, dict) and len(labels) == 1


def _needs_code(what: str) -> ModelRejectedError:
    return ModelRejectedError(
        f"{what} needs code of its own, which is never run",
        hint="choose a model of a family that transformers and sentence-transformers know by themselves",
    )


def _load(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ModelRejectedError(f"{path.name} cannot be read: {error}") from None


def identity(hashes: Mapping[str, str]) -> str:
    """One hash over the safetensors files among `hashes`, by name: who the weights are."""
    lines = [f"{name} {hashes[name]}" for name in sorted(hashes) if name.endswith(".safetensors")]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
