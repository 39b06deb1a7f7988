"""From the turns of a prompt to token ids: what a model reads, at inference and in training alike.

A chat model gets its template; a base model gets the turns one after the other. Only a template sets special tokens:
what spells one out in a text is taken apart. Knows nothing of passages or of models.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragsys.types import Message

__all__ = ["PromptEncoder"]


class PromptEncoder:
    """Encodes with a transformers tokenizer."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._special = {i: t.content for i, t in tokenizer.added_tokens_decoder.items() if t.special}

    @property
    def lead(self) -> str:
        """What comes between a prompt and its answer: a base model goes on with a space, a chat model begins anew."""
        return "" if self._tokenizer.chat_template else " "

    def count_tokens(self, text: str) -> int:
        """The number of tokens of `text`, special tokens left out."""
        return len(self._tokenizer(self.plain(text), add_special_tokens=False, verbose=False)["input_ids"])

    def encode(self, messages: Sequence[Message]) -> list[int]:
        """The ids of a prompt, up to where the answer begins."""
        messages = [replace(message, content=self.plain(message.content)) for message in messages]
        if self._tokenizer.chat_template:
            turns = [{"role": message.role, "content": message.content} for message in messages]
            text = self._tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
            return list(self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])
        text = "\n\n".join(message.content for message in messages)
        return list(self._tokenizer(text, verbose=False)["input_ids"])

    def continuation(self, text: str) -> list[int]:
        """The ids of what follows a prompt."""
        return list(self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"])

    def decode(self, ids: Sequence[int]) -> str:
        """The text of some ids, special tokens left out."""
        return str(self._tokenizer.decode(ids, skip_special_tokens=True))

    def plain(self, text: str) -> str:
        """A text that spells out no special token, such as the end of a turn."""
        while True:
            found = self._tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
            spans = [
                span
                for token, span in zip(found["input_ids"], found["offset_mapping"], strict=True)
                # What is unknown to the tokenizer has a special token as well, and is spelled as it is.
                if text[slice(*span)].strip() == self._special.get(token, "").strip() != ""
            ]
            if not spans:
                return text
            for start, end in reversed(spans):
                token = text[start:end].strip()
                text = f"{text[:start]}{' '.join(token) if len(token) > 1 else ' '}{text[end:]}"
