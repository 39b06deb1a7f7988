"""Text in pieces up to the first stop string. Knows nothing of where the pieces come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["until_stop"]


def until_stop(pieces: Iterable[str], stop: Sequence[str]) -> Iterator[str]:
    """Yield the text before the first stop string, holding back what could be the beginning of one.

    No piece is asked for once the stop string is there. An empty stop string stops nothing.

    >>> list(until_stop(["one", " tw", "o three"], ["two"]))
    ['o', 'ne ']
    """
    held = ""
    stop = [text for text in stop if text]
    longest = max(map(len, stop), default=1)
    for piece in pieces:
        held += piece
        cut = min((at for at in (held.find(text) for text in stop) if at >= 0), default=-1)
        if cut >= 0:
            if cut:
                yield held[:cut]
            return
        ready = len(held) - longest + 1
        if ready > 0:
            yield held[:ready]
            held = held[ready:]
    if held:
        yield held
