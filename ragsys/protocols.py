"""The few seams: what a parser, an embedder and a generator have to do to be plugged in.

Each has a shipped fake in `ragsys.testing` or real implementations only, and one contract suite under
`tests/contract` that runs over all of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from ragsys.types import Decoding, Extraction, Message, Space

__all__ = ["Embedder", "Generator", "Parser", "Reranker", "Scorer"]


@runtime_checkable
class Parser(Protocol):
    """Bytes of one file to text with exact offsets."""

    @property
    def name(self) -> str:
        """A short name, stored with each document: "markdown", "pdf"."""
        ...

    def parse(self, data: bytes, *, name: str) -> Extraction:
        """Extract text, pages, headings and metadata. `name` is the file's name, for messages and titles.

        Raises a `DocumentError` for input that cannot be read, and nothing else.
        """
        ...


@runtime_checkable
class Embedder(Protocol):
    """Texts to L2-normalised vectors of one `Space`."""

    @property
    def space(self) -> Space:
        """The identity of the vectors."""
        ...

    @property
    def max_tokens(self) -> int:
        """The most tokens that a passage's own text may have (special tokens and prefix already taken off)."""
        ...

    def token_starts(self, text: str) -> Sequence[int]:
        """Offsets in `text` at which a token starts, ascending; what chunk sizes are estimated with."""
        ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """The exact number of tokens of each text as a passage, without special tokens and prefix."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (len(texts), dim), in the order of `texts`.

        Raises `QueryError` if a text is longer than `max_tokens`: nothing is ever cut silently.
        """
        ...

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of shape (len(texts), dim). Raises `QueryError` if a query is too long."""
        ...


@runtime_checkable
class Generator(Protocol):
    """A prompt to text, piece by piece."""

    @property
    def name(self) -> str:
        """The model's name, recorded in each answer."""
        ...

    @property
    def context_tokens(self) -> int:
        """The most tokens that prompt and answer may have together."""
        ...

    def count_tokens(self, text: str) -> int:
        """The number of tokens of `text`, special tokens left out."""
        ...

    def stream(self, messages: Sequence[Message], decoding: Decoding) -> Iterator[str]:
        """Yield the continuation in pieces whose concatenation is the whole text, stop strings left out.

        The same messages, decoding and seed give the same text. Raises `GenerationError` if the prompt
        does not fit into the context.
        """
        ...


@runtime_checkable
class Reranker(Protocol):
    """A query and passages to how relevant each is, read together."""

    @property
    def name(self) -> str:
        """The model's name."""
        ...

    def scores(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """The relevance of each text, shape (len(texts),), higher is better; comparable for one query only.

        No text is cut: one that is too long is read in pieces. Raises `QueryError` where the query itself is.
        """
        ...


@runtime_checkable
class Scorer(Protocol):
    """A generator that can also say how probable a given text is; not every one can."""

    def score(self, messages: Sequence[Message], continuations: Sequence[str]) -> list[float]:
        """The mean natural log probability, at most 0, of the tokens of each continuation after the prompt.

        A continuation is what `stream` could have said, its leading space included. Raises `GenerationError` where
        one has no token, or does not fit into the context.
        """
        ...
