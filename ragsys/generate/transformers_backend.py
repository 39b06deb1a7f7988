"""The generator on transformers: any causal language model in a folder, streamed token by token.

A chat model gets its template; a base model gets the turns one after the other and goes on. Knows nothing of passages.
"""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING, Any

from ragsys.errors import GenerationError
from ragsys.models.device import pick_device
from ragsys.models.quiet import quiet

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ragsys.types import Decoding, Message

__all__ = ["TransformersGenerator"]

_LONGEST_CONTEXT = 4096


class TransformersGenerator:
    """A causal language model from a transformers folder."""

    def __init__(self, folder: Path, name: str, *, device: str = "auto", threads: int = 0) -> None:
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer, GenerationConfig

        if threads:
            torch.set_num_threads(threads)
        self._device = pick_device(device)
        # Half precision is slower than single on processors without instructions for it.
        dtype = torch.float32 if self._device == "cpu" else torch.bfloat16
        try:
            with quiet():
                self._tokenizer: Any = AutoTokenizer.from_pretrained(
                    folder, local_files_only=True, trust_remote_code=False
                )
                model: Any = AutoModelForCausalLM.from_pretrained(
                    folder, dtype=dtype, local_files_only=True, trust_remote_code=False
                )
        except Exception as error:  # noqa: BLE001 - a damaged folder leads to whatever its libraries raise
            reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
            raise GenerationError(
                f"{name} cannot be loaded: {reason}", hint="run `ragsys models verify`, or choose another generator"
            ) from None
        self._model = model.to(self._device).eval()
        # A folder may bring beams, penalties and a temperature of its own; here `Decoding` alone decides.
        own = model.generation_config
        self._model.generation_config = GenerationConfig(bos_token_id=own.bos_token_id, eos_token_id=own.eos_token_id)
        self._name = name
        limit = getattr(model.config, "max_position_embeddings", None) or _LONGEST_CONTEXT
        self._context = min(int(limit), _LONGEST_CONTEXT)

    @property
    def name(self) -> str:
        """The model's name."""
        return self._name

    @property
    def context_tokens(self) -> int:
        """The most tokens of prompt and answer together."""
        return self._context

    def count_tokens(self, text: str) -> int:
        """The number of tokens of `text`."""
        return len(self._tokenizer(text, add_special_tokens=False)["input_ids"])

    def stream(self, messages: Sequence[Message], decoding: Decoding) -> Iterator[str]:
        """Yield the continuation in pieces. Closing the iterator stops the generation."""
        ids = self._encode(messages)
        if ids.shape[1] + decoding.max_new_tokens > self._context:
            raise GenerationError(
                f"a prompt of {ids.shape[1]} tokens leaves no room for {decoding.max_new_tokens} in {self._context}",
                hint="ask for fewer passages (-k) or a shorter answer (--max-new-tokens)",
            )
        pieces: queue.Queue[str | BaseException | None] = queue.Queue()
        stopped = threading.Event()
        worker = threading.Thread(target=self._generate, args=(ids, decoding, pieces, stopped), daemon=True)
        worker.start()
        try:
            yield from _until_stop(pieces, decoding.stop)
        finally:
            stopped.set()
            worker.join()

    def score(self, messages: Sequence[Message], continuations: Sequence[str]) -> list[float]:
        """The mean log probability of each continuation's tokens; the prompt is read once for all of them."""
        import torch
        from transformers import DynamicCache

        prompt = self._encode(messages)
        texts = [self._tokenizer(text, add_special_tokens=False)["input_ids"] for text in continuations]
        for text, ids in zip(continuations, texts, strict=True):
            if not ids or prompt.shape[1] + len(ids) > self._context:
                raise GenerationError(
                    f"a continuation of {len(ids)} tokens cannot be scored: {text[:40]!r}",
                    hint=f"prompt and continuation together may have {self._context} tokens",
                )
        scores = []
        with torch.inference_mode():
            cache = DynamicCache()  # of every token, so that it can be cut back: a sliding one forgets
            read = self._model(input_ids=prompt, past_key_values=cache, use_cache=True, logits_to_keep=1).logits
            for ids in texts:
                logits = read
                if len(ids) > 1:
                    head = torch.tensor([ids[:-1]], device=self._device)
                    rest = self._model(input_ids=head, past_key_values=cache, use_cache=True).logits
                    logits = torch.cat([read, rest], dim=1)
                    cache.crop(1 - len(ids))
                chosen = torch.log_softmax(logits[0].float(), dim=-1)[range(len(ids)), ids]
                scores.append(float(chosen.mean()))
        return scores

    def _encode(self, messages: Sequence[Message]) -> Any:
        if self._tokenizer.chat_template:
            turns = [{"role": message.role, "content": message.content} for message in messages]
            text = self._tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False)
            return self._tokenizer(text, return_tensors="pt", add_special_tokens=False)["input_ids"].to(self._device)
        text = "\n\n".join(message.content for message in messages)
        return self._tokenizer(text, return_tensors="pt")["input_ids"].to(self._device)

    def _generate(
        self, ids: Any, decoding: Decoding, pieces: queue.Queue[str | BaseException | None], stopped: threading.Event
    ) -> None:
        """Run in a thread of its own; whatever goes wrong is handed to the reader."""
        import torch
        from transformers import StoppingCriteria, StoppingCriteriaList, TextStreamer

        class Pieces(TextStreamer):  # type: ignore[misc] # transformers is untyped here
            """Hands finalised text to the queue."""

            def on_finalized_text(self, text: str, stream_end: bool = False) -> None:  # noqa: FBT001, FBT002 - theirs
                del stream_end
                pieces.put(text)

        class Stopped(StoppingCriteria):  # type: ignore[misc] # transformers is untyped here
            """Stops when the reader has gone."""

            def __call__(self, input_ids: Any, scores: Any, **_options: Any) -> Any:
                del scores
                return torch.full((input_ids.shape[0],), stopped.is_set(), device=input_ids.device)

        sampling: dict[str, Any] = {"do_sample": False}
        if decoding.temperature > 0:
            sampling = {"do_sample": True, "temperature": decoding.temperature, "top_p": decoding.top_p}
            sampling["top_k"] = decoding.top_k or None
        try:
            if decoding.temperature > 0 and decoding.seed is not None:
                torch.manual_seed(decoding.seed)
            with torch.inference_mode():
                self._model.generate(
                    ids,
                    attention_mask=torch.ones_like(ids),
                    max_new_tokens=decoding.max_new_tokens,
                    pad_token_id=self._tokenizer.pad_token_id or self._tokenizer.eos_token_id,
                    streamer=Pieces(self._tokenizer, skip_prompt=True, skip_special_tokens=True),
                    stopping_criteria=StoppingCriteriaList([Stopped()]),
                    **sampling,
                )
        except BaseException as error:  # noqa: BLE001 - it is raised again where it is read
            pieces.put(error)
        else:
            pieces.put(None)


def _until_stop(pieces: queue.Queue[str | BaseException | None], stop: Sequence[str]) -> Iterator[str]:
    """Text up to the first stop string, holding back what could be the beginning of one. An empty one stops nothing."""
    held = ""
    stop = [text for text in stop if text]
    longest = max(map(len, stop), default=1)
    while True:
        piece = pieces.get()
        if isinstance(piece, BaseException):
            raise GenerationError(f"the generator failed: {piece}") from piece
        held += piece or ""
        cut = min((at for at in (held.find(s) for s in stop) if at >= 0), default=-1)
        if cut >= 0 or piece is None:
            last = held[:cut] if cut >= 0 else held
            if last:
                yield last
            return
        ready = len(held) - longest + 1
        if ready > 0:
            yield held[:ready]
            held = held[ready:]
