"""A GGUF file to a transformers folder, so that loading it later takes a second and no dequantisation.

The weights are what the GGUF file holds, expanded to float32: exact, and mapped into memory as they are. The tokenizer
comes out of the same file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragsys.errors import ModelRejectedError, RagsysError
from ragsys.models.fetch import cannot_write
from ragsys.models.quiet import quiet

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["convert", "expanded_bytes"]


def expanded_bytes(source: Path) -> int:
    """The bytes that the weights of a GGUF file take in float32. Raises `ModelRejectedError` if it is no GGUF file."""
    from gguf import GGUFReader

    try:
        return 4 * sum(int(tensor.n_elements) for tensor in GGUFReader(source).tensors)
    except Exception as error:  # noqa: BLE001 - the reader raises whatever damaged bytes lead to
        raise _rejected(source, error) from None


def convert(source: Path, folder: Path) -> None:
    """Write the transformers folder of the GGUF file `source` into `folder`.

    Raises:
        ModelRejectedError: transformers cannot read it.
        DiskFullError: the folder does not fit.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    place = str(source.parent)
    with quiet():
        try:
            loaded = AutoModelForCausalLM.from_pretrained(place, gguf_file=source.name, dtype=torch.float32)
            tokenizer = AutoTokenizer.from_pretrained(place, gguf_file=source.name)
            # A model that was read from GGUF refuses to be saved: its weights go into one that never heard of it.
            config = AutoConfig.for_model(loaded.config.model_type, **_plain(loaded.config.to_dict()))
            fresh = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
            fresh.load_state_dict(loaded.state_dict())
        except Exception as error:  # noqa: BLE001 - as above
            raise _rejected(source, error) from None
        try:
            fresh.save_pretrained(folder, safe_serialization=True)
            tokenizer.save_pretrained(folder)
        except OSError as error:
            raise cannot_write(folder, error) from None


def _rejected(source: Path, error: Exception) -> RagsysError:
    reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
    return ModelRejectedError(
        f"{source.name} cannot be converted: {reason}",
        hint="transformers reads GGUF files of the common families; look for a copy with safetensors",
    )


def _plain(config: dict[str, object]) -> dict[str, object]:
    """The configuration without what says that it was quantised."""
    return {key: value for key, value in config.items() if key not in {"quantization_config", "model_type"}}
