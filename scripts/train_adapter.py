"""Train the default adapter from RAGSYS_DATA/train by scripts/adapter.toml; run it again after a kill and it goes on.

    python scripts/train_adapter.py                     # everything; the log is WORK/log.json, the adapter WORK/adapter
    python scripts/train_adapter.py --estimate          # what it would take, and nothing else
    python scripts/train_adapter.py --steps 5           # how long steps take here

To ship the result, copy WORK/adapter to ragsys/generate/adapters/BASE and put the line that is printed at the end into
ragsys/generate/adapting.py.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import hashlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from ragsys.config import Settings
from ragsys.generate.profile import GROUNDED
from ragsys.models import resolve
from ragsys.models.device import pick_device
from ragsys.training.costs import estimate
from ragsys.training.examples import Mix
from ragsys.training.generator import Lesson, fit, prepare
from ragsys.training.loop import TrainingProgress, train
from ragsys.training.lora import LowRank
from ragsys.training.recipe import read_recipe
from ragsys.training.sources import Row, disjoint, measured_texts, read_rows
from ragsys.training.writing import write_adapter

HERE = Path(__file__).parent


def main() -> None:
    """Read, estimate, train, measure, write."""
    options = _options()
    if options.threads:
        import torch

        torch.set_num_threads(options.threads)
    recipe, whole = read_recipe(options.config)
    rows, data = _rows(options.data, whole["data"], options.most)
    base = resolve(whole["adapter"]["base"], Path(options.models_dir or Settings().models_dir))
    lesson = Lesson(mix=Mix(**whole["mix"]), **whole["lesson"])
    print(f"{len(rows)} rows of {len(data)} sets", file=sys.stderr)
    prepared = prepare(base, rows, lesson, recipe, progress=_drawing())
    model = LowRank(base.path, recipe, device=pick_device(options.device))
    expected = estimate(model, prepared.encoded, recipe)
    print(json.dumps(dataclasses.asdict(expected)), file=sys.stderr)
    if options.estimate:
        return
    if options.steps:
        _time_steps(model, prepared, recipe, options)
        return
    fitted = fit(
        model,
        prepared,
        recipe,
        options.work / "checkpoint",
        progress=_report,
        answering=lambda what, done, total: print(f"\r{what} {done}/{total} ", end="", file=sys.stderr),
    )
    script = hashlib.sha256(b"".join(p.read_bytes() for p in (Path(__file__), options.config))).hexdigest()
    log = dict(fitted.log) | {"estimate": dataclasses.asdict(expected), "data": data, "script_sha256": script}
    (options.work / "log.json").write_text(json.dumps(log, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    adapter = write_adapter(
        options.work / "adapter",
        model,
        fitted.trained.tensors,
        name=whole["adapter"]["name"],
        base=base,
        profile=GROUNDED,
        licence=whole["adapter"]["licence"],
        about={
            "data": data,
            "script_sha256": script,
            "seed": recipe.seed,
            "limits": whole["adapter"]["limits"],
            "metrics": {"base": fitted.base, "adapter": fitted.tuned, "difference": fitted.verdict.as_dict()},
            "training": {key: fitted.log[key] for key in ("recipe", "examples", "steps", "minutes", "machine")},
        },
    )
    print(json.dumps({"kept": fitted.verdict.kept, "base": fitted.base, "tuned": fitted.tuned}, indent=1))
    print(f'{{"{whole["adapter"]["base"]}": "{adapter.digest}"}}')


def _rows(data: Path, wanted: dict[str, int], most: int) -> tuple[list[Row], list[dict[str, Any]]]:
    """The rows of every set that was named, without those that are measured on, and a record of each set."""
    measured = measured_texts(data)
    if not measured:
        raise SystemExit(f"{data} holds no evaluation sets: what is trained on could not be kept apart from them")
    rows, record = [], []
    for name, limit in wanted.items():
        every, digest = read_rows(data / "train" / name)
        kept = disjoint(every, measured)
        chosen = sorted(kept.rows, key=lambda row: hashlib.sha256(f"{row.source}/{row.id}".encode()).digest())
        chosen = chosen[: min(limit or len(chosen), most or len(chosen))]
        rows += chosen
        licence = json.loads((data / "train" / name / "META.json").read_text(encoding="utf-8"))["license"]
        record.append(
            {"name": name, "sha256": digest, "rows": len(chosen), "left_out": kept.dropped, "licence": licence}
        )
    return rows, record


def _time_steps(model: LowRank, prepared: Any, recipe: Any, options: argparse.Namespace) -> None:
    """Print what a few steps take, and leave nothing."""
    seconds: list[float] = []
    began = [time.perf_counter()]

    def tick(progress: TrainingProgress) -> None:
        seconds.append(time.perf_counter() - began[0])
        began[0] = time.perf_counter()
        print(f"step {progress.step}/{progress.steps}: {seconds[-1]:.1f} s, loss {progress.loss:.3f}", file=sys.stderr)
        if progress.step >= options.steps:
            raise KeyboardInterrupt

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with contextlib.suppress(KeyboardInterrupt):
            train(
                model,
                prepared.encoded,
                prepared.held_out,
                recipe,
                folder=folder,
                identity=prepared.identity,
                progress=tick,
            )
    print(json.dumps({"seconds": [round(value, 2) for value in seconds], "mean": sum(seconds) / len(seconds)}))


def _report(progress: TrainingProgress) -> None:
    print(
        f"\rstep {progress.step}/{progress.steps}  loss {progress.loss:.3f}  held out {progress.held_out:.3f}  "
        f"{progress.seconds_left / 60:.0f} min left  ",
        end="",
        file=sys.stderr,
        flush=True,
    )


def _drawing() -> Any:
    """Progress of the examples, now and then."""

    def draw(text: str, done: int, total: int) -> None:
        if done % 500 == 0:
            print(f"\r{text} {done}/{total} ", end="", file=sys.stderr, flush=True)

    return draw


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config", type=Path, default=HERE / "adapter.toml")
    data = os.environ.get("RAGSYS_DATA")
    parser.add_argument("--data", type=Path, default=Path(data) if data else None, required=data is None)
    parser.add_argument("--work", type=Path, default=Path("adapter-training"))
    parser.add_argument("--models-dir")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--most", type=int, default=0, help="the most rows of each set, to try")
    parser.add_argument("--estimate", action="store_true")
    parser.add_argument("--steps", type=int, default=0)
    options = parser.parse_args()
    if not (options.estimate or options.steps):
        options.work.mkdir(parents=True, exist_ok=True)
    return options


if __name__ == "__main__":
    main()
