"""A converted folder's tokenizer is read quickly, and is the one that the library would build."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from ragsys.config import Settings
from ragsys.generate import load_generator
from ragsys.generate.tokenizer import load_tokenizer
from ragsys.models import pull

if TYPE_CHECKING:
    from pathlib import Path

_TEXTS = ("", "How are the burrs cleaned?", "  两周一次。\n\n", "<s>[user]</s> \u200d \U0001f469", "a\tb  c")
_TURNS = [{"role": "user", "content": "Why?"}]


@pytest.fixture
def converted(tmp_path: Path, tiny_generator: Path) -> Path:
    """The model folder of a pull from GGUF, with a chat template."""
    import gguf_writer

    (tmp_path / "babble").mkdir()
    gguf_writer.write(tiny_generator, tmp_path / "babble" / "babble-q8_0.gguf")
    pull(str(tmp_path / "babble"), models_dir=tmp_path / "models", offline=True)
    return tmp_path / "models"


def test_both_ways_give_the_same_tokens_and_texts(converted: Path) -> None:
    """Ids with and without special tokens, texts with and without them, the chat template and the ends."""
    folder = shutil.copytree(converted / "babble", converted.parent / "own")
    (folder / "chat_template.jinja").write_text("{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}")
    quick, full = (load_tokenizer(folder, converted=flag) for flag in (True, False))
    for text in _TEXTS:
        for special in (True, False):
            ids = full(text, add_special_tokens=special)["input_ids"]
            assert quick(text, add_special_tokens=special)["input_ids"] == ids
            for skipped in (True, False):
                assert quick.decode(ids, skip_special_tokens=skipped) == full.decode(ids, skip_special_tokens=skipped)
    for name in ("bos_token_id", "eos_token_id", "pad_token_id", "chat_template"):
        assert getattr(quick, name) == getattr(full, name)
    assert quick.apply_chat_template(_TURNS, tokenize=False) == full.apply_chat_template(_TURNS, tokenize=False)


def test_only_a_conversion_of_ours_is_read_quickly(
    converted: Path, tiny_generator: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder of somebody else's may need what the library does for its family."""
    asked = []
    monkeypatch.setattr(
        "ragsys.generate.transformers_backend.load_tokenizer",
        lambda folder, *, converted: (asked.append(converted), load_tokenizer(folder, converted=converted))[1],
    )
    for name in ("babble", str(tiny_generator)):
        load_generator(Settings(generator=name, models_dir=str(converted), device="cpu"))
    assert asked == [True, False]
