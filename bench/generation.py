"""Our generator against plain `transformers.generate`: the same model, the same prompts of `ask`, in the same run.

Every question is asked once of each, turn about; ours keeps the words that the prompts share, plain reads all of each.
First 32 tokens without stop strings (first token, tokens per second), then the answer as `ask` has it, with its stop
strings. Peak memory is that of a process of its own for each.

    python bench/generation.py [QUESTIONS]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from typing import TYPE_CHECKING, Any

import report

from ragsys import QueryEngine
from ragsys.config import load_settings
from ragsys.evaluation.corpus import index_corpus
from ragsys.evaluation.datasets import open_dataset
from ragsys.evaluation.sampling import sample
from ragsys.evaluation.speed import peak as process_peak
from ragsys.generate import load_generator
from ragsys.types import Decoding

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ragsys.generate.transformers_backend import TransformersGenerator
    from ragsys.types import Message

MODELS = ("gemma-3-270m", "SmolLM2-135M-Instruct")
QUESTIONS = 40
TOKENS = 32
SEED = 1


class Prompts:
    """A generator that says nothing and keeps what it was asked."""

    name = "prompts"
    context_tokens = 4096

    def __init__(self) -> None:
        self.asked: list[tuple[list[Message], Decoding]] = []

    def count_tokens(self, text: str) -> int:
        """About as many as a tokenizer would find."""
        return len(text) // 3 + 1

    def stream(self, messages: Sequence[Message], decoding: Decoding) -> Iterator[str]:
        """Keep the prompt."""
        self.asked.append((list(messages), decoding))
        yield ""


def main() -> None:
    """Measure both and write the figures."""
    if len(sys.argv) > 2:
        child(*sys.argv[2:])
        return
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else QUESTIONS
    figures: dict[str, Any] = {}
    asked = prompts(wanted)
    for name in MODELS:
        generator: Any = load_generator(load_settings({"generator": name, "device": "cpu"})[0])
        # One pass after the other: a prompt that was just read would be kept whole.
        long = [tuple(turn(how, generator, m, Decoding(TOKENS)) for how in (ours, plain)) for m, _ in asked]
        real = [tuple(turn(how, generator, m, decoding) for how in (ours, plain)) for m, decoding in asked]
        figures[name] = {
            "prompt_tokens": round(sum(len(generator._encoder.encode(m)) for m, _ in asked) / len(asked)),  # noqa: SLF001
            "same_text": sum(a["text"] == b["text"] for a, b in long),
            "kept_mb": round(generator._prefixes.size / 1e6, 1),  # noqa: SLF001
        }
        for at, how in enumerate(("ours", "plain")):
            whole = summary([row[at] for row in long], [row[at] for row in real])
            figures[name][how] = whole | {"peak_mb": round(peak(name, how, wanted), 1)}
        print(name, figures[name], flush=True)
    report.write("generation", figures, seed=SEED, n=len(asked))


def prompts(wanted: int) -> list[tuple[list[Message], Decoding]]:
    """The prompts that `ask` makes for answerable questions of SQuAD 2, on its whole collection."""
    dataset = open_dataset(report.data_folder("squad_v2_dev"))
    recorder = Prompts()
    with (
        tempfile.TemporaryDirectory() as folder,
        QueryEngine.open(folder, settings=load_settings({"answer_mode": "generate"})[0], generator=recorder) as engine,
    ):
        index_corpus(engine, dataset)
        for question in sample([q for q in dataset.answered() if q.answerable], 2 * wanted, SEED):
            engine.ask(question.text)
            if len(recorder.asked) == wanted:
                break
    return recorder.asked


def turn(how: Any, generator: TransformersGenerator, messages: list[Message], decoding: Decoding) -> dict[str, Any]:
    """One text: what it is, the seconds to its first piece and to its end, and tokens per second after the first."""
    began = time.perf_counter()
    pieces = how(generator, messages, decoding)
    said = [next(pieces, "")]
    first = time.perf_counter()
    said.extend(pieces)
    ended = time.perf_counter()
    text = "".join(said)
    tokens = generator.count_tokens(text) - generator.count_tokens(said[0])
    rate = tokens / (ended - first) if tokens > 0 else None
    return {"text": text, "first": first - began, "rate": rate, "seconds": ended - began}


def ours(generator: TransformersGenerator, messages: list[Message], decoding: Decoding) -> Iterator[str]:
    """What the product does."""
    return generator.stream(messages, decoding)


def plain(generator: TransformersGenerator, messages: list[Message], decoding: Decoding) -> Iterator[str]:
    """The library's own generation and streaming, on the same weights."""
    import torch
    from transformers import TextIteratorStreamer

    tokenizer, model = generator._tokenizer, generator._model  # noqa: SLF001
    ids = torch.tensor([generator._encoder.encode(messages)])  # noqa: SLF001
    streamer = TextIteratorStreamer(tokenizer, skip_prompt=True, skip_special_tokens=True)
    options: dict[str, Any] = {"max_new_tokens": decoding.max_new_tokens, "do_sample": False, "streamer": streamer}
    if decoding.stop:
        options |= {"stop_strings": list(decoding.stop), "tokenizer": tokenizer}
    work = threading.Thread(target=model.generate, args=(ids,), kwargs=options)
    work.start()
    yield from streamer
    work.join()


def summary(long: list[dict[str, Any]], real: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians and 95th percentiles; the first question, for which nothing was kept, by itself."""
    firsts = [row["first"] for row in long]
    rates = [row["rate"] for row in long if row["rate"]]
    answers = [row["seconds"] for row in real]
    return {
        "first_token_ms_of_the_first_question": round(1000 * firsts[0], 1),
        "first_token_ms_p50": round(1000 * report.percentile(firsts[1:], 0.5), 1),
        "first_token_ms_p95": round(1000 * report.percentile(firsts[1:], 0.95), 1),
        "tokens_per_second_p50": round(report.percentile(rates, 0.5), 2),
        "answer_seconds_p50": round(report.percentile(answers, 0.5), 3),
        "answer_seconds_p95": round(report.percentile(answers, 0.95), 3),
    }


def peak(name: str, how: str, wanted: int) -> float:
    """The peak resident size of a process that only does this."""
    command = [sys.executable, __file__, str(wanted), name, how]
    return float(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))


def child(name: str, how: str) -> None:
    """Answer ten prompts and print the peak in megabytes."""
    from ragsys.generate.prompt import build_prompt

    generator: Any = load_generator(load_settings({"generator": name, "device": "cpu"})[0])
    for number in range(10):
        messages = build_prompt(f"What is {number} times {number}?", ["Numbers are multiplied. " * 20], "0" * 8)
        list({"ours": ours, "plain": plain}[how](generator, messages, Decoding(TOKENS)))
    print((process_peak() or 0) / 1e6)


if __name__ == "__main__":
    main()
