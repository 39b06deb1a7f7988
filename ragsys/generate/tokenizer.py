"""The tokenizer of a generator's folder, quickly where that is safe. Knows nothing of models."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["load_tokenizer"]

_SPECIAL = ("bos_token", "eos_token", "unk_token", "pad_token")


def load_tokenizer(folder: Path, *, converted: bool) -> Any:
    """The tokenizer in a folder.

    transformers reads a large tokenizer.json up to four times, and builds it anew for some families. A folder that we
    converted ourselves holds what it had built: there the file is read once, as it is.
    """
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    if not converted:
        return AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    config = json.loads((folder / "tokenizer_config.json").read_text(encoding="utf-8"))
    template = folder / "chat_template.jinja"
    return PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"),
        chat_template=template.read_text(encoding="utf-8") if template.is_file() else None,
        **{name: config[name] for name in _SPECIAL if isinstance(config.get(name), str)},
    )
