"""From a setting to an embedder: which backend runs, and the identity of its vectors."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from ragsys.embed.tokenization import read_shape
from ragsys.errors import ConfigError, ModelRejectedError, RagsysError
from ragsys.models.device import pick_device
from ragsys.models.layout import kind_of
from ragsys.models.quiet import quiet
from ragsys.models.store import resolve
from ragsys.types import Space

if TYPE_CHECKING:
    from ragsys.config import Settings
    from ragsys.models.store import LocalModel
    from ragsys.protocols import Embedder

__all__ = ["load_embedder"]


def load_embedder(settings: Settings) -> Embedder:
    """The configured embedder, on ONNX Runtime where an accepted int8 copy exists and the device is a CPU.

    Raises:
        ModelMissingError, ModelUnknownError, ModelHashError: as `ragsys.models.resolve`.
        ConfigError: an unknown backend or device, or `onnx` for a model without an accepted copy.
        ModelRejectedError: the model is no embedder, or cannot be loaded.
    """
    if settings.embed_backend not in {"auto", "onnx", "torch"}:
        raise ConfigError(f"embed_backend cannot be {settings.embed_backend!r}: it is auto, onnx or torch")
    model = resolve(settings.embedder, Path(settings.models_dir))
    accepted = "int8.onnx" in model.manifest.files  # a file of that name in a folder of the user's own was not checked
    if settings.embed_backend == "onnx" and not accepted:
        raise ConfigError(f"{model.name} has no accepted int8 copy", hint="set embed_backend to torch")
    on_cpu = settings.device in {"auto", "cpu"}
    if settings.embed_backend == "onnx" or (settings.embed_backend == "auto" and accepted and on_cpu):
        from ragsys.embed.onnx import OnnxEmbedder

        return OnnxEmbedder(model.path, _space(model, "int8"), settings.threads)
    device = pick_device(settings.device)
    if model.manifest.kind != "embedder" and _makes_text(model):
        raise ModelRejectedError(
            f"{model.name} is a generator, not an embedder", hint="run `ragsys models list` to see which are embedders"
        )
    from ragsys.embed.sentence_transformer import SentenceTransformerEmbedder

    try:
        with quiet():
            return SentenceTransformerEmbedder(
                model.path, _space(model, "fp32"), device=device, threads=settings.threads
            )
    except RagsysError:
        raise
    except Exception as error:  # noqa: BLE001 - a damaged folder leads to whatever its libraries raise
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise ModelRejectedError(f"{model.name} cannot be loaded: {reason}") from None


def _makes_text(model: LocalModel) -> bool:
    """Whether a model is a causal language model; a plain encoder is neither that nor a sentence-transformers one."""
    try:
        return kind_of(model.path, model.name) == "generator"
    except ModelRejectedError:
        return False


def _space(model: LocalModel, precision: str) -> Space:
    """The identity of a model's vectors: not of the copy's bytes, which differ from one export to the next."""
    shape = read_shape(model.path)
    identity = (
        model.manifest.weights_sha256,
        precision,
        shape.pooling,
        shape.query_prefix,
        shape.passage_prefix,
        str(shape.max_length),
        "l2",
    )
    return Space(model.name, hashlib.sha256("\0".join(identity).encode()).hexdigest(), shape.dim)
