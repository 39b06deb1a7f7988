"""`ragsys tune generator` and `ragsys tune embedder`."""

from __future__ import annotations

import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ragsys.cli.app import App, common_options, examples
from ragsys.cli.output import clean, print_json
from ragsys.cli.progress import progress_bar
from ragsys.config import is_address, restore_settings, write_settings
from ragsys.errors import IndexNotFoundError, UsageError

if TYPE_CHECKING:
    from ragsys.training.costs import Estimate
    from ragsys.training.generator import Fitted
    from ragsys.training.measuring import Verdict
    from ragsys.training.sources import Row

__all__ = ["embedder_command", "generator_command", "undo"]

_WORK = "tuning"
_HELD_OUT, _HELD_OUT_LABELS, _MEASURED = 0.2, 0.3, 300


@click.command(
    "generator",
    epilog=examples(
        "ragsys tune generator --data questions.jsonl",
        "ragsys tune generator --generated --dry-run",
        "ragsys tune generator --undo",
    ),
)
@click.option(
    "--data",
    multiple=True,
    type=click.Path(path_type=Path),
    help='JSON lines: {"question", "passage", "answers": [..]}, no answers where the passage has none. Repeatable.',
)
@click.option("--generated", is_flag=True, help="Learn from sentences of the index's own documents with a gap.")
@click.option("--recipe", type=click.Path(path_type=Path), help="TOML file with a table [training].")
@click.option("--limit", type=click.IntRange(20), default=2000, show_default=True, help="The most generated questions.")
@click.option("--epochs", type=click.FloatRange(0, min_open=True), help="Passes over the examples.")
@click.option(
    "--measured", type=click.IntRange(20), default=200, show_default=True, help="The most held-out questions."
)
@click.option("--name", help="The adapter's name; by default one is made.")
@click.option("--generator", help="The model to tune: catalogue name, hub id or folder.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of everything that is chosen.")
@click.option("--dry-run", is_flag=True, help="Say what it would take, and train nothing.")
@click.option("--undo", "undone", is_flag=True, help="Put the settings back as they were before the last tuning.")
@common_options
def generator_command(
    app: App,
    *,
    data: tuple[Path, ...],
    generated: bool,
    recipe: Path | None,
    limit: int,
    epochs: float | None,
    measured: int,
    name: str | None,
    seed: int,
    dry_run: bool,
    undone: bool,
) -> int:
    """Train an adapter for the generator on questions with passages, and keep it only if it answers better.

    A tenth of the passages is held out. The adapter is kept where its answers there are better than those that the
    generator gives without one, beyond chance, and is then the setting `adapter` of this index. It goes on where a run
    with the same data was killed. Exit code 1: it was not better, and everything is as it was.
    """
    if undone:
        return undo(app)
    if not data and not generated:
        raise UsageError("there is nothing to learn from", hint="name a file with --data, or say --generated")
    if is_address(app.settings.generator):
        raise UsageError(
            "a generator behind an address cannot be tuned from here", hint="name a model with --generator"
        )
    from ragsys.generate.adapting import adapters_home
    from ragsys.generate.profile import GROUNDED
    from ragsys.models import resolve
    from ragsys.models.device import pick_device
    from ragsys.training.costs import estimate
    from ragsys.training.examples import Mix
    from ragsys.training.generator import Lesson, fit, prepare
    from ragsys.training.lora import LowRank
    from ragsys.training.recipe import Recipe, read_recipe
    from ragsys.training.writing import write_adapter

    chosen = replace(read_recipe(recipe)[0] if recipe else Recipe(), seed=seed)
    chosen = chosen if epochs is None else replace(chosen, epochs=epochs)
    base = resolve(app.settings.generator, Path(app.settings.models_dir))
    rows, sources = _rows(app, data, limit if generated else 0, seed)
    with progress_bar(enabled=not app.json, unit="examples", color=app.color) as draw:
        prepared = prepare(base, rows, Lesson(Mix(), measured=measured), chosen, progress=draw)
    model = LowRank(base.path, chosen, device=pick_device(app.settings.device))
    expected = estimate(model, prepared.encoded, chosen)
    _announce(expected, app)
    if dry_run:
        return _dry(expected, app)
    work = Path(app.settings.models_dir) / _WORK / prepared.identity[:16]
    with progress_bar(enabled=not app.json, unit="steps", color=app.color) as draw:
        fitted = fit(
            model,
            prepared,
            chosen,
            work,
            progress=lambda p: draw(f"loss {p.loss:.3f}, held out {p.held_out:.3f}", p.step, p.steps),
            answering=draw,
        )
    called = name or f"tuned-{prepared.identity[:8]}"
    written: Path | None = None
    if fitted.verdict.kept:
        adapter = write_adapter(
            adapters_home(app.settings) / called,
            model,
            fitted.trained.tensors,
            name=called,
            base=base,
            profile=GROUNDED,
            licence=f"{base.manifest.licence}; trained on data of its user",
            about={
                "data": sources,
                "seed": seed,
                "metrics": {"base": fitted.base, "adapter": fitted.tuned, "difference": fitted.verdict.as_dict()},
                "training": {key: fitted.log[key] for key in ("recipe", "examples", "steps", "minutes", "machine")},
            },
        )
        written = adapter.path
        if app.index is not None and app.index.is_dir():
            write_settings(app.index, {"adapter": called})
    shutil.rmtree(work, ignore_errors=True)
    return _conclude(app, fitted, called, written)


@click.command(
    "embedder",
    epilog=examples("ragsys tune embedder --dry-run", "ragsys tune embedder --questions questions/ --name ours"),
)
@click.option(
    "--questions",
    type=click.Path(path_type=Path),
    help="Labels: a set of questions about these documents, as in `ragsys eval retrieval`.",
)
@click.option("--limit", type=click.IntRange(20), default=5000, show_default=True, help="The most pairs.")
@click.option("--negatives", type=click.IntRange(0, 8), default=2, show_default=True, help="Hard negatives of a pair.")
@click.option("--epochs", type=click.FloatRange(0, min_open=True), help="Passes over the pairs.")
@click.option("--name", help="The model's name; by default one is made.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of everything that is chosen.")
@click.option("--dry-run", is_flag=True, help="Say what it would take, and train nothing.")
@common_options
def embedder_command(
    app: App,
    *,
    questions: Path | None,
    limit: int,
    negatives: int,
    epochs: float | None,
    name: str | None,
    seed: int,
    dry_run: bool,
) -> int:
    """Fit the embedder to the documents of this index, and keep it only if it finds more.

    Learnt from are titles, headings and sentences with their passages, and with --questions what was asked; a part of
    the documents (of the questions) is held out to measure on. The result is a model of its own; `ragsys reindex
    --embedder NAME` puts it to use. Exit code 1: it was not better, and nothing was kept.
    """
    import tempfile

    from ragsys.evaluation import open_dataset
    from ragsys.models import resolve
    from ragsys.models.device import pick_device
    from ragsys.training.contrastive import Contrastive, learn_from
    from ragsys.training.costs import time_of
    from ragsys.training.embedder import RECIPE, fit_embedder, keep_embedder, questions_held_out
    from ragsys.training.pairs import labelled, mined, unlabelled

    chosen = replace(RECIPE, seed=seed, epochs=epochs or RECIPE.epochs)
    models_dir = Path(app.settings.models_dir)
    base = resolve(app.settings.embedder, models_dir)
    device = pick_device(app.settings.device)
    with app.open() as engine, tempfile.TemporaryDirectory(prefix="ragsys-tune-") as scratch:
        asked = unlabelled(engine, limit=limit, held_out=_HELD_OUT, seed=seed)
        if questions is not None:
            given, held = labelled(engine, open_dataset(questions), held_out=_HELD_OUT_LABELS)
            asked = [*given, *asked[: max(0, limit - len(given))]]
        else:
            held = questions_held_out(engine, Path(scratch), limit=_MEASURED, share=_HELD_OUT, seed=seed)
        with progress_bar(enabled=not app.json, unit="queries", color=app.color) as draw:
            pairs = mined(engine, asked, others=negatives, progress=draw)
        learnt = learn_from(pairs, engine.embedder.count_tokens, chosen.longest)
        fresh = Contrastive(base.path, device=device, longest=chosen.longest, temperature=1.0)
        expected = time_of(fresh, learnt, chosen)
        del fresh
        if not app.json:
            click.echo(
                f"{len(pairs)} pairs, about {_duration(expected)} on {device}; {len(held)} queries held out", err=True
            )
        if dry_run:
            if app.json:
                print_json({"pairs": len(pairs), "held_out": len(held), "seconds": expected})
            return 0
        digest = engine.reference().digest
        work = models_dir / _WORK / f"embedder-{digest[:16]}"
        with progress_bar(enabled=not app.json, unit="steps", color=app.color) as draw:
            fitted = fit_embedder(
                engine,
                base,
                pairs,
                held,
                chosen,
                folder=work,
                device=device,
                progress=lambda p: draw(f"loss {p.loss:.3f}, held out {p.held_out:.3f}", p.step, p.steps),
            )
    called = name or f"{base.name.rpartition('/')[2]}+tuned.{digest[:8]}"
    path = None
    if fitted.verdict.kept:
        about = {"index": digest, "seed": seed, "recipe": chosen.as_dict(), "labels": questions is not None}
        path = keep_embedder(fitted, base, called, models_dir, about=about).path
    shutil.rmtree(work, ignore_errors=True)
    if app.json:
        print_json(
            {"kept": fitted.verdict.kept, "model": called, "path": path and str(path), "verdict": fitted.verdict}
        )
    else:
        _say(fitted.verdict, "nDCG@10 of the dense leg on held-out queries")
        more = f"kept; `ragsys reindex --embedder {clean(called)}` puts it to use"
        click.echo(more if path else "not better beyond chance: nothing was kept", err=True)
    return 0 if fitted.verdict.kept else 1


def _rows(app: App, data: tuple[Path, ...], generated: int, seed: int) -> tuple[list[Row], list[dict[str, Any]]]:
    """The rows to learn from, and a record of where they came from."""
    from ragsys.training.own import rows_of_index
    from ragsys.training.sources import read_rows

    rows: list[Row] = []
    sources: list[dict[str, Any]] = []
    for path in data:
        found, digest = read_rows(path)
        rows += found
        sources.append({"name": path.name, "sha256": digest, "rows": len(found), "licence": "its user's"})
    if generated:
        with app.open() as engine:
            found = rows_of_index(engine, limit=generated, seed=seed)
            digest = engine.reference().digest
        rows += found
        sources.append({"name": "documents", "sha256": digest, "rows": len(found), "licence": "its user's"})
    return rows, sources


def _conclude(app: App, fitted: Fitted, called: str, written: Path | None) -> int:
    if app.json:
        print_json({"kept": fitted.verdict.kept, "adapter": called, "written": written and str(written), **fitted.log})
    else:
        _say(fitted.verdict, "score on held-out questions")
        if written is None:
            click.echo("not better beyond chance: everything is as it was", err=True)
        else:
            click.echo(f"kept as {clean(called)}: {clean(str(written))}", err=True)
            click.echo("`ragsys tune generator --undo` takes it back, --no-adapter does without it once", err=True)
    return 0 if fitted.verdict.kept else 1


def _say(verdict: Verdict, measure: str) -> None:
    click.echo(
        f"{measure}, {verdict.n} of them: {verdict.base:.4f} -> {verdict.tuned:.4f}   "
        f"95 % of the difference {verdict.low:+.4f} to {verdict.high:+.4f}   {'kept' if verdict.kept else 'not kept'}"
    )


def _announce(expected: Estimate, app: App) -> None:
    """What it will take, before it begins."""
    if app.json:
        return
    room = "" if expected.fits is not False else ", MORE THAN THERE IS"
    click.echo(
        f"{expected.steps} steps over {expected.tokens:,} tokens, about {_duration(expected.seconds)} on "
        f"{expected.device} in {expected.precision}; about {expected.bytes / 1e9:.1f} GB of memory{room}; "
        f"{expected.trained:,} of {expected.parameters:,} numbers are trained",
        err=True,
    )


def _duration(seconds: float) -> str:
    if seconds < 90:  # noqa: PLR2004 - minutes are read more easily from here on
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"  # noqa: PLR2004


def _dry(expected: Estimate, app: App) -> int:
    if app.json:
        print_json({"estimate": asdict(expected)})
    return 0


def undo(app: App) -> int:
    """Put the settings of the index back as they were before the last tuning; exit code 1 where there is nothing."""
    if app.index is None:
        raise IndexNotFoundError("there is no index here or in any folder above")
    restored = restore_settings(app.index)
    if app.json:
        print_json({"restored": restored})
    else:
        click.echo("the settings are as they were before" if restored else "there is nothing to undo")
    return 0 if restored else 1
