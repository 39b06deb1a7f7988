"""`ragsys status`."""

from __future__ import annotations

import click

from ragsys.cli.app import App, common_options, examples
from ragsys.cli.output import clean, print_json, shown

__all__ = ["status_command"]

_MEGABYTE = 1_000_000


@click.command("status", epilog=examples("ragsys status --json"))
@common_options
def status_command(app: App) -> int:
    """Show what the index holds, how it is searched, and every file that failed, with the reason."""
    with app.open() as engine:
        status = engine.status()
    if app.json:
        print_json(status)
        return 0
    space = f"{status.space.model}, {status.space.dim} dimensions" if status.space else "none yet"
    vectors = status.vectors
    generation = "not written yet" if vectors.generation is None else f"generation {vectors.generation}"
    click.echo(f"index      {clean(status.path)} ({status.bytes / _MEGABYTE:.1f} MB, change {status.seq})")
    click.echo(f"documents  {status.documents}\npassages   {status.passages}\nembedder   {space}")
    found = "" if vectors.recall is None else f", recall@10 {vectors.recall:.3f} of an exact search"
    click.echo(f"vectors    {vectors.kind}, {vectors.ntotal} vectors, snapshot {generation}{found}")
    click.echo(f"lexical    {', '.join(f'{key} {value}' for key, value in status.lexical.items())}")
    languages = ", ".join(f"{clean(code)} {n}" for code, n in status.languages.items())
    click.echo(f"languages  {languages or 'none yet'}")
    click.echo(f"conversations  {status.conversations}")
    if status.erasing:
        click.echo("what was forgotten may still lie in a file: finish it with `ragsys forget`")
    click.echo(f"failed     {len(status.failed)}")
    for failure in status.failed:
        click.echo(f"  [{failure.code}] {shown(failure.source)}: {shown(failure.message)}")
    return 0
