"""`ragsys tune`: the group, and `ragsys tune retrieval`, which it means where no other is named."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

import click

from ragsys.cli.app import App, common_options, examples
from ragsys.cli.output import clean, print_json
from ragsys.cli.progress import progress_bar
from ragsys.cli.tune_models import embedder_command, generator_command
from ragsys.cli.tune_models import undo as undo_tuning
from ragsys.config import Settings, write_settings
from ragsys.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragsys.engine import QueryEngine
    from ragsys.evaluation import Dataset, Tuning
    from ragsys.evaluation.tuning import Trial

__all__ = ["tune_command"]


class _Tune(click.Group):
    """A group whose first command is meant where none is named: `ragsys tune` was that command alone once."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the name of the first command before arguments that begin with none."""
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = ["retrieval", *args]
        return super().parse_args(ctx, args)


@click.group("tune", cls=_Tune)
def tune_command() -> None:
    """Fit settings, the generator or the embedder to your documents; kept only where better beyond chance.

    `ragsys tune [DATASET]` is `ragsys tune retrieval [DATASET]`. A data set in a folder that is called as one of the
    commands is named with its path: ./generator.
    """


@tune_command.command(
    "retrieval",
    epilog=examples(
        "ragsys tune questions/ --dry-run",
        "ragsys tune questions/ --try lexical_weight=2,4,8 --try chunk_tokens=128,256",
        "ragsys tune --undo",
    ),
)
@click.argument("dataset", type=click.Path(path_type=Path), required=False)
@click.option("--try", "tries", multiple=True, metavar="NAME=V,V", help="A setting and values; repeat for more.")
@click.option("--chunks", is_flag=True, help="Try sizes of passages too: embeds all documents again, several times.")
@click.option("--limit", type=click.IntRange(20), default=400, show_default=True, help="The most questions.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of everything that is chosen.")
@click.option("--reranker", help="Cross-encoder whose depth is tried.")
@click.option("--dry-run", is_flag=True, help="Show what would be kept, and change nothing.")
@click.option("--undo", is_flag=True, help="Put the settings back as they were before the last tuning.")
@common_options
def _retrieval(
    app: App,
    dataset: Path | None,
    *,
    tries: tuple[str, ...],
    chunks: bool,
    limit: int,
    seed: int,
    dry_run: bool,
    undo: bool,
) -> int:
    """Choose settings for this index by measurement: fusion weight, hits, depth of a reranker, size of passages.

    DATASET holds questions about the documents of this index (as in `ragsys eval retrieval`). Without it, questions are
    made from the documents; they cannot decide everything, and it says what was left. A value is chosen on half of the
    questions and kept only where the other half shows, beyond chance, that it is better. What is kept is written into
    the index's own config.toml.
    """
    if undo:
        return undo_tuning(app)
    with app.open() as engine, _questions(engine, dataset, limit, seed) as (opened, generated):
        from ragsys.evaluation import tune

        with progress_bar(enabled=not app.json, unit="questions", color=app.color) as draw:
            tuning = tune(
                engine,
                opened,
                _choices(tries, chunks=chunks),
                generated=generated,
                limit=limit,
                seed=seed,
                progress=draw,
            )
    assert app.index is not None  # noqa: S101 - it was opened
    written = write_settings(app.index, tuning.kept) if tuning.kept and not dry_run else None
    if app.json:
        print_json({"tuning": tuning, "kept": tuning.kept, "written": str(written) if written else None})
        return 0
    _print(tuning, written)
    return 0


@contextmanager
def _questions(engine: QueryEngine, path: Path | None, limit: int, seed: int) -> Iterator[tuple[Dataset, bool]]:
    """The questions that were named, or some that are made of the documents; and whether they were made, ever."""
    from ragsys.evaluation import generate, open_dataset
    from ragsys.evaluation.questions import made_of_documents

    if path is not None:
        opened = open_dataset(path)
        yield opened, made_of_documents(opened)
        return
    with tempfile.TemporaryDirectory(prefix="ragsys-tune-") as scratch:
        folder = Path(scratch) / "questions made of the documents"
        generate(engine, folder, limit=limit, seed=seed, corpus=False)
        yield open_dataset(folder), True


def _choices(tries: tuple[str, ...], *, chunks: bool) -> dict[str, tuple[Any, ...]]:
    """The settings to try and their values. Raises `UsageError`."""
    from ragsys.evaluation.tuning import CHOICES

    kinds = get_type_hints(Settings)
    chosen: dict[str, tuple[Any, ...]] = {}
    for text in tries:
        name, _, values = text.partition("=")
        if name not in CHOICES:
            raise UsageError(f"{name!r} cannot be tuned", hint=f"what can be: {', '.join(CHOICES)}")
        try:
            chosen[name] = tuple(kinds[name](value) for value in values.split(","))
        except ValueError:
            raise UsageError(f"--try {text} holds something that is no {kinds[name].__name__}") from None
        if any(value < 0 or (value == 0 and name != "lexical_weight") for value in chosen[name]):
            raise UsageError(f"--try {text} holds a value that {name} cannot have")
    if not tries:
        chosen = {name: values for name, values in CHOICES.items() if chunks or name != "chunk_tokens"}
    return chosen


def _print(tuning: Tuning, written: Path | None) -> None:
    click.echo(
        f"{clean(tuning.dataset)}: values chosen on {tuning.chosen_on} questions, judged on {tuning.judged_on} others"
    )
    for trial in tuning.trials:
        click.echo(
            f"{trial.setting:<15} {trial.before:g} -> {trial.after:g}   {trial.measure} {trial.value_before:.4f} -> "
            f"{trial.value_after:.4f}   95 % of the difference {trial.low:+.4f} to {trial.high:+.4f}   "
            f"detectable {f'{trial.detectable:.4f}' if trial.detectable else '-'}   {_verdict(trial)}"
        )
    for note in tuning.notes:
        click.echo(note, err=True)
    if written is not None:
        click.echo(f"written to {clean(str(written))}; `ragsys tune --undo` takes it back", err=True)
        if "chunk_tokens" in tuning.kept:
            click.echo("next: run `ragsys add` on your folders again, so that passages have their new size", err=True)
    elif not tuning.kept:
        click.echo("nothing was better beyond chance: the settings stay as they are", err=True)
        if tuning.trials:
            click.echo('"detectable" is the smallest difference that these questions would have shown', err=True)


def _verdict(trial: Trial) -> str:
    if trial.kept:
        return "kept"
    if trial.after == trial.before:
        return "best as it is"
    return "as good, not kept" if trial.value_after == trial.value_before else "not kept: could be chance"


tune_command.add_command(generator_command)
tune_command.add_command(embedder_command)
