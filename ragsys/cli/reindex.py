"""`ragsys reindex`."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ragsys.cli.app import App, common_options, examples
from ragsys.cli.output import clean, print_json
from ragsys.cli.progress import progress_bar
from ragsys.config import load_settings, write_settings
from ragsys.errors import IndexNotFoundError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ragsys.engine import QueryEngine
    from ragsys.evaluation.spaces import SpaceComparison
    from ragsys.protocols import Embedder

__all__ = ["reindex_command"]


@click.command(
    "reindex",
    epilog=examples(
        "ragsys reindex --embedder all-MiniLM-L6-v2 --questions questions/",
        "ragsys reindex --undo",
    ),
)
@click.option(
    "--questions",
    type=click.Path(path_type=Path),
    help="Measure both embedders on this set first, and switch only where the new one is not worse.",
)
@click.option("--limit", type=click.IntRange(20), default=400, show_default=True, help="The most questions.")
@click.option("--seed", type=int, default=0, show_default=True, help="Seed of everything that is chosen.")
@click.option("--force", is_flag=True, help="Switch whatever the questions say.")
@click.option("--undo", is_flag=True, help="Go back to the embedder before the last switch; its vectors were kept.")
@common_options
def reindex_command(app: App, *, questions: Path | None, limit: int, seed: int, force: bool, undo: bool) -> int:
    """Embed every passage with another embedder (--embedder NEW) beside the index, and then switch to it at once.

    Until the switch, everything works as before; interrupted, it goes on where it stopped. The old vectors are kept:
    --undo goes back. The index's own config.toml then names the embedder. Exit code 1: the questions showed that the
    new embedder is worse, and nothing was switched.
    """
    if app.index is None:
        raise IndexNotFoundError("there is no index here or in any folder above")
    from ragsys.engine import QueryEngine
    from ragsys.models import load_embedder
    from ragsys.tasks.reindexing import former_embedder

    former = load_settings({"models_dir": app.settings.models_dir}, index=app.index)[0].embedder
    wanted = former_embedder(app.index) if undo else app.settings.embedder
    if not undo and app.origins["embedder"] != "flag":
        raise UsageError("no embedder was named", hint="say which one with --embedder, or --undo to go back")
    settings = replace(app.settings, embedder=wanted)
    new = load_embedder(settings)
    with (
        QueryEngine.open(app.index, settings=replace(settings, embedder=former), create=False) as engine,
        progress_bar(enabled=not app.json, unit="passages", color=app.color) as draw,
    ):
        compared = None
        if questions is not None and not undo:
            compared = _compare(engine, new, wanted, questions, limit=limit, seed=seed, draw=draw)
        if compared is not None and compared.worse and not force:
            return _refused(app, compared)
        space = engine.status().space
        result = None
        # Switched already, and killed before the configuration said so: only that is left to do.
        if space is None or space.digest != new.space.digest:
            result = engine.reindex(new, setting=wanted, former=former, progress=draw)
    path = write_settings(app.index, {"embedder": wanted})
    if app.json:
        print_json({"switched": result, "embedder": wanted, "comparison": compared, "written": str(path)})
        return 0
    if compared is not None:
        _say(compared)
    click.echo(
        f"the index is in the space of {clean(new.space.model)}" + (f", {result.passages} passages" if result else "")
    )
    click.echo(f"written to {clean(str(path))}; `ragsys reindex --undo` goes back", err=True)
    return 0


def _compare(
    engine: QueryEngine,
    new: Embedder,
    name: str,
    questions: Path,
    *,
    limit: int,
    seed: int,
    draw: Callable[[str, float, float | None], None],
) -> SpaceComparison:
    """Both embedders on the questions: the index as it is, and a copy of it in the new space."""
    from ragsys.evaluation import open_dataset
    from ragsys.evaluation.spaces import compare_spaces

    dataset = open_dataset(questions)
    with (
        tempfile.TemporaryDirectory(prefix="ragsys-reindex-") as scratch,
        engine.in_space(new, Path(scratch), setting=name, progress=draw) as other,
    ):
        return compare_spaces(engine, other, dataset, limit=limit, seed=seed, progress=draw)


def _refused(app: App, compared: SpaceComparison) -> int:
    if app.json:
        print_json({"switched": None, "comparison": compared})
    else:
        _say(compared)
        click.echo("the new embedder is worse on these questions: nothing was switched (--force does)", err=True)
    return 1


def _say(compared: SpaceComparison) -> None:
    click.echo(
        f"{compared.measure} of {compared.n} questions: {compared.before:.4f} -> {compared.after:.4f}   "
        f"95 % of the difference {compared.low:+.4f} to {compared.high:+.4f}"
    )
