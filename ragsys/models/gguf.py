"""A GGUF file to a transformers folder, so that loading it later takes a second and no dequantisation.

The weights are what the GGUF file holds, expanded to float32: exact, and mapped into memory as they are. The tokenizer
comes out of the same file.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from ragsys.errors import ModelRejectedError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["convert"]


def convert(source: Path, folder: Path) -> None:
    """Write the transformers folder of the GGUF file `source` into `folder`.

    Raises:
        ModelRejectedError: transformers cannot read it.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer

    place = str(source.parent)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            loaded = AutoModelForCausalLM.from_pretrained(place, gguf_file=source.name, dtype=torch.float32)
            tokenizer = AutoTokenizer.from_pretrained(place, gguf_file=source.name)
            # A model that was read from GGUF refuses to be saved: its weights go into one that never heard of it.
            config = AutoConfig.for_model(loaded.config.model_type, **_plain(loaded.config.to_dict()))
            fresh = AutoModelForCausalLM.from_config(config, dtype=torch.float32)
            fresh.load_state_dict(loaded.state_dict())
            fresh.save_pretrained(folder, safe_serialization=True)
            tokenizer.save_pretrained(folder)
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            raise ModelRejectedError(f"{source.name} cannot be converted: {str(error).splitlines()[0]}") from None


def _plain(config: dict[str, object]) -> dict[str, object]:
    """The configuration without what says that it was quantised."""
    return {key: value for key, value in config.items() if key not in {"quantization_config", "model_type"}}
