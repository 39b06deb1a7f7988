"""How quick a model is on this machine and what memory it takes, each model in a process of its own.

The generator reads the prompt that `ask` makes, from a few sentences of our own; the embedder reads those sentences.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ragsys.errors import GenerationError, RagsysError, UsageError
from ragsys.models.speeds import Speed
from ragsys.types import Decoding

if TYPE_CHECKING:
    from ragsys.config import Settings
    from ragsys.models import LocalModel
    from ragsys.protocols import Embedder, Generator

__all__ = ["KINDS", "measure", "peak"]

KINDS = frozenset({"embedder", "generator"})

_PACKAGES = ("ragsys", "torch", "transformers", "onnxruntime")
_PASSAGES = (
    "The mill by the river was built in 1872. Its wheel is of oak and turns eleven times a minute in spring.",
    "Burrs of steel are brushed every two weeks and never washed, because water makes them rust within a day.",
    "The ferry leaves at six in the morning and at four in the afternoon; on Sundays there is only the later one.",
    "Honey is taken in July. Each hive gives about nine kilograms, and three are left for the bees in winter.",
)
_QUESTIONS = (
    "When was the mill built?",
    "How often are the burrs brushed?",
    "When does the ferry leave on Sundays?",
    "How much honey does a hive give?",
)
_TOKENS = 32
_ROUNDS = 6
_QUERIES = 20


def measure(model: LocalModel, settings: Settings) -> Speed:
    """Load a model in a new process, let it work, and say how quick it was.

    Raises:
        UsageError: a model of another kind.
        RagsysError: as the loading of an embedder or a generator.
        GenerationError: the process was killed, most often because memory ran out.
    """
    if model.manifest.kind not in KINDS:
        raise UsageError(f"{model.name} is a {model.manifest.kind}; embedders and generators are measured")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        try:
            return pool.submit(_measured, model, settings).result()
        except BrokenProcessPool:
            raise GenerationError(
                f"the process that measured {model.name} was killed",
                hint="it may need more memory than there is: `ragsys models list` has an estimate",
            ) from None


def _measured(model: LocalModel, settings: Settings) -> Speed:
    """In the new process: the whole measurement."""
    try:
        began = time.perf_counter()
        if model.manifest.kind == "embedder":
            from ragsys.models import load_embedder

            embedder = load_embedder(replace(settings, embedder=model.name))
            loaded = time.perf_counter()
            figures = _embedding(embedder)
        else:
            from ragsys.generate import load_generator

            generator = load_generator(replace(settings, generator=model.name))
            loaded = time.perf_counter()
            figures = _generation(generator)
    except RagsysError as error:
        # What crosses between processes is made again from its arguments alone.
        raise type(error)(error.message) from None
    most = peak()  # before anything else is imported
    rounded: dict[str, Any] = {name: round(value, 4) for name, value in figures.items()}
    return Speed(
        model=model.name,
        kind=model.manifest.kind,
        load_seconds=round(loaded - began, 3),
        peak_bytes=most,
        device=_device(settings),
        threads=settings.threads or os.cpu_count() or 1,
        weights_sha256=model.manifest.weights_sha256,
        date=datetime.now(UTC).strftime("%Y-%m-%d"),
        versions={name: version(name) for name in _PACKAGES},
        **rounded,
    )


def _device(settings: Settings) -> str:
    from ragsys.models.device import pick_device

    return pick_device(settings.device)


def _generation(generator: Generator) -> dict[str, float]:
    """The first prompt is read from its start, the following ones begin with the same words. Medians."""
    from ragsys.generate.prompt import build_prompt

    firsts, rates, size = [], [], 0
    for question in _QUESTIONS:
        messages = build_prompt(question, _PASSAGES[:3], "0" * 8)
        size = size or sum(generator.count_tokens(message.content) for message in messages)
        began = time.perf_counter()
        stream = generator.stream(messages, Decoding(_TOKENS))
        said = [next(stream, "")]
        first = time.perf_counter()
        said.extend(stream)
        firsts.append(first - began)
        tokens = generator.count_tokens("".join(said)) - generator.count_tokens(said[0])
        if tokens > 0:
            rates.append(tokens / (time.perf_counter() - first))
    figures = {"first_token_seconds": firsts[0], "prompt_tokens_per_second": size / firsts[0]}
    figures["next_first_token_seconds"] = statistics.median(firsts[1:])
    return figures | ({"tokens_per_second": statistics.median(rates)} if rates else {})


def _embedding(embedder: Embedder) -> dict[str, float]:
    """Passages one batch after the other, and queries one by one. Medians, the first of each left out."""
    rates, waits = [], []
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        embedder.embed_passages([*_PASSAGES] * 4)
        rates.append(4 * len(_PASSAGES) / (time.perf_counter() - began))
    for number in range(_QUERIES):
        began = time.perf_counter()
        embedder.embed_queries([_QUESTIONS[number % len(_QUESTIONS)]])
        waits.append(time.perf_counter() - began)
    return {"passages_per_second": statistics.median(rates[1:]), "query_ms": 1000 * statistics.median(waits[1:])}


def peak() -> int | None:
    """The most memory that this process ever held, in bytes; None where the system does not say."""
    if sys.platform == "win32":
        return None
    try:
        # On Linux, what getrusage says begins with the peak of the process that started this one.
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return 1024 * int(status.split("VmHWM:")[1].split()[0])
    except (OSError, IndexError, ValueError):
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
