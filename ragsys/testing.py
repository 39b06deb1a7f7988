"""Shipped fakes: an embedder, a generator and a reranker that need no model, for tests of what is built on ragsys.

They keep the contracts of `ragsys.protocols` (the contract suites run over them too) and are
deterministic, so a test that uses them asserts values, not moods.
"""

from __future__ import annotations

import hashlib
import re
from collections import deque
from typing import TYPE_CHECKING

from ragsys.errors import GenerationError, QueryError
from ragsys.types import Space

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from ragsys.types import Decoding, Message

__all__ = ["HashEmbedder", "OverlapReranker", "ScriptedGenerator"]

# A token is a run of word characters of one script, a single Han character, or a single other mark.
_TOKEN = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+|[^\w\s]")


class HashEmbedder:
    """Feature hashing of lower-cased tokens: texts that share words have similar vectors.

    After Weinberger et al., "Feature Hashing for Large Scale Multitask Learning" (ICML 2009), section 2:
    each token adds its hashed sign to its hashed dimension, and the sum is L2-normalised.
    """

    def __init__(self, dim: int = 64, max_tokens: int = 128) -> None:
        self._dim = dim
        self._max_tokens = max_tokens
        digest = hashlib.sha256(f"hash-embedder/1/{dim}".encode()).hexdigest()
        self._space = Space(model="hash-embedder", digest=digest, dim=dim)
        self.embedded = 0

    @property
    def space(self) -> Space:
        """The identity of the vectors: it changes with `dim`."""
        return self._space

    @property
    def max_tokens(self) -> int:
        """The most tokens a passage may have."""
        return self._max_tokens

    def token_starts(self, text: str) -> Sequence[int]:
        """Where each token starts."""
        return [match.start() for match in _TOKEN.finditer(text)]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The number of tokens of each text."""
        return [len(self.token_starts(text)) for text in texts]

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (len(texts), dim); `embedded` counts the texts over the life of the fake."""
        self.embedded += len(texts)
        return self._embed(texts)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (len(texts), dim)."""
        return self._embed(texts)

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        vectors = np.zeros((len(texts), self._dim), dtype=np.float32)
        for row, text in enumerate(texts):
            tokens = _TOKEN.findall(text.lower())
            if len(tokens) > self._max_tokens:
                raise QueryError(f"text of {len(tokens)} tokens; {self.space.model} reads {self._max_tokens}")
            for token in tokens:
                value = int.from_bytes(hashlib.blake2b(token.encode("utf-8", "replace"), digest_size=8).digest())
                vectors[row, (value >> 1) % self._dim] += 1.0 if value & 1 else -1.0
            norm = float(np.linalg.norm(vectors[row]))
            if norm == 0.0:
                vectors[row, 0] = norm = 1.0
            vectors[row] /= norm
        return vectors


class ScriptedGenerator:
    """Says what it was told to say, in order, word by word; records the prompts that it was given."""

    def __init__(self, replies: Iterable[str], *, context_tokens: int = 2048) -> None:
        self._replies = deque(replies)
        self._context_tokens = context_tokens
        self.prompts: list[tuple[Message, ...]] = []

    @property
    def name(self) -> str:
        """The name that answers carry."""
        return "scripted"

    @property
    def context_tokens(self) -> int:
        """The most tokens of prompt and answer together."""
        return self._context_tokens

    def count_tokens(self, text: str) -> int:
        """The number of tokens, counted as `HashEmbedder` counts them."""
        return len(_TOKEN.findall(text))

    def stream(self, messages: Sequence[Message], decoding: Decoding) -> Iterator[str]:
        """Yield the next scripted reply, cut at the first stop string and after `max_new_tokens` tokens."""
        if sum(self.count_tokens(m.content) for m in messages) + decoding.max_new_tokens > self._context_tokens:
            raise GenerationError("the prompt does not fit into the context")
        if not self._replies:
            raise GenerationError("the script has no reply left")
        self.prompts.append(tuple(messages))
        reply = self._replies.popleft()
        for stop in decoding.stop:
            reply = reply.split(stop, 1)[0]
        tokens = list(_TOKEN.finditer(reply))
        if len(tokens) > decoding.max_new_tokens:
            reply = reply[: tokens[decoding.max_new_tokens].start()]
        yield from re.findall(r"\S+\s*|\s+", reply)


class OverlapReranker:
    """The share of the query's distinct tokens that a text holds; `read` counts the texts over its life."""

    def __init__(self) -> None:
        self.read = 0

    @property
    def name(self) -> str:
        """The fake's name."""
        return "overlap-reranker"

    def scores(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shares between 0 and 1, shape (len(texts),)."""
        import numpy as np

        self.read += len(texts)
        asked = set(_TOKEN.findall(query.lower()))
        held = [asked & set(_TOKEN.findall(text.lower())) for text in texts]
        return np.array([len(found) / max(len(asked), 1) for found in held], dtype=np.float32)
