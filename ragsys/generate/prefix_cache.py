"""Keys and values of earlier prompts, so that what a prompt shares with one of them is not computed again.

A prompt's constant part (its instructions and examples, or the conversation so far) is found by itself: it is the
longest run of first tokens that the prompt shares with one that is kept. The idea is that of llama.cpp's slots and of
vLLM's automatic prefix caching (Kwon et al., "Efficient Memory Management for Large Language Model Serving with
PagedAttention", SOSP 2023, section 4.4). Knows nothing of text.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Kept", "PrefixCache", "shared_length"]

_LIMIT = 64 << 20
_LEAST = 16  # tokens that must be shared before it pays to look after them
_GOOD_PART = 0.25  # in the prompt of `ask`, instructions and examples are about half


@dataclass(frozen=True, slots=True)
class Kept:
    """First tokens of a prompt, and for each layer of the model their keys and values, (1, heads, tokens, size)."""

    tokens: tuple[int, ...]
    layers: tuple[tuple[Any, Any], ...]

    @property
    def size(self) -> int:
        """Bytes of the keys and values."""
        return sum(part.numel() * part.element_size() for layer in self.layers for part in layer)

    def first(self, count: int) -> Kept:
        """The first `count` tokens, in the same memory."""
        layers = tuple((keys[..., :count, :], values[..., :count, :]) for keys, values in self.layers)
        return Kept(self.tokens[:count], layers)


class PrefixCache:
    """What is kept, least recently used first, at most `limit` bytes of it. Serves several threads.

    `asked` and `reused` count tokens of prompts over its life.
    """

    def __init__(self, limit: int = _LIMIT) -> None:
        self._limit = limit
        self._kept: list[Kept] = []
        self._lock = threading.Lock()
        self.asked = self.reused = 0

    def take(self, tokens: Sequence[int]) -> Kept | None:
        """The longest beginning of `tokens` that is kept, or None; its memory may be shared, so it is only read.

        It is taken out where it is a good part of what was kept (the rest was another question's), and left where it is
        not (another task begins with the same words).
        """
        with self._lock:
            lengths = [shared_length(kept.tokens, tokens) for kept in self._kept]
            longest = max(lengths, default=0)
            self.asked += len(tokens)
            if longest < _LEAST:
                return None
            self.reused += longest
            at = lengths.index(longest)
            if longest >= _GOOD_PART * len(self._kept[at].tokens):
                return self._kept.pop(at).first(longest)
            self._kept.append(self._kept.pop(at))
            return self._kept[-1].first(longest)

    def put(self, kept: Kept) -> None:
        """Keep it, and let go of the least recently used where that is too much."""
        with self._lock:
            self._kept.append(kept)
            left = self._limit
            for at in range(len(self._kept) - 1, -1, -1):
                left -= self._kept[at].size
                if left < 0:
                    del self._kept[: at + 1]
                    return

    @property
    def size(self) -> int:
        """Bytes that are kept."""
        with self._lock:
            return sum(kept.size for kept in self._kept)


def shared_length(one: Sequence[int], other: Sequence[int]) -> int:
    """The number of first elements that two sequences share.

    >>> shared_length([1, 2, 3], [1, 2, 4, 5])
    2
    """
    for at, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return at
    return min(len(one), len(other))
