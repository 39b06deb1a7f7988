"""`ragsys watch`."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ragsys.cli.app import App, common_options, examples
from ragsys.cli.output import print_json, shown, warn
from ragsys.cli.reports import summary
from ragsys.cli.update import pruning
from ragsys.errors import IndexBusyError
from ragsys.ingest.web.urls import is_url
from ragsys.plain import as_data

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ragsys.engine import QueryEngine
    from ragsys.types import AddReport

__all__ = ["watch_command"]


@click.command("watch", epilog=examples("ragsys watch ~/papers", "ragsys watch --json"))
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path, exists=True))
@pruning
@click.option("--interval", type=click.FloatRange(0.05), default=2.0, help="Seconds between two looks [2].")
@click.option("--poll", is_flag=True, help="Look every --interval seconds instead of waiting for the system's notices.")
@common_options
def watch_command(app: App, paths: tuple[Path, ...], *, prune: bool | None, interval: float, poll: bool) -> int:
    """Add PATHS, then follow their changes until Ctrl-C; without PATHS, all that was ever added.

    Each time that something has changed is one line (with --json, one object) with the counts of `ragsys update`, which
    also says what becomes of files that are gone. The system's notices need the extra `watch`; without it, or on a disk
    that has none, files are looked at every --interval seconds: an unchanged one costs one look. Searches see each
    change as soon as it is stored. Web pages are not watched; `ragsys update` asks for them again.
    """
    from ragsys.ingest import can_be_notified, changes

    if not poll and not can_be_notified():
        click.echo("looking instead of being told: pip install 'ragsys[watch]'", err=True)
    with app.open(create=bool(paths)) as engine:
        try:
            before: AddReport | None = None
            if paths:
                report = engine.add(*paths)
                _print(app, report, before)
                before = report
            folders, files = _watched(engine, paths)
            if not app.json:
                click.echo(f"watching {len(folders)} folders and {len(files)} files; Ctrl-C stops", err=True)
            ticks = changes(folders, files, Path(os.path.realpath(engine.path)), interval=interval, poll=poll)
            for report in _updates(engine, paths, ticks, prune=prune):
                if before is None or _happened(report) or _standing(report) != _standing(before):
                    _print(app, report, before)
                before = report
        except KeyboardInterrupt:
            click.echo("stopped watching; what was acknowledged is safe", err=True)
    return 0


def _watched(engine: QueryEngine, paths: tuple[Path, ...]) -> tuple[list[Path], list[Path]]:
    """The folders and the files that are roots, those at and under `paths` where there are any."""
    here = [os.path.realpath(path) for path in paths]
    added = [root.path for root in engine.roots() if not is_url(root.path)]
    roots = [Path(root) for root in added if not paths or _is_under(root, here)]
    return [root for root in roots if root.is_dir()], [root for root in roots if not root.is_dir()]


def _is_under(path: str, folders: list[str]) -> bool:
    return any(Path(path).is_relative_to(folder) for folder in folders)


def _updates(
    engine: QueryEngine, paths: tuple[Path, ...], ticks: Iterator[bool], *, prune: bool | None
) -> Iterator[AddReport]:
    """Update at each change; while another process writes, try again at the next tick."""
    waiting = False
    for changed in ticks:
        if not changed and not waiting:
            continue
        try:
            report = engine.update(*paths, prune=prune, allow_network=False)
        except IndexBusyError as error:
            if not waiting:
                click.echo(f"waiting [{error.code}]: {error.message}", err=True)
            waiting = True
            continue
        waiting = False
        yield report


def _happened(report: AddReport) -> bool:
    return bool(report.added or report.updated or report.deleted or report.moved or report.relabelled)


def _standing(report: AddReport) -> tuple[object, ...]:
    """What is said again at each look, and printed when it becomes another."""
    return report.failed, report.vanished, report.warnings


def _print(app: App, report: AddReport, before: AddReport | None) -> None:
    """The counts, and what failed and is to be known, unless that was so at the look before."""
    at = datetime.now().astimezone().isoformat(timespec="seconds")
    if app.json:
        print_json({"at": at, **as_data(report)})
    else:
        click.echo(f"{at}  {summary(report)}")
        for failure in report.failed:
            if before is not None and failure in before.failed:
                continue
            click.echo(f"failed [{failure.code}] {shown(failure.source)}: {shown(failure.message)}", err=True)
    warn(notice for notice in report.warnings if before is None or notice not in before.warnings)
