"""`ragsys add`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ragsys.cli.app import App, common_options, examples
from ragsys.cli.output import one_line, print_json, shown, warn
from ragsys.cli.progress import progress_bar

if TYPE_CHECKING:
    from ragsys.ingest import Progress
    from ragsys.types import AddReport

__all__ = ["add_command"]

_NAME_WIDTH = 40


@click.command("add", epilog=examples("ragsys add ~/papers", "ragsys add notes.md reports/ --prune"))
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--prune", is_flag=True, help="Remove documents under PATHS whose files are gone.")
@click.option("--force", is_flag=True, help="Read and embed everything again.")
@click.option("--acl", multiple=True, metavar="NAME", help="Who may see it (user:ann, group:lab, *); repeatable.")
@click.option("--tag", "tags", multiple=True, metavar="KEY=VALUE", help="Metadata for all of it; KEY= takes it back.")
@click.option("--metadata", type=click.Path(path_type=Path), help="Metadata by file: JSON lines, see below.")
@click.option("--chunk-tokens", type=click.IntRange(16), help="The most tokens in a passage.")
@click.option("--max-file-bytes", type=click.IntRange(1), help="Refuse larger files.")
@click.option("--vector-index", help="auto, or a faiss factory string such as Flat or HNSW32.")
@common_options
def add_command(
    app: App,
    paths: tuple[Path, ...],
    *,
    prune: bool,
    force: bool,
    acl: tuple[str, ...],
    tags: tuple[str, ...],
    metadata: Path | None,
) -> int:
    """Index files and folders: text, Markdown, HTML and PDF.

    Run it again whenever you like: unchanged files cost one look, changed ones are updated, and whatever
    was interrupted goes on from the last acknowledged batch. Hidden files and what .gitignore names are left
    out. A file that cannot be read is reported, and the rest goes on; the exit code is then 1, as it is where
    there is no file at all.

    Tags and the lines of --metadata ({"path": "a.pdf", "author": "Ann", "year": 2020}, paths from its folder) can be
    filtered by. A tag comes before a line, a line before what the file says itself. They stay with the documents, also
    when you add these again without them, until you say something else.
    """
    from ragsys.ingest import parse_tags

    with app.open(create=True) as engine:
        with progress_bar(enabled=not app.json, unit="files", color=app.color) as draw:
            report = engine.add(
                *paths,
                prune=prune,
                force=force,
                acl=acl or None,
                tags=parse_tags(tags),
                metadata=metadata,
                progress=lambda p: draw(_describe(p), p.position, p.total),
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
    return 1 if report.failed or not _seen(report) else 0


def _describe(progress: Progress) -> str:
    """The file at hand, and how much of what waits with it is embedded."""
    name = one_line(Path(progress.source).name, _NAME_WIDTH)
    return f"{name}  {progress.embedded}/{progress.passages} passages" if progress.passages else name


def _seen(report: AddReport) -> int:
    """How many files there were, or had been."""
    return report.added + report.updated + report.unchanged + report.deleted + len(report.moved)


def _print(report: AddReport) -> None:
    relabelled = f" ({report.relabelled} with other metadata)" if report.relabelled else ""
    click.echo(
        f"{report.added} added, {report.updated} updated, {report.unchanged} unchanged{relabelled}, "
        f"{len(report.moved)} moved, {report.deleted} removed, {len(report.failed)} failed; {report.passages} passages, "
        f"{report.embedded} embedded; {report.seconds:.1f} s"
    )
    if not (_seen(report) + len(report.failed)):
        click.echo("found no file there: hidden files and what .gitignore names are left out", err=True)
    for failure in report.failed:
        click.echo(f"failed [{failure.code}] {shown(failure.source)}: {shown(failure.message)}", err=True)
    for moved in report.moved:
        click.echo(f"moved: {shown(moved.before)} to {shown(moved.source)}", err=True)
    for source in report.vanished:
        click.echo(f"gone from disk: {shown(source)} (remove it with --prune)", err=True)
