"""The generator on transformers: any causal language model in a folder, streamed token by token.

What a prompt shares with an earlier one is read once. Knows nothing of passages.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ragsys.errors import GenerationError
from ragsys.generate.encoding import PromptEncoder
from ragsys.generate.prefix_cache import Kept, PrefixCache
from ragsys.generate.sampling import chooser, decoded
from ragsys.generate.stops import until_stop
from ragsys.generate.tokenizer import load_tokenizer
from ragsys.models.device import pick_device
from ragsys.models.memory import LONGEST_CONTEXT
from ragsys.models.quiet import quiet
from ragsys.stages import tell

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ragsys.types import Decoding, Message

__all__ = ["TransformersGenerator"]


class TransformersGenerator:
    """A causal language model from a transformers folder.

    `converted` says that a pull made the folder of a GGUF file; `prefix_cache` False reads every prompt from its start.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        *,
        device: str = "auto",
        threads: int = 0,
        converted: bool = False,
        prefix_cache: bool = True,
    ) -> None:
        import torch
        from transformers import AutoModelForCausalLM

        if threads:
            torch.set_num_threads(threads)
        self._device = pick_device(device)
        # By measurement: DECISIONS.md has what half precision and int8 lost.
        dtype = torch.float32 if self._device == "cpu" else torch.bfloat16
        try:
            with quiet():
                self._tokenizer: Any = load_tokenizer(folder, converted=converted)
                model: Any = AutoModelForCausalLM.from_pretrained(
                    folder, dtype=dtype, local_files_only=True, trust_remote_code=False
                )
        except Exception as error:  # noqa: BLE001 - a damaged folder leads to whatever its libraries raise
            reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
            raise GenerationError(
                f"{name} cannot be loaded: {reason}", hint="run `ragsys models verify`, or choose another generator"
            ) from None
        self._model = model.to(self._device).eval()
        self._encoder = PromptEncoder(self._tokenizer)
        # A folder may bring beams, penalties and a temperature of its own; here `Decoding` alone decides.
        ends = model.generation_config.eos_token_id
        self._ends = frozenset(ends if isinstance(ends, list) else [ends])
        self._name = name
        limit = getattr(model.config, "max_position_embeddings", None) or LONGEST_CONTEXT
        self._context = min(int(limit), LONGEST_CONTEXT)
        self._prefixes = PrefixCache() if prefix_cache and _keeps_every_token(model.config) else None

    @property
    def name(self) -> str:
        """The model's name."""
        return self._name

    @property
    def context_tokens(self) -> int:
        """The most tokens of prompt and answer together."""
        return self._context

    @property
    def prefixes(self) -> PrefixCache | None:
        """What is kept of earlier prompts; None where nothing is."""
        return self._prefixes

    def count_tokens(self, text: str) -> int:
        """The number of tokens of `text`."""
        return self._encoder.count_tokens(text)

    def stream(self, messages: Sequence[Message], decoding: Decoding) -> Iterator[str]:
        """Yield the continuation in pieces. Closing the iterator stops the generation."""
        prompt = self._encoder.encode(messages)
        if len(prompt) + decoding.max_new_tokens > self._context:
            raise GenerationError(
                f"a prompt of {len(prompt)} tokens leaves no room for {decoding.max_new_tokens} in {self._context}",
                hint="ask for fewer passages (-k) or a shorter answer (--max-new-tokens)",
            )
        yield from until_stop(decoded(self._tokens(prompt, decoding), self._encoder.decode), decoding.stop)

    def score(self, messages: Sequence[Message], continuations: Sequence[str]) -> list[float]:
        """The mean log probability of each continuation's tokens; the prompt is read once for all of them."""
        import torch

        prompt = self._encoder.encode(messages)
        texts = [self._encoder.continuation(text) for text in continuations]
        for text, ids in zip(continuations, texts, strict=True):
            if not ids or len(prompt) + len(ids) > self._context:
                raise GenerationError(
                    f"a continuation of {len(ids)} tokens cannot be scored: {text[:40]!r}",
                    hint=f"prompt and continuation together may have {self._context} tokens",
                )
        scores = []
        for ids in texts:
            read = [*prompt, *ids[:-1]]
            logits, cache = self._read(read, len(ids))
            self._keep(read, cache)
            scores.append(float(torch.log_softmax(logits.float(), dim=-1)[range(len(ids)), ids].mean()))
        return scores

    def _tokens(self, prompt: Sequence[int], decoding: Decoding) -> Iterator[int]:
        """The tokens after a prompt; each is computed when it is asked for."""
        choose = chooser(decoding)
        read = list(prompt)
        logits, cache = self._read(read, 1)
        try:
            for left in range(decoding.max_new_tokens - 1, -1, -1):
                token = choose(logits)
                if token in self._ends:
                    return
                yield token
                if left:
                    logits = self._forward([token], cache, 1)
                    read.append(token)
        finally:
            self._keep(read, cache)

    def _read(self, tokens: Sequence[int], count: int) -> tuple[Any, Any]:
        """The logits after each of the last `count` tokens, shape (count, vocabulary), and the cache behind them."""
        from transformers import DynamicCache

        if self._prefixes is None:
            # The cache that the model itself would choose: it may forget, and then no beginning of it can be taken.
            cache, begun = DynamicCache(config=self._model.config), 0
        else:
            kept = self._prefixes.take(tokens[: len(tokens) - count])
            cache, begun = DynamicCache(), len(kept.tokens) if kept else 0
            for number, (keys, values) in enumerate(kept.layers if kept else ()):
                cache.update(keys, values, number)
        began = time.perf_counter()
        logits = self._forward(tokens[begun:], cache, count)
        tell("prompt", began, time.perf_counter(), {"tokens": len(tokens), "cached": begun})
        return logits, cache

    def _forward(self, tokens: Sequence[int], cache: Any, count: int) -> Any:
        import torch

        try:
            with torch.inference_mode():
                ids = torch.tensor([tokens], device=self._device)
                out = self._model(input_ids=ids, past_key_values=cache, use_cache=True, logits_to_keep=count)
                return out.logits[0, -count:]
        except Exception as error:
            raise GenerationError(f"the generator failed: {error}") from error

    def _keep(self, tokens: Sequence[int], cache: Any) -> None:
        """Keep what was read for the next prompt, if every layer has got all of it."""
        if self._prefixes is None:
            return
        layers = tuple((layer.keys, layer.values) for layer in cache.layers)
        if all(keys is not None and keys.shape[-2] == len(tokens) for keys, _ in layers):
            self._prefixes.put(Kept(tuple(tokens), layers))


def _keeps_every_token(config: Any) -> bool:
    """Whether a model remembers by keys and values of single tokens, and not by a state that cannot be cut back."""
    from transformers import DynamicCache
    from transformers.cache_utils import DynamicLayer, DynamicSlidingWindowLayer

    return all(type(layer) in {DynamicLayer, DynamicSlidingWindowLayer} for layer in DynamicCache(config=config).layers)
