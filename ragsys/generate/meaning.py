"""How near texts are in meaning, each embedded once while remembered. Knows only the embedder."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from ragsys.protocols import Embedder

__all__ = ["Meaning", "without_each_word"]

# Texts that are remembered: some 30 MB of vectors with 384 dimensions.
_MOST = 20_000
_HAN = re.compile(r"[\u3400-\u9fff]{2,}")
_WORD = re.compile(r"[^\W\u3400-\u9fff](?:[\w'\u2019-]*[^\W\u3400-\u9fff])?")


class Meaning:
    """Cosines of questions to texts."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._questions: dict[str, NDArray[np.float32]] = {}
        self._texts: dict[str, NDArray[np.float32]] = {}

    def cosines(self, questions: Sequence[str], texts: Sequence[str]) -> NDArray[np.float32]:
        """The cosine of each question to each text, shape (len(questions), len(texts))."""
        asked = _vectors(self._embedder.embed_queries, questions, self._questions)
        found: NDArray[np.float32] = asked @ _vectors(self._embedder.embed_passages, texts, self._texts).T
        return found

    def alike(self, texts: Sequence[str], others: Sequence[str]) -> NDArray[np.float32]:
        """The cosine of each text to each other text, both as passages, shape (len(texts), len(others))."""
        embed = self._embedder.embed_passages
        found: NDArray[np.float32] = _vectors(embed, texts, self._texts) @ _vectors(embed, others, self._texts).T
        return found


def without_each_word(question: str) -> dict[str, str]:
    """The question without each of its words in turn, by the word; of Chinese, without each pair of characters."""
    spans = [match.span() for match in _WORD.finditer(question)]
    for match in _HAN.finditer(question):
        spans += [(at, at + 2) for at in range(match.start(), match.end() - 1, 2)]
    return {question[a:b]: " ".join((question[:a] + question[b:]).split()) for a, b in sorted(spans)}


def _vectors(
    embed: Callable[[Sequence[str]], NDArray[np.float32]], texts: Sequence[str], known: dict[str, NDArray[np.float32]]
) -> NDArray[np.float32]:
    """The vectors of the texts, shape (len(texts), dim); what is not known yet is embedded in one go."""
    import numpy as np

    if len(known) > _MOST:
        known.clear()
    new = [text for text in dict.fromkeys(texts) if text not in known]
    if new:
        known.update(zip(new, embed(new), strict=True))
    return np.stack([known[text] for text in texts])
