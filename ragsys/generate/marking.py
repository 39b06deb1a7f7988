"""The numbers of passages that a trained model puts after what rests on them, set in training and taken out again.

An answer's markers are given by `citations`, after checking: the model's own are only its opinion.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ragsys.sentences import sentence_spans

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["marked", "marks", "unmarked"]

_MARK = re.compile(r"[ \t]*\[(\d{1,2})\]")
_LONGEST = len(" [12]") + 4


def marked(answer: str, number: int) -> str:
    """An answer with the number of its passage after each of its sentences.

    >>> marked("In 1910. By fire.", 2)
    'In 1910. [2] By fire. [2]'
    """
    sentences = [answer[start:end].strip() for start, end in sentence_spans(answer)]
    return " ".join(f"{sentence} [{number}]" for sentence in sentences if sentence)


def marks(text: str) -> list[int]:
    """The numbers in a text, in their order, each once.

    >>> marks("In 1910 [2], by fire [1] [2].")
    [2, 1]
    """
    return list(dict.fromkeys(int(number) for number in _MARK.findall(text)))


def unmarked(pieces: Iterable[str]) -> Iterator[str]:
    """The same text without the numbers, as soon as it is clear that none begins.

    >>> "".join(unmarked(["in 19", "10 ", "[", "2", "] or", " [so]"]))
    'in 1910 or [so]'
    """
    held = ""
    for piece in pieces:
        held = _MARK.sub("", held + piece)
        # What could be the beginning of a number: white space and a bracket near the end.
        cut = len(held.rstrip(" \t"))
        if (bracket := held.rfind("[", max(0, len(held) - _LONGEST))) >= 0 and "]" not in held[bracket:]:
            cut = len(held[:bracket].rstrip(" \t"))
        if cut:
            yield held[:cut]
            held = held[cut:]
    if held:
        yield held
