"""`ragsys add`."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ragsys.cli.app import App, common_options, examples
from ragsys.cli.output import one_line, print_json, shown, warn
from ragsys.cli.progress import progress_bar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ragsys.ingest import Progress
    from ragsys.types import AddReport

__all__ = ["add_command"]

_NAME_WIDTH = 40


@click.command("add", epilog=examples("ragsys add ~/papers", "ragsys add notes.md reports/ --prune"))
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--prune", is_flag=True, help="Remove documents under PATHS whose files are gone.")
@click.option("--force", is_flag=True, help="Read and embed everything again.")
@click.option("--acl", multiple=True, metavar="NAME", help="Who may see it (user:ann, group:lab, *); repeatable.")
@click.option("--chunk-tokens", type=click.IntRange(16), help="The most tokens in a passage.")
@click.option("--max-file-bytes", type=click.IntRange(1), help="Refuse larger files.")
@click.option("--vector-index", help="auto, or a faiss factory string such as Flat or HNSW32.")
@common_options
def add_command(app: App, paths: tuple[Path, ...], *, prune: bool, force: bool, acl: tuple[str, ...]) -> int:
    """Index files and folders: text, Markdown, HTML, PDF, and archives of these.

    Run it again whenever you like: unchanged files cost one look, changed ones are updated, and whatever
    was interrupted goes on from the last acknowledged batch. Hidden files and what .gitignore names are left
    out. A file that cannot be read is reported, and the rest goes on; the exit code is then 1, as it is where
    there is no file at all.
    """
    with app.open(create=True) as engine:
        with progress_bar(enabled=not app.json, unit="files", color=app.color) as draw, _finishing() as stop:
            report = engine.add(
                *paths,
                prune=prune,
                force=force,
                acl=acl or None,
                progress=lambda p: draw(_describe(p), p.position, p.total),
                stop=stop,
            )
        if app.json:
            print_json(report)
        else:
            _print(report)
        warn(report.warnings)
        if engine.building is not None:
            click.echo(
                f"everything is stored; building {engine.building} for quicker searches (Ctrl-C is safe)", err=True
            )
    seen = report.added + report.updated + report.unchanged + report.deleted
    return 1 if report.failed or not seen else 0


@contextmanager
def _finishing() -> Iterator[Callable[[], bool]]:
    """Ctrl-C lets what was read be stored, which the function says; a second one ends the command at once."""
    asked = False

    def ask(_signal: int, _frame: object) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        if sys.stderr is not None and sys.stderr.isatty():
            click.echo("\nstoring what was read; Ctrl-C again stops at once", err=True)

    before = signal.getsignal(signal.SIGINT)
    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)


def _describe(progress: Progress) -> str:
    """The file at hand, and how much of what waits with it is embedded."""
    name = one_line(Path(progress.source).name, _NAME_WIDTH)
    return f"{name}  {progress.embedded}/{progress.passages} passages" if progress.passages else name


def _print(report: AddReport) -> None:
    click.echo(
        f"{report.added} added, {report.updated} updated, {report.unchanged} unchanged, {report.deleted} removed, "
        f"{len(report.failed)} failed; {report.passages} passages, {report.embedded} embedded; {report.seconds:.1f} s"
    )
    if not (report.added + report.updated + report.unchanged + report.deleted + len(report.failed)):
        click.echo("found no file there: hidden files and what .gitignore names are left out", err=True)
    for failure in report.failed:
        click.echo(f"failed [{failure.code}] {shown(failure.source)}: {shown(failure.message)}", err=True)
    for source in report.vanished:
        click.echo(f"gone from disk: {shown(source)} (remove it with --prune)", err=True)
