"""An int8 ONNX copy of a sentence-transformers folder: exported once, measured against the original, or refused.

Beside it lie the pieces of the tokenizer, where it is of the kind that queries can do without loading.

Dynamic quantisation of weights to int8, per channel, with the range reduced to seven bits because processors without
VNNI saturate otherwise. Pooling and normalisation are part of the graph, so running it needs no torch.
"""

from __future__ import annotations

import json
import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ragsys.embed.query_tokenizer import write_pieces
from ragsys.errors import DiskFullError, ModelRejectedError
from ragsys.models.fetch import cannot_write
from ragsys.models.quiet import quiet

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["EXPORT_COPIES", "FILE", "LEAST_COSINE", "LEAST_NDCG", "agreement", "export", "export_bytes"]

FILE = "int8.onnx"
# Accepted where the mean cosine to fp32 is at least this, and nDCG@10 on the probe set falls by at most that much, or
# by no more than chance: two questions whose ranks change are no loss, and which two depends on the processor.
LEAST_COSINE = 0.985
LEAST_NDCG = 0.01
# What an export needs beside the weights, in copies of them in fp32: the graph, and another that is quantised.
EXPORT_COPIES = 2
_OPSET = 17
_Z = 2.58


def export_bytes(folder: Path) -> int:
    """The bytes that `export` needs in `folder` for a while. Raises `ModelRejectedError` for damaged weights."""
    from safetensors import SafetensorError, safe_open

    numbers = 0
    try:
        for path in folder.rglob("*.safetensors"):
            with safe_open(path, "np") as file:
                numbers += sum(math.prod(file.get_slice(name).get_shape()) for name in file.keys())  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise ModelRejectedError(f"the weights cannot be read: {error}") from None
    return EXPORT_COPIES * 4 * numbers


def export(folder: Path) -> dict[str, float]:
    """Write `int8.onnx` beside the weights in `folder` and return how well it agrees.

    Raises:
        ModelRejectedError: the model cannot be exported, or the copy does not agree closely enough; no file is left.
        DiskFullError: it does not fit; no file is left.
    """
    target = folder / FILE
    try:
        with tempfile.TemporaryDirectory(dir=folder) as scratch, quiet():
            full = Path(scratch) / "fp32.onnx"
            _trace(folder, full)
            _quantise(full, target)
            full.unlink()
            figures = agreement(folder)
    except Exception as error:  # noqa: BLE001 - tracer, quantiser and model raise whatever they like
        target.unlink(missing_ok=True)
        full_disk = cannot_write(target, error) if isinstance(error, OSError) else None
        if isinstance(full_disk, DiskFullError):
            raise full_disk from None
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise ModelRejectedError(f"the model cannot be exported: {reason}") from None
    fall = figures["ndcg_fp32"] - figures["ndcg_int8"]
    if not figures["cosine_mean"] >= LEAST_COSINE or fall > max(LEAST_NDCG, figures["ndcg_chance"]):
        target.unlink()
        raise ModelRejectedError(f"the int8 copy does not agree with the original: {figures}")
    write_pieces(folder)
    return figures


def _pooling(modules: list[Any]) -> str:
    """How the token vectors become one. Raises `ValueError` for what the graph below does not do."""
    names = [type(module).__name__ for module in modules]
    if names not in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
        raise ValueError(f"the modules {', '.join(names)} are more than an encoder, pooling and normalisation")
    config = modules[1].get_config_dict()
    modes = config.get("pooling_mode") or [
        key.removeprefix("pooling_mode_").removesuffix("_tokens").removesuffix("_token")
        for key, value in config.items()
        if key.startswith("pooling_mode_") and value is True
    ]
    modes = [modes] if isinstance(modes, str) else list(modes)
    if modes not in (["mean"], ["cls"]):
        raise ValueError("only mean and first-token pooling can be exported")
    return str(modes[0])


def _trace(folder: Path, target: Path) -> None:
    """Export encoder, pooling and normalisation as one graph: ids and mask (n, tokens) to vectors (n, dim)."""
    import torch
    from sentence_transformers import SentenceTransformer

    options = {"attn_implementation": "eager", "dtype": torch.float32}
    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True, model_kwargs=options)
    first = _pooling(list(model)) == "cls"
    encoder = model[0].model.eval()

    class Encoder(torch.nn.Module):
        """Token ids to one normalised vector."""

        def __init__(self) -> None:
            super().__init__()
            self.encoder = encoder

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            states = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            if first:
                pooled = states[:, 0]
            else:
                mask = attention_mask.unsqueeze(-1).to(states.dtype)
                pooled = (states * mask).sum(1) / mask.sum(1).clamp(min=1e-9)
            return torch.nn.functional.normalize(pooled, dim=1)

    ids = torch.arange(32).reshape(2, 16) % encoder.config.vocab_size
    names = {"input_ids": {0: "batch", 1: "tokens"}, "attention_mask": {0: "batch", 1: "tokens"}}
    with torch.no_grad():
        torch.onnx.export(
            Encoder(),
            (ids, torch.ones_like(ids)),
            str(target),
            input_names=list(names),
            output_names=["embedding"],
            dynamic_axes={**names, "embedding": {0: "batch"}},
            opset_version=_OPSET,
            dynamo=False,
        )


def _quantise(full: Path, target: Path) -> None:
    import logging

    from onnxruntime.quantization import QuantType, quantize_dynamic

    logging.getLogger().addFilter(_no_preprocessing_advice)
    try:
        quantize_dynamic(full, target, per_channel=True, reduce_range=True, weight_type=QuantType.QInt8)
    finally:
        logging.getLogger().removeFilter(_no_preprocessing_advice)


def _no_preprocessing_advice(record: object) -> bool:
    """Quantisation advises a step that is of no use here, on the root logger, at every call."""
    return "pre-processing before quantization" not in str(getattr(record, "msg", ""))


def agreement(folder: Path) -> dict[str, float]:
    """Cosine of int8 to fp32 vectors, and nDCG@10 of both, on the probe set (English and Chinese, our own).

    `ndcg_chance` is half the width of the 99 % interval of the paired difference in nDCG@10.
    """
    from ragsys.embed.onnx import OnnxEmbedder
    from ragsys.embed.sentence_transformer import SentenceTransformerEmbedder

    probe = json.loads((Path(__file__).parent / "probe.json").read_text(encoding="utf-8"))
    passages = [text for text, _ in probe["pairs"]] + probe["others"]
    questions = [question for _, question in probe["pairs"]]
    full, small = SentenceTransformerEmbedder(folder), OnnxEmbedder(folder)
    reference, reference_queries = full.embed_passages(passages), full.embed_queries(questions)
    copy, copy_queries = small.embed_passages(passages), small.embed_queries(questions)
    cosine = np.concatenate([(reference * copy).sum(axis=1), (reference_queries * copy_queries).sum(axis=1)])
    ndcg, ndcg_copy = _ndcg(reference_queries, reference), _ndcg(copy_queries, copy)
    chance = _Z * float((ndcg - ndcg_copy).std(ddof=1)) / math.sqrt(len(ndcg))
    return {
        "cosine_mean": round(float(cosine.mean()), 4),
        "cosine_min": round(float(cosine.min()), 4),
        "ndcg_fp32": round(float(ndcg.mean()), 4),
        "ndcg_int8": round(float(ndcg_copy.mean()), 4),
        "ndcg_chance": round(chance, 4),
        "n": len(cosine),
    }


def _ndcg(queries: NDArray[np.float32], passages: NDArray[np.float32]) -> NDArray[np.float64]:
    """nDCG@10 of each query, where passage i is the only relevant one of query i."""
    scores = queries @ passages.T
    own = scores[np.arange(len(queries)), np.arange(len(queries))]
    ranks = (scores > own[:, None]).sum(axis=1) + 1
    found: NDArray[np.float64] = np.where(ranks <= 10, 1 / np.log2(ranks + 1), 0.0)  # noqa: PLR2004 - the 10 of nDCG@10
    return found
