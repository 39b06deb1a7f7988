"""`ragsys status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ragsys.cli.app import App, common_options, examples
from ragsys.cli.output import clean, one_line, print_json, shown
from ragsys.plain import as_data

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ragsys.types import CoverageReport, Covered, Status

__all__ = ["status_command"]

_MEGABYTE = 1_000_000
_WIDTH = 60


@click.command("status", epilog=examples("ragsys status --json", "ragsys status --coverage --depth 2"))
@click.option("--coverage", "covering", is_flag=True, help="Count by format and folder; reads every passage.")
@click.option("--depth", type=click.IntRange(0), default=1, help="With --coverage: folders below what was added [1].")
@common_options
def status_command(app: App, *, covering: bool, depth: int) -> int:
    """Show what the index holds, how it is searched, and every file that failed, with the reason.

    A failure stays until the file can be read, is gone, or is taken out with `ragsys rm` or `ragsys forget`.

    With --coverage: files, passages and failures by format and by folder, pages without text, near copies, when each
    folder was last looked at, and how many characters of the texts are in no passage. That is 0, and it is counted:
    passages are measured with the embedder's own tokenizer, and together they are the text.
    """
    with app.open() as engine:
        status = engine.status()
        coverage = engine.coverage(depth=depth) if covering else None
    if app.json:
        print_json(status if coverage is None else {**as_data(status), "coverage": coverage})
        return 0
    _print(status)
    if coverage is not None:
        _print_coverage(coverage)
    return 0


def _print(status: Status) -> None:
    space = f"{status.space.model}, {status.space.dim} dimensions" if status.space else "none yet"
    vectors = status.vectors
    generation = "not written yet" if vectors.generation is None else f"generation {vectors.generation}"
    click.echo(f"index      {clean(status.path)} ({status.bytes / _MEGABYTE:.1f} MB, change {status.seq})")
    click.echo(f"documents  {status.documents}\npassages   {status.passages}\nembedder   {space}")
    found = "" if vectors.recall is None else f", recall@10 {vectors.recall:.3f} of an exact search"
    click.echo(f"vectors    {vectors.kind}, {vectors.ntotal} vectors, snapshot {generation}{found}")
    click.echo(f"lexical    {', '.join(f'{key} {value}' for key, value in status.lexical.items())}")
    languages = ", ".join(f"{clean(code)} {n}" for code, n in status.languages.items())
    click.echo(f"languages  {languages or 'none yet'}\nchats      {status.conversations} conversations")
    if status.erasing:
        click.echo("what was forgotten may still lie in a file: finish it with `ragsys forget`")
    click.echo(f"failed     {len(status.failed)}")
    for failure in status.failed:
        click.echo(f"  [{failure.code}] {shown(failure.source)}: {shown(failure.message)}")


def _print_coverage(coverage: CoverageReport) -> None:
    for title, rows in (("format", coverage.formats), ("folder", coverage.folders)):
        click.echo(f"\n{'files':>7} {'passages':>9} {'pages':>7} {'blank':>7}  {title}, failures")
        _print_rows(rows)
    share = f" ({coverage.blank_pages / coverage.pages:.1%})" if coverage.pages else ""
    click.echo(f"\npages without text  {coverage.blank_pages} of {coverage.pages}{share}")
    click.echo(f"truncated           {coverage.truncated} characters are in no passage (counted over all passages)")
    click.echo(f"near copies         {coverage.copies} passages in {coverage.copy_groups} groups")
    for group in coverage.largest:
        click.echo(f"  {group.passages:>5}  {one_line(group.opening, _WIDTH)}")
        for source in group.documents:
            click.echo(f"         {shown(source)}")
    click.echo("last looked at")
    for root in coverage.roots:
        click.echo(f"  {root.synced_at or 'never to its end':<25}  {shown(root.path)}")


def _print_rows(rows: Sequence[Covered]) -> None:
    for row in rows:
        failures = "".join(f", {n} {code}" for code, n in row.failures.items())
        click.echo(f"{row.files:>7} {row.passages:>9} {row.pages:>7} {row.blank_pages:>7}  {shown(row.name)}{failures}")
