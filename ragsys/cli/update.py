"""`ragsys update`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ragsys.cli.app import App, PathOrUrl, common_options, examples, fetching
from ragsys.cli.output import clean, print_json, shown, warn
from ragsys.cli.progress import progress_bar
from ragsys.cli.reports import describe, exit_code, print_rehearsed, print_report
from ragsys.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from ragsys.ingest import Root

__all__ = ["pruning", "update_command"]

pruning = click.option(
    "--prune/--no-prune",
    default=None,
    help="Remove documents whose files are gone, also of folders that are not there at all; or none.",
)


@click.command("update", epilog=examples("ragsys update", "ragsys update ~/papers --dry-run", "ragsys update --list"))
@click.argument("paths", nargs=-1, type=PathOrUrl())
@pruning
@click.option("--dry-run", is_flag=True, help="Say what would happen and what it would cost; store nothing.")
@click.option("--list", "listing", is_flag=True, help="Show what is looked at, with its options and its last time.")
@click.option("--stop", is_flag=True, help="Do not look at PATHS any more; their documents stay.")
@fetching
@common_options
def update_command(
    app: App, paths: tuple[Path | str, ...], *, prune: bool | None, dry_run: bool, listing: bool, stop: bool
) -> int:
    """Look again at everything that was ever added, or only at what was added at and under PATHS.

    Each file and folder has the options that it was added with (--tag, --metadata, --acl, --redact); what was redacted
    once stays so. Documents whose files are gone are removed. But where a whole folder is not there, or is empty, its
    documents are kept and that is said: a disk may not be mounted. --prune removes these, too; --no-prune removes none.
    What `ragsys rm` and `ragsys forget` removed is not taken again, unless you `add` it.

    Web pages are asked for again with --allow-network only; without it they stay as they are. One that has not changed
    is not sent again. What the server says is gone (404, 410) is removed as a file would be; what fails stays.
    """
    if listing or stop:
        return _roots(app, paths, stop=stop)
    if dry_run:
        return _rehearse(app, paths, prune=prune)
    with app.open() as engine:
        with progress_bar(enabled=not app.json, unit="files", color=app.color) as draw:
            report = engine.update(*paths, prune=prune, progress=lambda p: draw(describe(p), p.position, p.total))
        if app.json:
            print_json(report)
        else:
            print_report(report)
        warn(report.warnings)
    return exit_code(report)


def _rehearse(app: App, paths: tuple[Path | str, ...], *, prune: bool | None) -> int:
    from ragsys.ingest import rehearse

    with app.open() as engine:
        found = rehearse(
            app.existing_index,
            engine.embedder,
            app.settings,
            lambda syncing, report: syncing.update(paths, prune=prune, progress=report),
        )
    if app.json:
        print_json(found)
    else:
        print_rehearsed(found)
    warn(found.warnings)
    return 1 if found.failed else 0


def _roots(app: App, paths: tuple[Path | str, ...], *, stop: bool) -> int:
    """List what is looked at, or stop looking at some of it."""
    if stop and not paths:
        raise UsageError("--stop needs the paths that are not to be looked at any more")
    with app.open() as engine:
        if stop and not engine.drop_roots(*paths):
            raise UsageError("nothing was added as one of these paths", hint="run `ragsys update --list`")
        roots = engine.roots()
    if app.json:
        print_json({"roots": roots})
        return 0
    for root in roots:
        click.echo(f"{root.synced_at or 'never to the end':<25}  {shown(root.path)}{_options(root)}")
    click.echo(f"{len(roots)} roots", err=True)
    return 0


def _options(root: Root) -> str:
    options = root.options
    tags = (f"{key}={'' if value is None else value}" for key, value in options.tags.items())
    words = [f"--tag {tag}" for tag in tags] + [f"--acl {name}" for name in options.acl or ()]
    words += [f"--metadata {options.metadata}"] if options.metadata else []
    words += [f"--redact {options.redact}"] if options.redact else []
    return "".join(f"  {clean(word)}" for word in words)
