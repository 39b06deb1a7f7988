"""Sentences with a gap where a number or a name stood, and what stood there.

The inverse cloze task (Lee, Chang and Toutanova, "Latent Retrieval for Weakly Supervised Open Domain Question
Answering", ACL 2019), with the answer kept. Knows passages, and nothing of what becomes of the sentences.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragsys.evaluation.answers import tokens
from ragsys.sentences import sentence_spans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragsys.indexes.records import StoredPassage

__all__ = ["CJK", "LEAST", "MASK", "fits", "gap", "sentences", "tidy"]

MASK = "____"
LEAST = 3  # tokens of a question
_MOST = 40
CJK = re.compile(r"[\u3400-\u9fff]")
# What a masked sentence is asked for: a number with its inner marks, or a run of capitalised words inside a sentence.
_NUMBER = re.compile(r"(?<![\w.])\d+(?:[.,:/-]\d+)*(?:\s?%)?(?!\w)")
_NUMBER_ZH = re.compile(r"\d+(?:[.,:/-]\d+)*%?")
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][\w'-]+(?: [A-Z][\w'-]+)*")
_LINE_MARK = re.compile(r"^\s*(?:#+|[-*+>|]|\d+[.)])\s*")


def sentences(passage: StoredPassage) -> Iterator[str]:
    """The sentences of a passage; what looks like a list, a table or a heading is left out."""
    for start, end in sentence_spans(passage.text):
        sentence = passage.text[start:end].strip()
        if sentence and "\n" not in sentence and not _LINE_MARK.match(sentence):
            yield sentence


def gap(sentence: str) -> tuple[str, str] | None:
    """A sentence that states a number or a name, with that taken out, and what was; None where it states none."""
    chinese = CJK.search(sentence) is not None
    found = (_NUMBER_ZH if chinese else _NUMBER).search(sentence) or _NAME.search(sentence)
    if found is None:
        return None
    text = f"{sentence[: found.start()]}{MASK}{sentence[found.end() :]}"
    return (
        (tidy(text), found.group().strip())
        if fits(text, least=2 * LEAST, most=2 * _MOST if chinese else _MOST)
        else None
    )


def tidy(text: str) -> str:
    """A text on one line."""
    return " ".join(text.split())


def fits(text: str, *, least: int = LEAST, most: int) -> bool:
    """Whether a question has a fitting number of tokens and says more than numbers."""
    found = tokens(text.replace(MASK, " "))
    return least <= len(found) <= most and sum(not token.isdigit() for token in found) * 2 >= len(found)
