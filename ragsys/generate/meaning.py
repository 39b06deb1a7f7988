"""How near texts are in meaning, each embedded once while remembered. Knows only the embedder."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from ragsys.stages import tell

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
    """Cosines of questions to texts. Serves several threads. `asked` and `embedded` count texts over its life."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._questions: dict[str, NDArray[np.float32]] = {}
        self._texts: dict[str, NDArray[np.float32]] = {}
        self.asked = self.embedded = 0

    def cosines(self, questions: Sequence[str], texts: Sequence[str]) -> NDArray[np.float32]:
        """The cosine of each question to each text, shape (len(questions), len(texts))."""
        asked = self._vectors(self._embedder.embed_queries, questions, self._questions)
        found: NDArray[np.float32] = asked @ self._vectors(self._embedder.embed_passages, texts, self._texts).T
        return found

    def alike(self, texts: Sequence[str], others: Sequence[str]) -> NDArray[np.float32]:
        """The cosine of each text to each other text, both as passages, shape (len(texts), len(others))."""
        embed = self._embedder.embed_passages
        ours, theirs = (self._vectors(embed, some, self._texts) for some in (texts, others))
        found: NDArray[np.float32] = ours @ theirs.T
        return found

    def _vectors(
        self,
        embed: Callable[[Sequence[str]], NDArray[np.float32]],
        texts: Sequence[str],
        known: dict[str, NDArray[np.float32]],
    ) -> NDArray[np.float32]:
        """The vectors of the texts, shape (len(texts), dim); what is not known yet is embedded in one go."""
        import numpy as np

        if len(known) > _MOST:
            known.clear()
        began = time.perf_counter()
        # Looked up once: another thread may clear what is known at any moment.
        found = {text: known.get(text) for text in dict.fromkeys(texts)}
        new = [text for text, vector in found.items() if vector is None]
        if new:
            fresh = dict(zip(new, embed(new), strict=True))
            found |= fresh
            known.update(fresh)
        self.asked += len(found)
        self.embedded += len(new)
        tell("vectors", began, time.perf_counter(), {"texts": len(found), "cached": len(found) - len(new)})
        return np.stack([vector for text in texts if (vector := found[text]) is not None])


def without_each_word(question: str) -> dict[str, str]:
    """The question without each of its words in turn, by the word; of Chinese, without each pair of characters."""
    spans = [match.span() for match in _WORD.finditer(question)]
    for match in _HAN.finditer(question):
        spans += [(at, at + 2) for at in range(match.start(), match.end() - 1, 2)]
    return {question[a:b]: " ".join((question[:a] + question[b:]).split()) for a, b in sorted(spans)}
