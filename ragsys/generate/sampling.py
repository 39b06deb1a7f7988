"""From logits to a token, and from tokens to text. Knows nothing of models and prompts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from ragsys.types import Decoding

__all__ = ["chooser", "decoded"]

_INCOMPLETE = "\ufffd"


def chooser(decoding: Decoding) -> Callable[[Any], int]:
    """A function that chooses a token from logits of shape (1, vocabulary).

    Temperature 0 takes the best; else it is drawn after temperature, top-k and top-p, in this order, by a random
    generator of its own: with a seed, the same logits give the same tokens whatever else is drawn in the process.
    """
    import torch
    from transformers import TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper

    if decoding.temperature <= 0:
        return lambda logits: int(logits.argmax(dim=-1))
    warpers: list[Any] = [TemperatureLogitsWarper(float(decoding.temperature))]
    if decoding.top_k:
        warpers.append(TopKLogitsWarper(decoding.top_k))
    if decoding.top_p < 1:
        warpers.append(TopPLogitsWarper(decoding.top_p))
    random = torch.Generator()
    if decoding.seed is None:
        random.seed()
    else:
        random.manual_seed(decoding.seed)

    def draw(logits: Any) -> int:
        scores = logits.float()
        for warper in warpers:
            scores = warper(None, scores)
        return int(torch.multinomial(torch.softmax(scores, dim=-1).cpu(), 1, generator=random))

    return draw


def decoded(tokens: Iterable[int], decode: Callable[[Sequence[int]], str]) -> Iterator[str]:
    """The text of tokens, piece by piece; a character that needs several tokens comes when it is whole.

    Only the last pieces are decoded again with each token: as many as a tokenizer looks back for its spaces.
    """
    ids: list[int] = []
    start = read = 0
    for token in tokens:
        ids.append(token)
        before, now = decode(ids[start:read]), decode(ids[start:])
        if len(now) > len(before) and not now.endswith(_INCOMPLETE):
            yield now[len(before) :]
            start, read = read, len(ids)
    rest = decode(ids[start:])[len(decode(ids[start:read])) :]
    if rest:
        yield rest
