"""Whether a folder that was brought here can be loaded at all, found out at the pull and not at the first question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragsys.errors import ModelRejectedError, RagsysError
from ragsys.models.quiet import quiet

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["complete_tokenizer", "embedder_loads", "tokenizer_loads"]


def tokenizer_loads(folder: Path, name: str) -> None:
    """Raise `ModelRejectedError` if the tokenizer cannot be loaded without code of its own."""
    from transformers import AutoTokenizer

    try:
        with quiet():
            AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # noqa: BLE001 - whatever files of unknown making lead to, the model is of no use
        raise ModelRejectedError(f"the tokenizer of {name} cannot be loaded: {_first_line(error)}") from None


def complete_tokenizer(folder: Path, name: str) -> None:
    """Write `tokenizer.json` where a model has only the older files. Raises `ModelRejectedError` if that cannot be."""
    if (folder / "tokenizer.json").is_file():
        return
    from transformers import AutoTokenizer

    try:
        with quiet():
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
            tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    except Exception as error:  # noqa: BLE001 - as above
        raise ModelRejectedError(
            f"{name} has no tokenizer.json and none can be made: {_first_line(error)}",
            hint="save its tokenizer with a recent transformers, which writes tokenizer.json, and pull that folder",
        ) from None


def embedder_loads(folder: Path, name: str) -> None:
    """Raise `ModelRejectedError` if the reference backend cannot make a vector of the declared length."""
    from ragsys.embed.sentence_transformer import SentenceTransformerEmbedder
    from ragsys.embed.tokenization import read_shape

    try:
        with quiet():
            vectors = SentenceTransformerEmbedder(folder).embed_queries(["a question"])
            dim = read_shape(folder).dim
    except RagsysError:
        raise
    except Exception as error:  # noqa: BLE001 - as above
        raise ModelRejectedError(f"{name} cannot be loaded: {_first_line(error)}") from None
    if vectors.shape != (1, dim):
        raise ModelRejectedError(f"{name} makes vectors of {vectors.shape[1]} numbers and declares {dim}")


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
